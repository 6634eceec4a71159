"""A tip (举报) and the steps its handling may take, under NHSA Order No. 5 (举报处理暂行办法)."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from enum import StrEnum
from uuid import UUID

from services.tips.domain.deadline import add_working_days
from services.tips.domain.errors import TipRuleError

VERIFY_WORKING_DAYS = 15
"""Working days from the receipt of a tip to verify it, extendable once by as many with a superior's approval (Order 5
Art. 12 with Order 4 Art. 14); handing the tip on does not start them anew."""

TELL_WORKING_DAYS = 5
"""Working days after the decision in which a named reporter is told of it (Order 5 Art. 12)."""


class Kind(StrEnum):
    """Kind of fraud the reporter speaks of."""

    FALSE_ADMISSION = "false_admission"
    FALSE_SERVICE = "false_service"
    OVERCHARGING = "overcharging"
    IDENTITY_LENDING = "identity_lending"
    DRUG_RESALE = "drug_resale"
    INDUCED_CARE = "induced_care"
    SPLIT_ADMISSION = "split_admission"
    ITEM_SWAP = "item_swap"
    EXCESSIVE_CARE = "excessive_care"
    FORGED_RECORDS = "forged_records"
    OTHER = "other"


class Channel(StrEnum):
    """How the tip came (Order 5 Arts. 2, 6 and 7)."""

    ONLINE = "online"
    PHONE = "phone"
    LETTER = "letter"
    FAX = "fax"
    VISIT = "visit"
    SUPERVISOR = "supervisor"
    """A social supervisor (社会监督员), signed in, under an appointment."""


ENTERED_BY_CLERK = frozenset({Channel.PHONE, Channel.LETTER, Channel.FAX, Channel.VISIT})
"""Channels of which a clerk enters what came."""


class Status(StrEnum):
    """Where the handling stands."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    SUBSTANTIATED = "substantiated"
    UNSUBSTANTIATED = "unsubstantiated"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class RefusalReason(StrEnum):
    """Why a tip is not taken up (list after the Hainan rules of 2020, with Order 5 Arts. 9 and 25)."""

    NOT_A_LISTED_MATTER = "not_a_listed_matter"
    NO_CLEAR_TARGET = "no_clear_target"
    ALREADY_UNDER_INVESTIGATION = "already_under_investigation"
    CLOSED_WITHOUT_NEW_CLUE = "closed_without_new_clue"
    REVIEWED_BY_SUPERIOR = "reviewed_by_superior"
    BELONGS_TO_LITIGATION = "belongs_to_litigation"
    OUTSIDE_JURISDICTION = "outside_jurisdiction"


OUTCOMES = frozenset({Status.SUBSTANTIATED, Status.UNSUBSTANTIATED, Status.REFUSED})
"""Decisions a handler can take; each is closed by somebody else."""


@dataclass(frozen=True, slots=True)
class Tip:
    """A tip as the handling sees it: no word of its content and nothing of its reporter."""

    id: UUID
    kind: Kind
    status: Status
    received_on: date
    named: bool
    """Whether the reporter left an identity, which only the identity officer can open."""
    reported_institution_code: str | None = None
    """Institution the reporter picked; the handler decides which one it is about."""
    institution_code: str | None = None
    accepted_at: datetime | None = None
    accepted_by: str | None = None
    due_on: date | None = None
    """Last day on which verification is in time."""
    extended_at: datetime | None = None
    extended_by: str | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    refusal_reason: RefusalReason | None = None
    outcome: Status | None = None
    """How it ended; set together with status closed or withdrawn."""
    withdrawn_on: date | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    traceparent: str | None = None
    """Trace of the acceptance, which the later facts of this tip continue."""
    channel: Channel = Channel.ONLINE
    region: str | None = None
    """Place of the act, six digits; None until somebody of the unified reception has found it out."""
    desk: str | None = None
    """Desk the tip was given to; None for any of the region."""
    against_agency: bool = False
    """Whether it is about the agency's own staff; then the region above handles it."""
    merged_into: UUID | None = None
    """The earlier tip of the same matter, which leads; this one follows its decisions."""
    extension_asked_at: datetime | None = None
    extension_asked_by: str | None = None
    told_on: date | None = None
    """Day on which a named reporter was told of the decision."""

    def overdue(self, today: date) -> bool:
        """Whether the time to verify has passed without a decision."""
        return self.open and self.due_on is not None and today > self.due_on

    @property
    def open(self) -> bool:
        """Whether nothing has been decided yet."""
        return self.status in {Status.RECEIVED, Status.ACCEPTED}


