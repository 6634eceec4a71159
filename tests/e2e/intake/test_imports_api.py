"""Files sent over HTTP, run by the worker's loop, and followed, against a real database."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import openpyxl
import pytest

from services.intake import wiring
from services.intake.api.import_targets import targets
from services.intake.settings import IntakeSettings
from services.intake.storage import imports
from services.kit.ids import new_id
from services.kit.testing.clock import FixedClock
from services.kit.testing.tokens import TokenMint
from tests.support.intake import DRUG, HOSPITAL, INSURED_NUMBER, OTHER_HOSPITAL, UNKNOWN_HOSPITAL, settlement
from tests.support.tables import HEADERS, as_csv, as_parquet, as_xlsx, fee_lines

IMPORTS = "/intake/v1/imports"
Send = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def run(settings: IntakeSettings, clock: FixedClock) -> AsyncIterator[Callable[[], Awaitable[bool]]]:
    """The worker's loop, one turn at a time."""
    async with wiring.open_resources(settings, clock=clock) as resources:
        yield wiring.build_run_imports(resources, targets(resources))


@pytest.fixture
def send(client: httpx.AsyncClient, hospital: dict[str, str], run: Callable[[], Awaitable[bool]]) -> Send:
    """Send a file, let it be run, and return the job."""

    async def sent(
        content: bytes,
        kind: str = "settlements",
        mode: str = "good_rows",
        headers: dict[str, str] | None = None,
        **more: str,
    ) -> dict[str, Any]:
        headers = hospital if headers is None else headers
        query = {"kind": kind, "mode": mode, **more}
        answer = await client.post(IMPORTS, params=query, content=content, headers=headers)
        assert answer.status_code == 202, answer.text
        assert answer.json()["state"] == "waiting"
        assert await run()
        job: dict[str, Any] = (await client.get(answer.headers["Location"], headers=headers)).json()
        return job

    return sent


def rows_of(*ids: str) -> list[list[str]]:
    return [row for one in ids for row in fee_lines(one)]


def written(form: str, rows: list[list[str]]) -> bytes:
    if form == "xlsx":
        title = ["某医院结算明细表"]
        return as_xlsx({"说明": [["请勿修改"]], "明细": [title, [], list(HEADERS), *rows]}, merged={"明细": "A1:D1"})
    if form == "parquet":
        return as_parquet(HEADERS, rows)
    if form == "gb18030":
        return as_csv(HEADERS, rows, encoding="gb18030", delimiter="\t")
    return as_csv(HEADERS, rows, encoding="utf-8-sig", delimiter=";")


@pytest.mark.parametrize("form", ["utf-8", "gb18030", "xlsx", "parquet"])
async def test_settlements_of_a_file_are_those_that_are_posted(
    form: str, send: Send, client: httpx.AsyncClient, hospital: dict[str, str], rows: Callable[..., Any]
) -> None:
    job = await send(written(form, rows_of("S1", "S2", "S3", "S4", "S5")))
    assert (job["state"], job["created"], job["rejected"], job["rows_read"]) == ("done", 5, 0, 10)
    assert job["refusal"] is None
    again = await send(written(form, rows_of("S6", "S5", "S4", "S3", "S2", "S1")), mode="all_or_nothing")
    assert (again["state"], again["created"], again["same"]) == ("done", 1, 5)
    (stated,) = await rows("select count(*), count(distinct event_id) from outbox where topic = 'intake.settlement'")
    assert tuple(stated) == (6, 6)
    body = settlement(
        "S1",
        diagnosis_codes=["I63.900x001", "I10.x00"],
        practitioner_code=None,
        department_code=None,
        lines=[
            {
                "number": number,
                "item_code": DRUG,
                "quantity": "2",
                "unit_price": "18.65",
                "amount_fen": 3730,
                "charged_at": "2026-03-09T09:10:00+08:00",
                "practitioner_code": "D110105000001",
                "traceability_codes": ["81234567890123456789"],
            }
            for number in (1, 2)
        ],
    )
    posted = await client.post("/intake/v1/settlements", json=body, headers=hospital)
    assert posted.status_code == 200, "what was imported is the same as what is posted"
    assert await rows("select * from import_part") == []


