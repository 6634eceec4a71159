"""Rejected rows of files: in the quarantine when asked for, named by their row, corrected and released one by one."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from services.intake import wiring
from services.intake.api.import_targets import targets
from services.intake.settings import IntakeSettings
from services.intake.use_cases.quotas import Quotas
from services.intake.wiring import Resources
from services.kit.testing.clock import FixedClock
from services.kit.testing.tokens import TokenMint
from tests.support.intake import DRUG, HOSPITAL, OTHER_HOSPITAL, settlement
from tests.support.tables import HEADERS, as_csv, as_xlsx, fee_lines

IMPORTS = "/intake/v1/imports"
QUARANTINE = "/intake/v1/quarantine"
WHY = {"why": "核对原始单据 checked against the receipt"}
STOCK = ["单据编号", "业务类型", "发生时间", "医保编码", "数量"]


@pytest.fixture
async def worker(settings: IntakeSettings, clock: FixedClock) -> AsyncIterator[Resources]:
    async with wiring.open_resources(settings, clock=clock) as resources:
        yield resources


@pytest.fixture
def send(client: httpx.AsyncClient, hospital: dict[str, str], worker: Resources) -> Callable[..., Awaitable[Any]]:
    async def sent(content: bytes, kind: str, mode: str = "good_rows", headers: Any = None, **more: str) -> Any:
        query = {"kind": kind, "mode": mode, **more}
        answer = await client.post(IMPORTS, params=query, content=content, headers=headers or hospital)
        assert answer.status_code == 202, answer.text
        assert await wiring.build_run_imports(worker, targets(worker))()
        return (await client.get(answer.headers["Location"], headers=headers or hospital)).json()

    return sent


@pytest.fixture
def handle(client: httpx.AsyncClient) -> Callable[..., Awaitable[Any]]:
    """Correct an entry, release it, and return the answer; without a patch it is released as it is."""

    async def handled(entry: Any, headers: dict[str, str], patch: Any = None) -> Any:
        path = f"{QUARANTINE}/{entry['entry_id']}"
        if patch is not None:
            corrected = await client.post(f"{path}/corrections", json=WHY | {"patch": patch}, headers=headers)
            assert corrected.status_code == 200, corrected.text
        return await client.post(f"{path}/release", json=WHY, headers=headers)

    return handled


async def listed(client: httpx.AsyncClient, headers: dict[str, str]) -> list[dict[str, Any]]:
    answer = await client.get(QUARANTINE, params={"source": "import"}, headers=headers)
    return answer.json()["items"]


async def test_rejected_rows_of_stock_are_kept_with_what_their_cells_say(send, handle, client, hospital, rows) -> None:
    content = as_csv(
        STOCK,
        [
            ["M1", "采购", "2026-03-08", DRUG, "10"],
            ["M2", "3505", "2026-03-09 10:00:00", DRUG, "两盒"],
            ["M3", "采购", "2026-03-08", "8.12346E+19", "1"],
        ],
    )
    job = await send(content, "stock", quarantine="true")
    assert (job["created"], job["rejected"], job["quarantined"]) == (1, 2, 2)
    entries = await listed(client, hospital)
    assert [(one["kind"], one["code"], one["subject"], one["reference"]) for one in entries] == [
        ("movement", "number_form", "M2", f"import:{job['import_id']}:3"),
        ("movement", "code_damaged", "M3", f"import:{job['import_id']}:4"),
    ]
    body = (await client.get(f"{QUARANTINE}/{entries[0]['entry_id']}/body", headers=hospital)).json()["original"]
    assert body["quantity"] == {"cells": ["两盒"]}
    for entry, patch in zip(entries, ({"quantity": "2"}, {"item_code": DRUG}), strict=True):
        refused = await handle(entry, hospital)
        assert (refused.status_code, refused.json()["code"]) == (422, "type"), "an unread cell is never left out"
        assert (await handle(entry, hospital, patch)).status_code == 200
    assert len(await rows("select from stock_movement")) == 3


async def test_rejected_rows_are_kept_only_where_that_is_asked_for_and_those_of_settlements_by_default(
    send, client, hospital
) -> None:
    wrong = as_csv(STOCK, [["M2", "3505", "2026-03-09 10:00:00", DRUG, "两盒"]])
    bad = as_csv(HEADERS, [*fee_lines("S1"), *fee_lines("S2", 数量="两")])
    assert (await send(wrong, "stock"))["quarantined"] == 0
    assert (await send(bad, "settlements", quarantine="false"))["quarantined"] == 0
    for mode in ("dry_run", "all_or_nothing"):
        assert (await send(bad, "settlements", mode))["quarantined"] == 0
    assert await listed(client, hospital) == []
    assert (await send(bad, "settlements"))["quarantined"] == 1
    [entry] = await listed(client, hospital)
    assert entry["reference"].endswith(":4")
    answer = await client.post(IMPORTS, params={"kind": "stock", "quarantine": "true"}, content=wrong, headers=hospital)
    assert (answer.status_code, answer.json()["code"]) == (400, "quarantine_needs_good_rows")


async def test_rows_of_a_settlement_that_contradict_each_other_are_kept_with_both_values(
    send, handle, client, hospital, rows
) -> None:
    first, second = fee_lines("S1")
    second[HEADERS.index("性别")] = "男"
    await send(as_csv(HEADERS, [first, second]), "settlements")
    [entry] = await listed(client, hospital)
    body = (await client.get(f"{QUARANTINE}/{entry['entry_id']}/body", headers=hospital)).json()["original"]
    assert body["insured_person"]["sex"] == {"cells": ["女", "男"]}
    assert (await handle(entry, hospital)).status_code == 422
    released = await handle(entry, hospital, {"insured_person": {"sex": "female"}})
    assert released.status_code == 200, released.text
    assert len(await rows("select from settlement")) == 1


async def test_reversals_come_as_a_file_and_those_before_their_settlement_are_kept(
    send, handle, client, hospital, rows
) -> None:
    for one in ("S1", "S2"):
        await client.post("/intake/v1/settlements", json=settlement(one), headers=hospital)
    content = as_csv(
        ["机构编码", "原结算ID", "退费编号", "明细序号", "退费数量", "退费金额(元)"],
        [
            [HOSPITAL, "S1", "R1", "1", "1", ""],
            [HOSPITAL, "S2", "R1", "", "", ""],
            [HOSPITAL, "S1", "R1", "2", "", "7.30"],
            [HOSPITAL, "S3", "", "", "", ""],
            [HOSPITAL, "S1", "R2", "1", "9", ""],
            [OTHER_HOSPITAL, "S1", "R3", "", "", ""],
            [HOSPITAL, "S1", "R4", "1", "一", ""],
        ],
    )
    job = await send(content, "reversals", quarantine="true")
    assert (job["state"], job["created"], job["rejected"], job["quarantined"]) == ("done", 2, 4, 3)
    taken = await rows("select whole, amount_fen from settlement_reversal order by amount_fen")
    assert [tuple(row) for row in taken] == [(False, 1865 + 730), (True, 7460)]
    assert (await send(content, "reversals"))["same"] == 2
    entries = {one["code"]: one for one in await listed(client, hospital)}
    assert {code: one["reference"].rpartition(":")[2] for code, one in entries.items()} == {
        "settlement_unknown": "5",
        "exceeds_remaining": "6",
        "number_form": "8",
    }
    await client.post("/intake/v1/settlements", json=settlement("S3"), headers=hospital)
    assert (await handle(entries["settlement_unknown"], hospital)).status_code == 200
    mended = {"lines": [{"number": 1, "quantity": "1"}]}
    assert (await handle(entries["exceeds_remaining"], hospital, mended)).status_code == 200
    assert len(await rows("select from settlement_reversal")) == 4
    again = await send(content, "reversals", "all_or_nothing")
    assert (again["state"], again["refusal"]["code"]) == ("failed", "rows_rejected")


async def test_rejected_rows_of_the_registry_are_for_who_may_write_it(
    send, handle, client, hospital, mint: TokenMint, registrar, rows
) -> None:
    content = as_xlsx(
        {
            "甲": [["机构编码", "科室编码", "科室名称"], [HOSPITAL, "A03", "内科"]],
            "乙": [["机构编码", "科室编码", "科室名称"], [HOSPITAL, "A 04", "外科"]],
        }
    )
    job = await send(content, "departments", headers=registrar, quarantine="true")
    assert (job["created"], job["quarantined"]) == (1, 1)
    [entry] = await listed(client, registrar)
    assert (entry["kind"], entry["reference"]) == ("department", f"import:{job['import_id']}:2:2")
    assert (await handle(entry, hospital)).status_code == 403
    assert (await handle(entry, registrar, {"code": "A04"})).status_code == 200
    said = await rows("select source from registry_statement where kind = 'department'")
    assert len({row[0] for row in said}) == 1, "who sent the file is who said it"
    persons = mint.bearer("insured_registrar")
    await send(
        as_csv(["人员编号", "性别", "出生日期"], [["P1", "男", "三月"]]),
        "insured_persons",
        headers=persons,
        quarantine="true",
    )
    [person] = await listed(client, persons)
    assert (await handle(person, persons, {"birth_date": "1990-03-07"})).status_code == 200


async def test_a_row_that_contradicts_a_far_one_of_its_file_is_named_when_all_or_nothing_is_refused(
    send, client, hospital, rows
) -> None:
    movements = [[f"M{number}", "采购", "2026-03-08", DRUG, "10"] for number in range(6)]
    movements += [["M0", "采购", "2026-03-08", DRUG, "11"], ["M1", "采购", "2026-03-08", DRUG, "12"]]
    job = await send(as_csv(STOCK, movements), "stock", "all_or_nothing")
    assert (job["state"], job["refusal"]["code"]) == ("failed", "rows_rejected")
    assert (job["created"], job["rejected"], job["errors"]) == (0, 2, 2)
    report = (await client.get(f"{IMPORTS}/{job['import_id']}/errors.csv", headers=hospital)).text.splitlines()
    assert ["8" in line and "movement_differs" in line and "M0" in line for line in report[1:]] == [True, False]
    assert ["9" in line and "movement_differs" in line and "M1" in line for line in report[1:]] == [False, True]
    assert await rows("select from stock_movement") == []


async def test_entries_of_a_file_spend_the_quota_of_who_sent_it_and_the_registry_spends_none(
    send, worker: Resources, registrar
) -> None:
    spent: dict[str, int] = {}

    class Counted(Quotas):
        def spend(self, caller: str, settlements: int) -> None:
            spent[caller] = spent.get(caller, 0) + settlements

    object.__setattr__(worker, "quotas", Counted(per_second=1, burst=1))
    content = as_csv(STOCK, [[f"M{number}", "采购", "2026-03-08", DRUG, "10"] for number in range(6)])
    for mode in ("dry_run", "all_or_nothing", "good_rows"):
        await send(content, "stock", mode)
    assert spent == {HOSPITAL: 18}, "once a job, whatever the mode"
    await send(
        as_csv(["机构编码", "科室编码", "科室名称"], [[HOSPITAL, "A03", "内科"]]), "departments", headers=registrar
    )
    assert spent == {HOSPITAL: 18}


async def test_an_import_waits_until_its_quota_has_grown_back(send, worker: Resources) -> None:
    time = [0.0]
    waits: list[float] = []

    class Growing(Quotas):
        def wait(self, caller: str) -> float:
            seconds = super().wait(caller)
            waits.append(seconds)
            time[0] += seconds
            return min(seconds, 0.001)

    object.__setattr__(worker, "quotas", Growing(per_second=2, burst=4, monotonic=lambda: time[0]))
    movements = [[f"M{number}", "采购", "2026-03-08", DRUG, "10"] for number in range(8)]
    assert (await send(as_csv(STOCK, movements), "stock"))["created"] == 8
    assert max(waits) == pytest.approx(0.5)


async def test_single_and_streamed_entries_of_stock_and_lists_spend_the_quota(client, hospital, app) -> None:
    resources = app.state.resources
    object.__setattr__(resources, "quotas", Quotas(per_second=0.001, burst=3, monotonic=lambda: 0.0))
    body = b"{not json\n{not json\n"
    assert (await client.post("/intake/v1/stock-movements", content=b"{", headers=hospital)).status_code == 422
    assert (await client.post("/intake/v1/stock-movements/batch", content=body, headers=hospital)).status_code == 200
    for path in ("stock-movements", "settlement-lists", "stock-movements/batch", "settlement-lists/batch"):
        answer = await client.post(f"/intake/v1/{path}", content=body, headers=hospital)
        assert (answer.status_code, answer.json()["code"]) == (429, "quota")
