"""The receipt (回执编号): sixteen digits that are the reporter's only key to the tip."""

import hashlib
from dataclasses import dataclass

DIGITS = 16
"""10^16 receipts, 53 bits."""

_FULL_WIDTH: dict[int, str | None] = {ord("０") + digit: str(digit) for digit in range(10)}
_SEPARATORS: dict[int, str | None] = {ord(mark): None for mark in " -\t\r\n\u3000\u00a0—–"}


def receipt_from(secret: bytes, submission: bytes) -> str:
    """Derive the receipt of a submission: uniform over all receipts, and the same when the submission is repeated.

    A reporter whose answer was lost on the way sends the form again and is shown the same receipt.
    """
    digest = hashlib.blake2b(submission, key=secret, digest_size=32, person=b"tips-receipt").digest()
    return f"{int.from_bytes(digest) % 10**DIGITS:0{DIGITS}d}"


def normalise(text: str) -> str | None:
    """Return the sixteen digits of what somebody typed, spaces and dashes left out; None where it cannot be one."""
    digits = text.translate(_SEPARATORS | _FULL_WIDTH)
    return digits if len(digits) == DIGITS and digits.isascii() and digits.isdecimal() else None


def display(receipt: str) -> str:
    """Group the digits by four for a person to write down."""
    return " ".join(receipt[index : index + 4] for index in range(0, DIGITS, 4))


@dataclass(frozen=True, slots=True, repr=False)
class ReceiptKeys:
    """What the memory-hard hash of a receipt yields; only ``lookup`` is ever stored."""

    lookup: bytes
    """Finds the tip."""
    reporter_seed: bytes
    """Seed of the key pair with which the reporter, and nobody else, reads the handlers' answers."""
    payment: bytes
    """Key from which the payment token of a reward is derived, so that a repeated claim shows the same token."""


def derive(root: bytes, purpose: bytes) -> bytes:
    """Derive an independent 32-byte key for one purpose, named in at most 16 bytes."""
    return hashlib.blake2b(key=root, digest_size=32, person=purpose).digest()


def keys_from(root: bytes) -> ReceiptKeys:
    """Split the hash of a receipt into its three independent keys."""
    return ReceiptKeys(derive(root, b"tips-lookup"), derive(root, b"tips-reporter"), derive(root, b"tips-payment"))
