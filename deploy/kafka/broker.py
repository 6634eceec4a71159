"""A single Apache Kafka broker (KRaft) on 127.0.0.1, started from jars that Maven resolves; needs Java 17 and Maven.

    python -m deploy.kafka.broker start --port 19092 --directory .fundwarden/kafka
    python -m deploy.kafka.broker stop --directory .fundwarden/kafka

As a module: ``with Broker(directory) as broker: broker.bootstrap``.
"""

import argparse
import atexit
import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

HERE = Path(__file__).resolve().parent
DEFAULT_DIRECTORY = HERE.parents[1] / ".fundwarden" / "kafka"

_HOST = "127.0.0.1"
_CLUSTER = "ZnVuZHdhcmRlbi10ZXN0cw"
"""Cluster id: 16 bytes in URL-safe base64, the same for every test cluster."""

_JAVA = (
    # Two cores shared with the system under test: one collector thread, a small steady heap, no perf-data file.
    *("-XX:+UseSerialGC", "-XX:-UsePerfData", "-Xshare:auto", "-Djava.awt.headless=true"),
    f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}",
)


class BrokerError(RuntimeError):
    """The broker could not be resolved, started or reached; the message says which and where its log is."""


def missing_tools() -> list[str]:
    """Names of the programs that are needed and not on the path; empty when a broker can be started."""
    return [tool for tool in ("java", "mvn") if shutil.which(tool) is None]


