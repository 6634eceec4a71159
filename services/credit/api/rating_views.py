"""From stored yearly ratings to what callers read."""

from collections.abc import Sequence
from dataclasses import asdict

from services.credit.api.override_views import overridden_view
from services.credit.api.rating_models import (
    AnnualRatingView,
    BacktestView,
    DimensionView,
    ExplainedView,
    GradeMoveView,
    RatingActView,
    RatingFileView,
    RatingLineView,
    RatingPolicyView,
    RatingRecordView,
    RecommendationView,
    RecomputationView,
    RepairView,
    TestedInstitutionView,
)
from services.credit.domain.override import Standing
from services.credit.domain.rating import Rated
from services.credit.domain.rating_policy import RatingPolicy, RatingPolicyBook
from services.credit.domain.rating_procedure import RatingAct, RatingState
from services.credit.domain.text import Text
from services.credit.storage.annual_ratings import CurrentRating, RecordedAct
from services.credit.storage.rating_records import RatingRecord
from services.credit.storage.rating_repairs import RepairEntry
from services.credit.use_cases.backtest_ratings import Backtest, TestedInstitution
from services.credit.use_cases.read_ratings import RatingFile, Recomputation
from services.kit.http import Language

_STATES = {
    RatingState.NOT_RATED: Text("不参加评价", "Not rated"),
    RatingState.PREVIEW: Text("预评", "Preview"),
    RatingState.PUBLICITY: Text("公示", "Publicity"),
    RatingState.OBJECTION: Text("异议复核", "Objection"),
    RatingState.FINAL: Text("生效", "Final"),
}
_ACTS = {
    RatingAct.LEFT_OUT: Text("不予评价", "Left out"),
    RatingAct.PREVIEWED: Text("预评", "Previewed"),
    RatingAct.RECOMPUTED: Text("依据变化，重新计算", "Recomputed, as its inputs changed"),
    RatingAct.PUBLISHED: Text("公示", "Published"),
    RatingAct.OBJECTED: Text("提出异议", "Objected to"),
    RatingAct.OBJECTION_UPHELD: Text("异议成立", "Objection upheld"),
    RatingAct.OBJECTION_REJECTED: Text("异议不成立", "Objection rejected"),
    RatingAct.CONCLUDED: Text("生效", "Concluded"),
    RatingAct.CORRECTED: Text("依据被撤销，更正", "Corrected, as what it rested on fell"),
}


def annual_rating_view(
    current: CurrentRating, standing: Standing | None, book: RatingPolicyBook, language: Language
) -> AnnualRatingView:
    """Show a yearly rating as it holds."""
    return AnnualRatingView.model_validate(_current(current, standing, book, language))


def _current(
    current: CurrentRating, standing: Standing | None, book: RatingPolicyBook, language: Language
) -> dict[str, object]:
    grade_text = None
    if current.policy_version is not None and standing is not None:
        grade_text = _grade_text(book.version(current.policy_version), standing.grade, language)
    return {
        "institution_code": current.institution_code,
        "year": current.year,
        "region": current.region,
        "state": current.last.state,
        "state_text": _STATES[current.last.state].say(language),
        "score_e2": None if standing is None else standing.score_e2,
        "grade": None if standing is None else standing.grade,
        "grade_text": grade_text,
        "policy_version": current.policy_version,
        "due_on": current.last.due_on,
        "acted_at": current.last.acted_at,
        "overridden_by": None if standing is None else overridden_view(standing),
    }


def _grade_text(policy: RatingPolicy, grade: str, language: Language) -> str:
    return policy.grades[policy.places[grade]].text.say(language)


def rating_file_view(file: RatingFile, book: RatingPolicyBook, language: Language, *, names: bool) -> RatingFileView:
    """Show a yearly rating with its explanation; ``names`` tells who acted."""
    held, rated, policy = file.calculation, file.rated, file.policy
    explained = None
    if held is not None and rated is not None and policy is not None:
        explained = explained_view(policy, rated, held.settlements, language, standing=file.standing)
    return RatingFileView.model_validate(
        {
            **_current(file.current, file.standing, book, language),
            "explained": explained,
            "reproduced": None
            if held is None or rated is None
            else (held.score_e2, held.grade) == (rated.score_e2, rated.grade),
            "grade_before": None if held is None else held.grade_before,
            "excluded_evidence_ids": [] if held is None else list(held.excluded),
            "recommendations": [
                RecommendationView(code=one.code, text=one.text.say(language), article=one.article)
                for one in file.recommendations
            ],
            "acts": [_act_view(act, language, names=names) for act in file.acts],
        }
    )


