"""Settings of the screening service."""

from pathlib import Path

from pydantic import Field

from services.kit.settings import ProcessSettings


class ScreeningSettings(ProcessSettings):
    """What screening needs beside what every process needs."""

    screening_rulebook: Path | None = Field(
        default=None,
        description="Rulebook (JSON) that is installed and activated where none is active yet. "
        "Empty: the bundled national one.",
    )
