"""Whose tip it is, by when, with which others, and what happens when somebody is late or objects."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.contracts.intake import InstitutionChanged
from services.contracts.screening import FindingDismissed, FindingRaised
from services.kit.ids import new_id
from services.kit.testing.clock import FixedClock
from services.tips.wiring import Resources, build_sweep_deadlines
from tests.integration.tips.conftest import HOSPITAL, OTHER_HOSPITAL, YUAN, Desk, Screening

GUANGZHOU, SHENZHEN, CHANGSHA = "440100", "440300", "430100"
TO_HOSPITAL = {"institution_code": HOSPITAL}
CHIEF = {"by": "chief", "role": "tip_supervisor"}


class Office:
    """The desk with people of regions."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def post(self, tip_id: UUID, step: str, body: Any = None, **who: Any) -> httpx.Response:
        role = who.pop("role", "tip_handler")
        headers = self.desk.mint.bearer(role, **{"subject": "zhang", **who})
        return await self.desk.client.post(f"/tips/v1/tips/{tip_id}/{step}", json=body, headers=headers)

    async def sees(self, tip_id: UUID, role: str = "tip_handler", **who: Any) -> bool:
        headers = self.desk.mint.bearer(role, **{"subject": "zhang", **who})
        page = await self.desk.client.get(f"/tips/v1/tips/{tip_id}", headers=headers)
        queue = await self.desk.client.get("/tips/v1/queue", headers=headers)
        listed = str(tip_id) in {item["tip_id"] for item in queue.json()["items"]}
        assert (page.status_code, listed) in {(200, True), (404, False)}
        return listed

    async def matter(self, tip_id: UUID, **who: Any) -> dict[str, Any]:
        headers = self.desk.mint.bearer("tip_handler", **who)
        answer = await self.desk.client.get(f"/tips/v1/tips/{tip_id}/matter", headers=headers)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    async def tip(self, text: str = "院长组织虚假住院", **fields: Any) -> tuple[UUID, str]:
        receipt = await self.desk.report(text, **fields)
        return await self.desk.newest(), receipt

    async def deadlines(self, tip_id: UUID) -> dict[str, tuple[str, str, bool]]:
        found = (await self.matter(tip_id))["deadlines"]
        return {each["kind"]: (each["due_on"], each["nearness"], each["met_on"] is not None) for each in found}


@pytest.fixture
def office(desk: Desk) -> Office:
    return Office(desk)


@pytest.fixture
async def registry(screening: Screening) -> None:
    """Two hospitals, as intake states them."""
    for code, region, name in ((HOSPITAL, "440103", "广州市荔湾医院"), (OTHER_HOSPITAL, "430102", "长沙芙蓉医院")):
        fact = InstitutionChanged(
            institution_code=code,
            kind="hospital",
            level=2,
            region=region,
            active=True,
            agreement_from=screening.clock.now().date(),
            name=name,
        )
        await screening.handle([screening.event(fact)])


