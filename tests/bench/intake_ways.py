"""The ways settlements come in, each driven as fast as it takes them; all return settlements a second."""

import asyncio
import json
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.kit.clock import BUSINESS_ZONE
from tests.support import fsi, load
from tests.support.import_worker import ImportWorker, import_file
from tests.support.intake_process import IntakeProcess
from tests.support.tables import as_csv, flat
from tests.support.wire import post_each, stream_lines

CONNECTIONS = 64
PART = 100
"""Settlements that a client hands to the network at once."""


async def single_per_second(apis: Sequence[IntakeProcess], bodies: Sequence[bytes]) -> float:
    """Post settlements one by one over kept connections, spread over the processes."""
    headers = apis[0].header("hospital", institution=load.HOSPITAL)
    addresses = [api.base_url for api in apis]
    seconds, seen = await post_each(addresses, "/intake/v1/settlements", headers, bodies, connections=CONNECTIONS)
    assert seen == {201: len(bodies)}, seen
    return len(bodies) / seconds


async def batch_per_second(apis: Sequence[IntakeProcess], bodies: Sequence[bytes]) -> float:
    """Send settlements as one NDJSON batch to each process."""
    headers = apis[0].header("hospital", institution=load.HOSPITAL)

    async def send(api: IntakeProcess, share: Sequence[bytes]) -> int:
        parts = (b"\n".join(share[at : at + PART]) + b"\n" for at in range(0, len(share), PART))
        counted, rest = 0, b""
        async for data in stream_lines(api.base_url, "/intake/v1/settlements/batch", headers, parts):
            *lines, rest = (rest + data).split(b"\n")
            counted += sum(b'"status":"created"' in line for line in lines)
        return counted

    started = time.perf_counter()
    created = await asyncio.gather(*(send(api, bodies[number :: len(apis)]) for number, api in enumerate(apis)))
    seconds = time.perf_counter() - started
    assert sum(created) == len(bodies), created
    return len(bodies) / seconds


async def fsi_per_second(api: IntakeProcess, bodies: Sequence[bytes]) -> float | None:
    """Send settlements over the national interface: 2201, 2203A, 2204 and 2207 of each."""
    headers = api.header("hospital", institution=load.HOSPITAL)
    steps = list(zip(*(_messages(number, json.loads(body)) for number, body in enumerate(bodies)), strict=True))
    spent = 0.0
    for number, messages in enumerate(steps):
        # A refusal is HTTP 200 too; and what the last message settles must be whole at once.
        holds = b'"state":"complete"' if number == len(steps) - 1 else b'"infcode":"0"'
        seconds, seen = await post_each(
            [api.base_url], fsi.PATH, headers, messages, connections=CONNECTIONS, holds=holds
        )
        assert seen == {200: len(bodies)}, seen
        spent += seconds
    return len(bodies) / spent


def _messages(number: int, body: dict[str, Any]) -> tuple[bytes, bytes, bytes, bytes]:
    """Return the four messages that make one settlement."""
    visit = f"MZ{number:012d}"
    person = body["insured_person"]["number"]
    at = _local(body["started_at"])
    lines = [
        {
            "feedetl_sn": str(line["number"]),
            "mdtrt_id": visit,
            "psn_no": person,
            "chrg_bchno": "B1",
            "fee_ocur_time": at,
            "med_list_codg": line["item_code"],
            "det_item_fee_sumamt": _yuan(line["amount_fen"]),
            "cnt": line["quantity"],
            "pric": line["unit_price"],
            "bilg_dept_codg": "A03",
            "bilg_dr_codg": line["practitioner_code"],
        }
        for line in body["lines"]
    ]
    total, fund = body["total_fen"], body["fund_paid_fen"]
    settled = fsi.settlement(visit, psn_no=person, medfee_sumamt=_yuan(total))
    settled["input"]["setlinfo"] |= {
        "setl_id": f"F{number:012d}",
        "brdy": body["insured_person"]["birth_date"],
        "setl_time": _local(body["settled_at"]),
        "fund_pay_sumamt": _yuan(fund),
        "acct_pay": 0,
        "psn_cash_pay": _yuan(total - fund),
    }
    registered = fsi.registration(visit, psn_no=person, begntime=at, atddr_no=body["practitioner_code"])
    found = fsi.visit_information(visit, psn_no=person, begntime=at)
    messages = (registered, found, fsi.lines(*lines), settled)
    own = {"fixmedins_code": load.HOSPITAL, "mdtrtarea_admvs": "330199", "insuplc_admdvs": "330199"}
    return tuple(  # type: ignore[return-value]
        json.dumps(message | own | {"msgid": f"{load.HOSPITAL}{step}{number:017d}"}).encode()
        for step, message in enumerate(messages)
    )


def _local(instant: str) -> str:
    return datetime.fromisoformat(instant).astimezone(BUSINESS_ZONE).strftime("%Y-%m-%d %H:%M:%S")


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


async def import_per_second(api: IntakeProcess, bodies: Sequence[bytes]) -> float:
    """Import settlements from a CSV file, a row for each fee line; the time is that of the job, upload included."""
    headers, rows = flat(bodies)
    content = as_csv(headers, rows)
    with ImportWorker(api.environment):
        # The first job waits for the worker to start, and is not counted.
        small, few = flat(load.settlements(50, start=7_000_000, seed=7))
        await import_file(api, as_csv(small, few), "settlements", role="hospital", institution=load.HOSPITAL)
        started = time.perf_counter()
        job = await import_file(api, content, "settlements", role="hospital", institution=load.HOSPITAL)
        seconds = time.perf_counter() - started
    assert job["created"] == len(bodies), job
    return len(bodies) / seconds
