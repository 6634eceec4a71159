"""Verifies a published inspection draw with nothing but Python: `python verify_draw.py draw.json`.

The file is the answer of GET /credit/v1/published-draws/{draw_id}. Written from docs/inspection-draw.md, apart from
the service, so that each checks the other. Exit code 0: it holds; 1: it does not.
"""

import hashlib
import json
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import Any


def sha(text: str) -> str:
    """SHA-256 of a text in UTF-8, hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def instant(text: str) -> datetime:
    """Read an instant with its offset (Python 3.11 or newer reads a final Z)."""
    return datetime.fromisoformat(text)


def redraw(listed: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """Draw again from the list and the key."""
    recusals = {(pair["institution"], pair["inspector"]) for pair in listed["recusals"]}
    skills = {person["code"]: set(person["skills"]) for person in listed["inspectors"]}
    visits = dict.fromkeys(skills, 0)
    numbered = []
    for institution in listed["institutions"]:
        code, weight = institution["code"], institution["weight"]
        numbers = [sha(f"{key}|institution|{code}|{ticket}") for ticket in range(1, weight + 1)]
        numbered.append((min(numbers), code, institution["skills"]))
    result = []
    for _, code, wanted in sorted(numbered)[: listed["count"]]:
        free = [person for person in skills if (code, person) not in recusals]
        queue = [
            person for *_, person in sorted((visits[one], sha(f"{key}|inspector|{code}|{one}"), one) for one in free)
        ]
        team: list[str] = []
        for skill in sorted(wanted):
            if not any(skill in skills[person] for person in team):
                team.append(next(person for person in queue if skill in skills[person]))
        team += [person for person in queue if person not in team][: max(0, listed["team_size"] - len(team))]
        for person in team:
            visits[person] += 1
        result.append({"institution": code, "inspectors": team})
    return result


def problems(draw: dict[str, Any]) -> list[str]:
    """Say what does not hold; an empty list means that everything does."""
    listed, found = json.loads(draw["listing"]), []
    if sha(draw["listing"]) != draw["list_hash"]:
        found.append("名单已被改动，与公布的哈希不符 the list is not the one whose hash was published")
    if hashlib.sha256(bytes.fromhex(draw["seed"])).hexdigest() != draw["seed_commitment"]:
        found.append("种子与承诺不符 the seed is not the one that was committed to")
    if draw["draw_id"] != listed["draw_id"]:
        found.append("名单属于另一次抽取 the list belongs to another draw")
    if len({entry["code"] for entry in listed["institutions"]}) < len(listed["institutions"]):
        found.append("名单中有机构重复 an institution is listed twice")
    if not instant(draw["committed_at"]) < instant(listed["public_not_before"]) <= instant(draw["drawn_at"]):
        found.append("公开值须在承诺之后、抽取之前产生 the public value must come between commitment and draw")
    if not (re.fullmatch("[0-9]+", draw["public_value"]) and len(draw["public_value"]) == listed["public_digits"]):
        found.append("公开值的形式与名单所载不符 the public value has not the form that the list names")
    key = sha("\n".join((listed["algorithm"], draw["list_hash"], draw["seed"], draw["public_value"])))
    if redraw(listed, key) != draw["result"]:
        found.append("重新抽取的结果不同 drawing again gives another result")
    return found


def main(path: str) -> int:
    """Verify a file, say so, and return the exit code."""
    draw = json.loads(Path(path).read_text(encoding="utf-8"))
    try:
        found = problems(draw)
    except (KeyError, TypeError, ValueError, StopIteration) as error:
        found = [f"文件不完整 the file is not a published draw: {error!r}"]
    for problem in found:
        print("不成立 REJECTED:", problem)
    if not found:
        source = json.loads(draw["listing"])["public_source"]
        print("成立 VERIFIED:", draw["draw_id"], "名单哈希 list", draw["list_hash"])
        print("请自行核对公开值 Compare yourself:", source, "=", draw["public_value"])
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
