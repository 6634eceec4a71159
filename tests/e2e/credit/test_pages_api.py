"""Pages over HTTP: the right numbers under the right plots, for the right readers, and nothing that runs."""

import re
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from services.kit.ids import new_id
from tests.e2e.credit.overriding import ANNUAL, approve, concluded, propose
from tests.integration.credit.service import HOSPITAL

OTHERS = [f"H1101050000{place}" for place in range(2, 9)]


@pytest.fixture
async def county(desk):
    for code in (HOSPITAL, *OTHERS):
        await desk.facts.register(institution=code)
    await desk.facts.findings(4, severity="violation", amount_fen=900_000)
    await desk.facts.findings(2, severity="suspicion", rule_code="B02")
    await desk.facts.tell(desk.facts.tip(new_id(), 5_000_000))
    for place, code in enumerate(OTHERS[:4], 1):
        await desk.facts.findings(place, institution_code=code, amount_fen=50_000 * place)
    return desk


def rows(html, table):
    """Return the texts of the rows of a table by its id."""
    body = re.search(rf'<table id="{table}".*?</table>', html, re.DOTALL)[0]
    return [
        [re.sub(r"<[^>]+>|\s+", " ", cell).strip() for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL)]
        for row in re.findall(r"<tr[^>]*>(.*?)</tr>", body, re.DOTALL)
    ]


def number(text):
    return round(float(text.replace("−", "-").split()[-1]) * 100)


async def page_of(desk, code=HOSPITAL, **options):
    return await desk.get(f"/institutions/{code}/page", **options)


async def test_a_page_shows_the_score_of_the_ledger_and_why(county):
    html = (await page_of(county)).text
    known = (await county.get(f"/institutions/{HOSPITAL}")).json()
    assert re.search(r'id="score">([^<]+)<', html)[1] == f"{known['score_e2'] / 100:g}"
    changes = rows(html, "waterfall-table")[1:]
    start, *moved, end = (number(row[1]) for row in changes)
    assert (start, end) == (known["base_e2"], known["score_e2"])
    assert start + sum(moved) == end
    said = " ".join(row[0] for row in changes)
    assert "A01" in said
    assert "B02" in said
    assert "举报查实" in said
    assert number(rows(html, "days-table")[-1][1]) == known["score_e2"]


async def test_peers_are_counted_and_never_named(county):
    html = (await page_of(county)).text
    counts = [int(row[1]) for row in rows(html, "peers-table")[1:]]
    assert sum(counts) == len(OTHERS)
    assert min(counts) >= 5
    assert not any(code in html for code in OTHERS)


async def test_few_peers_are_not_shown(desk):
    for code in (HOSPITAL, *OTHERS[:4]):
        await desk.facts.register(institution=code)
    html = (await page_of(desk)).text
    assert 'id="too-few"' in html
    assert "peers-table" not in html


async def test_a_plot_is_described_and_holds_text(county):
    html = (await page_of(county)).text
    plots = [ET.fromstring(svg) for svg in re.findall(r"<svg .*?</svg>", html, re.DOTALL)]
    assert len(plots) == 3
    for plot in plots:
        names = {child.tag.rpartition("}")[2]: child for child in plot}
        assert names["title"].text
        assert names["desc"].text
        assert plot.get("aria-labelledby") == f"{names['title'].get('id')} {names['desc'].get('id')}"
        assert plot.get("role") == "img"
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert any("举报查实" in (text.text or "") for plot in plots for text in plot.iter() if text.tag.endswith("text"))


async def test_nothing_runs_and_nothing_is_loaded(county):
    answer = await page_of(county)
    running = r"<script|javascript:|\son\w+=|<img|<link|style=|@import|http-equiv"
    assert not re.search(running, answer.text, re.IGNORECASE)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


