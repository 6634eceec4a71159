"""Import knowledge points from files as published into a draft: the newest publication wins, what stays out is said."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import BadRequest, Conflict, FieldError, Malformed, NotFound
from services.kit.ids import new_id
from services.screening.domain.merging import Merge, merge
from services.screening.domain.proposal import propose
from services.screening.domain.publication import Publication, read_publication
from services.screening.domain.rulebook import Rulebook, parse_rules
from services.screening.domain.rules import RulebookError
from services.screening.storage import proposals, rulebook_life, rulebooks
from services.screening.storage.proposals import StoredProposal
from services.screening.storage.published_files import UnreadableFileError, open_sheets
from services.screening.storage.rulebook_life import Step


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """One file to bring in."""

    name: str
    content: bytes


@dataclass(slots=True)
class FileReport:
    """What came of one file."""

    file: str
    rule_code: str
    rows: int
    points: int
    codes: int
    added: int = 0
    replaced: int = 0
    older: int = 0
    waiting: int = 0
    """Texts that a person has to confirm the meaning of."""
    refused: int = 0
    refusals: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Outcome:
    content: str
    reports: list[FileReport]
    proposals: list[StoredProposal]


class ImportPoints:
    """Changes a draft; it has to be validated again afterwards, and who imported may not activate it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(
        self,
        version: str,
        files: Sequence[PublishedFile],
        *,
        published_on: date,
        by: str,
        rule_code: str | None = None,
    ) -> list[FileReport]:
        """Bring files in and report on each.

        ``rule_code`` None lets every file say which rule it is. Raises NotFound, Conflict when the rulebook judges or
        has judged, or changed meanwhile, BadRequest for a file that cannot be read.
        """
        async with self._database.reading() as session:
            found = await rulebooks.find(session, version)
            if found is None:
                raise NotFound("rulebook_unknown", zh="没有这个规则库版本。", en="There is no such rulebook version.")
            refuse_fixed(found.status)
            text = await rulebooks.content_text(session, version)
        now = self._clock.now()
        try:
            outcome = await asyncio.to_thread(_bring_in, text, version, files, published_on, rule_code, now)
        except UnreadableFileError as error:
            raise BadRequest(
                "file_unreadable",
                zh="文件无法读取，须为 XLSX 或 CSV。",
                en="The file cannot be read; it has to be XLSX or CSV.",
            ) from error
        async with self._database.transaction() as session:
            locked = await rulebooks.find(session, version, lock=True)
            assert locked is not None  # noqa: S101 - rulebooks are never deleted
            refuse_fixed(locked.status)
            if await rulebooks.content_text(session, version) != text:
                raise Conflict(
                    "rulebook_changed",
                    zh="导入期间内容有变，请重新导入。",
                    en="The content changed meanwhile; import again.",
                )
            await rulebook_life.edit(session, version, outcome.content, by=by)
            await proposals.add(session, outcome.proposals)
            for report in outcome.reports:
                await rulebook_life.add_step(session, version, Step("imported", now, by, None, asdict(report)))
        return outcome.reports


def refuse_fixed(status: str) -> None:
    """Raise Conflict for a rulebook whose content is fixed."""
    if status not in {"draft", "validated"}:
        raise Conflict(
            "rulebook_fixed",
            zh="规则库已在试运行或已启用，内容不能再改；请另起版本。",
            en="The rulebook judges or has judged and cannot change any more; draft another version.",
        )


def _bring_in(
    text: str,
    version: str,
    files: Sequence[PublishedFile],
    published_on: date,
    rule_code: str | None,
    now: datetime,
) -> _Outcome:
    document: dict[str, Any] = json.loads(text)
    rules = _rules(document)
    if rule_code is not None and rule_code not in {rule.code for rule in rules.rules}:
        raise NotFound("rule_unknown", zh="规则库中没有这条规则。", en="The rulebook has no such rule.")
    kinds = {rule.code: rule.kind for rule in rules.rules}
    reports: list[FileReport] = []
    waiting: list[StoredProposal] = []
    source = f"国家医保局两库，{published_on.isoformat()}公布"
    for file in files:
        with open_sheets(file.content) as sheets:
            found = read_publication(
                sheets,
                rules.rules,
                file_name=file.name,
                rule_code=rule_code,
                published_on=published_on,
                source=source,
            )
        merged = merge(document, found.points, published_on)
        waiting += _proposals(version, kinds, found, now)
        reports.append(_report(file.name, found, merged))
    return _Outcome(json.dumps(document, ensure_ascii=False), reports, waiting)


def _rules(document: dict[str, Any]) -> Rulebook:
    try:
        return parse_rules(document)
    except RulebookError as error:
        raise Malformed(
            "rulebook_invalid",
            zh="规则库的规则有误，先改正。",
            en="The rules of the rulebook have faults; mend them first.",
            fields=[FieldError("/rules", "rulebook_invalid", one, one) for one in error.problems],
        ) from error


def _proposals(version: str, kinds: dict[str, str], found: Publication, now: datetime) -> Iterable[StoredProposal]:
    for limit in found.limits:
        point = dict(limit.point)
        proposal = propose(kinds[found.rule_code], limit.text)
        yield StoredProposal(
            id=new_id(),
            version=version,
            rule_code=found.rule_code,
            point_id=str(point["id"]),
            point=point,
            text=limit.text,
            proposed=dict(proposal.condition) if proposal else {},
            reading=proposal.completeness if proposal else "none",
            confidence=proposal.confidence if proposal else "low",
            rest=proposal.rest if proposal else limit.text,
            proposed_at=now,
        )


def _report(name: str, found: Publication, merged: Merge) -> FileReport:
    return FileReport(
        name,
        found.rule_code,
        found.rows,
        len(found.points),
        found.codes,
        merged.added,
        merged.replaced,
        merged.older,
        len(found.limits),
        found.refused,
        [asdict(one) for one in found.refusals],
        found.notes,
    )
