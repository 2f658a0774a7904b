"""The few words of SQL that everything here is written in: sqlglot trees with the brackets that they need."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from sqlglot import exp

from clientcore.relational import Sort

#: What a scalar holds → its type.
TYPES: dict[Sort, str] = {"number": "double", "integer": "bigint", "boolean": "boolean", "text": "text"}
#: Length of the mark that ends a name cut short.
_MARK = 9
#: What never needs brackets as an operand.
_CLOSED = (exp.Column, exp.Literal, exp.Cast, exp.Func, exp.Paren, exp.Case, exp.Boolean, exp.Null, exp.Anonymous)


def name(text: str) -> exp.Identifier:
    """Return a quoted name."""
    return exp.Identifier(this=text, quoted=True)


def column(text: str, table: str = "") -> exp.Column:
    """Return a column."""
    return exp.Column(this=name(text), table=name(table) if table else None)


def typed(value: exp.Expr, sort: Sort) -> exp.Cast:
    """Return a cast."""
    return exp.Cast(this=value, to=exp.DataType(this=exp.DType[TYPES[sort].upper()]))


def closed(value: exp.Expr) -> exp.Expr:
    """Return an operand, in brackets if it needs them."""
    return value if isinstance(value, _CLOSED) and not isinstance(value, exp.Connector) else exp.Paren(this=value)


def binary(kind: type[exp.Expr], left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """Return an operator between two operands."""
    return kind(this=closed(left), expression=closed(right))


def chain(kind: type[exp.Expr], parts: Iterable[exp.Expr]) -> exp.Expr:
    """Return an operator between operands, from the left."""
    first, *rest = parts
    made = closed(first)
    for part in rest:
        made = kind(this=made, expression=closed(part))
    return made


def call(function: str, *args: exp.Expr) -> exp.Anonymous:
    """Return a call of a function by its name."""
    return exp.Anonymous(this=function, expressions=list(args))


def case(pairs: Iterable[tuple[exp.Expr, exp.Expr]], otherwise: exp.Expr | None = None) -> exp.Case:
    """Return a `CASE`."""
    ifs = [exp.If(this=condition, true=value) for condition, value in pairs]
    return exp.Case(ifs=ifs, default=otherwise)


def there(value: exp.Expr) -> exp.Expr:
    """Return whether a value is not null."""
    return exp.Not(this=exp.Is(this=closed(value), expression=exp.Null()))


def constant(value: Any, sort: Sort) -> exp.Expr:
    """Return a constant; a number goes through its text, since some databases read it as a decimal."""
    if value is None:
        return typed(exp.Null(), sort)
    if sort == "boolean":
        return exp.Boolean(this=bool(value))
    if sort == "text":
        return exp.Literal.string(value)
    shown = repr(float(value) + 0.0) if sort == "number" else str(int(value))
    return typed(exp.Literal.string(shown), sort)


def fitting(column: str, longest: int) -> str:
    """Return a name that a database does not cut: what is too long ends in a mark of its own.

    Args:
        column: The name; ASCII.
        longest: Bytes that a name may have; 0 for any number.

    Example:
        >>> fitting("a" * 64, 63) == "a" * 54 + "_" + "ffe054fe"
        True
    """
    if not longest or len(column) <= longest:
        return column
    return f"{column[: longest - _MARK]}_{hashlib.sha256(column.encode()).hexdigest()[: _MARK - 1]}"