class TestRegions:
    async def test_a_tip_belongs_to_the_region_of_its_institution_and_nobody_else_sees_it(self, office, registry):
        tip_id, _ = await office.tip()
        assert (await office.desk.read(tip_id))["region"] == "440103"
        for region in (None, "000000", "440000", GUANGZHOU, "440103"):
            assert await office.sees(tip_id, region=region) if region else await office.sees(tip_id)
        for region in (SHENZHEN, CHANGSHA, "440104", "430000"):
            assert not await office.sees(tip_id, region=region)

    async def test_every_route_of_a_tip_is_closed_to_another_region(self, office, registry):
        tip_id, _ = await office.tip()
        document = (await office.desk.client.get("/tips/openapi.json")).json()
        headers = office.desk.mint.bearer(
            "tip_handler", "tip_supervisor", "reward_approver", subject="far", region=CHANGSHA
        )
        tried = 0
        for path, methods in document["paths"].items():
            if "{tip_id}" not in path:
                continue
            url = path.replace("{tip_id}", str(tip_id)).replace("{file_id}", str(uuid4()))
            url = url.replace("{opening_id}", str(uuid4()))
            for method in methods:
                answer = await office.desk.client.request(method, url, headers=headers)
                tried += 1
                # 403: a scope the token lacks, which is told before anything about the tip.
                assert (answer.status_code, answer.json()["code"]) in {(404, "tip_unknown"), (403, "scope_missing")}, (
                    f"{method} {url} {answer.status_code}"
                )
        assert tried >= 20

    async def test_without_a_known_place_only_the_unified_reception_sees_it(self, office):
        tip_id, _ = await office.tip(institution_code=None)
        assert await office.sees(tip_id)
        assert not await office.sees(tip_id, region="440000")

    async def test_a_tip_about_the_agency_goes_to_the_level_above(self, office, registry):
        tip_id, _ = await office.tip(against_agency=True)
        assert (await office.desk.read(tip_id))["region"] == GUANGZHOU
        assert not await office.sees(tip_id, region="440103")
        province, _ = await office.tip(institution_code=None, region="440000", against_agency=True)
        assert not await office.sees(province, region="440000")

    async def test_a_transfer_hands_the_tip_over_and_its_time_runs_on(self, office, registry, clock: FixedClock):
        tip_id, _ = await office.tip()
        before = (await office.deadlines(tip_id))["verify"]
        clock.advance(timedelta(days=5))
        body = {"region": SHENZHEN, "reason": "act_elsewhere"}
        assert (await office.post(tip_id, "transfer", body, region=GUANGZHOU)).status_code == 200
        assert not await office.sees(tip_id, region=GUANGZHOU)
        assert await office.sees(tip_id, region=SHENZHEN)
        assert (await office.deadlines(tip_id))["verify"][0] == before[0]
        on = await office.post(tip_id, "transfer", {**body, "region": CHANGSHA}, region=SHENZHEN)
        assert on.json()["code"] == "return_instead"
        back = await office.post(tip_id, "return", {"reason": "no_authority"}, region=SHENZHEN)
        assert back.json()["region"] == "440103"
        # 15 March is a Sunday; seven working days after it end on the 24th.
        assert (await office.deadlines(tip_id))["jurisdiction"][0] == "2026-03-24"
        again = await office.post(tip_id, "transfer", body, region=GUANGZHOU)
        assert again.json()["code"] == "jurisdiction_disputed"

    async def test_only_the_common_superior_designates(self, office, registry):
        tip_id, _ = await office.tip()
        body = {"region": SHENZHEN, "reason": "superior_takes_over"}
        for region in (GUANGZHOU, "440103"):
            answer = await office.post(tip_id, "designation", body, role="tip_supervisor", region=region)
            assert answer.json()["code"] == "not_the_superior"
        answer = await office.post(tip_id, "designation", body, role="tip_supervisor", region="440000")
        assert answer.json()["region"] == SHENZHEN


class TestDesksAndRecusal:
    async def test_a_tip_given_to_a_desk_is_seen_by_its_members_and_the_supervisor(self, office, registry):
        tip_id, _ = await office.tip()
        headers = office.desk.mint.bearer("tip_supervisor", subject="chief", region="440000")
        entry = {"region": GUANGZHOU, "name": "医院组", "members": ["li"]}
        written = await office.desk.client.put("/tips/v1/desks/hospitals", json=entry, headers=headers)
        assert written.status_code == 204
        foreign = {**entry, "region": CHANGSHA}
        assert (await office.desk.client.put("/tips/v1/desks/far", json=foreign, headers=headers)).json()[
            "code"
        ] == "other_region"
        body = {"desk": "hospitals"}
        answer = await office.post(tip_id, "assignment", body, role="tip_supervisor", subject="chief", region="440000")
        assert answer.status_code == 200, answer.text
        assert await office.sees(tip_id, subject="li", region=GUANGZHOU)
        assert not await office.sees(tip_id, subject="wang", region=GUANGZHOU)
        assert await office.sees(tip_id, "tip_supervisor", subject="chief", region="440000")

    async def test_whoever_has_an_interest_in_the_institution_sees_none_of_its_tips_and_is_not_told_why(self, office):
        before, _ = await office.tip()
        other, _ = await office.tip(institution_code=OTHER_HOSPITAL)
        headers = office.desk.mint.bearer("tip_handler", subject="wang")
        declared = {"institution_code": HOSPITAL}
        assert (await office.desk.client.post("/tips/v1/interests", json=declared, headers=headers)).status_code == 204
        after, _ = await office.tip()
        for tip_id in (before, after):
            assert not await office.sees(tip_id, subject="wang")
            answer = await office.post(tip_id, "acceptance", TO_HOSPITAL, subject="wang")
            assert (answer.status_code, answer.json()["code"]) == (404, "tip_unknown")
        assert await office.sees(other, subject="wang")
        # Taken up against the institution, another's tip becomes one of them.
        await office.desk.done(other, "refusal", {"reason_code": "no_clear_target"})
        third, _ = await office.tip(institution_code=None)
        await office.desk.done(third, "acceptance", TO_HOSPITAL)
        assert not await office.sees(third, subject="wang")
        somebody = {**declared, "subject": "li"}
        answer = await office.desk.client.post("/tips/v1/interests", json=somebody, headers=headers)
        assert answer.json()["code"] == "not_a_supervisor"

    async def test_a_recused_handler_sees_the_tip_no_more(self, office):
        tip_id, _ = await office.tip()
        assert (await office.post(tip_id, "recusal", {})).status_code == 204
        assert not await office.sees(tip_id)
        assert await office.sees(tip_id, subject="li")


