"""Words of the desk's pages, Chinese and English."""

from services.tips.api.texts import Words
from services.tips.domain.dispute import Verdict
from services.tips.domain.due import DeadlineKind, Nearness
from services.tips.domain.identity_opening import OpeningState
from services.tips.domain.jurisdiction import Move, TransferReason
from services.tips.domain.tip import Channel

VIEWS: dict[str, Words] = {
    "all": ("全部", "All"),
    "received": ("待受理", "To be taken up"),
    "accepted": ("核查中", "Being verified"),
    "soon": ("即将到期", "Due soon"),
    "overdue": ("已超期", "Overdue"),
    "escalated": ("待督办", "Escalated"),
    "decided": ("待结案", "To be closed"),
    "rewards": ("奖励待审批", "Rewards to approve"),
    "unassigned": ("地区未定", "No region yet"),
}

DEADLINES: dict[DeadlineKind, Words] = {
    DeadlineKind.VERIFY: ("核查", "Verify"),
    DeadlineKind.TELL: ("告知举报人", "Tell the reporter"),
    DeadlineKind.JURISDICTION: ("协商管辖", "Agree on jurisdiction"),
    DeadlineKind.DISPUTE: ("答复异议", "Answer the objection"),
}

NEARNESS: dict[Nearness, Words] = {
    Nearness.ON_TIME: ("期限内", "In time"),
    Nearness.SOON: ("即将到期", "Due soon"),
    Nearness.OVERDUE: ("已超期", "Overdue"),
}

CHANNELS: dict[Channel, Words] = {
    Channel.ONLINE: ("网络", "Online"),
    Channel.PHONE: ("电话", "Phone"),
    Channel.LETTER: ("信件", "Letter"),
    Channel.FAX: ("传真", "Fax"),
    Channel.VISIT: ("来访", "Visit"),
    Channel.SUPERVISOR: ("社会监督员", "Social supervisor"),
}

MOVES: dict[Move, Words] = {
    Move.TRANSFER: ("移送", "Passed on"),
    Move.RETURN: ("退回", "Sent back"),
    Move.DESIGNATION: ("指定管辖", "Designated"),
}

REASONS: dict[TransferReason, Words] = {
    TransferReason.ACT_ELSEWHERE: ("行为发生地在其他地区", "The act took place elsewhere"),
    TransferReason.NO_AUTHORITY: ("本部门无处理权限", "No authority here"),
    TransferReason.SUPERIOR_TAKES_OVER: ("上级提级办理", "The superior takes it over"),
    TransferReason.ASKED_UPWARDS: ("报请上级办理", "The superior was asked to handle it"),
    TransferReason.OWN_STAFF_CONCERNED: ("涉及本部门人员", "Own staff is concerned"),
    TransferReason.PLACE_UNKNOWN: ("行为发生地不明", "The place of the act is not known"),
}

VERDICTS: dict[Verdict, Words] = {
    Verdict.UPHELD: ("维持原结果", "The outcome stands"),
    Verdict.REOPENED: ("重新核查", "Verify anew"),
}

