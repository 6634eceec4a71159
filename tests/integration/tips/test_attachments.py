"""Files of reporters, by form and by REST: stored encrypted, handed to handlers only, and nobody else's."""

import asyncio
import io
import os
import re
from pathlib import Path

from PIL import Image

from tests.integration.tips.conftest import HOSPITAL, Desk

SECRET = "SECRET-OWNER"
TEXT = "附件内容秘密".encode()
MEBIBYTE = 2**20
TIP = '{"kind": "other", "text": "举报", "institution_code": "H11010500001"}'


def photo() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = SECRET
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(out, "JPEG", exif=exif)
    return out.getvalue()


def on_disk(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "tips-files").rglob("*") if path.is_file()]


async def fetch(desk: Desk, tip_id, file_id, *, role: str = "tip_handler", **who):
    return await desk.client.get(f"/tips/v1/tips/{tip_id}/files/{file_id}", headers=desk.mint.bearer(role, **who))


async def test_a_tip_is_reported_with_files_and_its_handler_fetches_them(desk: Desk, tmp_path: Path):
    parts = [("files", ("张三的照片.jpg", photo(), "image/jpeg")), ("files", ("名单.txt", TEXT, "text/plain"))]
    answer = await desk.client.post("/tips/v1/tips-with-files", data={"tip": TIP}, files=parts)
    assert answer.status_code == 201, answer.text
    assert answer.json()["files"] == {"stored": 2, "metadata_kept": 0, "infected": 0}
    tip_id = await desk.newest()
    page = await desk.read(tip_id)
    assert [(file["name"], file["media_type"], file["metadata"], file["scan"]) for file in page["files"]] == [
        ("张三的照片.jpg", "image/jpeg", "stripped", "unscanned"),
        ("名单.txt", "text/plain", "none", "unscanned"),
    ]
    fetched = await fetch(desk, tip_id, page["files"][1]["file_id"])
    assert fetched.content == TEXT
    assert fetched.headers["content-disposition"] == 'attachment; filename="attachment-2.txt"'
    assert fetched.headers["x-content-type-options"] == "nosniff"
    assert fetched.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert fetched.headers["scan-state"] == "unscanned"
    picture = (await fetch(desk, tip_id, page["files"][0]["file_id"])).content
    assert SECRET.encode() not in picture
    assert picture.startswith(b"\xff\xd8\xff")
    stored = b"".join(path.read_bytes() for path in on_disk(tmp_path))
    assert len(on_disk(tmp_path)) == 2
    assert TEXT not in stored
    actions = [step["action"] for step in (await desk.read(tip_id))["log"]]
    assert actions.count("attachment_read") == 2


async def test_a_file_is_for_the_handlers_of_its_tip(desk: Desk):
    await desk.client.post("/tips/v1/tips-with-files", data={"tip": TIP}, files={"files": ("a.txt", TEXT)})
    tip_id = await desk.newest()
    file_id = (await desk.read(tip_id))["files"][0]["file_id"]
    await desk.report()
    other = await desk.newest()
    assert (await fetch(desk, other, file_id)).status_code == 404
    assert (await fetch(desk, tip_id, file_id, role="reward_approver")).status_code == 403
    assert (await fetch(desk, tip_id, file_id, institution=HOSPITAL)).status_code == 403
    assert (await desk.client.get(f"/tips/v1/tips/{tip_id}/files/{file_id}")).status_code == 401
    assert (await desk.read(tip_id, "reward_approver"))["files"] is None


async def test_files_are_added_with_the_receipt_and_the_same_file_counts_once(desk: Desk, tmp_path: Path):
    receipt = await desk.report()
    for _ in range(2):
        answer = await desk.client.post(
            "/tips/v1/lookup/files", data={"receipt": receipt}, files={"files": ("a.txt", TEXT)}
        )
        assert answer.status_code == 200, answer.text
    assert len(on_disk(tmp_path)) == 1
    shown = (await desk.look_up(receipt))["files"]
    assert [(file["number"], file["size_bytes"], file["metadata"]) for file in shown] == [(1, len(TEXT), "none")]
    assert "a.txt" not in str(shown)
    assert [step["action"] for step in (await desk.read(await desk.newest()))["log"]].count("files_added") == 1


async def test_without_the_right_receipt_no_byte_of_a_file_is_taken(desk: Desk, tmp_path: Path):
    for data in ({"receipt": "0000 0000 0000 0000"}, {}):
        answer = await desk.client.post("/tips/v1/lookup/files", data=data, files={"files": ("a.txt", TEXT)})
        assert answer.json()["code"] == "receipt_unknown"
    late = [("files", ("a.txt", TEXT)), ("receipt", (None, await desk.report()))]
    assert (await desk.client.post("/tips/v1/lookup/files", files=late)).status_code == 404
    assert on_disk(tmp_path) == []
    assert not (tmp_path / "tips-files").exists()


