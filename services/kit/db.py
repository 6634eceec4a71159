"""Database access: one engine per service that sees only the service's own schema, as the service's own role."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import NullPool

from services.kit.errors import Unavailable
from services.kit.revisions import head_revision

_NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

IDLE_IN_TRANSACTION_TIMEOUT = "60s"
"""A process that dies between two statements must not hold its locks longer than this."""


class SpineTables(NamedTuple):
    """The tables of the spine that every service has in its own schema."""

    outbox: sa.Table
    inbox: sa.Table
    dead_letter: sa.Table


def role_of(service: str) -> str:
    """Name of the PostgreSQL role that owns the service's schema."""
    return f"fundwarden_{service}"


def service_metadata(service: str) -> sa.MetaData:
    """Return the metadata for a service's tables: its own schema, constraint names by rule."""
    return sa.MetaData(schema=service, naming_convention=_NAMING)


def spine_tables(metadata: sa.MetaData) -> SpineTables:
    """Declare outbox, inbox and dead letters in a service's metadata; its own migration creates them."""
    outbox = sa.Table(
        "outbox",
        metadata,
        sa.Column("sequence", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("traceparent", sa.Text),
        sa.Column("payload", postgresql.BYTEA, nullable=False),
    )
    inbox = sa.Table(
        "inbox",
        metadata,
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    dead_letter = sa.Table(
        "dead_letter",
        metadata,
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("traceparent", sa.Text),
        sa.Column("payload", postgresql.BYTEA, nullable=False),
        sa.Column("error_class", sa.Text, nullable=False),
        sa.Column("error_code", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="parked"),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    return SpineTables(outbox, inbox, dead_letter)


def connection_arguments(url: str) -> dict[str, Any]:
    """Turn a ``postgresql://`` address, unix-socket form included, into asyncpg's arguments."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    arguments: dict[str, Any] = {"database": parts.path.lstrip("/") or "postgres"}
    host = query.get("host") or parts.hostname
    if host:
        arguments["host"] = host
    if parts.port or "port" in query:
        arguments["port"] = int(query.get("port") or parts.port or 5432)
    if parts.username:
        arguments["user"] = parts.username
    if parts.password:
        arguments["password"] = parts.password
    if "sslmode" in query:
        arguments["ssl"] = query["sslmode"]
    return arguments


def _engine(url: str, server_settings: dict[str, str], **options: Any) -> AsyncEngine:
    arguments = connection_arguments(url)
    arguments["server_settings"] = {**server_settings, "jit": "off"}

    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(**arguments)

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, **options)
    sa.event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _refuse_closed(adapted: Any, _record: object, _proxy: object) -> None:
    """Make the pool open a new connection in place of one that was lost while nobody, or only asyncpg, was looking.

    SQLAlchemy learns of a lost connection only from statements of its own; ours go past it.
    """
    if adapted.driver_connection.is_closed():
        raise sa.exc.DisconnectionError


def admin_engine(url: str) -> AsyncEngine:
    """Return an engine without a pool that acts as the address's own user, for migrations and role set-up."""
    return _engine(url, {"application_name": "fundwarden-migrate"}, poolclass=NullPool)


class Database:
    """One service's access to PostgreSQL.

    Every connection runs as the service's role, with the service's schema as its search path, so nothing of another
    service can be read even by mistake.
    """

    def __init__(self, url: str, service: str, *, pool_size: int = 10) -> None:
        self.service = service
        self.url = url
        self.pool_size = pool_size
        self.engine = _engine(
            url,
            {
                "application_name": f"fundwarden-{service}",
                "role": role_of(service),
                "search_path": service,
                "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_TIMEOUT,
            },
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=30,
            pool_pre_ping=False,
            pool_recycle=1800,
        )
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._glances: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Open a session in one transaction: committed at the end, rolled back on any exception. Use cases only."""
        async with self._sessions() as session, session.begin():
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """Open a session whose transaction cannot write."""
        async with self._sessions() as session, session.begin():
            await session.execute(sa.text("set transaction read only"))
            yield session

    @asynccontextmanager
    async def statement(self) -> AsyncIterator[asyncpg.Connection]:
        """Lend a raw connection outside any transaction, for one SELECT, which then is a transaction by itself.

        For reads that must be quick: no begin, no commit, one round trip. Use cases only.
        """
        async with self.engine.connect() as connection:
            fairy = await connection.get_raw_connection()
            adapted = fairy.dbapi_connection
            if adapted is None:
                raise _gone()
            yield adapted.driver_connection

    @asynccontextmanager
    async def glance(self) -> AsyncIterator[asyncpg.Connection]:
        """Lend a raw connection that cannot write, outside of any transaction: each statement sees what stands then.

        For answers that are waited for; it costs a tenth of ``reading``. Connections are opened when first needed.
        """
        if self._glances is None:
            async with self._opening:
                if self._glances is None:
                    self._glances = await self._glance_pool()
        connection = await self._glances.acquire()
        try:
            yield connection
        finally:
            await self._glances.release(connection)

    async def _glance_pool(self) -> asyncpg.Pool:
        async def keep(_connection: asyncpg.Connection) -> None:
            """Leave a returned connection as it is: nothing that only reads leaves a trace."""

        return await asyncpg.create_pool(
            **connection_arguments(self.url),
            min_size=1,
            max_size=self.pool_size,
            max_inactive_connection_lifetime=0,
            reset=keep,
            server_settings={
                "application_name": f"fundwarden-{self.service}-glance",
                "role": role_of(self.service),
                "search_path": self.service,
                "default_transaction_read_only": "on",
                "jit": "off",
            },
        )

    async def dedicated_connection(self) -> asyncpg.Connection:
        """Open a connection outside the pool, for locks that live as long as a process; the caller closes it."""
        arguments = connection_arguments(self.url)
        return await asyncpg.connect(
            **arguments,
            server_settings={
                "application_name": f"fundwarden-{self.service}-lock",
                "role": role_of(self.service),
                "search_path": self.service,
            },
        )

    @property
    def connections_in_use(self) -> int:
        """Connections of the pool that are handed out now."""
        pool = self.engine.pool
        return pool.checkedout() if isinstance(pool, sa.pool.QueuePool) else 0

    async def ping(self) -> None:
        """Raise when the database does not answer."""
        async with self.engine.connect() as connection:
            await connection.execute(sa.text("select 1"))

    async def require_current_schema(self) -> None:
        """Raise Unavailable unless the schema is at the revision this code was written for."""
        expected = head_revision(self.service)
        async with self.engine.connect() as connection:
            exists = await connection.scalar(
                sa.text("select to_regclass(:name)"), {"name": f"{self.service}.alembic_version"}
            )
            found = (
                await connection.scalar(sa.text(f"select version_num from {self.service}.alembic_version"))
                if exists
                else None
            )
        if found != expected:
            raise Unavailable(
                "schema_stale",
                zh=f"{self.service} 的数据库结构版本为 {found}，程序需要 {expected}；请先运行 fundwarden migrate。",
                en=f"The schema of {self.service} is at {found}, the program needs {expected}; run fundwarden migrate.",
            )

    async def close(self) -> None:
        """Close every connection of the pools."""
        if self._glances is not None:
            await self._glances.close()
        await self.engine.dispose()


async def driver(session: AsyncSession) -> asyncpg.Connection:
    """Return the session's raw asyncpg connection, inside its transaction, for COPY and ``unnest``."""
    connection = await session.connection()
    fairy = await connection.get_raw_connection()
    adapted = fairy.dbapi_connection
    if adapted is None:
        raise _gone()
    raw: asyncpg.Connection = adapted.driver_connection
    if not raw.is_in_transaction():
        # SQLAlchemy's adapter begins at the first statement it sees itself; ours go past it.
        await adapted._start_transaction()  # noqa: SLF001 - there is no public way to begin early
    return raw


def _gone() -> Unavailable:
    return Unavailable("database_gone", zh="数据库连接已断开。", en="The database connection is gone.")
