"""Confirm what a published text means: the condition goes into the draft, as proposed or as a person changed it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import Conflict, FieldError, Malformed, NotFound
from services.kit.ids import new_id
from services.screening.domain.proposal import WAITING_KINDS, propose
from services.screening.domain.rulebook import KINDS
from services.screening.domain.rulebook_problems import parameter_problems
from services.screening.storage import proposals, rulebook_life, rulebooks
from services.screening.storage.proposals import ProposalCount, StoredProposal
from services.screening.storage.rulebook_life import Step
from services.screening.use_cases.import_points import refuse_fixed


class ConfirmProposals:
    """Proposals of one draft; what nobody has confirmed only asks for review."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def propose(self, version: str, *, by: str) -> int:
        """Read the texts that points of a draft still carry as mere evidence; return how many proposals there are.

        Raises NotFound or Conflict.
        """
        now = self._clock.now()
        async with self._database.transaction() as session:
            document = await self._editable(session, version)
            kinds = {rule["code"]: rule["kind"] for rule in document["rules"]}
            made: list[StoredProposal] = []
            for point in document["points"]:
                when = point.get("when", {})
                if kinds[point["rule"]] not in WAITING_KINDS or when.keys() != {"evidence"}:
                    continue
                text = str(when["evidence"])
                proposal = propose(kinds[point["rule"]], text)
                if proposal is None:
                    continue
                made.append(
                    StoredProposal(
                        new_id(),
                        version,
                        point["rule"],
                        point["id"],
                        {name: value for name, value in point.items() if name != "when"},
                        text,
                        dict(proposal.condition),
                        proposal.completeness,
                        proposal.confidence,
                        proposal.rest,
                        now,
                    )
                )
            await proposals.add(session, made)
            await rulebook_life.add_step(session, version, Step("proposed", now, by))
        return len(made)

    async def page(
        self, version: str, *, rule_code: str | None, is_open: bool | None, after: UUID | None, limit: int
    ) -> Sequence[StoredProposal]:
        """Return the proposals of a rulebook in the order they were made."""
        async with self._database.reading() as session:
            return await proposals.page(
                session, version, rule_code=rule_code, is_open=is_open, after=after, limit=limit
            )

    async def counts(self, version: str) -> Sequence[ProposalCount]:
        """Count proposals by rule and reading."""
        async with self._database.reading() as session:
            return await proposals.count(session, version)

    async def confirm(
        self, version: str, proposal_id: UUID, *, condition: Mapping[str, Any] | None, by: str
    ) -> StoredProposal:
        """Put a condition into the draft: as proposed when ``condition`` is None.

        Who confirms becomes one who wrote in it. Raises NotFound, Malformed for a condition the kind does not take,
        Conflict for a rulebook that is fixed or a point that has gone.
        """
        now = self._clock.now()
        async with self._database.transaction() as session:
            document = await self._editable(session, version)
            found = await proposals.find(session, proposal_id)
            if found is None or found.version != version:
                raise NotFound("proposal_unknown", zh="没有这条建议。", en="There is no such proposal.")
            chosen = dict(found.proposed if condition is None else condition)
            _refuse_bad(document, found.rule_code, chosen)
            _put(document, found, chosen)
            await rulebook_life.edit(session, version, json.dumps(document, ensure_ascii=False), by=by)
            await proposals.confirm(session, proposal_id, chosen, by=by, now=now)
            await rulebook_life.add_step(
                session, version, Step("confirmed", now, by, None, {"point": found.point_id, "condition": chosen})
            )
            confirmed = await proposals.find(session, proposal_id)
            assert confirmed is not None  # noqa: S101 - its row is locked
            return confirmed

    async def _editable(self, session: AsyncSession, version: str) -> dict[str, Any]:
        stored = await rulebooks.find(session, version, lock=True)
        if stored is None:
            raise NotFound("rulebook_unknown", zh="没有这个规则库版本。", en="There is no such rulebook version.")
        refuse_fixed(stored.status)
        return await rulebooks.content(session, version)


def _refuse_bad(document: Mapping[str, Any], rule_code: str, condition: Mapping[str, Any]) -> None:
    kind = next((KINDS[rule["kind"]] for rule in document["rules"] if rule["code"] == rule_code), None)
    problems = ["the rule has gone"] if kind is None else parameter_problems("when", kind.point_parameters, condition)
    if kind is not None and kind.some_of and condition.keys().isdisjoint(kind.some_of):
        problems.append(f"when: one of {', '.join(kind.some_of)} is missing")
    if problems:
        raise Malformed(
            "condition_invalid",
            zh="条件不符合该类规则的要求。",
            en="The condition is not one that the kind of check takes.",
            fields=[FieldError("/condition", "condition_invalid", one, one) for one in problems],
        )


def _put(document: dict[str, Any], proposal: StoredProposal, condition: Mapping[str, Any]) -> None:
    for point in document["points"]:
        if point["id"] == proposal.point_id:
            point["when"] = dict(condition)
            return
    if proposal.proposed.get("evidence"):
        raise Conflict(
            "point_gone",
            zh="该知识点已被更新的公布内容取代。",
            en="The knowledge point gave way to a newer publication.",
        )
    # A kind without review requests: the point was kept out until somebody said what its text means.
    document["points"].append({**proposal.point, "when": dict(condition)})
