"""Every query of every panel returns data from a real Prometheus that scraped a real run."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import msgspec
import pytest
import pytest_asyncio

from services.demo.report import Report
from services.demo.run import run_demo
from services.embedded import embedded_system
from services.kit.clock import SystemClock
from services.kit.settings import ProcessSettings
from services.kit.tokens import development_key_files, issue_token, read_signing_key
from tests.support.prometheus import Prometheus, binary, prometheus_scraping

pytestmark = pytest.mark.prometheus

beside_the_system = pytest.mark.asyncio(loop_scope="module")
"""The system runs in the loop of the module, so the tests that ask about it do too."""

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "grafana" / "dashboards"
WINDOW = "20s"
"""What Grafana puts for ``$__rate_interval``, shortened to the length of the run."""
SETTLEMENTS = 1_000


@dataclass(frozen=True)
class Observed:
    """A run of the demonstration that was scraped from beginning to end."""

    prometheus: Prometheus
    report: Report
    began: float
    ended: float


class _Sink(BaseHTTPRequestHandler):
    """Takes whatever is exported: spans must be recorded for exemplars, nobody reads them here."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def collector():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Sink)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def database(postgres) -> str:
    return postgres.create_database("dashboards")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def observed(in_ci, database, collector, tmp_path_factory) -> AsyncIterator[Observed]:
    if binary() is None:
        reason = "DASHBOARD QUERIES ARE NOT RUN: prometheus not found; install Debian's package prometheus"
        if in_ci:
            pytest.fail(reason)
        pytest.skip(reason)
    state = tmp_path_factory.mktemp("dashboards")
    settings = ProcessSettings(state_directory=state, port=0, otlp_endpoint=collector, log_level="error")
    async with embedded_system(settings, database) as system:
        target = system.base_url.removeprefix("http://")
        async with prometheus_scraping(target, state / "prometheus") as prometheus:
            await asyncio.sleep(2)
            began = time.time()
            report = await run_demo(
                base_url=system.base_url,
                database_url=database,
                tokens=partial(
                    issue_token,
                    read_signing_key(development_key_files(state).signing_key),
                    issuer=settings.jwt_issuer,
                    audience=settings.jwt_audience,
                    now=SystemClock().now(),
                    lifetime=timedelta(hours=1),
                ),
                bus="direct",
                settlements=SETTLEMENTS,
            )
            # Two more scrapes: the last steps are seen, and the gauges after them.
            await asyncio.sleep(3)
            yield Observed(prometheus, report, began, time.time())


def queries() -> list[tuple[str, str, bool]]:
    """(dashboard and panel, expression, whether exemplars are shown) of every Prometheus target."""
    found = []
    for path in sorted(FOLDER.glob("*.json")):
        for panel in msgspec.json.decode(path.read_bytes())["panels"]:
            for target in panel.get("targets", ()):
                if target["datasource"]["type"] == "prometheus":
                    name = f"{path.stem}/{panel['title']}/{target['refId']}"
                    found.append((name, target["expr"], target["exemplar"]))
    return found


def filled_in(expression: str) -> str:
    """Put what Grafana would put for its variables."""
    filled = expression.replace("$__rate_interval", WINDOW).replace("$service", ".*")
    assert "$" not in filled
    return filled


def test_there_are_panels_to_ask_for():
    assert len(queries()) > 40


@beside_the_system
async def test_the_run_itself_went_well(observed):
    assert observed.report.problems == []
    assert observed.report.lost == 0


@beside_the_system
@pytest.mark.parametrize("expression", [pytest.param(one[1], id=one[0]) for one in queries()])
async def test_a_panel_shows_data(observed, expression):
    series = await observed.prometheus.series(filled_in(expression), start=observed.began, end=observed.ended)
    assert series, expression


@beside_the_system
@pytest.mark.parametrize("expression", [pytest.param(one[1], id=one[0]) for one in queries() if one[2]])
async def test_a_panel_with_exemplars_leads_to_traces(observed, expression):
    found = await observed.prometheus.ask(
        "query_exemplars", query=filled_in(expression), start=observed.began, end=observed.ended
    )
    traces = {exemplar["labels"]["trace_id"] for series in found for exemplar in series["exemplars"]}
    assert traces, expression
    assert all(re.fullmatch(r"[0-9a-f]{32}", trace) for trace in traces)


@beside_the_system
async def test_every_service_was_scraped_all_the_time(observed):
    found = await observed.prometheus.ask("query", query="avg_over_time(up[10s])", time=observed.ended)
    assert {series["metric"]["job"]: float(series["value"][1]) for series in found["result"]} == {
        "intake": 1.0,
        "screening": 1.0,
        "credit": 1.0,
        "tips": 1.0,
    }
