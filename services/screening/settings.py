"""Settings of the screening service."""

from pathlib import Path
from typing import NamedTuple

from pydantic import Field, SecretStr

from services.kit.settings import ProcessSettings

_REGIONS = r"^\s*([0-9]{2,6}\s*)*$"


class FsiForm(NamedTuple):
    """How a province writes what the national interface leaves open."""

    single_result_regions: tuple[str, ...]
    codes: dict[str, str]
    levels: dict[str, int]


class ScreeningSettings(ProcessSettings):
    """What screening needs beside what every process needs."""

    screening_rulebook: Path | None = Field(
        default=None,
        description="Rulebook (JSON) that is installed and activated where none is active yet. "
        "Empty: the bundled national one.",
    )
    screening_pseudonym_key: SecretStr = Field(
        default=SecretStr(""),
        description="Key that intake makes pseudonyms with, 64 hexadecimal characters: pre-checks may then name a "
        "person by number. `fundwarden pseudonym-key` prints it. Empty: rules that look back are not judged.",
    )
    screening_fsi_single_result_regions: str = Field(
        default="",
        pattern=_REGIONS,
        description="Beginnings of regions (mdtrtarea_admvs), separated by blanks, whose systems read output.result "
        "of 3101 and 3102 as one object; all others get a list.",
    )
    screening_fsi_codes: str = Field(
        default="violation=1 suspicion=2 lines=1 visit=2",
        pattern=r"^\s*((violation|suspicion|lines|visit)=[A-Za-z0-9]{1,3}\s*)*$",
        description="Codes in answers to 3101 and 3102, which provinces may set otherwise: sev_deg of a violation and "
        "a suspicion, vola_bhvr_type of findings about lines and about the visit.",
    )
    screening_fsi_levels: str = Field(
        default="1=1 2=2 3=3 9=0",
        pattern=r"^\s*([A-Za-z0-9]{1,3}=[0-3]\s*)*$",
        description="What medins_lv of 3101 and 3102 means: code=facility level. A code that is not named leaves the "
        "level unknown, and rules that ask for it are reported as not judged.",
    )
    screening_pause_factor: float = Field(
        default=10.0, gt=1, description="A rule that strikes so many times as often as in the last 14 days is paused."
    )
    screening_pause_least_findings: int = Field(
        default=200, ge=1, description="Findings a rule must have on a day before its hit rate can pause it."
    )
    screening_pause_baseline_claims: int = Field(
        default=5_000, ge=1, description="Claims the last 14 days must hold before they are a baseline of hit rates."
    )
    screening_pause_share: float = Field(
        default=0.5, gt=0, le=1, description="Share of a day's claims that one rule may strike before it is paused."
    )
    screening_pause_failures: int = Field(
        default=100, ge=1, description="Times the checks of a rule may break on a day before it is paused."
    )
    screening_late_days: int = Field(
        default=180,
        ge=0,
        description="How late a claim may come and still find all the history its rules look back on; what is older "
        "than this and the longest look-back is deleted.",
    )
    screening_held_days: int = Field(
        default=365, ge=1, description="Days for which findings that were not sent are kept."
    )

    @property
    def fsi_form(self) -> FsiForm:
        """The settings of the national interface, taken apart."""
        return FsiForm(
            tuple(self.screening_fsi_single_result_regions.split()),
            dict(_pairs(self.screening_fsi_codes)),
            {code: int(level) for code, level in _pairs(self.screening_fsi_levels)},
        )


def _pairs(text: str) -> list[tuple[str, str]]:
    """Read ``name=value`` pairs separated by blanks."""
    return [(name, value) for name, _, value in (pair.partition("=") for pair in text.split())]
