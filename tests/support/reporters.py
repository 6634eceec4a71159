"""Many reporters at once, each with a tip and a picture, and the memory of the process that serves them."""

import asyncio
import io
import os
import random
import ssl
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import STDOUT, Popen, TimeoutExpired
from typing import Any

import asyncpg
import httpx
from PIL import Image

from services.kit.clock import SystemClock
from services.kit.db import connection_arguments
from services.kit.testing.tokens import TokenMint
from tests.support.installation import free_port

TEXT_BYTES = 2_000
PICTURE_SIZE = (448, 448)
"""Noise of this size makes a JPEG of 200 KB."""
PATIENCE_SECONDS = 300.0
_TLS = ssl.create_default_context()
"""One for all clients: to make one takes longer than to report."""
_COME_BACK = frozenset({429, 503})


@dataclass
class Figures:
    """What a crowd of reporters saw."""

    acknowledged: list[str] = field(default_factory=list)
    """Receipts."""
    found: int = 0
    """Look-ups that showed the tip with its picture."""
    filing_seconds: list[float] = field(default_factory=list)
    """From the first try to the receipt, with every time a reporter was told to come back."""
    lookup_seconds: list[float] = field(default_factory=list)
    told_to_come_back: int = 0
    seconds: float = 0.0
    most_mebibytes: float = 0.0

    @property
    def reports_per_second(self) -> float:
        """Receipts a second, from the first request to the last answer."""
        return len(self.acknowledged) / self.seconds


def percentile(values: list[float], share: int) -> float:
    """Return the value that a share (0-100) of all values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * share // 100)]


def picture(generator: random.Random) -> bytes:
    """A picture of about 200 KB as a telephone makes it: it names the device and has XMP."""
    exif = Image.Exif()
    exif[0x010F] = "telephone"
    out = io.BytesIO()
    pixels = Image.frombytes("RGB", PICTURE_SIZE, generator.randbytes(PICTURE_SIZE[0] * PICTURE_SIZE[1] * 3))
    pixels.save(out, "JPEG", quality=92, exif=exif, xmp=bytes(4096))
    return out.getvalue()


@dataclass(frozen=True)
class Serving:
    """A process that serves tips."""

    base_url: str
    pid: int

    def mebibytes(self) -> float:
        """Memory of the process and of those it started, in MiB; what several share is divided among them."""
        return sum(_proportional(pid) for pid in [self.pid, *_children(self.pid)])


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _proportional(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/smaps_rollup").read_text().split("\nPss:")[1].split()[0]) / 1024
    except (OSError, IndexError):
        # It has ended meanwhile.
        return 0.0


@contextmanager
def serving(state: Path, url: str, environment: Mapping[str, str] | None = None) -> Iterator[Serving]:
    """Run `fundwarden serve tips`, its settings as shipped but for ``environment``."""
    TokenMint(SystemClock()).write_jwks(state)
    port = free_port()
    environment = {
        **os.environ,
        **(environment or {}),
        "FUNDWARDEN_STATE_DIRECTORY": str(state),
        "FUNDWARDEN_DATABASE_URL": url,
        "FUNDWARDEN_PORT": str(port),
        "FUNDWARDEN_DEVELOPMENT": "true",
        "FUNDWARDEN_JWKS": str(state / "jwks.json"),
        "FUNDWARDEN_LOG_LEVEL": "warning",
    }
    command = [sys.executable, "-m", "services.cli", "serve", "tips"]
    with (state / "log").open("ab") as log, Popen(command, env=environment, stdout=log, stderr=STDOUT) as process:
        try:
            base_url = f"http://127.0.0.1:{port}"
            deadline = time.monotonic() + 60
            while not _ready(base_url):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise OSError((state / "log").read_text()[-2000:])
                time.sleep(0.1)
            yield Serving(base_url, process.pid)
        finally:
            process.terminate()
            try:
                process.wait(30)
            except TimeoutExpired:
                # A process that stands still must fail the test, not hold it for ever.
                process.kill()


def _ready(base_url: str) -> bool:
    try:
        return httpx.get(f"{base_url}/tips/health/ready", timeout=2).is_success
    except httpx.HTTPError:
        return False


async def crowd(served: Serving, count: int, *, seed: int = 1) -> Figures:
    """Let a number of reporters come at the same moment; each on a connection of their own."""
    figures = Figures()
    generator = random.Random(seed)
    pictures = [picture(generator) for _ in range(10)]
    async with _watched(served, figures):
        started = time.perf_counter()
        await asyncio.gather(
            *(_one(served.base_url, figures, pictures[number % 10], number, seed) for number in range(count))
        )
        figures.seconds = time.perf_counter() - started
    return figures


async def _one(base_url: str, figures: Figures, photo: bytes, number: int, seed: int) -> None:
    words = f"第 {seed}-{number} 份：" + "护士长让我们代刷医保卡，" * (TEXT_BYTES // 36)
    async with httpx.AsyncClient(base_url=base_url, timeout=PATIENCE_SECONDS, verify=_TLS) as client:
        form = [("kind", (None, "identity_lending")), ("text", (None, words)), ("files", ("照片.jpg", photo))]
        began = time.perf_counter()
        page = await _patiently(client, "/tips/report", figures, files=form)
        assert page.status_code == httpx.codes.CREATED, page.text[:500]
        figures.filing_seconds.append(time.perf_counter() - began)
        receipt = page.text.split('name="receipt" value="')[1][:16]
        figures.acknowledged.append(receipt)
        began = time.perf_counter()
        answer = await _patiently(client, "/tips/v1/lookup", figures, json={"receipt": receipt})
        figures.lookup_seconds.append(time.perf_counter() - began)
        figures.found += answer.is_success and len(answer.json()["files"]) == 1


async def _patiently(client: httpx.AsyncClient, path: str, figures: Figures, **body: Any) -> httpx.Response:
    """Send until it is taken, as a person does who is told to come back."""
    while True:
        answer = await client.post(path, **body)
        if answer.status_code not in _COME_BACK:
            return answer
        figures.told_to_come_back += 1
        await asyncio.sleep(float(answer.headers.get("Retry-After", "1")))


@asynccontextmanager
async def _watched(served: Serving, figures: Figures) -> AsyncIterator[None]:
    async def watch() -> None:
        while True:
            figures.most_mebibytes = max(figures.most_mebibytes, served.mebibytes())
            await asyncio.sleep(0.2)

    watcher = asyncio.create_task(watch())
    try:
        yield
    finally:
        watcher.cancel()


async def stored(url: str) -> tuple[int, int]:
    """Return how many tips and how many attachments the database has."""
    connection = await asyncpg.connect(**connection_arguments(url))
    try:
        row = await connection.fetchrow(
            "select (select count(*) from tips.tips), (select count(*) from tips.attachments)"
        )
        return int(row[0]), int(row[1])
    finally:
        await connection.close()