def _act_view(act: RecordedAct, language: Language, *, names: bool) -> RatingActView:
    return RatingActView(
        number=act.number,
        act=act.act,
        act_text=_ACTS[act.act].say(language),
        state=act.state,
        acted_at=act.acted_at,
        acted_by=act.acted_by if names else None,
        calculation_id=act.calculation_id,
        due_on=act.due_on,
        reason=act.reason,
        document_number=act.document_number,
    )


def explained_view(
    policy: RatingPolicy, rated: Rated, settlements: int, language: Language, *, standing: Standing | None = None
) -> ExplainedView:
    """Show a score line by line; an override that holds is a point of its own, behind all lines."""
    grade = rated.grade if standing is None else standing.grade
    indicators = {indicator.code: indicator for indicator in policy.indicators}
    return ExplainedView(
        policy_version=rated.policy_version,
        base_e2=rated.base_e2,
        score_e2=rated.score_e2 if standing is None else standing.score_e2,
        grade=grade,
        grade_text=_grade_text(policy, grade, language),
        settlements=settlements,
        dimensions=[
            DimensionView(dimension=code, dimension_text=policy.dimensions[code].text.say(language), change_e2=change)
            for code, change in rated.dimensions_e2.items()
        ],
        lines=[
            RatingLineView(
                indicator=line.indicator,
                indicator_text=indicators[line.indicator].text.say(language),
                dimension=line.dimension,
                dimension_text=policy.dimensions[line.dimension].text.say(language),
                method=indicators[line.indicator].method.value,
                number=line.number,
                change_e2=line.change_e2,
                article=indicators[line.indicator].article,
                evidence_ids=list(line.evidence_ids),
                policy_version=rated.policy_version,
            )
            for line in rated.lines
        ],
        overridden_by=None if standing is None else overridden_view(standing),
        direct_evidence_ids=list(rated.direct),
    )


def recomputation_view(made: Recomputation, language: Language) -> RecomputationView:
    """Show a dry computation beside the rating that stands."""
    stored = made.stored if made.stored is not None and made.stored.grade is not None else None
    return RecomputationView(
        institution_code=made.institution_code,
        year=made.year,
        at=made.known_at,
        explained=explained_view(made.policy, made.rated, made.settlements, language),
        stored_score_e2=None if stored is None else stored.score_e2,
        stored_grade=None if stored is None else stored.grade,
        same=None if stored is None else (stored.score_e2, stored.grade) == (made.rated.score_e2, made.rated.grade),
    )


def backtest_view(
    test: Backtest, shown: Sequence[TestedInstitution], *, region: str, next_cursor: str | None
) -> BacktestView:
    """Show a page of a back-test and its whole summary."""
    return BacktestView(
        year=test.year,
        region=region,
        tested_policy_version=test.policy.version,
        institutions=len(test.institutions),
        moves=[
            GradeMoveView(grade=grade, tested_grade=tested, institutions=number)
            for (grade, tested), number in test.moves().items()
        ],
        items=[TestedInstitutionView(**asdict(one), change_e2=one.change_e2) for one in shown],
        next_cursor=next_cursor,
    )


def rating_record_view(record: RatingRecord) -> RatingRecordView:
    """Show a recorded input."""
    return RatingRecordView.model_validate(asdict(record))


def repair_view(entries: Sequence[RepairEntry]) -> RepairView:
    """Show a repair by its application and decision."""
    applied, decided = entries[0], (entries[1] if len(entries) > 1 else None)
    return RepairView(
        repair_id=applied.repair_id,
        institution_code=applied.institution_code,
        state=entries[-1].act,
        applied_at=applied.acted_at,
        explanation=applied.reason,
        commitment_document=applied.document_number,
        decide_by=applied.due_on,
        decided_at=None if decided is None else decided.acted_at,
        decision_reason=None if decided is None else decided.reason,
        decision_document=None if decided is None else decided.document_number,
        counts_in=None if decided is None else decided.counts_in,
    )


def rating_policy_view(policy: RatingPolicy, language: Language) -> RatingPolicyView:
    """Show a version of the rules."""
    return RatingPolicyView(
        version=policy.version,
        title=policy.title.say(language),
        regions=list(policy.regions),
        effective_from=policy.effective_from,
        effective_until=policy.effective_until,
        base_e2=policy.base_e2,
        grades={grade.name: grade.from_e2 for grade in policy.grades},
        metrics={metric: kind.text.say(language) for metric, kind in policy.records.items()},
        article=policy.article,
    )
