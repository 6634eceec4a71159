"""A server that dies in the middle of an upload of 200 MB: nothing readable is left, nothing acknowledged is lost."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from services.kit.clock import SystemClock
from services.kit.db import connection_arguments
from services.kit.testing.tokens import TokenMint

MEBIBYTE = 2**20
MARK = b"PLAINTEXT-OF-THE-REPORTER-"
BOUNDARY = "form-boundary"
MOST_MEMORY_MEBIBYTES = 64
"""What the server may grow by while it takes 200 MiB."""


class Server:
    """`fundwarden serve tips` as a process of its own."""

    def __init__(self, state: Path, database_url: str) -> None:
        self.state = state
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ,
            "FUNDWARDEN_STATE_DIRECTORY": str(state),
            "FUNDWARDEN_DATABASE_URL": database_url,
            "FUNDWARDEN_PORT": str(self.port),
            "FUNDWARDEN_DEVELOPMENT": "true",
            "FUNDWARDEN_JWKS": str(state / "jwks.json"),
            "TMPDIR": str(state / "tmp"),
        }
        (state / "tmp").mkdir(exist_ok=True)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.state / "log").open("ab") as log:
            command = [sys.executable, "-m", "services.cli", "serve", "tips"]
            self.process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.base_url}/tips/health/ready", timeout=2).is_success:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        pytest.fail((self.state / "log").read_text()[-2000:])

    def end(self, number: int) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(30)

    def memory_mebibytes(self) -> float:
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


@pytest.fixture
def server(tmp_path: Path, database_url: str) -> Iterator[Server]:
    TokenMint(SystemClock()).write_jwks(tmp_path)
    running = Server(tmp_path, database_url)
    running.start()
    yield running
    running.end(signal.SIGTERM)


def content() -> Iterator[bytes]:
    """199 MiB of a film, each MiB of it with a mark."""
    yield b"\0\0\0\x18ftypmp42" + bytes(MEBIBYTE - 12)
    block = MARK + os.urandom(MEBIBYTE - len(MARK))
    for _ in range(198):
        yield block


def parts() -> Iterator[bytes]:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{{}}"{{}}\r\n\r\n'
    yield (head.format("tip", "") + '{"kind": "other", "text": "大文件"}\r\n').encode()
    yield head.format("files", '; filename="film.mp4"').encode()
    yield from content()
    yield f"\r\n--{BOUNDARY}--\r\n".encode()


def send(server: Server, body: Iterator[bytes]) -> httpx.Response:
    headers = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
    return httpx.post(f"{server.base_url}/tips/v1/tips-with-files", content=body, headers=headers, timeout=120)


def look_up(server: Server, receipt: str) -> Any:
    return httpx.post(f"{server.base_url}/tips/v1/lookup", json={"receipt": receipt}, timeout=60).json()


def dying(server: Server, seen: list[float]) -> Iterator[bytes]:
    """The form, whose server is killed after 120 MiB."""
    for number, part in enumerate(parts()):
        yield part
        if number % 20 == 0:
            seen.append(server.memory_mebibytes())
        if number == 120:
            server.end(signal.SIGKILL)


def every_file(state: Path) -> list[Path]:
    return [path for path in state.rglob("*") if path.is_file()]


async def rows(database_url: str, query: str) -> Any:
    connection = await asyncpg.connect(**connection_arguments(database_url), server_settings={"search_path": "tips"})
    try:
        return await connection.fetch(query)
    finally:
        await connection.close()


async def test_a_kill_in_the_middle_of_an_upload_leaves_nothing_readable_and_loses_nothing(
    server: Server, database_url: str, tmp_path: Path
):
    acknowledged = send(server, parts())
    assert acknowledged.status_code == 201, acknowledged.text
    before = server.memory_mebibytes()
    seen: list[float] = []
    with pytest.raises(httpx.TransportError):
        send(server, dying(server, seen))
    assert max(seen) - before < MOST_MEMORY_MEBIBYTES

    (part,) = (tmp_path / "tips-files" / "incoming").iterdir()
    assert part.stat().st_size > 50 * MEBIBYTE, "the upload was well under way"
    for path in every_file(tmp_path):
        assert MARK not in path.read_bytes(), path
    assert list((tmp_path / "tmp").iterdir()) == []
    (counted,) = await rows(database_url, "select (select count(*) from tips), (select count(*) from attachments)")
    assert tuple(counted) == (1, 1)

    server.start()
    headers = TokenMint(SystemClock())
    headers.write_jwks(tmp_path)
    (file,) = await rows(database_url, "select tip_id, id from attachments")
    with httpx.stream(
        "GET",
        f"{server.base_url}/tips/v1/tips/{file['tip_id']}/files/{file['id']}",
        headers=headers.bearer("tip_handler"),
        timeout=120,
    ) as answer:
        assert answer.status_code == 200
        size = sum(len(chunk) for chunk in answer.iter_bytes())
    assert size == 199 * MEBIBYTE
    receipt = acknowledged.json()["receipt"]
    looked_up = look_up(server, receipt)
    assert [entry["size_bytes"] for entry in looked_up["files"]] == [199 * MEBIBYTE]
    log = (tmp_path / "log").read_bytes()
    assert MARK not in log
    assert b"film.mp4" not in log
    assert receipt.encode() not in log
