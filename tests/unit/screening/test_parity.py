"""One rule, three phases: a pre-check of everything a settlement tells finds what the settlement will be found for."""

import json
from datetime import timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kit.clock import SystemClock
from services.screening.api.precheck_body import read_precheck
from services.screening.domain.engine import screen
from services.screening.domain.precheck import precheck
from services.screening.use_cases.registry_at_service import NOTHING_KNOWN
from services.screening.use_cases.understand_claim import insured_ref_of, understand
from tests.unit.screening.claims import NOON, claim, line
from tests.unit.screening.test_properties import PLAN, claims, history

STANDS_IN_ONLY_FOR_WHAT_A_SETTLEMENT_MAY_LACK = {"insurance_type", "medical_type", "institution_level", "person"}


def asked_beforehand(one):
    """The claim as a hospital would send it, read back: through JSON, the loose body and the stand-ins."""
    body = json.loads(msgspec.json.encode(one)) | {"phase": "all"}
    request = read_precheck(json.dumps(body).encode())
    return understand(
        request,
        institution_code=one.institution.code,
        insured_ref=insured_ref_of(request, None),
        registry=NOTHING_KNOWN,
        now=SystemClock().now(),
    )


@settings(deadline=None, max_examples=200)
@given(claims(), claims("earlier"))
def test_before_and_at_settlement_the_findings_are_the_same(one, earlier) -> None:
    understood = asked_beforehand(one)
    assert not understood.unknown & STANDS_IN_ONLY_FOR_WHAT_A_SETTLEMENT_MAY_LACK
    assert understood.lines_not_judged == []
    before = precheck(PLAN, understood.claim, history(earlier), unknown=understood.unknown)
    assert before.screening == screen(PLAN, one, history(earlier))


@settings(deadline=None, max_examples=150)
@given(claims(), claims("earlier"), st.sampled_from(["before", "during", "after"]))
def test_a_phase_finds_what_the_rules_of_that_phase_find_at_settlement(one, earlier, phase) -> None:
    understood = asked_beforehand(one)
    found = precheck(PLAN, understood.claim, history(earlier), phase=phase, unknown=understood.unknown)
    of_phase = {rule.code for rule in PLAN.rulebook.rules if phase in rule.phases}
    wanted = [finding for finding in screen(PLAN, one, history(earlier)).findings if finding.rule_code in of_phase]
    # Amounts may differ: what a rule of another phase would have taken of a line is left to these.
    assert [finding.fingerprint for finding in found.screening.findings] == [one.fingerprint for one in wanted]


MISSING = ["sex", "age_days", "insurance_type", "medical_type", "institution", "insured_ref", "diagnosis_codes"]
ABOUT_THEM = {"facility_level", "insurance_type", "price_ceiling", "second_line", "sex", "use_conditions", "visit_type"}
KINDS_OF = {rule.code: rule.kind for rule in PLAN.rulebook.rules}
ITEMS = sorted(
    {code for one in PLAN.rulebook.points if KINDS_OF[one.rule_code] in ABOUT_THEM for code in one.item_codes[:1]}
)
visits = st.builds(
    lambda codes, level, insurance, setting, earlier: (
        claim(
            *[line(code) for code in codes],
            level=level,
            insurance_type=insurance,
            medical_type={"outpatient": "11", "inpatient": "21", "emergency": "13"}[setting],
            care_setting=setting,
            settled_at=NOON + timedelta(days=9),
        ),
        claim(*[line(code, charged_at=NOON - timedelta(days=20)) for code in earlier], name="earlier"),
    ),
    st.lists(st.sampled_from(ITEMS), min_size=3, max_size=8),
    st.sampled_from([2, 3]),
    st.sampled_from(["310", "410", "510"]),
    st.sampled_from(["outpatient", "inpatient", "emergency"]),
    st.lists(st.sampled_from(ITEMS), max_size=4),
)


@settings(deadline=None, max_examples=200)
@given(visits, st.sets(st.sampled_from(MISSING), min_size=1))
def test_leaving_something_out_never_adds_a_finding(visit, left_out) -> None:
    one, earlier = visit
    body = json.loads(msgspec.json.encode(one)) | {"phase": "all"}
    del body["care_setting"]
    for name in left_out:
        body.pop(name, None)
    request = read_precheck(json.dumps(body).encode())
    understood = understand(
        request,
        institution_code=one.institution.code,
        insured_ref=insured_ref_of(request, None),
        registry=NOTHING_KNOWN,
        now=SystemClock().now(),
    )
    known = history(earlier)
    found = precheck(PLAN, understood.claim, known, unknown=understood.unknown).screening.findings
    whole = {(finding.rule_code, finding.knowledge_point) for finding in screen(PLAN, one, known).findings}
    assert {(finding.rule_code, finding.knowledge_point) for finding in found} <= whole
