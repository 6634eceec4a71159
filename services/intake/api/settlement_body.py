"""The body of a posted settlement: decoded at once when it is sound, field by field when it is not."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta, Raw, Struct

from services.intake.domain.codes import LONGEST_HOSPITAL_ITEM, LONGEST_TRACEABILITY, ItemKind
from services.intake.domain.examination import MOST_LINES
from services.intake.domain.problem import MOST_PROBLEMS, Problem
from services.intake.domain.settlement import Broken, Sex
from services.intake.use_cases.accept_settlements import Candidate

Instant = Annotated[datetime, Meta(tz=True, description="ISO 8601 带时区 / with its offset")]
Quantity = Annotated[
    Raw,
    Meta(
        description="数量，最多 4 位小数 / quantity, at most 4 decimals",
        extra_json_schema={"anyOf": [{"type": "number"}, {"type": "string"}], "examples": ["2", 1.5]},
    ),
]
UnitPrice = Annotated[
    Raw,
    Meta(
        description="单价（元），最多 6 位小数 / unit price in yuan, at most 6 decimals",
        extra_json_schema={"anyOf": [{"type": "number"}, {"type": "string"}], "examples": ["18.65"]},
    ),
]
Fen = Annotated[int, Meta(description="分 / fen")]
Code = Annotated[str, Meta(max_length=64)]
"""No code is longer; what is longer is not remembered either."""
TraceabilityCode = Annotated[str, Meta(max_length=LONGEST_TRACEABILITY)]
SenderSettlementId = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        pattern="^[!-~]+$",
        description="报文编号 medins_setl_id，两地上报据此识别 / by which both reports are known as one",
    ),
]
HospitalCode = Annotated[str, Meta(max_length=LONGEST_HOSPITAL_ITEM)]


class InsuredPersonBody(Struct, gc=False):
    """The insured person (参保人); the number leaves the service only as a pseudonym."""

    number: Code
    sex: Sex
    birth_date: date | None = None


class LineBody(Struct, gc=False):
    """One fee line (费用明细)."""

    number: int
    item_code: Code
    quantity: Quantity
    unit_price: UnitPrice
    amount_fen: Fen
    charged_at: Instant
    item_kind: ItemKind | None = None
    practitioner_code: Code | None = None
    department_code: Code | None = None
    traceability_codes: tuple[TraceabilityCode, ...] = ()
    split_pack: bool = False
    fund_scope_fen: Fen | None = None
    prescription_number: Code | None = None
    hospital_item_code: HospitalCode | None = None
    days_of_supply: Decimal | None = None
    dose: Decimal | None = None
    doses_per_day: Decimal | None = None
    refund_of: int | None = None


class SettlementBody(Struct, gc=False):
    """A settlement (结算) as an institution posts it."""

    settlement_id: Code
    institution_code: Code
    insured_person: InsuredPersonBody
    insurance_type: Code
    insured_region: Code
    medical_type: Code
    started_at: Instant
    ended_at: Instant
    settled_at: Instant
    total_fen: Fen
    fund_paid_fen: Fen
    account_paid_fen: Fen
    cash_paid_fen: Fen
    lines: list[LineBody]
    diagnosis_codes: tuple[Code, ...] = ()
    practitioner_code: Code | None = None
    department_code: Code | None = None
    sender_settlement_id: SenderSettlementId | None = None


_SETTLEMENT = msgspec.json.Decoder(SettlementBody)
_OBJECT = msgspec.json.Decoder(dict[str, Raw])
_LIST = msgspec.json.Decoder(list[Raw])

_STAND_IN = b"""
{"settlement_id": "0", "institution_code": "H00000000000", "insured_person": {"number": "0", "sex": "unknown"},
 "insurance_type": "0", "insured_region": "000000", "medical_type": "11", "started_at": "2026-01-01T00:00:00Z",
 "ended_at": "2026-01-01T00:00:00Z", "settled_at": "2026-01-01T00:00:00Z", "total_fen": 0, "fund_paid_fen": 0,
 "account_paid_fen": 0, "cash_paid_fen": 0, "lines": []}
"""
_LINE_STAND_IN = b"""
{"number": 1, "item_code": "000000000000000", "quantity": 0, "unit_price": 0, "amount_fen": 0,
 "charged_at": "2026-01-01T00:00:00Z"}
