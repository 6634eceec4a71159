"""Words of the pages, Chinese and English."""

from services.tips.domain.attachment import MetadataState
from services.tips.domain.dispute import Verdict
from services.tips.domain.filing import AdditionKind
from services.tips.domain.identity_opening import Category
from services.tips.domain.reward_claim import RewardState
from services.tips.domain.reward_reclaim import ReclaimReason, ReclaimState, WaiverReason
from services.tips.domain.statistics import Measure
from services.tips.domain.tip import Kind, RefusalReason, Status
from services.tips.storage.guides import refusal_reasons

Words = tuple[str, str]
"""Chinese, English."""

KINDS: dict[Kind, Words] = {
    Kind.FALSE_ADMISSION: ("虚假住院、挂床住院", "False or paper hospital stays"),
    Kind.FALSE_SERVICE: ("虚构诊疗、检查或用药", "Services or drugs that were never given"),
    Kind.SPLIT_ADMISSION: ("分解住院", "One stay split into several"),
    Kind.OVERCHARGING: ("重复收费、超标准收费、分解收费", "Double, excessive or split charges"),
    Kind.ITEM_SWAP: ("串换药品、耗材或项目", "Drugs, materials or services swapped"),
    Kind.EXCESSIVE_CARE: ("过度检查、过度治疗、超量开药", "Needless tests, treatment or drugs"),
    Kind.FORGED_RECORDS: ("伪造病历、票据、处方", "Forged records, bills or prescriptions"),
    Kind.IDENTITY_LENDING: ("冒名就医、出借医保凭证", "Use of another person's insurance"),
    Kind.DRUG_RESALE: ("倒卖医保药品、回流药、空刷套现", "Resale of insured drugs, cashing out"),
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

REFUSALS: dict[RefusalReason, Words] = {code: (each.zh, each.en) for code, each in refusal_reasons().items()}

REWARDS: dict[RewardState, Words] = {
    RewardState.NONE: ("暂无", "None so far"),
    RewardState.PROPOSED: ("审批中", "Being decided"),
    RewardState.APPROVED: ("可以领取", "Ready to be claimed"),
    RewardState.CLAIMED: ("已申领，等待发放", "Claimed, to be paid"),
    RewardState.PAYING: ("正在发放", "Being paid"),
    RewardState.PAID: ("已发放", "Paid"),
    RewardState.LAPSED: ("逾期未领，视为放弃", "Not claimed in time, waived"),
    RewardState.EXCLUDED: ("不符合奖励条件", "Not eligible"),
}

RECLAIMS: dict[ReclaimState, Words] = {
    ReclaimState.PROPOSED: ("审批中", "Being decided"),
    ReclaimState.TURNED_DOWN: ("未批准", "Turned down"),
    ReclaimState.DEMANDED: ("待退回", "To be paid back"),
    ReclaimState.REPAID: ("已退回", "Paid back"),
    ReclaimState.WAIVED: ("已免除", "Waived"),
}

RECLAIM_REASONS: dict[ReclaimReason, Words] = {
    ReclaimReason.CASE_VALUE_REDUCED: ("案值因申诉或复核减少", "The case value fell after an appeal or review"),
    ReclaimReason.EXCLUDED: ("不符合奖励条件", "Not eligible for a reward"),
    ReclaimReason.WRONG_AMOUNT: ("奖励金额有误", "The amount was wrong"),
    ReclaimReason.FRAUDULENT_CLAIM: ("以虚假材料领取或冒领", "Claimed with false evidence or by somebody else"),
}

WAIVERS: dict[WaiverReason, Words] = {
    WaiverReason.HARDSHIP: ("退回人生活困难", "Hardship"),
    WaiverReason.UNREACHABLE: ("无法联系退回人", "Nobody can be reached"),
    WaiverReason.COST_EXCEEDS_AMOUNT: ("追回成本高于金额", "Recovery costs more than the amount"),
    WaiverReason.GOOD_FAITH: ("差错不可归责于举报人", "The mistake was not the reporter's"),
    WaiverReason.DEMAND_UNFOUNDED: ("追回依据已撤销", "What it rested on was taken back"),
}

VERDICTS: dict[Verdict, Words] = {
    Verdict.UPHELD: ("维持原结果", "The outcome stands"),
    Verdict.REOPENED: ("重新核查", "Being verified anew"),
}

MEASURES: dict[Measure, Words] = {
    Measure.RECEIVED: ("收到举报", "Received"),
    Measure.ACCEPTED: ("受理", "Taken up"),
    Measure.SUBSTANTIATED: ("查实", "Found true"),
    Measure.PAID: ("发放奖励（件）", "Rewards"),
}

FIELDS: dict[str, Words] = {
    "kind": ("请选择一种类型。", "Please choose a kind."),
    "channel": ("请选择来源渠道。", "Please choose how it came."),
    "text": ("请填写举报内容，最多 10000 字。", "Please say what happened, in at most 10,000 characters."),
    "institution_code": (
        "机构代码为 H 或 P 加 11 位数字；不清楚请留空。",
        "H or P and 11 digits, or leave it empty.",
    ),
    "place": ("名称或地点最多 200 字。", "At most 200 characters."),
    "name": ("实名举报须同时填写姓名和电话。", "A named tip needs both name and phone."),
    "phone": ("请填写有效的电话号码。", "Please give a valid phone number."),
    "id_number": (
        "身份证号码为 18 位，末位是校验码；请核对。其他证件为 6 至 15 位字母和数字。",
        "A resident number has 18 places and a check digit; please compare. Others: 6 to 15 letters and digits.",
    ),
    "period": ("请按“年-月”填写，先后顺序不要颠倒。", "Year and month, the earlier first."),
    "region": ("请选择地区。", "Please choose a region."),
    "answers": ("每个问题最多 1000 字。", "At most 1,000 characters for each question."),
    "reason": ("请填写理由，最多 4000 字。", "Please give your reasons, in at most 4,000 characters."),
    "message": ("请填写内容，最多 4000 字。", "Please write something, in at most 4,000 characters."),
    "payee": ("请填写收款人和银行账号，或全部留空。", "Give both payee and account number, or leave all of it empty."),
}

ACTIONS: dict[str, Words] = {
    "messages": ("已送达经办人员。", "Your message has reached the handlers."),
    "identity": (
        "姓名和电话已加密保存，只有身份保管人员能够打开。",
        "Name and phone are sealed; only the identity officer can open them.",
    ),
    "dispute": (
        "异议已提交，7 个工作日内由未参与认定的人员答复。",
        "Your objection is registered; somebody who took no part answers it within 7 working days.",
    ),
    "withdrawal": ("举报已撤回。", "Your tip has been withdrawn."),
    "files": ("附件已加密保存。", "Your files are stored, encrypted."),
}

OPENINGS: dict[Category, Words] = {
    Category.VERIFY_WITH_REPORTER: ("向举报人核实情况", "To verify facts with the reporter"),
    Category.PAY_REWARD: ("发放奖励", "To pay a reward"),
    Category.PROTECT_REPORTER: ("保护举报人", "To protect the reporter"),
    Category.COURT_OR_POLICE: ("司法机关依法调取", "Demanded by court or police under the law"),
    Category.REPORTER_ASKED: ("举报人本人要求", "The reporter asked for it"),
}

ADDITIONS: dict[AdditionKind, Words] = {
    AdditionKind.MESSAGE: ("补充说明", "Message"),
    AdditionKind.FILES: ("附件", "Files"),
}

METADATA: dict[MetadataState, Words] = {
    MetadataState.STRIPPED: ("已清除拍摄、作者等信息", "Camera, author and the like were taken out"),
    MetadataState.PARTLY: (
        "已部分清除，文件内可能仍有位置等信息",
        "Partly taken out; it may still tell a place or the like",
    ),
    MetadataState.NONE: ("无需清除", "Nothing to take out"),
    MetadataState.KEPT_FORMAT: (
        "此格式无法清除，文件内可能有作者、位置等信息",
        "Not possible for this format; it may tell author or place",
    ),
    MetadataState.KEPT_SIZE: (
        "文件过大，未能清除，可能有作者、位置等信息",
        "Too large to be cleaned; it may tell author or place",
    ),
    MetadataState.KEPT_BROKEN: ("文件无法改写，未能清除", "Could not be rewritten, so it was not cleaned"),
}
"""What became of what a file says about its maker."""
