from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.contracts.credit import PractitionerReinstated, PractitionerSuspended, PractitionerTerminated
from services.contracts.fact import Fact
from services.contracts.screening import SettlementScreened
from services.intake.wiring import build_read_registry, build_read_settlements
from services.intake.worker import subscription
from services.kit.ids import new_id
from services.kit.inbox import Event
from tests.support.intake import HOSPITAL, PHYSICIAN, settlement

NOON = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)


def event(fact: Fact) -> Event[Any]:
    return Event(new_id(), fact.TYPE, fact.key, NOON, fact, None)


def screened(
    ref: Any, verdict: str = "review", *, at: datetime = NOON, findings: int = 2, amount: int = 3730
) -> Event[Any]:
    return event(
        SettlementScreened(
            settlement_ref=ref,
            settlement_id="S1",
            institution_code=HOSPITAL,
            rulebook_version="2026.1",
            verdict=verdict,
            screened_at=at,
            finding_ids=tuple(new_id() for _ in range(findings)),
            amount_at_issue_fen=amount,
        )
    )


@pytest.fixture
def deliver(resources):
    handlers = subscription(resources).handlers

    async def hand_over(*events: Event[Any]) -> None:
        await handlers[type(events[0].data)](events)

    return hand_over


@pytest.fixture
def standing(resources):
    read = build_read_registry(resources)

    async def now() -> tuple[str, datetime | None]:
        return tuple((await read.practitioner(PHYSICIAN, of_institution=None)).standing)

    return now


async def test_the_outcome_of_screening_is_shown(accept, deliver, resources) -> None:
    (answer,) = await accept(settlement())
    await deliver(screened(answer.settlement_ref))
    stored = await build_read_settlements(resources).one((HOSPITAL, "S1"))
    assert (stored.verdict, stored.finding_count, stored.amount_at_issue_fen) == ("review", 2, 3730)
    assert stored.screened_at == NOON
    assert stored.rulebook_version == "2026.1"


async def test_an_outcome_counts_once_and_the_newest_stands_however_they_arrive(
    accept, deliver, resources, rows
) -> None:
    (answer,) = await accept(settlement())
    newer = screened(answer.settlement_ref, "pass", at=NOON + timedelta(hours=1), findings=0, amount=0)
    older = screened(answer.settlement_ref)
    await deliver(newer, older)
    await deliver(older)
    await deliver(newer)
    await deliver(screened(answer.settlement_ref, "refuse"))
    stored = await build_read_settlements(resources).one((HOSPITAL, "S1"))
    assert (stored.verdict, stored.finding_count) == ("pass", 0)
    assert len(await rows("select from inbox")) == 3


async def test_a_suspension_is_shown_while_it_lasts(deliver, standing, clock) -> None:
    until = clock.now() + timedelta(days=30)
    suspension = event(
        PractitionerSuspended(
            measure_id=new_id(),
            practitioner_code=PHYSICIAN,
            effective_from=clock.now(),
            effective_until=until,
            policy_version="1",
        )
    )
    assert await standing() == ("eligible", None)
    await deliver(suspension)
    await deliver(suspension)
    assert await standing() == ("suspended", until)
    clock.advance(timedelta(days=30))
    assert await standing() == ("eligible", None)


async def test_a_termination_is_graver_than_a_suspension_and_both_can_be_undone(deliver, standing, clock) -> None:
    suspension, termination = new_id(), new_id()
    until = clock.now() + timedelta(days=365)
    await deliver(
        event(
            PractitionerSuspended(
                measure_id=suspension,
                practitioner_code=PHYSICIAN,
                effective_from=clock.now(),
                effective_until=until + timedelta(days=1000),
                policy_version="1",
            )
        )
    )
    await deliver(
        event(
            PractitionerTerminated(
                measure_id=termination,
                practitioner_code=PHYSICIAN,
                effective_from=clock.now(),
                no_registration_until=until,
                policy_version="1",
            )
        )
    )
    assert await standing() == ("terminated", until)
    for measure, left in ((termination, "suspended"), (suspension, "eligible")):
        reinstated = event(
            PractitionerReinstated(measure_id=measure, practitioner_code=PHYSICIAN, effective_from=clock.now())
        )
        await deliver(reinstated)
        await deliver(reinstated)
        assert (await standing())[0] == left


async def test_a_reinstatement_ahead_holds_from_its_own_instant(deliver, standing, clock) -> None:
    measure = new_id()
    await deliver(
        event(
            PractitionerSuspended(
                measure_id=measure,
                practitioner_code=PHYSICIAN,
                effective_from=clock.now(),
                effective_until=clock.now() + timedelta(days=90),
                policy_version="1",
            )
        )
    )
    lifted = clock.now() + timedelta(days=10)
    await deliver(event(PractitionerReinstated(measure_id=measure, practitioner_code=PHYSICIAN, effective_from=lifted)))
    assert await standing() == ("suspended", lifted)
    clock.advance(timedelta(days=10))
    assert await standing() == ("eligible", None)
