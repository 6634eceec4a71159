"""Twenty reporters at the same moment, with receipts hashed as they are shipped: nothing is lost, memory is flat."""

import asyncio
from pathlib import Path

from tests.support.reporters import crowd, serving, stored

WARM = 2
REPORTERS = 20
HASH_MEBIBYTES = 2 * 64
"""Two receipt hashes at a time, 64 MiB each."""
FORMS_MEBIBYTES = 96
"""What twenty forms hold while their pictures are taken and cleaned."""
MOST_GROWTH_MEBIBYTES = 32
"""From a warm process to the same process after the crowd."""


def test_what_was_acknowledged_to_a_crowd_is_stored_and_memory_stays_bounded(tmp_path: Path, database_url: str):
    # One pass takes a third of the time and the same memory.
    with serving(tmp_path, database_url, {"FUNDWARDEN_TIPS_ARGON2_PASSES": "1"}) as served:
        warm = asyncio.run(crowd(served, WARM, seed=1))
        before = served.mebibytes()
        figures = asyncio.run(crowd(served, REPORTERS, seed=2))
        after = served.mebibytes()
    assert len(set(warm.acknowledged)) == warm.found == WARM
    assert len(set(figures.acknowledged)) == figures.found == REPORTERS
    assert asyncio.run(stored(database_url)) == (WARM + REPORTERS, WARM + REPORTERS)
    assert after - before < MOST_GROWTH_MEBIBYTES
    assert figures.most_mebibytes < before + HASH_MEBIBYTES + FORMS_MEBIBYTES
