"""Reads how long tips are kept, from the shipped policy or an installation's own."""

from datetime import date
from importlib.resources import files
from pathlib import Path

import msgspec

from services.tips.domain.retention import ENDINGS, RetentionPolicy
from services.tips.domain.tip import Status


class _Document(msgspec.Struct, forbid_unknown_fields=True):
    version: str
    effective_from: date
    keep_months: dict[Status, int]


def retention_policy(path: Path | None) -> RetentionPolicy:
    """Return the policy; raises OSError, and ValueError where an ending has no term of at least one month."""
    shipped = files("services.tips") / "policies" / "retention" / "default-2026.json"
    content = shipped.read_bytes() if path is None else path.read_bytes()
    document = msgspec.json.decode(content, type=_Document)
    if set(document.keep_months) != set(ENDINGS) or min(document.keep_months.values()) < 1:
        raise ValueError("a retention policy names a term of at least one month for each ending, and nothing else")
    return RetentionPolicy(document.version, document.effective_from, document.keep_months)
