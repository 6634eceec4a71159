"""Rotation in the middle of work, and erasure that reaches the backups."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from nacl.public import PublicKey, SealedBox
from nacl.secret import SecretBox

from services.kit.testing.clock import FixedClock
from services.tips.domain.retention import RetentionPolicy
from services.tips.domain.tip import Status
from services.tips.settings import TipsSettings
from services.tips.storage.handling_log import verify
from services.tips.storage.keyring import write_keyring
from services.tips.storage.sealing import TeamReader, TipContent, TipKeys, Unreadable
from services.tips.use_cases.erase_tips import EraseTips
from services.tips.wiring import Resources, build_clean_files, build_rewrap_tips
from tests.integration.tips.conftest import HOSPITAL, Desk

POLICY = RetentionPolicy(
    "test-1",
    datetime(2026, 1, 1, tzinfo=UTC).date(),
    {Status.SUBSTANTIATED: 2, Status.UNSUBSTANTIATED: 2, Status.REFUSED: 1, Status.WITHDRAWN: 1},
)


async def generations(desk: Desk) -> dict[str, int]:
    rows = await desk.admin.fetch("select generation, count(*) from tip_keys group by 1")
    return {row[0]: row[1] for row in rows}


async def handler_writes(desk: Desk, tip_id: UUID, text: str) -> None:
    body = {"message_id": str(UUID(int=hash(text) % 2**128)), "text": text}
    assert (await desk.post(tip_id, "messages", body)).status_code == 204


async def test_keys_rotate_while_tips_come_in_and_are_read(
    desk: Desk, resources: Resources, settings: TipsSettings, clock: FixedClock
):
    old = resources.keys.keyring()
    receipts = [await desk.report(f"第{number}条") for number in range(5)]
    first = await desk.newest()
    await handler_writes(desk, first, "问一")
    new = old.rotated()

    async def report_on() -> None:
        receipts.extend([await desk.report(f"第{number}条") for number in range(5, 10)])

    reporting = asyncio.create_task(report_on())
    write_keyring(settings.keyring_file, new)
    assert await build_rewrap_tips(resources)() >= 5
    await reporting
    await build_rewrap_tips(resources)()
    assert await generations(desk) == {new.current.id: 10}
    write_keyring(settings.keyring_file, new.without(old.current.id))
    assert (await desk.read(first))["text"] == "第4条"
    await handler_writes(desk, first, "问二")
    answer = await desk.client.post("/tips/v1/lookup/messages", json={"receipt": receipts[4], "text": "答"})
    assert answer.status_code == 200
    assert [message["text"] for message in (await desk.look_up(receipts[4]))["messages"]] == ["问一", "问二", "答"]
    assert [message["text"] for message in (await desk.read(first))["messages"]] == ["问一", "问二", "答"]
    for receipt in receipts:
        await desk.look_up(receipt)


async def test_a_generation_that_is_missing_stops_neither_the_others_nor_the_round(
    desk: Desk, resources: Resources, settings: TipsSettings
):
    await desk.report()
    old = resources.keys.keyring()
    lost = await desk.newest()
    await desk.admin.execute("update tip_keys set generation = 'gone'")
    await desk.report()
    write_keyring(settings.keyring_file, old.rotated())
    assert await build_rewrap_tips(resources)() == 1
    answer = await desk.client.get(f"/tips/v1/tips/{lost}", headers=desk.mint.bearer("tip_handler"))
    assert answer.json()["code"] == "tip_unreadable"


async def test_tips_of_the_first_version_are_read_and_then_sealed_anew(desk: Desk, resources: Resources):
    """Rows as the first version wrote them: one data key, messages sealed for the team itself, a plain envelope."""
    receipt = await desk.report("旧版举报", identity={"name": "王小明", "phone": "13800000000"})
    tip_id = await desk.newest()
    await handler_writes(desk, tip_id, "旧版问题")
    ring = resources.keys.keyring()
    opened = resources.reader.open(await stored_keys(desk, tip_id))
    team, key = SealedBox(PublicKey(ring.current.public)), b"k" * 32
    padded = msgspec.json.encode(TipContent("旧版举报")) + b"\x80" + bytes(9)
    sealed = await desk.admin.fetchrow("select identity from sealed_tips")
    message = await desk.admin.fetchrow("select for_team, for_reporter from messages")
    assert opened.envelope
    await desk.admin.execute(
        "update tip_keys set public_key = null, wrapped_envelope = null, generation = '', wrapped_private = $1",
        team.encrypt(key),
    )
    await desk.admin.execute(
        "update sealed_tips set content = $1, identity = $2, filing = null, identity_key_id = null",
        bytes(SecretBox(key).encrypt(padded)),
        opened.identity_for_officer(sealed["identity"]),
    )
    await desk.admin.execute(
        "update messages set for_team = $1, for_reporter = $2",
        team.encrypt(opened.message(message["for_team"]).encode() + b"\x80"),
        SecretBox(opened.envelope).decrypt(message["for_reporter"]),
    )
    for rewrapped in (False, True):
        assert (await desk.read(tip_id))["text"] == "旧版举报"
        assert (await desk.read(tip_id))["messages"][0]["text"] == "旧版问题"
        assert (await desk.look_up(receipt))["messages"][0]["text"] == "旧版问题"
        if not rewrapped:
            assert await build_rewrap_tips(resources)() == 1
    assert await desk.admin.fetchval("select public_key is not null and generation <> '' from tip_keys")


async def stored_keys(desk: Desk, tip_id: UUID) -> TipKeys:
    row = await desk.admin.fetchrow("select * from tip_keys where tip_id = $1", tip_id)
    return TipKeys(row["generation"], row["wrapped_private"], row["public_key"], row["wrapped_envelope"])


@pytest.fixture
def erase(resources: Resources) -> EraseTips:
    return EraseTips(resources.database, resources.clock, resources.files, POLICY)


async def refused(desk: Desk, clock: FixedClock) -> tuple[str, UUID]:
    """A tip with a file, refused and closed on 10 March in Shanghai."""
    answer = await desk.client.post(
        "/tips/v1/tips-with-files",
        data={"tip": '{"kind": "other", "text": "秘密", "identity": {"name": "王小明", "phone": "13800000000"}}'},
        files={"files": ("a.txt", b"secret file")},
    )
    assert answer.status_code == 201
    tip_id = await desk.newest()
    await handler_writes(desk, tip_id, "请补充材料")
    await desk.done(tip_id, "refusal", {"reason_code": "no_clear_target"})
    await desk.done(tip_id, "closing", by="li")
    return answer.json()["receipt"], tip_id


async def test_a_tip_is_erased_on_the_day_after_its_term_and_its_backup_is_unreadable(
    desk: Desk, clock: FixedClock, resources: Resources, erase: EraseTips, settings: TipsSettings, tmp_path: Path
):
    receipt, tip_id = await refused(desk, clock)
    backup_keys = await stored_keys(desk, tip_id)
    backup = await desk.admin.fetchrow("select * from sealed_tips")
    reader = TeamReader(resources.keys.keyring)
    assert reader.open(backup_keys).content(backup["content"]).text == "秘密"
    clock.advance(datetime(2026, 4, 10, 15, 59, tzinfo=UTC) - clock.now())
    assert await erase() == 0, "10 April is the last day"
    clock.advance(timedelta(minutes=1))
    assert await erase() == 1
    assert await erase() == 0
    for table in ("sealed_tips", "tip_keys", "messages", "attachments"):
        assert await desk.admin.fetchval(f"select count(*) from {table}") == 0, table
    assert [path for path in (tmp_path / "tips-files").rglob("*") if path.is_file()] == []
    assert (await desk.client.post("/tips/v1/lookup", json={"receipt": receipt})).status_code == 404
    page = await desk.read(tip_id)
    assert (page["status"], page["refusal_reason"], page["text"]) == ("closed", "no_clear_target", None)
    assert page["log"][-1]["action"] == "erased"
    async with resources.database.reading() as session:
        assert await verify(session) is None
    # What a backup still has: rows whose key was wrapped for a generation that is removed at the next rotation.
    ring = resources.keys.keyring()
    write_keyring(settings.keyring_file, ring.rotated().without(ring.current.id))
    with pytest.raises(Unreadable):
        reader.open(backup_keys)


async def test_a_withdrawn_tip_has_its_own_term_and_an_open_one_has_none(
    desk: Desk, clock: FixedClock, erase: EraseTips
):
    receipt = await desk.report()
    await desk.client.post("/tips/v1/lookup/withdrawal", json={"receipt": receipt})
    open_receipt = await desk.report()
    clock.advance(timedelta(days=31))
    assert await erase() == 0
    clock.advance(timedelta(days=1))
    assert await erase() == 1
    clock.advance(timedelta(days=4000))
    assert await erase() == 0
    await desk.look_up(open_receipt)


async def test_a_tip_whose_reward_is_on_its_way_waits(desk: Desk, clock: FixedClock, erase: EraseTips, screening: Any):
    await desk.report()
    tip_id = await desk.newest()
    await desk.done(tip_id, "acceptance", {"institution_code": HOSPITAL})
    finding = await screening.confirm(10_000_000)
    await desk.done(tip_id, "substantiation", {"finding_ids": [str(finding)]})
    await desk.done(tip_id, "closing", by="li")
    await desk.done(tip_id, "reward-proposal", {"level": 1})
    clock.advance(timedelta(days=100))
    assert await erase() == 0
    await desk.admin.execute("update rewards set state = 'paid'")
    assert await erase() == 1
    assert await desk.admin.fetchval("select count(*) from rewards") == 1, "amounts stay for statistics"


async def test_the_sweep_of_files_removes_orphans_and_nothing_that_was_acknowledged(
    desk: Desk, clock: FixedClock, resources: Resources, tmp_path: Path
):
    _, tip_id = await refused(desk, clock)
    (file_id,) = [file["file_id"] for file in (await desk.read(tip_id))["files"]]
    orphan = tmp_path / "tips-files" / "ab" / ("ab" + "0" * 30)
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"x")
    os.utime(orphan, (clock.now().timestamp(), clock.now().timestamp()))
    clean = build_clean_files(resources)
    assert await clean() == 0, "a file of today may still wait for its transaction"
    clock.advance(timedelta(days=2))
    assert await clean() == 1
    headers = desk.mint.bearer("tip_handler")
    assert (await desk.client.get(f"/tips/v1/tips/{tip_id}/files/{file_id}", headers=headers)).content == b"secret file"
