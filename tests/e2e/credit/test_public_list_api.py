"""The public list: only what the law makes public, only while it stands, and nothing of a person."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from services.contracts.intake import InstitutionChanged
from services.credit.api.public_models import PublicPenaltyView, PublicRatingView
from services.credit.domain.public_list import PUBLIC_PENALTY, PUBLIC_RATING
from services.kit.errors import TooMany
from services.kit.ids import new_id
from services.kit.rate_bound import RateBound

HOSPITAL, PHYSICIAN = "H11010500001", "D110105000001"
LAST_YEAR = datetime(2025, 6, 1, 2, tzinfo=UTC)
RATED = {"year": 2025, "region": "110105"}


async def shown(desk, what, **query):
    answer = await desk.client.get(f"/credit/public/{what}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


@pytest.fixture
async def county(desk):
    await desk.facts.tell(
        InstitutionChanged(
            institution_code=HOSPITAL,
            kind="hospital",
            level=3,
            region="110105",
            active=True,
            agreement_from=date(2020, 1, 1),
        )
    )
    return desk


async def rated(desk):
    await desk.facts.findings(1, confirmed_at=LAST_YEAR)
    await desk.post("/ratings/previews", RATED)
    await desk.post("/ratings/publications", RATED)
    assert await shown(desk, "ratings", year=2025) == []
    desk.facts.clock.advance(timedelta(days=15))
    await desk.post("/ratings/conclusions", RATED)


async def test_a_rating_is_listed_when_it_is_final_and_not_before(county):
    await rated(county)
    (one,) = await shown(county, "ratings", year=2025)
    assert one == {
        "institution_code": HOSPITAL,
        "region": "110105",
        "year": 2025,
        "grade": "excellent",
        "grade_text": "优秀",
        "final_since": "2026-03-25",
        "article": one["article"],
    }
    assert "第三十三条" in one["article"]
    assert await shown(county, "ratings", year=2025, region="33") == []
    assert await shown(county, "ratings", year=2025, region="11") == [one]


async def test_a_granted_repair_takes_entries_before_it_off_the_list(county, sanction_body):
    await rated(county)
    await county.facts.register(PHYSICIAN)
    (finding,) = await county.facts.findings()
    assert (await county.post("/sanctions", sanction_body(new_id(), finding))).status_code == 201
    assert len(await shown(county, "penalties")) == len(await shown(county, "ratings", year=2025)) == 1
    county.facts.clock.advance(timedelta(days=200))
    body = {
        "repair_id": str(new_id()),
        "institution_code": HOSPITAL,
        "explanation": "已整改",
        "commitment_document": "承诺1号",
    }
    applied = await county.post("/repairs", body, as_=county.mint.bearer("hospital"))
    assert applied.status_code == 200, applied.text
    assert len(await shown(county, "penalties")) == 1
    decision = {"granted": True, "reason": "整改到位", "document_number": "修复1号"}
    decided = await county.post(
        f"/repairs/{body['repair_id']}/decision", decision, as_=county.mint.bearer("supervisor")
    )
    assert decided.status_code in {200, 201}, decided.text
    assert await shown(county, "penalties") == await shown(county, "ratings", year=2025) == []


async def test_a_penalty_is_listed_while_it_stands_and_an_agreement_measure_never(county, sanction_body):
    await county.facts.register(PHYSICIAN)
    findings = await county.facts.findings(2)
    sanction = str(new_id())
    assert (await county.post("/sanctions", sanction_body(sanction, findings[0]))).status_code == 201
    agreement = sanction_body(new_id(), findings[1], cause="liquidated_damages", document_number="协议1号")
    assert (await county.post("/sanctions", agreement)).status_code == 201
    (one,) = await shown(county, "penalties")
    assert (one["document_number"], one["decided_on"]) == ("医保罚〔2026〕1号", "2026-03-10")
    assert PHYSICIAN not in str(one)
    body = {"deciding_authority": "某市人民法院", "document_number": "行终1号", "annulled_on": "2026-03-10"}
    annulled = await county.post(f"/sanctions/{sanction}/annulment", body)
    assert annulled.status_code in {200, 201}, annulled.text
    assert await shown(county, "penalties") == []


async def test_a_penalty_leaves_the_list_after_three_years(county, sanction_body):
    await county.facts.register(PHYSICIAN)
    (finding,) = await county.facts.findings()
    await county.post("/sanctions", sanction_body(new_id(), finding))
    # 2028 has a 29 February: three years are counted by the calendar, not as so many days.
    county.facts.clock.advance(timedelta(days=3 * 365 + 1))
    assert len(await shown(county, "penalties")) == 1
    county.facts.clock.advance(timedelta(days=1))
    assert await shown(county, "penalties") == []


async def test_a_region_code_stands_for_everything_below_it(county, sanction_body):
    await county.facts.register(PHYSICIAN)
    (finding,) = await county.facts.findings()
    await county.post("/sanctions", sanction_body(new_id(), finding))
    assert [len(await shown(county, "penalties", region=one)) for one in ("110000", "1101", "330000")] == [1, 1, 0]


@pytest.mark.parametrize(("view", "allowed"), [(PublicRatingView, PUBLIC_RATING), (PublicPenaltyView, PUBLIC_PENALTY)])
def test_every_public_field_is_allowed_by_an_article_and_none_names_a_person(view, allowed):
    assert set(view.model_fields) == set(allowed)
    assert all(re.search(r"第.+条", article) for article in allowed.values())
    assert not {name for name in allowed if "practitioner" in name or "person" in name or "insured" in name}


async def test_what_has_not_changed_is_not_sent_again(county):
    first = await county.client.get("/credit/public/penalties")
    assert first.headers["cache-control"] == "public, max-age=300"
    again = await county.client.get("/credit/public/penalties", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    english = await county.client.get(
        "/credit/public/ratings?year=2025", headers={"If-None-Match": first.headers["etag"], "Accept-Language": "en"}
    )
    assert (english.status_code, english.headers["content-language"]) == (200, "en")


async def test_the_page_shows_both_lists_in_either_language_without_a_script(county, sanction_body):
    await county.facts.register(PHYSICIAN)
    (finding,) = await county.facts.findings()
    body = sanction_body(new_id(), finding, deciding_authority="<b>局</b>")
    await county.post("/sanctions", body)
    await rated(county)
    page = await county.client.get("/credit/public", params={"year": 2025})
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert all(text in page.text for text in (HOSPITAL, "优秀", "医保罚〔2026〕1号", "&lt;b&gt;局&lt;/b&gt;"))
    assert "<script" not in page.text
    assert PHYSICIAN not in page.text
    english = await county.client.get("/credit/public", params={"year": 2025}, headers={"Accept-Language": "en"})
    assert '<html lang="en">' in english.text
    assert "Administrative penalties" in english.text


async def test_pages_follow_each_other_by_cursor(county, sanction_body):
    await county.facts.register(PHYSICIAN)
    for number in range(3):
        (finding,) = await county.facts.findings()
        body = sanction_body(new_id(), finding, document_number=f"{number}号", decided_on=f"2026-03-0{number + 1}")
        assert (await county.post("/sanctions", body)).status_code == 201
    seen, cursor = [], None
    while True:
        query = {"limit": 1, **({} if cursor is None else {"cursor": cursor})}
        page = (await county.client.get("/credit/public/penalties", params=query)).json()
        seen += [one["document_number"] for one in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == ["2号", "1号", "0号"]


def test_a_bound_fills_again_with_time():
    at = [0.0]
    bound = RateBound(2, 3, clock=lambda: at[0])
    for _ in range(3):
        bound.take()
    with pytest.raises(TooMany):
        bound.take()
    at[0] = 0.5
    bound.take()
    with pytest.raises(TooMany):
        bound.take()


async def test_the_public_is_bounded(county, monkeypatch):
    monkeypatch.setattr(county.facts.resources.public_rate, "_left", 1.0)
    monkeypatch.setattr(county.facts.resources.public_rate, "_per_second", 0.0)
    assert (await county.client.get("/credit/public/penalties")).status_code == 200
    refused = await county.client.get("/credit/public/penalties")
    assert (refused.status_code, refused.json()["code"], refused.headers["retry-after"]) == (429, "too_often", "1")
