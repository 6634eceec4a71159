"""A text that a person reads, Chinese first."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """A text a person reads, in both languages."""

    zh: str
    en: str

    def say(self, language: str) -> str:
        """Return the text in a language, ``zh`` or else English."""
        return self.zh if language == "zh" else self.en
