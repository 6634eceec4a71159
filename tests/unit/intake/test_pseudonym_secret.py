import stat

import pytest
from pydantic import SecretStr

from services.intake.settings import IntakeSettings
from services.intake.wiring import DEVELOPMENT_SECRET_FILE, pseudonym_secret
from tests.support.intake import SECRET


def settings(tmp_path, **changes) -> IntakeSettings:
    return IntakeSettings(**({"state_directory": tmp_path, "pseudonym_secret": SecretStr("")} | changes))


def test_the_configured_secret_is_taken(tmp_path) -> None:
    assert pseudonym_secret(settings(tmp_path, pseudonym_secret=SecretStr(SECRET), development=True)) == SECRET
    assert not (tmp_path / DEVELOPMENT_SECRET_FILE).exists()


def test_without_a_secret_the_service_does_not_start(tmp_path) -> None:
    with pytest.raises(ValueError, match="FUNDWARDEN_PSEUDONYM_SECRET"):
        pseudonym_secret(settings(tmp_path))


def test_a_secret_that_can_be_guessed_is_refused_and_not_told(tmp_path) -> None:
    with pytest.raises(ValueError, match="32 characters") as refused:
        pseudonym_secret(settings(tmp_path, pseudonym_secret=SecretStr("short")))
    assert "short" not in str(refused.value)


def test_in_development_a_secret_is_made_once_and_kept_from_others(tmp_path) -> None:
    made = pseudonym_secret(settings(tmp_path, development=True))
    assert pseudonym_secret(settings(tmp_path, development=True)) == made
    path = tmp_path / DEVELOPMENT_SECRET_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == [path.name]
