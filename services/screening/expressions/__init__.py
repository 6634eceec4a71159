"""Expressions of own rules as they are written: parsed by a library, compiled by the domain."""

from services.screening.expressions.cel import parse_expression

__all__ = ["parse_expression"]
