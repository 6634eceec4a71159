"""JSON Schemas of the facts, and what may change in them within a version: optional fields may be added, no more."""

from typing import Any

import msgspec

from services.contracts import Fact

Schema = dict[str, Any]


def schema_of(fact: type[Fact]) -> Schema:
    """JSON Schema of a fact without its prose, so that a better sentence is no change of the contract."""
    schema: Schema = _without_prose(msgspec.json.decode(msgspec.json.encode(msgspec.json.schema(fact))))
    return schema


def incompatibilities(before: Schema, after: Schema) -> list[str]:
    """What a reader or writer of ``before`` would stumble over in ``after``; empty when both get along."""
    told = []
    old, new = _structs(before), _structs(after)
    for struct, definition in old.items():
        if struct not in new:
            told.append(f"{struct}: removed or renamed")
            continue
        told += _changes(struct, definition, new[struct])
    return told


def _changes(struct: str, old: Schema, new: Schema) -> list[str]:
    told = []
    was, now = old.get("properties", {}), new.get("properties", {})
    demanded = set(new.get("required", ()))
    for field, shape in was.items():
        if field not in now:
            told.append(f"{struct}.{field}: removed or renamed")
        elif now[field] != shape:
            told.append(f"{struct}.{field}: changed from {shape} to {now[field]}")
    told += [f"{struct}.{field}: required now" for field in sorted(demanded - set(old.get("required", ())))]
    told += [
        f"{struct}.{field}: no longer always sent, though readers rely on it"
        for field in sorted(set(old.get("required", ())) - demanded)
        if field in now
    ]
    return told


def _structs(schema: Schema) -> dict[str, Schema]:
    definitions: dict[str, Schema] = schema.get("$defs", {})
    return {name: definition for name, definition in definitions.items() if definition.get("type") == "object"}


def _without_prose(node: Any) -> Any:
    if isinstance(node, dict):
        if node.get("type") == "object" or "$ref" in node or "$defs" in node:
            node = {key: value for key, value in node.items() if key not in {"description", "title"}}
        return {key: _without_prose(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_without_prose(value) for value in node]
    return node
