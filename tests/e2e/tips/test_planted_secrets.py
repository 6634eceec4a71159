"""The whole system, as `fundwarden up` runs it, through a full life of a tip: no planted secret turns up again."""

import asyncio
import io
import json
import os
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from PIL import Image

from services.kit.clock import SystemClock
from services.kit.db import connection_arguments
from services.kit.ids import new_id
from services.kit.testing.tokens import TokenMint
from services.kit.tokens import development_key_files, ensure_key_files
from tests.support.installation import free_port
from tests.support.otlp import Receiver, receiving
from tests.support.plants import grouped, spellings, turned_up

HOSPITAL = "H11010500077"
PLANTS = {
    "text": "埋设甲：护士长欧阳在三楼代刷医保卡",
    "place": "埋设乙：锦绣路卫生院后门",
    "answer": "埋设丙：一共二十七张医保卡",
    "name": "欧阳埋设丁",
    "phone": "13987650412",
    "id number": "440000199001019997",
    "message": "埋设戊：发生在三月二日晚上",
    "reply": "埋设己：请问谁可以作证呢",
    "objection": "埋设庚：没有问过夜班护士",
    "reason to open": "埋设辛：须向本人核实时间地点",
    "payee": "埋设壬收款人",
    "account": "6222029876543219876",
    "bank": "埋设癸：锦绣路储蓄所",
    "file name": "埋设子欧阳的手机.jpg",
    "file text": "埋设丑：账本第三页的数字",
    "owner in EXIF": "PLANTED-OWNER-OF-THE-CAMERA",
    "comment in JPEG": "PLANTED-COMMENT-IN-PICTURE",
    "search": "埋设寅卫生院",
    "browser": "PlantedBrowser/77.7",
    "address": "203.0.113.177",
    "language": "zh-PLANTED-LANGUAGE",
    "trace": "4bf92f3577b34da6a3ce929d0e0e4799",
    "cookie": "planted-cookie-of-another-time",
    "text that fails": "埋设卯：数据库坏了的时候",
}
TRAIL = {
    "User-Agent": PLANTS["browser"],
    "X-Forwarded-For": PLANTS["address"],
    "Forwarded": f"for={PLANTS['address']}",
    "Accept-Language": PLANTS["language"],
    "traceparent": f"00-{PLANTS['trace']}-00f067aa0ba902b7-01",
    "Cookie": f"c={PLANTS['cookie']}",
}
METRICS = ("intake", "screening", "credit", "tips")


def photo() -> bytes:
    """A picture that names its owner."""
    exif = Image.Exif()
    exif[0x010F] = PLANTS["owner in EXIF"]
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(out, "JPEG", exif=exif, comment=PLANTS["comment in JPEG"].encode())
    return out.getvalue()


