"""Route for clerks, who enter what came by phone, letter, fax or visit, and cannot read it afterwards."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from services.kit.auth import Principal, require
from services.tips import wiring
from services.tips.api.desk_access import Resources, require_agency
from services.tips.api.padding import padded_json
from services.tips.api.public_models import Receipt, TipReport
from services.tips.domain.tip import Channel
from services.tips.use_cases.submit_tip import Submission

Clerk = Annotated[Principal, Depends(require("tips:enter"))]

router = APIRouter(prefix="/tips/v1", tags=["登记 / entry"], max_body_size=64 * 1024)


class Entry(TipReport):
    """A tip that a clerk enters for a caller."""

    channel: Literal[Channel.PHONE, Channel.LETTER, Channel.FAX, Channel.VISIT] = Field(
        description="来源渠道 / How it came"
    )

    def entered(self, by: str) -> Submission:
        """Return what the use case takes."""
        return entered_submission(self.submission(), self.channel, by)


def entered_submission(submission: Submission, channel: Channel, by: str) -> Submission:
    """Mark a submission as entered by a clerk."""
    return replace(submission, channel=channel, entered_by=by)


@router.post("/entries", status_code=201, response_model=Receipt, summary="代为登记 / Enter for a caller")
async def enter(body: Entry, clerk: Clerk, resources: Resources) -> Response:
    """Register the tip and show its receipt, once, to be read out or printed for the caller."""
    require_agency(clerk)
    submitted = await wiring.build_submit_tip(resources)(body.entered(clerk.subject))
    return padded_json(Receipt.of(submitted), 201)
