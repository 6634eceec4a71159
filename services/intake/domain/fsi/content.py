"""What makes two nodes the same content: the values, however they are written, without what changes by itself."""

import json
from collections.abc import Mapping
from hashlib import blake2b

from services.intake.domain.fsi.fields import Value

DIGEST_BYTES = 16
_encode = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode
_NOTHING: tuple[Value, ...] = (None, "", [], {})
VOLATILE = frozenset({"mdtrt_cert_no", "card_sn"})
"""Left out of account: an electronic certificate (电子凭证) is another token each time it is shown."""


def digest(values: Mapping[str, Value]) -> bytes:
    """Return the digest of a node; a number is the same as text, and an empty field the same as none."""
    text = _encode(_plain(values))
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).digest()


def _plain(value: Value) -> Value:
    if isinstance(value, str):
        text = value.strip()
        return _number(text) if "." in text else text
    if isinstance(value, dict):
        pairs = {key: _plain(one) for key, one in value.items() if one is not None and key not in VOLATILE}
        return {key: one for key, one in pairs.items() if one not in _NOTHING}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, bool):
        return "1" if value else "0"
    return value if value is None else str(value)


def _number(text: str) -> str:
    whole, _, part = text.removeprefix("-").partition(".")
    return text.rstrip("0").rstrip(".") if whole.isdigit() and part.isdigit() else text
