"""Load for measurements and drills: a registry of one hospital, and any number of settlements of ten lines each."""

import asyncio
import json
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import httpx

HOSPITAL = "H33019900001"
PHYSICIANS = tuple(f"D{330199000000 + number}" for number in range(1, 21))
LINES = 10
DAY = datetime(2026, 3, 9, 0, 30, tzinfo=UTC)


FACILITY_LEVEL = "GZ10000101012000"
DRUG_BY_SEX = "GZ10000301004000"


def codes_of(rule: str) -> list[str]:
    """Item codes that the bundled rulebook speaks of in one rule alone, one per knowledge point."""
    rulebook = json.loads((files("services.screening") / "rulebooks" / "national-2025.json").read_text("utf-8"))
    points = [point for point in rulebook["points"] if "codes" in point]
    elsewhere = {code for point in points if point["rule"] != rule for code in point["codes"]}
    own = [[code for code in point["codes"] if code not in elsewhere] for point in points if point["rule"] == rule]
    return [codes[0] for codes in own if codes]


def settlements(count: int, *, start: int = 0, seed: int = 1) -> Iterator[bytes]:
    """Yield request bodies, one JSON line each; the same arguments give the same bytes.

    Three of ten lines carry codes that a knowledge point restricts to hospitals of a level this one has; in every
    thirtieth settlement one code is for one sex, so that about one in sixty raises a finding.
    """
    draw = random.Random(seed)
    restricted, by_sex = codes_of(FACILITY_LEVEL), codes_of(DRUG_BY_SEX)
    plain = [f"0033{number:011d}" for number in range(2000)]
    for number in range(start, start + count):
        at = DAY + timedelta(seconds=number % 30_000)
        lines = []
        total = 0
        for position in range(1, LINES + 1):
            price = draw.randrange(100, 20_000)
            quantity = draw.randrange(1, 4)
            amount = price * quantity
            total += amount
            drug = position <= 3
            choice = by_sex if position == 1 and number % 30 == 0 else restricted
            lines.append(
                {
                    "number": position,
                    "item_code": draw.choice(choice) if drug else draw.choice(plain),
                    "item_kind": "drug" if drug else "service",
                    "quantity": str(quantity),
                    "unit_price": f"{price // 100}.{price % 100:02d}",
                    "amount_fen": amount,
                    "charged_at": at.isoformat(),
                    "practitioner_code": PHYSICIANS[number % len(PHYSICIANS)],
                    "department_code": "A03",
                }
            )
        fund = total // 2
        yield json.dumps(
            {
                "settlement_id": f"S{number:012d}",
                "institution_code": HOSPITAL,
                "insured_person": {
                    "number": f"{seed:03d}{number:015d}",
                    "sex": draw.choice(["male", "female"]),
                    "birth_date": f"{draw.randrange(1940, 2005)}-05-17",
                },
                "insurance_type": "310",
                "insured_region": "330199",
                "medical_type": "11",
                "started_at": at.isoformat(),
                "ended_at": (at + timedelta(minutes=30)).isoformat(),
                "settled_at": (at + timedelta(minutes=45)).isoformat(),
                "diagnosis_codes": ["I10.x00"],
                "practitioner_code": PHYSICIANS[number % len(PHYSICIANS)],
                "department_code": "A03",
                "total_fen": total,
                "fund_paid_fen": fund,
                "account_paid_fen": 0,
                "cash_paid_fen": total - fund,
                "lines": lines,
            },
            separators=(",", ":"),
        ).encode()


async def register(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    """Put the hospital and its physicians into the registry."""
    institution = {
        "kind": "hospital",
        "name": "演练医院",
        "level": 3,
        "region": "330199",
        "active": True,
        "agreement_from": "2025-01-01",
    }
    answer = await client.put(f"/intake/v1/institutions/{HOSPITAL}", json=institution, headers=headers)
    assert answer.is_success, answer.text
    for code in PHYSICIANS:
        practitioner = {"category": "physician", "name": "演练", "institution_codes": [HOSPITAL], "active": True}
        answer = await client.put(f"/intake/v1/practitioners/{code}", json=practitioner, headers=headers)
        assert answer.is_success, answer.text


async def post_batches(
    client: httpx.AsyncClient, headers: dict[str, str], bodies: Sequence[bytes], *, size: int, streams: int = 4
) -> dict[str, int]:
    """Post everything in batches over several streams, as retrying callers would: until every line has an answer.

    Returns how many lines got each status.
    """
    batches = [bodies[start : start + size] for start in range(0, len(bodies), size)]
    counted: dict[str, int] = {}
    queue = iter(batches)

    async def stream() -> None:
        for batch in queue:
            for status in await _post(client, headers, batch):
                counted[status] = counted.get(status, 0) + 1

    await asyncio.gather(*(stream() for _ in range(streams)))
    return counted


async def _post(client: httpx.AsyncClient, headers: dict[str, str], batch: Sequence[bytes]) -> list[str]:
    content = b"\n".join(batch) + b"\n"
    while True:
        try:
            answer = await client.post(
                "/intake/v1/settlements/batch",
                content=content,
                headers={**headers, "Content-Type": "application/x-ndjson"},
                timeout=60,
            )
        except httpx.HTTPError:
            await asyncio.sleep(0.2)
            continue
        if answer.status_code in {429, 502, 503, 500}:
            await asyncio.sleep(0.2)
            continue
        assert answer.status_code == 200, answer.text
        statuses = [json.loads(line)["status"] for line in answer.text.splitlines() if line]
        if len(statuses) == len(batch):
            return statuses
        await asyncio.sleep(0.2)