class TestOneMatter:
    async def merged(self, office: Office) -> tuple[UUID, UUID, str, str]:
        first, first_receipt = await office.tip(
            "院长组织虚假住院，挂床二十人", period={"first": "2026-01", "last": "2026-02"}
        )
        later, later_receipt = await office.tip(
            "医院虚假住院，挂床大约二十人", identity={"name": "王小明", "phone": "13800000000"}
        )
        answer = await office.post(later, "merger", {"tip_id": str(first)})
        assert answer.json()["tip_id"] == str(first)
        return first, later, first_receipt, later_receipt

    async def test_likely_duplicates_are_suggested_with_their_points_and_a_person_decides(self, office):
        first, _ = await office.tip("院长组织虚假住院，挂床二十人", period={"first": "2026-01", "last": "2026-02"})
        same, _ = await office.tip("医院虚假住院，挂床大约二十人", period={"first": "2026-02", "last": "2026-03"})
        await office.tip("药店", kind="drug_resale")
        await office.tip("院长组织虚假住院，挂床二十人", institution_code=OTHER_HOSPITAL)
        (suggested,) = (await office.matter(first))["duplicates"]
        assert suggested["tip_id"] == str(same)
        assert suggested["kind_points"] == 40
        assert suggested["period_points"] == 15
        assert suggested["points"] >= 70
        assert (await office.desk.read(same))["merged_into"] is None

    async def test_the_earlier_tip_leads_and_both_reporters_keep_receipt_and_conversation(self, office):
        first, later, first_receipt, later_receipt = await self.merged(office)
        assert (await office.matter(first))["leads"] == [str(later)]
        message = {"message_id": str(uuid4()), "text": "请补充时间"}
        await office.post(later, "messages", message)
        assert [each["text"] for each in (await office.desk.look_up(later_receipt))["messages"]] == ["请补充时间"]
        assert (await office.desk.look_up(first_receipt))["messages"] == []
        assert (await office.post(later, "acceptance", TO_HOSPITAL)).json()["code"] == "tip_follows_another"
        await office.desk.done(first, "acceptance", TO_HOSPITAL)
        for receipt in (first_receipt, later_receipt):
            assert (await office.desk.look_up(receipt))["status"] == "accepted"

    async def test_credit_and_screening_hear_of_the_matter_once(self, office):
        first, later, first_receipt, later_receipt = await self.merged(office)
        await office.desk.done(first, "acceptance", TO_HOSPITAL)
        await office.desk.done(first, "substantiation", {"case_value_fen": 100_000 * YUAN})
        await office.desk.done(first, "closing", by="li")
        for kind in ("accepted", "substantiated", "closed"):
            facts = await office.desk.published(f"tips.tip.{kind}.v1")
            assert [fact["tip_id"] for fact in facts] == [str(first)]
        for receipt in (first_receipt, later_receipt):
            status = await office.desk.look_up(receipt)
            assert (status["status"], status["outcome"]) == ("closed", "substantiated")
        assert (await office.post(later, "reward-proposal", {"level": 1})).json()["code"] == "tip_follows_another"
        # The named reporter who follows is to be told as well.
        assert (await office.deadlines(later))["tell"][0] == "2026-03-17"

    async def test_separated_again_each_goes_its_own_way(self, office):
        first, later, _, later_receipt = await self.merged(office)
        await office.desk.done(first, "acceptance", TO_HOSPITAL)
        assert (await office.post(later, "separation")).json()["merged_into"] is None
        facts = await office.desk.published("tips.tip.accepted.v1")
        assert {fact["tip_id"] for fact in facts} == {str(first), str(later)}
        await office.desk.done(first, "unsubstantiation")
        assert (await office.desk.look_up(later_receipt))["status"] == "accepted"
        assert (await office.deadlines(later))["verify"][2] is False

    async def test_when_the_leading_reporter_withdraws_the_next_one_leads(self, office):
        first, later, first_receipt, later_receipt = await self.merged(office)
        third, _ = await office.tip("虚假住院")
        await office.post(third, "merger", {"tip_id": str(first)})
        await office.desk.client.post("/tips/v1/lookup/withdrawal", json={"receipt": first_receipt})
        assert (await office.desk.read(later))["merged_into"] is None
        assert (await office.desk.read(third))["merged_into"] == str(later)
        assert (await office.desk.look_up(later_receipt))["status"] == "received"
        assert (await office.deadlines(later))["verify"][2] is False


