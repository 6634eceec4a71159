"""What the desk does, in a real browser: signing in, the queue, one tip and its steps, a clerk, two officers."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from services.kit.auth import guards
from services.tips.api.desk_session import COOKIE
from services.tips.app import create_app
from services.tips.settings import TipsSettings
from tests.support.browser import DESKTOP, PHONE, People, Visitor

pytestmark = pytest.mark.browser

Visit = Callable[..., Visitor]
HOSPITAL = "H11010500001"


def sign_in(visitor: Visitor, people: People, role: str, subject: str) -> None:
    visitor.page.goto("/tips/desk/sign-in")
    visitor.page.fill("#token", people.mint.token(role, subject=subject))
    visitor.page.get_by_role("button", name="登录").click()
    expect(visitor.page.get_by_role("button", name="退出")).to_be_visible()


def sign_out(visitor: Visitor) -> None:
    visitor.page.get_by_role("button", name="退出").click()
    expect(visitor.page.get_by_role("button", name="登录")).to_be_visible()
    assert visitor.context.cookies() == []


def open_tip(page: Page) -> None:
    """Open the one tip that waits."""
    page.goto("/tips/desk?view=received")
    page.locator("tbody a").first.click()


@pytest.mark.parametrize(
    ("name", "viewport", "script"),
    [
        pytest.param("desk-handler", DESKTOP, True, id="at a desktop with scripts"),
        pytest.param("phone-handler", PHONE, False, id="at a telephone without scripts"),
    ],
)
def test_a_tip_is_taken_up_asked_about_decided_and_closed_by_a_second_person(
    visit: Visit, people: People, name: str, viewport: dict[str, int], script: bool
):
    people.report(institution_code=HOSPITAL, answers={"how_many": "二十人"}, place="朝阳区第一人民医院三楼")
    visitor = visit(name, viewport, script=script)
    page = visitor.page
    page.goto("/tips/desk")
    assert page.url.endswith("/tips/desk/sign-in")
    visitor.see("desk-1-sign-in")
    page.fill("#token", "rubbish")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_be_visible()
    visitor.see("desk-2-refused")
    assert visitor.context.cookies() == []
    sign_in(visitor, people, "tip_supervisor", "zhang")
    (cookie,) = visitor.context.cookies()
    assert (cookie["name"], cookie["secure"], cookie["httpOnly"]) == (COOKIE, True, True)
    assert cookie["sameSite"] == "Strict"
    visitor.see("desk-3-queue")
    open_tip(page)
    visitor.see("desk-4-tip")
    page.get_by_role("button", name="受理", exact=False).first.click()
    expect(page.get_by_role("status")).to_contain_text("已受理")
    page.fill("#text", "请问是哪个月？")
    page.get_by_role("button", name="发送").click()
    expect(page.locator(".talk")).to_contain_text("请问是哪个月？")
    page.locator("summary", has_text="查证属实").click()
    page.fill("#case_value_yuan", "12000.50")
    visitor.see("desk-5-deciding")
    page.get_by_role("button", name="认定属实").click()
    expect(page.get_by_role("status")).to_contain_text("等待另一人结案")
    tip = page.url
    page.get_by_role("button", name="结案").click()
    expect(page.get_by_role("alert")).to_contain_text("结案人不得是作出认定的经办人")
    visitor.see("desk-6-own-decision")
    sign_out(visitor)
    sign_in(visitor, people, "tip_handler", "li")
    page.goto(tip)
    page.get_by_role("button", name="结案").click()
    expect(page.get_by_role("status")).to_contain_text("已结案")
    visitor.see("desk-7-closed")
    sign_out(visitor)


def test_a_clerk_enters_a_call_at_a_telephone_and_reads_out_the_receipt(visit: Visit, people: People):
    visitor = visit("phone-clerk", PHONE, script=True)
    page = visitor.page
    sign_in(visitor, people, "tip_clerk", "clerk-1")
    visitor.see("clerk-1-form")
    page.get_by_text("电话", exact=True).first.click()
    page.get_by_text("串换药品").click()
    page.get_by_role("button", name="显示该类型的问题").click()
    page.fill("#text", "药店用医保卡卖米")
    visitor.see("clerk-2-questions")
    page.get_by_role("button", name="登记并出具回执").click()
    receipt = page.locator("p.digits").inner_text().replace(" ", "")
    visitor.see("clerk-3-receipt")
    assert len(receipt) == 16
    assert receipt not in page.url
    people.step(people.newest(), "refusal", {"reason_code": "no_clear_target"})


def test_two_officers_agree_to_open_an_identity_and_receive_it_sealed(visit: Visit, people: People):
    people.report(institution_code=HOSPITAL, identity={"name": "王小明", "phone": "13800000000"})
    visitor = visit("desk-officer", DESKTOP, script=True)
    page = visitor.page
    sign_in(visitor, people, "identity_officer", "shen")
    open_tip(page)
    tip = page.url
    page.fill("#opening-reason", "须向举报人核实时间和地点")
    page.get_by_role("button", name="提出申请").click()
    expect(page.get_by_role("status")).to_contain_text("等待另一名身份保管人员审批")
    sign_out(visitor)
    sign_in(visitor, people, "identity_officer", "lin")
    page.goto(tip)
    visitor.see("officer-1-asked")
    page.get_by_role("button", name="批准", exact=False).first.click()
    expect(page.get_by_role("status")).to_contain_text("已批准")
    with page.expect_download() as saved:
        page.get_by_role("button", name="领取密封身份").click()
    assert "王小明" not in Path(saved.value.path()).read_text()
    page.reload()
    visitor.see("officer-2-received")


PAGES = [
    ("tip_supervisor", "/tips/desk/cases"),
    ("tip_supervisor", "/tips/desk/supervisors"),
    ("tip_supervisor", "/tips/desk/supervisors/checks"),
    ("social_supervisor", "/tips/desk/supervision"),
    ("social_supervisor", "/tips/desk/checks"),
    ("payout_officer", "/tips/desk/payouts"),
    ("payout_officer", "/tips/desk/repayments"),
]
SEEN_ABOVE = {"/tips/desk", "/tips/desk/sign-in", "/tips/desk/entry"}


def test_every_page_of_the_desk_is_looked_at(page_settings: TipsSettings):
    paths = {each.path for each in guards(create_app(page_settings)) if each.method == "GET"}
    alone = {path for path in paths if path.startswith("/tips/desk") and "{" not in path}
    assert alone == SEEN_ABOVE | {path for _, path in PAGES}, "add the new page"


@pytest.mark.parametrize(("role", "path"), PAGES)
def test_every_other_page_of_the_desk_fits_a_telephone_and_can_be_read_by_everybody(
    visit: Visit, people: People, role: str, path: str
):
    name = path.removeprefix("/tips/desk/").replace("/", "-")
    visitor = visit(f"phone-{name}", PHONE, script=True)
    sign_in(visitor, people, role, f"{role}-1")
    answer = visitor.page.goto(path)
    assert answer is not None
    assert answer.status == 200
    visitor.see_everywhere(name)