def resolve_jars(folder: Path) -> Path:
    """Copy the broker's jars into ``folder`` unless they are there for this very POM; safe to call side by side.

    Raises BrokerError when Maven is missing or fails.
    """
    pom = HERE / "pom.xml"
    wanted = hashlib.sha256(pom.read_bytes()).hexdigest()
    stamp = folder / "pom.sha256"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "lib.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == wanted:
            return folder
        if missing := missing_tools():
            raise BrokerError(f"not on the path: {', '.join(missing)}")
        for old in folder.glob("*.jar"):
            old.unlink()
        command = ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", "-DincludeScope=runtime"]
        run = subprocess.run(  # noqa: S603 - fixed program, our own arguments
            [*command, f"-DoutputDirectory={folder}"], capture_output=True, text=True, check=False
        )
        if run.returncode != 0:
            raise BrokerError(f"Maven could not resolve the broker:\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
        stamp.write_text(wanted)
    return folder


class Broker:
    """One broker and its data directory. ``stop`` is a clean end, ``kill`` is SIGKILL; both keep the data."""

    def __init__(
        self, directory: Path, *, port: int = 0, jars: Path | None = None, heap_mb: int = 512, detached: bool = False
    ) -> None:
        self.directory = directory.resolve()
        """Holds ``data/``, ``server.properties``, ``broker.log`` and ``broker.pid``."""
        self.port = port or _remembered_port(self.directory) or _free_port()
        """Client port; 0 means the one this directory had before, or a free one."""
        self._jars = jars or DEFAULT_DIRECTORY / "lib"
        self._heap_mb = heap_mb
        self._detached = detached
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        """What a Kafka client takes as bootstrap servers."""
        return f"{_HOST}:{self.port}"

    @property
    def log(self) -> Path:
        """The broker's own output."""
        return self.directory / "broker.log"

    def start(self, *, timeout: float = 60.0) -> Self:
        """Start and wait till the broker answers, ``timeout`` seconds at most.

        Raises BrokerError when one runs here already, when the process ends early or does not answer in time.
        """
        if self.pid() is not None:
            raise BrokerError(f"a broker runs already in {self.directory}")
        resolve_jars(self._jars)
        properties = self._write_properties()
        if not (self.directory / "data" / "meta.properties").exists():
            self._format(properties)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - fixed program, our own arguments
                self._java("kafka.Kafka", str(properties)), stdout=log, stderr=log, start_new_session=True
            )
        (self.directory / "broker.pid").write_text(str(self._process.pid))
        if not self._detached:
            atexit.register(self.kill)
        deadline = time.monotonic() + timeout
        while not _answers(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise BrokerError(f"the broker did not come up; see {self.log}:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.05)
        return self

    def stop(self, *, timeout: float = 30.0) -> None:
        """End it cleanly and wait; after ``timeout`` seconds it is killed. Nothing to stop is fine."""
        self._end(signal.SIGTERM, timeout)
        if self.pid() is not None:
            self.kill()

    def kill(self) -> None:
        """End it at once, as a power cut would. Nothing to kill is fine."""
        self._end(signal.SIGKILL, 10.0)

    def restart(self, *, clean: bool = True) -> None:
        """Stop (or, with ``clean=False``, kill) and start again on the same port with the same data."""
        if clean:
            self.stop()
        else:
            self.kill()
        self.start()

    def pid(self) -> int | None:
        """Process id of the running broker of this directory, also one that another process started."""
        file = self.directory / "broker.pid"
        try:
            pid = int(file.read_text())
        except (FileNotFoundError, ValueError):
            return None
        if self._process is not None and self._process.pid == pid and self._process.poll() is not None:
            return None
        return pid if _is_broker(pid, self.directory) else None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _end(self, number: signal.Signals, timeout: float) -> None:
        atexit.unregister(self.kill)
        pid = self.pid()
        if pid is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        _wait_until(lambda: self.pid() is None, timeout)
        if self._process is not None and self.pid() is None:
            self._process.wait()
            self._process = None

    def _java(self, main_class: str, *arguments: str) -> list[str]:
        memory = (f"-Xms{self._heap_mb // 2}m", f"-Xmx{self._heap_mb}m")
        return ["java", *memory, *_JAVA, "-cp", f"{self._jars}/*", main_class, *arguments]

    def _format(self, properties: Path) -> None:
        command = self._java("kafka.tools.StorageTool", "format", "-t", _CLUSTER, "-c", str(properties))
        run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - as above
        if run.returncode != 0:
            raise BrokerError(f"storage could not be formatted:\n{run.stdout[-2000:]}{run.stderr[-2000:]}")

    def _write_properties(self) -> Path:
        self.directory.mkdir(parents=True, exist_ok=True)
        path = self.directory / "server.properties"
        controller = _property(path, "controller.port.of.ours") or str(_free_port())
        settings = {
            "controller.port.of.ours": controller,
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@{_HOST}:{controller}",
            "listeners": f"PLAINTEXT://{_HOST}:{self.port},CONTROLLER://{_HOST}:{controller}",
            "advertised.listeners": f"PLAINTEXT://{_HOST}:{self.port}",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": str(self.directory / "data"),
            # A topic that nobody declared is a mistake to be seen, here as in production.
            "auto.create.topics.enable": "false",
            # One node: every internal topic has one copy, and few partitions so that a start stays quick.
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "4",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "transaction.state.log.num.partitions": "1",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            # Tests start and kill group members; they shall not wait out the defaults made for big clusters.
            "group.initial.rebalance.delay.ms": "0",
            "group.min.session.timeout.ms": "1000",
            # A killed broker may register again only when its old session is over.
            "broker.session.timeout.ms": "3000",
            "broker.heartbeat.interval.ms": "500",
            # The cleaner's default buffer alone would be a quarter of this heap.
            "log.cleaner.dedupe.buffer.size": str(8 * 1024 * 1024),
            "num.network.threads": "2",
            "num.io.threads": "4",
        }
        path.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        return path


def _property(path: Path, name: str) -> str | None:
    if not path.exists():
        return None
    lines = (line.partition("=") for line in path.read_text().splitlines())
    return next((value for key, _, value in lines if key == name), None)


def _remembered_port(directory: Path) -> int | None:
    advertised = _property(directory / "server.properties", "advertised.listeners")
    return int(advertised.rpartition(":")[2]) if advertised else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    """Whether a broker answers an ApiVersions request; an open port alone does not mean that it serves."""
    request = struct.pack(">hhih", 18, 0, 1, -1)
    try:
        with socket.create_connection((_HOST, port), timeout=1.0) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            return len(connection.recv(4)) > 0
    except OSError:
        return False


def _is_broker(pid: int, directory: Path) -> bool:
    """Whether ``pid`` is the broker of ``directory``: a stale pid file must never end a stranger."""
    return str(directory / "server.properties") in _arguments_of(pid)


def _arguments_of(pid: int) -> str:
    """Command line of a living process, empty when it is gone or a zombie."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _wait_until(done: Callable[[], bool], timeout: float) -> None:
    for _ in _ticks(timeout):
        if done():
            return


def _ticks(timeout: float) -> Iterator[None]:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        yield
        time.sleep(0.05)


def main() -> int:
    """Start, stop or look at a broker that outlives this command."""
    parser = argparse.ArgumentParser(prog="python -m deploy.kafka.broker", description=main.__doc__)
    parser.add_argument("action", choices=("start", "stop", "status"))
    parser.add_argument("--port", type=int, default=0, help="client port; default: as before, or a free one")
    parser.add_argument("--directory", type=Path, default=DEFAULT_DIRECTORY, help="data directory")
    parser.add_argument("--heap-mb", type=int, default=512, help="Java heap in MB")
    arguments = parser.parse_args()
    broker = Broker(arguments.directory, port=arguments.port, heap_mb=arguments.heap_mb, detached=True)
    try:
        if arguments.action == "start" and broker.pid() is None:
            broker.start()
        elif arguments.action == "stop":
            broker.stop()
    except BrokerError as error:
        print(error, file=sys.stderr)
        return 1
    running = broker.pid() is not None
    print(broker.bootstrap if running else "no broker runs")
    return 0 if running or arguments.action == "stop" else 1


if __name__ == "__main__":
    sys.exit(main())
