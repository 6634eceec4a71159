"""A whole run with planted secrets: none of them may stand anywhere but in its sealed place."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import nacl.exceptions
import pytest
import structlog
from nacl.public import PrivateKey, SealedBox
from nacl.secret import SecretBox
from pydantic import SecretStr

from services.contracts.screening import FindingConfirmed, FindingOverturned
from services.kit.db import connection_arguments
from services.kit.ids import new_id
from services.kit.inbox import Event
from services.kit.testing.clock import FixedClock
from services.kit.testing.spans import capture_spans
from services.kit.testing.tokens import TokenMint
from services.tips.app import create_app
from services.tips.settings import TipsSettings, decode_key, development_keys
from services.tips.wiring import open_resources
from services.tips.worker import subscription

HOSPITAL = "H11010500001"
TEXT = "秘密一号：护士长张三在三楼代刷医保卡"
PLACE = "秘密二号：锦绣路卫生院"
NAME = "欧阳秘密三"
PHONE = "13912345678"
REPLY = "秘密四号：发生在三月二日晚上"
ANSWER = "秘密五号：请问谁可以作证"
PAGE_TEXT = "秘密六号：药店串换药品"


class Run:
    """Everything a run leaves behind."""

    def __init__(self) -> None:
        self.receipts: list[str] = []
        self.token = ""
        self.logs = ""
        self.spans = ""
        self.metrics = ""
        self.answers_of_errors: list[str] = []
        self.tables: dict[str, str] = {}
        self.outbox: list[dict[str, Any]] = []

    @property
    def secrets(self) -> list[str]:
        words = [TEXT, PLACE, NAME, PHONE, REPLY, ANSWER, PAGE_TEXT, *self.receipts, self.token]
        grouped = [" ".join(receipt[at : at + 4] for at in range(0, 16, 4)) for receipt in self.receipts]
        return words + grouped + [self.token.replace("-", "")]


def forms_of(secret: str) -> list[str]:
    """Spellings under which a secret could hide: plain, in JSON, as a Python literal, in hex as PostgreSQL shows it."""
    return [secret, json.dumps(secret)[1:-1], repr(secret.encode())[2:-1], secret.encode().hex()]


async def dump(url: str) -> dict[str, str]:
    """Every table of the schema as text, bytea in hex."""
    connection = await asyncpg.connect(**connection_arguments(url), server_settings={"search_path": "tips"})
    try:
        names = await connection.fetch("select tablename from pg_tables where schemaname = 'tips'")
        return {
            name["tablename"]: "\n".join(
                row["line"] for row in await connection.fetch(f'select t::text as line from "{name["tablename"]}" t')
            )
            for name in names
        }
    finally:
        await connection.close()


class Play:
    """The run itself."""

    def __init__(self, settings: TipsSettings, clock: FixedClock, mint: TokenMint, run: Run) -> None:
        self.settings = settings
        self.clock = clock
        self.mint = mint
        self.run = run
        self.finding = new_id()
        self.client: Any = None

    async def __call__(self, make_client: Callable[..., Any]) -> None:
        async with make_client(create_app(self.settings, clock=self.clock)) as client:
            self.client = client
            await self._consume(
                FindingConfirmed(
                    finding_id=self.finding,
                    settlement_ref=new_id(),
                    institution_code=HOSPITAL,
                    practitioner_codes=(),
                    rule_code="GZ1",
                    severity="violation",
                    amount_fen=10_000_000,
                    confirmed_at=self.clock.now(),
                )
            )
            await self._report()
            await self._handle()
            await self._make_mistakes()
            await self._consume(
                FindingOverturned(
                    finding_id=self.finding,
                    settlement_ref=new_id(),
                    institution_code=HOSPITAL,
                    amount_fen=10_000_000,
                    overturned_at=self.clock.now(),
                )
            )
            self.run.metrics = (await client.get("/tips/metrics")).text

    async def _report(self) -> None:
        body = {
            "kind": "identity_lending",
            "text": TEXT,
            "place": PLACE,
            "identity": {"name": NAME, "phone": PHONE},
        }
        answer = await self.client.post("/tips/v1/tips", json=body)
        self.run.receipts.append(answer.json()["receipt"])
        page = await self.client.post("/tips/report", data={"kind": "other", "text": PAGE_TEXT})
        self.run.receipts.append(page.text.split('name="receipt" value="')[1][:16])

    async def _step(
        self, tip_id: str, step: str, body: Any = None, by: str = "zhang", role: str = "tip_handler"
    ) -> Any:
        headers = self.mint.bearer(role, subject=by)
        answer = await self.client.post(f"/tips/v1/tips/{tip_id}/{step}", json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer

    async def _handle(self) -> None:
        receipt = self.run.receipts[0]
        queue = (await self.client.get("/tips/v1/queue", headers=self.mint.bearer("tip_handler"))).json()["items"]
        tip_id = next(item["tip_id"] for item in queue if item["named"])
        await self._step(tip_id, "acceptance", {"institution_code": HOSPITAL})
        await self._step(tip_id, "messages", {"message_id": str(new_id()), "text": ANSWER})
        form = {"receipt": receipt, "action": "messages", "text": REPLY}
        assert ANSWER in (await self.client.post("/tips/receipt", data=form)).text
        page = await self.client.get(f"/tips/v1/tips/{tip_id}", headers=self.mint.bearer("tip_handler"))
        assert TEXT in page.text
        await self._step(tip_id, "substantiation", {"finding_ids": [str(self.finding)]})
        await self._step(tip_id, "closing", by="li")
        amount = (await self._step(tip_id, "reward-proposal", {"level": 1})).json()["amount_fen"]
        for approver in ("chen", "zhao"):
            await self._step(tip_id, "reward-approval", {"amount_fen": amount}, approver, "reward_approver")
        claim = await self.client.post("/tips/v1/lookup/reward-claim", json={"receipt": receipt})
        self.run.token = claim.json()["payment_token"]
        payout = {"payment_token": self.run.token, "reference": "V-1"}
        await self._step(tip_id, "payout", payout, "chen", "reward_approver")

    async def _make_mistakes(self) -> None:
        """Requests that are refused, with secrets in every place a caller might put them."""
        receipt = self.run.receipts[0]
        wrong = [
            self.client.post("/tips/v1/tips", json={"kind": TEXT, "text": TEXT, NAME: PHONE}),
            self.client.post("/tips/v1/tips", content=f'{{"text": "{TEXT}", "receipt": {receipt}'),
            self.client.post("/tips/v1/lookup", json={"receipt": receipt, "text": TEXT}),
            self.client.post("/tips/v1/lookup", json={"receipt": [receipt]}),
            self.client.post("/tips/v1/lookup/messages", json={"receipt": receipt, "text": REPLY * 1000}),
            self.client.post(f"/tips/v1/lookup?receipt={receipt}", json={}),
            self.client.get(f"/tips/v1/lookup/{receipt}"),
            self.client.get(f"/tips/receipt/{receipt}?phone={PHONE}"),
        ]
        for request in wrong:
            answer = await request
            assert answer.status_code in {404, 405, 422}
            self.run.answers_of_errors.append(answer.text + str(answer.headers))

    async def _consume(self, fact: Any) -> None:
        async with open_resources(self.settings, clock=self.clock) as resources:
            event = Event(new_id(), fact.TYPE, fact.key, self.clock.now(), fact, None)
            await subscription(resources).handlers[type(fact)]([event])


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> TipsSettings:
    return TipsSettings(
        database_url=SecretStr(database_url),
        state_directory=tmp_path,
        jwks=str(tmp_path / "jwks.json"),
        tips_argon2_memory_kib=64,
        tips_argon2_passes=1,
        **development_keys(tmp_path),
    )


@pytest.fixture
async def run(
    settings: TipsSettings,
    clock: FixedClock,
    tmp_path: Path,
    make_client: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> Run:
    mint = TokenMint(clock)
    mint.write_jwks(tmp_path)
    run = Run()
    caplog.set_level(logging.DEBUG)
    # The test's own client writes addresses to the log; a server's log is what counts.
    for name in ("httpx", "httpcore"):
        caplog.set_level(logging.CRITICAL, logger=name)
    with structlog.testing.capture_logs() as entries, capture_spans() as captured:
        await Play(settings, clock, mint, run)(make_client)
        run.spans = captured.text()
    written = capfd.readouterr()
    run.logs = "\n".join([caplog.text, repr(entries), written.out, written.err])
    run.tables = await dump(settings.database_url.get_secret_value())
    connection = await asyncpg.connect(
        **connection_arguments(settings.database_url.get_secret_value()), server_settings={"search_path": "tips"}
    )
    run.outbox = [dict(row) for row in await connection.fetch("select * from outbox")]
    await connection.close()
    return run


async def test_no_secret_stands_in_logs_spans_metrics_events_errors_or_tables(run: Run):
    assert "request" in run.logs
    assert "tips.accept" in run.spans
    assert "tips_handling_steps" in run.metrics
    assert {row["type"] for row in run.outbox} == {
        "tips.tip.accepted.v1",
        "tips.tip.substantiated.v1",
        "tips.tip.closed.v1",
    }
    assert len(run.tables["sealed_tips"].splitlines()) == 2
    places = {
        "logs": run.logs,
        "spans": run.spans,
        "metrics": run.metrics,
        "outbox": repr(run.outbox),
        "errors": "\n".join(run.answers_of_errors),
        **{f"table {name}": text for name, text in run.tables.items()},
    }
    found = [
        (place, secret)
        for place, content in places.items()
        for secret in run.secrets
        for form in forms_of(secret)
        if form in content
    ]
    assert found == []


async def test_no_address_or_browser_is_kept(run: Run):
    kept = run.logs + run.spans + run.metrics + "".join(run.tables.values())
    for trail in ("127.0.0.1", "python-httpx", "user-agent", "user_agent", "client.address"):
        assert trail not in kept.lower()


async def test_a_stolen_database_with_the_running_configuration_reveals_no_identity(
    run: Run, settings: TipsSettings, tmp_path: Path
):
    """No key the service holds opens the identity; the officer's, which it does not hold, does."""
    connection = await asyncpg.connect(
        **connection_arguments(settings.database_url.get_secret_value()), server_settings={"search_path": "tips"}
    )
    sealed = await connection.fetchval("select identity from sealed_tips where identity is not null")
    await connection.close()
    keys = settings.keys()
    held = [keys.receipt_salt, keys.team_private, keys.team_public, keys.identity_public]
    for key in held:
        with pytest.raises(nacl.exceptions.CryptoError):
            SealedBox(PrivateKey(key)).decrypt(sealed)
        with pytest.raises(nacl.exceptions.CryptoError):
            SecretBox(key).decrypt(sealed)
    officer = PrivateKey(decode_key((tmp_path / "keys" / "tips-identity-officer.key").read_text().strip()))
    assert NAME in SealedBox(officer).decrypt(sealed).decode(errors="ignore")
    assert run.receipts


async def test_a_process_for_the_public_can_take_tips_and_not_read_them(
    settings: TipsSettings, clock: FixedClock, tmp_path: Path, make_client: Callable[..., Any]
):
    TokenMint(clock).write_jwks(tmp_path)
    outward = settings.model_copy(update={"tips_serves": "public"})
    async with make_client(create_app(outward, clock=clock)) as client:
        answer = await client.post("/tips/v1/tips", json={"kind": "other", "text": TEXT})
        assert answer.status_code == 201
        assert (await client.get("/tips/v1/queue")).status_code == 404
    async with open_resources(outward, clock=clock) as resources:
        assert not resources.reader.can_read
