"""Proof of filing: the service's tree and signatures against the verifier that was written apart from it."""

import json
import os
from datetime import date, timedelta
from typing import Any

import pytest
from nacl.signing import SigningKey

from deploy.verify_filing import climb, main, problems, signed
from services.tips.domain.filing import (
    GENESIS,
    SMALLEST_TREE,
    canonical,
    commitment,
    day_head,
    day_message,
    fillers_needed,
    inclusion_path,
    merkle_root,
    statement_message,
)
from services.tips.storage.filings import FilingSigner

DAY = date(2026, 3, 10)
DOCUMENT = {"kind": "other", "text": "虚假住院", "place": None, "institution_code": None, "files": []}


def test_the_tree_is_the_one_of_rfc_6962():
    """Root of the seven test leaves of the certificate-transparency reference tree, over their own bytes."""
    leaves = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
    assert merkle_root(leaves[:1]).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert merkle_root(leaves).hex() == "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"


@pytest.mark.parametrize("size", [1, 2, 3, 5, 31, 32, 33, 64, 100])
def test_every_leaf_climbs_to_the_root_and_no_other_does(size: int):
    leaves = sorted(os.urandom(32) for _ in range(size))
    root = merkle_root(leaves).hex()
    for position, leaf in enumerate(leaves):
        path = [step.hex() for step in inclusion_path(leaves, position)]
        assert climb(leaf.hex(), position, size, path) == root
        assert climb(os.urandom(32).hex(), position, size, path) != root


def test_nobody_can_count_the_tips_of_a_day():
    sizes = {count: count + fillers_needed(count) for count in (0, 1, 32, 33, 64, 65)}
    assert sizes == {0: 32, 1: 32, 32: 32, 33: 64, 64: 64, 65: 128}
    assert sizes[0] == SMALLEST_TREE


def test_the_verifiers_own_ed25519_agrees_with_libsodium():
    for _ in range(5):
        key = SigningKey.generate()
        message = os.urandom(50)
        signature = key.sign(message).signature
        public = bytes(key.verify_key).hex()
        assert signed(public, message, signature.hex())
        assert not signed(public, message + b"x", signature.hex())
        broken = bytes([signature[0] ^ 1]) + signature[1:]
        assert not signed(public, message, broken.hex())
        assert not signed(bytes(SigningKey.generate().verify_key).hex(), message, signature.hex())


@pytest.fixture
def files() -> dict[str, Any]:
    """What a holder has, and what is published, for a tip of the second of three days."""
    signer = FilingSigner(os.urandom(32))
    salt = os.urandom(32)
    made = commitment(canonical(DOCUMENT), DAY, salt)
    days, previous, proof = [], GENESIS, {}
    for offset in (-1, 0, 1):
        day = DAY + timedelta(days=offset)
        leaves = sorted([os.urandom(32) for _ in range(40)] + ([made] if offset == 0 else []))
        root = merkle_root(leaves)
        head = day_head(day, len(leaves), root, previous)
        days.append(
            {
                "day": day.isoformat(),
                "tree_size": len(leaves),
                "root": root.hex(),
                "previous": previous.hex(),
                "head": head.hex(),
                "key_id": signer.key_id,
                "signature": signer.sign(day_message(head, signer.key_id)).hex(),
            }
        )
        previous = head
        if offset == 0:
            position = leaves.index(made)
            path = [step.hex() for step in inclusion_path(leaves, position)]
            proof = {"commitment": made.hex(), "position": position, "path": path, "day": days[-1]}
    return {
        "statement": {
            "commitment": made.hex(),
            "day": DAY.isoformat(),
            "key_id": signer.key_id,
            "signature": signer.sign(statement_message(made, DAY, signer.key_id)).hex(),
        },
        "keys": {"keys": [{"key_id": signer.key_id, "public_key": signer.public_key.hex()}]},
        "inclusion": json.loads(json.dumps(proof)),
        "days": {"days": json.loads(json.dumps(days))[::-1]},
        "opening": {"salt": salt.hex(), "document": canonical(DOCUMENT).decode()},
    }


def test_a_true_filing_is_verified_as_a_whole_and_in_part(files):
    assert problems(files) == []
    assert problems({name: files[name] for name in ("statement", "opening")}) == []
    assert problems({name: files[name] for name in ("statement", "keys", "inclusion")}) == []


def _set(files: dict[str, Any], path: str, value: Any) -> None:
    *steps, last = path.split("/")
    place: Any = files
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place[step]
    place[int(last) if isinstance(place, list) else last] = value


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("statement/commitment", "ab" * 32, "signature"),
        ("statement/day", "2026-03-09", "signature"),
        ("statement/signature", "00" * 64, "signature"),
        ("inclusion/position", 0, "tree"),
        ("inclusion/day/root", "ab" * 32, "tree"),
        ("inclusion/day/day", "2026-03-09", "another day"),
        ("days/days/1/root", "ab" * 32, "head or signature"),
        ("days/days/1/signature", "00" * 64, "head or signature"),
        ("days/days/0/previous", "ab" * 32, "chain"),
        ("opening/document", '{"text":"别的"}', "not the one"),
        ("opening/salt", "ab" * 32, "not the one"),
    ],
)
def test_whatever_is_changed_is_found(files, path, value, said):
    _set(files, path, value)
    assert any(said in problem for problem in problems(files))


def test_a_day_that_was_rewritten_with_the_service_key_still_breaks_the_chain_that_others_noted(files):
    """Backdating: even who holds the signing key cannot change a day without changing every later head."""
    noted = files["days"]["days"][0]["head"]
    day = files["days"]["days"][1]
    rewritten = day_head(DAY, day["tree_size"], os.urandom(32), bytes.fromhex(day["previous"]))
    later = files["days"]["days"][0]
    again = day_head(DAY + timedelta(days=1), later["tree_size"], bytes.fromhex(later["root"]), rewritten)
    assert again.hex() != noted


def test_the_command_reads_files_and_tells_by_its_exit_code(files, tmp_path, capsys):
    for name, content in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps({"format": f"fundwarden-filing-{name}/1", **content}))
    paths = [str(path) for path in tmp_path.iterdir()]
    assert main(paths) == 0
    assert "VERIFIED" in capsys.readouterr().out
    (tmp_path / "opening.json").write_text('{"format": "fundwarden-filing-opening/1"}')
    assert main(paths) == 1
    assert main([]) == 1
