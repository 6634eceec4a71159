"""A reward in a real browser: proposed, approved by two, claimed, transferred and confirmed, each by their own page."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.tips.test_browser_desk import sign_in, sign_out
from tests.e2e.tips.test_browser_reporter import look_up
from tests.support.browser import DESKTOP, LARGE_PHONE, People, Visitor

pytestmark = pytest.mark.browser

Visit = Callable[..., Visitor]
HOSPITAL = "H11010500001"
CASE_VALUE_FEN = 100_000_00
ACCOUNT = "6222029876543210987"


def found_true(people: People) -> tuple[str, str]:
    """Report, and let it be found true; return the receipt and the path of the tip at the desk."""
    receipt = people.report(institution_code=HOSPITAL)
    tip_id = people.newest()
    people.step(tip_id, "acceptance", {"institution_code": HOSPITAL})
    people.step(tip_id, "substantiation", {"case_value_fen": CASE_VALUE_FEN})
    return receipt, f"/tips/desk/tips/{tip_id}"


def press(visitor: Visitor, name: str) -> None:
    """Go to a button or a link by the keyboard, and press it."""
    main = visitor.page.get_by_role("main")
    visitor.tab_to(main.get_by_role("button", name=name).or_(main.get_by_role("link", name=name)).first)
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")


def propose(visitor: Visitor, people: People, tip: str) -> None:
    """Propose a reward as the handler."""
    page = visitor.page
    sign_in(visitor, people, "tip_handler", "zhang")
    page.goto(tip)
    visitor.see_everywhere("1-tip")
    press(visitor, "提出奖励")
    visitor.see_everywhere("2-proposal")
    page.select_option("#level", "1")
    page.get_by_text("内部或曾经的内部人员").click()
    press(visitor, "提出")
    expect(page.get_by_role("status")).to_contain_text("等待两人审批")
    visitor.see_everywhere("3-proposed")
    sign_out(visitor)


def approve(visitor: Visitor, people: People, tip: str) -> None:
    """Approve it as two others, who find it in the queue."""
    page = visitor.page
    for approver, left in (("chen", "还需另一人批准"), ("zhao", "领取截止")):
        sign_in(visitor, people, "reward_approver", approver)
        page.get_by_role("link", name="奖励待审批").click()
        page.locator("tbody a").first.click()
        assert page.url.endswith(tip)
        press(visitor, "核对并审批")
        visitor.see_everywhere(f"4-{approver}")
        press(visitor, "批准 ¥3,600.00")
        expect(page.get_by_role("status")).to_contain_text("已审批")
        expect(page.get_by_text(left).first).to_be_visible()
        expect(page.get_by_role("button", name="批准", exact=False)).to_have_count(0)
        visitor.see_everywhere(f"5-{approver}")
        sign_out(visitor)


def claim(visitor: Visitor, receipt: str) -> str:
    """Claim it as the reporter; return the payment token."""
    page = visitor.page
    look_up(page, receipt)
    expect(page.get_by_text("¥3,600.00").first).to_be_visible()
    visitor.see_everywhere("6-claim")
    page.fill("#payee_name", "甲")
    press(visitor, "领取奖励")
    expect(page.locator("#payee-wrong")).to_be_visible()
    visitor.see_everywhere("7-incomplete")
    page.fill("#payee_name", "甲")
    page.fill("#payee_account", ACCOUNT)
    press(visitor, "领取奖励")
    token = page.locator("p.token").inner_text()
    visitor.see_everywhere("8-token")
    paper = visitor.printed("8-token")
    assert token in paper
    for word in ("再次显示领奖凭证", "查证属实", "登记日期", "3,600.00"):
        assert word not in paper, "the payout office learns nothing of the tip"
    assert receipt not in page.content().replace(f'value="{receipt}"', "")
    return token


def pay(visitor: Visitor, people: People, token: str) -> None:
    """Transfer it as one of the payout office, and confirm it as another."""
    page = visitor.page
    sign_in(visitor, people, "payout_officer", "cai")
    visitor.see_everywhere("9-payouts")
    with page.expect_download() as saved:
        page.get_by_role("button", name="下载密封收款信息").click()
    assert ACCOUNT not in Path(saved.value.path()).read_text()
    page.fill("#payment_token", token)
    page.fill("#reference", "V-2026-1")
    press(visitor, "登记")
    expect(page.get_by_role("status")).to_contain_text("等待另一人复核")
    expect(page.get_by_role("button", name="复核")).to_have_count(0)
    sign_out(visitor)
    sign_in(visitor, people, "payout_officer", "wu")
    visitor.see_everywhere("10-to-be-confirmed")
    press(visitor, "复核")
    expect(page.get_by_role("status")).to_contain_text("发放完成")
    visitor.see_everywhere("11-paid")
    sign_out(visitor)


@pytest.mark.parametrize(
    ("name", "viewport", "script"),
    [
        pytest.param("reward-phone", LARGE_PHONE, True, id="at a telephone with scripts"),
        pytest.param("reward-desk", DESKTOP, False, id="at a desktop without scripts"),
    ],
)
def test_a_reward_is_proposed_approved_by_two_claimed_and_paid_by_two(
    visit: Visit, people: People, name: str, viewport: dict[str, int], script: bool
):
    receipt, tip = found_true(people)
    visitor = visit(name, viewport, script=script)
    propose(visitor, people, tip)
    approve(visitor, people, tip)
    token = claim(visitor, receipt)
    pay(visitor, people, token)
    look_up(visitor.page, receipt)
    expect(visitor.page.get_by_text("已发放")).to_be_visible()
    expect(visitor.page.get_by_role("button", name="领奖凭证")).to_have_count(0)
    visitor.see_everywhere("12-reporter-paid")
    sign_in(visitor, people, "tip_handler", "zhang")
    visitor.page.goto(f"{tip}/reclaims")
    expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()
    visitor.see_everywhere("13-reclaims")
    sign_out(visitor)
    assert visitor.context.cookies() == []
