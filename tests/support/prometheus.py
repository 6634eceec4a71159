"""A real Prometheus over the services' own metrics pages, as docker-compose.yml runs it, with exemplars."""

import asyncio
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

SCRAPE_SECONDS = 1
SERVICES = ("intake", "screening", "credit", "tips")


def binary() -> str | None:
    """Where the program is; None when it is not installed."""
    return shutil.which("prometheus")


@dataclass(frozen=True)
class Prometheus:
    """A running server."""

    http: httpx.AsyncClient

    async def ask(self, path: str, **parameters: Any) -> Any:
        """Return the data of an answer of its HTTP interface."""
        answer = await self.http.get(f"/api/v1/{path}", params=parameters)
        content = answer.json()
        assert content["status"] == "success", content
        return content["data"]

    async def series(self, expression: str, *, start: float, end: float) -> list[dict[str, Any]]:
        """Series that hold at least one number (not NaN) between two instants."""
        found = await self.ask("query_range", query=expression, start=start, end=end, step=SCRAPE_SECONDS)
        return [one for one in found["result"] if any(value != "NaN" for _, value in one["values"])]


@asynccontextmanager
async def prometheus_scraping(target: str, directory: Path) -> AsyncIterator[Prometheus]:
    """Run a Prometheus that scrapes every service at ``target`` (host:port) until the context ends."""
    port = _free_port()
    process = _start(target, directory, port)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as http:
            await _ready(http, process)
            yield Prometheus(http)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _start(target: str, directory: Path, port: int) -> "subprocess.Popen[bytes]":
    directory.mkdir(parents=True)
    jobs = [
        {
            "job_name": service,
            "metrics_path": f"/{service}/metrics",
            "static_configs": [{"targets": [target]}],
        }
        for service in SERVICES
    ]
    (directory / "prometheus.yml").write_text(
        yaml.safe_dump(
            {
                "global": {"scrape_interval": f"{SCRAPE_SECONDS}s", "scrape_timeout": f"{SCRAPE_SECONDS}s"},
                "scrape_configs": jobs,
            }
        )
    )
    command = [
        str(binary()),
        f"--config.file={directory / 'prometheus.yml'}",
        f"--storage.tsdb.path={directory / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--enable-feature=exemplar-storage",
        "--log.level=warn",
    ]
    with (directory / "prometheus.log").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)


async def _ready(http: httpx.AsyncClient, process: "subprocess.Popen[bytes]") -> None:
    async with asyncio.timeout(30):
        while process.poll() is None:
            try:
                if (await http.get("/-/ready")).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
    raise AssertionError("prometheus ended at once")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