async def test_a_tip_that_is_over_takes_no_files(desk: Desk, tmp_path: Path):
    receipt = await desk.report()
    await desk.client.post("/tips/v1/lookup/withdrawal", json={"receipt": receipt})
    answer = await desk.client.post(
        "/tips/v1/lookup/files", data={"receipt": receipt}, files={"files": ("a.txt", TEXT)}
    )
    assert answer.json()["code"] == "tip_is_over"
    assert on_disk(tmp_path) == []


async def test_refused_files_and_forms_leave_neither_tip_nor_file(desk: Desk, tmp_path: Path):
    wrong = [
        ({"tip": TIP}, [("files", ("a.exe", b"MZ" + os.urandom(10_000)))], 422, "file_type_refused"),
        ({"tip": "{}"}, [("files", ("a.txt", TEXT))], 422, "tip_malformed"),
        ({"tip": TIP}, [("files", (f"{n}.txt", TEXT + bytes([65 + n]))) for n in range(21)], 409, "too_many_files"),
        ({"tip": TIP * 2000}, [("files", ("a.txt", TEXT))], 413, "field_too_large"),
    ]
    for data, files, status, code in wrong:
        answer = await desk.client.post("/tips/v1/tips-with-files", data=data, files=files)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    broken = await desk.client.post(
        "/tips/v1/tips-with-files",
        content=b"--x\r\nContent-Disposition: form-data; name=files; filename=a\r\n\r\nabc",
        headers={"content-type": "multipart/form-data; boundary=x"},
    )
    assert broken.json()["code"] == "form_malformed"
    assert on_disk(tmp_path) == []
    assert await desk.admin.fetchval("select count(*) from tips") == 0


async def test_the_form_takes_files_without_a_script_and_says_what_could_not_be_cleaned(desk: Desk):
    archive = b"PK\x03\x04" + os.urandom(9000)
    files = [
        ("kind", (None, "other")),
        ("text", (None, "药店串换")),
        ("files", ("a.jpg", photo())),
        ("files", ("b.zip", archive)),
        ("files", ("", b"")),
    ]
    answer = await desk.client.post("/tips/report", files=files)
    assert answer.status_code == 201, answer.text
    assert "已加密保存 2 个附件" in answer.text
    assert "其中 1 个无法清除" in answer.text
    receipt = re.search(r'name="receipt" value="(\d{16})"', answer.text)
    assert receipt
    form = [("receipt", (None, receipt[1])), ("action", (None, "files")), ("files", ("c.txt", TEXT))]
    answer = await desk.client.post("/tips/receipt", files=form)
    assert answer.status_code == 200
    assert "附件 3" in answer.text
    assert "此格式无法清除" in answer.text
    form[2] = ("files", ("c.exe", b"MZ" + os.urandom(100)))
    answer = await desk.client.post("/tips/receipt", files=form)
    assert answer.status_code == 422
    assert "不接受这种文件" in answer.text


async def test_a_repeated_form_shows_the_same_receipt_and_keeps_its_files_once(desk: Desk, tmp_path: Path):
    tip = TIP[:-1] + ', "submission_id": "0190a000-0000-7000-8000-000000000001"}'
    answers = [
        await desk.client.post("/tips/v1/tips-with-files", data={"tip": tip}, files={"files": ("a.jpg", photo())})
        for _ in range(2)
    ]
    assert answers[0].json()["receipt"] == answers[1].json()["receipt"]
    assert answers[0].json()["statement"] == answers[1].json()["statement"]
    assert len(on_disk(tmp_path)) == 1
    other = await desk.client.post("/tips/v1/tips-with-files", data={"tip": tip}, files={"files": ("a.txt", TEXT)})
    assert other.json()["code"] == "repeated_otherwise"
    assert len(on_disk(tmp_path)) == 1


async def test_a_scanner_that_comes_later_is_asked_before_a_file_is_handed_out(
    desk: Desk, settings, clock, make_client
):
    from services.tips.app import create_app  # noqa: PLC0415

    await desk.client.post("/tips/v1/tips-with-files", data={"tip": TIP}, files={"files": ("a.txt", b"malware")})
    tip_id = await desk.newest()
    file_id = (await desk.read(tip_id))["files"][0]["file_id"]

    async def clamd(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\0")
        while length := int.from_bytes(await reader.readexactly(4)):
            await reader.readexactly(length)
        writer.write(b"stream: Test FOUND\0")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(clamd, "127.0.0.1", 0)
    address = f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    scanning = settings.model_copy(update={"tips_clamd": address})
    async with server, make_client(create_app(scanning, clock=clock)) as client:
        scanned = Desk(client, desk.mint, desk.admin)
        answer = await fetch(scanned, tip_id, file_id)
        assert (answer.status_code, answer.json()["code"]) == (409, "file_infected")
        assert (await scanned.read(tip_id))["files"][0]["scan"] == "infected"
    assert (await fetch(desk, tip_id, file_id)).json()["code"] == "file_infected"
