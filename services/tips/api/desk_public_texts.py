"""Words of the desk's pages for rewards, payouts, cases and supervisors, Chinese and English."""

from services.tips.api.texts import Words
from services.tips.domain.reward import Exclusion
from services.tips.domain.supervisor_check import Answer, CheckState

EXCLUSIONS: dict[Exclusion, Words] = {
    Exclusion.AGENCY_STAFF: ("医保部门或受托第三方人员", "Staff of the agency or its contractors"),
    Exclusion.KNOWN_FROM_DUTY: ("公职人员履职中知悉", "A public official who learnt it on duty"),
    Exclusion.REPORTED_INSTITUTION: ("被举报机构自身", "The institution itself"),
    Exclusion.OFFENDER: ("违法人员主动交代或检举", "An offender who confesses or informs"),
    Exclusion.ALREADY_KNOWN: ("主要事实已掌握", "The main facts were known"),
    Exclusion.IN_LITIGATION: ("已进入诉讼、仲裁程序", "In litigation or arbitration"),
    Exclusion.WITHDRAWN: ("举报已撤回", "Withdrawn"),
    Exclusion.UNREACHABLE: ("身份不明且无法联系", "Nobody can be reached"),
    Exclusion.SOCIAL_SUPERVISOR: ("社会监督员履职举报", "A social supervisor on duty"),
}

LEVELS: dict[int, Words] = {
    1: ("一级：详细事实、直接证据并协助查办", "Level 1: detailed facts, direct evidence, help"),
    2: ("二级：事实和部分证据并协助查办", "Level 2: facts, partial evidence, help"),
    3: ("三级：线索和部分证据", "Level 3: a clue and partial evidence"),
}

DOUBTS: dict[str, Words] = {
    "id_number": ("证件号码", "Identity number"),
    "phone": ("电话号码", "Phone number"),
    "institution_code": ("机构代码", "Institution code"),
    "long_number": ("长数字（卡号、编号）", "Long number"),
    "mail_address": ("电子邮箱", "Mail address"),
    "day": ("精确到日的日期", "A day"),
    "institution_name": ("名录中的机构名称", "Name of a registered institution"),
    "region_too_small": ("县区同类案件过少，请改为地市", "Too few such cases in the county; name the city"),
    "rare_in_region": ("该地区同类案件较少", "Few such cases in the region"),
    "person_name": ("疑似姓名", "Looks like a person's name"),
    "surname": ("姓氏（某某）", "A surname"),
    "place_below_county": ("县区以下地点", "A place below the county"),
    "institution_like": ("疑似机构名称", "Looks like an institution's name"),
    "age": ("年龄", "An age"),
    "exact_amount": ("精确金额", "An exact amount"),
    "reporter": ("提及举报人", "Speaks of the reporter"),
}

CASE_STATES: dict[str, Words] = {
    "draft": ("草稿，待审批", "Draft, to be approved"),
    "published": ("已公布", "Published"),
    "withdrawn": ("已撤下", "Withdrawn"),
}

CHECK_STATES: dict[CheckState, Words] = {
    CheckState.ASSIGNED: ("待核查", "To be done"),
    CheckState.REPORTED: ("发现问题，已举报", "Something was found and reported"),
    CheckState.NOTHING_FOUND: ("未发现问题", "Nothing found"),
    CheckState.CANCELLED: ("已取消", "Taken back"),
}

CHECK_ANSWERS: dict[Answer, Words] = {
    Answer.NOT_CHECKED: ("未核查", "Not checked"),
    Answer.IN_ORDER: ("正常", "In order"),
}

DONE: dict[str, Words] = {
    "propose": ("已提出奖励建议，等待两人审批。", "Proposed; two others approve it."),
    "approve": ("已审批。", "Approved."),
    "turn-down": ("已退回，可重新提出。", "Turned down; another one can be proposed."),
    "extend": ("已延长领取期限。", "The time to claim is extended."),
    "transfer": ("已登记转账，等待另一人复核。", "The transfer is recorded; a colleague confirms it."),
    "confirm": ("已复核，发放完成。", "Confirmed; the reward is paid."),
    "undo": ("已退回，可重新转账。", "Undone; it can be transferred again."),
    "reclaim": ("已提出追回，等待另一人审批。", "Proposed; somebody else decides."),
    "demand": ("已批准，举报人凭回执可见。", "Demanded; the reporter sees it with the receipt."),
    "refuse-reclaim": ("已退回追回建议。", "Turned down."),
    "waive": ("已免除尚欠部分。", "What was left is waived."),
    "repaid": ("退款已登记。", "The repayment is noted."),
    "write": ("草稿已保存，请另一人审批。", "The draft is kept; somebody else approves it."),
    "publish": ("案例已公布。", "The case is published."),
    "withdraw": ("案例已撤下。", "The case is withdrawn."),
    "appoint": ("已聘任。", "Appointed."),
    "end": ("已解聘。", "The appointment has ended."),
    "assign": ("任务已派发。", "The check is given."),
    "take-back": ("任务已取消。", "The check is taken back."),
    "nothing-found": ("已答复。", "Your answer is kept."),
    "recuse": ("已申报回避。", "You are recused."),
}
