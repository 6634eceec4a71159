"""Reads the guiding questions and the list of refusal reasons that are shipped as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import msgspec

from services.tips.domain.tip import Kind, RefusalReason


@dataclass(frozen=True, slots=True)
class Question:
    """A question that helps a reporter to tell what matters; never asked for an answer."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class RefusalText:
    """A reason for not taking a tip up."""

    code: RefusalReason
    zh: str
    en: str
    source: str
    """Where the reason stands."""


@cache
def questions() -> Mapping[Kind, Sequence[Question]]:
    """Return the questions of every kind, three to six each."""
    found = msgspec.json.decode(_read("report-questions.json"), type=dict[Kind, list[Question]])
    if found.keys() != set(Kind) or not all(3 <= len(asked) <= 6 for asked in found.values()):  # noqa: PLR2004
        raise ValueError("every kind has three to six questions")
    return found


@cache
def refusal_reasons() -> Mapping[RefusalReason, RefusalText]:
    """Return the reasons in the order in which they are shown."""
    found = msgspec.json.decode(_read("refusal-reasons.json"), type=list[RefusalText])
    return {each.code: each for each in found}


def known_answers(kind: Kind, answers: Mapping[str, str]) -> dict[str, str]:
    """Keep the answers to questions of a kind, empty ones left out."""
    codes = {question.code for question in questions()[kind]}
    return {code: answer for code, answer in answers.items() if code in codes and answer}


def _read(name: str) -> bytes:
    return (files("services.tips") / "guides" / name).read_bytes()
