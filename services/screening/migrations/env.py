"""Alembic environment of the screening schema."""

from alembic import context

from services.kit.migrations import run_environment
from services.screening.storage.backtest_tables import metadata

run_environment(context.config.attributes["connection"], "screening", metadata)
