"""The commands as a person types them: the demonstration on both buses, and an installation that survives a restart."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from services.kit.embedded_postgres import scratch_directory
from tests.support import load
from tests.support.installation import free_port

pytestmark = pytest.mark.timeout(280)

ROOT = Path(__file__).resolve().parents[2]
PROMISED = {
    *("posted", "accepted", "screened", "lines", "findings", "findings_by_rule", "planted", "planted_found"),
    *("false_alarms", "confirmed", "practitioners_suspended", "refused_after_suspension", "tip_status"),
    *("reward_fen", "lost", "duplicated", "seconds", "settlements_per_second", "bus", "database"),
}


@pytest.fixture
def state() -> Path:
    """A state directory that PostgreSQL's own user can reach too."""
    return scratch_directory().parent


def fundwarden(state: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.cli", *arguments],
        cwd=ROOT,
        env={**os.environ, "FUNDWARDEN_STATE_DIRECTORY": str(state), **environment},
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )


def check_report(state: Path, bus: str) -> None:
    report = json.loads((state / "demo-report.json").read_text())
    assert report.keys() >= PROMISED
    assert report["bus"] == bus
    assert report["posted"] >= 2_000
    assert report["posted"] == report["accepted"] == report["screened"]
    assert report["lines"] >= 10 * report["posted"]
    assert report["planted"] == report["planted_found"] >= 60
    assert (report["lost"], report["duplicated"], report["false_alarms"]) == (0, 0, 0)
    assert report["practitioners_suspended"] >= 1
    assert report["refused_after_suspension"] >= 1
    assert report["tip_status"] == "substantiated"
    assert report["tip_life"][-1] == "closed/paid"
    assert 20_000 <= report["reward_fen"] <= 20_000_000


def test_the_demonstration_keeps_every_promise_in_one_process(state) -> None:
    run = fundwarden(state, "demo")
    assert run.returncode == 0, run.stdout + run.stderr
    check_report(state, "direct")


@pytest.mark.kafka
def test_the_demonstration_keeps_every_promise_over_kafka(state, kafka) -> None:
    run = fundwarden(state, "demo", "--bus", "kafka", FUNDWARDEN_KAFKA=kafka)
    assert run.returncode == 0, run.stdout + run.stderr
    check_report(state, "kafka")


@contextmanager
def up(state: Path, port: int) -> Iterator[str]:
    command = [sys.executable, "-m", "services.cli", "up", "--port", str(port)]
    environment = {**os.environ, "FUNDWARDEN_STATE_DIRECTORY": str(state)}
    with (
        (state / "up.log").open("ab") as log,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log) as process,
    ):
        base_url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{base_url}/tips/health/ready", timeout=2).is_success:
                    break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield base_url
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def token(state: Path, role: str, *more: str) -> dict[str, str]:
    issued = fundwarden(state, "token", "issue", "--role", role, "--subject", "somebody", *more)
    assert issued.returncode == 0, issued.stderr
    return {"Authorization": f"Bearer {issued.stdout.strip()}"}


def test_what_an_installation_has_taken_is_there_after_a_restart(state) -> None:
    port = free_port()
    [body] = list(load.settlements(1))
    with up(state, port) as base_url:
        registrar = token(state, "registrar")
        hospital = token(state, "hospital", "--institution", load.HOSPITAL)
        institution = {
            "kind": "hospital",
            "name": "演练医院",
            "level": 3,
            "region": "330199",
            "active": True,
            "agreement_from": "2025-01-01",
        }
        put = httpx.put(f"{base_url}/intake/v1/institutions/{load.HOSPITAL}", json=institution, headers=registrar)
        assert put.status_code == 201
        first = httpx.post(f"{base_url}/intake/v1/settlements", content=body, headers=hospital)
        assert first.status_code == 201, first.text
    with up(state, port) as base_url:
        again = httpx.post(f"{base_url}/intake/v1/settlements", content=body, headers=hospital)
        assert again.status_code == 200
        assert again.json()["settlement_ref"] == first.json()["settlement_ref"]
