"""The metrics page as Prometheus reads it."""

import uuid

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from services.kit.metrics_page import render
from services.kit.telemetry import counter, current_trace_id, gauge, histogram, span
from services.kit.telemetry.measures import frequent_counter
from services.kit.testing.spans import capture_spans

PROMETHEUS = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)


@pytest.fixture
def name():
    """An instrument lives as long as the process, so each test takes a name of its own."""
    return f"spine.test{uuid.uuid4().hex}"


def samples(name, *, accept="", service=None):
    content, media_type = render(accept, service=service)
    read = read_openmetrics if "openmetrics" in media_type else read_text
    wanted = name.replace(".", "_")
    return [
        sample
        for family in read(content.decode())
        for sample in family.samples
        if sample.name.startswith(wanted) and not sample.name.endswith("_created")
    ]


def test_a_counter_ends_in_total(name):
    counter(name, "1", "Things.").add(3, {"service": "intake", "http.route": "/x"})
    (sample,) = samples(name)
    assert sample.name == name.replace(".", "_") + "_total"
    assert (sample.labels, sample.value) == ({"service": "intake", "http_route": "/x"}, 3)


def test_a_gauge_shows_the_last_value_with_its_unit(name):
    age = gauge(name, "s", "Age.")
    age.set(5, {"service": "intake"})
    age.set(2.5, {"service": "intake"})
    (sample,) = samples(name)
    assert (sample.name, sample.value) == (name.replace(".", "_") + "_seconds", 2.5)


def test_a_histogram_counts_upwards_through_its_buckets(name):
    delay = histogram(name, "s", "Delay.", buckets=[1, 5])
    for value in (0.5, 1, 3, 30):
        delay.record(value, {"service": "intake"})
    found = {(sample.name.rpartition("_")[2], sample.labels.get("le")): sample.value for sample in samples(name)}
    assert found == {
        ("bucket", "1.0"): 2,
        ("bucket", "5.0"): 3,
        ("bucket", "+Inf"): 4,
        ("count", None): 4,
        ("sum", None): 34.5,
    }


def test_openmetrics_carries_the_trace_of_a_measurement_and_keeps_it_for_the_next_reader(name):
    delay = histogram(name, "s", "Delay.", buckets=[1, 5])
    with capture_spans(), span("screening.consume"):
        delay.record(3, {"service": "screening"})
        trace_id = current_trace_id()
    for _ in range(2):
        by_bound = {sample.labels.get("le"): sample.exemplar for sample in samples(name, accept=PROMETHEUS)}
        assert by_bound["1.0"] is None
        assert by_bound["+Inf"] is None
        assert by_bound["5.0"].labels["trace_id"] == trace_id
        assert by_bound["5.0"].value == 3
        assert float(by_bound["5.0"].timestamp) > 1_700_000_000


def test_a_counter_carries_an_exemplar_too(name):
    things = counter(name, "1", "Things.")
    with capture_spans(), span("intake.accept"):
        things.add(1, {"service": "intake"})
        trace_id = current_trace_id()
    (sample,) = samples(name, accept=PROMETHEUS)
    assert sample.exemplar.labels["trace_id"] == trace_id


def test_a_frequent_counter_counts_once_however_often_it_is_read(name):
    things = frequent_counter(name, "1", "Things.")
    label = (("service", "intake"), ("infno", "2201"))
    for _ in range(3):
        things.add(1, label, exemplar=False)
    assert [sample.value for sample in samples(name)] == [3]
    things.add(2, label, exemplar=False)
    for _ in range(2):
        assert [(sample.labels["infno"], sample.value) for sample in samples(name)] == [("2201", 5)]


def test_a_frequent_counter_keeps_the_trace_of_a_recorded_span(name):
    things = frequent_counter(name, "1", "Things.")
    with capture_spans(), span("intake.accept"):
        things.add(1, (("service", "intake"),), exemplar=True)
        trace_id = current_trace_id()
    (sample,) = samples(name, accept=PROMETHEUS)
    assert sample.exemplar.labels["trace_id"] == trace_id


def test_an_exemplar_survives_that_another_services_page_is_read_first(name):
    delay = histogram(name, "s", "Delay.", buckets=[1, 5])
    with capture_spans(), span("screening.batch"):
        delay.record(3, {"service": "screening"})
        trace_id = current_trace_id()
    render(PROMETHEUS, service="tips")
    by_bound = {sample.labels.get("le"): sample.exemplar for sample in samples(name, accept=PROMETHEUS)}
    assert by_bound["5.0"].labels["trace_id"] == trace_id


def test_a_trace_that_is_not_recorded_leaves_no_exemplar(name):
    delay = histogram(name, "s", "Delay.")
    with span("x", parent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"):
        delay.record(3, {"service": "intake"})
    assert not [sample for sample in samples(name, accept=PROMETHEUS) if sample.exemplar]


def test_a_service_sees_its_own_series_alone(name):
    things = counter(name, "1", "Things.")
    things.add(1, {"service": "intake"})
    things.add(2, {"service": "credit"})
    assert [sample.value for sample in samples(name, service="credit")] == [2]
    assert len(samples(name)) == 2


def test_an_instrument_of_a_service_need_not_name_it():
    unique = f"credit.test{uuid.uuid4().hex}"
    counter(unique, "1", "Things.").add(1)
    assert [sample.labels for sample in samples(unique, service="credit")] == [{"service": "credit"}]


def test_the_process_itself_is_on_every_page():
    assert b"process_resident_memory_bytes" in render("", service="nobody")[0]


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", "text/plain; version=0.0.4"),
        ("text/html", "text/plain; version=0.0.4"),
        (PROMETHEUS, "application/openmetrics-text; version=1.0.0"),
    ],
)
def test_the_form_is_the_one_asked_for(accept, media_type):
    content, told = render(accept)
    assert told.startswith(media_type)
    assert content.endswith(b"# EOF\n") is ("openmetrics" in media_type)


async def test_the_page_of_a_service_is_open_and_has_its_requests(serve):
    async with serve() as client:
        await client.get("/probe/v1/none")
        answer = await client.get("/probe/metrics", headers={"Accept": PROMETHEUS})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert 'http_server_request_duration_seconds_bucket{le="0.001",method="GET",route="(none)"' in answer.text
