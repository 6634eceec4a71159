"""Settings of the credit service."""

from pathlib import Path

from pydantic import Field

from services.kit.settings import ProcessSettings


class CreditSettings(ProcessSettings):
    """What credit needs beside what every process needs."""

    credit_policies: Path | None = Field(
        default=None,
        description="Folder of policy files (JSON), every version that decisions have named and those to come. "
        "Rules of the yearly rating lie in its folder ratings. Empty: the bundled ones.",
    )
