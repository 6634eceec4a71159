"""Every answer to the public has one of few sizes: the open routes are walked, so a new one is asked too."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from services.kit.auth import guards
from services.tips.api.padding import FORM_STEP, PAGE_STEP, STEP
from services.tips.app import create_app
from services.tips.domain.tip import Kind
from services.tips.settings import TipsSettings
from tests.integration.tips.conftest import HOSPITAL, YUAN, Desk, Screening
from tests.integration.tips.test_publications import CASE

NOT_FOR_THE_PUBLIC = ("/tips/health/", "/tips/metrics")
NOBODY = "1234567890123456"


@dataclass(frozen=True)
class Known:
    """What somebody knows who asks: the receipt of a tip that earned a reward, and that of one just sent."""

    receipt: str
    fresh: str


Examples = Sequence[Mapping[str, Any]]
"""What httpx is told beside method and path, for each request that is tried; the first one is taken."""


def told(known: Known, **fields: Any) -> Examples:
    """Ask by REST with the right receipt, then with a wrong one."""
    return [{"json": {"receipt": receipt, **fields}} for receipt in (known.receipt, known.fresh, NOBODY)]


def filled_in(known: Known, **fields: Any) -> Examples:
    """Send a form with the right receipt, then with a wrong one."""
    return [{"data": {"receipt": receipt, **fields}} for receipt in (known.receipt, NOBODY)]


TIP = {"kind": "drug_resale", "text": "药店空刷医保卡"}
NAMED = {"name": "王小明", "phone": "13800000000"}
TEXT = [("files", ("a.txt", "账本".encode(), "text/plain"))]
EXAMPLES: dict[tuple[str, str], Callable[[Known], Examples]] = {
    ("POST", "/tips/v1/tips"): lambda _: [{"json": TIP}, {"json": TIP | {"text": ""}}],
    ("POST", "/tips/v1/tips-with-files"): lambda _: [
        {"data": {"tip": '{"kind": "other", "text": "药店"}'}, "files": TEXT},
        {"data": {"tip": "rubbish"}, "files": TEXT},
    ],
    ("POST", "/tips/v1/lookup"): told,
    ("POST", "/tips/v1/lookup/messages"): lambda known: told(known, text="补充一句话"),
    ("POST", "/tips/v1/lookup/identity"): lambda known: told(known, identity=NAMED)[1:],
    ("POST", "/tips/v1/lookup/dispute"): lambda known: told(known, text="不同意"),
    ("POST", "/tips/v1/lookup/files"): lambda known: [
        {"data": {"receipt": receipt}, "files": TEXT} for receipt in (known.receipt, NOBODY)
    ],
    ("POST", "/tips/v1/lookup/filing"): lambda known: [
        *told(known),
        *told(known, with_opening=True),
    ],
    ("POST", "/tips/v1/lookup/reward-claim"): lambda known: [
        *told(known),
        *told(known, payee={"name": "甲", "account": "6222029876543210987"}),
    ],
    ("POST", "/tips/v1/lookup/withdrawal"): lambda known: told(known)[1:],
    ("POST", "/tips/v1/institutions/search"): lambda _: [{"json": {"fragment": "H110"}}, {"json": {"fragment": ""}}],
    ("GET", "/tips/v1/questions"): lambda _: [{}],
    ("GET", "/tips/v1/filing/days"): lambda _: [{}, {"params": {"limit": 0}}],
    ("GET", "/tips/v1/filing/keys"): lambda _: [{}],
    ("POST", "/tips/v1/filing/inclusion"): lambda _: [{"json": {"commitment": "0" * 64}}],
    ("GET", "/tips/v1/public/statistics"): lambda _: [{}, {"params": {"period": "2025-Q1"}}],
    ("GET", "/tips/v1/public/cases"): lambda _: [{}],
    ("GET", "/tips/static/tips.css"): lambda _: [{}],
    ("GET", "/tips/"): lambda _: [{}],
    ("POST", "/tips/report"): lambda _: [
        {"data": TIP},
        {"data": {"action": "start", "kind": "other"}},
        {"data": {"action": "find", "find": "大药", "kind": "other"}},
        {"data": {"kind": "other"}},
    ],
    ("GET", "/tips/receipt"): lambda _: [{}],
    ("POST", "/tips/receipt"): lambda known: [
        *filled_in(known),
        *filled_in(known, action="messages", text="补充一句话"),
        *filled_in(known, action="identity", **NAMED),
        *filled_in(known, action="dispute", reason="不同意"),
        *filled_in(known, action="reward-claim"),
        *filled_in(known, action="reward-claim", payee_name="甲", payee_account="6222029876543210987"),
        *filled_in(known, action="reward-claim", payee_name="甲"),
    ],
    ("POST", "/tips/receipt/filing"): lambda known: [
        *filled_in(known, wanted="statement"),
        *filled_in(known, wanted="opening"),
    ],
    ("GET", "/tips/filing"): lambda _: [{}],
    ("POST", "/tips/filing"): lambda _: [{"data": {"commitment": "0"}}, {"data": {"commitment": "0" * 64}}],
    ("GET", "/tips/public/statistics"): lambda _: [{}, {"params": {"period": "2025-Q1"}}, {"params": {"period": "x"}}],
    ("GET", "/tips/public/cases"): lambda _: [{}],
    ("GET", "/tips/desk/sign-in"): lambda _: [{}],
    ("POST", "/tips/desk/sign-in"): lambda _: [{"data": {"token": "rubbish"}}],
    ("POST", "/tips/desk/sign-out"): lambda _: [{}],
    ("GET", "/tips/desk/static/{name}"): lambda _: [{}],
}
"""Each open route with requests that it takes and that it refuses."""
REFUSED_FIRST = {
    ("POST", "/tips/v1/lookup/dispute"),
    ("POST", "/tips/v1/filing/inclusion"),
    ("POST", "/tips/filing"),
    ("POST", "/tips/desk/sign-in"),
}
"""Routes of which every example is refused: nothing was disputable, nothing is published, no token is known."""


@pytest.fixture
async def known(desk: Desk, screening: Screening) -> Known:
    """The receipt of a tip that was found true, and of which the reward waits for its reporter; and a fresh one."""
    receipt = await desk.report()
    tip_id = await desk.newest()
    finding = await screening.confirm(100_000 * YUAN)
    await desk.done(tip_id, "acceptance", {"institution_code": HOSPITAL})
    await desk.done(tip_id, "substantiation", {"finding_ids": [str(finding)]})
    await desk.done(tip_id, "reward-proposal", {"level": 2})
    for approver in ("chen", "zhao"):
        await desk.approve(tip_id, 2_000 * YUAN, by=approver)
    return Known(receipt, fresh=await desk.report())


@pytest.fixture
async def case(desk: Desk) -> None:
    """A typical case that is published."""
    headers = desk.mint.bearer("tip_handler", subject="zhang")
    draft = (await desk.client.post("/tips/v1/typical-cases", json=CASE, headers=headers)).json()
    headers = desk.mint.bearer("tip_supervisor", subject="li")
    body = {"confirmed": [doubt["code"] for doubt in draft["doubts"]]}
    path = f"/tips/v1/typical-cases/{draft['case_id']}/publication"
    assert (await desk.client.post(path, json=body, headers=headers)).is_success


def open_routes(app: FastAPI) -> set[tuple[str, str]]:
    """Method and path of every route that wants no token, but those of probes."""
    return {
        (each.method, each.path)
        for each in guards(app)
        if each.scopes is None and not each.path.startswith(NOT_FOR_THE_PUBLIC)
    }


def is_filled_up(answer: httpx.Response) -> bool:
    """Whether an answer has a round size; one that sends a browser on has nothing to fill up."""
    if answer.is_redirect:
        return not answer.content
    page = answer.headers["content-type"].startswith("text/html")
    whole = len(answer.content) % (PAGE_STEP if page else STEP) == 0
    return whole and int(answer.headers["content-length"]) == len(answer.content) > 0


def test_every_open_route_has_examples(settings: TipsSettings):
    assert open_routes(create_app(settings)) == set(EXAMPLES), "give the new route an example, or a guard"


@pytest.mark.usefixtures("case")
async def test_every_answer_to_the_public_is_filled_up(desk: Desk, known: Known, settings: TipsSettings):
    asked = 0
    for method, path in sorted(open_routes(create_app(settings))):
        examples = EXAMPLES.get((method, path), lambda _: [{}])(known)
        # Rubbish goes to every route, those without examples too.
        for number, request in enumerate([*examples, {"content": b"{", "headers": {"content-type": "rubbish"}}]):
            answer = await desk.client.request(method, path.replace("{name}", "desk.css"), **request)
            assert is_filled_up(answer), (method, path, request, answer.status_code, len(answer.content))
            if number == 0 and (method, path) not in REFUSED_FIRST:
                assert answer.status_code < 400, (method, path, answer.text)
            asked += 1
    assert asked > 2 * len(EXAMPLES)


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        pytest.param("GET", "/tips/nowhere", b"", id="no route"),
        pytest.param("GET", "/tips/v1/lookup", b"", id="another method"),
        pytest.param("POST", "/tips/v1/lookup", b"x" * 70_000, id="too large"),
    ],
)
async def test_what_no_route_answers_is_filled_up_too(desk: Desk, method: str, path: str, content: bytes):
    answer = await desk.client.request(method, path, content=content)
    assert answer.status_code in {404, 405, 413}
    assert is_filled_up(answer)
    assert answer.json()["code"]


async def test_a_reward_or_none_a_right_receipt_or_a_wrong_one_cannot_be_told_by_size(desk: Desk, known: Known):
    plain = known.fresh
    payee = {"payee_name": "甲" * 20, "payee_account": "6222029876543210987", "payee_bank": "中国银行"}
    pages = [
        await desk.client.post("/tips/receipt", data={"receipt": receipt, **fields})
        for receipt, fields in (
            (plain, {}),
            (plain, {"action": "reward-claim"}),
            (plain, {"action": "reward-claim", "payee_name": "甲"}),
            (NOBODY, {}),
            (known.receipt, {}),
            (known.receipt, {"action": "reward-claim", "payee_name": "甲"}),
            (known.receipt, {"action": "reward-claim"} | payee),
            (known.receipt, {}),
        )
    ]
    assert [answer.status_code for answer in pages] == [200, 404, 422, 404, 200, 422, 200, 200]
    assert {len(answer.content) for answer in pages} == {PAGE_STEP}
    answers = [
        await desk.client.post(f"/tips/v1/lookup{step}", json={"receipt": receipt})
        for step in ("", "/reward-claim", "/filing", "/withdrawal")
        for receipt in (plain, known.receipt, NOBODY)
    ]
    assert {len(answer.content) for answer in answers} == {STEP}
    assert {answer.status_code for answer in answers} >= {200, 404, 409}


async def test_neither_the_kind_nor_what_was_found_or_is_wrong_can_be_told_by_the_size_of_the_form(
    desk: Desk, admin: asyncpg.Connection
):
    name = "广州市天河区第十二人民医院（东院区、国际医疗部、互联网医院）"
    await admin.executemany(
        "insert into institutions values ($1, 'hospital', 2, '440106', $2, true, now())",
        [(f"H4401060{number:04d}", name) for number in range(30)],
    )
    written = {"text": "药店空刷医保卡，" * 60}
    forms = [{"action": "start", "kind": kind.value} | written for kind in Kind]
    forms += [{"action": "find", "kind": "false_admission", "find": find} | written for find in ("人民", "无此名")]
    forms += [{"action": "send", "kind": "false_admission", "institution_code": "H1", "name": "甲"} | written]
    answers = [await desk.client.post("/tips/report", data=form) for form in forms]
    assert {answer.status_code for answer in answers} == {200, 422}
    assert [name in answer.text for answer in answers].count(True) == 1
    assert {len(answer.content) for answer in answers} == {FORM_STEP}


async def test_nothing_but_answers_to_the_public_is_filled_up(desk: Desk, known: Known):
    answer = await desk.client.get("/tips/v1/queue", headers=desk.mint.bearer("tip_handler"))
    assert len(answer.content) % STEP
    assert answer.json()["items"]
