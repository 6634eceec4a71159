"""From overrides and levels to what callers read."""

from dataclasses import asdict

from services.credit.api.models import OverriddenView
from services.credit.api.override_models import LevelView, OverrideView
from services.credit.domain.override import Override, Standing
from services.credit.use_cases.read_standings import LevelAnswer
from services.kit.http import Language


def overridden_view(standing: Standing) -> OverriddenView | None:
    """Show the override that holds, None when none does."""
    override = standing.override
    if override is None:
        return None
    return OverriddenView(
        override_id=override.override_id,
        kind=override.kind,
        author=override.author,
        approved_by=override.approved_by or "",
        reason=override.reason,
        document_number=override.document_number,
        holds_from=override.holds_from,
        holds_until=override.holds_until,
        computed_score_e2=standing.computed_score_e2,
        computed_grade=standing.computed_grade,
        change_e2=standing.score_e2 - standing.computed_score_e2,
    )


def override_view(override: Override) -> OverrideView:
    """Show an override with everything that happened to it."""
    return OverrideView.model_validate(asdict(override))


def level_view(answer: LevelAnswer, language: Language) -> LevelView:
    """Show the level of an institution, all fields empty for one that is not registered."""
    level = answer.level
    if level is None:
        return LevelView(institution_code=answer.institution_code)
    return LevelView(
        institution_code=answer.institution_code,
        source=level.source,
        year=level.year,
        grade=level.standing.grade,
        grade_text=level.text.say(language),
        grade_place=level.place,
        grades=level.places,
        score_e2=level.standing.score_e2,
        policy_version=level.policy_version,
        overridden_by=overridden_view(level.standing),
    )
