"""Register a visit (2201) or admit to a stay (2401), or change what was registered (2403)."""

from base64 import b32encode
from collections.abc import Mapping
from typing import Any

from services.intake.domain.fsi.visit_parts import Registration, VisitKind
from services.intake.storage import visits
from services.intake.storage.visits import Brought
from services.intake.use_cases.visits.visit_book import VisitBook
from services.intake.use_cases.visits.visit_message import VisitMessage, new_part
from services.intake.use_cases.visits.visits_together import BroughtParts, VisitsTogether
from services.kit.ids import new_id


class RegisterVisit:
    """Gives a visit its id, or takes the one that the fund's own system gave it."""

    def __init__(self, book: VisitBook, together: VisitsTogether) -> None:
        self._book = book
        self._together = together

    async def __call__(
        self,
        message: VisitMessage,
        values: Mapping[str, Any],
        registration: Registration,
        *,
        kind: VisitKind,
        visit_id: str | None,
        at: str,
    ) -> str:
        """Return the id of the visit; the same registration again, known by its in-house number, gets the same."""
        new = [new_part(values, key="", batch="", sealer=self._book.sealer, message=message)]
        brought = BroughtParts(
            message,
            visit_id or _made_id(),
            kind,
            registration.person,
            "registration",
            "held",
            new,
            registration.in_house_number,
            named_by_us=visit_id is None,
        )
        if (named := await self._together.keep(brought)) is not None:
            return named
        async with self._book.work() as work:
            number: str | None = registration.in_house_number
            known = await visits.visit_id_in_house(
                work.session, message.institution_code, kind, registration.in_house_number
            )
            if visit_id is None:
                visit_id = known or _made_id()
            if known is not None and known != visit_id:
                # The number was used for another visit: this one is found by its id alone.
                number = None
            visit = await self._book.open(
                work, message, visit_id, kind=kind, person=registration.person, at=at, in_house_number=number
            )
            await visits.add_parts(
                work.session,
                visit.visit_ref,
                Brought("registration", "held", message.message_id, work.now, message.traceparent),
                new,
                replacing=("held", "cancelled"),
            )
            await self._book.touch(work, visit)
        return visit_id


def _made_id() -> str:
    """Return a new id within the interface's thirty characters."""
    return b32encode(new_id().bytes).decode().rstrip("=")
