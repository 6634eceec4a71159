"""What is planted in the demo's day, judged by the screening engine itself."""

import json
from collections import Counter
from datetime import UTC, date, datetime
from functools import lru_cache
from importlib.resources import files
from uuid import UUID

import pytest

from services.contracts.intake import InstitutionAtService, SettlementAccepted, SettlementLine
from services.demo.almanac import Almanac, prepare_day
from services.demo.claim import Claim
from services.demo.day import SEED
from services.demo.planted.sowing import NOT_PLANTED, PLANTED_LATER, PLANTINGS
from services.demo.truth import judge
from services.intake.domain.medical_type import care_setting
from services.screening.domain.checks.table import KINDS
from services.screening.domain.engine import screen
from services.screening.domain.history import History
from services.screening.domain.plan import compile_plan
from services.screening.domain.position import position
from services.screening.domain.rulebook import parse_rulebook

RULEBOOK = json.loads((files("services.screening") / "rulebooks" / "national-2025.json").read_text(encoding="utf-8"))


def accepted(claim: Claim, number: int) -> SettlementAccepted:
    """What intake would state of the claim."""
    body = claim.body()
    instants = {name: datetime.fromisoformat(body[name]).astimezone(UTC) for name in ("started_at", "ended_at")}
    institution = claim.institution
    return SettlementAccepted(
        settlement_ref=UUID(int=number),
        settlement_id=body["settlement_id"],
        institution=InstitutionAtService(
            code=institution.code, kind=institution.kind, level=institution.level, region=institution.region
        ),
        insured_ref=body["insured_person"]["number"],
        sex=body["insured_person"]["sex"],
        age_days=(claim.started_at.date() - date.fromisoformat(body["insured_person"]["birth_date"])).days,
        insurance_type=body["insurance_type"],
        insured_region=body["insured_region"],
        medical_type=body["medical_type"],
        care_setting=care_setting(body["medical_type"]),
        settled_at=datetime.fromisoformat(body["settled_at"]),
        diagnosis_codes=tuple(body["diagnosis_codes"]),
        practitioner_code=body["practitioner_code"],
        total_fen=body["total_fen"],
        fund_fen=body["fund_paid_fen"],
        account_fen=body["account_paid_fen"],
        cash_fen=body["cash_paid_fen"],
        lines=tuple(
            SettlementLine(
                number=line["number"],
                item_code=line["item_code"],
                item_kind=line["item_kind"],
                quantity_e4=int(line["quantity"]) * 10_000,
                unit_price_e4=int(line["unit_price"].replace(".", "")) * 10_000,
                amount_fen=line["amount_fen"],
                charged_at=datetime.fromisoformat(line["charged_at"]).astimezone(UTC),
                practitioner_code=line["practitioner_code"],
                traceability_codes=tuple(line["traceability_codes"]),
                split_pack=line["split_pack"],
            )
            for line in body["lines"]
        ),
        **instants,
    )


def findings_of(almanac: Almanac) -> list[dict]:
    """Screen the whole day in the order of settling and return the findings as the interface shows them."""
    plan = compile_plan(parse_rulebook(RULEBOOK))
    history = History()
    found = []
    claims = [claim for group in almanac.groups for claim in group]
    facts = [accepted(claim, number) for number, claim in enumerate(claims, start=1)]
    for fact in sorted(facts, key=lambda fact: position(fact.institution.code, fact.settlement_id, fact.settled_at)):
        screening = screen(plan, fact, history)
        assert not screening.failures
        history.add_claim(fact, plan)
        found += [
            {
                "rule_code": finding.rule_code,
                "settlement_id": fact.settlement_id,
                "line_numbers": list(finding.line_numbers),
            }
            for finding in screening.findings
        ]
    return found


@lru_cache(maxsize=1)
def bundled():
    almanac = prepare_day()
    return almanac, findings_of(almanac)


def test_screening_finds_every_plant_of_the_bundled_day_and_nothing_else():
    almanac, found = bundled()
    verdict = judge(almanac.plants, found)
    assert verdict.missed == []
    assert verdict.unplanned == []
    assert verdict.found == len(almanac.plants)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_other_seed_raises_a_false_alarm_either(seed):
    almanac = prepare_day(seed=seed, settlements=1_500)
    verdict = judge(almanac.plants, findings_of(almanac))
    assert verdict.missed == []
    assert verdict.unplanned == []


def test_every_kind_of_check_and_every_rule_is_planted_at_least_three_times():
    almanac, _ = bundled()
    assert PLANTINGS.keys() | PLANTED_LATER | NOT_PLANTED == KINDS.keys()
    rules = Counter(plant.rule_code for plant in almanac.plants)
    for rule in almanac.knowledge.rules:
        if rule.kind in PLANTINGS and rule in almanac.knowledge.rules_of(rule.kind):
            assert rules[rule.code] >= 3
    assert len(almanac.plants) >= 60


def test_hard_negatives_stand_beside_every_kind_and_raise_nothing():
    almanac, found = bundled()
    innocent = {claim.settlement_id for group in almanac.bed.hard_negatives for claim in group}
    assert len(almanac.bed.hard_negatives) >= 60
    assert innocent.isdisjoint({finding["settlement_id"] for finding in found})


def test_restricted_items_are_used_in_clean_claims_as_well():
    almanac = prepare_day(seed=SEED)
    planted = {claim.settlement_id for group in almanac.bed.groups for claim in group}
    codes = {
        line.item.code
        for group in almanac.groups
        for claim in group
        if claim.settlement_id not in planted
        for line in claim.lines
    }
    restricted = set(almanac.knowledge.restricted_codes())
    assert len(codes & restricted) >= 300


def test_a_finding_that_nobody_planted_is_a_false_alarm_and_a_plant_without_finding_is_missed():
    almanac, found = bundled()
    verdict = judge(almanac.plants, [*found[1:], {**found[0], "rule_code": "GZ10000201001000"}])
    assert verdict.found == len(almanac.plants) - 1
    assert len(verdict.missed) == len(verdict.unplanned) == 1


def test_a_plant_found_twice_is_a_false_alarm():
    almanac, found = bundled()
    assert len(judge(almanac.plants, [*found, found[0]]).unplanned) == 1
