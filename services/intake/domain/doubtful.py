"""Doubts about the content of a settlement whose form is sound: it is taken all the same, and marked."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from services.intake.domain import codes
from services.intake.domain.codes import ItemKind
from services.intake.domain.dictionaries import insurance_type_origin, is_region_of_a_province, medical_type_origin
from services.intake.domain.medical_type import care_setting
from services.intake.domain.problem import Problem
from services.intake.domain.settlement import PostedLine, PostedSettlement

OLDEST_DAYS = 130 * 365
"""Age in days beyond which a birth date is doubted; nobody on record has lived as long."""


Examined = tuple[ItemKind, int, int, object, datetime]
"""A line as examination leaves it; kind and quantity times 10,000 come first."""


def doubts_about(settlement: PostedSettlement, lines: Sequence[Examined], *, age_days: int | None) -> list[Problem]:
    """Return what is doubtful; called only for what has no problems, so that every line is there and in its form."""
    found = _dictionaries(settlement)
    if age_days is not None and age_days > OLDEST_DAYS:
        found.append(Problem("/insured_person/birth_date", "age_implausible"))
    found += _missing(settlement)
    found += _lines(settlement, lines)
    return found


def _dictionaries(settlement: PostedSettlement) -> list[Problem]:
    found = []
    if (origin := insurance_type_origin(settlement.insurance_type)) != "national":
        found.append(Problem("/insurance_type", f"insurance_type_{origin}"))
    if (origin := medical_type_origin(settlement.medical_type)) != "national":
        found.append(Problem("/medical_type", f"medical_type_{origin}"))
    if not is_region_of_a_province(settlement.insured_region):
        found.append(Problem("/insured_region", "region_unknown"))
    setting = care_setting(settlement.medical_type)
    pharmacy = codes.institution_kind(settlement.institution_code) == "pharmacy"
    if (pharmacy and setting in {"inpatient", "emergency"}) or (not pharmacy and setting == "pharmacy"):
        found.append(Problem("/medical_type", "medical_type_of_other_kind"))
    return found


def _missing(settlement: PostedSettlement) -> list[Problem]:
    """Name what a hospital's settlement should say; a pharmacy has neither."""
    found = []
    if codes.institution_kind(settlement.institution_code) == "hospital":
        if not settlement.diagnosis_codes:
            found.append(Problem("", "diagnosis_absent"))
        if settlement.practitioner_code is None and all(line.practitioner_code is None for line in settlement.lines):
            found.append(Problem("", "practitioner_absent"))
    if len(set(settlement.diagnosis_codes)) < len(settlement.diagnosis_codes):
        found.append(Problem("/diagnosis_codes", "diagnosis_twice"))
    return found


def _lines(settlement: PostedSettlement, examined: Sequence[Examined]) -> list[Problem]:
    found: list[Problem] = []
    scopes = 0
    scope_fen = 0
    refunds: list[int] = []
    for index, (line, checked) in enumerate(zip(settlement.lines, examined, strict=True)):
        if line.item_kind is not None and line.item_kind != codes.item_kind(line.item_code):
            found.append(Problem(f"/lines/{index}/item_kind", "item_kind_differs"))
        if checked[1] <= 0 or line.refund_of is not None:
            refunds.append(index)
        if line.fund_scope_fen is not None:
            scopes += 1
            scope_fen += line.fund_scope_fen
            if abs(line.fund_scope_fen) > abs(line.amount_fen):
                found.append(Problem(f"/lines/{index}/fund_scope_fen", "scope_exceeds_amount"))
    if scopes == len(settlement.lines) and settlement.fund_paid_fen > scope_fen:
        found.append(Problem("/fund_paid_fen", "fund_exceeds_scope"))
    if refunds:
        found += _refunds(settlement.lines, examined, refunds)
    return found


def _refunds(lines: Sequence[PostedLine], examined: Sequence[Examined], refunds: Iterable[int]) -> list[Problem]:
    """Look at refund lines (退费明细): what they take back must have been charged in the same settlement."""
    positions = {line.number: index for index, line in enumerate(lines)}
    left = {line.number: checked[1] for line, checked in zip(lines, examined, strict=True)}
    found = []
    for index in refunds:
        line, quantity = lines[index], examined[index][1]
        at = f"/lines/{index}"
        if quantity == 0:
            found.append(Problem(f"{at}/quantity", "line_quantity_zero"))
        elif line.refund_of is None:
            found.append(Problem(f"{at}/quantity", "refund_unreferenced"))
        elif quantity > 0:
            found.append(Problem(f"{at}/refund_of", "refund_positive"))
        elif line.refund_of not in positions or examined[positions[line.refund_of]][1] <= 0:
            found.append(Problem(f"{at}/refund_of", "refund_of_unknown"))
        elif lines[positions[line.refund_of]].item_code != line.item_code:
            found.append(Problem(f"{at}/item_code", "refund_item_differs"))
        else:
            left[line.refund_of] += quantity
            if left[line.refund_of] < 0:
                found.append(Problem(f"{at}/quantity", "refund_exceeds"))
    return found
