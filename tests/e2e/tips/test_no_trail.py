"""A whole run with planted secrets: none of them may stand anywhere but in its sealed place."""

import contextlib
import io
import json
import logging
import tempfile
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import nacl.exceptions
import pytest
import structlog
from nacl.public import PrivateKey, SealedBox
from nacl.secret import SecretBox
from PIL import Image
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
from services.tips.storage.sealing import Unreadable, open_identity
from services.tips.wiring import open_resources
from services.tips.worker import subscription

HOSPITAL = "H11010500001"
TEXT = "秘密一号：护士长张三在三楼代刷医保卡"
PLACE = "秘密二号：锦绣路卫生院"
NAME = "欧阳秘密三"
PHONE = "13912345678"
REPLY = "秘密四号：发生在三月二日晚上"
ANSWER = "秘密五号：请问谁可以作证"
PAYEE = "秘密收款人甲"
ACCOUNT = "6222029876543210987"
PAGE_TEXT = "秘密六号：药店串换药品"
FILE_NAME = "秘密七号欧阳的手机.jpg"
OWNER = "SECRET-NUMBER-EIGHT-OWNER"
FILE_TEXT = "秘密九号：账本第三页"
REASON = "秘密十号：须向欧阳核实"
ID_NUMBER = "440000199001019997"


def photo() -> bytes:
    """A picture that names its owner."""
    exif = Image.Exif()
    exif[0x010F] = OWNER
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(out, "JPEG", exif=exif, comment=OWNER.encode())
    return out.getvalue()


class Run:
    """Everything a run leaves behind."""

    def __init__(self) -> None:
        self.receipts: list[str] = []
        self.token = ""
        self.logs = ""
        self.spans = ""
        self.metrics = ""
        self.answers_of_errors: list[str] = []
        self.released = b""
        self.disk = b""
        self.tables: dict[str, str] = {}
        self.outbox: list[dict[str, Any]] = []

    @property
    def secrets(self) -> list[str]:
        words = [TEXT, PLACE, NAME, PHONE, REPLY, ANSWER, PAGE_TEXT, *self.receipts, self.token]
        words += [PAYEE, ACCOUNT, FILE_NAME, OWNER, FILE_TEXT, REASON, ID_NUMBER]
        grouped = [" ".join(receipt[at : at + 4] for at in range(0, 16, 4)) for receipt in self.receipts]
        return words + grouped + [self.token.replace("-", "")]


def forms_of(secret: str) -> list[str]:
    """Spellings under which a secret could hide: plain, in JSON, as a Python literal, in hex as PostgreSQL shows it."""
    encoded = secret.encode()
    return [
        secret,
        json.dumps(secret)[1:-1],
        repr(encoded)[2:-1],
        encoded.hex(),
        encoded.decode("latin-1"),
        quote(secret),
    ]


def stolen_files(state: Path, *more: Path) -> list[Path]:
    """What lies on the service's disk: attachments, keys, temporary files; the officer's own folder is elsewhere."""
    places = [state / "tips-files", state / "keys", *more]
    return [path for place in places for path in place.rglob("*") if path.is_file()]


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
            "identity": {"name": NAME, "phone": PHONE, "id_number": ID_NUMBER},
        }
        answer = await self.client.post(
            "/tips/v1/tips-with-files", data={"tip": json.dumps(body)}, files={"files": (FILE_NAME, photo())}
        )
        self.run.receipts.append(answer.json()["receipt"])
        form = [("kind", (None, "other")), ("text", (None, PAGE_TEXT)), ("files", (FILE_NAME, FILE_TEXT.encode() * 9))]
        page = await self.client.post("/tips/report", files=form)
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
        added = {"receipt": receipt}, {"files": (f"{FILE_NAME}.txt", FILE_TEXT.encode())}
        assert (await self.client.post("/tips/v1/lookup/files", data=added[0], files=added[1])).status_code == 200
        for file in (await self.client.get(f"/tips/v1/tips/{tip_id}", headers=self.mint.bearer("tip_handler"))).json()[
            "files"
        ]:
            path = f"/tips/v1/tips/{tip_id}/files/{file['file_id']}"
            assert (await self.client.get(path, headers=self.mint.bearer("tip_handler"))).status_code == 200
        filing = await self.client.post("/tips/v1/lookup/filing", json={"receipt": receipt, "with_opening": True})
        assert TEXT in filing.json()["opening"]["document"]
        await self._open_identity(tip_id)
        await self._step(tip_id, "substantiation", {"finding_ids": [str(self.finding)]})
        await self._step(tip_id, "closing", by="li")
        amount = (await self._step(tip_id, "reward-proposal", {"level": 1})).json()["amount_fen"]
        for approver in ("chen", "zhao"):
            await self._step(tip_id, "reward-approval", {"amount_fen": amount}, approver, "reward_approver")
        payee = {"name": PAYEE, "account": ACCOUNT}
        claim = await self.client.post("/tips/v1/lookup/reward-claim", json={"receipt": receipt, "payee": payee})
        self.run.token = claim.json()["payment_token"]
        payout = {"payment_token": self.run.token, "reference": "V-1"}
        await self._pay(payout)

    async def _pay(self, payout: dict[str, str]) -> None:
        first, second = (self.mint.bearer("payout_officer", subject=subject) for subject in ("cai", "wu"))
        made = await self.client.post("/tips/v1/payouts/transfers", json=payout, headers=first)
        path = f"/tips/v1/payouts/{made.json()['payout_id']}"
        assert (await self.client.post(f"{path}/payee", headers=first)).status_code == 200
        assert (await self.client.post(f"{path}/confirmation", headers=second)).status_code == 200

    async def _open_identity(self, tip_id: str) -> None:
        body = {"category": "verify_with_reporter", "reason": REASON}
        asked = await self._step(tip_id, "identity-openings", body, "shen", "identity_officer")
        opening = f"identity-openings/{asked.json()['opening_id']}"
        await self._step(tip_id, f"{opening}/decision", {"approve": True}, "lin", "identity_officer")
        released = await self._step(tip_id, f"{opening}/release", None, "shen", "identity_officer")
        self.run.released = b64decode(released.json()["sealed"])

    async def _make_mistakes(self) -> None:
        """Requests that are refused, with secrets in every place a caller might put them."""
        receipt = self.run.receipts[0]
        program = {"files": (FILE_NAME, b"MZ" + FILE_TEXT.encode() * 999)}
        broken = f"--x\r\nContent-Disposition: form-data; name={NAME}; filename={FILE_NAME}\r\n\r\n{FILE_TEXT}"
        wrong = [
            self.client.post("/tips/v1/tips-with-files", data={"tip": TEXT}, files=program),
            self.client.post("/tips/v1/lookup/files", data={"receipt": receipt}, files=program),
            self.client.post("/tips/v1/lookup/files", data={"receipt": TEXT}, files={"files": (FILE_NAME, photo())}),
            self.client.post(
                "/tips/v1/tips-with-files",
                content=broken.encode(),
                headers={"content-type": "multipart/form-data; boundary=x"},
            ),
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
            assert answer.status_code in {404, 405, 409, 422}
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
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> Run:
    mint = TokenMint(clock)
    mint.write_jwks(tmp_path)
    run = Run()
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    caplog.set_level(logging.DEBUG)
    # The test's own client writes addresses to the log; a server's log is what counts.
    for name in ("httpx", "httpcore"):
        caplog.set_level(logging.CRITICAL, logger=name)
    with structlog.testing.capture_logs() as entries, capture_spans() as captured:
        await Play(settings, clock, mint, run)(make_client)
        run.spans = captured.text()
    written = capfd.readouterr()
    run.logs = "\n".join([caplog.text, repr(entries), written.out, written.err])
    run.disk = b"".join(
        str(path).encode() + path.read_bytes() for path in stolen_files(tmp_path, tmp_path / "temporary")
    )
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
        "disk": run.disk.decode("latin-1"),
    }
    found = [
        (place, secret)
        for place, content in places.items()
        for secret in run.secrets
        for form in forms_of(secret)
        if form in content
    ]
    assert found == []


