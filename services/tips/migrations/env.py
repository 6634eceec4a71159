"""Alembic environment of the tips schema."""

from alembic import context

from services.kit.migrations import run_environment
from services.tips.storage.tables import metadata

run_environment(context.config.attributes["connection"], "tips", metadata)
