"""What the contracts say about themselves: facts, the structs inside them, and every field with its meaning."""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from deploy.reference.terms import FACT_TITLES, FIELD_MEANINGS
from services.contracts import Fact

_JSON_TYPES = {
    "str": "string",
    "int": "integer",
    "bool": "boolean",
    "UUID": "string (uuid)",
    "datetime": "string (date-time)",
    "date": "string (date)",
}


class UndocumentedError(LookupError):
    """A fact or field has no entry in ``deploy/reference/terms.py``."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field as a reader of the documents sees it."""

    name: str
    type: str
    required: bool
    chinese: str
    english: str


@dataclass(frozen=True, slots=True)
class Described:
    """A fact or a struct inside one."""

    struct: type[msgspec.Struct]
    english: str
    fields: tuple[Field, ...]


def title(fact: type[Fact]) -> str:
    """Chinese title of a fact; raises UndocumentedError."""
    try:
        return FACT_TITLES[fact.TYPE]
    except KeyError:
        raise UndocumentedError(f"no Chinese title for {fact.TYPE}") from None


def describe(struct: type[msgspec.Struct]) -> Described:
    """Describe a struct from its source; raises UndocumentedError for a field without a Chinese meaning."""
    said = _attribute_docstrings(struct)
    hints = get_type_hints(struct)
    fields = []
    for field in msgspec.structs.fields(struct):
        if field.name not in FIELD_MEANINGS:
            raise UndocumentedError(f"no meaning for {struct.__name__}.{field.name}")
        chinese, fallback = FIELD_MEANINGS[field.name]
        english = said.get(field.name, fallback)
        fields.append(
            Field(
                name=field.encode_name,
                type=_type_name(hints[field.name]),
                required=field.required,
                chinese=chinese,
                english=english[:1].upper() + english[1:],
            )
        )
    return Described(struct, inspect.cleandoc(struct.__doc__ or "").partition("\n\n")[0], tuple(fields))


def structs_inside(struct: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    """Structs that the fields of ``struct`` hold, in order of appearance."""
    for hint in get_type_hints(struct).values():
        for part in _parts(hint):
            if isinstance(part, type) and issubclass(part, msgspec.Struct):
                yield part


def _parts(hint: Any) -> Iterator[Any]:
    yield hint
    for argument in get_args(hint):
        yield from _parts(argument)


def _type_name(hint: Any) -> str:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return " \\| ".join(f"`{value}`" for value in arguments)
    if origin is tuple:
        return f"array of {_type_name(arguments[0])}"
    if origin in {Union, UnionType}:
        return " \\| ".join("null" if part is type(None) else _type_name(part) for part in arguments)
    name: str = hint.__name__
    return f"[{name}](#{name.lower()})" if issubclass(hint, msgspec.Struct) else _JSON_TYPES[name]


@cache
def _attribute_docstrings(struct: type) -> dict[str, str]:
    """Sentences that stand under the attributes of a class in its source."""
    (definition,) = ast.parse(inspect.getsource(struct)).body
    if not isinstance(definition, ast.ClassDef):
        return {}
    said = {}
    for statement, following in zip(definition.body, definition.body[1:], strict=False):
        if (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
            and isinstance(following.value.value, str)
        ):
            said[statement.target.id] = " ".join(inspect.cleandoc(following.value.value).split()).rstrip(".")
    return said
