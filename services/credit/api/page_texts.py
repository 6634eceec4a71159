"""Words of the pages, Chinese first."""

from services.credit.domain.level import LevelSource
from services.credit.domain.rating_procedure import RatingState
from services.credit.domain.text import Text

KINDS = {"hospital": Text("定点医疗机构", "Hospital"), "pharmacy": Text("定点零售药店", "Pharmacy")}

SOURCES = {
    LevelSource.ANNUAL: Text("年度评价", "Yearly rating"),
    LevelSource.RUNNING: Text("信用分档次", "Tier of the score"),
}

STATES = {
    RatingState.NOT_RATED: Text("不参加评价", "Not rated"),
    RatingState.PREVIEW: Text("预评", "Preview"),
    RatingState.PUBLICITY: Text("公示", "Publicity"),
    RatingState.OBJECTION: Text("异议复核", "Objection"),
    RatingState.FINAL: Text("生效", "Final"),
}

DUE = {
    "publicity": Text("年度评价公示截止", "Publicity of a rating ends"),
    "objection": Text("异议复核期限", "Objection to be decided"),
    "repair": Text("信用修复决定期限", "Repair to be decided"),
    "override": Text("人工调整到期", "Override ends"),
    "matter": Text("记分办理期限", "Step of a points matter"),
}

SCORE = Text("信用分", "Score")


def year(rated: int) -> Text:
    """Name the rating of a year."""
    return Text(f"{rated} 年度评价", f"Rating of {rated}")
