"""The same rules in Drools by way of drools-jpy: every pair of fee line and condition is an event that rules match.

The pairs were looked up beforehand: Drools is spared that part.
"""

import json
import sys
import time
from typing import Any

from drools.rule import Rule
from drools.ruleset import Ruleset, RulesetCollection


def field(name: str) -> dict[str, Any]:
    """A field of the event."""
    return {"Event": name}


def compare(how: str, left: str, right: Any) -> dict[str, Any]:
    """Two fields, or a field and a text, compared."""
    other = {"String": right[1:]} if isinstance(right, str) and right.startswith("=") else field(right)
    return {f"{how}Expression": {"lhs": field(left), "rhs": other}}


def both(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    """Both conditions."""
    return {"AndExpression": {"lhs": left, "rhs": right}}


def either(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    """One of two conditions."""
    return {"OrExpression": {"lhs": left, "rhs": right}}


RULES = {
    "sex": both(
        both(compare("Equals", "kind", "=sex"), compare("NotEquals", "sex", "=unknown")),
        compare("NotEquals", "sex", "wanted_sex"),
    ),
    "facility_level": both(compare("Equals", "kind", "=facility_level"), compare("LessThan", "level", "min_level")),
    "age": both(
        compare("Equals", "kind", "=age"),
        either(compare("LessThan", "age_days", "youngest"), compare("GreaterThan", "age_days", "oldest")),
    ),
}


def main() -> None:
    """Read claims as JSON lines, write verdicts and the rate; the points, on the first line, stand in the pairs."""
    sys.stdin.readline()
    claims = [json.loads(line) for line in sys.stdin]
    events = [
        [
            json.dumps(
                {
                    **{name: claim[name] for name in ("sex", "level", "age_days")},
                    **{name: value for name, value in pair.items() if name not in {"sex", "care_settings"}},
                    "wanted_sex": pair.get("sex", ""),
                }
            )
            for pair in claim["pairs"]
            if pair["kind"] in RULES
        ]
        for claim in claims
    ]
    rules = [
        {"Rule": {"name": name, "condition": {"AllCondition": [condition]}, "actions": [], "enabled": True}}
        for name, condition in RULES.items()
    ]
    met: list[str] = []

    def matched(matches: Any) -> None:
        met.extend(f"{event['line']}:{event['point']}" for event in matches.data.values())

    ruleset = Ruleset("bench", json.dumps({"name": "bench", "hosts": ["all"], "sources": [], "rules": rules}))
    for name in RULES:
        ruleset.add_rule(Rule(name, matched))
    verdicts = []
    for claim in events:
        met.clear()
        for event in claim:
            ruleset.assert_event(event)
        verdicts.append(sorted(met))
    rates = []
    for _ in range(2):
        started = time.process_time()
        for claim in events:
            for event in claim:
                ruleset.assert_event(event)
        rates.append(len(claims) / (time.process_time() - started))
    ruleset.end_session()
    RulesetCollection.shutdown()
    json.dump({"verdicts": verdicts, "per_s": max(rates)}, sys.stdout)


if __name__ == "__main__":
    main()
