"""What the acts of the demonstration share: who is asked, what is known so far, and what is noted down."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from rich.console import Console

from services.demo.almanac import Almanac
from services.demo.claim import BUSINESS_ZONE, Claim
from services.demo.client import AUDITOR, Actor, Client, DemoError
from services.demo.planted.seedbed import Plant
from services.demo.report import Report
from services.demo.truth import Finding
from services.demo.verify import Books, until
from services.demo.visits import Desk


@dataclass(slots=True)
class Stage:
    """One run of the demonstration."""

    client: Client
    books: Books
    almanac: Almanac
    report: Report
    console: Console
    plants: list[Plant] = field(default_factory=list)
    """All that must be found, also what was planted after the day."""
    posted: list[tuple[str, str]] = field(default_factory=list)
    """(institution, settlement id) of every settlement that was taken."""
    confirmed: dict[UUID, Finding] = field(default_factory=dict)
    """Findings that the reviewer upheld."""
    spoken_for: set[UUID] = field(default_factory=set)
    """Confirmed findings that a sanction or a tip rests on."""
    institutions_in_use: set[str] = field(default_factory=set)
    """Institutions whose score some act measures, so that no other act changes it meanwhile."""

    def say(self, zh: str, en: str) -> None:
        """Tell the audience what happens."""
        self.console.print(f"[cyan]▸[/cyan] {zh} [dim]{en}[/dim]")

    def must(self, kept: bool, promise: str) -> None:
        """Note a promise that was not kept; the demonstration goes on, and fails at its end."""
        if not kept:
            self.report.problems.append(promise)

    def desk_today(self) -> Desk:
        """The desk of the day, dated today: numbers and packs go on where the day ended."""
        return replace(self.almanac.bed.desk, day=datetime.now(BUSINESS_ZONE).date())

    async def post_now(self, claim: Claim) -> UUID:
        """Let a visit begin this instant, post it as its own hospital and return our id of it."""
        claim.move(datetime.now(BUSINESS_ZONE) - claim.started_at)
        answer = await self.client.post("/intake/v1/settlements", hospital(claim), claim.body())
        self.posted.append((claim.institution.code, claim.settlement_id))
        self.report.posted += 1
        self.report.lines += len(claim.lines)
        return UUID(answer["settlement_ref"])

    async def screening_of(self, settlement_ref: UUID) -> dict[str, Any]:
        """Wait for a settlement's verdict; raises DemoError when none comes."""
        path = f"/screening/v1/settlements/{settlement_ref}/screening"
        outcome: dict[str, Any] = {}

        async def screened() -> bool:
            answer = await self.client.send("GET", path, AUDITOR)
            if answer.is_success:
                outcome.update(answer.json())
            return answer.is_success

        if not await until(screened):
            raise DemoError("a settlement was not screened within a minute")
        return outcome

    async def findings(self) -> list[Finding]:
        """Every finding on the settlements of this run, as screening shows them."""
        posted = set(self.posted)
        return [
            finding
            async for finding in self.client.pages("/screening/v1/findings", AUDITOR, {"limit": 200})
            if (finding["institution_code"], finding["settlement_id"]) in posted
        ]


def hospital(claim: Claim) -> Actor:
    """The institution of a claim, with a token that is good for itself alone."""
    return Actor(f"his-{claim.institution.code}", roles=("hospital",), institution=claim.institution.code)
