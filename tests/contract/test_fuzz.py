"""A few hundred requests that nobody should send: each is answered, with what was published, and never with a 5xx.

`make fuzz-intake` asks twenty thousand.
"""

from tests.fuzz.service import fuzz
from tests.fuzz.sound_intake import INTAKE

CASES = 300
SEED = 20260310


def test_hostile_requests_get_published_answers_and_no_server_errors(database_url, tmp_path):
    tally = fuzz(INTAKE, tmp_path, database_url, cases=CASES, seed=SEED, slow=10, worker=False)
    assert tally.cases >= CASES
    assert set(tally.ways) == {"mutant", "boundary", "chain", "hostile"}
    assert all(row.cases for row in tally.rows.values())
    assert not tally.findings