class Life:
    """A full life of a tip, over real HTTP."""

    def __init__(self, base_url: str, mint: TokenMint) -> None:
        self.reporter = httpx.Client(base_url=base_url, headers=TRAIL, timeout=60)
        self.desk = httpx.Client(base_url=base_url, timeout=60)
        self.mint = mint
        self.secrets = dict(PLANTS)
        self.receipt = ""

    def close(self) -> None:
        self.reporter.close()
        self.desk.close()

    def keep(self, what: str, receipt: str) -> None:
        """Note a receipt, in every form, as a secret."""
        self.secrets |= {f"{what} {number}": form for number, form in enumerate(grouped(receipt))}

    def live(self) -> None:
        self._report()
        tip_id = self._take_up()
        self._talk(tip_id)
        self._open_identity(tip_id)
        self._decide(tip_id)
        self._pay(tip_id)
        self._object()

    def _report(self) -> None:
        tip = {
            "kind": "false_admission",
            "text": PLANTS["text"],
            "place": PLANTS["place"],
            "answers": {"how_many": PLANTS["answer"]},
            "identity": {"name": PLANTS["name"], "phone": PLANTS["phone"], "id_number": PLANTS["id number"]},
            "region": "110000",
        }
        files = {"files": (PLANTS["file name"], photo())}
        sent = self._ok(
            self.reporter.post("/tips/v1/tips-with-files", data={"tip": json.dumps(tip)}, files=files)
        ).json()
        self.receipt = sent["receipt"]
        self.keep("receipt", self.receipt)
        self._ok(self.reporter.post("/tips/v1/institutions/search", json={"fragment": PLANTS["search"]}))

    def _take_up(self) -> str:
        queue = self._ok(self.desk.get("/tips/v1/queue", headers=self.mint.bearer("tip_handler"))).json()
        (item,) = queue["items"]
        token = self.mint.token("tip_handler", subject="zhang")
        signed = self.desk.post("/tips/desk/sign-in", data={"token": token})
        cookie = signed.headers["set-cookie"].split(";")[0].split("=", 1)[1]
        self.secrets |= {"desk token": token, "desk cookie": cookie}
        # A client that minds plain HTTP sends no secure cookie, so this one is sent by hand.
        headers = {"Cookie": f"__Host-tips-desk={cookie}", "Accept": "text/html"}
        page = self._ok(self.desk.get(f"/tips/desk/tips/{item['tip_id']}", headers=headers)).text
        assert PLANTS["text"] in page
        form_token = page.split('name="form_token" value="')[1].split('"')[0]
        self.secrets["form token"] = form_token
        form = {"form_token": form_token, "action": "accept", "institution_code": HOSPITAL}
        done = self.desk.post(f"/tips/desk/tips/{item['tip_id']}", data=form, headers=headers)
        assert done.status_code == 303, done.text
        return str(item["tip_id"])

    def _talk(self, tip_id: str) -> None:
        self._step(tip_id, "messages", {"message_id": str(new_id()), "text": PLANTS["reply"]})
        form = {"receipt": self.receipt, "action": "messages", "text": PLANTS["message"]}
        assert PLANTS["reply"] in self._ok(self.reporter.post("/tips/receipt", data=form)).text
        added = {"files": ("笔记.txt", PLANTS["file text"].encode())}
        self._ok(self.reporter.post("/tips/v1/lookup/files", data={"receipt": self.receipt}, files=added))
        handler = self.mint.bearer("tip_handler", subject="zhang")
        for file in self._ok(self.desk.get(f"/tips/v1/tips/{tip_id}", headers=handler)).json()["files"]:
            self._ok(self.desk.get(f"/tips/v1/tips/{tip_id}/files/{file['file_id']}", headers=handler))
        opening = {"receipt": self.receipt, "with_opening": True}
        assert PLANTS["text"] in self._ok(self.reporter.post("/tips/v1/lookup/filing", json=opening)).text

    def _open_identity(self, tip_id: str) -> None:
        body = {"category": "verify_with_reporter", "reason": PLANTS["reason to open"]}
        asked = self._step(tip_id, "identity-openings", body, "shen", "identity_officer")
        path = f"identity-openings/{asked['opening_id']}"
        self._step(tip_id, f"{path}/decision", {"approve": True}, "lin", "identity_officer")
        self._step(tip_id, f"{path}/release", None, "shen", "identity_officer")

    def _decide(self, tip_id: str) -> None:
        self._step(tip_id, "substantiation", {"finding_ids": [], "case_value_fen": 100_000_000})
        self._step(tip_id, "closing", by="li")

    def _pay(self, tip_id: str) -> None:
        amount = self._step(tip_id, "reward-proposal", {"level": 1})["amount_fen"]
        for approver in ("chen", "zhao"):
            self._step(tip_id, "reward-approval", {"amount_fen": amount}, approver, "reward_approver")
        payee = {"name": PLANTS["payee"], "account": PLANTS["account"], "bank": PLANTS["bank"]}
        claim = {"receipt": self.receipt, "payee": payee}
        token = self._ok(self.reporter.post("/tips/v1/lookup/reward-claim", json=claim)).json()["payment_token"]
        self.secrets |= {"payment token": token, "payment token, plain": token.replace("-", "")}
        first, second = (self.mint.bearer("payout_officer", subject=subject) for subject in ("cai", "wu"))
        body = {"payment_token": token, "reference": "V-1"}
        made = self._ok(self.desk.post("/tips/v1/payouts/transfers", json=body, headers=first)).json()
        path = f"/tips/v1/payouts/{made['payout_id']}"
        self._ok(self.desk.post(f"{path}/payee", headers=first))
        self._ok(self.desk.post(f"{path}/confirmation", headers=second))

    def _object(self) -> None:
        """A second tip, given a name later, refused and disputed."""
        receipt = self._ok(
            self.reporter.post("/tips/report", data={"kind": "other", "text": PLANTS["text"], "region": "110000"})
        ).text.split('name="receipt" value="')[1][:16]
        self.keep("second receipt", receipt)
        identity = {"name": PLANTS["name"], "phone": PLANTS["phone"]}
        self._ok(self.reporter.post("/tips/v1/lookup/identity", json={"receipt": receipt, "identity": identity}))
        queue = self.desk.get("/tips/v1/queue?status=received", headers=self.mint.bearer("tip_handler")).json()
        tip_id = queue["items"][0]["tip_id"]
        self._step(tip_id, "refusal", {"reason_code": "no_clear_target"})
        self._step(tip_id, "closing", by="li")
        objection = {"receipt": receipt, "text": PLANTS["objection"]}
        self._ok(self.reporter.post("/tips/v1/lookup/dispute", json=objection))

    def fail(self) -> list[httpx.Response]:
        """Requests of reporters and of the desk that break inside, with secrets in them."""
        report = {"kind": "other", "text": PLANTS["text that fails"]}
        message = {"receipt": self.receipt, "text": PLANTS["text that fails"]}
        page = {"receipt": self.receipt, "action": "messages", "text": PLANTS["text that fails"]}
        handler = self.mint.bearer("tip_handler", subject="zhang")
        return [
            self.reporter.post("/tips/v1/tips", json=report),
            self.reporter.post("/tips/report", data=report, files={"files": (PLANTS["file name"], photo())}),
            self.reporter.post("/tips/v1/lookup", json={"receipt": self.receipt}),
            self.reporter.post("/tips/v1/lookup/messages", json=message),
            self.reporter.post("/tips/receipt", data=page),
            self.desk.get("/tips/v1/queue", headers={**handler, "User-Agent": PLANTS["browser"]}),
        ]

    def metrics(self) -> bytes:
        return b"".join(self.desk.get(f"/{service}/metrics").content for service in METRICS)

    def _step(
        self, tip_id: str, step: str, body: Any = None, by: str = "zhang", role: str = "tip_handler"
    ) -> dict[str, Any]:
        headers = self.mint.bearer(role, subject=by)
        answer = self._ok(self.desk.post(f"/tips/v1/tips/{tip_id}/{step}", json=body, headers=headers))
        return dict(answer.json()) if answer.content else {}

    @staticmethod
    def _ok(answer: httpx.Response) -> httpx.Response:
        assert answer.is_success, f"{answer.request.url}: {answer.text[:300]}"
        return answer


