"""From what is stored to what callers read."""

from collections.abc import Sequence
from dataclasses import asdict

from services.credit.api.models import (
    EligibilityView,
    InstitutionView,
    PointsEntryView,
    PractitionerFileView,
    PractitionerView,
    ProposalView,
    SanctionView,
    ScoreEntryView,
)
from services.credit.api.override_views import overridden_view
from services.credit.api.procedure_views import matter_view, measure_view
from services.credit.domain.ledger import PointsEntry
from services.credit.domain.policy import PolicyBook, Severity
from services.credit.domain.score import ScoreCause, ScoreEntry
from services.credit.domain.standing import Status
from services.credit.domain.text import Text
from services.credit.storage.findings import ConfirmedFinding
from services.credit.storage.sanctions import Annulment, RecordedSanction
from services.credit.use_cases.read_eligibility import EligibilityAnswer
from services.credit.use_cases.read_institutions import InstitutionScore
from services.credit.use_cases.read_practitioners import PractitionerFile
from services.kit.http import Language

_STATUS = {
    Status.ELIGIBLE: Text("正常", "Eligible"),
    Status.SUSPENDED: Text("暂停", "Suspended"),
    Status.TERMINATED: Text("终止", "Terminated"),
}
_UNKNOWN = Text("未登记", "Not registered")
_EXCEPTION = Text(
    "暂停、终止期间的急诊、抢救等特殊情形除外，医保基金照常支付（医保办发〔2024〕34号第十六条、第四十五条）",
    "Emergency and rescue are excepted: the fund pays for them under suspension and termination (Art. 16, 45)",
)

_COUNTERED = {
    "finding_overturned": Text("所依据的疑点已被撤销，冲销原记分", "The finding it rested on was overturned"),
    "finding_withdrawn": Text("所依据的疑点已随结算退费撤回，冲销原记分", "The finding it rested on was withdrawn"),
    "sanction_annulled": Text("处理决定已被撤销，冲销原记分", "The sanction was annulled"),
    "objection_upheld": Text("异议成立，冲销原记分", "An objection was upheld"),
}

_SCORE = {
    ScoreCause.FINDING_CONFIRMED: Text("疑点经审核确认", "A finding was confirmed"),
    ScoreCause.FINDING_OVERTURNED: Text("疑点确认被撤销，冲销原扣分", "A confirmed finding was overturned"),
    ScoreCause.FINDING_WITHDRAWN: Text("疑点随结算退费撤回，冲销原扣分", "A finding was withdrawn with its settlement"),
    ScoreCause.TIP_SUBSTANTIATED: Text("举报查实", "A tip was substantiated"),
}
_SEVERITY = {
    Severity.VIOLATION: Text("明确违规", "violation"),
    Severity.SUSPICION: Text("可疑", "suspicion"),
}


def _say(text: Text, language: Language) -> str:
    return text.zh if language == "zh" else text.en


def points_entries_view(entries: Sequence[PointsEntry], book: PolicyBook, language: Language) -> list[PointsEntryView]:
    """Show entries of the points ledger with the reason of each."""
    countered = {entry.counters_entry_id for entry in entries}
    shown = []
    for entry in entries:
        reason, article = _reason(entry, book)
        shown.append(
            PointsEntryView.model_validate(
                {
                    **asdict(entry),
                    "year": entry.year,
                    "reason": _say(reason, language),
                    "article": article,
                    "countered": entry.entry_id in countered,
                }
            )
        )
    return shown


def _reason(entry: PointsEntry, book: PolicyBook) -> tuple[Text, str]:
    """Return why an entry was made and its article; a counter-entry keeps the article of what it takes back."""
    policy = book.version(entry.policy_version).points
    if entry.repairs_entry_id is not None:
        measure, article = policy.repair.measures[entry.band_cause], policy.repair.article
        text = Text(f"记分修复：{measure.zh}", f"Repair: {measure.en}")
    else:
        text, article = policy.causes[entry.band_cause].text, policy.causes[entry.band_cause].article
    if entry.counters_entry_id is not None and entry.cause_kind is not None:
        text = _COUNTERED[entry.cause_kind]
    return text, article


