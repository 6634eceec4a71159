"""Files of a tip (附件): what becomes of them when they are taken, and how many there may be."""

from dataclasses import dataclass
from enum import StrEnum

from services.tips.domain.errors import TipRuleError


class MetadataState(StrEnum):
    """Whether what a file says about its maker was taken out."""

    STRIPPED = "stripped"
    PARTLY = "partly"
    """Most was taken out; something stays that may tell of its maker."""
    NONE = "none"
    """The format has none."""
    KEPT_FORMAT = "kept_format"
    """We cannot take it out of this format."""
    KEPT_SIZE = "kept_size"
    """The file is too large, or unpacks to too much, to be rewritten."""
    KEPT_BROKEN = "kept_broken"
    """The file is damaged or protected and cannot be rewritten."""


KEPT = frozenset({MetadataState.PARTLY, MetadataState.KEPT_FORMAT, MetadataState.KEPT_SIZE, MetadataState.KEPT_BROKEN})
"""States the reporter is warned of."""


class ScanState(StrEnum):
    """What the virus scanner said."""

    CLEAN = "clean"
    UNSCANNED = "unscanned"
    INFECTED = "infected"
    """Quarantined: kept, and handed to nobody."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one tip may carry, in bytes and files."""

    file_bytes: int
    tip_bytes: int
    tip_files: int

    def require_room(self, files: int, size_bytes: int) -> None:
        """Raise TipRuleError where so many files of so many bytes together are more than a tip may carry."""
        if files > self.tip_files:
            raise TipRuleError(
                "too_many_files",
                zh=f"每条举报最多 {self.tip_files} 个附件。",
                en=f"A tip may carry at most {self.tip_files} files.",
            )
        if size_bytes > self.tip_bytes:
            size = self.tip_bytes // 2**20
            raise TipRuleError(
                "too_many_bytes",
                zh=f"每条举报的附件合计最多 {size} MB。",
                en=f"The files of a tip may have at most {size} MB together.",
            )
