"""Pseudonyms of insured persons and households: keyed hashes, the only form in which a number leaves a process.

Intake makes it of what settlements say, screening of what a pre-check says; one person has one pseudonym in both.
"""

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


def pseudonym(number: str, key: bytes) -> str:
    """Return the pseudonym of a number; letters count the same in either case, as id-card numbers end in x or X."""
    return blake2b(number.upper().encode(), digest_size=PSEUDONYM_BYTES, key=key, person=b"insured-person").hexdigest()


def household_pseudonym(number: str, key: bytes) -> str:
    """Return the pseudonym of a household's number; it never equals that of a person who bears the same number."""
    return blake2b(number.upper().encode(), digest_size=PSEUDONYM_BYTES, key=key, person=b"household").hexdigest()
