"""Receipts: sixteen digits, hashed at a known cost."""

import asyncio
from datetime import UTC, datetime

import pytest
from argon2.low_level import Type, hash_secret_raw
from hypothesis import given
from hypothesis import strategies as st

from services.kit.errors import TooMany
from services.tips.domain.receipt import display, keys_from, normalise, receipt_from
from services.tips.storage import receipts
from services.tips.storage.receipts import ReceiptHasher

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
