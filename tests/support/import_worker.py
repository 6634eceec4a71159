"""The part of the intake worker that runs imports, as a process of its own that can be measured and killed.

python -m tests.support.import_worker
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx
import psutil

from services.intake import worker
from services.intake.settings import IntakeSettings
from services.intake.wiring import open_resources
from services.kit.runner import run_process, stop_on_signals
from tests.support.intake_process import ROOT, IntakeProcess

IMPORTS = "/intake/v1/imports"


class ImportWorker:
    """A running worker; the environment is that of the API whose files it imports."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = {**os.environ, **environment}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start it."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.import_worker"], env=self._environment, cwd=ROOT
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it and wait."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait(30)

    def kill(self) -> None:
        """End it at once, as a lost machine would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def resident_megabytes(self) -> float:
        """Memory it holds now."""
        assert self._process is not None
        return psutil.Process(self._process.pid).memory_info().rss / 2**20


async def import_file(
    api: IntakeProcess, content: bytes, kind: str, *, role: str, mode: str = "good_rows", **claims: str
) -> dict[str, Any]:
    """Send a file and wait for the end of its job."""
    headers = api.header(role, **claims)
    async with httpx.AsyncClient(base_url=api.base_url, timeout=120, headers=headers) as client:
        answer = await client.post(IMPORTS, params={"kind": kind, "mode": mode}, content=content)
        answer.raise_for_status()
        while True:
            job: dict[str, Any] = (await client.get(answer.headers["Location"])).json()
            if job["finished_at"] is not None:
                return job
            await asyncio.sleep(0.05)


async def main() -> None:
    """Run imports until a signal comes."""
    with stop_on_signals() as stop:
        async with open_resources(IntakeSettings()) as resources:
            await worker.imports(resources)(stop)


if __name__ == "__main__":
    run_process(main())
