"""Every route of credit with tokens bound to a region, an institution and a person: nothing foreign comes back."""

import base64
import json
import re
from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.contracts.intake import InstitutionChanged, PractitionerChanged
from services.credit.use_cases import backtest_ratings
from services.kit.auth import guards
from services.kit.ids import new_id
from services.kit.principal import ROLES
from tests.integration.credit.service import Credit, sanction_of

OWN = ("H11010500001", "D110105000001", "110105")
FOREIGN = ("H33010600001", "D330106000001", "330106")
COLLEAGUE = {OWN[0]: "D110105000002", FOREIGN[0]: "D330106000002"}
LAST_YEAR = datetime(2025, 6, 1, 2, tzinfo=UTC)
MARKERS = re.compile(r"H330106|D330106|33010\d")

OPEN_TO_ALL = {
    "/credit/v1/ratings/policies",
    # Who is insured where is not recorded: these routes want a purpose and leave a record of every reading instead.
    "/credit/v1/insured/sanctions",
    "/credit/v1/insured/sanctions/{entry_id}/counter-entry",
    "/credit/v1/insured/{insured_ref}/settlement-pause",
    "/credit/v1/insured/{insured_ref}/ledger",
    "/credit/v1/insured-accesses",
    # One's own inspectors may not be told apart: what is foreign in their entries is tested below.
    "/credit/v1/inspectors/{code}",
}
QUERIES = {
    "/credit/v1/ratings": {"year": 2025},
    "/credit/v1/ratings/{code}/{year}/recomputation": {"policy": "rating-national-2025"},
}
OF_FOREIGN = {
    "/credit/v1/eligibility": {"practitioner": FOREIGN[1]},
    "/credit/v1/levels": {"institutions": FOREIGN[0]},
}


def admin(desk, **claims: Any) -> dict[str, str]:
    return desk.mint.bearer(*sorted(ROLES.keys() - {"hospital"}), **{"subject": "admin", **claims})


async def call(desk, method: str, path: str, body: Any = None, *, as_=None, **query: Any):
    return await desk.client.request(method, path, json=body, params=query, headers=as_ or admin(desk))


async def made(desk, method: str, path: str, body: Any, **options: Any) -> Any:
    answer = await call(desk, method, f"/credit/v1{path}", body, **options)
    assert answer.is_success, f"{path}: {answer.text}"
    return answer.json() if answer.content else None


async def furnish(desk, place: tuple[str, str, str]) -> dict[str, str]:
    """Have everything there is of an institution; return the ids of what stands in paths."""
    code, person, region = place
    facts: Credit = desk.facts
    await facts.tell(
        InstitutionChanged(
            institution_code=code, kind="hospital", level=3, region=region, active=True, agreement_from=date(2020, 1, 1)
        )
    )
    for one in (person, COLLEAGUE[code]):
        await facts.tell(
            PractitionerChanged(practitioner_code=one, category="physician", institution_codes=(code,), active=True)
        )
    repair, record, job, override = (str(new_id()) for _ in range(4))
    named = {"institution_code": code, "practitioner_codes": (person,)}
    await facts.findings(1, confirmed_at=LAST_YEAR, **named)
    await made(
        desk,
        "POST",
        "/repairs",
        {"repair_id": repair, "institution_code": code, "explanation": "整改", "commitment_document": "承诺1号"},
    )
    await made(desk, "POST", "/ratings/previews", {"year": 2025, "region": region})
    await made(desk, "POST", "/ratings/publications", {"year": 2025, "region": region})
    (answered,) = await facts.findings(1, institution_code=code, practitioner_codes=(COLLEAGUE[code],))
    (scored,) = await facts.findings(1, **named)
    await facts.findings(1, **named)
    sanction = sanction_of(10, scored, practitioner=person, institution=code, decided_on=facts.today())
    body = {
        "sanction_id": str(sanction.sanction_id),
        "institution_code": code,
        "kind": sanction.kind,
        "deciding_authority": "某市医疗保障局",
        "document_number": "医保罚〔2026〕1号",
        "decided_on": facts.today().isoformat(),
        "finding_ids": [str(answered)],
        "persons": [
            {
                "practitioner_code": person,
                "violations": [
                    {"finding_ids": [str(scored)], "band_cause": sanction.kind, "degree": "general", "modifier": "none"}
                ],
            }
        ],
    }
    await made(desk, "POST", "/sanctions", body)
    await made(
        desk,
        "POST",
        "/rating-records",
        {
            "record_id": record,
            "institution_code": code,
            "metric": "inspection:problem",
            "quantity": 1,
            "case_key": f"{code}-1",
            "occurred_on": "2026-03-01",
            "document_number": "检查1号",
        },
    )
    await made(
        desk,
        "POST",
        "/overrides",
        {
            "override_id": override,
            "institution_code": code,
            "target": "running",
            "kind": "score",
            "value_e2": 7_000,
            "holds_from": "2026-03-10",
            "holds_until": "2026-03-20",
            "reason": "专项检查",
            "document_number": "调1号",
        },
    )
    await made(
        desk,
        "POST",
        "/rating-jobs",
        {"job_id": job, "kind": "backtest", "year": 2025, "region": region, "policy_version": "rating-national-2025"},
    )
    draw = await made(
        desk,
        "POST",
        "/draws",
        {
            "draw_id": str(new_id()),
            "count": 1,
            "regions": [region],
            "inspection_from": "2026-04-01",
            "inspection_until": "2026-06-30",
            "public_source": "福利彩票双色球第2026030期开奖号码",
            "public_digits": 14,
            "public_not_before": "2026-03-12T21:15:00+08:00",
        },
    )
    webhook = await made(
        desk,
        "POST",
        "/webhooks",
        {"url": "https://1.1.1.1/x", "description": region, "kinds": [], "region": region, "since": "start"},
        as_=admin(desk, region=region),
    )
    proposals = await made(desk, "GET", "/points-proposals", None, institution=code)
    due = await made(desk, "GET", "/deadlines", None, institution=code)
    return {
        "code": code,
        "person": person,
        "region": region,
        "year": "2025",
        "repair_id": repair,
        "record_id": record,
        "job_id": job,
        "override_id": override,
        "draw_id": draw["draw_id"],
        "webhook_id": webhook["webhook_id"],
        "sanction_id": str(sanction.sanction_id),
        "proposal_id": proposals["items"][0]["proposal_id"],
        "matter_id": next(one["matter_id"] for one in due["items"] if one["institution_code"] == code),
    }


