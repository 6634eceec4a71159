"""The same claims before settlement, at settlement and in a back-test: the same findings of the bundled rulebook."""

import random
from collections import Counter
from datetime import date, timedelta

import msgspec
import pytest
from msgspec.structs import replace
from pydantic import SecretStr

from services.contracts.intake import InsuredPersonChanged
from services.contracts.registry import InsuredPersonPeriod
from services.kit.clock import business_date
from services.kit.ids import new_id
from services.screening import wiring
from services.screening.api.precheck_body import read_precheck
from services.screening.settings import ScreeningSettings
from services.screening.use_cases.request_backtests import Backtests
from services.screening.use_cases.run_backtests import RunBacktests
from tests.unit.screening.claims import NOON, OTHER_HOSPITAL, claim, line, stay
from tests.unit.screening.test_properties import CODES


@pytest.fixture
def settings(database_url, tmp_path):
    return ScreeningSettings(database_url=SecretStr(database_url), jwks=str(tmp_path / "jwks.json"))


def some_claims(number):
    """Claims of three persons over a few days, of items that the rulebook names; seeded, so that they never change."""
    choose = random.Random(20260310)
    made = []
    for turn in range(number):
        lines = [
            line(
                choose.choice(CODES),
                charged_at=NOON + timedelta(hours=choose.randrange(0, 60)),
                quantity=choose.choice([1, 1, 2, 25]),
                traceability_codes=(f"8{choose.randrange(6):019d}",) if choose.random() < 0.3 else (),
            )
            for _ in range(choose.randrange(1, 7))
        ]
        fields = {
            "name": f"claim-{turn}",
            "insured_ref": choose.choice("abc") * 32,
            "sex": choose.choice(["male", "female", "unknown"]),
            "age_days": choose.choice([None, 10, 2_000, 20_000]),
            "level": choose.choice([1, 2, 3]),
            "institution": choose.choice(["H35010000001", OTHER_HOSPITAL]),
            "settled_at": NOON + timedelta(days=6, minutes=turn),
        }
        made.append(stay(*lines, **fields) if choose.random() < 0.4 else claim(*lines, **fields))
    return [replace(one, settlement_ref=new_id()) for one in made]


async def test_before_at_and_after_settlement_the_findings_are_the_same(resources, claims, admin, clock):
    screen = wiring.build_screen_settlements(resources)
    died = InsuredPersonPeriod(effective_from=date(1900, 1, 1), sex="male", death_date=date(2026, 3, 11))
    dead = InsuredPersonChanged(insured_ref="c" * 32, periods=(died,))
    await wiring.build_keep_persons(resources)([claims.event(dead)])
    found = Counter()
    for one in some_claims(40):
        request = read_precheck(msgspec.json.encode({**msgspec.to_builtins(one), "phase": "all"}))
        before = await resources.prechecks(request, institution_code=one.institution.code)
        await screen([claims.event(one)])
        rows = await admin.fetch(
            "select rule_code, fingerprint, amount_at_issue_fen from finding where settlement_ref = $1",
            one.settlement_ref,
        )
        told = [
            (each.finding.rule_code, each.finding.fingerprint, each.finding.amount_at_issue_fen)
            for each in before.reminders
        ]
        assert sorted(told) == sorted(tuple(row) for row in rows)
        found.update(code for code, _, _ in told)
    assert sum(found.values()) > 60
    assert len(found) > 12
    assert found["FW000005"] > 3

    version = await admin.fetchval("select version from rulebook where status = 'active'")
    clock.advance(timedelta(days=30))
    asking = Backtests(resources.database, clock)
    day = business_date(NOON + timedelta(days=6))
    wanted = await asking.request(version, first=day, last=day, against=version, by="tester")
    await RunBacktests(resources.database, clock, share=1.0)()
    done = await asking.one(wanted.id)
    assert done.status == "done"
    again = {code: tally["found"] for code, tally in done.tally["rules"].items() if tally["found"]}
    assert again == dict(found)
