"""Which errors pass by themselves, so that trying again may help."""

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi

from services.kit.errors import TransientError, Unavailable

_PASSING = (
    TransientError,
    Unavailable,
    OSError,
    TimeoutError,
    sa.exc.TimeoutError,
    asyncpg.PostgresConnectionError,
    # The connection was lost in the middle of a COPY, and its protocol is in no state to be used again.
    asyncpg.InternalClientError,
    AsyncAdapt_asyncpg_dbapi.InternalClientError,
)

_STATES = ("08", "40", "53", "55P03", "57")
"""SQLSTATE prefixes whose cause passes: connection, rollback, resources, lock not available, operator intervention."""


def is_transient(error: BaseException) -> bool:
    """Tell whether trying again may help: the database is gone, busy, or asked for a retry.

    One failure has three faces: asyncpg's own, SQLAlchemy's adapter's (a commit on a lost connection raises that one
    bare), and SQLAlchemy's wrapper's.
    """
    if isinstance(error, _PASSING):
        return True
    if isinstance(error, asyncpg.InterfaceError | AsyncAdapt_asyncpg_dbapi.InterfaceError):
        # A lost connection; a ValueError among these is input that asyncpg cannot encode, and stays so.
        return not isinstance(error, ValueError)
    if isinstance(error, sa.exc.DBAPIError):
        return error.connection_invalidated or (error.orig is not None and is_transient(error.orig))
    if isinstance(error, asyncpg.PostgresError | AsyncAdapt_asyncpg_dbapi.Error):
        if str(getattr(error, "sqlstate", None) or "").startswith(_STATES):
            return True
        return error.__cause__ is not None and is_transient(error.__cause__)
    return False
