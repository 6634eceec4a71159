"""What makes two nodes the same content: the values, however they are written, without what changes by itself."""

from collections.abc import Mapping

from services.intake.domain.fsi.fields import Value

VOLATILE = frozenset({"mdtrt_cert_no", "card_sn"})
"""Left out of account: an electronic certificate (电子凭证) is another token each time it is shown."""


def content(values: Mapping[str, Value]) -> dict[str, Value]:
    """Return what counts of a node: a number is the same as text, and an empty field the same as none."""
    counted: dict[str, Value] = {}
    for key, value in values.items():
        # Nearly every field is one short text; the rest of what may come is below.
        if type(value) is str:
            text = value.strip()
            if text and key not in VOLATILE:
                counted[key] = _number(text) if "." in text else text
        elif value is not None and key not in VOLATILE:
            plain = _plain(value)
            if plain not in ({}, []):
                counted[key] = plain
    return counted


def _plain(value: Value) -> Value:
    if isinstance(value, str):
        text = value.strip()
        return _number(text) if "." in text else text
    if isinstance(value, dict):
        return content(value)
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, bool):
        return "1" if value else "0"
    return value if value is None else str(value)


def _number(text: str) -> str:
    whole, _, part = text.removeprefix("-").partition(".")
    return text.rstrip("0").rstrip(".") if whole.isdigit() and part.isdigit() else text
