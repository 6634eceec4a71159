"""The keys: made once for development, demanded otherwise, never shown."""

import base64

import pytest
from nacl.public import PrivateKey, SealedBox
from pydantic import ValidationError

from services.tips.settings import TipsSettings, development_keys

KEY = base64.b64encode(b"k" * 32).decode()


def test_development_keys_are_made_once_and_kept_from_others(tmp_path):
    first = development_keys(tmp_path)
    assert development_keys(tmp_path) == first
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) >= 5
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)


def test_the_officers_private_key_is_not_among_the_settings(tmp_path):
    keys = development_keys(tmp_path)
    officer = PrivateKey(base64.b64decode((tmp_path / "officer" / "tips-identity-officer.key").read_text()))
    assert base64.b64decode(keys["tips_identity_public_key"]) == bytes(officer.public_key)
    assert base64.b64encode(bytes(officer)).decode() not in keys.values()
    sealed = SealedBox(officer.public_key).encrypt(b"x")
    assert SealedBox(officer).decrypt(sealed) == b"x"


def test_the_officers_private_key_is_never_looked_for_again(tmp_path):
    first = development_keys(tmp_path)
    (tmp_path / "officer" / "tips-identity-officer.key").unlink()
    assert development_keys(tmp_path) == first
    assert not (tmp_path / "officer" / "tips-identity-officer.key").exists()


def test_an_officers_key_of_before_is_moved_out_of_the_keys(tmp_path):
    (tmp_path / "keys").mkdir()
    private = PrivateKey.generate()
    former = tmp_path / "keys" / "tips-identity-officer.key"
    former.write_text(base64.b64encode(bytes(private)).decode() + "\n")
    keys = development_keys(tmp_path)
    assert base64.b64decode(keys["tips_identity_public_key"]) == bytes(private.public_key)
    assert not former.exists()
    assert (tmp_path / "officer" / "tips-identity-officer.key").exists()


def test_a_development_installation_makes_its_own_keys(tmp_path):
    keys = TipsSettings(state_directory=tmp_path, development=True).keys()
    again = TipsSettings(state_directory=tmp_path, **development_keys(tmp_path)).keys()
    assert (keys.receipt_salt, keys.identity_public, keys.filing_seed) == (
        again.receipt_salt,
        again.identity_public,
        again.filing_seed,
    )
    assert keys.keyring() == again.keyring()
    assert keys.keyring().current.private is not None


def test_a_process_for_the_public_drops_the_teams_private_key(tmp_path):
    settings = TipsSettings(state_directory=tmp_path, development=True, tips_serves="public")
    assert settings.keys().keyring().current.private is None


def test_without_keys_a_process_does_not_start(tmp_path):
    with pytest.raises(
        ValueError, match="tips_receipt_salt, tips_team_public_key, tips_identity_public_key, tips_filing_signing_key"
    ):
        TipsSettings(state_directory=tmp_path).keys()
    with pytest.raises(ValueError, match="not set: tips_identity_public_key, tips_filing_signing_key"):
        TipsSettings(tips_receipt_salt=KEY, tips_team_public_key=KEY).keys()
    assert not list(tmp_path.iterdir())


def test_a_key_of_another_length_is_refused_and_not_repeated():
    short = base64.b64encode(b"short").decode()
    with pytest.raises(ValidationError) as refused:
        TipsSettings(tips_receipt_salt=short)
    assert short not in str(refused.value)


def test_settings_do_not_show_their_secrets():
    shown = repr(TipsSettings(tips_receipt_salt=KEY, tips_team_private_key=KEY))
    assert KEY not in shown
