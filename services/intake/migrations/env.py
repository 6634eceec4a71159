"""Alembic environment of the intake schema."""

from alembic import context

from services.intake.storage.tables import metadata
from services.kit.migrations import run_environment

run_environment(context.config.attributes["connection"], "intake", metadata)