def practitioner_view(file: PractitionerFile, language: Language) -> PractitionerView:
    """Show a practitioner's standing."""
    return PractitionerView.model_validate(_practitioner(file, language))


def practitioner_file_view(
    file: PractitionerFile, book: PolicyBook, language: Language, **request: object
) -> PractitionerFileView:
    """Show a practitioner's standing with the ledger behind it."""
    entries = points_entries_view(file.standing.entries, book, language)
    return PractitionerFileView.model_validate(
        {
            **_practitioner(file, language),
            **request,
            "entries": entries,
            "measures": [measure_view(filed, language) for filed in file.measures],
            "matters": [matter_view(matter, book, language) for matter in file.matters],
        }
    )


def _practitioner(file: PractitionerFile, language: Language) -> dict[str, object]:
    standing = file.standing
    return {
        "practitioner_code": standing.practitioner_code,
        "category": file.registered.category,
        "institution_codes": list(file.registered.institution_codes),
        "at": standing.at,
        "year": standing.year,
        "points": standing.points,
        "status": standing.eligibility.status,
        "status_text": _say(_STATUS[standing.eligibility.status], language),
        "until": standing.eligibility.until,
    }


def eligibility_view(answer: EligibilityAnswer, language: Language) -> EligibilityView:
    """Show the eligibility of a practitioner; who is not registered is not eligible."""
    found = answer.eligibility
    return EligibilityView(
        practitioner_code=answer.practitioner_code,
        at=answer.at,
        eligible=found is not None and found.status is Status.ELIGIBLE,
        status="unknown" if found is None else found.status,
        status_text=_say(_UNKNOWN if found is None else _STATUS[found.status], language),
        until=None if found is None else found.until,
        measure_id=answer.measure_id,
        measure_kind=None if found is None or found.measure is None else found.measure.kind,
        exception=_say(_EXCEPTION, language) if found is not None else "",
        emergency_excepted=found is not None,
    )


def institution_view(score: InstitutionScore, language: Language) -> InstitutionView:
    """Show an institution's score."""
    registered = score.registered
    return InstitutionView(
        institution_code=registered.institution_code,
        kind=registered.kind,
        level=registered.level,
        region=registered.region,
        active=registered.active,
        year=score.year,
        score_e2=score.standing.score_e2,
        base_e2=score.policy.score.base_e2,
        tier=score.tier.name,
        tier_text=_say(score.tier.text, language),
        policy_version=score.policy.version,
        overridden_by=overridden_view(score.standing),
    )


def score_entry_view(entry: ScoreEntry, language: Language) -> ScoreEntryView:
    """Show an entry of the score ledger with its explanation."""
    explanation = _say(_SCORE[entry.cause], language)
    if entry.severity is not None:
        explanation = (
            f"{explanation}（{entry.rule_code}，{_SEVERITY[entry.severity].zh}）"
            if language == "zh"
            else (f"{explanation} ({entry.rule_code}, {_SEVERITY[entry.severity].en})")
        )
    return ScoreEntryView.model_validate({**asdict(entry), "explanation": explanation})


def sanction_view(
    sanction: RecordedSanction,
    entries: Sequence[PointsEntry],
    book: PolicyBook,
    language: Language,
    annulment: Annulment | None = None,
) -> SanctionView:
    """Show a sanction with the points that came of it."""
    kind = book.version(sanction.policy_version).points.kinds[sanction.kind]
    fields = {name: value for name, value in asdict(sanction).items() if name != "digest"}
    return SanctionView.model_validate(
        {
            **fields,
            "kind_text": _say(kind.text, language),
            "entries": points_entries_view(entries, book, language),
            "annulled_on": None if annulment is None else annulment.annulled_on,
            "annulled_by": None if annulment is None else annulment.deciding_authority,
        }
    )


def proposal_view(finding: ConfirmedFinding) -> ProposalView:
    """Show a finding that waits for a sanction."""
    return ProposalView.model_validate(asdict(finding))