class TestDeadlines:
    async def test_a_sweep_reminds_before_the_last_day_and_escalates_the_day_after_once(
        self, office, resources: Resources, clock: FixedClock
    ):
        tip_id, _ = await office.tip()
        assert (await office.deadlines(tip_id))["verify"] == ("2026-03-31", "on_time", False)
        sweep = build_sweep_deadlines(resources)
        # Friday the 27th: three working days before the last day, a Tuesday, are not yet reached on the 25th.
        clock.advance(timedelta(days=15))
        assert (await sweep()).reminded == 0
        clock.advance(timedelta(days=1))
        assert ((await sweep()).reminded, (await sweep()).reminded) == (1, 0)
        assert (await office.deadlines(tip_id))["verify"][1] == "soon"
        clock.advance(timedelta(days=5))
        assert (await sweep()).escalated == 0
        clock.advance(timedelta(days=1))
        assert ((await sweep()).escalated, (await sweep()).escalated) == (1, 0)
        assert (await office.deadlines(tip_id))["verify"][1] == "overdue"
        headers = office.desk.mint.bearer("tip_supervisor", subject="chief")
        path = "/tips/v1/queue?escalated=true"
        assert len((await office.desk.client.get(path, headers=headers)).json()["items"]) == 1
        assert (await office.post(tip_id, "escalation-note", role="tip_supervisor", subject="chief")).status_code == 204
        assert (await office.desk.client.get(path, headers=headers)).json()["items"] == []
        actions = [row["action"] for row in (await office.desk.read(tip_id))["log"]]
        assert actions == ["received", "reminded", "escalated", "escalation_noted"]

    async def test_a_named_reporter_is_to_be_told_within_five_working_days_and_an_anonymous_one_has_the_receipt(
        self, office
    ):
        named, _ = await office.tip(identity={"name": "王小明", "phone": "13800000000"})
        anonymous, _ = await office.tip()
        for tip_id in (named, anonymous):
            await office.desk.done(tip_id, "refusal", {"reason_code": "no_clear_target"})
        assert (await office.deadlines(named))["tell"] == ("2026-03-17", "on_time", False)
        assert "tell" not in await office.deadlines(anonymous)
        assert (await office.desk.done(named, "notice"))["told_on"] == "2026-03-10"
        assert (await office.deadlines(named))["tell"][2] is True


