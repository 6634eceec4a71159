"""An expression made into a function of a claim: every name checked beforehand, every loop counted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.screening.domain.case import Case
from services.screening.domain.expression_syntax import ExpressionError, Node, check_size
from services.screening.domain.expression_values import (
    BINARY,
    FUNCTIONS,
    BadOperation,
    NotTold,
    as_list,
    at,
    negated,
    truth,
)
from services.screening.domain.expression_vocabulary import FIELDS, HISTORY, history_days, reader_of

MOST_STEPS = 50_000
"""Turns of all loops of one evaluation; two thousand lines looked at twenty-five times."""

MACROS = frozenset({"all", "exists", "exists_one", "filter", "map"})

_TURNS = ""
"""Where a scope counts; no name in an expression is empty."""

Scope = dict[str, Any]
_Compiled = Callable[["Scope"], Any]


class TooManySteps(Exception):  # noqa: N818 - says what it means
    """The claim has more lines than the expression can look at in bounded time."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression."""

    evaluate: _Compiled
    parts: int
    look_back_days: int
    """How far its history functions reach; 0 without any."""
    reads_items: bool
    """Whether it asks for earlier lines of the rule's items."""
    reads_visits: bool

    def __call__(self, case: Case, items: list[Any]) -> tuple[Any, int]:
        """Return what the expression says of a claim, and the turns that its loops took.

        Raises NotTold, BadOperation or TooManySteps.
        """
        scope: Scope = {"claim": case, "lines": list(case.lines), "items": items, _TURNS: 0}
        return self.evaluate(scope), scope[_TURNS]


def compile_expression(root: Node) -> Expression:
    """Compile a tree; raises ExpressionError with the place of what is unknown."""
    parts = check_size(root)
    compiler = _Compiler()
    evaluate = compiler.compile(root, frozenset({"claim", "lines", "items"}))
    return Expression(evaluate, parts, compiler.days, compiler.reads_items, compiler.reads_visits)


class _Compiler:
    def __init__(self) -> None:
        self.days = 0
        self.reads_items = False
        self.reads_visits = False

    def compile(self, node: Node, names: frozenset[str]) -> _Compiled:
        made: _Compiled = getattr(self, f"_{node.kind}")(node, names)
        return made

    def _literal(self, node: Node, _names: frozenset[str]) -> _Compiled:
        value = node.value
        return lambda _scope: value

    def _variable(self, node: Node, names: frozenset[str]) -> _Compiled:
        name = str(node.value)
        if name not in names:
            raise ExpressionError(f"unknown name {name}", node.line, node.column)
        return lambda scope: scope[name]

    def _list(self, node: Node, names: frozenset[str]) -> _Compiled:
        parts = [self.compile(part, names) for part in node.parts]
        return lambda scope: [part(scope) for part in parts]

    def _field(self, node: Node, names: frozenset[str]) -> _Compiled:
        name = str(node.value)
        if name not in FIELDS:
            raise ExpressionError(f"unknown field {name}", node.line, node.column)
        read = reader_of(name)
        if node.parts[0].kind == "variable":
            variable = str(node.parts[0].value)
            self.compile(node.parts[0], names)
            return lambda scope: read(scope[variable])
        of = self.compile(node.parts[0], names)
        return lambda scope: read(of(scope))

    def _has(self, node: Node, names: frozenset[str]) -> _Compiled:
        value = self.compile(node.parts[0], names)
        return lambda scope: value(scope) not in (None, [], "")

    def _index(self, node: Node, names: frozenset[str]) -> _Compiled:
        value, index = (self.compile(part, names) for part in node.parts)
        return lambda scope: at(value(scope), index(scope))

    def _unary(self, node: Node, names: frozenset[str]) -> _Compiled:
        value = self.compile(node.parts[0], names)
        if node.value == "!":
            return lambda scope: not truth(value(scope))
        return lambda scope: negated(value(scope))

    def _binary(self, node: Node, names: frozenset[str]) -> _Compiled:
        left, right = (self.compile(part, names) for part in node.parts)
        if node.value in {"&&", "||"}:
            return _connected(left, right, decides=node.value == "||")
        apply = BINARY[str(node.value)]
        if node.parts[1].kind == "literal":
            literal = node.parts[1].value
            return lambda scope: apply(left(scope), literal)
        return lambda scope: apply(left(scope), right(scope))

    def _conditional(self, node: Node, names: frozenset[str]) -> _Compiled:
        asked, yes, no = (self.compile(part, names) for part in node.parts)
        return lambda scope: yes(scope) if truth(asked(scope)) else no(scope)

    def _call(self, node: Node, names: frozenset[str]) -> _Compiled:
        name = str(node.value)
        if name.startswith("history."):
            return self._history(node, name.removeprefix("history."))
        apply = FUNCTIONS.get((name, len(node.parts)))
        if apply is None:
            raise ExpressionError(f"unknown function {name}", node.line, node.column)
        arguments = [self.compile(part, names) for part in node.parts]
        if len(arguments) == 1:
            only = arguments[0]
            return lambda scope: apply(only(scope))
        return lambda scope: apply(*[argument(scope) for argument in arguments])

    def _history(self, node: Node, name: str) -> _Compiled:
        read = HISTORY.get(name)
        if read is None:
            raise ExpressionError(f"unknown function history.{name}", node.line, node.column)
        if not all(part.kind == "literal" for part in node.parts):
            raise ExpressionError("arguments of history functions must be written out", node.line, node.column)
        arguments = [part.value for part in node.parts]
        days = history_days(name, arguments)
        if days is None:
            raise ExpressionError(f"history.{name} takes other arguments", node.line, node.column)
        self.days = max(self.days, days)
        if name == "visits":
            self.reads_visits = True
        else:
            self.reads_items = True
        return lambda scope: read(scope["claim"], scope["items"], *arguments)

    def _macro(self, node: Node, names: frozenset[str]) -> _Compiled:
        macro, variable = str(node.value), str(node.parts[1].value)
        if variable in names:
            raise ExpressionError(f"the name {variable} is taken", node.line, node.column)
        of = self.compile(node.parts[0], names)
        body = self.compile(node.parts[2], names | {variable})
        return _MACROS[macro](of, variable, body)


