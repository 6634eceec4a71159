"""One trace id from the POST of a settlement to the points, through every process, over a real Kafka."""

import httpx
import pytest

from tests.support import load
from tests.support.installation import installed
from tests.support.journey import Journey, claim, eventually
from tests.support.otlp import receiving

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(240)]

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
STEPS = {
    ("fundwarden-api", "POST /intake/v1/settlements"),
    ("fundwarden-api", "intake.settlement.accept"),
    ("fundwarden-screening", "screening.settlement.screen"),
    ("fundwarden-api", "screening.finding.confirm"),
    ("fundwarden-credit", "credit.score.record"),
    ("fundwarden-api", "credit.points.record"),
}


@pytest.fixture
def observed(tmp_path, java_and_maven):
    with (
        receiving() as receiver,
        installed(tmp_path, environment={"FUNDWARDEN_OTLP_ENDPOINT": receiver.endpoint}) as running,
    ):
        yield running, receiver


async def test_one_trace_shows_the_way_from_the_post_to_the_points(observed) -> None:
    running, receiver = observed
    async with httpx.AsyncClient(base_url=running.system.base_url, timeout=30) as client:
        journey = Journey(client, running.header)
        await load.register(client, running.header("registrar"))
        body = claim("TRACE1")
        taken = await journey.post(body, traceparent=f"00-{TRACE_ID}-00f067aa0ba902b7-01")
        finding = await journey.finding_of(taken["settlement_ref"])
        await journey.confirm(finding["finding_id"])
        await journey.sanction(finding["finding_id"])

        async def complete() -> bool:
            seen = {(span.service, span.name) for span in receiver.spans() if span.trace_id == TRACE_ID}
            return seen >= STEPS

        await eventually(complete, seconds=60)
    spans = [span for span in receiver.spans() if span.trace_id == TRACE_ID]
    by_id = {span.span_id: span for span in spans}
    [posted] = [span for span in spans if span.name == "POST /intake/v1/settlements"]
    for span in spans:
        above = span
        while above.parent_id in by_id:
            above = by_id[above.parent_id]
        assert above is posted, f"{span.name} hangs from {above.name}"
    [accepted] = [span for span in spans if span.name == "intake.settlement.accept"]
    assert accepted.attributes["settlement.id"] == "TRACE1"
    exported = receiver.everything()
    for secret in (body["insured_person"]["number"], body["insured_person"]["birth_date"], "演练"):
        assert secret.encode() not in exported
