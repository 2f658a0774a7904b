"""Resolve literals, and refuse the kinds of literals that the profile has not."""

from __future__ import annotations

import math

from clientcore.check.resolving import Resolving, made
from clientcore.expr import BOOLEAN, NULL, NUMBER, TEXT, Expr, Literal, MapOf, Node, Struct

#: Largest whole number that every engine holds exactly.
WHOLE = 2**53


def literal(r: Resolving, expr: Expr) -> Node:
    """Resolve a literal."""
    assert isinstance(expr, Literal)
    match expr.kind:
        case "int" | "double":
            return _number(r, expr)
        case "text":
            if "\0" in expr.value or any("\ud800" <= char <= "\udfff" for char in expr.value):
                r.refuse(expr, "CC209", "a text holds a character that no data can hold", "leave it out")
            return made(expr, "literal", TEXT, (), expr.value)
        case "boolean":
            return made(expr, "literal", BOOLEAN, (), expr.value)
        case "null":
            return made(expr, "literal", NULL)
        case other:
            return r.refuse_reason(expr, other)


def _number(r: Resolving, expr: Literal) -> Node:
    if expr.kind == "int" and abs(expr.value) > WHOLE:
        r.refuse(expr, "CC209", f"{r.quote(expr)} is too large for a whole number", f"at most {WHOLE} (2^53)")
    value = float(expr.value)
    if not math.isfinite(value):
        r.refuse(expr, "CC209", f"{r.quote(expr)} is too large for a number", "at most 1.7e308")
    # no number is -0 (SEMANTICS 6)
    return made(expr, "literal", NUMBER, (), value + 0.0)


def map_literal(r: Resolving, expr: Expr) -> Node:
    """Refuse `{k: v}`."""
    assert isinstance(expr, MapOf)
    return r.refuse_reason(expr, "map")


def struct(r: Resolving, expr: Expr) -> Node:
    """Refuse `Message{…}`."""
    assert isinstance(expr, Struct)
    return r.refuse_reason(expr, "message")
