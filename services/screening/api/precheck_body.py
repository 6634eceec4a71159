"""The body of a pre-check: decoded at once into what the use case takes, refused with a pointer where it cannot be."""

import re
from collections.abc import Sequence
from uuid import UUID

import msgspec

from services.kit.errors import FieldError, Malformed
from services.screening.use_cases.precheck_request import MOST_LINES, MOST_RULES, PrecheckRequest

_DECODER = msgspec.json.Decoder(PrecheckRequest, strict=False)
"""Not strict: numbers may be text, and fields that nobody knows are passed over."""


class TrialBody(msgspec.Struct, kw_only=True):
    """An expression, and what to try it on."""

    expression: str
    item_codes: tuple[str, ...] = ()
    """Items of the rule to be; ``items`` are the lines of these, and history functions ask for them."""
    claim: PrecheckRequest | None = None
    settlement_refs: tuple[UUID, ...] = ()


_TRIAL_DECODER = msgspec.json.Decoder(TrialBody, strict=False)
_STEP = re.compile(r"\.([A-Za-z0-9_]+)|\[(\d+)\]")

EXAMPLE = {
    "phase": "before",
    "visit_id": "V20260310-17",
    "institution": {"code": "H35010000001", "level": 2},
    "insured_person": {"number": "350100199001011234", "birth_date": "1990-01-01"},
    "sex": "female",
    "insurance_type": "310",
    "medical_type": "11",
    "diagnosis_codes": ["J18.900"],
    "practitioner_code": "D350100000001",
    "lines": [{"item_code": "XL02BBA326A001010102180", "quantity_e4": 10000, "amount_fen": 3600}],
}


def read_precheck(body: bytes) -> PrecheckRequest:
    """Decode a body; raises Malformed with the place of the first fault, never its value."""
    try:
        request = _DECODER.decode(body)
    except msgspec.ValidationError as error:
        raise _malformed([_fault(str(error))]) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _malformed([FieldError("", "malformed_json", "不是合法的JSON。", "This is not JSON.")]) from None
    faults = []
    if not 0 < len(request.lines) <= MOST_LINES:
        zh, en = f"明细须有1至{MOST_LINES}行。", f"There must be 1 to {MOST_LINES} lines."
        faults.append(FieldError("/lines", "number_of_lines", zh, en))
    if len(request.rule_codes) > MOST_RULES:
        faults.append(FieldError("/rule_codes", "too_many_items", "规则过多。", "There are too many rules."))
    numbers = [line.number for line in request.lines if line.number is not None]
    if len(set(numbers)) != len(numbers):
        faults.append(FieldError("/lines", "number_repeated", "行号重复。", "A line number occurs twice."))
    if faults:
        raise _malformed(faults)
    return request


def read_trial(body: bytes) -> TrialBody:
    """Decode the body of a trial; raises Malformed with the place of the first fault."""
    try:
        return _TRIAL_DECODER.decode(body)
    except msgspec.ValidationError as error:
        raise _malformed([_fault(str(error))]) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _malformed([FieldError("", "malformed_json", "不是合法的JSON。", "This is not JSON.")]) from None


def _fault(message: str) -> FieldError:
    what, _, path = message.partition(" - at `$")
    pointer = "".join(f"/{name or index}" for name, index in _STEP.findall(path.rstrip("`")))
    if "missing required field" in what:
        name = what.rpartition("`")[0].rpartition("`")[2]
        return FieldError(f"{pointer}/{name}", "missing", "缺少必填字段。", "A required field is missing.")
    return FieldError(pointer, "type", "字段的类型或取值不符。", "The field has a wrong type or value.")


def _malformed(fields: Sequence[FieldError]) -> Malformed:
    return Malformed("malformed", zh="请求内容有误，详见各项。", en="The request has faults; see each.", fields=fields)
