from datetime import date

import msgspec

from services.contracts.intake import InstitutionChanged, PractitionerChanged
from services.intake.wiring import build_change_institutions, build_change_practitioners
from tests.support.intake import HOSPITAL, OTHER_HOSPITAL, PHYSICIAN, institution, practitioner


async def test_an_institution_is_stated_when_it_is_new_and_when_it_reads_differently(resources, rows) -> None:
    change = build_change_institutions(resources)
    new = "H11010500009"
    for one, status, stated in (
        (institution(new), "created", 1),
        (institution(new), "same", 1),
        (institution(new, name="改名医院"), "changed", 2),
        (institution(new, level=2, agreement_until=date(2026, 12, 31)), "changed", 3),
    ):
        (entry,) = await change([one])
        assert entry.status == status
        assert len(await rows("select from outbox")) == stated
    last = (await rows("select payload from outbox order by sequence desc"))[0][0]
    fact = msgspec.json.decode(last, type=InstitutionChanged)
    assert (fact.institution_code, fact.level, fact.agreement_until) == (new, 2, date(2026, 12, 31))


async def test_a_practitioner_is_stated_without_the_name(resources, rows) -> None:
    change = build_change_practitioners(resources)
    assert [entry.status for entry in await change([practitioner(name="李四")])] == ["changed"]
    assert await rows("select from outbox") == []
    moved = practitioner(name="李四", institution_codes=(HOSPITAL, OTHER_HOSPITAL))
    assert [entry.status for entry in await change([moved, moved])] == ["changed", "same"]
    (stated,) = await rows("select * from outbox")
    assert "李四" not in stated["payload"].decode()
    fact = msgspec.json.decode(stated["payload"], type=PractitionerChanged)
    assert (fact.practitioner_code, fact.institution_codes) == (PHYSICIAN, (HOSPITAL, OTHER_HOSPITAL))


async def test_an_entry_that_contradicts_itself_is_refused_and_the_others_are_written(resources, rows) -> None:
    change = build_change_institutions(resources)
    entries = await change(
        [
            institution("P11010500001"),
            institution("H11010500008", agreement_until=date(2019, 12, 31)),
            institution("P11010500002", kind="pharmacy", level=0),
        ]
    )
    assert [entry.status for entry in entries] == ["rejected", "rejected", "created"]
    assert [problem.code for entry in entries for problem in entry.problems] == ["kind_form", "agreement_order"]
    (entry,) = await build_change_practitioners(resources)([practitioner("N110105000001")])
    assert [problem.code for problem in entry.problems] == ["category_form"]
