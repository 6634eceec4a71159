"""Every fact version reads and writes exactly the bytes that stand in its golden file."""

from pathlib import Path

import msgspec
import pytest

from services.contracts import Fact
from services.contracts.catalogue import BY_TYPE, FACTS
from tests.contract.examples import EXAMPLES

GOLDEN = Path(__file__).parent / "golden"


def golden(fact: Fact) -> bytes:
    return (GOLDEN / f"{fact.TYPE}.json").read_bytes().rstrip(b"\n")


def name(fact: Fact) -> str:
    return fact.TYPE


every_example = pytest.mark.parametrize("example", EXAMPLES, ids=name)


def test_every_fact_has_one_example_and_one_golden_file():
    assert sorted(example.TYPE for example in EXAMPLES) == sorted(fact.TYPE for fact in FACTS)
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(BY_TYPE)


@every_example
def test_an_example_sets_every_field(example):
    left_out = [
        field.name
        for field in msgspec.structs.fields(example)
        if field.default is not msgspec.NODEFAULT and getattr(example, field.name) == field.default
    ]
    assert left_out == []


@every_example
def test_an_example_is_written_as_the_golden_bytes(example):
    assert msgspec.json.encode(example) == golden(example)


@every_example
def test_the_golden_bytes_are_read_as_the_example(example):
    assert msgspec.json.decode(golden(example), type=type(example)) == example


@every_example
def test_a_field_of_a_later_version_is_ignored(example):
    later = msgspec.json.decode(golden(example))
    later["added_later"] = {"anything": [1, None]}
    assert msgspec.json.decode(msgspec.json.encode(later), type=type(example)) == example


@every_example
def test_a_message_of_an_earlier_version_lacks_only_what_has_a_default(example):
    fields = msgspec.structs.fields(example)
    earlier = msgspec.json.decode(golden(example))
    for field in fields:
        if not field.required:
            del earlier[field.encode_name]
    read = msgspec.json.decode(msgspec.json.encode(earlier), type=type(example))
    assert [getattr(read, field.name) for field in fields if not field.required] == [
        field.default for field in fields if not field.required
    ]


@every_example
def test_a_message_without_a_required_field_is_refused(example):
    for field in msgspec.structs.fields(example):
        if field.required:
            torn = msgspec.json.decode(golden(example))
            del torn[field.encode_name]
            with pytest.raises(msgspec.ValidationError, match=field.encode_name):
                msgspec.json.decode(msgspec.json.encode(torn), type=type(example))


@every_example
def test_the_key_is_a_required_text_field(example):
    (key,) = [field for field in msgspec.structs.fields(example) if field.name == example.KEY]
    assert key.required
    assert key.type is str
    assert example.key == getattr(example, example.KEY)


@every_example
def test_the_type_names_owner_and_version_and_the_topic_is_the_owners(example):
    owner, *rest, version = example.TYPE.split(".")
    assert rest
    assert version.startswith("v")
    assert int(version[1:]) >= 1
    assert example.TOPIC.split(".")[0] == owner
    owners = {fact.TYPE.split(".")[0] for fact in FACTS}
    assert type(example).__module__.rpartition(".")[2] not in owners - {owner}
