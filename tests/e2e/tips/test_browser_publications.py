"""What is published and entered, in a real browser: statistics, typical cases, social supervisors, callers, paper."""

import asyncio
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from services.kit.testing.clock import FixedClock
from services.tips.public_wiring import build_publish_statistics
from services.tips.settings import TipsSettings
from services.tips.wiring import open_resources
from tests.e2e.tips.conftest import execute
from tests.e2e.tips.test_browser_desk import sign_in, sign_out
from tests.e2e.tips.test_browser_rewards import press
from tests.support.browser import DESKTOP, LARGE_PHONE, People, Visitor

pytestmark = pytest.mark.browser

Visit = Callable[..., Visitor]
HOSPITAL = "H11010500001"
SCREENS = [
    pytest.param(LARGE_PHONE, True, id="at a telephone with scripts"),
    pytest.param(DESKTOP, False, id="at a desktop without scripts"),
]
_LAST_QUARTER = """
    insert into tips.tips (id, kind, status, received_on, named, accepted_at, decided_at, region, institution_code)
    select gen_random_uuid(), (array['false_admission', 'overcharging', 'drug_resale', 'item_swap'])[1 + n % 4],
        'substantiated', '2025-11-10', n % 5 = 0, '2025-11-12Z', '2025-11-20Z',
        (array['110105', '440305', '440106', '441900', '440305', null])[1 + n % 6], 'H11010500001'
    from generate_series(1, 300) n
"""
CASE = {
    "#region": "440100",
    "#month": "2026-02",
    "#title": "某医疗机构虚假住院骗取医保基金",
    "#body": "接到举报后核查，该机构以体检为名办理住院，涉及金额约30万元，已全部追回并移送处理。",
}


@pytest.fixture(scope="module", autouse=True)
def _published(page_settings: TipsSettings, still_clock: FixedClock) -> None:
    """A quarter with tips, and its statistics; made before a browser runs, which is an event loop of its own."""

    async def publish() -> None:
        assert page_settings.database_url is not None
        await execute(page_settings.database_url.get_secret_value(), _LAST_QUARTER)
        async with open_resources(page_settings, clock=still_clock) as resources:
            assert await build_publish_statistics(resources)() == 1

    asyncio.run(publish())


def fill(visitor: Visitor, fields: dict[str, str]) -> None:
    for selector, value in fields.items():
        visitor.page.fill(selector, value)


def unfold(visitor: Visitor, summary: Locator) -> None:
    """Unfold a part of the page by the keyboard."""
    visitor.tab_to(summary)
    visitor.page.keyboard.press("Enter")
    expect(summary.locator("xpath=..")).to_have_attribute("open", "")


@pytest.mark.parametrize(("viewport", "script"), SCREENS)
def test_the_statistics_are_read_and_unfolded_by_the_keyboard(visit: Visit, viewport: dict[str, int], script: bool):
    visitor = visit("statistics", viewport, script=script)
    page = visitor.page
    page.goto("/tips/public/statistics")
    visitor.see_everywhere("1-statistics")
    expect(page.get_by_text("300", exact=True).first).to_be_visible()
    page.select_option("#period", "2025-Q4")
    press(visitor, "查看")
    assert page.url.endswith("period=2025-Q4")
    unfold(visitor, page.locator("summary").first)
    visitor.see_everywhere("2-unfolded")
    assert visitor.context.cookies() == []


@pytest.mark.parametrize(("viewport", "script"), SCREENS)
def test_a_case_is_written_cleared_of_names_published_by_another_and_withdrawn(
    visit: Visit, people: People, viewport: dict[str, int], script: bool
):
    visitor = visit("cases", viewport, script=script)
    page = visitor.page
    sign_in(visitor, people, "tip_handler", "zhang")
    page.goto("/tips/desk/cases")
    visitor.see_everywhere("1-empty")
    fill(visitor, CASE | {"#month": "2026"})
    press(visitor, "保存草稿")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("#body")).to_have_value(CASE["#body"])
    fill(visitor, CASE | {"#body": CASE["#body"] + "电话13812345678。"})
    press(visitor, "保存草稿")
    expect(page.get_by_role("status")).to_contain_text("请另一人审批")
    expect(page.get_by_text("须先修改")).to_be_visible()
    visitor.see_everywhere("2-blocked")
    unfold(visitor, page.locator("summary", has_text="修改").first)
    page.locator("#body-1").fill(CASE["#body"])
    unfold(visitor, page.locator("article summary", has_text="英文"))
    page.locator("#title_en-1").fill("False hospital stays at a hospital")
    page.locator("#body_en-1").fill("Check-ups were billed as stays. About 300,000 yuan came back.")
    press(visitor, "保存")
    sign_out(visitor)

    sign_in(visitor, people, "tip_supervisor", "li")
    page.goto("/tips/desk/cases")
    for doubt in page.locator("article .tick").all():
        doubt.click()
    visitor.see_everywhere("3-to-be-approved")
    press(visitor, "批准公布")
    expect(page.get_by_role("status")).to_contain_text("案例已公布")
    visitor.see_everywhere("4-published")
    page.goto("/tips/public/cases")
    expect(page.get_by_text("False hospital stays at a hospital")).to_be_visible()
    visitor.see_everywhere("5-public")
    page.goto("/tips/desk/cases")
    press(visitor, "撤下")
    expect(page.get_by_role("status")).to_contain_text("案例已撤下")
    page.goto("/tips/public/cases")
    expect(page.get_by_text("尚无已公布的案例")).to_be_visible()
    page.goto("/tips/desk")
    visitor.see_everywhere("6-queue")
    sign_out(visitor)