def verify_by(received_on: date, is_working_day: Callable[[date], bool]) -> date:
    """Last day to verify a tip that was received on a day."""
    return add_working_days(received_on, VERIFY_WORKING_DAYS, is_working_day)


def accept(tip: Tip, institution_code: str, *, by: str, now: datetime, is_working_day: Callable[[date], bool]) -> Tip:
    """Take the tip up against an institution; the same acceptance again changes nothing.

    Raises TipRuleError where it was accepted against another institution, follows another tip or is past acceptance.
    """
    if tip.accepted_at is not None and tip.institution_code == institution_code:
        return tip
    _require_lead(tip)
    if tip.status is not Status.RECEIVED:
        raise _wrong_status(tip)
    return replace(
        tip,
        status=Status.ACCEPTED,
        institution_code=institution_code,
        accepted_at=now,
        accepted_by=by,
        due_on=tip.due_on or verify_by(tip.received_on, is_working_day),
    )


def ask_extension(tip: Tip, *, by: str, now: datetime, today: date) -> Tip:
    """Ask for more time, at the latest on the last day; asked again it changes nothing."""
    if tip.extension_asked_at is not None:
        return tip
    _require_lead(tip)
    if tip.status is not Status.ACCEPTED or tip.due_on is None:
        raise _wrong_status(tip)
    if today > tip.due_on:
        raise TipRuleError(
            "extension_too_late",
            zh="核查期限已过，不能申请延长。",
            en="The time to verify has passed; it is too late to ask.",
        )
    return replace(tip, extension_asked_at=now, extension_asked_by=by)


def extend(tip: Tip, *, by: str, now: datetime, is_working_day: Callable[[date], bool]) -> Tip:
    """Grant fifteen more working days, once and to somebody else; the same approval again changes nothing."""
    if tip.extended_at is not None:
        return tip
    if tip.status is not Status.ACCEPTED or tip.due_on is None:
        raise _wrong_status(tip)
    if tip.extension_asked_at is None:
        raise TipRuleError("extension_not_asked", zh="尚无人申请延长。", en="Nobody has asked for an extension.")
    if by == tip.extension_asked_by:
        raise TipRuleError(
            "own_extension", zh="不得批准本人申请的延长。", en="Who asked for the extension may not approve it."
        )
    due_on = add_working_days(tip.due_on, VERIFY_WORKING_DAYS, is_working_day)
    return replace(tip, extended_at=now, extended_by=by, due_on=due_on)


def refuse(tip: Tip, reason: RefusalReason, *, by: str, now: datetime) -> Tip:
    """Decide not to take the tip up; the same decision again changes nothing."""
    if tip.refusal_reason is reason:
        return tip
    _require_lead(tip)
    if not tip.open:
        raise _wrong_status(tip)
    return replace(tip, status=Status.REFUSED, refusal_reason=reason, decided_at=now, decided_by=by)


def decide(tip: Tip, verdict: Status, *, by: str, now: datetime) -> Tip:
    """State that the verification found the tip true or not; the same decision again changes nothing."""
    if verdict in {tip.status, tip.outcome}:
        return tip
    _require_lead(tip)
    if tip.status is not Status.ACCEPTED:
        raise _wrong_status(tip)
    return replace(tip, status=verdict, decided_at=now, decided_by=by)