@contextmanager
def up(state: Path, url: str, receiver: Receiver) -> Iterator[str]:
    """Run `fundwarden up`, everything it writes kept; yield its address."""
    port = free_port()
    environment = {
        **os.environ,
        "FUNDWARDEN_STATE_DIRECTORY": str(state),
        "FUNDWARDEN_DATABASE_URL": url,
        "FUNDWARDEN_OTLP_ENDPOINT": receiver.endpoint,
        "FUNDWARDEN_LOG_LEVEL": "debug",
        "FUNDWARDEN_TIPS_ARGON2_PASSES": "1",
        "FUNDWARDEN_TIPS_ARGON2_MEMORY_KIB": "1024",
        "FUNDWARDEN_TIPS_SWEEP_SECONDS": "1",
        "TMPDIR": str(state / "tmp"),
    }
    (state / "tmp").mkdir()
    command = [sys.executable, "-X", "faulthandler", "-m", "services.cli", "up", "--port", str(port)]
    with (
        (state / "written").open("ab") as out,
        subprocess.Popen(command, env=environment, stdout=out, stderr=out) as running,
    ):
        try:
            base_url = f"http://127.0.0.1:{port}"
            deadline = time.monotonic() + 90
            while True:
                try:
                    if httpx.get(f"{base_url}/tips/health/ready", timeout=5).is_success:
                        break
                except httpx.HTTPError:
                    time.sleep(0.1)
                if running.poll() is not None or time.monotonic() > deadline:
                    pytest.fail((state / "written").read_text()[-3000:])
            yield base_url
        finally:
            # The last words of a process that is made to crash are read too.
            running.send_signal(6)
            running.wait(30)


