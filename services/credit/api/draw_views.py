"""From stored draws to what officers and the public read."""

from services.credit.api.draw_models import DrawSummaryView, DrawView, InspectorView, PublicDrawView, SelectionView
from services.credit.storage.draws import DrawFile, DrawState
from services.credit.storage.inspectors import InspectorEntry
from services.credit.use_cases.read_draws import DrawReading


def public_draw_view(reading: DrawReading) -> PublicDrawView:
    """Show what is public: list and commitment at once, seed and result when published."""
    file = reading.file
    published = file.state is DrawState.PUBLISHED
    return PublicDrawView(
        **draw_summary_view(file).model_dump(),
        listing=file.prepared.listing,
        reason=file.reason,
        seed=file.seed if published else None,
        public_value=file.public_value if published else None,
        result=_result(reading),
    )


def draw_view(reading: DrawReading) -> DrawView:
    """Show everything to an officer."""
    file = reading.file
    return DrawView(
        **draw_summary_view(file).model_dump(),
        listing=file.prepared.listing,
        reason=file.reason,
        seed=file.seed,
        public_value=file.public_value,
        result=_result(reading),
        policy_version=file.prepared.policy_version,
        grounds=file.prepared.grounds,
        prepared_at=file.prepared.prepared_at,
        prepared_by=file.prepared.prepared_by,
        committed_by=file.committed_by,
        drawn_by=file.drawn_by,
        published_by=file.published_by,
        cancelled_by=file.cancelled_by,
    )


def draw_summary_view(file: DrawFile) -> DrawSummaryView:
    """Show one line of a list of draws."""
    return DrawSummaryView(
        draw_id=file.prepared.draw_id,
        state=file.state,
        list_hash=file.prepared.list_hash,
        seed_commitment=file.seed_commitment,
        committed_at=file.committed_at,
        drawn_at=file.drawn_at,
        published_at=file.published_at,
        cancelled_at=file.cancelled_at,
    )


def inspector_view(entry: InspectorEntry) -> InspectorView:
    """Show an inspector."""
    return InspectorView.model_validate(
        {
            "inspector_code": entry.inspector_code,
            "active": entry.active,
            "certified_until": entry.certified_until,
            "skills": list(entry.skills),
            "recusals": [{"institution_code": one.institution_code, "ground": one.ground} for one in entry.recusals],
            "stated_at": entry.stated_at,
            "stated_by": entry.stated_by,
        }
    )


def _result(reading: DrawReading) -> list[SelectionView]:
    return [
        SelectionView(institution=one.institution_code, inspectors=list(one.inspector_codes))
        for one in reading.selections
    ]
