"""An installation of separate processes on this machine, over a real Kafka: for demonstrations and drills."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

ROLES: dict[str, tuple[str, ...]] = {
    "api": ("serve", "all"),
    "intake": ("work", "intake"),
    "screening": ("work", "screening"),
    "credit": ("work", "credit"),
    "tips": ("work", "tips"),
}
"""Processes of an installation by name, and the `fundwarden` command each runs."""

START_SECONDS = 60
STOP_SECONDS = 30


class Distributed:
    """Processes by role. Each can be started, stopped (SIGTERM) and killed (SIGKILL) by itself; logs go to files."""

    def __init__(
        self,
        *,
        state: Path,
        database_url: str,
        kafka: str,
        port: int,
        roles: Mapping[str, Sequence[str]] = ROLES,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.state = state
        self.base_url = f"http://127.0.0.1:{port}"
        self._roles = {name: tuple(command) for name, command in roles.items()}
        self._environment = {
            **os.environ,
            "FUNDWARDEN_STATE_DIRECTORY": str(state),
            "FUNDWARDEN_DATABASE_URL": database_url,
            "FUNDWARDEN_BUS": "kafka",
            "FUNDWARDEN_KAFKA": kafka,
            "FUNDWARDEN_PORT": str(port),
            "FUNDWARDEN_DEVELOPMENT": "true",
            **(environment or {}),
        }
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        """Start every role; the API answers when this returns."""
        for role in self._roles:
            self.start(role)
        self.wait_ready()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop what runs, all at once, and wait."""
        for process in self._processes.values():
            if process.poll() is None:
                process.terminate()
        for role in list(self._processes):
            self.stop(role)

    def add(self, role: str, command: Sequence[str]) -> None:
        """Make one more role known; ``start`` starts it."""
        self._roles[role] = tuple(command)

    def start(self, role: str) -> None:
        """Start one process; its output is appended to ``<state>/logs/<role>.log``."""
        logs = self.state / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        with (logs / f"{role}.log").open("ab") as log:
            self._processes[role] = subprocess.Popen(  # noqa: S603 - our own command, our own arguments
                [sys.executable, "-m", "services.cli", *self._roles[role]],
                env=self._environment,
                stdout=log,
                stderr=log,
            )

    def stop(self, role: str) -> int:
        """End one process gracefully and return its exit code; one that does not end is killed."""
        process = self._processes[role]
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def kill(self, role: str) -> None:
        """End one process at once, as a lost machine would."""
        self._processes[role].kill()
        self._processes[role].wait()

    def pid(self, role: str) -> int:
        """Process id of a role."""
        return self._processes[role].pid

    def wait_ready(self) -> None:
        """Wait until the API answers; raises RuntimeError with the end of its log when it does not."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._processes["api"].poll() is not None:
                break
            try:
                if httpx.get(f"{self.base_url}/intake/health/ready", timeout=2).is_success:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        log = (self.state / "logs" / "api.log").read_text(errors="replace")
        raise RuntimeError(f"the API did not come up:\n{log[-2000:]}")
