"""Measures screening: the pure engine, its growth, the stream with PostgreSQL, the pre-check, beside two rule engines.

    make bench-screening ARGS="--claims 4000"

zen-engine (Rust) and Drools (Java, where a JVM is) judge the same claims by the same rules, those that all three can
say; verdicts are compared before anything is timed. zen-engine judges as its users hold knowledge, by a decision table,
and once more where our plan has looked up beforehand which conditions each line meets; Drools always has that help.
Figures go to `.fundwarden/bench/screening.json`.
"""

import argparse
import itertools
import json
import os
import platform
import resource
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from rich.console import Console
from rich.table import Table

from services.contracts.intake import SettlementAccepted
from services.kit.clock import SystemClock
from services.kit.ids import new_id
from services.screening.domain.check import Placement
from services.screening.domain.checks.age import AgeCheck
from services.screening.domain.engine import screen
from services.screening.domain.history import History
from services.screening.domain.plan import Plan, compile_plan
from services.screening.domain.rulebook import parse_rulebook
from services.screening.domain.rules import Rulebook
from services.screening.rulebooks import read_rulebook
from tests.bench import precheck, screening_stream
from tests.bench.random_claims import LINES, claims_of, plan_of

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / "tests" / "bench" / "peers"
COMPARED = {"sex", "facility_level", "age"}
"""Kinds of check that all three engines can say."""
RATES = (50, 150, 300)
"""Pre-checks a second at which the delay is measured."""


def rate(work: Callable[[], object], count: int) -> int:
    """Best of three in claims per second of CPU: what else the machine does shall not count."""
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return round(count / best)


