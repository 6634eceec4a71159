"""Verifies that a tip was filed by a day, with nothing but Python: `python verify_filing.py FILE.json …`.

Give it the files you have, in any order: the statement (受理凭据), the service's keys, the proof of inclusion, the
published days, and the tip that opens the statement. Written from docs/proof-of-filing.md, apart from the service, so
that each checks the other. Exit code 0: everything given holds; 1: something does not.
"""

import hashlib
import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT = pow(2, (P - 1) // 4, P)
GENESIS = "00" * 32


def sha(content: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(content).digest()


def point(encoded: bytes) -> tuple[int, int] | None:
    """Decode a point of Ed25519 (RFC 8032, 5.1.3)."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    return (P - x if x & 1 != sign else x), y


def add(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    """Add two points."""
    k = D * a[0] * b[0] * a[1] * b[1] % P
    x = (a[0] * b[1] + b[0] * a[1]) * pow(1 + k, -1, P)
    return x % P, (a[1] * b[1] + a[0] * b[0]) * pow(1 - k, -1, P) % P


def times(factor: int, a: tuple[int, int]) -> tuple[int, int]:
    """Multiply a point."""
    total = (0, 1)
    while factor:
        if factor & 1:
            total = add(total, a)
        a, factor = add(a, a), factor >> 1
    return total


BASE = point(bytes([0x58] + [0x66] * 31)) or (0, 0)


def signed(public_key: str, message: bytes, signature: str) -> bool:
    """Verify an Ed25519 signature (RFC 8032, 5.1.7)."""
    key, parts = bytes.fromhex(public_key), bytes.fromhex(signature)
    if len(key) != 32 or len(parts) != 64:  # noqa: PLR2004 - lengths of Ed25519
        return False
    a, r, s = point(key), point(parts[:32]), int.from_bytes(parts[32:], "little")
    if a is None or r is None or s >= L:
        return False
    challenge = int.from_bytes(hashlib.sha512(parts[:32] + key + message).digest(), "little") % L
    return times(s, BASE) == add(r, times(challenge, a))


def climb(leaf: str, position: int, size: int, path: list[str]) -> str:
    """Return the root that a leaf's path leads to (RFC 6962, 2.1.1)."""
    value, last = sha(b"\0" + bytes.fromhex(leaf)), size - 1
    for step in path:
        sibling = bytes.fromhex(step)
        if position & 1 or position == last:
            value = sha(b"\1" + sibling + value)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            value = sha(b"\1" + value + sibling)
        position, last = position >> 1, last >> 1
    return value.hex() if last == 0 else ""


def head_of(day: dict[str, Any]) -> str:
    """Return the head of a day, computed anew."""
    text = f"{day['day']}\n{day['tree_size']}\n{day['root']}\n{day['previous']}\n"
    return sha(b"fundwarden-filing-day/1\n" + text.encode()).hex()


def problems(given: dict[str, dict[str, Any]]) -> list[str]:
    """Say what does not hold among the files given; an empty list means that everything does."""
    statement, found = given["statement"], []
    keys = {key["key_id"]: key["public_key"] for key in given.get("keys", {}).get("keys", [])}
    made, day = statement["commitment"], statement["day"]

    def check(holds: bool, said: str) -> None:
        if not holds:
            found.append(said)

    def day_holds(each: dict[str, Any]) -> bool:
        message = f"fundwarden-filing-day/1\n{each['head']}\n{each['key_id']}\n".encode()
        return head_of(each) == each["head"] and (
            not keys or (each["key_id"] in keys and signed(keys[each["key_id"]], message, each["signature"]))
        )

    if keys:
        message = f"fundwarden-filing-statement/1\n{day}\n{made}\n{statement['key_id']}\n".encode()
        key = keys.get(statement["key_id"], "")
        check(signed(key, message, statement["signature"]), "凭据的签名不成立 the statement's signature does not hold")
    if proof := given.get("inclusion"):
        check(proof["commitment"] == made, "收录证明属于另一份凭据 the proof belongs to another statement")
        check(proof["day"]["day"] == day, "收录日期与凭据不符 the proof is for another day")
        root = climb(made, proof["position"], proof["day"]["tree_size"], proof["path"])
        check(root == proof["day"]["root"], "承诺值不在该日的树中 the commitment is not in that day's tree")
        check(day_holds(proof["day"]), "该日的链值或签名不成立 head or signature of the day does not hold")
    if published := given.get("days"):
        chain = sorted(published["days"], key=lambda each: str(each["day"]))
        check(all(map(day_holds, chain)), "有日期的链值或签名不成立 head or signature of a day does not hold")
        links = pairwise(chain)
        check(all(b["previous"] == a["head"] for a, b in links), "日期之间的链断开 the chain of days is broken")
        listed = {each["day"]: each["head"] for each in chain}
        if proof:
            check(listed.get(day) == proof["day"]["head"], "公布的链值与证明不符 the published head is another one")
    if opening := given.get("opening"):
        document, salt = sha(opening["document"].encode()), bytes.fromhex(opening["salt"])
        opened = sha(b"fundwarden-filing/1\n" + document + day.encode() + salt).hex()
        check(opened == made and len(salt) == 32, "举报原文与凭据不符 the tip is not the one of the statement")  # noqa: PLR2004
    return found


def main(paths: list[str]) -> int:
    """Verify files, say so, and return the exit code."""
    given: dict[str, dict[str, Any]] = {}
    try:
        for path in paths:
            content = json.loads(Path(path).read_text(encoding="utf-8"))
            given[content["format"].removeprefix("fundwarden-filing-").removesuffix("/1")] = content
        found = problems(given)
    except (KeyError, TypeError, ValueError, OSError) as error:
        found = [f"文件不完整，或缺少凭据 a file is not complete, or the statement is missing: {error!r}"]
    for problem in found:
        print("不成立 REJECTED:", problem)
    if not found:
        print("成立 VERIFIED:", ", ".join(sorted(given)), "· 提交日期 filed on", given["statement"]["day"])
        for name in sorted({"keys", "inclusion", "days", "opening"} - set(given)):
            print("未提供，未核验 not given, not checked:", name)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