@pytest.fixture(autouse=True)
def webhook_key(monkeypatch):
    monkeypatch.setenv("FUNDWARDEN_CREDIT_WEBHOOK_KEY", base64.b64encode(bytes(32)).decode())


@pytest.fixture
async def two_regions(webhook_key, desk):
    for number in range(1, 5):
        await made(
            desk,
            "PUT",
            f"/inspectors/INSP{number}",
            {
                "certified_until": "2027-12-31",
                "skills": [["clinical"], ["finance"]][number % 2],
                "recusals": [{"institution_code": FOREIGN[0], "ground": "employment"}] if number == 1 else [],
            },
        )
    return desk, await furnish(desk, OWN), await furnish(desk, FOREIGN)


def filled(path: str, ids: dict[str, str]) -> str:
    person = "/practitioners/" in path
    return re.sub(r"\{(\w+)\}", lambda found: ids["person" if person else found.group(1)], path)


def foreign(example: Any) -> Any:
    """Put the foreign institution, person and region into an example of a body."""
    text = json.dumps(example)
    text = text.replace("https://agency.example/", "https://1.1.1.1/")
    for own, other in zip(("H11010500001", "D110105000017", "110105"), FOREIGN, strict=True):
        text = text.replace(own, other)
    return json.loads(text)


def bodies(desk) -> dict[tuple[str, str], Any]:
    document = desk.client._transport.app.openapi()
    return {
        (method.upper(), path): operation["requestBody"]["content"]["application/json"].get("example")
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if "requestBody" in operation
    }


BOUND = {
    "region": {"region": OWN[2]},
    "city": {"region": "110100"},
    "institution": {"institution": OWN[0]},
    "person": {"practitioner": OWN[1]},
}


