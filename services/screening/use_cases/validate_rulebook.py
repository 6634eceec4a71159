"""Validate a rulebook: a report of errors and notes; without errors it may go into the shadow and be activated."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from services.kit.clock import Clock, business_date
from services.kit.db import Database, driver
from services.kit.errors import Conflict, NotFound
from services.screening.domain.rulebook_report import validate
from services.screening.expressions import parse_expression
from services.screening.storage import claims, proposals, rulebook_life, rulebooks
from services.screening.storage.rulebook_life import Step

RECENT_CLAIMS = 20_000
"""Newest kept claims that are asked which item codes occur at all."""


class ValidateRulebook:
    """Reports on a rulebook and, of a draft, writes down whether it passed."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, version: str, *, by: str) -> dict[str, Any]:
        """Return the report; raises NotFound, or Conflict when the content changed meanwhile."""
        async with self._database.reading() as session:
            found = await rulebooks.find(session, version)
            if found is None:
                raise _unknown()
            text = await rulebooks.content_text(session, version)
            others = await rulebook_life.all_contents(session, without=version)
            recent = await claims.recent_item_codes(await driver(session), RECENT_CLAIMS)
            waiting = await proposals.count(session, version)
        now = self._clock.now()
        report = await asyncio.to_thread(_report, text, others, recent, business_date(now))
        report["proposals"] = [asdict(one) for one in waiting]
        passed = not report["errors"]
        async with self._database.transaction() as session:
            locked = await rulebooks.find(session, version, lock=True)
            if locked is None:
                raise _unknown()
            if await rulebooks.content_text(session, version) != text:
                raise Conflict(
                    "rulebook_changed",
                    zh="校验期间内容有变，请重新校验。",
                    en="The content changed while it was validated; validate again.",
                )
            await rulebook_life.save_report(session, version, report, now=now, passed=passed)
            await rulebook_life.add_step(session, version, Step("validated" if passed else "not_validated", now, by))
        return report


def _report(text: str, others: Sequence[str], recent: frozenset[str], today: Any) -> dict[str, Any]:
    seen = recent.union(*(_codes(json.loads(other)) for other in others))
    report = asdict(validate(json.loads(text), seen=seen or None, today=today, parse=parse_expression))
    report["validated_on"] = today.isoformat()
    return report


def _codes(document: Mapping[str, Any]) -> set[str]:
    return {
        code for point in document.get("points", ()) for name in ("codes", "others") for code in point.get(name, ())
    }


def _unknown() -> NotFound:
    return NotFound("rulebook_unknown", zh="没有这个规则库版本。", en="There is no such rulebook version.")