async def test_a_dry_run_writes_nothing_and_tells_everything(
    send: Send, client: httpx.AsyncClient, hospital: dict[str, str], rows: Callable[..., Any]
) -> None:
    content = as_csv(HEADERS, [*rows_of("S1"), *fee_lines("S2", 单价="18.66"), *fee_lines("S3", 性别="不详")])
    job = await send(content, mode="dry_run")
    assert (job["state"], job["created"], job["rejected"]) == ("done", 1, 2)
    assert await rows("select * from settlement") == []
    assert await rows("select * from outbox where topic = 'intake.settlement'") == []
    lines = await report(client, hospital, job)
    assert {(line["行 row"], line["列 column"], line["代码 code"]) for line in lines} == {
        ("4", "明细项目费用总额 (元)", "amount_product"),
        ("5", "明细项目费用总额 (元)", "amount_product"),
        ("6", "性别", "type"),
    }


async def test_all_or_nothing_takes_nothing_when_one_row_is_wrong(send: Send, rows: Callable[..., Any]) -> None:
    job = await send(as_csv(HEADERS, [*rows_of("S1", "S2"), *fee_lines("S3", 数量="两")]), mode="all_or_nothing")
    assert (job["state"], job["refusal"]["code"]) == ("failed", "rows_rejected")
    assert (job["created"], job["rejected"]) == (0, 1)
    assert await rows("select * from settlement") == []


async def test_good_rows_go_in_and_bad_ones_are_reported_without_what_is_personal(
    send: Send, client: httpx.AsyncClient, hospital: dict[str, str], rows: Callable[..., Any]
) -> None:
    content = as_csv(
        HEADERS,
        [
            *rows_of("S1"),
            *fee_lines("S2", 人员编号="1.10105E+17"),
            *fee_lines("S3", 医疗目录编码="8.12346E+19"),
            *fee_lines("S4", 出生日期="三月"),
        ],
    )
    job = await send(content)
    assert (job["state"], job["created"], job["rejected"]) == ("done", 1, 3)
    assert len(await rows("select * from settlement")) == 1
    lines = await report(client, hospital, job)
    assert {(line["列 column"], line["代码 code"], line["值 value"]) for line in lines} == {
        ("人员编号", "code_damaged", ""),
        ("医疗目录编码", "code_damaged", "8.12346E+19"),
        ("出生日期", "instant_form", ""),
    }
    assert all(line["原因"] and line["reason"] for line in lines)
    held = json.dumps([[str(value) for value in row] for row in await rows("select * from import_error")])
    assert "1.10105" not in held
    answer = await client.get(f"{IMPORTS}/{job['import_id']}/errors.xlsx", headers=hospital)
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert sheet.max_row == len(lines) + 1


async def test_rows_of_one_settlement_may_stand_anywhere_and_in_two_sheets(
    send: Send, rows: Callable[..., Any]
) -> None:
    mixed = [row for pair in zip(fee_lines("S1"), fee_lines("S2"), strict=True) for row in pair]
    assert (await send(as_csv(HEADERS, mixed)))["created"] == 2
    lines = HEADERS[14:]
    heads = [list(HEADERS[:14]), *[fee_lines(one)[0][:14] for one in ("S1", "S2", "S3")]]
    parts = [["fixmedins_code", "setl_id", *lines], *[[*row[:2], *row[14:]] for row in rows_of("S3", "S2", "S1")]]
    job = await send(as_xlsx({"结算": heads, "明细": parts}))
    assert (job["state"], job["created"], job["same"]) == ("done", 1, 2)
    assert [sheet["role"] for sheet in job["columns"]["sheets"]] == ["heads", "lines"]
    assert len(await rows("select * from settlement")) == 3


async def test_a_file_that_lacks_a_column_is_refused_as_a_whole(send: Send) -> None:
    position = HEADERS.index("医疗目录编码")
    job = await send(as_csv([*HEADERS[:position], *HEADERS[position + 1 :]], [["x"] * (len(HEADERS) - 1)]))
    assert (job["state"], job["refusal"]["code"]) == ("failed", "columns_missing")
    assert "医疗目录编码（med_list_codg）" in job["refusal"]["message"]


