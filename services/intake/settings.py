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
    pseudonym_former_secret: SecretStr = Field(
        default=SecretStr(""),
        description="The secret before pseudonym_secret, only while it is being replaced; "
        "see the runbook pseudonym-key-rotation.",
    )
    intake_practitioners_complete: bool = Field(
        default=False,
        description="The registry of practitioners is complete: a settlement of a practitioner it does not hold is "
        "marked as doubtful.",
    )
    intake_seal_secrets: SecretStr = Field(
        default=SecretStr(""),
        description="Secrets that parts of visits and signing secrets are encrypted with in the tables, separated by "
        "blanks, the newest first: it seals, all of them open. Empty: derived from the key of pseudonyms.",
    )
    intake_signature_seconds: int = Field(
        default=300,
        ge=10,
        le=3600,
        description="By how many seconds the timestamp of a header signature may differ from the present; its nonce "
        "is remembered for as long.",
    )
    intake_sign_in_required: bool = Field(
        default=False,
        description="Messages of the national interface must name a sign_no of the same day (9001).",
    )
    intake_visit_days: int = Field(
        default=7, ge=1, description="Days without a further part after which an incomplete outpatient visit expires."
    )
    intake_stay_days: int = Field(
        default=90, ge=1, description="Days without a further part after which an incomplete inpatient stay expires."
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
    intake_quota_per_second: float = Field(
        default=2_000.0,
        ge=0,
        description="Settlements, reversals, stock movements and lists a second that one institution may send to one "
        "process in the long run; 0: no quota.",
    )
    intake_quota_burst: int = Field(
        default=100_000, ge=1, description="Entries that one institution may send at once before its quota counts."
    )
    intake_import_bytes: int = Field(
        default=1024**3,
        ge=1024,
        description="Most bytes of the files of one import; they are kept encrypted meanwhile.",
    )
    intake_import_rows: int = Field(default=20_000_000, ge=1, description="Most rows of one import.")
    intake_import_rows_at_once: int = Field(
        default=2_000_000,
        ge=1,
        description="Most rows of an import of which all or nothing is taken: that is one long transaction.",
    )
    intake_import_unpacked_bytes: int = Field(
        default=4 * 1024**3, ge=1024, description="Most bytes of an XLSX workbook when it is unpacked."
    )
    intake_import_errors: int = Field(
        default=100_000, ge=1, description="Lines of an import's error report; what comes after is only counted."
    )
    intake_import_lease_seconds: int = Field(
        default=60,
        ge=5,
        description="Seconds after which another worker goes on with an import whose worker is not heard of.",
    )
    intake_imports_per_caller: int = Field(
        default=8, ge=1, description="Imports of one caller that are not at their end."
    )
    intake_import_days: int = Field(
        default=30, ge=1, description="Days for which one can ask what became of an import."
    )
    intake_batches: int = Field(default=32, ge=1, description="Batches that one process reads at once.")
    intake_batches_per_caller: int = Field(
        default=8, ge=1, description="Batches of one institution that one process reads at once."
    )
    intake_batch_days: int = Field(
        default=30, ge=1, description="Days for which one can ask what was taken of a batch."
    )
    intake_quarantine: bool = Field(
        default=True,
        description="Keep what batches, imports and the national interface had refused, and conflicts of single posts, "
        "encrypted, for a person to look at.",
    )
    intake_quarantine_entries: int = Field(
        default=10_000, ge=1, description="Most entries that wait in the quarantine for one institution."
    )
    intake_quarantine_bytes: int = Field(
        default=256 * 1024 * 1024,
        ge=1024,
        description="Most bytes of bodies that wait in the quarantine for one institution.",
    )
    intake_quarantine_days: int = Field(
        default=180, ge=1, description="Days after which the bodies of the quarantine are deleted."
    )
    intake_silence_hours: int = Field(
        default=4,
        ge=1,
        le=12,
        description="Hours of a working day without data after which an institution that usually sends is reported.",
    )
    intake_activity_days: int = Field(
        default=60, ge=21, description="Days for which numbers of messages and hours of activity are kept."
    )
