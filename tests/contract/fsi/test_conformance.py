"""Transactions of the national interface against a running service: every file here is one conversation.

A file has ``title``; ``envelope``, merged into that of every request; ``steps``, each with ``infno``, ``input``,
perhaps ``envelope`` and ``status``, and ``answer``, of which every field must be answered so; and ``facts``, the types
of the facts stated, in order, each with fields it must have. ``"$any"`` stands for anything but nothing,
``"$keep:name"`` keeps what was answered, ``"$name"`` in a later step is what was kept. An ``err_msg`` or ``warn_msg``
holds if it contains the text given.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr

from services.intake.api.fsi.transactions import TRANSACTIONS
from services.intake.app import create_app
from services.intake.settings import IntakeSettings
from services.kit.db import connection_arguments
from services.kit.testing.clock import FixedClock
from services.kit.testing.tokens import TokenMint
from tests.conftest import running
from tests.support.fsi import PATH, message
from tests.support.intake import HOSPITAL, SECRET

FILES = sorted(Path(__file__).parent.glob("*.json"))
PHARMACY = "P11010500001"
PARTIAL = frozenset({"err_msg", "warn_msg"})


def read(file: Path) -> dict[str, Any]:
    conversation: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return conversation


def filled(value: Any, kept: dict[str, Any]) -> Any:
    """Put what was kept in place of its name."""
    if isinstance(value, dict):
        return {key: filled(one, kept) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, kept) for one in value]
    if isinstance(value, str) and value.startswith("$") and value[1:] in kept:
        return kept[value[1:]]
    return value


def compare(expected: Any, found: Any, at: str, kept: dict[str, Any]) -> None:
    """Fail where what was answered is not what is expected."""
    if isinstance(expected, str) and expected.startswith("$keep:"):
        assert found not in (None, "", [], {}), at
        kept[expected.removeprefix("$keep:")] = found
    elif expected == "$any":
        assert found not in (None, "", [], {}), at
    elif isinstance(expected, dict):
        assert isinstance(found, dict), at
        for key, one in expected.items():
            assert key in found, f"{at}/{key}"
            compare(one, found[key], f"{at}/{key}", kept)
    elif isinstance(expected, list):
        assert isinstance(found, list), at
        assert len(found) == len(expected), f"{at}: {found}"
        for index, (one, other) in enumerate(zip(expected, found, strict=True)):
            compare(one, other, f"{at}/{index}", kept)
    elif at.rsplit("/", 1)[-1] in PARTIAL and expected:
        assert expected in found, f"{at}: {found}"
    else:
        assert found == expected, f"{at}: {found!r}"


@pytest.fixture
async def service(database_url: str, tmp_path: Path, clock: FixedClock) -> Any:
    mint = TokenMint(clock)
    settings = IntakeSettings(
        database_url=SecretStr(database_url),
        state_directory=tmp_path,
        jwks=str(mint.write_jwks(tmp_path)),
        pseudonym_secret=SecretStr(SECRET),
    )
    entry = {"name": "机构", "level": 3, "region": "110105", "agreement_from": "2020-01-01"}
    async with running(create_app(settings, clock=clock)) as client:
        for code, kind in ((HOSPITAL, "hospital"), (PHARMACY, "pharmacy")):
            answer = await client.put(
                f"/intake/v1/institutions/{code}", json=entry | {"kind": kind}, headers=mint.bearer("registrar")
            )
            assert answer.status_code == 201
        connection = await asyncpg.connect(**connection_arguments(database_url))
        await connection.execute("delete from intake.outbox")

        async def post(body: dict[str, Any]) -> Any:
            caller = mint.bearer("hospital", institution=body["fixmedins_code"])
            return await client.post(PATH, json=body, headers=caller)

        async def facts() -> list[dict[str, Any]]:
            found = await connection.fetch("select type, payload from intake.outbox order by sequence")
            return [{"type": row["type"], **json.loads(row["payload"])} for row in found]

        yield post, facts
        await connection.close()


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
async def test_a_conversation_goes_as_written(file: Path, service: tuple[Callable[..., Any], ...]) -> None:
    post, facts = service
    conversation = read(file)
    kept: dict[str, Any] = {}
    for number, step in enumerate(conversation["steps"]):
        envelope = conversation.get("envelope", {}) | step.get("envelope", {})
        answer = await post(message(step["infno"], filled(step["input"], kept), **envelope))
        assert answer.status_code == step.get("status", 200), f"step {number}: {answer.text}"
        if answer.status_code == 200:
            assert_envelope(answer.json())
        compare(filled(step["answer"], kept), answer.json(), f"step {number}", kept)
    if "facts" in conversation:
        compare(filled(conversation["facts"], kept), await facts(), "facts", kept)


def assert_envelope(answer: dict[str, Any]) -> None:
    assert isinstance(answer["infcode"], str)
    assert answer["infcode"] in {"0", "-1"}
    assert (answer["err_msg"] == "") == (answer["infcode"] == "0")
    assert len(answer["refmsg_time"]) == len(answer["respond_time"]) == 17
    assert answer["inf_refmsgid"] == "" or (len(answer["inf_refmsgid"]) == 30 and answer["inf_refmsgid"].isdigit())


def test_every_transaction_has_a_conversation_in_which_it_succeeds() -> None:
    good = set()
    for file in FILES:
        for step in read(file)["steps"]:
            if step["answer"].get("infcode") == "0":
                good.add(step["infno"])
    assert set(TRANSACTIONS) - good == set()