async def test_a_mapping_is_used_and_saved(send: Send, client: httpx.AsyncClient, hospital: dict[str, str]) -> None:
    headers = [{"结算ID": "HIS单号", "医疗目录编码": "码"}.get(header, header) for header in HEADERS]
    mapping = json.dumps({"HIS单号": "setl_id", "码": "item_code", "药品追溯码": ""})
    first = await send(as_csv(headers, rows_of("S1")), mapping=mapping, mapping_name="his")
    assert (first["created"], first["rejected"]) == (1, 0)
    second = await send(as_csv(headers, rows_of("S2")), mapping_name="his")
    assert second["created"] == 1
    query = {"kind": "settlements", "mapping_name": "other"}
    answer = await client.post(IMPORTS, params=query, content=b"x", headers=hospital)
    assert (answer.status_code, answer.json()["code"]) == (404, "mapping_unknown")


async def test_an_institution_sends_only_its_own_and_sees_only_its_own_jobs(
    send: Send, client: httpx.AsyncClient, hospital: dict[str, str], mint: TokenMint, registrar: dict[str, str]
) -> None:
    job = await send(as_csv(HEADERS, [*rows_of("S1"), *fee_lines("S2", 定点医药机构编号=OTHER_HOSPITAL)]))
    assert (job["created"], job["rejected"]) == (1, 1)
    (line,) = await report(client, hospital, job)
    assert line["代码 code"] == "other_institution"
    other = mint.bearer("hospital", institution=OTHER_HOSPITAL)
    for path in ("", "/errors.csv", "/errors.xlsx"):
        assert (await client.get(f"{IMPORTS}/{job['import_id']}{path}", headers=other)).status_code == 404
    assert (await client.post(f"{IMPORTS}/{job['import_id']}/cancel", headers=other)).status_code == 404
    assert (await client.get(IMPORTS, headers=other)).json()["items"] == []
    for headers, query, code in (
        (hospital, {"kind": "institutions"}, "scope_missing"),
        (registrar, {"kind": "settlements"}, "scope_missing"),
        (hospital, {"kind": "stock", "institution_code": OTHER_HOSPITAL}, "other_institution"),
    ):
        answer = await client.post(IMPORTS, params=query, content=b"x", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, code)


async def test_stock_and_the_registry_come_as_files(
    send: Send, mint: TokenMint, registrar: dict[str, str], rows: Callable[..., Any]
) -> None:
    movements = [["M1", "采购", "2026-03-08", DRUG, "10"], ["M2", "3505", "2026-03-09 10:00:00", DRUG, "2"]]
    stock = ["单据编号", "业务类型", "发生时间", "医保编码", "数量"]
    assert (await send(as_xlsx({"库存": [stock, *movements]}), "stock", "all_or_nothing"))["created"] == 2
    assert (await send(as_csv(stock, movements), "stock"))["same"] == 2
    wanted = {
        "institutions": (
            ["机构编码", "机构类型", "机构名称", "级别", "统筹区", "协议起始日期"],
            [UNKNOWN_HOSPITAL, "医院", "新医院", "二级", "110105", "2026-01-01"],
        ),
        "departments": (["机构编码", "科室编码", "科室名称"], [HOSPITAL, "A03", "心内科"]),
        "practitioners": (
            ["医师编码", "人员类别", "姓名", "执业机构"],
            ["D110105000009", "医师", "李四", f"{HOSPITAL};{OTHER_HOSPITAL}"],
        ),
    }
    for kind, (headers, row) in wanted.items():
        job = await send(as_csv(headers, [row]), kind, "all_or_nothing", registrar)
        assert (kind, job["state"], job["created"]) == (kind, "done", 1)
    persons = mint.bearer("insured_registrar")
    titles = ["人员编号", "性别", "出生日期", "村居代码", "户号"]
    person = as_csv(
        titles,
        [[INSURED_NUMBER, "男", "1990年3月7日", "110105001003", "HH00012345"], ["x y", "男", "", "110105001003", ""]],
    )
    job = await send(person, "insured_persons", headers=persons)
    assert (job["created"], job["rejected"]) == (1, 1)
    said = str(await rows("select * from registry_statement"))
    assert "110105001003" in said
    assert not any(number in said for number in (INSURED_NUMBER, "HH00012345"))


