"""Settings of the intake service."""

from pydantic import Field, SecretStr

from services.kit.settings import ProcessSettings

SHORTEST_SECRET = 32
"""Characters of the pseudonym secret; numbers of persons can be guessed, the secret must not."""


class IntakeSettings(ProcessSettings):
    """What intake needs beside what every process needs."""

    pseudonym_secret: SecretStr = Field(
        default=SecretStr(""),
        description="Secret of the keyed hash that insured persons' numbers leave intake as, 32 characters or more; "
        "the same for every process that makes pseudonyms. Empty: the development secret of the state directory.",
    )
    intake_backlog_limit: int = Field(
        default=200_000,
        ge=1,
        description="Facts waiting in the outbox above which intake takes no more settlements and answers 429.",
    )
    intake_chunk_lines: int = Field(
        default=500, ge=1, le=5_000, description="Most lines of a batch that are stored in one transaction."
    )
    intake_chunk_bytes: int = Field(
        default=8 * 1024 * 1024, ge=1024, description="Bytes of a batch after which a transaction is closed."
    )
    intake_line_bytes: int = Field(
        default=4 * 1024 * 1024, ge=1024, description="Most bytes of one line of a batch, which is one settlement."
    )
