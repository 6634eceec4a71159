"""One claim's way for tests: a drug for women given to a man, found, confirmed, sanctioned; each step over HTTP."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from services.kit.ids import new_id
from tests.support import load

Header = Callable[..., dict[str, str]]
"""Bearer header of a role: ``header("reviewer", subject="…")``."""

PHYSICIAN = load.PHYSICIANS[0]


async def eventually(ask: Callable[[], Awaitable[Any]], *, seconds: float = 60) -> Any:
    """Ask until the answer is truthy and return it; raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not (answer := await ask()):
            await asyncio.sleep(0.05)
        return answer


def claim(settlement_id: str) -> dict[str, Any]:
    """A settlement with one line that breaks the rule of drugs by sex, in the name of one physician."""
    body: dict[str, Any] = json.loads(next(load.settlements(1, start=1, seed=7)))
    codes = load.codes_of(load.DRUG_BY_SEX)
    body |= {"settlement_id": settlement_id, "practitioner_code": PHYSICIAN}
    body["insured_person"] = {"number": f"77{settlement_id}", "sex": "male", "birth_date": "1970-01-01"}
    body["lines"][0]["item_code"] = codes[0]
    for line in body["lines"]:
        line["practitioner_code"] = PHYSICIAN
    return body


class Journey:
    """The steps, with the person of each."""

    def __init__(self, client: httpx.AsyncClient, header: Header) -> None:
        self.client = client
        self.header = header

    async def post(self, body: dict[str, Any], **headers: str) -> dict[str, Any]:
        """Post a settlement as its hospital."""
        hospital = self.header("hospital", institution=load.HOSPITAL)
        answer = await self.client.post("/intake/v1/settlements", json=body, headers={**hospital, **headers})
        assert answer.status_code == 201, answer.text
        result: dict[str, Any] = answer.json()
        return result

    async def finding_of(self, settlement_ref: str) -> dict[str, Any]:
        """Wait for the finding of a settlement."""
        reviewer = self.header("reviewer")

        async def ask() -> Any:
            answer = await self.client.get(
                "/screening/v1/findings", params={"settlement": settlement_ref}, headers=reviewer
            )
            assert answer.is_success, answer.text
            return answer.json()["items"]

        [finding] = await eventually(ask)
        result: dict[str, Any] = finding
        return result

    async def confirm(self, finding_id: str) -> None:
        """Confirm a finding as a reviewer."""
        await self.decide(finding_id, "confirmation", "reviewer")

    async def overturn(self, finding_id: str) -> None:
        """Overturn a confirmed finding as a supervisor."""
        await self.decide(finding_id, "overturning", "supervisor")

    async def decide(self, finding_id: str, decision: str, role: str) -> None:
        """Take a decision about a finding."""
        answer = await self.client.post(
            f"/screening/v1/findings/{finding_id}/{decision}", json={"reason": "核实"}, headers=self.header(role)
        )
        assert answer.is_success, answer.text

    async def sanction(self, finding_id: str, *, degree: str = "important") -> None:
        """Wait until credit knows the finding, then record a sanction under Article 40 for the physician."""
        officer = self.header("sanction_officer")

        async def known() -> bool:
            answer = await self.client.get(
                "/credit/v1/proposals", params={"institution": load.HOSPITAL}, headers=officer
            )
            return finding_id in answer.text

        await eventually(known)
        violation = {"finding_ids": [finding_id], "band_cause": "penalty_article_40", "degree": degree}
        answer = await self.client.post(
            "/credit/v1/sanctions",
            json={
                "sanction_id": str(new_id()),
                "institution_code": load.HOSPITAL,
                "kind": "penalty_article_40",
                "deciding_authority": "演练市医疗保障局",
                "document_number": "演医保处〔2026〕1号",
                "decided_on": "2026-03-10",
                "persons": [{"practitioner_code": PHYSICIAN, "violations": [violation]}],
            },
            headers=officer,
        )
        assert answer.is_success, answer.text

    async def file(self) -> dict[str, Any]:
        """The physician's file at credit."""
        answer = await self.client.get(f"/credit/v1/practitioners/{PHYSICIAN}", headers=self.header("auditor"))
        assert answer.is_success, answer.text
        result: dict[str, Any] = answer.json()
        return result

    async def score(self) -> int:
        """The hospital's score, in hundredths of a point."""
        answer = await self.client.get(f"/credit/v1/institutions/{load.HOSPITAL}", headers=self.header("auditor"))
        assert answer.is_success, answer.text
        score: int = answer.json()["score_e2"]
        return score

    async def verdict_of(self, settlement_ref: str) -> str:
        """Wait for the verdict on a settlement."""

        async def ask() -> Any:
            answer = await self.client.get(
                f"/screening/v1/settlements/{settlement_ref}/screening", headers=self.header("reviewer")
            )
            return answer.json().get("verdict") if answer.is_success else None

        verdict: str = await eventually(ask)
        return verdict
