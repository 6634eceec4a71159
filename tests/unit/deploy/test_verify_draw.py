"""The verifier anybody can run: it agrees with the service, and whatever is tampered with is rejected."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import verify_draw
from services.credit.domain.draw import ALGORITHM, canonical, commitment_of, digest, draw, key_of, lots_of

SCRIPT = Path(verify_draw.__file__)
SEED = "5a" * 32


def listing(institutions: int = 12, **changes) -> dict:
    return {
        "algorithm": ALGORITHM,
        "draw_id": "0199c0de-0000-7000-8000-000000000001",
        "public_source": "某日公开摇号",
        "public_digits": 8,
        "public_not_before": "2026-03-11T13:15:00+00:00",
        "count": 4,
        "team_size": 2,
        "institutions": [
            {"code": f"H{number:011}", "weight": 1 + number % 5, "skills": ["clinical", "finance"][: number % 3]}
            for number in range(institutions)
        ],
        "inspectors": [
            {"code": f"I{number:03}", "skills": ["clinical", "finance"][number % 3 : number % 3 + 1]}
            for number in range(7)
        ],
        "recusals": [{"institution": f"H{number:011}", "inspector": "I000"} for number in range(0, institutions, 2)],
        **changes,
    }


def published(listed: dict | None = None, public_value: str = "02091405") -> dict:
    listed = listed or listing()
    text = canonical(listed)
    key = key_of(digest(text), SEED, public_value)
    return {
        "draw_id": listed["draw_id"],
        "listing": text,
        "list_hash": digest(text),
        "seed_commitment": commitment_of(SEED),
        "committed_at": "2026-03-10T02:00:00Z",
        "drawn_at": "2026-03-11T14:00:00Z",
        "seed": SEED,
        "public_value": public_value,
        "result": [
            {"institution": one.institution_code, "inspectors": list(one.inspector_codes)}
            for one in draw(lots_of(listed), key)
        ],
    }


@pytest.mark.parametrize("number", range(60))
def test_the_verifier_draws_what_the_service_draws(number) -> None:
    listed = listing(institutions=4 + number, count=1 + number // 2, team_size=2 + number % 2)
    assert verify_draw.problems(published(listed, f"{number:08}")) == []


def change_list(file: dict) -> None:
    listed = json.loads(file["listing"])
    listed["institutions"][0]["weight"] += 1
    file["listing"] = canonical(listed)


def drop_a_candidate(file: dict) -> None:
    listed = json.loads(file["listing"])
    del listed["institutions"][3]
    file["listing"] = canonical(listed)


def list_twice(file: dict) -> None:
    listed = json.loads(file["listing"])
    listed["institutions"].append(listed["institutions"][0])
    file.update(published(listed))


def change_seed(file: dict) -> None:
    file["seed"] = "5b" * 32


def change_result(file: dict) -> None:
    file["result"][0], file["result"][1] = file["result"][1], file["result"][0]


def change_inspector(file: dict) -> None:
    file["result"][0]["inspectors"].reverse()


def change_value(file: dict) -> None:
    file["public_value"] = "02091406"


def write_the_value_otherwise(file: dict) -> None:
    file.update(published(public_value="020914 5"))


def leave_one_out(file: dict) -> None:
    del file["result"][-1]


def commit_late(file: dict) -> None:
    file["committed_at"] = "2026-03-11T21:15:00+08:00"


def draw_early(file: dict) -> None:
    file["drawn_at"] = "2026-03-11T13:14:59Z"


def take_another_list(file: dict) -> None:
    file["draw_id"] = "0199c0de-0000-7000-8000-000000000002"


def hide_the_seed(file: dict) -> None:
    file["seed"] = None


TAMPERINGS = [
    change_list,
    drop_a_candidate,
    list_twice,
    change_seed,
    change_result,
    change_inspector,
    change_value,
    write_the_value_otherwise,
    leave_one_out,
    commit_late,
    draw_early,
    take_another_list,
    hide_the_seed,
]


def run(path: Path, file: dict) -> subprocess.CompletedProcess[str]:
    drawn = path / "draw.json"
    drawn.write_text(json.dumps(file), encoding="utf-8")
    # -I: no site of ours, no PYTHONPATH; what runs is the standard library and the one file.
    return subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT), str(drawn)], capture_output=True, text=True, check=False, timeout=60
    )


def test_a_true_draw_is_verified_with_the_standard_library_alone(tmp_path) -> None:
    answer = run(tmp_path, published())
    assert (answer.returncode, answer.stdout.split()[:2]) == (0, ["成立", "VERIFIED:"])


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda tamper: tamper.__name__)
def test_what_was_tampered_with_is_rejected(tmp_path, tamper) -> None:
    file = published()
    tamper(file)
    answer = run(tmp_path, file)
    assert answer.returncode == 1
    assert "REJECTED" in answer.stdout


def test_the_verifier_fits_a_page() -> None:
    assert len([line for line in SCRIPT.read_text(encoding="utf-8").splitlines() if line.strip()]) <= 80
