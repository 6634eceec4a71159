"""`fundwarden import --quarantine` against a running installation: rejected rows wait and are released one by one."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.support.import_worker import ImportWorker
from tests.support.intake import DRUG, HOSPITAL
from tests.support.intake_process import ROOT, IntakeProcess
from tests.support.tables import as_csv

pytestmark = pytest.mark.timeout(180)

QUARANTINE = "/intake/v1/quarantine"
REJECTED = 3
"""Exit code of an import of which some rows were not taken."""
USAGE_OF_MODE = 1


def fundwarden_import(api: IntakeProcess, file: Path, token: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.cli", "import", str(file), "--kind", "stock", *options]
    environment = {**api.environment, "FUNDWARDEN_URL": api.base_url, "FUNDWARDEN_TOKEN": token, "COLUMNS": "120"}
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_rows_that_the_command_had_rejected_are_released_one_by_one(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "stock.csv"
    headers = ["单据编号", "业务类型", "发生时间", "医保编码", "数量"]
    rows = [["M1", "采购", "2026-03-08", DRUG, "10"], ["M2", "采购", "2026-03-08", DRUG, "十"]]
    file.write_bytes(as_csv(headers, rows))
    institution = {"kind": "hospital", "name": "医院", "level": 3, "region": "110105", "agreement_from": "2020-01-01"}
    with IntakeProcess(tmp_path, database_url) as api, ImportWorker(api.environment):
        hospital = api.header("hospital", institution=HOSPITAL)
        token = hospital["Authorization"].removeprefix("Bearer ")
        with httpx.Client(base_url=api.base_url, headers=hospital, timeout=60) as client:
            put = client.put(f"/intake/v1/institutions/{HOSPITAL}", json=institution, headers=api.header("registrar"))
            assert put.status_code == 201
            refused = fundwarden_import(api, file, token, "--quarantine")
            assert (refused.returncode, "quarantine_needs_good_rows" in refused.stdout) == (USAGE_OF_MODE, True)
            ran = fundwarden_import(api, file, token, "--quarantine", "--mode", "good_rows")
            assert ran.returncode == REJECTED, ran.stdout + ran.stderr
            [quarantined] = [line for line in ran.stdout.splitlines() if "quarantined" in line]
            assert quarantined.split()[-2] == "1"
            assert "number_form" in (tmp_path / "stock.errors.csv").read_text("utf-8-sig")
            [entry] = client.get(QUARANTINE).json()["items"]
            assert (entry["subject"], entry["reference"].rpartition(":")[2]) == ("M2", "3")
            path = f"{QUARANTINE}/{entry['entry_id']}"
            why = {"why": "盘点单为 10 盒 the receipt says ten"}
            assert client.post(f"{path}/corrections", json=why | {"patch": {"quantity": "10"}}).status_code == 200
            assert client.post(f"{path}/release", json=why).json()["state"] == "released"
            again = fundwarden_import(api, file, token, "--mode", "dry_run", "--no-quarantine")
            assert again.returncode == REJECTED
            taken = client.get("/intake/v1/stock-movements").json()["items"]
    assert {one["movement_id"] for one in taken} == {"M1", "M2"}
