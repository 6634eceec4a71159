"""Alembic environment of the screening schema."""

from alembic import context

from services.kit.migrations import run_environment
from services.screening.storage import backtest_tables, reminder_tables, rulebook_life_tables

assert rulebook_life_tables.metadata is reminder_tables.metadata is backtest_tables.metadata  # noqa: S101 - every module of tables is imported

run_environment(context.config.attributes["connection"], "screening", backtest_tables.metadata)