def _connected(left: _Compiled, right: _Compiled, *, decides: bool) -> _Compiled:
    """One side may decide although the other cannot be told: false && x, true || x, in either order."""

    def apply(scope: Scope) -> bool:
        try:
            told = left(scope)
            if told is decides or truth(told) is decides:
                return decides
        except (NotTold, BadOperation):
            if truth(right(scope)) is decides:
                return decides
            raise
        return truth(right(scope))

    return apply


def _turns(of: _Compiled, variable: str, body: _Compiled, scope: Scope) -> Any:
    for one in as_list(of(scope)):
        scope[_TURNS] += 1
        if scope[_TURNS] > MOST_STEPS:
            raise TooManySteps
        scope[variable] = one
        yield one, body(scope)


def _filter(of: _Compiled, variable: str, body: _Compiled) -> _Compiled:
    return lambda scope: [one for one, held in _turns(of, variable, body, scope) if truth(held)]


def _map(of: _Compiled, variable: str, body: _Compiled) -> _Compiled:
    return lambda scope: [made for _, made in _turns(of, variable, body, scope)]


def _exists_one(of: _Compiled, variable: str, body: _Compiled) -> _Compiled:
    return lambda scope: sum(truth(held) for _, held in _turns(of, variable, body, scope)) == 1


def _quantified(*, decides: bool) -> Callable[[_Compiled, str, _Compiled], _Compiled]:
    def make(of: _Compiled, variable: str, body: _Compiled) -> _Compiled:
        def apply(scope: Scope) -> bool:
            not_told: Exception | None = None
            for one in as_list(of(scope)):
                scope[_TURNS] += 1
                if scope[_TURNS] > MOST_STEPS:
                    raise TooManySteps
                scope[variable] = one
                try:
                    if truth(body(scope)) is decides:
                        return decides
                except (NotTold, BadOperation) as error:
                    not_told = error
            if not_told is not None:
                raise not_told
            return not decides

        return apply

    return make


_MACROS: Mapping[str, Callable[[_Compiled, str, _Compiled], _Compiled]] = {
    "filter": _filter,
    "map": _map,
    "exists_one": _exists_one,
    "all": _quantified(decides=False),
    "exists": _quantified(decides=True),
}
