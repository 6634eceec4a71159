"""What a trace of intake holds: one span per settlement, its context in the outbox, and nothing of a person."""

import json

from services.kit.testing.spans import capture_spans
from tests.support.intake import HOSPITAL, INSURED_NUMBER, settlement

PATH = "/intake/v1/settlements"
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}


async def test_every_settlement_of_a_batch_has_a_span_of_its_own_that_its_fact_carries_on(
    client, hospital, rows
) -> None:
    body = "".join(json.dumps(settlement(f"S{number}")) + "\n" for number in range(3))
    with capture_spans() as capture:
        await client.post(f"{PATH}/batch", content=body, headers=hospital | PARENT)
    spans = {made.attributes["settlement.id"]: made for made in capture.spans("intake.settlement.accept")}
    assert set(spans) == {"S0", "S1", "S2"}
    for row in await rows("select settlement_ref, settlement_id, traceparent from settlement"):
        made = spans[row["settlement_id"]]
        assert row["traceparent"] == f"00-{TRACE}-{made.context.span_id:016x}-01"
        assert made.attributes["settlement.ref"] == str(row["settlement_ref"])
        assert made.attributes["institution.code"] == HOSPITAL
        assert made.attributes["settlement.outcome"] == "created"
    stated = await rows("select traceparent from outbox where topic = 'intake.settlement'")
    kept = await rows("select traceparent from settlement")
    assert sorted(row[0] for row in stated) == sorted(row[0] for row in kept)


async def test_without_an_exporter_a_settlement_keeps_the_trace_of_its_request(client, hospital, rows) -> None:
    answer = await client.post(PATH, json=settlement(), headers=hospital | PARENT)
    assert answer.headers["trace-id"] == TRACE
    assert (await rows("select traceparent from settlement"))[0][0].split("-")[1] == TRACE


async def test_no_span_and_no_log_line_holds_the_number_or_the_name_of_a_person(
    client, hospital, registrar, capfd
) -> None:
    with capture_spans() as capture:
        await client.post(PATH, json=settlement(), headers=hospital)
        await client.post(PATH, json=settlement(cash_paid_fen=0), headers=hospital)
        await client.post(f"{PATH}/{HOSPITAL}/S1/reversal", headers=hospital)
        await client.get("/intake/v1/practitioners", headers=registrar)
    told = " ".join(made.to_json() for made in capture.spans()) + "".join(capfd.readouterr())
    assert "intake.settlement.accept" in told
    assert INSURED_NUMBER not in told
    assert "张三" not in told
    assert "\\u5f20\\u4e09" not in told
