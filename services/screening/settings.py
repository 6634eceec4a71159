"""Settings of the screening service."""

from pathlib import Path
from typing import NamedTuple

from pydantic import Field, SecretStr

from services.kit.secret_keys import kept_key
from services.kit.settings import ProcessSettings
from services.screening.domain.signal_limits import LIMIT_NAMES, SignalLimits

SHORTEST_SECRET = 32
"""Characters of a secret that signing secrets are encrypted with."""

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

    screening_reminder_days: int = Field(
        default=730,
        ge=1,
        description="Days for which each pre-check, reminder and answer is kept, two years as a rule, for that long an "
        "offence can be sanctioned; what is older is kept as numbers by day.",
    )
    screening_signature_seconds: int = Field(
        default=300,
        ge=10,
        le=3600,
        description="By how many seconds the timestamp of a header signature may differ from the present; its nonce "
        "is remembered for as long.",
    )
    screening_seal_secrets: SecretStr = Field(
        default=SecretStr(""),
        description="Secrets of 32 characters or more that signing secrets are encrypted with in screening's tables, "
        "separated by blanks, the newest first: it seals, all of them open. Empty: no signatures are taken, in "
        "development one secret is made.",
    )

    @property
    def seal_secrets(self) -> tuple[str, ...]:
        """The secrets that signing secrets are encrypted with; raises ValueError for one that is too short."""
        given = tuple(self.screening_seal_secrets.get_secret_value().split())
        if any(len(secret) < SHORTEST_SECRET for secret in given):
            raise ValueError(f"FUNDWARDEN_SCREENING_SEAL_SECRETS: {SHORTEST_SECRET} characters or more each")
        if not given and self.development:
            return (kept_key(self.state_directory / "keys" / "screening-seal.key").hex(),)
        return given

    screening_signal_limits: str = Field(
        default="",
        pattern=rf"^\s*(({'|'.join(LIMIT_NAMES)})=[0-9]{{1,12}}\s*)*$",
        description="Limits of the patterns that raise signals over months, as name=value separated by blanks, such as "
        "village_admissions=8; docs/signals.md names them all with what holds where none is set.",
    )
    screening_monitored_items: str = Field(
        default="",
        pattern=r"^\s*([A-Z][A-Z0-9]{2,26}\s*)*$",
        description="Beginnings of item codes of monitored drugs (重点监控合理用药药品), separated by blanks, whose "
        "growth at an institution is held against its peers. Empty: none is.",
    )

    @property
    def signal_limits(self) -> SignalLimits:
        """The limits of patterns, those that are set in place of what holds otherwise."""
        return SignalLimits(**{name: int(value) for name, value in _pairs(self.screening_signal_limits)})

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
