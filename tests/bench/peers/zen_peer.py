"""The same rules in zen-engine (Rust), in two ways.

As its users hold knowledge: a decision table with a row for each knowledge point, asked for every fee line. And spared
most of the work: one compiled expression over pairs of fee line and condition that were looked up beforehand.
"""

import json
import sys
import time
from typing import Any

import zen

TABLE_CLAIMS = 60
"""Claims that the table judges: it looks through every row for every line."""

EXPRESSION = (
    "filter(pairs, (#.kind == 'sex' and sex != 'unknown' and #.sex != sex)"
    " or (#.kind == 'facility_level' and level < #.min_level)"
    " or (#.kind == 'age' and (age_days < #.youngest or age_days > #.oldest)))"
)

OTHER_SEX = {"male": "female", "female": "male"}
NO_BOUND = -1, 10**9


def table_of(points: list[dict[str, Any]]) -> zen.ZenDecision:
    """The knowledge points as a decision table that collects what a line meets."""
    rows = []

    def row(point: dict[str, Any], **cells: str) -> None:
        codes = ", ".join(json.dumps(code) for code in point["codes"])
        empty = {"sex": "", "level": "", "age": ""}
        rows.append(
            {
                "_id": str(len(rows)),
                "code": codes,
                **empty,
                **cells,
                "line": "line",
                "point": json.dumps(point["point"]),
            }
        )

    for point in points:
        if point["kind"] == "sex":
            row(point, sex=json.dumps(OTHER_SEX[point["sex"]]))
        elif point["kind"] == "facility_level":
            row(point, level=f"< {point['min_level']}")
        else:
            if point["youngest"] != NO_BOUND[0]:
                row(point, age=f"< {point['youngest']}")
            if point["oldest"] != NO_BOUND[1]:
                row(point, age=f"> {point['oldest']}")
    fields = {"code": "item_code", "sex": "sex", "level": "level", "age": "age_days"}
    place = {"x": 0, "y": 0}
    table = {
        "hitPolicy": "collect",
        "inputs": [{"id": key, "name": key, "field": field} for key, field in fields.items()],
        "outputs": [{"id": key, "name": key, "field": key} for key in ("line", "point")],
        "rules": rows,
        "executionMode": "loop",
        "inputField": "lines",
        "outputPath": "found",
        "passThrough": False,
    }
    graph = {
        "nodes": [
            {"id": "in", "type": "inputNode", "name": "in", "position": place},
            {"id": "table", "type": "decisionTableNode", "name": "table", "position": place, "content": table},
            {"id": "out", "type": "outputNode", "name": "out", "position": place},
        ],
        "edges": [
            {"id": "1", "sourceId": "in", "targetId": "table", "type": "edge"},
            {"id": "2", "sourceId": "table", "targetId": "out", "type": "edge"},
        ],
    }
    return zen.ZenEngine().create_decision(json.dumps(graph))


def main() -> None:
    """Read the points, then claims as JSON lines; write verdicts and rates."""
    points = json.loads(sys.stdin.readline())
    claims = [json.loads(line) for line in sys.stdin]
    compiled = zen.compile_expression(EXPRESSION)
    verdicts = [sorted(f"{int(one['line'])}:{one['point']}" for one in compiled.evaluate(claim)) for claim in claims]
    rates = []
    for _ in range(3):
        started = time.process_time()
        for claim in claims:
            compiled.evaluate(claim)
        rates.append(len(claims) / (time.process_time() - started))
    table = table_of(points)
    of_lines = [
        {"lines": [{**line, **{key: claim[key] for key in ("sex", "level", "age_days")}} for line in claim["lines"]]}
        for claim in claims[:TABLE_CLAIMS]
    ]
    table.evaluate(of_lines[0])
    started = time.process_time()
    answers = [table.evaluate(claim)["result"]["found"] for claim in of_lines]
    table_rate = len(of_lines) / (time.process_time() - started)
    by_table = [
        sorted({f"{int(one['line'])}:{one['point']}" for line in answer for one in line or ()}) for answer in answers
    ]
    if by_table != [sorted(set(one)) for one in verdicts[:TABLE_CLAIMS]]:
        raise SystemExit("the table judges otherwise than the expression")
    json.dump({"verdicts": verdicts, "per_s": table_rate, "joined_per_s": max(rates)}, sys.stdout)


if __name__ == "__main__":
    main()
