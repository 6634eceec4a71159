"""Where each service's migrations are, and which revision its code was written for."""

from functools import cache
from importlib.resources import files
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

SERVICES = ("intake", "screening", "credit", "tips")
"""Services in the order in which they are migrated."""


def migrations_directory(service: str) -> Path:
    """Folder of a service's Alembic environment."""
    return Path(str(files(f"services.{service}"))) / "migrations"


def alembic_config(service: str) -> Config:
    """Build the Alembic configuration of a service; no ini file is involved."""
    config = Config()
    config.set_main_option("script_location", str(migrations_directory(service)))
    config.set_main_option("file_template", "%%(year)d%%(month).2d%%(day).2d_%%(rev)s_%%(slug)s")
    config.set_main_option("path_separator", "os")
    config.attributes["service"] = service
    return config


@cache
def head_revision(service: str) -> str | None:
    """Newest revision in the service's migrations, None while there is none."""
    return ScriptDirectory.from_config(alembic_config(service)).get_current_head()
