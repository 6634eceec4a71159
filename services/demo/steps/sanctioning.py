"""Act four: sanctions against institutions score their physicians, up to suspension (暂停) and termination (终止)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.demo.claim import BUSINESS_ZONE
from services.demo.client import SANCTION_OFFICER, DemoError
from services.demo.report import Sanctioned
from services.demo.stage import Stage
from services.demo.truth import Finding
from services.demo.verify import until
from services.kit.ids import new_id

RESTORED = "认定撤销，暂停解除 finding overturned, suspension lifted"
AUTHORITY = "云溪市医疗保障局"


@dataclass(frozen=True, slots=True)
class Held:
    """A physician who answers for findings."""

    practitioner_code: str
    institution_code: str
    findings: tuple[Finding, ...]
    """Confirmed violations, the largest amount first."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Physicians by what becomes of them."""

    suspended: Held
    terminated: Held
    acquitted: Held
    """Suspended as well, but the finding it rests on will be overturned."""
    scored: Held
    """Scored in two lower bands, and still eligible."""


async def sanction_physicians(stage: Stage) -> Cast:
    """Record the sanctions and wait until screening obeys them; raises DemoError when it does not."""
    suspended, terminated, acquitted, scored, *_ = _physicians(stage)
    acquitted = Held(acquitted.practitioner_code, acquitted.institution_code, acquitted.findings[:1])
    cast = Cast(suspended, terminated, acquitted, scored)
    await _wait_for_findings(stage, (suspended, terminated, acquitted, scored))
    await _record(stage, suspended, "penalty_article_40", "general", suspended.findings)
    await _record(stage, terminated, "penalty_article_40", "principal", terminated.findings)
    await _record(stage, acquitted, "penalty_article_40", "important", acquitted.findings)
    await _record(stage, scored, "liquidated_damages", "important", scored.findings[:1])
    await _record(stage, scored, "penalty_article_38", "general", scored.findings[1:2])
    for held in (suspended, terminated, acquitted):
        await _wait_until_barred(stage, held.practitioner_code)
    await note_standing(stage, cast)
    stage.say(
        f"{suspended.practitioner_code} 等 2 人暂停、1 人终止医保支付资格",
        "two physicians suspended, one terminated; screening has been told",
    )
    return cast


async def note_standing(stage: Stage, cast: Cast) -> None:
    """Write down points and eligibility as credit shows them now."""
    stage.report.sanctioned = []
    for held in (cast.suspended, cast.terminated, cast.acquitted, cast.scored):
        file = await stage.client.get(f"/credit/v1/practitioners/{held.practitioner_code}", SANCTION_OFFICER)
        until_day = file["until"][:10] if file["until"] else None
        stage.report.sanctioned.append(
            Sanctioned(
                practitioner_code=file["practitioner_code"],
                points=file["points"],
                status=file["status"],
                until=until_day,
                note=RESTORED if held is cast.acquitted and not file["points"] else "",
            )
        )
    states = [person.status for person in stage.report.sanctioned]
    stage.report.practitioners_suspended = max(stage.report.practitioners_suspended, states.count("suspended"))
    stage.report.practitioners_terminated = states.count("terminated")


def _physicians(stage: Stage) -> list[Held]:
    """Physicians by the number of confirmed violations in their name; two findings at least."""
    by_physician: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in stage.confirmed.values():
        for code in finding["practitioner_codes"]:
            if finding["severity"] == "violation" and finding["amount_at_issue_fen"] > 0:
                by_physician[finding["institution_code"], code].append(finding)
    held = [
        Held(code, institution, tuple(sorted(found, key=_amount, reverse=True)))
        for (institution, code), found in sorted(by_physician.items())
        if len(found) > 1
    ]
    return sorted(held, key=lambda one: len(one.findings), reverse=True)


def _amount(finding: Finding) -> int:
    return int(finding["amount_at_issue_fen"])


async def _wait_for_findings(stage: Stage, people: Sequence[Held]) -> None:
    """Wait until credit has heard of every finding the sanctions will name."""
    for held in people:
        wanted = {finding["finding_id"] for finding in held.findings}

        async def known(held: Held = held, wanted: set[str] = wanted) -> bool:
            parameters = {"institution": held.institution_code, "limit": 200}
            proposals = stage.client.pages("/credit/v1/proposals", SANCTION_OFFICER, parameters)
            return wanted <= {proposal["finding_id"] async for proposal in proposals}

        if not await until(known):
            raise DemoError("credit has not heard of every confirmed finding within a minute")


async def _record(stage: Stage, held: Held, kind: str, degree: str, findings: Sequence[Finding]) -> None:
    identities = [finding["finding_id"] for finding in findings]
    violation: dict[str, Any] = {"finding_ids": identities, "band_cause": kind, "degree": degree}
    body = {
        "sanction_id": str(new_id()),
        "institution_code": held.institution_code,
        "kind": kind,
        "deciding_authority": AUTHORITY,
        "document_number": f"云医保处〔2026〕{len(stage.spoken_for) + 1}号",
        "decided_on": datetime.now(BUSINESS_ZONE).date().isoformat(),
        "persons": [{"practitioner_code": held.practitioner_code, "violations": [violation]}],
    }
    await stage.client.post("/credit/v1/sanctions", SANCTION_OFFICER, body)
    stage.spoken_for |= {UUID(identity) for identity in identities}
    stage.institutions_in_use.add(held.institution_code)


async def _wait_until_barred(stage: Stage, practitioner_code: str) -> None:
    async def barred() -> bool:
        return await stage.books.barred(practitioner_code)

    if not await until(barred):
        raise DemoError("screening has not heard of a suspension within a minute")
