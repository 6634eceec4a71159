"""Which settlements have to be looked at again because another arrived late or was taken back."""

from datetime import timedelta
from uuid import UUID

from services.screening.domain.case import Case
from services.screening.domain.claim import Claim
from services.screening.domain.history import History
from services.screening.domain.memory import MemoryPlan, traced


def affected(plan: MemoryPlan, claim: Claim, history: History) -> set[UUID]:
    """Return settlements in the history whose findings may rest on what the claim leaves.

    They were settled after it; of those with one of its traceability codes, all, when it gives the pack back.
    ``history`` must hold what ``needs`` asks for the claim. More may be named than change: looking again settles that.
    """
    case = Case(claim, claim.lines, history)
    found: set[UUID] = set()
    remembered = history.lines_of(claim.insured_ref)
    if remembered:
        reach = timedelta(days=plan.remembered_days + 1)
        charged = [line.charged_at for line in claim.lines]
        last = max(charged, default=claim.ended_at) + reach
        asked = {code for line in claim.lines for code in plan.asks.get(line.item_code, ())}
        for code in asked & remembered.keys():
            found |= {
                fact.settlement_ref for fact in remembered[code] if fact.charged_at <= last and case.precedes(fact)
            }
    if claim.care_setting in plan.visit_settings:
        until = claim.ended_at + timedelta(days=plan.visit_days + 1)
        found |= {
            visit.settlement_ref
            for visit in history.visits_of(claim.insured_ref)
            if visit.started_at <= until and case.precedes(visit)
        }
    for line in claim.lines:
        if traced(line):
            for code in line.traceability_codes:
                for sale in history.sales_of(code):
                    if line.quantity_e4 < 0 or case.precedes(sale):
                        found.add(sale.settlement_ref)
    found.discard(claim.settlement_ref)
    return found
