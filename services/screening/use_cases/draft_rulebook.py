"""Draft a rulebook: it is checked whole, and stored for another person to activate."""

from collections.abc import Mapping
from typing import Any

from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import Conflict, FieldError, Malformed, NotFound
from services.screening.domain.plan import compile_plan
from services.screening.domain.rulebook import Rulebook, RulebookError, parse_rulebook
from services.screening.expressions import parse_expression
from services.screening.storage import rulebooks
from services.screening.storage.rulebooks import StoredRulebook


class DraftRulebook:
    """Stores a rulebook as a draft, once per version."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, document: Mapping[str, Any], *, author: str) -> tuple[StoredRulebook, bool]:
        """Return the draft and whether it is new; the same document again answers the same.

        Raises Malformed with a pointer per problem, or Conflict when the version has another content.
        """
        rulebook = _checked(document)
        async with self._database.transaction() as session:
            new = await rulebooks.add_draft(session, rulebook.version, document, author=author, now=self._clock.now())
            stored = await rulebooks.find(session, rulebook.version)
            assert stored is not None  # noqa: S101 - just added, or the reason why it was not
            if not new and await rulebooks.content(session, rulebook.version) != document:
                raise Conflict(
                    "rulebook_version_taken",
                    zh="该版本号已有不同内容的规则库。",
                    en="The version names a rulebook with another content.",
                )
            return stored, new

    async def copy(self, version: str, new_version: str, *, author: str) -> StoredRulebook:
        """Draft the content of one version under another; raises NotFound, or Conflict when that one exists."""
        async with self._database.transaction() as session:
            if await rulebooks.find(session, version) is None:
                raise NotFound("rulebook_unknown", zh="没有这个规则库版本。", en="There is no such rulebook version.")
            document = {**await rulebooks.content(session, version), "version": new_version}
            if not await rulebooks.add_draft(session, new_version, document, author=author, now=self._clock.now()):
                raise Conflict("rulebook_version_taken", zh="该版本号已存在。", en="The version exists already.")
            stored = await rulebooks.find(session, new_version)
            assert stored is not None  # noqa: S101 - just added
            return stored


def _checked(document: Mapping[str, Any]) -> Rulebook:
    try:
        rulebook = parse_rulebook(document)
        compile_plan(rulebook, parse_expression)
    except RulebookError as error:
        places = _places(document)
        raise Malformed(
            "rulebook_invalid",
            zh="规则库内容有误，详见各项。",
            en="The rulebook has faults; see each.",
            fields=[
                FieldError(_pointer(problem, places), "rulebook_invalid", f"规则库内容有误：{problem}", problem)
                for problem in error.problems
            ],
        ) from None
    return rulebook


def _places(document: Mapping[str, Any]) -> dict[str, str]:
    """Pointer of each rule and knowledge point by its code or id, and of each field of the document by its name."""
    places = {str(name): f"/{name}" for name in ("version", "effective_from", "rules", "points")}
    for name, identity in (("rules", "code"), ("points", "id")):
        entries = document.get(name)
        for position, entry in enumerate(entries if isinstance(entries, list) else []):
            if isinstance(entry, Mapping):
                places.setdefault(str(entry.get(identity)), f"/{name}/{position}")
    return places


def _pointer(problem: str, places: Mapping[str, str]) -> str:
    """Where a problem lies: every problem begins with what it is about."""
    return places.get(problem.partition(": ")[0]) or places.get(problem.partition(" ")[0], "")
