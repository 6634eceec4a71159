"""What a resend and a reading are told of findings, as screening states them."""

from datetime import timedelta

import pytest

from services.contracts.screening import (
    FindingConfirmed,
    FindingDismissed,
    FindingOverturned,
    FindingRaised,
    FindingWithdrawn,
    SettlementScreened,
)
from services.intake.worker import subscription
from services.kit.ids import new_id
from services.kit.inbox import Event
from tests.support.intake import HOSPITAL, settlement

PATH = "/intake/v1/settlements"


@pytest.fixture
def hospital(mint) -> dict[str, str]:
    return mint.bearer("hospital", institution=HOSPITAL)


@pytest.fixture
def hear(resources, clock):
    """Let intake hear facts, one by one."""
    handlers = subscription(resources).handlers

    async def hear(*facts) -> None:
        for fact in facts:
            event = Event(new_id(), fact.TYPE, fact.key, clock.now(), fact, None)
            await handlers[type(fact)]([event])
            await handlers[type(fact)]([event])

    return hear


@pytest.fixture
async def posted(http, hospital):
    answer = await http.post(PATH, json=settlement(), headers=hospital)
    return answer.json()


def raised(posted, finding, at) -> FindingRaised:
    return FindingRaised(
        finding_id=finding,
        settlement_ref=posted["settlement_ref"],
        institution_code=HOSPITAL,
        practitioner_codes=(),
        rule_code="GZ1",
        knowledge_point=None,
        severity="violation",
        amount_at_issue_fen=3730,
        rulebook_version="2026.1",
        raised_at=at,
    )


async def test_a_resend_gets_the_first_answer_with_what_is_known_since(http, hospital, posted, hear, clock) -> None:
    first, second = new_id(), new_id()
    about = {"settlement_ref": posted["settlement_ref"], "institution_code": HOSPITAL}
    now = clock.now()
    await hear(
        raised(posted, first, now),
        raised(posted, second, now),
        SettlementScreened(
            settlement_id="S1",
            rulebook_version="2026.1",
            verdict="refuse",
            screened_at=now,
            finding_ids=(first, second),
            amount_at_issue_fen=7460,
            **about,
        ),
        FindingConfirmed(
            finding_id=first,
            practitioner_codes=(),
            rule_code="GZ1",
            severity="violation",
            amount_fen=3000,
            confirmed_at=now + timedelta(hours=1),
            **about,
        ),
        FindingDismissed(finding_id=second, dismissed_at=now + timedelta(hours=1), **about),
    )
    clock.advance(timedelta(minutes=5))
    again = await http.post(PATH, json=settlement(), headers=hospital)
    assert again.status_code == 200
    told = again.json()
    assert told["accepted_at"] == posted["accepted_at"]
    assert (told["status"], told["state"], told["verdict"]) == ("same", "screened", "refuse")
    assert (told["finding_count"], told["amount_at_issue_fen"], told["rulebook_version"]) == (2, 7460, "2026.1")
    states = {one["finding_id"]: (one["state"], one["amount_fen"]) for one in told["findings"]}
    assert states == {str(first): ("confirmed", 3000), str(second): ("dismissed", 3730)}
    await hear(
        FindingOverturned(finding_id=first, amount_fen=3000, overturned_at=now + timedelta(hours=2), **about),
        FindingWithdrawn(finding_id=second, withdrawn_at=now + timedelta(hours=2), **about),
    )
    read = (await http.get(f"{PATH}/{HOSPITAL}/S1", headers=hospital)).json()
    assert sorted(one["state"] for one in read["findings"]) == ["overturned", "withdrawn"]


async def test_a_fact_that_comes_late_hides_nothing_newer(http, hospital, posted, hear, clock) -> None:
    finding = new_id()
    later = clock.now() + timedelta(hours=1)
    await hear(
        FindingDismissed(
            finding_id=finding,
            settlement_ref=posted["settlement_ref"],
            institution_code=HOSPITAL,
            dismissed_at=later,
        ),
        raised(posted, finding, clock.now()),
    )
    told = (await http.post(PATH, json=settlement(), headers=hospital)).json()
    assert [one["state"] for one in told["findings"]] == ["dismissed"]
