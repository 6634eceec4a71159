"""Routes and pages on which anybody checks filings: published days, keys, and proofs by commitment."""

import json
from datetime import date
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field, StringConstraints

from services.kit.auth import public
from services.kit.errors import ServiceError
from services.tips import wiring
from services.tips.api.desk_access import Resources
from services.tips.api.padding import padded_json
from services.tips.api.public_models import Padded
from services.tips.api.rendering import SECURITY_HEADERS, page
from services.tips.domain.filing import PublishedDay
from services.tips.use_cases.file_statement import FiledTip
from services.tips.use_cases.show_filings import Inclusion

INCLUSION_FORMAT = "fundwarden-filing-inclusion/1"
_PAGE_DAYS = 31

router = APIRouter(
    prefix="/tips/v1/filing", tags=["受理凭据 / proof of filing"], dependencies=[Depends(public())], max_body_size=4096
)
pages = APIRouter(
    prefix="/tips",
    tags=["公众举报页面 / pages"],
    dependencies=[Depends(public())],
    include_in_schema=False,
    max_body_size=16 * 1024,
)


class DayView(BaseModel):
    """A published day."""

    day: date
    tree_size: int = Field(description="叶子数，含随机填充 / Leaves, random ones included; not the number of tips")
    root: str
    previous: str = Field(description="前一日的链值 / Head of the day before")
    head: str = Field(description="本日链值，见证人应抄录 / What witnesses should note down")
    key_id: str
    signature: str

    @classmethod
    def of(cls, published: PublishedDay) -> Self:
        """Show a day."""
        return cls(
            day=published.day,
            tree_size=published.tree_size,
            root=published.root.hex(),
            previous=published.previous.hex(),
            head=published.head.hex(),
            key_id=published.key_id,
            signature=published.signature.hex(),
        )


class Days(BaseModel):
    """Published days, the latest first."""

    format: str = "fundwarden-filing-days/1"
    days: list[DayView]


class KeyView(BaseModel):
    """A public key (Ed25519) that signs or signed."""

    key_id: str
    public_key: str
    first_used_on: date


class Keys(BaseModel):
    """Every key that has signed."""

    format: str = "fundwarden-filing-keys/1"
    keys: list[KeyView]


class InclusionRequest(BaseModel):
    """A commitment, as it stands in a statement."""

    commitment: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class InclusionView(Padded):
    """The way from a commitment to the root of its day."""

    format: str = INCLUSION_FORMAT
    commitment: str
    position: int
    path: list[str] = Field(description="自下而上的哈希 / Hashes from below")
    day: DayView

    @classmethod
    def of(cls, commitment: str, found: Inclusion) -> Self:
        """Show a proof."""
        return cls(
            commitment=commitment,
            position=found.position,
            path=[step.hex() for step in found.path],
            day=DayView.of(found.published),
        )


@router.get("/days", summary="已公布的日期 / Published days")
async def days(
    resources: Resources,
    before: Annotated[date | None, Query(description="早于该日 / Before this day")] = None,
    limit: Annotated[int, Query(ge=1, le=400)] = 100,
) -> Days:
    """List published days, the latest first."""
    found = await wiring.build_show_filings(resources).days(before=before, limit=limit)
    return Days(days=[DayView.of(each) for each in found])


@router.get("/keys", summary="签名公钥 / Public keys")
async def keys(resources: Resources) -> Keys:
    """List every public key that has signed, with the first day it did."""
    found = await wiring.build_show_filings(resources).keys()
    return Keys(
        keys=[
            KeyView(key_id=key_id, public_key=public_key.hex(), first_used_on=day) for key_id, public_key, day in found
        ]
    )


@router.post("/inclusion", response_model=InclusionView, summary="收录证明 / Proof of inclusion")
async def inclusion(body: InclusionRequest, resources: Resources) -> Response:
    """Prove that a commitment stands in a published day; the service does not know of which tip."""
    found = await wiring.build_show_filings(resources).inclusion(bytes.fromhex(body.commitment))
    return padded_json(InclusionView.of(body.commitment, found))


@pages.get("/filing")
async def filing_page(resources: Resources) -> Response:
    """Show what was published, and ask for a commitment."""
    return await _page(resources, None)


@pages.post("/filing")
async def inclusion_page(request: Request, resources: Resources) -> Response:
    """Send the proof for a commitment as a file."""
    async with request.form(max_files=0, max_fields=5, max_part_size=4096) as form:
        given = str(form.get("commitment", "")).strip().lower()
    try:
        commitment = bytes.fromhex(given)
    except ValueError:
        commitment = b""
    try:
        found = await wiring.build_show_filings(resources).inclusion(commitment)
    except ServiceError as error:
        return await _page(resources, error)
    proof = InclusionView.of(given, found).model_dump(mode="json", exclude={"padding"})
    return _file(proof, "filing-inclusion.json")


@pages.post("/receipt/filing")
async def statement_page(request: Request, resources: Resources) -> Response:
    """Send a statement of filing as a file, or what opens it; of the tip, or of the addition with a number."""
    async with request.form(max_files=0, max_fields=5, max_part_size=4096) as form:
        receipt, wanted = str(form.get("receipt", ""))[:64], str(form.get("wanted", ""))
        addition = str(form.get("addition", ""))[:7]
    number = int(addition) if addition.isascii() and addition.isdecimal() else 0
    try:
        filed = (await wiring.build_read_filing(resources)(receipt)).of(number)
    except ServiceError as error:
        headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
        return page("lookup.html", error.status, headers, problem=error)
    return _filed(filed, wanted, f"-{number}" if number else "")


def _filed(filed: FiledTip, wanted: str, mark: str) -> Response:
    if wanted == "opening":
        opening = filed.opening
        content = {name: getattr(opening, name) for name in ("format", "commitment", "salt", "document")}
        return _file({**content, "day": opening.day.isoformat()}, f"filing-opening{mark}.json")
    statement = filed.statement
    content = {name: getattr(statement, name) for name in ("format", "commitment", "key_id", "signature")}
    return _file({**content, "day": statement.day.isoformat()}, f"filing-statement{mark}.json")


def _file(content: dict[str, object], name: str) -> Response:
    headers = {**SECURITY_HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    text = json.dumps(content, ensure_ascii=False, indent=1)
    return Response(text + "\n", media_type="application/json", headers=headers)


async def _page(resources: wiring.Resources, problem: ServiceError | None) -> Response:
    shown = wiring.build_show_filings(resources)
    published = [DayView.of(each) for each in await shown.days(before=None, limit=_PAGE_DAYS)]
    known = [(key_id, public_key.hex(), day) for key_id, public_key, day in await shown.keys()]
    return page("filing.html", problem.status if problem else 200, days=published, keys=known, problem=problem)
