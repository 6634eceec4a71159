"""The page that explains a finding: what it rests on, and of other institutions no more than may be seen."""

from services.screening import wiring
from tests.integration.screening.conftest import DAILY, FREQUENCY_RULE, HOSPITAL, OTHER_HOSPITAL


async def page(client, finding_id, headers):
    return await client.get(f"/screening/v1/findings/{finding_id}/explain", headers=headers)


async def broken_together(resources, claims, admin):
    """A service charged in two institutions on a day; the finding on the later."""
    person = {"insured_ref": "a" * 32}
    first = claims.accepted(DAILY, institution=OTHER_HOSPITAL, **person)
    second = claims.accepted(DAILY, **person)
    await wiring.build_screen_settlements(resources)([first, second])
    return await admin.fetchval("select id from finding"), first, second


async def test_it_names_rule_point_lines_values_and_earlier_records(client, mint, resources, claims, admin):
    finding_id, first, second = await broken_together(resources, claims, admin)
    answer = await page(client, finding_id, mint.bearer("reviewer"))
    assert answer.status_code == 200
    for told in (
        FREQUENCY_RULE,
        "第三十八条",
        "K2 每日一次",
        "2026.1",
        DAILY,
        "100.00",
        OTHER_HOSPITAL,
        first.data.settlement_id,
        second.data.settlement_id,
        "limit",
    ):
        assert told in answer.text, told
    assert "insured" not in answer.text
    assert "a" * 32 not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_an_institution_sees_its_own_lines_and_not_those_of_another(client, mint, resources, claims, admin):
    finding_id, first, _ = await broken_together(resources, claims, admin)
    own = await page(client, finding_id, mint.bearer("hospital", institution=HOSPITAL))
    assert own.status_code == 200
    assert first.data.settlement_id not in own.text
    assert OTHER_HOSPITAL not in own.text
    assert "another institution" in own.text
    assert (await page(client, finding_id, mint.bearer("hospital", institution=OTHER_HOSPITAL))).status_code == 403


async def test_a_reason_that_somebody_typed_stays_text(client, mint, resources, claims, admin):
    finding_id, _, _ = await broken_together(resources, claims, admin)
    body = {"reason": "<script>alert(1)</script>"}
    reviewer = mint.bearer("reviewer", subject="r")
    await client.post(f"/screening/v1/findings/{finding_id}/dismissal", headers=reviewer, json=body)
    told = (await page(client, finding_id, reviewer)).text
    assert "<script>" not in told
    assert "&lt;script&gt;" in told
