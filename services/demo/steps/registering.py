"""Act one: the registrar enters the county's institutions and practitioners in bulk."""

from collections.abc import Sequence
from typing import Any

import msgspec

from services.demo.client import REGISTRAR, DemoError
from services.demo.county import AGREEMENT_FROM, Institution, Practitioner
from services.demo.stage import Stage

NDJSON = {"Content-Type": "application/x-ndjson"}


async def register_county(stage: Stage) -> None:
    """Register everything the day needs; raises DemoError for an entry that is refused."""
    county = stage.almanac.county
    await _bulk(stage, "institutions", [_institution(entry) for entry in county.institutions])
    await _bulk(stage, "practitioners", [_practitioner(entry) for entry in county.practitioners])
    stage.report.institutions = len(county.institutions)
    stage.report.practitioners = len(county.practitioners)
    stage.say(
        f"登记机构 {len(county.institutions)} 家、人员 {len(county.practitioners)} 名",
        "institutions and practitioners registered",
    )


async def _bulk(stage: Stage, what: str, entries: Sequence[dict[str, Any]]) -> None:
    body = b"\n".join(msgspec.json.encode(entry) for entry in entries)
    answer = await stage.client.send("POST", f"/intake/v1/{what}/bulk", REGISTRAR, content=body, headers=NDJSON)
    lines = [msgspec.json.decode(line) for line in answer.content.splitlines()]
    refused = [line for line in lines if line.get("status") == "rejected"]
    if not answer.is_success or refused or len(lines) != len(entries):
        raise DemoError(f"registering {what}: {answer.status_code}, {len(lines)} answers, {refused[:3]}")


def _institution(entry: Institution) -> dict[str, Any]:
    return {
        "code": entry.code,
        "kind": entry.kind,
        "name": entry.name,
        "level": entry.level,
        "region": entry.region,
        "agreement_from": AGREEMENT_FROM.isoformat(),
    }


def _practitioner(entry: Practitioner) -> dict[str, Any]:
    return {
        "code": entry.code,
        "category": entry.category,
        "name": entry.name,
        "institution_codes": [entry.institution_code],
    }