def withdraw(tip: Tip, *, today: date) -> Tip:
    """Take the tip back for its reporter.

    Before acceptance that ends it. Afterwards the investigation goes on, and the reporter is told nothing more of its
    result (Order 5 Art. 14). Once it is decided nothing can be taken back. A withdrawn tip earns no reward.
    """
    if tip.withdrawn_on is not None:
        return tip
    if tip.status is Status.RECEIVED:
        return replace(tip, status=Status.WITHDRAWN, outcome=Status.WITHDRAWN, withdrawn_on=today)
    if tip.status is Status.ACCEPTED:
        return replace(tip, withdrawn_on=today)
    raise _wrong_status(tip)


def close(tip: Tip, *, by: str, now: datetime) -> Tip:
    """End the handling; somebody other than the person who decided must do it."""
    if tip.status is Status.CLOSED:
        return tip
    _require_lead(tip)
    if tip.status not in OUTCOMES:
        raise _wrong_status(tip)
    if by == tip.decided_by:
        raise TipRuleError(
            "four_eyes", zh="结案人不得是作出认定的经办人。", en="Whoever decided the tip may not close it."
        )
    return replace(tip, status=Status.CLOSED, outcome=tip.status, closed_at=now, closed_by=by)


def tell(tip: Tip, *, today: date) -> Tip:
    """Note that the reporter was told of the decision; again changes nothing."""
    if tip.told_on is not None:
        return tip
    if tip.status not in OUTCOMES and tip.status is not Status.CLOSED:
        raise _wrong_status(tip)
    return replace(tip, told_on=today)


def reopen(tip: Tip, *, due_on: date) -> Tip:
    """Take a decision back after a dispute and verify anew until a day; only of what was refused or not borne out."""
    decided = tip.outcome or tip.status
    if decided not in {Status.REFUSED, Status.UNSUBSTANTIATED} or tip.withdrawn_on is not None:
        raise _wrong_status(tip)
    return replace(
        tip,
        status=Status.RECEIVED if tip.accepted_at is None else Status.ACCEPTED,
        due_on=due_on,
        decided_at=None,
        decided_by=None,
        refusal_reason=None,
        outcome=None,
        closed_at=None,
        closed_by=None,
        told_on=None,
        extension_asked_at=None,
        extension_asked_by=None,
        extended_at=None,
        extended_by=None,
    )


def tip_id(day: date, chance: bytes) -> UUID:
    """Make a version-7 UUID whose time part is the start of the day.

    The id travels in events, so it must not tell at which second a reporter was online. ``chance`` is 10 random bytes.
    """
    milliseconds = int(datetime.combine(day, time(), UTC).timestamp()) * 1000
    value = milliseconds << 80 | int.from_bytes(chance[:10])
    value = value & ~(0xF000 << 64) | 0x7000 << 64
    value = value & ~(0xC000 << 48) | 0x8000 << 48
    return UUID(int=value)


def fingerprint(key: bytes, *parts: str | None) -> bytes:
    """Digest of a request under a secret key: tells a repeated request from a changed one without keeping its words."""
    digest = hashlib.blake2b(key=key, digest_size=32, person=b"tips-same-body")
    for part in parts:
        encoded = b"\x00" if part is None else b"\x01" + part.encode()
        digest.update(len(encoded).to_bytes(8) + encoded)
    return digest.digest()


def _require_lead(tip: Tip) -> None:
    if tip.merged_into is not None:
        raise TipRuleError(
            "tip_follows_another",
            zh="该举报已并入另一条举报，请在主举报上办理。",
            en="This tip follows another one; take the step there.",
        )


def _wrong_status(tip: Tip) -> TipRuleError:
    return TipRuleError(
        "wrong_tip_status",
        zh=f"举报当前状态为 {tip.status}，不能执行此步骤。",
        en=f"The tip is {tip.status}; this step is not possible now.",
    )
