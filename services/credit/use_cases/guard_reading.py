"""Guard reading: whom and what a reader may see, by the codes in the token."""

from services.credit.storage.register import RegisteredPractitioner
from services.kit.errors import Forbidden
from services.kit.principal import Principal


def must_be_free_of_person(reader: Principal) -> None:
    """Pass everybody but the holder of a token bound to one practitioner; raises Forbidden."""
    if reader.practitioner is not None:
        raise _own_only()


def must_concern_practitioner(reader: Principal, code: str, registered: RegisteredPractitioner | None) -> None:
    """Pass an agency, the person, and an institution the registry binds the person to; raises Forbidden."""
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


def must_concern_institution(reader: Principal, code: str) -> None:
    """Pass an agency and the institution itself; raises Forbidden."""
    must_be_free_of_person(reader)
    reader.must_be_institution(code)


def _own_only() -> Forbidden:
    return Forbidden("other_practitioner", zh="只能查看本人的档案。", en="Only your own file may be seen.")
