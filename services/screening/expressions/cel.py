"""The common expression language, parsed by cel-python into trees that the domain compiles.

Only its parser is used. Its evaluators take two to eight milliseconds for a short expression over ten lines, for every
value is wrapped in a type of theirs; the domain's own functions take a hundredth of that and can be bounded.
"""

import ast
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from celpy.celparser import CELParseError, CELParser
from lark import Token, Tree

from services.screening.domain.expression import MACROS
from services.screening.domain.expression_syntax import MOST_CHARACTERS, ExpressionError, Node

_MACRO_ARGUMENTS = 2
_ESCAPES = re.compile(r"""\\(?:[abfnrtv"'\\]|[0-7]{3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})""")
_LARGEST = 2**63

_OPERATORS = {
    "relation_lt": "<",
    "relation_le": "<=",
    "relation_gt": ">",
    "relation_ge": ">=",
    "relation_eq": "==",
    "relation_ne": "!=",
    "relation_in": "in",
    "addition_add": "+",
    "addition_sub": "-",
    "multiplication_mul": "*",
    "multiplication_div": "/",
    "multiplication_mod": "%",
}
_PASSED_THROUGH = frozenset(
    {
        "expr",
        "conditionalor",
        "conditionaland",
        "relation",
        "addition",
        "multiplication",
        "unary",
        "member",
        "primary",
        "paren_expr",
    }
)


def parse_expression(text: str) -> Node:
    """Parse an expression; raises ExpressionError with line and column."""
    if len(text) > MOST_CHARACTERS:
        raise ExpressionError(f"the expression is longer than {MOST_CHARACTERS} characters")
    try:
        tree = _parser().parse(text)
        return _node(tree)
    except CELParseError as error:
        raise ExpressionError("this is not understood", error.line or 1, error.column or 1) from None
    except RecursionError:
        raise ExpressionError("the expression is nested too deep") from None


@lru_cache(maxsize=1)
def _parser() -> CELParser:
    return CELParser()


def _node(tree: Tree[Token]) -> Node:
    while len(tree.children) == 1 and str(tree.data) in _PASSED_THROUGH:
        tree = _tree(tree.children[0])
    make = _MAKERS.get(str(tree.data))
    if make is None:
        raise _error("this is not allowed here", tree)
    return make(tree)


def _place(tree: Tree[Token]) -> tuple[int, int]:
    """Return line and column; ``true`` and ``false`` have none, for the library makes them out of names."""
    return getattr(tree.meta, "line", None) or 0, getattr(tree.meta, "column", None) or 0


def _made(tree: Tree[Token], kind: str, value: object, *parts: Node) -> Node:
    return Node(kind, value, parts, *_place(tree))


def _conditional(tree: Tree[Token]) -> Node:
    return _made(tree, "conditional", None, *(_node(_tree(child)) for child in tree.children))


def _connected(operator: str) -> Callable[[Tree[Token]], Node]:
    def make(tree: Tree[Token]) -> Node:
        left, right = tree.children
        return _made(tree, "binary", operator, _node(_tree(left)), _node(_tree(right)))

    return make


def _operated(tree: Tree[Token]) -> Node:
    """``relation``, ``addition`` and ``multiplication``: the left side is a child of its operator."""
    left, right = (_tree(child) for child in tree.children)
    operator = _OPERATORS[str(left.data)]
    return _made(tree, "binary", operator, _node(_tree(left.children[0])), _node(right))


def _unary(tree: Tree[Token]) -> Node:
    operator, value = (_tree(child) for child in tree.children)
    return _made(tree, "unary", "!" if operator.data == "unary_not" else "-", _node(value))


def _literal(tree: Tree[Token]) -> Node:
    token = tree.children[0]
    assert isinstance(token, Token)  # noqa: S101 - by the grammar
    return _made(tree, "literal", _value(token, tree))


def _value(token: Token, tree: Tree[Token]) -> object:
    text = str(token)
    if token.type == "BOOL_LIT":
        return text == "true"
    if token.type == "NULL_LIT":
        return None
    if token.type == "FLOAT_LIT":
        return float(text)
    if token.type == "INT_LIT":
        number = int(text, 16) if "0x" in text else int(text)
        if not -_LARGEST <= number < _LARGEST:
            raise _error("the number is too large", tree)
        return number
    if token.type == "STRING_LIT":
        if text[0] not in "rR" and "\\" in _ESCAPES.sub("", text):
            raise _error("unknown escape in a text", tree)
        try:
            return str(ast.literal_eval(text))
        except (ValueError, SyntaxError):
            raise _error("this text cannot be read", tree) from None
    raise _error("only numbers, texts, true, false and null are written out", tree)


def _variable(tree: Tree[Token]) -> Node:
    name = str(tree.children[0])
    if name == "null":
        return _made(tree, "literal", None)
    return _made(tree, "variable", name)


def _called(tree: Tree[Token]) -> Node:
    name = str(tree.children[0])
    arguments = _arguments(tree.children[1:])
    if name == "has":
        if len(arguments) != 1 or arguments[0].kind != "field":
            raise _error("has() asks for a field, such as has(claim.sex)", tree)
        return _made(tree, "has", None, arguments[0])
    return _made(tree, "call", name, *arguments)


def _member(tree: Tree[Token]) -> Node:
    return _made(tree, "field", str(tree.children[1]), _node(_tree(tree.children[0])))


def _method(tree: Tree[Token]) -> Node:
    of, name = _node(_tree(tree.children[0])), str(tree.children[1])
    arguments = _arguments(tree.children[2:])
    if of.kind == "variable" and of.value == "history":
        return _made(tree, "call", f"history.{name}", *arguments)
    if name in MACROS:
        if len(arguments) != _MACRO_ARGUMENTS or arguments[0].kind != "variable":
            raise _error(f"{name} takes a name and an expression, such as lines.{name}(l, …)", tree)
        return _made(tree, "macro", name, of, *arguments)
    return _made(tree, "call", name, of, *arguments)


def _indexed(tree: Tree[Token]) -> Node:
    return _made(tree, "index", None, *(_node(_tree(child)) for child in tree.children))


def _listed(tree: Tree[Token]) -> Node:
    return _made(tree, "list", None, *_arguments(tree.children))


def _arguments(children: list[Any]) -> list[Node]:
    return [_node(_tree(child)) for listed in children for child in _tree(listed).children]


def _tree(child: Any) -> Tree[Token]:
    assert isinstance(child, Tree)  # noqa: S101 - by the grammar
    return child


def _error(message: str, tree: Tree[Token]) -> ExpressionError:
    return ExpressionError(message, *_place(tree))


_MAKERS: dict[str, Callable[[Tree[Token]], Node]] = {
    "expr": _conditional,
    "conditionalor": _connected("||"),
    "conditionaland": _connected("&&"),
    "relation": _operated,
    "addition": _operated,
    "multiplication": _operated,
    "unary": _unary,
    "literal": _literal,
    "ident": _variable,
    "ident_arg": _called,
    "member_dot": _member,
    "member_dot_arg": _method,
    "member_index": _indexed,
    "list_lit": _listed,
}
