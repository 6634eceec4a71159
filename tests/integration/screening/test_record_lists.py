"""Settlement lists: whichever comes first, list or settlement, the rules that need both have judged in the end."""

import json

import pytest
from pydantic import SecretStr

from services.contracts.intake import SettlementListFiled
from services.contracts.settlement_list import ListGap
from services.kit.ids import new_id
from services.screening import wiring
from services.screening.settings import ScreeningSettings
from services.screening.wiring import open_resources
from tests.integration.screening.conftest import SEX_RULE, rulebook_document

LIST_RULE = "GZ10000201002000"


@pytest.fixture
async def resources(database_url, clock, tmp_path):
    """A rulebook with a rule over lists."""
    document = rulebook_document()
    first = document["rules"][0]
    document["rules"].append(first | {"code": LIST_RULE, "kind": "filed_record", "severity": "suspicion"})
    path = tmp_path / "rulebook.json"
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    settings = ScreeningSettings(database_url=SecretStr(database_url), screening_rulebook=path)
    async with open_resources(settings, clock=clock) as opened:
        yield opened


@pytest.fixture
def filed(claims, clock):
    """The list of a settlement; without a ref as when intake had not seen the settlement yet."""

    def make(claim, *problems, version=1, known=True):
        return claims.event(
            SettlementListFiled(
                list_ref=new_id(),
                institution_code=claim.data.institution.code,
                settlement_id=claim.data.settlement_id,
                settlement_ref=claim.data.settlement_ref if known else None,
                version=version,
                filed_at=clock.now(),
                gaps=tuple(ListGap(pointer="/diagnoses", problem=problem) for problem in problems),
            )
        )

    return make


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("first", ["list", "settlement"])
async def test_either_may_come_first(resources, claims, filed, findings_of, first, known):
    screen, record = wiring.build_screen_settlements(resources), wiring.build_record_lists(resources)
    claim = claims.accepted()
    listed = filed(claim, "missing", known=known)
    for step in ("list", "settlement") if first == "list" else ("settlement", "list"):
        await (record([listed]) if step == "list" else screen([claim]))
    assert await findings_of(claim.data.settlement_ref) == [(LIST_RULE, "raised")]


async def test_a_better_version_takes_the_finding_back_and_an_older_one_changes_nothing(
    resources, claims, filed, findings_of, admin
):
    screen, record = wiring.build_screen_settlements(resources), wiring.build_record_lists(resources)
    claim = claims.accepted("XG04CXF014A001010101001")
    await screen([claim])
    await record([filed(claim, "missing", "contradiction")])
    await record([filed(claim, version=3)])
    await record([filed(claim, "missing", version=2)])
    assert await findings_of(claim.data.settlement_ref) == [(SEX_RULE, "raised"), (LIST_RULE, "withdrawn")]
    assert await admin.fetchval("select version from filed_list") == 3