def engine(count: int) -> dict[str, Any]:
    """The pure engine, and how it grows with knowledge, lines and history."""
    plan = plan_of()
    claims = claims_of(plan, count)
    empty = History()

    def judged(by: Plan, which: Sequence[SettlementAccepted], past: History) -> Callable[[], object]:
        return lambda: [screen(by, claim, past) for claim in which]

    base = rate(judged(plan, claims, empty), count)
    figures: dict[str, Any] = {"engine_claims_per_s": base, "engine_lines_per_s": base * LINES}
    figures["by_knowledge"] = {str(len(plan.by_item)): base}
    for codes in (100_000, 1_000_000):
        started, memory = time.process_time(), _rss()
        wide = plan_of(codes)
        figures["by_knowledge"][str(codes)] = rate(judged(wide, claims, empty), count)
        figures[f"compile_{codes}_s"] = round(time.process_time() - started, 1)
        figures[f"rss_mb_{codes}"] = round(_rss() - memory)
        del wide
    figures["engine_1m_codes_per_s"] = figures["by_knowledge"]["1000000"]
    figures["by_lines"] = {}
    for lines in (1, 10, 100):
        some = claims_of(plan, count // lines + 100, lines=lines, seed=lines)
        figures["by_lines"][str(lines)] = rate(judged(plan, some, empty), len(some)) * lines
    figures["by_history"] = {}
    for visits in (0, 10, 100):
        some = claims[:: max(1, visits // 10)]
        past = _past(plan, some, visits)
        figures["by_history"][str(visits)] = rate(judged(plan, some, past), len(some))
    return figures


def _past(plan: Plan, claims: Sequence[SettlementAccepted], visits: int) -> History:
    """So many earlier visits of every claim's person, three days apart, for the same items from other packs."""
    past = History()
    packs = itertools.count()
    for back in range(visits):
        earlier = timedelta(days=3 * (back + 1))
        for claim in claims:
            lines = tuple(
                replace(
                    line,
                    charged_at=line.charged_at - earlier,
                    traceability_codes=tuple(f"9{next(packs):019d}" for _ in line.traceability_codes),
                )
                for line in claim.lines
            )
            moved = {name: getattr(claim, name) - earlier for name in ("settled_at", "started_at", "ended_at")}
            ids = {"settlement_ref": new_id(), "settlement_id": f"{claim.settlement_id}-{back}"}
            past.add_claim(replace(claim, **ids, **moved, lines=lines), plan)
    return past


def peers(count: int) -> dict[str, Any]:
    """The same claims by the same rules in three engines; unequal verdicts end the run."""
    bundled = parse_rulebook(read_rulebook())
    rules = tuple(rule for rule in bundled.rules if rule.kind in COMPARED)
    codes = {rule.code for rule in rules}
    plan = compile_plan(Rulebook("peers", rules, tuple(p for p in bundled.points if p.rule_code in codes)))
    claims = claims_of(plan_of(), count)
    empty = History()
    verdicts = [
        sorted(
            f"{line}:{one.knowledge_point}" for one in screen(plan, claim, empty).findings for line in one.line_numbers
        )
        for claim in claims
    ]
    figures: dict[str, Any] = {"same_rules_claims_per_s": rate(lambda: [screen(plan, c, empty) for c in claims], count)}
    asked = "\n".join([json.dumps(_points(plan)), *(json.dumps(_as_pairs(plan, claim)) for claim in claims)])
    python = ROOT / ".fundwarden" / "peers" / "bin" / "python"
    for name, needed in (("zen", None), ("drools", "java")):
        if not python.exists() or (needed is not None and shutil.which(needed) is None):
            figures[f"{name}_claims_per_s"] = None
            continue
        environment = dict(os.environ)
        if needed is not None:
            environment["JAVA_HOME"] = str(Path(os.path.realpath(str(shutil.which(needed)))).parents[1])
        told = subprocess.run(
            [python, PEERS / f"{name}_peer.py"],
            input=asked,
            capture_output=True,
            text=True,
            check=True,
            env=environment,
        )
        answer = json.loads(told.stdout.splitlines()[-1])
        if answer["verdicts"] != verdicts:
            raise RuntimeError(f"{name} judges otherwise")
        figures[f"{name}_claims_per_s"] = round(answer["per_s"])
        if "joined_per_s" in answer:
            figures[f"{name}_joined_claims_per_s"] = round(answer["joined_per_s"])
    return figures


def _points(plan: Plan) -> list[dict[str, Any]]:
    """The knowledge points, each with its condition and its item codes."""
    found: dict[str, dict[str, Any]] = {}
    for code, placements in plan.by_item.items():
        for placement in placements:
            condition = _condition(placement)
            found.setdefault(condition["point"], {**condition, "codes": []})["codes"].append(code)
    return list(found.values())


def _condition(placement: Placement) -> dict[str, Any]:
    check: Any = placement.check
    told = {"point": placement.point.id if placement.point else "", "kind": placement.rule.kind}
    if placement.rule.kind == "sex":
        return {**told, "sex": check.sex}
    if isinstance(check, AgeCheck):
        youngest, oldest = check.band.youngest, check.band.oldest
        return {**told, "youngest": -1 if youngest is None else youngest, "oldest": 10**9 if oldest is None else oldest}
    return {**told, "min_level": placement.point.condition.integer("min_level") if placement.point else 0}


def _as_pairs(plan: Plan, claim: SettlementAccepted) -> dict[str, Any]:
    """A claim, and beside its lines the conditions its items meet, looked up beforehand."""
    return {
        "sex": claim.sex,
        "level": claim.institution.level,
        "age_days": claim.age_days,
        "lines": [{"line": line.number, "item_code": line.item_code} for line in claim.lines],
        "pairs": [
            {"line": line.number, **_condition(placement)}
            for line in claim.lines
            for placement in plan.by_item.get(line.item_code, ())
        ],
    }


def stream(count: int) -> dict[str, Any]:
    """The stream over batches in PostgreSQL, with one worker to one more than cores, for they wait; the best."""
    measured = screening_stream.run(count, range(1, (os.cpu_count() or 1) + 2))
    return {"stream_claims_per_s": max(each["claims_per_s"] for each in measured), "stream": measured}


def prechecks(seconds: float) -> dict[str, Any]:
    """Delay of pre-checks over HTTP at fixed rates; the named figures are those of the first rate."""
    measured = precheck.measure(RATES, seconds)
    first = measured["rates"][0]
    return {"precheck": measured, "precheck_p50_ms": first["p50_ms"], "precheck_p99_ms": first["p99_ms"]}


def _rss() -> float:
    """Megabytes at the peak."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def show(figures: dict[str, Any], console: Console) -> None:
    """Print what was measured, the peers beside it."""
    table = Table("", "/s", "× ours", title=f"审核 Screening, claims of {LINES} lines, one core")
    ours = figures["same_rules_claims_per_s"]
    table.add_row("whole bundled library", f"{figures['engine_claims_per_s']:,}", "")
    table.add_row("with 1,000,000 more codes", f"{figures['engine_1m_codes_per_s']:,}", "")
    table.add_row("rules that all engines can say: ours", f"{ours:,}", "1.00", end_section=True)
    for name, key in (
        ("zen-engine, a decision table", "zen_claims_per_s"),
        ("zen-engine, items looked up by us", "zen_joined_claims_per_s"),
        ("Drools, items looked up by us", "drools_claims_per_s"),
    ):
        told = figures.get(key)
        table.add_row(
            name, "not installed" if told is None else f"{told:,}", "" if told is None else f"{told / ours:.3f}"
        )
    table.add_row("stream with PostgreSQL", f"{figures['stream_claims_per_s']:,}", "")
    console.print(table)
    for name in ("by_knowledge", "by_lines", "by_history", "precheck"):
        console.print(name, figures[name])


def main() -> None:
    """Measure everything in one run and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=4_000)
    parser.add_argument("--stream", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=10.0, help="of pre-checks at each rate")
    given = parser.parse_args()
    console = Console()
    figures = engine(given.claims) | peers(given.claims)
    figures |= stream(given.stream)
    figures |= prechecks(given.seconds)
    figures |= {"cores": os.cpu_count(), "python": platform.python_version(), "rss_mb": round(_rss())}
    figures["measured_at"] = SystemClock().now().isoformat(timespec="seconds")
    show(figures, console)
    target = ROOT / ".fundwarden" / "bench" / "screening.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(figures, indent=2) + "\n")
    console.print(f"→ {target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
