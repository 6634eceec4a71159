"""Guard reading: whom and what a reader may see, by the codes in the token."""

from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.region import inside, reach
from services.credit.storage import register
from services.kit.errors import Forbidden
from services.kit.principal import Principal


def must_be_free_of_person(reader: Principal) -> None:
    """Pass everybody but the holder of a token bound to one practitioner; raises Forbidden."""
    if reader.practitioner is not None:
        raise _own_only()


class Concerned(Protocol):
    """A practitioner as the registry binds the person to institutions."""

    @property
    def institution_codes(self) -> tuple[str, ...]:
        """The institutions."""
        ...

    @property
    def regions(self) -> tuple[str, ...]:
        """Their regions."""
        ...


def must_concern_practitioner(reader: Principal, code: str, registered: Concerned | None) -> None:
    """Pass an agency in whose region the person works, the person, and an institution of the person; raises Forbidden.

    An agency bound to no region may see everybody; to all others a person nobody knows is a stranger too.
    """
    if reader.practitioner is not None:
        if reader.practitioner != code:
            raise _own_only()
        return
    if reader.institution is not None and (
        registered is None or reader.institution not in registered.institution_codes
    ):
        raise Forbidden(
            "other_institution",
            zh="只能查看在本机构登记的人员。",
            en="Only practitioners registered with your own institution may be seen.",
        )
    if reader.region is not None and not any(
        inside(region, reader.region) for region in (() if registered is None else registered.regions)
    ):
        raise Forbidden(
            "other_region", zh="只能查看本统筹区的人员。", en="Only practitioners of your own region may be seen."
        )


def must_concern_institution(reader: Principal, code: str) -> None:
    """Pass an agency and the institution itself; raises Forbidden."""
    must_be_free_of_person(reader)
    reader.must_be_institution(code)


async def must_govern(session: AsyncSession, reader: Principal, code: str) -> None:
    """Pass an agency in whose region an institution lies, and the institution itself; raises Forbidden."""
    must_concern_institution(reader, code)
    if reader.region is not None:
        found = await register.find_institution(session, code)
        # One the registry does not know lies in no region.
        must_be_in_region(reader, "" if found is None else found.region)


def must_be_in_region(reader: Principal, region: str) -> None:
    """Pass everybody but the holder of a token bound to another region; raises Forbidden."""
    if reader.region is not None and not inside(region, reader.region):
        raise Forbidden("other_region", zh="只能查看本统筹区的机构。", en="Only your own region may be seen.")


def narrowed(reader: Principal, region: str) -> str:
    """Return the prefix of regions a list is limited to; raises Forbidden for a region that is not the reader's.

    A reader who is bound to a region and names none, or a wider one, gets its own.
    """
    if reader.region is None or not region:
        return reach(region or reader.region or "")
    if inside(reader.region, region):
        return reach(reader.region)
    must_be_in_region(reader, region)
    return reach(region)


def _own_only() -> Forbidden:
    return Forbidden("other_practitioner", zh="只能查看本人的档案。", en="Only your own file may be seen.")