async def test_what_reporters_ask_for_leaves_no_line_no_span_and_no_series(run: Run):
    for route in ("/tips/v1/lookup", "/tips/report", "/tips/receipt", "'route': '/tips/v1/tips'"):
        assert route not in run.logs
        assert route not in run.spans
        assert route not in run.metrics
    assert "/tips/v1/tips/{tip_id}/acceptance" in run.logs
    assert "(none)" not in run.logs


async def test_no_address_or_browser_is_kept(run: Run):
    kept = run.logs + run.spans + run.metrics + "".join(run.tables.values())
    for trail in ("127.0.0.1", "python-httpx", "user-agent", "user_agent", "client.address"):
        assert trail not in kept.lower()


async def test_a_stolen_database_with_the_running_configuration_reveals_no_identity(
    run: Run, settings: TipsSettings, tmp_path: Path
):
    """Whoever has every row, every file and every key of the service tries each key on each thing, over and over."""
    connection = await asyncpg.connect(
        **connection_arguments(settings.database_url.get_secret_value()), server_settings={"search_path": "tips"}
    )
    names = await connection.fetch("select tablename from pg_tables where schemaname = 'tips'")
    rows = [row for name in names for row in await connection.fetch(f'select * from "{name["tablename"]}"')]
    identity = await connection.fetchval("select identity from sealed_tips where identity is not null")
    await connection.close()
    keys = settings.keys()
    things = {value for row in rows for value in row.values() if isinstance(value, bytes)} | {run.released}
    known = {keys.receipt_salt, keys.identity_public, keys.filing_seed}
    known |= {key for each in keys.keyring().generations for key in (each.public, each.private, each.envelope) if key}
    known |= {decode_key(path.read_text().strip()) for path in (tmp_path / "keys").iterdir() if path.suffix != ".json"}
    known |= {thing for thing in things if len(thing) == 32}
    opened: set[bytes] = set()
    tried: set[tuple[bytes, bytes]] = set()
    for _ in range(3):
        for key in list(known):
            for thing in list(things):
                if (key, thing) not in tried:
                    tried.add((key, thing))
                    opened |= set(attempts(key, thing))
        things |= opened
        known |= {content[:32] for content in opened if 32 <= len(content) <= 600}
    everything = b"".join(opened) + b"".join(things)
    assert TEXT.encode() in everything, "the attack works: with the team's key the tip itself is read"
    for secret in (NAME, PHONE, ID_NUMBER):
        assert secret.encode() not in everything
    officer = decode_key((tmp_path / "officer" / "tips-identity-officer.key").read_text().strip())
    assert NAME in repr(open_identity(run.released, officer))
    with pytest.raises(Unreadable):
        open_identity(identity, officer)
    assert run.receipts


def attempts(key: bytes, thing: bytes) -> Iterator[bytes]:
    """Whatever a key opens."""
    for box in (SealedBox(PrivateKey(key)), SecretBox(key)):
        with contextlib.suppress(nacl.exceptions.CryptoError, ValueError):
            yield bytes(box.decrypt(thing))


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
