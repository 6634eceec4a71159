"""Recall and precision of screening, per rule, on a labelled month: every rule planted, a hard negative beside each.

    make eval-screening ARGS="--scenes 20 --days 10"

The background is that of the demonstration: days of clean claims that use restricted items as the rulebook allows.
Figures go to `.fundwarden/eval/screening.json`.
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle, islice, pairwise
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from msgspec.structs import replace
from rich.console import Console
from rich.progress import track
from rich.table import Table

from services.contracts.intake import SettlementAccepted
from services.demo.almanac import prepare_day
from services.screening.domain.checks.table import KINDS
from services.screening.domain.engine import screen
from services.screening.domain.finding import Finding
from services.screening.domain.history import History, Ineligibility
from services.screening.domain.plan import Plan, compile_plan
from services.screening.domain.position import position
from services.screening.domain.rulebook import parse_rulebook
from tests.eval.items import ITEMS
from tests.eval.knowledge import evaluation_document, own_points
from tests.eval.scenes import DAY, START, Scene, Stage, all_claims
from tests.eval.visits import SUSPENDED, VISITS
from tests.unit.demo.test_plants import accepted

ROOT = Path(__file__).resolve().parents[2]

MAKERS = {**ITEMS, **VISITS}


def scenes_of(document: dict[str, Any], scenes: int) -> Iterator[Scene]:
    """Every rule over claims so many times broken, and as many times kept to by a hair."""
    points: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for point in own_points(document):
        points[point["rule"]].append(point)
    _pair_operations(points)
    for rule in document["rules"]:
        kind = KINDS[rule["kind"]]
        if kind.judges != "claim":
            continue
        chosen: Iterable[Any] = [None] if kind.points == "none" else points[rule["code"]]
        for number, point in enumerate(islice(cycle(chosen), scenes)):
            for broken in (True, False):
                yield MAKERS[rule["kind"]](Stage(rule["code"], number, violation=broken), rule, point, broken)


def _pair_operations(points: dict[str, list[dict[str, Any]]]) -> None:
    """Give every point of an operation a second one of its group."""
    for code, known in list(points.items()):
        groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for point in known:
            if "group" in point.get("when", {}) and "codes" in point and len(point["when"]) == 1:
                groups[point["when"]["group"]].append(point)
        paired = [
            first | {"second": second["codes"][0]}
            for group in groups.values()
            if group[0]["when"]["group"] not in {"child", "toddler", "newborn"}
            for first, second in pairwise(group)
        ]
        if paired:
            points[code] = paired


def background(days: int, settlements: int) -> Iterator[SettlementAccepted]:
    """Clean claims of so many days, each of other persons; what the demonstration plants is left out."""
    for seed in range(1, days + 1):
        almanac = prepare_day(seed=seed, settlements=settlements)
        planted = {claim.settlement_id for group in almanac.bed.groups for claim in group}
        apart = (seed - 1) * DAY
        number = seed * 1_000_000
        for group in almanac.groups:
            for claim in group:
                number += 1
                if claim.settlement_id in planted:
                    continue
                fact = accepted(claim, number)
                yield replace(
                    fact,
                    settlement_id=f"{seed}-{fact.settlement_id}",
                    insured_ref=uuid5(UUID(int=seed), fact.insured_ref).hex,
                    started_at=fact.started_at + apart,
                    ended_at=fact.ended_at + apart,
                    settled_at=fact.settled_at + apart,
                    lines=tuple(
                        replace(
                            line,
                            charged_at=line.charged_at + apart,
                            traceability_codes=tuple(f"{seed:03d}{code[3:]}" for code in line.traceability_codes),
                        )
                        for line in fact.lines
                    ),
                )


def judge(plan: Plan, claims: Sequence[SettlementAccepted], scenes: Sequence[Scene]) -> list[Finding]:
    """Screen everything in the order of settling."""
    history = History(
        ineligibilities=[Ineligibility(SUSPENDED, UUID(int=9), START - 60 * DAY, None)],
        lists=[filed for scene in scenes for filed in scene.lists],
        deaths=[death for scene in scenes for death in scene.deaths],
    )
    found: list[Finding] = []
    ordered = sorted(claims, key=lambda one: position(one.institution.code, one.settlement_id, one.settled_at))
    for claim in track(ordered, description="审核 screening", disable=not sys.stdout.isatty()):
        screening = screen(plan, claim, history)
        if screening.failures:
            raise RuntimeError(screening.failures)
        found += screening.findings
        history.add_claim(claim, plan)
    return found


def evaluate(scenes: int, days: int, settlements: int) -> dict[str, Any]:
    """Return planted, found and false alarms by rule, and how much was screened."""
    document = evaluation_document()
    plan = compile_plan(parse_rulebook(document))
    played = list(scenes_of(document, scenes))
    clean = list(background(days, settlements))
    claims = [*all_claims(played), *clean]
    expected: dict[tuple[str, UUID], Scene] = {
        (scene.rule_code, scene.claims[-1].settlement_ref): scene for scene in played if scene.violation
    }
    planted = Counter(scene.rule_code for scene in played if scene.violation)
    met: Counter[str] = Counter()
    false: Counter[str] = Counter()
    alarms: list[str] = []
    for finding in judge(plan, claims, played):
        scene = expected.get((finding.rule_code, finding.settlement_ref))
        if scene is not None and scene.lines in {None, finding.line_numbers}:
            met[finding.rule_code] += 1
            del expected[finding.rule_code, finding.settlement_ref]
        else:
            false[finding.rule_code] += 1
            alarms.append(f"{finding.rule_code} {finding.text_zh}")
    rules = {
        rule["code"]: {
            "name": rule["name_zh"],
            "planted": planted[rule["code"]],
            "found": met[rule["code"]],
            "false_alarms": false[rule["code"]],
        }
        for rule in document["rules"]
    }
    judged = [rule for rule in document["rules"] if KINDS[rule["kind"]].judges == "claim"]
    return {
        "claims": len(claims),
        "lines": sum(len(claim.lines) for claim in claims),
        "executes": sum("needs" not in rule for rule in judged),
        "needs_data": sum("needs" in rule for rule in judged),
        "signals": len(document["rules"]) - len(judged),
        "rules": rules,
        "missed": [f"{code} {expected[code, ref].claims[-1].settlement_id}" for code, ref in expected],
        "alarms": alarms,
    }


def main() -> int:
    """Run the evaluation; 1 when a plant was missed or precision is below 0.99."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=int, default=20, help="violations, and hard negatives, per rule")
    parser.add_argument("--days", type=int, default=10, help="days of clean claims")
    parser.add_argument("--settlements", type=int, default=2_400, help="settlements a day")
    given = parser.parse_args()
    told = evaluate(given.scenes, given.days, given.settlements)
    console = Console(width=110)
    table = Table(title=f"{told['claims']:,} 笔结算 claims, {told['lines']:,} 行明细 lines")
    for heading in (
        "编码 code",
        "规则 rule",
        "预埋 planted",
        "检出 found",
        "误报 false",
        "召回 recall",
        "精度 precision",
    ):
        table.add_column(heading, justify="left" if heading[:2] in {"编码", "规则"} else "right")
    for code, row in told["rules"].items():
        if not row["planted"]:
            continue
        recall, hits = row["found"] / row["planted"], row["found"] + row["false_alarms"]
        precision = f"{row['found'] / hits:.3f}" if hits else "-"
        numbers = (row["planted"], row["found"], row["false_alarms"])
        table.add_row(code, row["name"], *map(str, numbers), f"{recall:.3f}", precision)
    console.print(table)
    planted, found, false = (
        sum(row[key] for row in told["rules"].values()) for key in ("planted", "found", "false_alarms")
    )
    console.print(
        f"planted {planted}, found {found}, false alarms {false}; executes {told['executes']}, "
        f"needs data {told['needs_data']}, signals {told['signals']}"
    )
    for line in [*told["missed"][:20], *told["alarms"][:20]]:
        console.print(line)
    target = ROOT / ".fundwarden" / "eval" / "screening.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    counts = {name: value for name, value in told.items() if name not in {"missed", "alarms", "rules"}}
    figures = told["rules"] | counts
    target.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0 if found == planted and found >= 0.99 * (found + false) else 1


if __name__ == "__main__":
    sys.exit(main())
