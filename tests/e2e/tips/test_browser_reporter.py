"""What a reporter does, in a real browser: with scripts and without, on a telephone and at a desk."""

import json
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.tips.conftest import photo
from tests.support.browser import DESKTOP, PHONE, People, Visitor

pytestmark = pytest.mark.browser

Visit = Callable[..., Visitor]
HOSPITAL = "H11010500001"
SCREENS = [
    pytest.param("phone-plain", PHONE, False, id="a telephone without scripts"),
    pytest.param("desk-script", DESKTOP, True, id="a desktop with scripts"),
]


def look_up(page: Page, receipt: str) -> None:
    page.goto("/tips/receipt")
    page.fill("#receipt", receipt)
    page.get_by_role("button", name="查询").click()


def open_part(page: Page, words: str) -> None:
    """Unfold a part of the page."""
    page.locator("summary", has_text=words).click()


def fill_in(visitor: Visitor, tmp_path: Path) -> None:
    """Choose a kind, write, find the institution, attach a picture."""
    page = visitor.page
    page.goto("/tips/")
    visitor.see("1-kind")
    page.get_by_text("冒名就医").click()
    page.get_by_role("button", name="下一步").click()
    visitor.see("2-form")
    page.fill("#text", "护士长让我们代刷医保卡，月底集中结算。")
    picture = tmp_path / "照片.jpg"
    picture.write_bytes(photo())
    open_part(page, "附件")
    page.set_input_files("#files", picture)
    page.fill("#find", "人民医院")
    page.press("#find", "Enter")
    expect(page.get_by_text("刚才选择的附件没有保留")).to_be_visible()
    expect(page.locator("#text")).to_have_value("护士长让我们代刷医保卡，月底集中结算。")
    visitor.see("3-found")
    page.get_by_text("朝阳区第一人民医院").click()
    page.get_by_text("以后再说").click()
    page.set_input_files("#files", picture)


@pytest.mark.parametrize(("name", "viewport", "script"), SCREENS)
def test_a_reporter_goes_all_the_way_from_the_form_to_an_objection(
    visit: Visit, people: People, tmp_path: Path, name: str, viewport: dict[str, int], script: bool
):
    visitor = visit(name, viewport, script=script)
    page = visitor.page
    fill_in(visitor, tmp_path)
    page.get_by_role("button", name="提交举报").click()
    receipt = page.locator("p.digits").inner_text()
    expect(page.get_by_text("已加密保存 1 个附件")).to_be_visible()
    visitor.see("4-receipt")
    assert len(receipt.replace(" ", "")) == 16
    open_part(page, "受理凭据")
    with page.expect_download() as saved:
        page.get_by_role("button", name="下载受理凭据").click()
    assert json.loads(Path(saved.value.path()).read_text())["format"].startswith("fundwarden-filing")
    page.get_by_role("button", name="我已记下").click()
    expect(page.get_by_text("已登记，等待受理")).to_be_visible()

    look_up(page, "0000 0000 0000 0000")
    expect(page.get_by_role("alert")).to_contain_text("没有找到对应的举报")
    visitor.see("5-wrong-receipt")
    tip_id = people.newest()
    people.step(tip_id, "acceptance", {"institution_code": HOSPITAL})
    people.step(tip_id, "messages", {"text": "请问大约有多少张卡？", "message_id": str(uuid4())})
    look_up(page, receipt)
    page.fill("#text", "每个病区二十张左右，护士站抽屉里。")
    page.get_by_role("button", name="发送").click()
    expect(page.get_by_text("已送达经办人员")).to_be_visible()
    visitor.see("6-talk")

    open_part(page, "补充姓名")
    page.fill("#name", "王小明")
    page.fill("#phone", "13800000000")
    page.fill("#id_number", "440000199001010002")
    page.get_by_role("button", name="加密保存").click()
    expect(page.locator("#id_number-wrong")).to_be_visible()
    visitor.see("7-wrong-number")
    page.fill("#id_number", "440000199001010001")
    page.get_by_role("button", name="加密保存").click()
    expect(page.get_by_text("姓名和电话已加密保存")).to_be_visible()
    page.set_input_files("#files", {"name": "账本.txt", "mimeType": "text/plain", "buffer": "账本第三页".encode()})
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_text("附件 2")).to_be_visible()

    people.step(tip_id, "unsubstantiation")
    people.step(tip_id, "closing", by="li")
    look_up(page, receipt)
    open_part(page, "对结果有异议")
    visitor.see("8-outcome")
    page.fill("#reason", "没有问过三楼的护士。")
    page.get_by_role("button", name="提出异议").click()
    expect(page.get_by_text("异议已提交")).to_be_visible()
    visitor.see("9-objection")
    assert receipt.replace(" ", "") not in page.url
    assert visitor.context.cookies() == []


@pytest.mark.parametrize(("name", "viewport", "script"), SCREENS)
def test_a_reporter_withdraws_and_the_page_says_so(
    visit: Visit, people: People, name: str, viewport: dict[str, int], script: bool
):
    visitor = visit(name, viewport, script=script)
    receipt = people.report()
    look_up(visitor.page, receipt)
    open_part(visitor.page, "撤回举报")
    visitor.see("withdrawing")
    visitor.page.get_by_role("button", name="确认撤回").click()
    expect(visitor.page.get_by_text("举报已撤回")).to_be_visible()
    visitor.see("withdrawn")
    assert visitor.context.cookies() == []


@pytest.mark.parametrize(("name", "viewport"), [("phone-script", PHONE), ("desk-script", DESKTOP)])
def test_every_other_page_for_the_public_can_be_read_by_everybody(visit: Visit, name: str, viewport: dict[str, int]):
    visitor = visit(name, viewport, script=True)
    for path in ("/tips/", "/tips/receipt", "/tips/filing", "/tips/public/statistics", "/tips/public/cases"):
        answer = visitor.page.goto(path)
        assert answer is not None
        assert answer.status == 200
        visitor.see(path.rsplit("/", 1)[1] or "form")
    assert visitor.context.cookies() == []


def test_a_form_with_mistakes_shows_each_beside_its_field(visit: Visit):
    visitor = visit("phone-mistakes", PHONE, script=True)
    page = visitor.page
    page.goto("/tips/")
    page.get_by_text("其他", exact=True).click()
    page.get_by_role("button", name="下一步").click()
    page.fill("#text", "药店刷卡卖米")
    page.fill("#institution_code", "H1")
    page.get_by_text("实名", exact=True).click()
    page.get_by_role("button", name="提交举报").click()
    expect(page.locator("#institution_code-wrong")).to_be_visible()
    expect(page.locator("#name-wrong")).to_be_visible()
    visitor.see("mistakes")
