"""3103: what the doctor did with reminders, in the shape of most provinces; not the other service of that number."""

from uuid import UUID

from services.kit.fsi_envelope import FsiEnvelope, FsiProblem, FsiRefused
from services.screening.api.fsi.loose_node import LooseNode
from services.screening.storage.reminders import Disposition
from services.screening.use_cases.reminder_answers import Answered

MOST_ANSWERS = 500
_DISPOSITIONS: dict[str, Disposition] = {"1": "continued", "2": "revised"}
_LONGEST_REASON = 500


def read_feedback(envelope: FsiEnvelope) -> tuple[list[Answered], list[str]]:
    """Return the answers and what is doubtful about them, in Chinese.

    Raises FsiRefused for a message that is another service's, and for answers that cannot be told apart.
    """
    outer = LooseNode(envelope.input)
    data = outer.node("data") or outer
    if not data.has("warns"):
        if data.has("mdtrt_cert_no") or data.has("adm_time"):
            raise FsiRefused(
                FsiProblem(
                    "/input/data",
                    "service_not_here",
                    "本地址的3103为事前事中服务反馈，不提供就诊信息登记服务",
                    "3103 takes feedback on reminders here; the service of that number asked for is not served",
                )
            )
        raise FsiRefused(FsiProblem("/input/data/warns", "missing", "没有反馈内容", "there is no feedback"))
    problems: list[FsiProblem] = []
    answers: list[Answered] = []
    unexplained = 0
    for place, warn in enumerate(data.nodes("warns", most=MOST_ANSWERS)):
        at = f"/input/data/warns/{place}"
        reminder_id = _reminder_id(warn.text("warn_rslt_id", "jr_id"))
        if reminder_id is None:
            zh, en = "提醒结果编号缺失或不是本系统给出的", "the id of the reminder is missing or none of ours"
            problems.append(FsiProblem(f"{at}/warn_rslt_id", "reminder_unknown", zh, en))
        disposition = _DISPOSITIONS.get(warn.text("dspo_way") or "")
        if disposition is None:
            zh, en = "处理方式须为1（继续执行）或2（返回修改）", "dspo_way must be 1 (continued) or 2 (revised)"
            problems.append(FsiProblem(f"{at}/dspo_way", "code_unknown", zh, en))
        reason = warn.text("dspo_way_rea", longest=_LONGEST_REASON)
        unexplained += disposition == "continued" and reason is None
        if reminder_id is not None and disposition is not None:
            answers.append(Answered(reminder_id, disposition, reason))
    if problems:
        raise FsiRefused(*problems[:20])
    if not answers:
        raise FsiRefused(FsiProblem("/input/data/warns", "missing", "没有反馈内容", "there is no feedback"))
    return answers, [f"{unexplained}条继续执行未说明理由（dspo_way_rea）"] if unexplained else []


def _reminder_id(text: str | None) -> UUID | None:
    try:
        return None if text is None else UUID(text)
    except ValueError:
        return None
