"""Print scalars as Polars expressions: one row of `OPS` for each operation of `relational.SCALARS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, reduce
from operator import and_, or_
from types import MappingProxyType
from typing import Any

import attrs
import polars as pl

from clientcore.expr.patterns import explicit_pattern
from clientcore.plan import HUGE, TINY
from clientcore.relational import Scalar

TYPES: Mapping[str, Any] = MappingProxyType(
    {"number": pl.Float64(), "integer": pl.Int64(), "boolean": pl.Boolean(), "text": pl.String()}
)
_UPPER = [chr(code) for code in range(ord("A"), ord("Z") + 1)]
_LOWER = [letter.lower() for letter in _UPPER]


@attrs.define
class Printer:
    """Turns scalars into expressions, each only once.

    Args:
        params: (ruleset, param) → its value.
        as_of: Day of the decision, in days since 1970-01-01.
        present: Related tables that the book has.
    """

    params: Mapping[tuple[str, str], Any]
    as_of: int
    present: frozenset[str]
    _made: dict[Scalar, pl.Expr] = attrs.field(factory=dict)
    _fixed: dict[Scalar, bool] = attrs.field(factory=dict)

    def expr(self, scalar: Scalar) -> pl.Expr:
        """Return the expression of a scalar."""
        found = self._made.get(scalar)
        if found is None:
            found = OPS[scalar.op](self, scalar)
            if scalar.args and self.is_fixed(scalar):
                # some of what Polars makes of constants is no constant for it, and then has one row in a frame of many
                found = pl.lit(pl.select(found).item(), dtype=TYPES[scalar.sort])
            self._made[scalar] = found
        return found

    def is_fixed(self, scalar: Scalar) -> bool:
        """Return whether a scalar is the same on every row."""
        found = self._fixed.get(scalar)
        if found is None:
            found = self._fixed[scalar] = scalar.op != "col" and all(map(self.is_fixed, scalar.args))
        return found

    def args(self, scalar: Scalar) -> list[pl.Expr]:
        """Return the expressions of a scalar's operands."""
        return [self.expr(arg) for arg in scalar.args]

    def words(self, scalar: Scalar) -> pl.Expr:
        """Return the expression of a scalar, texts as such: a column of a dictionary orders and joins by its codes."""
        made = self.expr(scalar)
        return made.cast(pl.String) if scalar.sort == "text" and scalar.op != "lit" else made


Writer = Callable[[Printer, Scalar], pl.Expr]


@cache
def _constant(value: Any, dtype: Any) -> pl.Expr:
    return pl.lit(value, dtype=dtype)


def _lit(_printer: Printer, scalar: Scalar) -> pl.Expr:
    return pl.lit(scalar.value, dtype=TYPES[scalar.sort])


def _param(printer: Printer, scalar: Scalar) -> pl.Expr:
    return pl.lit(printer.params[scalar.value], dtype=TYPES[scalar.sort])


def _in_param(printer: Printer, scalar: Scalar) -> pl.Expr:
    value, item = printer.params[scalar.value], printer.expr(scalar.args[0])
    return item.is_in(list(value)) if value else pl.lit(value=False)


def _case(printer: Printer, scalar: Scalar) -> pl.Expr:
    *parts, otherwise = (printer.words(arg) for arg in scalar.args)
    chain: Any = pl
    for at in range(0, len(parts), 2):
        chain = chain.when(parts[at]).then(parts[at + 1])
    made: pl.Expr = chain.otherwise(otherwise)
    return made


def _points(printer: Printer, scalar: Scalar) -> pl.Expr:
    most = sum(map(abs, scalar.value))
    narrow = pl.Int16() if most < 2**15 else pl.Int32()  # half or a quarter of the memory that a sum walks through
    parts = [
        pl.when(condition).then(_constant(many, narrow)).otherwise(_constant(0, narrow))
        for condition, many in zip(printer.args(scalar), scalar.value, strict=True)
    ]
    return _halved(parts).cast(pl.Int64)


def _halved(parts: list[pl.Expr]) -> pl.Expr:
    """Return the sum of whole parts as a tree of little depth."""
    half = len(parts) // 2
    return parts[0] if not half else _halved(parts[:half]) + _halved(parts[half:])


def _div(printer: Printer, scalar: Scalar) -> pl.Expr:
    above, below = printer.args(scalar)
    # what the optimiser takes for a constant divisor would become a product with its reciprocal, which rounds otherwise
    if printer.is_fixed(scalar.args[1]):
        divisor = pl.select(below).item()
        return above / (above * 0.0 + divisor) if divisor else pl.lit(None, dtype=pl.Float64)
    return above / pl.when(below != 0.0).then(above * 0.0 + below)


def _guard(printer: Printer, scalar: Scalar) -> pl.Expr:
    x = printer.expr(scalar.args[0])
    size = x.abs()
    return pl.when(size <= HUGE).then(pl.when(size >= TINY).then(x).otherwise(0.0))


def _finite(printer: Printer, scalar: Scalar) -> pl.Expr:
    x = printer.expr(scalar.args[0])
    return pl.when(x.is_finite()).then(x)


