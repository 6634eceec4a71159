"""Decide findings: a person confirms, dismisses or overturns, each finding once, many in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import Conflict, FieldError, Forbidden, Malformed, NotFound, ServiceError
from services.kit.outbox import OutgoingEvent, outgoing
from services.kit.principal import Principal
from services.kit.telemetry import current_traceparent, span
from services.screening import telemetry
from services.screening.domain.review import (
    AmountOutOfRangeError,
    Decision,
    RaisedFinding,
    Review,
    ReviewError,
    Ruling,
    SamePersonError,
    Status,
    StatusConflictError,
    decide,
)
from services.screening.events import decided
from services.screening.storage import findings
from services.screening.storage.findings import Life


@dataclass(frozen=True, slots=True)
class DecisionRequest:
    """What a person wants decided about one finding."""

    finding_id: UUID
    decision: Decision
    reason: str
    amount_fen: int | None = None
    """Amount upheld by a confirmation; None upholds the whole amount at issue."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The finding as it now stands, or why the decision was not taken."""

    finding_id: UUID
    finding: RaisedFinding | None
    error: ServiceError | None = None


class DecideFindings:
    """Takes decisions; each is answered for itself, and those that can be taken are taken together."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def one(self, request: DecisionRequest, *, by: Principal) -> RaisedFinding:
        """Decide about one finding and return it; raises NotFound, Forbidden, Conflict or Malformed."""
        [outcome] = await self([request], by=by)
        if outcome.error is not None:
            raise outcome.error
        assert outcome.finding is not None  # noqa: S101 - without an error there is a finding
        return outcome.finding

    async def __call__(self, requests: Sequence[DecisionRequest], *, by: Principal) -> list[Outcome]:
        """Decide in the order given; a request that repeats a decision answers as the first did.

        Raises Forbidden when the one who asks speaks for an institution: none decides about findings.
        """
        if by.institution is not None:
            raise Forbidden(
                "institution_decides",
                zh="定点机构不能审核疑点。",
                en="An institution does not decide about findings.",
            )
        now = self._clock.now()
        async with self._database.transaction() as session:
            found = await findings.lock(session, sorted({request.finding_id for request in requests}))
            sitting = _Sitting(found, by.subject, now)
            outcomes = [sitting.decide(request) for request in requests]
            await findings.save_reviews(session, [found[finding_id] for finding_id in sitting.changed])
            await findings.add_life(session, sitting.life)
            await outbox.add(session, sitting.events)
        for decision in sitting.taken:
            telemetry.decisions.add(1, {"decision": decision.value})
        return outcomes


class _Sitting:
    """One person's decisions in one transaction, over findings that are locked."""

    def __init__(self, found: dict[UUID, RaisedFinding], by: str, now: datetime) -> None:
        self._found = found
        self._by = by
        self._now = now
        self._request_context = current_traceparent()
        self.changed: dict[UUID, None] = {}
        self.life: list[tuple[UUID, Life]] = []
        self.events: list[OutgoingEvent] = []
        self.taken: list[Decision] = []

    def decide(self, request: DecisionRequest) -> Outcome:
        finding = self._found.get(request.finding_id)
        if finding is None:
            return Outcome(request.finding_id, None, _not_found())
        ruling = Ruling(self._by, self._now, request.reason)
        try:
            review = decide(finding.review, request.decision, ruling, request.amount_fen)
        except ReviewError as error:
            return Outcome(request.finding_id, finding, _refusal(error))
        if review is not finding.review:
            finding = self._take(replace(finding, review=review), request.decision, ruling)
        return Outcome(request.finding_id, finding)

    def _take(self, finding: RaisedFinding, decision: Decision, ruling: Ruling) -> RaisedFinding:
        self._found[finding.id] = finding
        self.changed[finding.id] = None
        self.life.append((finding.id, _life(finding.review, ruling)))
        self.taken.append(decision)
        # The finding's own context is the parent, so that one trace leads from the settlement to its points; the
        # reviewer's request, another trace, is linked.
        with span(
            telemetry.SPAN_DECISION[decision.value],
            parent=finding.traceparent,
            links=[self._request_context] if self._request_context else [],
            attributes={"finding.id": str(finding.id), "rule.code": finding.rule_code},
        ):
            self.events.append(outgoing(decided(finding, ruling.at), now=self._now, traceparent=current_traceparent()))
        return finding


def _life(review: Review, ruling: Ruling) -> Life:
    amount = review.amount_upheld_fen if review.status in {Status.CONFIRMED, Status.OVERTURNED} else None
    return Life(review.status, ruling.at, ruling.by, ruling.reason, amount)


def _not_found() -> NotFound:
    return NotFound("finding_unknown", zh="没有这条疑点。", en="There is no such finding.")


def _refusal(error: ReviewError) -> ServiceError:
    match error:
        case SamePersonError():
            return Forbidden(
                "same_person",
                zh="提出疑点的人不能审核该疑点，确认的人不能撤销自己的确认。",
                en="Who raised a finding may not decide it, and who confirmed it may not overturn it.",
            )
        case StatusConflictError(status=status):
            return Conflict(
                "finding_status",
                zh=f"疑点当前状态为 {status.value}，不能作出该决定。",
                en=f"The finding is {status.value}; this decision cannot be taken.",
            )
        case AmountOutOfRangeError():
            zh = "认定金额须在零与涉及金额之间。"
            en = "The amount upheld must lie between zero and the amount at issue."
            field = FieldError("/amount_fen", "amount_out_of_range", zh, en)
            return Malformed("amount_out_of_range", zh=zh, en=en, fields=[field])
        case _:
            raise error
