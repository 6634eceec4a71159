"""What a message tells of the insured person: sex and birth date, said outright or within a resident id number."""

from collections.abc import Sequence
from datetime import date
from operator import mul
from typing import NamedTuple

from services.intake.domain.fsi.fields import FieldForm, as_day, as_text
from services.intake.domain.fsi.node import Node
from services.intake.domain.settlement import Sex

_SEXES: dict[str, Sex] = {"1": "male", "2": "female"}
"""gend (性别); 0 and 9 say nothing."""
_RESIDENT_ID = "01"
"""psn_cert_type of a resident id card."""
_RESIDENT_ID_SHOWN = "02"
"""mdtrt_cert_type of a resident id card."""
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_ID_LENGTH = 18


class PersonTraits(NamedTuple):
    """Sex and birth date as far as they are known."""

    sex: Sex = "unknown"
    birth_date: date | None = None


def traits(nodes: Sequence[Node]) -> PersonTraits:
    """Return what the first node that says anything tells; fields that make no sense tell nothing."""
    sex: Sex = "unknown"
    birth_date: date | None = None
    for node in nodes:
        values = node.values
        said = _SEXES.get(_quietly(values.get("gend")) or "", "unknown")
        sex = said if sex == "unknown" else sex
        if birth_date is None:
            try:
                birth_date = as_day(values.get("brdy"))
            except FieldForm:
                birth_date = None
        shown = _identity_number(node)
        if shown is not None:
            sex = shown.sex if sex == "unknown" else sex
            birth_date = birth_date or shown.birth_date
    return PersonTraits(sex, birth_date)


def resident_id_traits(number: str) -> PersonTraits | None:
    """Read a resident id number (GB 11643); None where its check digit or its date is wrong."""
    number = number.upper()
    if len(number) != _ID_LENGTH or not (number[:17].isascii() and number[:17].isdigit()):
        return None
    check = _CHECKS[sum(map(mul, _WEIGHTS, map(int, number[:17]))) % 11]
    if number[17] != check:
        return None
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    return PersonTraits("male" if int(number[16]) % 2 else "female", born)


def _identity_number(node: Node) -> PersonTraits | None:
    values = node.values
    if _quietly(values.get("psn_cert_type")) == _RESIDENT_ID:
        return resident_id_traits(_quietly(values.get("certno")) or "")
    if _quietly(values.get("mdtrt_cert_type")) == _RESIDENT_ID_SHOWN:
        return resident_id_traits(_quietly(values.get("mdtrt_cert_no")) or "")
    return None


def _quietly(value: object) -> str | None:
    try:
        return as_text(value)
    except FieldForm:
        return None