class TestReporters:
    async def test_an_objection_is_answered_by_somebody_who_took_no_part_and_may_reopen(self, office, clock):
        tip_id, receipt = await office.tip()
        assert (await office.desk.look_up(receipt))["disputable"] is False
        await office.desk.done(tip_id, "acceptance", TO_HOSPITAL)
        await office.desk.done(tip_id, "unsubstantiation")
        await office.desk.done(tip_id, "closing", by="li")
        body = {"receipt": receipt, "text": "证人没有被询问", "message_id": str(uuid4())}
        for _ in range(2):
            answer = await office.desk.client.post("/tips/v1/lookup/dispute", json=body)
            assert answer.status_code == 200, answer.text
        status = await office.desk.look_up(receipt)
        assert status["dispute"] == {"raised_on": "2026-03-10", "due_on": "2026-03-19", "verdict": None}
        assert status["disputable"] is False
        assert (await office.deadlines(tip_id))["dispute"][0] == "2026-03-19"
        for involved in ("zhang", "li"):
            answer = await office.post(tip_id, "dispute-answer", {"verdict": "upheld"}, subject=involved)
            assert answer.json()["code"] == "own_decision"
        reopened = await office.post(tip_id, "dispute-answer", {"verdict": "reopened"}, subject="sun")
        assert (reopened.json()["status"], reopened.json()["due_on"]) == ("accepted", "2026-03-31")
        assert len(await office.desk.published("tips.tip.accepted.v1")) == 2
        await office.desk.done(tip_id, "unsubstantiation")
        assert (await office.desk.look_up(receipt))["disputable"] is True

    async def test_a_name_can_be_given_later_once_and_handlers_never_see_it(self, office):
        tip_id, receipt = await office.tip()
        body = {"receipt": receipt, "identity": {"name": "欧阳小明", "phone": "13900000000"}}
        assert (await office.desk.client.post("/tips/v1/lookup/identity", json=body)).status_code == 200
        again = await office.desk.client.post("/tips/v1/lookup/identity", json=body)
        assert again.json()["code"] == "identity_not_wanted"
        page = await office.desk.read(tip_id)
        assert page["named"] is True
        assert "欧阳小明" not in str(page)
        assert (await office.desk.look_up(receipt))["named"] is True

    async def test_answers_and_period_reach_the_handler_sealed(self, office):
        answers = {"how_many": "二十人左右", "gossip": "不在问题之列"}
        tip_id, _ = await office.tip(answers=answers, period={"first": "2026-01", "last": "2026-02"})
        page = await office.desk.read(tip_id)
        assert (page["answers"], page["period"]) == ({"how_many": "二十人左右"}, ["2026-01", "2026-02"])
        stored = str([tuple(row) for row in await office.desk.admin.fetch("select t::text from tips t")])
        assert "二十人" not in stored
        assert "2026-01" not in stored

    async def test_an_institution_is_found_by_part_of_its_name_its_code_and_region(self, office, registry):
        async def found(**body: str) -> list[str]:
            answer = await office.desk.client.post("/tips/v1/institutions/search", json=body)
            return [item["institution_code"] for item in answer.json()["items"]]

        assert await found(fragment="荔湾") == [HOSPITAL]
        assert await found(fragment="医院", region="430000") == [OTHER_HOSPITAL]
        assert await found(fragment="h1101050000") == [HOSPITAL, OTHER_HOSPITAL]
        assert await found(fragment="100%_") == []


class TestClerk:
    async def test_a_clerk_enters_a_call_gets_the_receipt_and_reads_nothing(self, office):
        headers = office.desk.mint.bearer("tip_clerk", subject="clerk-1")
        body = {"kind": "item_swap", "text": "药店用医保卡卖米", "institution_code": HOSPITAL, "channel": "phone"}
        answer = await office.desk.client.post("/tips/v1/entries", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        tip_id = await office.desk.newest()
        assert (await office.desk.look_up(answer.json()["receipt"]))["status"] == "received"
        page = await office.desk.read(tip_id)
        assert page["channel"] == "phone"
        first = page["log"][0]
        assert (first["actor"], first["details"], first["at"]) == (
            "clerk-1",
            {"channel": "phone"},
            "2026-03-09T16:00:00Z",
        )
        for path in (f"/tips/v1/tips/{tip_id}", "/tips/v1/queue", f"/tips/v1/tips/{tip_id}/matter"):
            assert (await office.desk.client.get(path, headers=headers)).status_code == 403
        assert (await office.desk.client.post("/tips/v1/entries", json=body)).status_code == 401


async def test_a_handler_sees_findings_of_the_institution_by_rule(office, screening: Screening):
    now = screening.clock.now()

    def raised(finding: UUID, settlement: UUID, fen: int) -> FindingRaised:
        return FindingRaised(
            finding_id=finding,
            settlement_ref=settlement,
            institution_code=HOSPITAL,
            practitioner_codes=(),
            rule_code="GZ10000201001000",
            knowledge_point=None,
            severity="violation",
            amount_at_issue_fen=fen,
            rulebook_version="1",
            raised_at=now,
        )

    first, second, third, settlement = (new_id() for _ in range(4))
    # The confirmation overtakes the first fact of its finding.
    await screening.confirm(5_000, finding_id=first)
    events = [raised(first, settlement, 8_000), raised(second, settlement, 2_000), raised(third, new_id(), 1_000)]
    await screening.handle([screening.event(fact) for fact in events])
    dismissed = FindingDismissed(
        finding_id=third, settlement_ref=settlement, institution_code=HOSPITAL, dismissed_at=now
    )
    await screening.handle([screening.event(dismissed)])
    tip_id, _ = await office.tip()
    matter = await office.matter(tip_id)
    (rule,) = matter["statistics"]
    assert (rule["findings"], rule["confirmed"], rule["dismissed"]) == (3, 1, 1)
    assert (rule["at_issue_fen"], rule["upheld_fen"]) == (10_000, 5_000)
    assert matter["confirmed_findings"] == [str(first)]