async def test_a_page_is_drawn_again_only_when_it_changed(county):
    first = await page_of(county)
    again = await page_of(county)
    assert first.text == again.text
    tag = first.headers["etag"]
    same = await page_of(county, headers={"If-None-Match": tag})
    assert (same.status_code, same.text) == (304, "")
    await county.facts.findings(1)
    changed = await page_of(county, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


async def test_each_sees_its_own_page_only(county):
    own = county.mint.bearer("hospital", institution=HOSPITAL)
    assert (await page_of(county, as_=own)).status_code == 200
    assert (await page_of(county, OTHERS[0], as_=own)).json()["code"] == "other_institution"
    assert (await county.get("/regions/110105/page", as_=own)).json()["code"] == "agency_only"
    elsewhere = county.mint.bearer("supervisor", region="330100")
    assert (await page_of(county, as_=elsewhere)).json()["code"] == "other_region"
    assert (await county.get("/regions/110105/page", as_=elsewhere)).json()["code"] == "other_region"
    here = county.mint.bearer("supervisor", region="110000")
    assert (await page_of(county, as_=here)).status_code == 200
    assert (await county.get("/regions/110105/page", as_=here)).status_code == 200
    assert (await county.get("/regions/11/page", as_=county.mint.bearer("supervisor", region="110105"))).is_error


async def test_an_override_stands_on_the_page_and_its_words_stay_words(county):
    await approve(county, await propose(county, kind="ceiling", value_e2=5_000, reason="<script>alert(1)</script>&\"'"))
    html = (await page_of(county)).text
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;" in html
    *_, adjusted, end = (number(row[1]) for row in rows(html, "waterfall-table")[1:])
    assert end == 5_000
    assert adjusted < 0
    assert rows(html, "waterfall-table")[-2][0].startswith("人工调整")


async def test_what_the_registry_says_stays_words(desk):
    await desk.facts.register(institution=HOSPITAL, kind="<b onclick=x>")
    answer = await page_of(desk)
    assert "<b onclick" not in answer.text
    assert "&lt;b onclick=x&gt;" in answer.text


async def test_the_yearly_rating_is_shown_line_by_line(desk):
    await concluded(desk)
    html = (await page_of(desk)).text
    rating = (await desk.get(f"/ratings/{HOSPITAL}/2025")).json()
    start, *moved, end = (number(row[1]) for row in rows(html, "rating-table")[1:])
    assert (start, end) == (rating["explained"]["base_e2"], rating["score_e2"])
    assert start + sum(moved) == end
    assert rows(html, "years-table")[1][0] == "2025"
    await approve(desk, await propose(desk, **ANNUAL))
    assert rows((await page_of(desk)).text, "years-table")[1][3].startswith("不达标")


async def test_the_overview_counts_lists_and_warns(county):
    await approve(county, await propose(county, kind="grade", grade="substandard", institution_code=OTHERS[0]))
    html = (await county.get("/regions/110105/page")).text
    lines = rows(html, "lines-table")[1:]
    assert len(lines) == 8
    scores = [number(line[1]) for line in lines]
    assert scores == sorted(scores)
    listed = (await county.get("/institutions")).json()["items"]
    assert {line[0]: number(line[1]) for line in lines} == {one["institution_code"]: one["score_e2"] for one in listed}
    grades = re.search(r'<table class="grades">.*?</table>', html, re.DOTALL)[0]
    assert sum(int(one) for one in re.findall(r'"number">(\d+)<', grades)) == 8
    assert [row[0] for row in rows(html, "supervised-table")[1:]] == [OTHERS[0]]
    assert rows(html, "movers-table")[1][0] == HOSPITAL
    due = rows(html, "due-table")[1:]
    assert [row[1] for row in due] == [OTHERS[0]]
    assert due[0][2].startswith("人工调整到期")


async def test_a_region_without_institutions_has_no_page(desk):
    assert (await desk.get("/regions/990000/page")).json()["code"] == "region_empty"


async def test_last_years_entries_do_not_weigh_on_this_year(county, clock):
    clock.advance(timedelta(days=365))
    html = (await page_of(county)).text
    assert re.search(r'id="score">([^<]+)<', html)[1] == "100"
    days = rows(html, "days-table")[1:]
    assert [number(row[1]) for row in days if row[0] == "2027-01-01"] == [10_000]
    assert number(days[0][1]) == 10_000
    assert min(number(row[1]) for row in days) < 10_000
