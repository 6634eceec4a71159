"""Policy of sanctions against insured persons as data (条例 Art. 41)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.credit.domain.errors import PolicyInvalidError

PAUSE_MONTHS = range(3, 13)
"""条例 Art. 41: online settlement is suspended for three months or more and up to twelve."""

FINE_MULTIPLES = (2, 5)
"""条例 Art. 41 para. 2: a fine of two times or more and up to five times the amount obtained by fraud."""


@dataclass(frozen=True, slots=True)
class Circumstance:
    """An act of an insured person that Art. 41 names."""

    code: str
    zh: str
    en: str
    article: str


@dataclass(frozen=True, slots=True)
class InsuredPolicy:
    """Rules for sanctions against insured persons."""

    circumstances: Mapping[str, Circumstance]
    least_pause_months: int
    most_pause_months: int
    least_fine_multiple: int
    most_fine_multiple: int


def read_insured_policy(document: Mapping[str, Any]) -> InsuredPolicy:
    """Build the rules of a policy's part ``insured``; raises PolicyInvalidError, KeyError, TypeError, ValueError."""
    least_pause, most_pause = (int(months) for months in document["pause_months"])
    least_fine, most_fine = (int(multiple) for multiple in document["fine_multiples"])
    if not (least_pause <= most_pause and least_pause in PAUSE_MONTHS and most_pause in PAUSE_MONTHS):
        raise PolicyInvalidError("a settlement pause lasts three to twelve months (条例 Art. 41)")
    if not FINE_MULTIPLES[0] <= least_fine <= most_fine <= FINE_MULTIPLES[1]:
        raise PolicyInvalidError("a fine is two to five times the amount (条例 Art. 41)")
    circumstances = {
        code: Circumstance(code, str(one["zh"]), str(one["en"]), str(one["article"]))
        for code, one in document["circumstances"].items()
    }
    if not circumstances:
        raise PolicyInvalidError("there is a circumstance to sanction")
    return InsuredPolicy(circumstances, least_pause, most_pause, least_fine, most_fine)