def _whole_remainder(printer: Printer, scalar: Scalar) -> pl.Expr:
    a, b = printer.args(scalar)
    size = a.abs() % pl.when(b != 0).then(b.abs())
    return pl.when(a < 0).then(size.neg()).otherwise(size)


def _imod(printer: Printer, scalar: Scalar) -> pl.Expr:
    x = printer.expr(scalar.args[0])
    return x - (x // int(scalar.value)) * int(scalar.value)


def _in_set(printer: Printer, scalar: Scalar) -> pl.Expr:
    item = printer.expr(scalar.args[0])
    if len(scalar.value) == 1:
        return item == pl.lit(scalar.value[0], dtype=TYPES[scalar.args[0].sort])
    return item.is_in(list(scalar.value))


def _compared(op: str) -> Writer:
    """Compare with a constant by the codes of a dictionary, two columns by their texts.

    A constant stands on the right: on the left of a column that is the same on every row, Polars in memory forgets how
    many rows there are.
    """
    write, mirrored = _COMPARISONS[op], _COMPARISONS[_MIRRORED.get(op, op)]

    def print_(printer: Printer, scalar: Scalar) -> pl.Expr:
        left, right = scalar.args
        coded = op in {"eq", "ne"} and "lit" in {left.op, right.op}
        x, y = (printer.expr(one) if coded else printer.words(one) for one in (left, right))
        return mirrored(y, x) if printer.is_fixed(left) and not printer.is_fixed(right) else write(x, y)

    return print_


_MIRRORED = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le"}
_COMPARISONS: dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
}


def _two(write: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> Writer:
    return lambda printer, scalar: write(printer.words(scalar.args[0]), printer.words(scalar.args[1]))


def _one(write: Callable[[pl.Expr], pl.Expr]) -> Writer:
    return lambda printer, scalar: write(printer.expr(scalar.args[0]))


def _many(write: Callable[[list[pl.Expr]], pl.Expr]) -> Writer:
    return lambda printer, scalar: write([printer.words(arg) for arg in scalar.args])


OPS: Mapping[str, Writer] = MappingProxyType(
    {
        "col": lambda _printer, scalar: pl.col(scalar.value),
        "lit": _lit,
        "param": _param,
        "as_of": lambda printer, _scalar: pl.lit(printer.as_of, dtype=pl.Int64),
        "present": lambda printer, scalar: pl.lit(scalar.value in printer.present),
        "and": _many(lambda parts: reduce(and_, parts)),
        "or": _many(lambda parts: reduce(or_, parts)),
        "not": _one(lambda x: ~x),
        "is_null": _one(lambda x: x.is_null()),
        "is_true": _one(lambda x: x.fill_null(value=False)),
        "case": _case,
        "points": _points,
        "coalesce": _many(pl.coalesce),
        "eq": _compared("eq"),
        "ne": _compared("ne"),
        "lt": _compared("lt"),
        "le": _compared("le"),
        "gt": _compared("gt"),
        "ge": _compared("ge"),
        "in_set": _in_set,
        "in_param": _in_param,
        "param_size": lambda printer, scalar: pl.lit(float(len(printer.params[scalar.value]))),
        "add": _two(lambda a, b: a + b),
        "sub": _two(lambda a, b: a - b),
        "mul": _two(lambda a, b: a * b),
        "div": _div,
        "neg": _one(lambda x: -x),
        "abs": _one(lambda x: x.abs()),
        "floor": _one(lambda x: x.floor()),
        "ceil": _one(lambda x: x.ceil()),
        "round_even": _one(lambda x: x.round(0, mode="half_to_even")),
        "sqrt": _one(lambda x: x.sqrt()),
        "clamp": lambda printer, scalar: printer.expr(scalar.args[0]).clip(*scalar.value),
        "plain_zero": _one(lambda x: pl.when(x == 0.0).then(0.0).otherwise(x)),
        "guard": _guard,
        "finite": _finite,
        "least": _many(pl.min_horizontal),
        "greatest": _many(pl.max_horizontal),
        "iadd": _two(lambda a, b: a + b),
        "isub": _two(lambda a, b: a - b),
        "imul": _two(lambda a, b: a * b),
        "ifloordiv": lambda printer, scalar: printer.expr(scalar.args[0]) // scalar.value,
        "imod": _imod,
        "ifmod": _whole_remainder,
        "bit_or": _two(lambda a, b: a | b),
        "bit_and": _two(lambda a, b: a & b),
        "to_number": _one(lambda x: x.cast(pl.Float64)),
        "to_integer": _one(lambda x: x.cast(pl.Int64, strict=False)),
        "starts_with": _two(lambda a, b: a.str.starts_with(b)),
        "ends_with": _two(lambda a, b: a.str.ends_with(b)),
        "contains": _two(lambda a, b: a.str.contains(b, literal=True)),
        "matches": lambda printer, scalar: printer.words(scalar.args[0]).str.contains(
            explicit_pattern(scalar.value, "\\z")
        ),
        "length": _one(lambda x: x.cast(pl.String).str.len_chars().cast(pl.Int64)),
        "lower_ascii": _one(lambda x: x.cast(pl.String).str.replace_many(_UPPER, _LOWER)),
        "join_text": _many(pl.concat_str),
        "integer_text": _one(lambda x: x.cast(pl.String)),
    }
)
