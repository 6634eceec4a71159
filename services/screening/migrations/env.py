"""Alembic environment of the screening schema."""

from alembic import context

from services.kit.migrations import run_environment
from services.screening.storage import (
    access_tables,
    backtest_tables,
    registry_tables,
    reminder_tables,
    rulebook_life_tables,
    signal_tables,
    tables,
)

# Every module of tables is imported here, so that none is missed when the schema is compared with them.
MODULES = (
    tables,
    access_tables,
    backtest_tables,
    registry_tables,
    reminder_tables,
    rulebook_life_tables,
    signal_tables,
)

run_environment(context.config.attributes["connection"], "screening", MODULES[0].metadata)
