"""Payment eligibility over HTTP: one practitioner, or many at once."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field, ValidationError
from starlette.responses import Response

from services.credit.api.models import EligibilityAnswers, EligibilityBody, EligibilityView, Instant, PractitionerCode
from services.credit.api.resources import Opened, Spoken
from services.credit.api.views import eligibility_view
from services.credit.wiring import Resources, build_read_eligibility
from services.kit.auth import Principal, require
from services.kit.http import language
from services.kit.http.problems import invalid_problem

router = APIRouter(prefix="/credit/v1/eligibility", tags=["支付资格 eligibility"])

Reader = Annotated[Principal, Depends(require("standing:read"))]


class _Question(BaseModel):
    practitioner: PractitionerCode = Field(description="医保相关人员代码 / Practitioner code")
    at: Instant | None = Field(default=None, description="时刻，缺省为现在 / Instant; now when left out")


def _parameters() -> list[dict[str, Any]]:
    schema = _Question.model_json_schema()
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema["required"],
            "schema": described,
            "description": described["description"],
        }
        for name, described in schema["properties"].items()
    ]


@router.get(
    "",
    summary="查询支付资格 / Eligibility of one practitioner",
    response_model=EligibilityView,
    responses={422: {"description": "参数有误 / Malformed"}},
    openapi_extra={"parameters": _parameters()},
)
async def get_eligibility(request: Request, reader: Reader) -> Response:
    """未登记的人员不具备资格 / Who is not registered is not eligible."""
    # A direct route: asked before every settlement, so the framework's solving of parameters is spared.
    try:
        question = _Question.model_validate(dict(request.query_params))
    except ValidationError as error:
        return invalid_problem(request, [{**one, "loc": ("query", *one["loc"])} for one in error.errors()])
    resources: Resources = request.app.state.resources
    (answer,) = await build_read_eligibility(resources)([question.practitioner], reader, at=question.at)
    return Response(eligibility_view(answer, language(request)).model_dump_json(), media_type="application/json")


@router.post("/bulk", summary="批量查询支付资格 / Eligibility of many practitioners")
async def get_eligibilities(
    body: EligibilityBody, reader: Reader, resources: Opened, spoken: Spoken
) -> EligibilityAnswers:
    """顺序同请求 / In the order asked."""
    answers = await build_read_eligibility(resources)(body.practitioner_codes, reader, at=body.at)
    return EligibilityAnswers(items=[eligibility_view(answer, spoken) for answer in answers])
