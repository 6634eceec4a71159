"""Words of the pages, Chinese and English."""

from services.tips.domain.reward_claim import RewardState
from services.tips.domain.tip import Kind, RefusalReason, Status

Words = tuple[str, str]
"""Chinese, English."""

KINDS: dict[Kind, Words] = {
    Kind.FALSE_ADMISSION: ("虚假住院、挂床住院", "False or paper hospital stays"),
    Kind.FALSE_SERVICE: ("虚构诊疗、检查或用药", "Services or drugs that were never given"),
    Kind.OVERCHARGING: ("重复收费、超标准收费、串换项目", "Double or excessive charges, swapped items"),
    Kind.IDENTITY_LENDING: ("冒名就医、出借医保凭证", "Use of another person's insurance"),
    Kind.DRUG_RESALE: ("倒卖医保药品、空刷套现", "Resale of insured drugs, cashing out"),
    Kind.INDUCED_CARE: ("诱导住院、减免费用拉拢病人", "Luring patients with gifts or waivers"),
    Kind.OTHER: ("其他", "Something else"),
}

STATUSES: dict[Status, Words] = {
    Status.RECEIVED: ("已登记，等待受理", "Registered, waiting to be taken up"),
    Status.ACCEPTED: ("已受理，正在核查", "Taken up, being verified"),
    Status.SUBSTANTIATED: ("查证属实，等待结案", "Found true, to be closed"),
    Status.UNSUBSTANTIATED: ("未能查实，等待结案", "Not borne out, to be closed"),
    Status.REFUSED: ("不予受理", "Not taken up"),
    Status.WITHDRAWN: ("已撤回", "Withdrawn"),
    Status.CLOSED: ("已结案", "Closed"),
}

OUTCOMES: dict[Status, Words] = {
    Status.SUBSTANTIATED: ("查证属实", "Found true"),
    Status.UNSUBSTANTIATED: ("未能查实", "Not borne out"),
    Status.REFUSED: ("不予受理", "Not taken up"),
}

REFUSALS: dict[RefusalReason, Words] = {
    RefusalReason.NOT_A_LISTED_MATTER: ("不属于医保基金举报事项", "Not a matter of the insurance fund"),
    RefusalReason.NO_CLEAR_TARGET: ("没有明确的举报对象或线索", "No clear target or clue"),
    RefusalReason.ALREADY_UNDER_INVESTIGATION: ("该事项已在调查中", "Already under investigation"),
    RefusalReason.CLOSED_WITHOUT_NEW_CLUE: ("已办结且没有新线索", "Closed before, and no new clue"),
    RefusalReason.REVIEWED_BY_SUPERIOR: ("已由上级复核", "Reviewed by the superior department"),
    RefusalReason.BELONGS_TO_LITIGATION: ("应通过诉讼等途径解决", "A matter for the courts"),
    RefusalReason.OUTSIDE_JURISDICTION: ("不属于本部门管辖", "Outside this department's jurisdiction"),
}

REWARDS: dict[RewardState, Words] = {
    RewardState.NONE: ("暂无", "None so far"),
    RewardState.PROPOSED: ("审批中", "Being decided"),
    RewardState.APPROVED: ("可以领取", "Ready to be claimed"),
    RewardState.CLAIMED: ("已申领，等待发放", "Claimed, to be paid"),
    RewardState.PAID: ("已发放", "Paid"),
    RewardState.LAPSED: ("逾期未领，视为放弃", "Not claimed in time, waived"),
}

FIELDS: dict[str, Words] = {
    "kind": ("请选择一种类型。", "Please choose a kind."),
    "text": ("请填写举报内容，最多 10000 字。", "Please say what happened, in at most 10,000 characters."),
    "institution_code": (
        "机构代码为 H 或 P 加 11 位数字；不清楚请留空。",
        "H or P and 11 digits, or leave it empty.",
    ),
    "place": ("名称或地点最多 200 字。", "At most 200 characters."),
    "name": ("实名举报须同时填写姓名和电话。", "A named tip needs both name and phone."),
    "phone": ("请填写有效的电话号码。", "Please give a valid phone number."),
    "message": ("请填写内容，最多 4000 字。", "Please write something, in at most 4,000 characters."),
}

ACTIONS: dict[str, Words] = {
    "messages": ("已送达经办人员。", "Your message has reached the handlers."),
    "withdrawal": ("举报已撤回。", "Your tip has been withdrawn."),
}
