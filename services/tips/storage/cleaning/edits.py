"""What is to change in a file, and the copy that has it changed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

END = 2**63
"""Beyond every file: a cut that goes to its end."""


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Bytes from ``start`` to before ``stop`` give way to others, to as many zeros, or to none."""

    start: int
    stop: int
    instead: bytes = b""
    zeros: bool = False


def cut(start: int, stop: int) -> Edit:
    """Leave bytes out."""
    return Edit(start, stop)


def put(start: int, instead: bytes) -> Edit:
    """Write over bytes, as many as there are new ones."""
    return Edit(start, start + len(instead), instead)


def blank(start: int, stop: int) -> Edit:
    """Write zeros over bytes."""
    return Edit(start, stop, zeros=True)


@dataclass(slots=True)
class Plan:
    """How a file is cleaned; not ``complete`` where something stays that may tell of its maker."""

    edits: list[Edit] = field(default_factory=list)
    complete: bool = True


def edited(chunks: Iterable[bytes], edits: Sequence[Edit]) -> Iterator[bytes]:
    """Yield a file with edits applied; where they overlap, the one that begins first holds."""
    waiting = iter(sorted(edits))
    edit = next(waiting, None)
    done = 0
    """Bytes of the file that are copied, changed or left out."""
    for chunk in chunks:
        begin, stop = done, done + len(chunk)
        while edit is not None and edit.start < stop:
            if edit.start > done:
                yield chunk[done - begin : edit.start - begin]
            if edit.start >= done:
                done = edit.start
                yield edit.instead
            here = min(edit.stop, stop)
            if edit.zeros and here > done:
                yield bytes(here - done)
            done = max(done, here)
            if edit.stop > stop:
                # Go on with what is left of it in the next chunk.
                edit = Edit(stop, edit.stop, zeros=edit.zeros)
                break
            edit = next(waiting, None)
        if done < stop:
            yield chunk[done - begin :]
            done = stop
    while edit is not None and edit.start <= done:
        yield edit.instead
        edit = next(waiting, None)


def merged(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return ranges in order, those that touch or overlap as one."""
    found: list[tuple[int, int]] = []
    for start, stop in sorted(ranges):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], stop))
        elif stop > start:
            found.append((start, stop))
    return found
