"""The same rules in zen-engine (Rust): one compiled expression over the pairs of fee line and condition."""

import json
import sys
import time

import zen

EXPRESSION = (
    "filter(pairs, (#.kind == 'sex' and sex != 'unknown' and #.sex != sex)"
    " or (#.kind == 'facility_level' and level < #.min_level)"
    " or (#.kind == 'age' and (age_days < #.youngest or age_days > #.oldest))"
    " or (#.kind == 'visit_type' and not (care_setting in #.care_settings)))"
)


def main() -> None:
    """Read claims as JSON lines, write verdicts and the rate."""
    claims = [json.loads(line) for line in sys.stdin]
    compiled = zen.compile_expression(EXPRESSION)
    verdicts = [sorted(f"{int(one['line'])}:{one['point']}" for one in compiled.evaluate(claim)) for claim in claims]
    rates = []
    for _ in range(3):
        started = time.process_time()
        for claim in claims:
            compiled.evaluate(claim)
        rates.append(len(claims) / (time.process_time() - started))
    json.dump({"verdicts": verdicts, "per_s": max(rates)}, sys.stdout)


if __name__ == "__main__":
    main()
