"""Which plots a page has, each with the words for those who do not see it."""

from services.credit.api.plots.canvas import Words
from services.credit.api.plots.drawings import (
    draw_grades,
    draw_peers,
    draw_score,
    draw_waterfall,
    points,
    signed,
)
from services.credit.domain.waterfall import Waterfall
from services.credit.use_cases.read_pages import InstitutionPage, RegionPage


def institution_plots(page: InstitutionPage) -> dict[str, str]:
    """Draw an institution's plots, by name."""
    code = page.registered.institution_code
    bands = tuple((tier.text.zh, tier.from_e2) for tier in page.policy.score.tiers)
    plots = {
        "score": draw_score(
            page.days,
            bands,
            Words(
                "score",
                f"{code} 信用分走势 Score over time",
                f"{page.days[0][0]} 至 {page.today}，现为 {points(page.days[-1][1])} 分 "
                f"From {page.days[0][0]} to {page.today}; now {points(page.days[-1][1])}",
            ),
        ),
        "waterfall": _waterfall(page.waterfall, "waterfall", f"{code} {page.today.year} 信用分变动 Changes"),
    }
    if page.bins:
        own = next((one for one in page.bins if one.own), None)
        where = "" if own is None else f"{points(own.from_e2)}–{points(own.to_e2)}"
        plots["peers"] = draw_peers(
            page.bins,
            "本机构",
            Words(
                "peers",
                "同类机构信用分分布 Peers by score",
                f"{page.peers} 家，本机构在 {where} {page.peers} peers; this one lies in {where}",
            ),
        )
    for one in page.years:
        if one.waterfall is not None:
            plots["rating"] = _waterfall(one.waterfall, "rating", f"{code} {one.rating.year} 年度评价 Yearly rating")
    return plots


def region_plots(page: RegionPage) -> dict[str, str]:
    """Draw the distribution of grades under each version of the rules, by version."""
    plots = {}
    for place, version in enumerate(dict.fromkeys(row[0] for row in page.grades)):
        rows = tuple((text.split(" ")[0], number) for of, _, text, number in page.grades if of == version)
        said = "，".join(f"{name} {number}" for name, number in rows)
        plots[version] = draw_grades(
            rows, Words(f"grades{place}", f"{page.region} 等级分布 Grades", f"{said}（{version}）")
        )
    return plots


def _waterfall(shown: Waterfall, key: str, title: str) -> str:
    said = "；".join(f"{one.text.zh} {signed(one.change_e2)}" for one in shown.changes) or "无变动 no changes"
    description = f"{points(shown.start_e2)} → {points(shown.end_e2)}：{said}"
    return draw_waterfall(shown, ("基准分", "得分"), Words(key, title, description))