async def every_row(url: str) -> dict[str, bytes]:
    """Every row of every table of every schema as text, bytea in hex, by table."""
    connection = await asyncpg.connect(**connection_arguments(url))
    try:
        tables = await connection.fetch(
            "select schemaname, tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema')"
        )
        return {
            f"{table['schemaname']}.{table['tablename']}": "\n".join(
                row["line"]
                for row in await connection.fetch(
                    f'select t::text as line from "{table["schemaname"]}"."{table["tablename"]}" t'
                )
            ).encode()
            for table in tables
        }
    finally:
        await connection.close()


def every_file(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, its name before its content."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): str(path).encode() + path.read_bytes() for path in files}


async def break_database(url: str, *, broken: bool) -> None:
    """Take two tables away under the running system, or give them back."""
    connection = await asyncpg.connect(**connection_arguments(url))
    try:
        for name in ("sealed_tips", "tips"):
            one, other = (name, f"{name}_gone") if broken else (f"{name}_gone", name)
            await connection.execute(f"alter table tips.{one} rename to {other}")
    finally:
        await connection.close()


async def test_nothing_planted_in_a_full_life_of_a_tip_turns_up_anywhere(tmp_path: Path, bare_database_url: str):
    mint = TokenMint(SystemClock(), ensure_key_files(development_key_files(tmp_path)))
    with receiving() as receiver, up(tmp_path, bare_database_url, receiver) as base_url:
        life = Life(base_url, mint)
        life.live()
        await break_database(bare_database_url, broken=True)
        broken = life.fail()
        await break_database(bare_database_url, broken=False)
        metrics = life.metrics()
        life.close()
        tables = await every_row(bare_database_url)
        # What is exported in batches has arrived.
        await asyncio.sleep(6)
    assert {answer.status_code for answer in broken} == {500}
    written = (tmp_path / "written").read_bytes()
    places = {
        "spans and logs exported": receiver.everything(),
        "metrics": metrics,
        "written by the process": written,
        "answers to what broke": b"".join(answer.content + repr(answer.headers).encode() for answer in broken),
        **{f"table {name}": rows for name, rows in tables.items()},
        **every_file(tmp_path),
    }
    # The scan sees: what may be known stands in each of the places.
    assert HOSPITAL.encode() in tables["tips.outbox"] + tables["tips.inbox"] + tables["tips.tips"]
    assert b"public_request_failed" in written
    assert b"Fatal Python error: Aborted" in written
    assert b"tips.accept" in places["spans and logs exported"]
    assert b"tips_handling_steps" in metrics
    assert len(tables["tips.sealed_tips"].splitlines()) == 2
    assert any(name.startswith("tips-files/") for name in places)
    assert {place for _, place in turned_up({"no secret": HOSPITAL}, places)} >= {"table tips.tips"}
    assert turned_up(life.secrets, places) == []


def test_a_secret_is_found_in_every_spelling():
    secret = "埋设甲：ab&c"
    for spelling in spellings(secret):
        assert turned_up({"s": secret}, {"p": b"before " + spelling + b" after"}) != []
    for content in (
        json.dumps({"a": secret}).encode(),
        repr([secret.encode()]).encode(),
        b64encode(b"x" + secret.encode() + b"yz"),
    ):
        assert turned_up({"s": secret}, {"p": content}) != []
    assert turned_up({"s": secret}, {"p": "埋设乙".encode()}) == []