STEPS: dict[str, Words] = {
    "received": ("登记", "Registered"),
    "accepted": ("受理", "Taken up"),
    "refused": ("不予受理", "Refused"),
    "extension_asked": ("申请延长", "Extension asked for"),
    "extended": ("批准延长", "Extension granted"),
    "moved_by_transfer": ("移送", "Passed on"),
    "moved_by_return": ("退回", "Sent back"),
    "moved_by_designation": ("指定管辖", "Region designated"),
    "merged": ("并入主举报", "Merged"),
    "separated": ("拆分", "Separated"),
    "assigned": ("分派", "Assigned"),
    "recused": ("回避", "Recused"),
    "message_sent": ("回复举报人", "Wrote to the reporter"),
    "substantiated": ("查证属实", "Found true"),
    "unsubstantiated": ("未能查实", "Not borne out"),
    "closed": ("结案", "Closed"),
    "withdrawn": ("举报人撤回", "Withdrawn by the reporter"),
    "disputed": ("举报人提出异议", "The reporter objected"),
    "dispute_settled": ("答复异议", "Objection answered"),
    "reporter_told": ("已告知举报人", "Reporter told"),
    "identity_requested": ("申请开启身份", "Identity asked for"),
    "identity_approved": ("批准开启身份", "Opening approved"),
    "identity_refused": ("不批准开启身份", "Opening refused"),
    "identity_released": ("领取密封身份", "Sealed identity handed out"),
    "identity_given": ("补充实名", "Identity given"),
    "reminded": ("到期提醒", "Reminded"),
    "escalated": ("超期上报", "Escalated"),
    "escalation_noted": ("督办签收", "Escalation noted"),
    "finding_fallen": ("违规认定被撤销", "A finding fell"),
    "files_added": ("补充附件", "Files added"),
    "attachment_read": ("查看附件", "File fetched"),
    "file_infected": ("附件检出恶意程序", "Malware found in a file"),
    "erased": ("内容已销毁", "Content destroyed"),
    "reward_proposed": ("提出奖励", "Reward proposed"),
    "reward_approved": ("审批奖励", "Reward approved"),
    "reward_turned_down": ("退回奖励建议", "Proposal turned down"),
    "reward_extended": ("延长领取期限", "Time to claim extended"),
    "reward_claimed": ("申领奖励", "Reward claimed"),
    "payee_opened": ("领取密封收款信息", "Sealed payee handed out"),
    "reward_transferred": ("办理转账", "Transfer made"),
    "reward_returned": ("转账退回", "Transfer returned"),
    "reward_paid": ("发放奖励", "Reward paid"),
    "reclaim_proposed": ("提出追回奖励", "Demand proposed"),
    "reclaim_demanded": ("批准追回奖励", "Demand approved"),
    "reclaim_turned_down": ("不批准追回", "Demand turned down"),
    "reclaim_waived": ("免除追回", "Demand waived"),
    "reclaim_repaid": ("收到退款", "Repayment received"),
}
"""Actions of the handling log; others are shown by their code."""

DONE: dict[str, Words] = {
    "accept": ("已受理。", "Taken up."),
    "refuse": ("已作出不予受理决定。", "Refused."),
    "ask-extension": ("已申请延长，等待负责人批准。", "The extension is asked for; a supervisor decides."),
    "extend": ("已批准延长。", "The extension is granted."),
    "transfer": ("已移送。", "Passed on."),
    "return": ("已退回，管辖协商期限 7 个工作日。", "Sent back; seven working days to agree."),
    "designate": ("已指定管辖。", "The region is designated."),
    "merge": ("已并案，每位举报人仍保留自己的回执和沟通。", "Merged; every reporter keeps receipt and conversation."),
    "separate": ("已拆分。", "Separated."),
    "assign": ("已分派。", "Assigned."),
    "recuse": ("已登记回避。", "You are recused from the tip."),
    "write": ("消息已发送。", "The message is sent."),
    "substantiate": ("已认定属实，等待另一人结案。", "Found true; somebody else closes it."),
    "dismiss": ("已认定未能查实，等待另一人结案。", "Not borne out; somebody else closes it."),
    "close": ("已结案。", "Closed."),
    "tell": ("已登记告知。", "Noted that the reporter was told."),
    "answer": ("已答复异议。", "The objection is answered."),
    "ask-identity": ("已申请，等待另一名身份保管人员审批。", "Asked for; another officer decides."),
    "approve-identity": ("已批准，七日内可领取。", "Approved; it can be received within seven days."),
    "refuse-identity": ("未批准。", "Refused."),
    "take-note": ("已签收督办。", "Noted."),
}

WRONG: dict[str, Words] = {
    "accept": ("机构代码为 H 或 P 加 11 位数字。", "An institution code is H or P and 11 digits."),
    "transfer": ("请填写六位地区代码和理由。", "Give a region of six digits and a reason."),
    "designate": ("请填写六位地区代码和理由。", "Give a region of six digits and a reason."),
    "merge": ("请填写另一条举报的编号。", "Give the id of the other tip."),
    "ask-identity": (
        "请选择事由，并写明理由（10 至 1000 字）。",
        "Choose a kind and say why, in 10 to 1,000 characters.",
    ),
    "write": ("请填写内容，最多 4000 字。", "Write something, in at most 4,000 characters."),
    "substantiate": (
        "请勾选违规认定，或填写金额（元，最多两位小数）。",
        "Tick findings, or give an amount in yuan with at most two decimals.",
    ),
}

OPENING_STATES: dict[OpeningState, Words] = {
    OpeningState.REQUESTED: ("待另一名身份保管人员审批", "Another officer must decide"),
    OpeningState.APPROVED: ("已批准，7 日内可领取", "Approved; to be received within 7 days"),
    OpeningState.REFUSED: ("未批准", "Refused"),
    OpeningState.RELEASED: ("已领取，举报人可见", "Received; the reporter sees it"),
}

CHECK_FIELDS: Words = ("请检查所填内容。", "Please check what you filled in.")
