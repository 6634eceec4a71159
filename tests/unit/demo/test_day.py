"""The bundled day of the demo."""

import json
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice

import pytest

from services.contracts.intake import ItemKind
from services.demo import formulary
from services.demo.almanac import prepare_day
from services.demo.claim import BUSINESS_ZONE
from services.demo.day import DAY
from services.demo.formulary import Item
from services.demo.knowledge import read_knowledge
from services.intake.api.settlement_body import decode
from services.intake.domain import codes
from services.intake.domain.examination import examine

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)


@lru_cache(maxsize=1)
def bodies():
    return [claim.body() for group in prepare_day().groups for claim in group]


def test_a_day_is_the_same_to_the_byte_for_the_same_seed():
    again = [claim.body() for group in prepare_day().groups for claim in group]
    assert json.dumps(again) == json.dumps(bodies())


def test_another_seed_makes_another_day():
    other = next(iter(prepare_day(seed=7).groups))[0].body()
    assert other != bodies()[0]


def test_the_bundled_day_has_the_settlements_and_lines_that_were_promised():
    assert len(bodies()) == 2_400
    assert sum(len(body["lines"]) for body in bodies()) / len(bodies()) >= 10


def test_a_longer_day_streams_and_a_day_too_short_for_its_plants_is_refused():
    assert sum(len(group) for group in islice(prepare_day(settlements=10_000).groups, 100)) >= 100
    with pytest.raises(ValueError, match="too short"):
        next(prepare_day(settlements=50).groups)


def test_every_kind_of_visit_is_there():
    assert min(Counter(body["medical_type"] for body in bodies())[kind] for kind in ("11", "13", "21", "41")) >= 100


def test_intake_finds_nothing_wrong_with_any_settlement_of_the_day():
    for body in bodies():
        candidate = decode(json.dumps(body).encode())
        assert not candidate.problems
        examination = examine(candidate.settlement, now=NOW)
        assert not examination.problems, (examination.problems, body["settlement_id"])


def test_sums_are_exact_to_the_fen():
    for body in bodies():
        for line in body["lines"]:
            yuan, fen = line["unit_price"].split(".")
            assert int(line["quantity"]) * (int(yuan) * 100 + int(fen)) == line["amount_fen"]
        assert sum(line["amount_fen"] for line in body["lines"]) == body["total_fen"]
        assert body["fund_paid_fen"] + body["account_paid_fen"] + body["cash_paid_fen"] == body["total_fen"]
        assert min(body["fund_paid_fen"], body["account_paid_fen"], body["cash_paid_fen"]) >= 0


def test_settlement_ids_are_unique():
    assert len({body["settlement_id"] for body in bodies()}) == len(bodies())


def test_every_visit_ends_on_the_day():
    for body in bodies():
        ended = datetime.fromisoformat(body["ended_at"])
        assert ended.utcoffset() == BUSINESS_ZONE.utcoffset(ended.replace(tzinfo=None))
        assert datetime.fromisoformat(body["started_at"]) <= ended
        assert body["ended_at"][:10] == DAY.isoformat() or body["medical_type"] in {"13", "21"}


def test_traceability_codes_are_twenty_digits_and_only_plants_repeat_one():
    almanac = prepare_day()
    special = {claim.settlement_id for group in almanac.bed.groups for claim in group}
    seen = defaultdict(set)
    for body in bodies():
        for line in body["lines"]:
            for code in line["traceability_codes"]:
                assert re.fullmatch(r"\d{20}", code)
                seen[code].add(body["settlement_id"])
    assert all(len(settlements) == 1 or settlements <= special for settlements in seen.values())


def test_practitioners_work_where_they_order():
    almanac = prepare_day()
    homes = {person.code: person.institution_code for person in almanac.county.practitioners}
    for body in bodies():
        if body["practitioner_code"]:
            assert homes[body["practitioner_code"]] == body["institution_code"]


def everyday_items() -> list[Item]:
    values = [value if isinstance(value, tuple) else (value,) for value in vars(formulary).values()]
    return [item for group in values for item in group if isinstance(item, Item)]


def test_everyday_items_have_national_codes_of_their_kind_and_no_rule_knows_them():
    knowledge = read_knowledge()
    kinds: dict[ItemKind, int] = Counter()
    for item in everyday_items():
        assert codes.item_kind(item.code) == item.kind
        assert not knowledge.points_on(item.code)
        kinds[item.kind] += 1
    assert kinds.keys() == {"drug", "herb", "service", "consumable"}
    assert len({item.code for item in everyday_items()}) == sum(kinds.values())
