"""Spans and trace context, with and without a pipeline."""

import pytest
from opentelemetry import trace

from services.kit.telemetry import current_trace_id, current_traceparent, span
from services.kit.telemetry.traces import parse_traceparent
from services.kit.testing.spans import capture_spans

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OTHER = "00-11111111111111111111111111111111-2222222222222222-01"


def test_outside_of_any_trace_there_is_no_traceparent():
    assert current_traceparent() is None
    assert current_trace_id() is None


def test_without_a_pipeline_no_span_is_made():
    with span("intake.store") as current:
        assert not current.is_recording()
        assert current_traceparent() is None


def test_without_a_pipeline_the_same_span_serves_all_and_may_be_nested():
    with span("a") as outer, span("b") as inner:
        assert outer is inner


def test_without_a_pipeline_a_given_trace_still_goes_on():
    with span("screening.consume", parent=PARENT):
        assert current_traceparent() == PARENT
        with span("screening.store"):
            assert current_traceparent() == PARENT
    assert current_traceparent() is None


def test_a_span_is_a_child_of_the_given_parent():
    with capture_spans() as capture, span("screening.consume", parent=PARENT, attributes={"rule": "R01"}):
        traceparent = current_traceparent()
        assert current_trace_id() == "0af7651916cd43dd8448eb211c80319c"
    (made,) = capture.spans("screening.consume")
    assert f"{made.parent.span_id:016x}" == "b7ad6b7169203331"
    assert traceparent == f"00-0af7651916cd43dd8448eb211c80319c-{made.context.span_id:016x}-01"
    assert dict(made.attributes) == {"rule": "R01"}


def test_the_given_parent_comes_before_the_current_span():
    with capture_spans() as capture, span("batch"), span("one", parent=PARENT):
        pass
    one, batch = capture.spans()
    assert f"{one.context.trace_id:032x}" == "0af7651916cd43dd8448eb211c80319c"
    assert one.context.trace_id != batch.context.trace_id


def test_a_batch_links_to_the_traces_of_its_messages_and_passes_over_rubbish():
    with capture_spans() as capture, span("batch", links=[PARENT, "rubbish", OTHER]):
        pass
    assert [f"{link.context.trace_id:032x}"[:2] for link in capture.spans()[0].links] == ["0a", "11"]


def test_an_exception_leaves_its_class_and_never_its_message():
    with capture_spans() as capture, pytest.raises(ValueError, match="110105"), span("failing"):
        raise ValueError("110105199003078888")
    (failed,) = capture.spans()
    assert failed.attributes["error.type"] == "ValueError"
    assert failed.status.status_code is trace.StatusCode.ERROR
    assert "110105" not in capture.text()


def test_a_trace_that_its_sender_does_not_record_is_carried_on_unrecorded():
    with span("quiet", parent=PARENT[:-2] + "00"):
        assert current_traceparent().endswith("-00")


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "rubbish",
        "ff" + PARENT[2:],
        PARENT.upper(),
        "00-" + "0" * 32 + "-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-" + "0" * 16 + "-01",
        PARENT[:-1],
    ],
)
def test_what_is_not_a_traceparent_is_passed_over(text):
    assert parse_traceparent(text) is None


def test_a_later_version_is_read_as_far_as_it_is_known():
    assert parse_traceparent("01" + PARENT[2:] + "-future").is_valid


def test_what_was_captured_ends_with_the_block():
    with capture_spans() as capture:
        pass
    with span("later"):
        assert current_traceparent() is None
    assert capture.spans() == []
