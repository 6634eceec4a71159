"""Short ways to override over HTTP, and to have a yearly rating final."""

from datetime import UTC, date, datetime, timedelta

from services.kit.ids import new_id
from tests.integration.credit.service import HOSPITAL

LAST_YEAR = datetime(2025, 6, 1, 2, tzinfo=UTC)
REGION = {"year": 2025, "region": "110105"}
TODAY = date(2026, 3, 10)
ANNUAL = {"target": "annual", "year": 2025, "kind": "grade", "grade": "substandard"}


def proposal(**changes):
    return {
        "override_id": str(new_id()),
        "institution_code": HOSPITAL,
        "target": "running",
        "kind": "score",
        "value_e2": None if changes.get("kind") == "grade" else 7_000,
        "holds_from": TODAY.isoformat(),
        "holds_until": (TODAY + timedelta(days=9)).isoformat(),
        "reason": "专项检查期间暂按此执行",
        "document_number": "医保调〔2026〕1号",
        **changes,
    }


async def propose(desk, **changes):
    answer = await desk.post("/overrides", proposal(**changes))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def approve(desk, override, *, approved=True, as_=None):
    body = {"approved": approved, "reason": "同意", "document_number": "医保批〔2026〕1号"}
    supervisor = as_ or desk.mint.bearer("supervisor", subject="supervisor-1")
    return await desk.post(f"/overrides/{override['override_id']}/decision", body, as_=supervisor)


async def revoke(desk, override):
    body = {"reason": "情况已变化", "document_number": "医保撤〔2026〕1号"}
    return await desk.post(f"/overrides/{override['override_id']}/revocation", body, as_=desk.mint.bearer("supervisor"))


async def score(desk):
    return (await desk.get(f"/institutions/{HOSPITAL}")).json()


async def level(desk, code=HOSPITAL, **parameters):
    return (await desk.get("/levels", institutions=code, **parameters)).json()["items"][0]


async def concluded(desk, *, findings=1):
    """Have last year's rating of the hospital final."""
    await desk.facts.register()
    ids = await desk.facts.findings(findings, confirmed_at=LAST_YEAR)
    for name in ("previews", "publications"):
        assert (await desk.post(f"/ratings/{name}", REGION)).status_code == 200
    desk.facts.clock.advance(timedelta(days=14))
    assert (await desk.post("/ratings/conclusions", REGION)).json()["outcome"].keys() == {"concluded"}
    desk.facts.clock.advance(timedelta(days=-14))
    return ids
