"""The API dies in the middle of a batch of 60 MB; the client asks what was taken and goes on from there."""

import asyncio
from pathlib import Path

import pytest
from rich.progress import Progress

from tests.faults.intake_batch import run, write_body
from tests.support.intake_process import IntakeProcess

pytestmark = pytest.mark.timeout(180)

BYTES = 60 * 1000**2
MOST_MEGABYTES = 400


def test_a_killed_api_loses_no_line_of_a_batch_and_takes_none_twice(database_url: str, tmp_path: Path) -> None:
    body = tmp_path / "batch.ndjson"
    lines = write_body(body, BYTES)
    with IntakeProcess(tmp_path, database_url) as api, Progress(disable=True) as progress:
        outcome = asyncio.run(run(api, database_url, body, lines, kills=1, progress=progress))
    assert 0 < outcome.taken_at_kills[0] < lines
    assert (outcome.stored, outcome.distinct, outcome.stated, outcome.stated_distinct) == (lines,) * 4
    assert outcome.unstated == 0
    assert outcome.most_megabytes < MOST_MEGABYTES