@pytest.mark.parametrize(("viewport", "script"), SCREENS)
def test_a_supervisor_is_appointed_reports_with_a_receipt_on_paper_and_is_recused(
    visit: Visit, people: People, viewport: dict[str, int], script: bool
):
    number = viewport["width"]
    visitor = visit("supervisors", viewport, script=script)
    page = visitor.page
    sign_in(visitor, people, "tip_supervisor", "li")
    page.get_by_role("link", name="监督员").click()
    terms = {"#region": "110000", "#term_from": "2026-03-10", "#term_until": "2026-12-31"}
    fill(visitor, terms | {"#subject": f"wei-{number}", "#certificate": f"JD-{number}"})
    press(visitor, "聘任")
    expect(page.get_by_role("status")).to_contain_text("已聘任")
    visitor.see_everywhere("1-appointed")
    sign_out(visitor)

    sign_in(visitor, people, "social_supervisor", f"wei-{number}")
    visitor.see_everywhere("2-form")
    page.get_by_text("虚假住院").click()
    fill(visitor, {"#text": "巡查发现挂床住院", "#institution_code": "H1"})
    page.select_option("#region", "110000")
    press(visitor, "履职举报")
    expect(page.locator("#institution_code-wrong")).to_be_visible()
    visitor.see_everywhere("3-mistake")
    page.fill("#institution_code", HOSPITAL)
    press(visitor, "履职举报")
    receipt = page.locator("p.digits").inner_text()
    visitor.see_everywhere("4-receipt")
    paper = visitor.printed("4-receipt")
    assert receipt in paper
    assert "不要告诉任何人" in paper
    assert f"wei-{number}" not in paper
    people.step(people.newest(), "refusal", {"reason_code": "no_clear_target"})
    page.goto("/tips/desk/supervision")
    page.fill("#own_institution", HOSPITAL)
    press(visitor, "申报")
    expect(page.get_by_role("status")).to_contain_text("已申报回避")
    sign_out(visitor)

    sign_in(visitor, people, "tip_supervisor", "li")
    page.goto("/tips/desk/supervisors")
    press(visitor, "解聘")
    expect(page.get_by_role("status")).to_contain_text("已解聘")
    visitor.see_everywhere("5-ended")
    sign_out(visitor)


@pytest.mark.parametrize(("viewport", "script"), SCREENS)
def test_a_clerk_enters_a_letter_by_the_keyboard_and_prints_the_receipt(
    visit: Visit, people: People, viewport: dict[str, int], script: bool
):
    visitor = visit("clerk", viewport, script=script)
    page = visitor.page
    sign_in(visitor, people, "tip_clerk", "clerk-1")
    visitor.see_everywhere("1-form")
    page.get_by_text("信件", exact=True).click()
    page.get_by_text("串换药品").click()
    press(visitor, "显示该类型的问题")
    fill(visitor, {"#text": "药店用医保卡卖米", "#find": "康乐"})
    press(visitor, "查找")
    expect(page.locator("#text")).to_have_value("药店用医保卡卖米")
    page.get_by_text("康乐大药房").click()
    visitor.see_everywhere("2-found")
    press(visitor, "登记并出具回执")
    receipt = page.locator("p.digits").inner_text()
    visitor.see_everywhere("3-receipt")
    paper = visitor.printed("3-receipt")
    assert receipt in paper
    for word in ("clerk-1", "登记下一条", "请不要留存"):
        assert word not in paper
    people.step(people.newest(), "refusal", {"reason_code": "no_clear_target"})


@pytest.mark.parametrize(("viewport", "script"), SCREENS)
def test_a_reporter_goes_by_the_keyboard_and_prints_the_receipt_alone(
    visit: Visit, people: People, viewport: dict[str, int], script: bool
):
    visitor = visit("keyboard", viewport, script=script)
    page = visitor.page
    page.goto("/tips/")
    visitor.tab_to(page.locator("input[name=kind]").first)
    page.keyboard.press("Space")
    press(visitor, "下一步")
    visitor.tab_to(page.locator("#text"))
    page.keyboard.type("cards at the nurses' desk")
    press(visitor, "提交举报")
    receipt = page.locator("p.digits").inner_text()
    paper = visitor.printed("receipt")
    assert receipt in paper
    for word in ("骗", "基金", "下载受理凭据", "我已记下"):
        assert word not in paper
    people.step(people.newest(), "refusal", {"reason_code": "no_clear_target"})
    page.goto("/tips/receipt")
    visitor.tab_to(page.locator("#receipt"))
    page.keyboard.type(receipt)
    press(visitor, "查询")
    expect(page.get_by_text("不予受理").first).to_be_visible()
    visitor.see_everywhere("refused")
