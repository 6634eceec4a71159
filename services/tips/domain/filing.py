"""Proof of filing: commitments to tips, a Merkle tree of each day's, and a chain of the days.

The tree is that of RFC 6962 section 2.1 with the commitments as its leaves. docs/proof-of-filing.md is the
specification that `deploy/verify_filing.py` was written from.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

COMMITMENT_DOMAIN = b"fundwarden-filing/1\n"
STATEMENT_DOMAIN = b"fundwarden-filing-statement/1\n"
DAY_DOMAIN = b"fundwarden-filing-day/1\n"

HASH_BYTES = 32
GENESIS = bytes(HASH_BYTES)
"""Stands before the first day."""

SMALLEST_TREE = 32
"""Leaves of an empty day; random ones fill a tree up to a power of two, so that nobody can count the tips of a day."""


class AdditionKind(StrEnum):
    """What a reporter added to a tip after it was filed; each addition has a commitment of its own."""

    MESSAGE = "message"
    FILES = "files"


def message_document(filed: str | None, text: str) -> dict[str, object]:
    """Return what the commitment to a later message binds: the words, and the commitment of the tip they belong to."""
    return _addition(AdditionKind.MESSAGE, filed) | {"text": text}


def files_document(filed: str | None, digests: Sequence[str]) -> dict[str, object]:
    """Return what the commitment to later files binds: their SHA-256, and the commitment of the tip."""
    return _addition(AdditionKind.FILES, filed) | {"files": list(digests)}


def _addition(kind: AdditionKind, filed: str | None) -> dict[str, object]:
    # Without it, where the tip was filed before statements were signed.
    document: dict[str, object] = {"addition": kind.value}
    return document if filed is None else document | {"tip_commitment": filed}


def canonical(document: Mapping[str, object]) -> bytes:
    """Write a document as the one JSON text that is hashed: keys sorted, no spaces, Chinese as it is, UTF-8."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def commitment(document: bytes, day: date, salt: bytes) -> bytes:
    """Commit to a tip and its day; without the 32 random bytes nobody can find out to which."""
    return hashlib.sha256(
        COMMITMENT_DOMAIN + hashlib.sha256(document).digest() + day.isoformat().encode() + salt
    ).digest()


def statement_message(made: bytes, day: date, key_id: str) -> bytes:
    """Return what the service signs when it takes a tip."""
    return STATEMENT_DOMAIN + f"{day.isoformat()}\n{made.hex()}\n{key_id}\n".encode()


def leaf_hash(made: bytes) -> bytes:
    """Hash of a leaf; the first byte keeps leaves and nodes apart."""
    return hashlib.sha256(b"\x00" + made).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Root of a tree over at least one leaf."""
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    split = _split(len(leaves))
    return node_hash(merkle_root(leaves[:split]), merkle_root(leaves[split:]))


def inclusion_path(leaves: Sequence[bytes], position: int) -> list[bytes]:
    """Return the hashes that lead from a leaf to the root, from below."""
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if position < split:
        return [*inclusion_path(leaves[:split], position), merkle_root(leaves[split:])]
    return [*inclusion_path(leaves[split:], position - split), merkle_root(leaves[:split])]


def _split(size: int) -> int:
    """Largest power of two below the size."""
    return 1 << (size - 1).bit_length() - 1


def fillers_needed(commitments: int) -> int:
    """Return how many random leaves a day gets: up to the next power of two, of at least `SMALLEST_TREE`."""
    size = SMALLEST_TREE
    while size < commitments:
        size *= 2
    return size - commitments


@dataclass(frozen=True, slots=True)
class PublishedDay:
    """A day whose tree is final; ``head`` names it and, through ``previous``, every day before it."""

    day: date
    tree_size: int
    root: bytes
    previous: bytes
    head: bytes
    key_id: str
    signature: bytes


def day_head(day: date, tree_size: int, root: bytes, previous: bytes) -> bytes:
    """Chain a day to the one before it; this is what is signed and what witnesses should note down."""
    content = f"{day.isoformat()}\n{tree_size}\n{root.hex()}\n{previous.hex()}\n"
    return hashlib.sha256(DAY_DOMAIN + content.encode()).digest()


def day_message(head: bytes, key_id: str) -> bytes:
    """Return what the service signs when it publishes a day."""
    return DAY_DOMAIN + f"{head.hex()}\n{key_id}\n".encode()
