"""Which errors pass by themselves, so that trying again may help."""

import asyncpg
import sqlalchemy as sa

from services.kit.errors import TransientError, Unavailable

_TRANSIENT_STATES = ("08", "40", "53", "55P03", "57")
"""SQLSTATE prefixes whose cause passes: connection, rollback, resources, lock not available, operator intervention."""


def is_transient(error: BaseException) -> bool:
    """Tell whether trying again may help: the database is gone, busy, or asked for a retry."""
    if isinstance(error, TransientError | Unavailable | OSError | TimeoutError | sa.exc.TimeoutError):
        return True
    if isinstance(error, asyncpg.InterfaceError | asyncpg.PostgresConnectionError):
        return True
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "").startswith(_TRANSIENT_STATES)
    if isinstance(error, sa.exc.DBAPIError):
        state = str(getattr(error.orig, "sqlstate", None) or "")
        return (
            error.connection_invalidated
            or isinstance(error, sa.exc.InterfaceError)
            or state.startswith(_TRANSIENT_STATES)
            or (error.__cause__ is not None and is_transient(error.__cause__))
        )
    return False
