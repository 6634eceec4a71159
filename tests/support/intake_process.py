"""The intake API as a process of its own that can be measured and killed."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import psutil

from services.kit.clock import SystemClock
from services.kit.tokens import development_key_files, ensure_key_files, issue_token
from tests.support.installation import free_port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 180


class IntakeProcess:
    """One process of `fundwarden serve`, on a port of its own; it publishes nothing, so facts wait."""

    def __init__(
        self,
        state: Path,
        database_url: str,
        *,
        environment: Mapping[str, str] | None = None,
        service: str = "intake",
    ) -> None:
        self._service = service
        self._state = state
        self._port = free_port()
        self.base_url = f"http://127.0.0.1:{self._port}"
        self.environment = {
            **os.environ,
            "FUNDWARDEN_STATE_DIRECTORY": str(state),
            "FUNDWARDEN_DATABASE_URL": database_url,
            "FUNDWARDEN_PORT": str(self._port),
            "FUNDWARDEN_DEVELOPMENT": "true",
            "FUNDWARDEN_LOG_LEVEL": "warning",
            # Nothing relays here, and one institution sends everything.
            "FUNDWARDEN_INTAKE_BACKLOG_LIMIT": "100000000",
            "FUNDWARDEN_INTAKE_QUOTA_PER_SECOND": "0",
            **(environment or {}),
        }
        ensure_key_files(development_key_files(state))
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start it and wait until it answers."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it and wait."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(30)

    def start(self) -> None:
        """Start the process and wait until it answers; raises TimeoutError when it does not."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "services.cli", "serve", self._service], env=self.environment, cwd=ROOT
        )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                if httpx.get(f"{self.base_url}/{self._service}/health/ready", timeout=2).is_success:
                    return
            except httpx.HTTPError:
                time.sleep(0.05)
        # Nobody else ends it: whoever wanted to enter has not entered.
        self.kill()
        raise TimeoutError(f"the {self._service} API did not come up")

    @property
    def pid(self) -> int:
        """Process id."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """End it at once, as a lost machine would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def resident_megabytes(self) -> float:
        """Memory it holds now."""
        return psutil.Process(self.pid).memory_info().rss / 2**20

    def header(self, role: str, **claims: str) -> dict[str, str]:
        """Bearer header of somebody with a role."""
        token = issue_token(
            ensure_key_files(development_key_files(self._state)),
            issuer="fundwarden",
            audience="fundwarden",
            subject=f"test-{role}",
            roles=[role],
            now=SystemClock().now(),
            lifetime=timedelta(hours=2),
            **claims,  # type: ignore[arg-type]
        )
        return {"Authorization": f"Bearer {token}"}