async def test_files_come_as_a_form_and_in_parts(
    client: httpx.AsyncClient, hospital: dict[str, str], run: Callable[[], Awaitable[bool]]
) -> None:
    files = [("file", (name, as_csv(HEADERS, rows_of(name)))) for name in ("S1", "S2")]
    answer = await client.post(IMPORTS, params={"kind": "settlements"}, files=files, headers=hospital)
    assert (answer.status_code, answer.json()["files"]) == (202, 2)
    assert await run()
    job = (await client.get(answer.headers["Location"], headers=hospital)).json()
    assert (job["state"], job["created"]) == ("done", 2)
    for content, kind in ((b"--x\r\nno form", "multipart/form-data; boundary=x"), (b"", "text/csv")):
        refused = await client.post(
            IMPORTS, params={"kind": "stock"}, content=content, headers={**hospital, "Content-Type": kind}
        )
        assert refused.status_code == 400


async def test_what_is_no_table_is_refused_and_what_is_cancelled_never_runs(
    send: Send, client: httpx.AsyncClient, hospital: dict[str, str], run: Callable[[], Awaitable[bool]]
) -> None:
    for content, code in (
        (b"PK\x03\x04 no archive", "xlsx_malformed"),
        (b"PAR1 no file", "parquet_malformed"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls_old"),
        (b"\x81\x20\xff\xff", "encoding_unknown"),
        (b'a,b\n"open', "columns_missing"),
        (as_csv(HEADERS, []), "no_rows"),
    ):
        job = await send(content)
        assert (job["state"], job["refusal"]["code"]) == ("failed", code)
    answer = await client.post(IMPORTS, params={"kind": "stock"}, content=b"x", headers=hospital)
    cancelled = await client.post(f"{answer.headers['Location']}/cancel", headers=hospital)
    assert cancelled.json()["state"] == "cancelled"
    assert not await run()


async def test_two_workers_never_run_one_job(
    client: httpx.AsyncClient,
    hospital: dict[str, str],
    run: Callable[[], Awaitable[bool]],
    settings: IntakeSettings,
    clock: FixedClock,
) -> None:
    sent = [
        await client.post(
            IMPORTS, params={"kind": "settlements"}, content=as_csv(HEADERS, rows_of(one)), headers=hospital
        )
        for one in ("S1", "S2")
    ]
    assert sorted(await asyncio.gather(run(), run(), run())) == [False, True, True]
    for answer in sent:
        job = (await client.get(answer.headers["Location"], headers=hospital)).json()
        assert (job["state"], job["created"]) == ("done", 1)


async def test_a_worker_that_was_thought_dead_takes_nothing_more(
    client: httpx.AsyncClient,
    hospital: dict[str, str],
    run: Callable[[], Awaitable[bool]],
    settings: IntakeSettings,
    clock: FixedClock,
) -> None:
    await client.post(
        IMPORTS,
        params={"kind": "settlements", "mode": "good_rows"},
        content=as_csv(HEADERS, rows_of("S1")),
        headers=hospital,
    )
    async with wiring.open_resources(settings, clock=clock) as resources:
        async with resources.database.transaction() as session:
            until = clock.now() + timedelta(seconds=60)
            job = await imports.claim(session, new_id(), now=clock.now(), until=until)
        assert job is not None
        assert not await run()
        clock.advance(timedelta(seconds=61))
        assert await run()
        async with resources.database.transaction() as session:
            assert await imports.hold(session, job) is None
            assert await imports.note_progress(session, job, until=clock.now()) is None
            assert not await imports.finish(session, job, "failed", now=clock.now())


async def report(client: httpx.AsyncClient, headers: dict[str, str], job: dict[str, Any]) -> list[dict[str, str]]:
    answer = await client.get(f"{IMPORTS}/{job['import_id']}/errors.csv", headers=headers)
    assert answer.status_code == 200
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