@pytest.mark.parametrize("claims", BOUND.values(), ids=BOUND)
async def test_no_route_shows_or_changes_anything_foreign(two_regions, claims):
    desk, own, ids = two_regions
    bound = admin(desk, **claims, subject="bound")
    examples = bodies(desk)
    seen, shown = 0, 0
    for route in guards(desk.client._transport.app):
        if route.scopes is None or route.path in OPEN_TO_ALL:
            continue
        if "institution" in claims and (route.method, route.path) == ("POST", "/credit/v1/webhooks"):
            continue  # one's own facts, narrowed to a region in which there are none
        where = f"{route.method} {route.path}"
        query = {**QUERIES.get(route.path, {}), **OF_FOREIGN.get(route.path, {})}
        body = foreign(examples.get((route.method, route.path)))
        answer = await call(desk, route.method, filled(route.path, ids), body, as_=bound, **query)
        seen += 1
        if "{" in route.path or route.method != "GET" or route.path in OF_FOREIGN:
            assert answer.status_code in {403, 404}, f"{where}: {answer.status_code} {answer.text}"
            continue
        assert answer.status_code in {200, 403}, f"{where}: {answer.status_code} {answer.text}"
        assert not MARKERS.search(answer.text), f"{where}: {MARKERS.search(answer.text)}"
        named = await call(desk, "GET", route.path, as_=bound, institution=FOREIGN[0], **query)
        assert not MARKERS.search(named.text), f"{where}?institution: {named.text}"
        listed = [] if answer.status_code != 200 else answer.json().get("items", [])
        shown += bool(listed)
    assert seen > 55
    # A walk that is refused everywhere would show nothing; what is one's own does come.
    assert shown >= {"institution": 8, "practitioner": 0}.get(next(iter(claims)), 12), shown
    assert (await call(desk, "GET", f"/credit/v1/practitioners/{own['person']}", as_=bound)).status_code == 200
    assert (await call(desk, "GET", "/credit/v1/eligibility", as_=bound, practitioner=own["person"])).is_success


async def test_what_is_asked_for_in_bulk_is_refused_when_one_is_foreign(two_regions):
    desk, _, _ = two_regions
    for claims in BOUND.values():
        body = {"practitioner_codes": [OWN[1], FOREIGN[1]]}
        answer = await call(desk, "POST", "/credit/v1/eligibility/bulk", body, as_=admin(desk, **claims))
        assert answer.status_code == 403
        unknown = {"practitioner_codes": [OWN[1], "D990106000009"]}
        stranger = await call(desk, "POST", "/credit/v1/eligibility/bulk", unknown, as_=admin(desk, **claims))
        assert stranger.json()["code"] == answer.json()["code"], "nobody learns who exists elsewhere"


async def test_a_registrar_of_a_region_keeps_the_recusals_of_others_unseen(two_regions):
    desk, _, _ = two_regions
    bound = admin(desk, region=OWN[2])
    body = {
        "certified_until": "2028-12-31",
        "skills": ["clinical"],
        "recusals": [{"institution_code": OWN[0], "ground": "employment"}],
    }
    told = await made(desk, "PUT", "/inspectors/INSP1", body, as_=bound)
    assert [one["institution_code"] for one in told["recusals"]] == [OWN[0]]
    (known, *_) = (await made(desk, "GET", "/inspectors", None))["items"]
    assert {one["institution_code"] for one in known["recusals"]} == {OWN[0], FOREIGN[0]}
    body["recusals"] = [{"institution_code": FOREIGN[0], "ground": "employment"}]
    assert (await call(desk, "PUT", "/credit/v1/inspectors/INSP1", body, as_=bound)).status_code == 403


async def test_a_practitioner_of_two_regions_is_seen_from_both(two_regions):
    desk, _, _ = two_regions
    both = PractitionerChanged(
        practitioner_code=FOREIGN[1], category="physician", institution_codes=(OWN[0], FOREIGN[0]), active=True
    )
    await desk.facts.tell(both)
    for region in (OWN[2], FOREIGN[2]):
        answer = await call(desk, "GET", f"/credit/v1/practitioners/{FOREIGN[1]}", as_=admin(desk, region=region))
        assert answer.status_code == 200, "status follows the person across institutions and regions (Art. 28)"


async def test_a_back_test_at_once_of_a_large_region_points_to_the_job(two_regions, monkeypatch):
    desk, _, _ = two_regions
    body = {"year": 2025, "region": "110000", "policy_version": "rating-national-2025"}
    assert len((await made(desk, "POST", "/ratings/backtests", body))["items"]) == 1
    monkeypatch.setattr(backtest_ratings, "MOST_AT_ONCE", 0)
    refused = await call(desk, "POST", "/credit/v1/ratings/backtests", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "region_too_large")
    assert "/credit/v1/rating-jobs" in refused.json()["detail"]


async def test_an_agencys_webhooks_are_not_counted_against_those_of_regions(two_regions, monkeypatch):
    desk, _, _ = two_regions
    monkeypatch.setattr("services.credit.use_cases.keep_webhooks.MOST_WEBHOOKS", 1)
    body = {"url": "https://1.1.1.1/x", "description": "省级平台", "kinds": [], "since": "start"}
    await made(desk, "POST", "/webhooks", body)
    assert (await call(desk, "POST", "/credit/v1/webhooks", body)).status_code == 409
