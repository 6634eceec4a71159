"""Errors that a caller outside may see, each with a stable code, and the one that asks for a retry inside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field; never carries the value."""

    pointer: str
    """JSON pointer into the body, such as ``/lines/3/amount_fen``; empty for the body as a whole."""
    code: str
    zh: str
    en: str


class ServiceError(Exception):
    """Base of errors rendered as ``application/problem+json``; ``code`` is stable, the texts are for people."""

    status: ClassVar[int] = 500

    def __init__(
        self,
        code: str,
        *,
        zh: str,
        en: str,
        fields: Sequence[FieldError] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.zh = zh
        self.en = en
        self.fields = tuple(fields)
        self.retry_after = retry_after
        """Seconds after which a caller may try again."""


class BadRequest(ServiceError):  # noqa: N818 - reads as the answer it becomes
    """The request as a whole makes no sense."""

    status = 400


class Unauthenticated(ServiceError):  # noqa: N818 - reads as the answer it becomes
    """Nobody known is asking."""

    status = 401


class Forbidden(ServiceError):  # noqa: N818 - reads as the answer it becomes
    """The one who asks may not."""

    status = 403


class NotFound(ServiceError):  # noqa: N818 - reads as the answer it becomes
    """There is no such thing, or none that the caller may know of."""

    status = 404


class Conflict(ServiceError):  # noqa: N818 - reads as the answer it becomes
    """What stands contradicts what is asked."""

    status = 409


class Gone(ServiceError):  # noqa: N818 - reads as the answer it becomes
    """It was there and is no longer to be had."""

    status = 410


class TooLarge(ServiceError):  # noqa: N818 - reads as the answer it becomes
    """The body exceeds its bound."""

    status = 413


class Malformed(ServiceError):  # noqa: N818 - reads as the answer it becomes
    """The input does not have the form it must have."""

    status = 422


class TooMany(ServiceError):  # noqa: N818 - reads as the answer it becomes
    """The caller asks faster than it may, or the service is behind; see ``retry_after``."""

    status = 429


class Unavailable(ServiceError):  # noqa: N818 - reads as the answer it becomes
    """Something the service needs is away for now."""

    status = 503


class TransientError(Exception):
    """The cause is passing: a consumer that meets it tries the batch again instead of setting the message aside."""
