"""Keep fee lines (2204, 2301): each once by its serial number within the visit."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from services.intake.domain.fsi.refusal import Refused, refused
from services.intake.domain.fsi.visit_parts import FeeLine, VisitKind
from services.intake.domain.problem import Problem
from services.intake.storage import visits
from services.intake.storage.visits import Brought, NewPart
from services.intake.use_cases.visits.kept_lines import FEWEST_TOGETHER, together
from services.intake.use_cases.visits.visit_book import VisitBook
from services.intake.use_cases.visits.visit_message import VisitMessage, new_part
from services.intake.use_cases.visits.visits_together import BroughtParts, VisitsTogether


class PostedLine(NamedTuple):
    """One line with its visit, and where it stands in the message."""

    visit_id: str
    person: str
    line: FeeLine
    values: Mapping[str, Any]
    at: str


class KeepLines:
    """Keeps lines, all of a message or none."""

    def __init__(self, book: VisitBook, together: VisitsTogether) -> None:
        self._book = book
        self._together = together

    async def __call__(self, message: VisitMessage, lines: Sequence[PostedLine], *, kind: VisitKind) -> None:
        """Keep the lines and publish the settlement that waited for them.

        Raises Refused for a line of other content under a known serial, and for one of a batch that is settled.
        """
        by_visit: dict[str, list[PostedLine]] = {}
        for line in lines:
            by_visit.setdefault(line.visit_id, []).append(line)
        if len({(line.visit_id, line.person) for line in lines}) == 1:
            first = lines[0]
            brought = BroughtParts(message, first.visit_id, kind, first.person, *self._brought(lines))
            if await self._together.keep(brought) is not None:
                return
        async with self._book.work() as work:
            # In the order of ids, so that two messages about the same visits wait for each other.
            for visit_id in sorted(by_visit):
                posted = by_visit[visit_id]
                first = posted[0]
                visit = await self._book.open(work, message, visit_id, kind=kind, person=first.person, at=first.at)
                for line in posted:
                    self._book.require(visit, kind=kind, person=line.person, at=line.at)
                new, at = self._parts(posted)
                written = await visits.add_parts(
                    work.session,
                    visit.visit_ref,
                    Brought("line", "free", message.message_id, work.now, message.traceparent),
                    list(new.values()),
                )
                if len(written) < len(new):
                    await self._require_same(work.session, visit.visit_ref, new, written, at)
                if kind == "outpatient" and visit.state != "open":
                    await self._require_open_batches(work.session, visit.visit_ref, new, written, at)
                if written:
                    if visit.state == "settled":
                        # Lines that no settlement took yet: the visit is open once more.
                        await self._book.conclude(work, visit)
                    else:
                        await self._book.touch(work, visit)

    def _brought(self, lines: Sequence[PostedLine]) -> tuple[str, str, Sequence[NewPart]]:
        """Return the kind, the state and the parts of a message's lines: together, unless there are few."""
        if len(lines) >= FEWEST_TOGETHER and len({one.line.serial for one in lines}) == len(lines):
            parts = together([(one.line, one.values) for one in lines], self._book.sealer)
            return "lines", "free", parts
        new, _ = self._parts(lines)
        return "line", "free", list(new.values())

    def _parts(self, posted: Sequence[PostedLine]) -> tuple[dict[str, NewPart], dict[str, str]]:
        new: dict[str, NewPart] = {}
        at: dict[str, str] = {}
        for one in posted:
            made = new_part(one.values, key=one.line.serial, batch=one.line.batch, sealer=self._book.sealer)
            known = new.setdefault(one.line.serial, made)
            if known.digest != made.digest:
                raise refused(f"{one.at}/feedetl_sn", "line_differs")
            at.setdefault(one.line.serial, one.at)
        return new, at

    @staticmethod
    async def _require_same(
        session: Any, visit_ref: Any, new: Mapping[str, NewPart], written: set[str], at: Mapping[str, str]
    ) -> None:
        stand = await visits.digests(session, visit_ref, "line", [serial for serial in new if serial not in written])
        differing = [serial for serial, digest in stand.items() if digest != new[serial].digest]
        if differing:
            raise Refused([Problem(f"{at[serial]}/feedetl_sn", "line_differs") for serial in differing])

    @staticmethod
    async def _require_open_batches(
        session: Any, visit_ref: Any, new: Mapping[str, NewPart], written: set[str], at: Mapping[str, str]
    ) -> None:
        batches = {new[serial].batch for serial in written}
        settled = await visits.batches_settled(session, visit_ref, batches)
        problems = [
            Problem(f"{at[serial]}/chrg_bchno", "batch_settled") for serial in written if new[serial].batch in settled
        ]
        if problems:
            raise Refused(problems)
