"""The frame of a program that cleans one file from stdin to stdout: its limits and its exit codes.

It has no keys, no network code and no disk to write to, so that a file that breaks a decoder finds none of them.
"""

import resource
import sys
from collections.abc import Callable

from services.tips.storage.cleaning.reading import TooLargeError, UnsupportedError

TOO_LARGE, BROKEN, UNSUPPORTED, PARTLY = 3, 4, 5, 6
"""Exit codes beside 0; with `PARTLY` there is a file, in which something stays that may tell of its maker."""

MEMORY_BYTES = 2 * 2**30
CPU_SECONDS = 60


def limit() -> None:
    """Bound memory and time, and forbid files of more than no bytes and core dumps."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(what, (most, most))


def run(rewrite: Callable[[bytes], tuple[bytes, bool]]) -> int:
    """Rewrite stdin to stdout and return the exit code; ``rewrite`` also says whether it cleaned everything."""
    limit()
    try:
        result, complete = rewrite(sys.stdin.buffer.read())
    except (TooLargeError, MemoryError):
        return TOO_LARGE
    except UnsupportedError:
        return UNSUPPORTED
    except Exception:  # noqa: BLE001 - whatever a decoder raises on a stranger's file
        return BROKEN
    sys.stdout.buffer.write(result)
    sys.stdout.buffer.flush()
    return 0 if complete else PARTLY
