"""The pseudonym of an insured person, for processes that are given a person's number and need the history behind it."""

from collections.abc import Callable
from hashlib import blake2b

KEY_BYTES = 32
"""Bytes of the key."""
PSEUDONYM_BYTES = 16
"""Bytes of a pseudonym; it is written in twice as many hexadecimal characters."""

Pseudonymise = Callable[[str], str]
"""Turns a person's number into the pseudonym."""


def derive_key(secret: str) -> bytes:
    """Turn the configured secret, whatever its length, into a key."""
    return blake2b(secret.encode(), digest_size=KEY_BYTES, person=b"insured-key").digest()


def pseudonymiser(key: bytes) -> Pseudonymise:
    """Return the keyed hash that numbers are replaced with; letters count the same in either case."""

    def pseudonym(number: str) -> str:
        text = number.strip().upper()
        return blake2b(text.encode(), digest_size=PSEUDONYM_BYTES, key=key, person=b"insured-person").hexdigest()

    return pseudonym