"""
"""Well-formed values for what cannot be decoded, so that the rest is examined all the same."""


class _Field(NamedTuple):
    name: str
    decoder: "msgspec.json.Decoder[Any]"
    required: bool


def _fields(struct: type[Struct]) -> tuple[_Field, ...]:
    return tuple(
        _Field(field.encode_name, msgspec.json.Decoder(field.type), field.required)
        for field in msgspec.structs.fields(struct)
    )


_PERSON_FIELDS = _fields(InsuredPersonBody)
_LINE_FIELDS = _fields(LineBody)
_SETTLEMENT_FIELDS = _fields(SettlementBody)
_ALL_BROKEN = Broken(frozenset(field.name for field in _SETTLEMENT_FIELDS))


def decode(body: bytes) -> Candidate:
    """Decode a settlement; what is wrong with its form stands in the candidate's problems, all of it."""
    try:
        return Candidate(_SETTLEMENT.decode(body))
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return _decode_apart(body)


def _decode_apart(body: bytes) -> Candidate:
    """Decode field by field, so that one wrong field does not hide another."""
    problems: list[Problem] = []
    settlement = _SETTLEMENT.decode(_STAND_IN)
    try:
        msgspec.json.decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return Candidate(settlement, [Problem("", "malformed_json")], _ALL_BROKEN)
    values = _object(body, "", problems)
    if values is None:
        return Candidate(settlement, problems, _ALL_BROKEN)
    apart = {"insured_person", "lines"}
    fields, broken_fields = _values(
        values, [field for field in _SETTLEMENT_FIELDS if field.name not in apart], "", problems
    )
    for name, value in fields.items():
        setattr(settlement, name, value)
    if not _person(values, settlement, problems):
        broken_fields.add("insured_person")
    lines, broken_lines = _lines(values, problems)
    if lines is None:
        broken_fields.add("lines")
    else:
        settlement.lines = lines
    if not problems:
        # Whatever the decoder met, nothing may pass that it did not take whole.
        problems.append(Problem("", "type"))
    return Candidate(settlement, problems[:MOST_PROBLEMS], Broken(frozenset(broken_fields), frozenset(broken_lines)))


def _object(raw: bytes | Raw, pointer: str, problems: list[Problem]) -> dict[str, Raw] | None:
    try:
        return _OBJECT.decode(raw)
    except msgspec.MsgspecError:
        problems.append(Problem(pointer, "type"))
        return None


def _values(
    values: dict[str, Raw], fields: list[_Field] | tuple[_Field, ...], at: str, problems: list[Problem]
) -> tuple[dict[str, Any], set[str]]:
    """Decode each field for itself; return those that could be, and the names of those that could not."""
    decoded: dict[str, Any] = {}
    broken: set[str] = set()
    for field in fields:
        if field.name not in values:
            if field.required:
                problems.append(Problem(f"{at}/{field.name}", "missing"))
                broken.add(field.name)
            continue
        try:
            decoded[field.name] = field.decoder.decode(values[field.name])
        except msgspec.MsgspecError:
            problems.append(Problem(f"{at}/{field.name}", "type"))
            broken.add(field.name)
    return decoded, broken


def _person(values: dict[str, Raw], settlement: SettlementBody, problems: list[Problem]) -> bool:
    if "insured_person" not in values:
        problems.append(Problem("/insured_person", "missing"))
        return False
    person = _object(values["insured_person"], "/insured_person", problems)
    if person is None:
        return False
    decoded, broken = _values(person, _PERSON_FIELDS, "/insured_person", problems)
    for name, value in decoded.items():
        setattr(settlement.insured_person, name, value)
    return not broken


def _lines(values: dict[str, Raw], problems: list[Problem]) -> tuple[list[LineBody] | None, set[int]]:
    if "lines" not in values:
        problems.append(Problem("/lines", "missing"))
        return None, set()
    try:
        raws = _LIST.decode(values["lines"])
    except msgspec.MsgspecError:
        problems.append(Problem("/lines", "type"))
        return None, set()
    if not 1 <= len(raws) <= MOST_LINES:
        problems.append(Problem("/lines", "line_count"))
        return None, set()
    lines: list[LineBody] = []
    broken: set[int] = set()
    for index, raw in enumerate(raws):
        at = f"/lines/{index}"
        one = _object(raw, at, problems)
        decoded, wrong = ({}, {""}) if one is None else _values(one, _LINE_FIELDS, at, problems)
        if wrong:
            broken.add(index)
            lines.append(msgspec.json.decode(_LINE_STAND_IN, type=LineBody))
        else:
            lines.append(LineBody(**decoded))
    return lines, broken


def settlement_schema() -> dict[str, Any]:
    """Return the JSON schema of the body with every reference put in its place, for the OpenAPI document."""
    (schema,), components = msgspec.json.schema_components([SettlementBody], ref_template="#/{name}")
    resolved: dict[str, Any] = _resolved(schema, components)
    return resolved


def _resolved(schema: Any, components: dict[str, Any]) -> Any:
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _resolved(components[schema["$ref"].removeprefix("#/")], components)
        return {key: _resolved(value, components) for key, value in schema.items()}
    if isinstance(schema, list):
        return [_resolved(value, components) for value in schema]
    return schema
