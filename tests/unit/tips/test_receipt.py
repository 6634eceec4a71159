"""Receipts: sixteen digits, hashed at a known cost, and sealed boxes that only their holders open."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from argon2.low_level import Type, hash_secret_raw
from hypothesis import given
from hypothesis import strategies as st
from nacl.public import PrivateKey

from services.kit.errors import TooMany
from services.kit.testing.clock import FixedClock
from services.tips.domain.guessing import FailureBucket
from services.tips.domain.receipt import display, keys_from, normalise, receipt_from
from services.tips.storage import receipts
from services.tips.storage.receipts import ReceiptHasher
from services.tips.storage.sealing import ReporterIdentity, Sealer, TeamReader, TipContent, Unreadable, read_as_reporter
from services.tips.use_cases.receipt_gate import ReceiptGate

NOW = datetime(2026, 3, 10, 2, tzinfo=UTC)
SALT = b"s" * 32


@given(st.binary(min_size=16, max_size=16))
def test_a_receipt_is_sixteen_digits_and_survives_being_written_down(submission: bytes):
    receipt = receipt_from(SALT, submission)
    assert len(receipt) == 16
    assert normalise(display(receipt)) == receipt
    assert receipt_from(SALT, submission) == receipt
    assert receipt_from(b"t" * 32, submission) != receipt


@pytest.mark.parametrize(
    ("typed", "receipt"),
    [
        ("1234-5678 9012　3456", "1234567890123456"),
        ("１２３４567890123456", "1234567890123456"),
        ("123456789012345", None),
        ("12345678901234567", None),
        ("123456789012345a", None),
        ("", None),
    ],
)
def test_what_people_type_is_read_as_they_mean_it(typed: str, receipt: str | None):
    assert normalise(typed) == receipt


async def test_a_receipt_is_hashed_with_argon2id_under_the_secret_salt():
    hasher = ReceiptHasher(SALT, memory_kib=64, passes=2, concurrency=1)
    root = hash_secret_raw(b"1234567890123456", SALT, 2, 64, 1, 32, Type.ID)
    keys = await hasher.keys("1234 5678 9012 3456")
    assert keys.lookup == keys_from(root).lookup
    assert len({keys.lookup, keys.reporter_seed, keys.payment}) == 3
    assert "1234" not in repr(keys)


async def test_rubbish_is_hashed_too():
    hasher = ReceiptHasher(SALT, memory_kib=64, passes=1, concurrency=1)
    assert (await hasher.keys("rubbish")).lookup == (await hasher.keys("")).lookup


async def test_hashes_run_a_bounded_number_at_a_time(monkeypatch):
    running = most = 0

    async def counted(function, *arguments):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        running -= 1
        return function(*arguments)

    monkeypatch.setattr(receipts.asyncio, "to_thread", counted)
    hasher = ReceiptHasher(SALT, memory_kib=8, passes=1, concurrency=2)
    await asyncio.gather(*(hasher.keys(f"{number:016d}") for number in range(200)))
    assert most == 2


async def test_more_than_the_queue_holds_are_told_to_come_back(monkeypatch):
    monkeypatch.setattr(receipts, "WAITING_PLACES", 3)
    hasher = ReceiptHasher(SALT, memory_kib=8, passes=1, concurrency=1)
    answers = await asyncio.gather(*(hasher.keys(str(n)) for n in range(5)), return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, TooMany)]
    assert len(refused) == 2
    assert refused[0].retry_after == 10
    await hasher.keys("0")


def test_thirty_wrong_receipts_are_free_and_the_delay_then_doubles_up_to_eight_seconds():
    bucket = FailureBucket()
    for _ in range(29):
        bucket.failed(NOW)
    assert bucket.delay(NOW) == 0
    bucket.failed(NOW)
    first = bucket.delay(NOW)
    assert 0.5 <= first < 0.6
    for _ in range(10):
        bucket.failed(NOW)
    assert bucket.delay(NOW) == pytest.approx(first * 2)
    for _ in range(1000):
        bucket.failed(NOW)
    assert bucket.delay(NOW) == 8


def test_wrong_receipts_are_forgiven_one_every_two_seconds():
    bucket = FailureBucket()
    for _ in range(1000):
        bucket.failed(NOW)
    assert bucket.delay(NOW + timedelta(seconds=60)) > 0
    assert bucket.delay(NOW + timedelta(seconds=123)) == 0
    bucket.failed(NOW)  # a clock that steps back forgives nothing
    assert bucket.tokens < 2


async def test_under_attack_look_ups_wait_and_beyond_the_places_are_refused():
    slept = []
    release = asyncio.Event()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await release.wait()

    gate = ReceiptGate(ReceiptHasher(SALT, memory_kib=8, passes=1, concurrency=2), FixedClock(NOW), sleep=sleep)
    await gate.keys("1")
    assert slept == []
    for _ in range(200):
        gate.wrong_receipt()
    waiting = [asyncio.create_task(gate.keys(str(number))) for number in range(33)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert slept == [8.0] * 32
    with pytest.raises(TooMany) as refused:
        await waiting[32]
    assert refused.value.retry_after == 8
    release.set()
    await asyncio.gather(*waiting[:32])


class TestSealing:
    team = PrivateKey(b"t" * 32)
    officer = PrivateKey(b"o" * 32)
    sealer = Sealer(bytes(team.public_key), bytes(officer.public_key))

    def test_only_the_team_reads_a_tip(self):
        content = TipContent("院长让我们改病历", "某县医院")
        sealed = self.sealer.tip(content)
        assert TeamReader(bytes(self.team)).tip(sealed) == content
        for other in (None, bytes(self.officer)):
            with pytest.raises(Unreadable):
                TeamReader(other).tip(sealed)

    def test_every_tip_has_a_key_of_its_own(self):
        first, second = self.sealer.tip(TipContent("a")), self.sealer.tip(TipContent("a"))
        assert first.wrapped_key != second.wrapped_key
        assert first.content != second.content

    def test_the_team_cannot_open_an_identity(self):
        sealed = self.sealer.identity(ReporterIdentity("王小明", "13800000000"))
        with pytest.raises(Unreadable):
            TeamReader(bytes(self.team)).message(sealed)
        assert "王小明" in TeamReader(bytes(self.officer)).message(sealed)

    def test_only_the_receipt_opens_what_is_sealed_for_the_reporter(self):
        seed = b"r" * 32
        sealed = self.sealer.message_for_reporter("请补充时间", self.sealer.reporter_public_key(seed))
        assert read_as_reporter(sealed, seed) == "请补充时间"
        with pytest.raises(Unreadable):
            read_as_reporter(sealed, b"q" * 32)
        with pytest.raises(Unreadable):
            TeamReader(bytes(self.team)).message(sealed)

    def test_the_length_of_what_is_sealed_tells_little(self):
        short = self.sealer.identity(ReporterIdentity("王", "1380000"))
        long = self.sealer.identity(ReporterIdentity("欧阳" * 30, "13800000000"))
        assert len(short) == len(long)

    @given(st.text(max_size=2000))
    def test_every_text_comes_back_as_it_was(self, text: str):
        assert TeamReader(bytes(self.team)).message(self.sealer.message_for_team(text)) == text
