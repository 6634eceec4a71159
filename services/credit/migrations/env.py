"""Alembic environment of the credit schema."""

from alembic import context

from services.credit.storage.tables import metadata
from services.kit.migrations import run_environment

run_environment(context.config.attributes["connection"], "credit", metadata)
