"""What the public reads; every field stands in ``domain/public_list.py`` with its article."""

from datetime import date

from pydantic import BaseModel, Field


class PublicRatingView(BaseModel):
    """生效的年度信用等级 / A final yearly grade."""

    institution_code: str
    region: str
    year: int
    grade: str
    grade_text: str
    final_since: date = Field(description="生效日期 / Final since")
    article: str = Field(description="评价依据 / Article")


class PublicPenaltyView(BaseModel):
    """对机构的行政处罚 / An administrative penalty against an institution."""

    institution_code: str
    region: str
    kind: str
    kind_text: str
    deciding_authority: str
    document_number: str
    decided_on: date
    article: str = Field(description="处罚种类的依据 / Article")


class PublicRatingsView(BaseModel):
    """公开名单：年度信用等级 / Public list: yearly grades."""

    article: str = Field(description="公开依据 / Article that makes it public")
    items: list[PublicRatingView]
    next_cursor: str | None


class PublicPenaltiesView(BaseModel):
    """公开名单：行政处罚 / Public list: penalties."""

    article: str = Field(description="公开依据 / Article that makes it public")
    items: list[PublicPenaltyView]
    next_cursor: str | None
