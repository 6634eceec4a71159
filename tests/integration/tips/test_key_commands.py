"""The command `fundwarden tips`, as operators and officers type it."""

import base64
import json
from pathlib import Path
from uuid import uuid4

import pytest
from nacl.public import PublicKey, SealedBox
from typer.testing import CliRunner

from services.tips.command import app
from services.tips.settings import development_keys
from services.tips.storage.keyring import read_keyring

RUNNER = CliRunner()


@pytest.fixture
def environment(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation whose settings come from the environment."""
    monkeypatch.setenv("FUNDWARDEN_DATABASE_URL", database_url)
    monkeypatch.setenv("FUNDWARDEN_STATE_DIRECTORY", str(tmp_path))
    for name, value in development_keys(tmp_path).items():
        monkeypatch.setenv(f"FUNDWARDEN_{name.upper()}", value)
    return tmp_path


def run(*arguments: str, code: int = 0) -> str:
    result = RUNNER.invoke(app, list(arguments))
    assert result.exit_code == code, result.output
    return result.output


def test_a_key_is_rotated_and_retired_and_the_outward_ring_holds_no_private_half(environment: Path):
    outward = environment / "outward.json"
    run("rotate-keys", "--outward", str(outward))
    ring = read_keyring(environment / "keys" / "tips-team-keyring.json")
    assert len(ring.generations) == 2
    assert [known.private for known in read_keyring(outward).generations] == [None, None]
    old, new = (known.id for known in ring.generations)
    listed = run("keys")
    assert old in listed
    assert new in listed
    run("retire-key", new, code=1)
    run("retire-key", "unknown", code=1)
    assert "0" in run("rewrap")
    run("retire-key", old, "--outward", str(outward))
    assert [known.id for known in read_keyring(outward).generations] == [new]


def test_an_officer_makes_a_key_and_opens_what_was_released(tmp_path: Path):
    key = tmp_path / "officer.key"
    public = base64.b64decode(run("officer-key", str(key)).splitlines()[-1])
    run("officer-key", str(key), code=1)
    assert key.stat().st_mode & 0o077 == 0
    identity = json.dumps({"name": "王小明", "phone": "13800000000"}).encode() + b"\x80" + bytes(9)
    sealed = base64.b64encode(SealedBox(PublicKey(public)).encrypt(identity)).decode()
    released = tmp_path / "released.json"
    released.write_text(json.dumps({"tip_id": str(uuid4()), "key_id": "x", "sealed": sealed}))
    assert "王小明" in run("open-identity", str(released), "--key", str(key))
    run("officer-key", str(tmp_path / "other.key"))
    run("open-identity", str(released), "--key", str(tmp_path / "other.key"), code=1)
    released.write_text("{}")
    run("open-identity", str(released), "--key", str(key), code=1)
