"""Scalars → trees of SQL: one row of `OPS` for each operation."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from sqlglot import exp

from clientcore.executors.sql.given import EPOCH, Given
from clientcore.executors.sql.words import binary, call, case, chain, closed, column, constant, typed
from clientcore.expr.patterns import explicit_pattern
from clientcore.relational import Scalar

Print = Callable[[Scalar, Given, list[exp.Expr]], exp.Expr]
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#: Operations that write an operand more than once; where that is no leaf, it becomes a column of its own first.
DOUBLED = frozenset(
    {"guard", "finite", "clamp", "ifloordiv", "in_param", "least", "greatest", "round_even", "floor", "ceil"}
)


def printed(scalar: Scalar, given: Given) -> exp.Expr:
    """Return a scalar as a tree; columns are named without their table."""
    return OPS[scalar.op](scalar, given, [printed(arg, given) for arg in scalar.args])


def by_code_point(value: exp.Expr, scalar: Scalar, given: Given) -> exp.Expr:
    """Return a text in a form that compares by code point."""
    if scalar.sort != "text" or not given.dialect.collate:
        return value
    return exp.Collate(this=closed(value), expression=exp.Column(this=exp.Identifier(this="C", quoted=True)))


def number(value: float) -> exp.Expr:
    """Return a constant double."""
    return constant(value, "number")


def today(given: Given) -> exp.Expr:
    """Return the day of the decision, as days since 1970-01-01."""
    if given.as_of == "some":
        return some_day()
    if given.as_of is not None:
        return constant((given.as_of - EPOCH).days, "integer")
    return days(exp.CurrentDate(), given)


def some_day() -> exp.Expr:
    """Return what stands for a day that is put in later; no ruleset can say it, since its whole numbers are numbers."""
    return typed(exp.Literal.string("some day"), "integer")


def days(day: exp.Expr, given: Given) -> exp.Expr:
    """Return a date as days since 1970-01-01."""
    start = exp.Cast(this=exp.Literal.string("1970-01-01"), to=exp.DataType(this=exp.DType.DATE))
    match given.dialect.name:
        case "spark":
            return typed(call("DATEDIFF", day, start), "integer")
        case "snowflake":
            return typed(call("DATEDIFF", exp.Var(this="day"), start, day), "integer")
        case "bigquery":
            return call("UNIX_DATE", day)
        case _:
            return typed(binary(exp.Sub, day, start), "integer")


def _leaf(make: Callable[[Scalar, Given], exp.Expr]) -> Print:
    return lambda scalar, given, _: make(scalar, given)


def _called(function: str) -> Print:
    return lambda _, given, args: call(given.dialect.names.get(function, function), *args)


def _no_minus_zero(made: Print) -> Print:
    """Add 0, which turns -0 into 0 and changes nothing else."""
    return lambda scalar, given, args: binary(exp.Add, made(scalar, given, args), number(0.0))


def _between(kind: type[exp.Expr]) -> Print:
    return lambda _, __, args: binary(kind, *args)


def _compared(kind: type[exp.Expr]) -> Print:
    return lambda scalar, given, args: binary(kind, by_code_point(args[0], scalar.args[0], given), args[1])


def _param(scalar: Scalar, given: Given) -> exp.Expr:
    return constant(given.param(scalar.value), scalar.sort)


def _case(_: Scalar, __: Given, args: list[exp.Expr]) -> exp.Expr:
    return case(zip(args[:-1:2], args[1:-1:2], strict=True), args[-1])


def _among(operand: Scalar, given: Given, value: exp.Expr, choices: tuple[Any, ...]) -> exp.Expr:
    if not choices:
        return exp.false()
    members = [constant(choice, operand.sort) for choice in choices]
    return exp.In(this=closed(by_code_point(value, operand, given)), expressions=members)


def _in_set(scalar: Scalar, given: Given, args: list[exp.Expr]) -> exp.Expr:
    return _among(scalar.args[0], given, args[0], scalar.value)


def _in_param(scalar: Scalar, given: Given, args: list[exp.Expr]) -> exp.Expr:
    return _among(scalar.args[0], given, args[0], given.param(scalar.value))


def _div(_: Scalar, __: Given, args: list[exp.Expr]) -> exp.Expr:
    divisor = exp.Nullif(this=args[1], expression=number(0.0))
    # typed, since both are doubles and need no cast
    return binary(exp.Add, exp.Div(this=closed(args[0]), expression=divisor, typed=True), number(0.0))


def _clamp(scalar: Scalar, _: Given, args: list[exp.Expr]) -> exp.Expr:
    first, last = (number(end) for end in scalar.value)
    below, above = binary(exp.LT, args[0], first), binary(exp.GT, args[0].copy(), last)
    return case([(below, first.copy()), (above, last.copy())], args[0].copy())


def _add(_: Scalar, given: Given, args: list[exp.Expr]) -> exp.Expr:
    """Spark takes chains of sums in any order for the same and computes one of them; `- 0` ends the chain."""
    made = binary(exp.Add, *args)
    return binary(exp.Sub, made, number(0.0)) if given.dialect.name == "spark" else made


def _neg(_: Scalar, __: Given, args: list[exp.Expr]) -> exp.Expr:
    return binary(exp.Sub, number(0.0), args[0])


def _round_even(_: Scalar, given: Given, args: list[exp.Expr]) -> exp.Expr:
    match given.dialect.name:
        case "duckdb":
            made: exp.Expr = call("ROUND_EVEN", args[0], exp.Literal.number(0))
        case "postgres":
            made = call("ROUND", args[0])
        case "spark":
            made = call("RINT", args[0])
        case _:
            below = call("FLOOR", args[0])
            rest = binary(exp.Sub, args[0], below)
            half = binary(exp.Mul, call("FLOOR", binary(exp.Mul, below.copy(), number(0.5))), number(2.0))
            above = binary(exp.Add, below.copy(), number(1.0))
            made = case(
                [
                    (binary(exp.LT, rest, number(0.5)), below.copy()),
                    (binary(exp.GT, rest.copy(), number(0.5)), above),
                    (binary(exp.EQ, half, below.copy()), below.copy()),
                ],
                above.copy(),
            )
    return binary(exp.Add, made, number(0.0))


def _floor(_: Scalar, given: Given, args: list[exp.Expr]) -> exp.Expr:
    if given.dialect.name != "spark":
        return call("FLOOR", args[0])
    return _off_whole(args[0], exp.GT, exp.Sub)


def _ceil(_: Scalar, given: Given, args: list[exp.Expr]) -> exp.Expr:
    if given.dialect.name != "spark":
        return call("CEIL", args[0])
    return _off_whole(args[0], exp.LT, exp.Add)


def _off_whole(value: exp.Expr, beyond: type[exp.Expr], step: type[exp.Expr]) -> exp.Expr:
    """Start from the nearest whole double: Spark's own FLOOR and CEIL give 64-bit integers, wrong over 2^63."""
    whole = call("RINT", value)
    return case([(binary(beyond, whole, value.copy()), binary(step, whole.copy(), number(1.0)))], whole.copy())


def _guard(_: Scalar, __: Given, args: list[exp.Expr]) -> exp.Expr:
    size = call("ABS", args[0])
    return case(
        [
            (binary(exp.GT, size, number(1e150)), constant(None, "number")),
            (binary(exp.LT, size.copy(), number(1e-150)), number(0.0)),
        ],
        args[0].copy(),
    )


def _finite(_: Scalar, __: Given, args: list[exp.Expr]) -> exp.Expr:
    """NaN is above everything on each of these databases."""
    bounded = binary(exp.LT, call("ABS", args[0]), number(float("inf")))
    return case([(bounded, binary(exp.Add, args[0].copy(), number(0.0)))])


def _extreme(scalar: Scalar, given: Given, args: list[exp.Expr], function: str, first: type[exp.Expr]) -> exp.Expr:
    args = [by_code_point(arg, one, given) for arg, one in zip(args, scalar.args, strict=True)]
    if len(args) == 1:
        return args[0]
    if given.dialect.least_skips_null:
        return call(function, *args)
    made = args[0]
    for arg in args[1:]:
        taken = [(exp.Is(this=closed(made.copy()), expression=exp.Null()), arg), (binary(first, arg, made), arg.copy())]
        made = case(taken, made.copy())
    return made


def _ifloordiv(scalar: Scalar, given: Given, args: list[exp.Expr]) -> exp.Expr:
    """What is left is taken off first, so that it does not matter how the database rounds a quotient."""
    whole = binary(exp.Sub, args[0].copy(), _imod(scalar, given, args))
    divisor = constant(scalar.value, "integer")
    match given.dialect.name:
        case "postgres":
            return exp.Div(this=closed(whole), expression=divisor, typed=True)
        case "snowflake":
            return typed(binary(exp.Div, whole, divisor), "integer")
        case _:
            return binary(exp.IntDiv, whole, divisor)


def _imod(scalar: Scalar, _: Given, args: list[exp.Expr]) -> exp.Expr:
    left = binary(exp.Mod, args[0], constant(scalar.value, "integer"))
    moved = binary(exp.Add, left, constant(scalar.value, "integer"))
    return binary(exp.Mod, moved, constant(scalar.value, "integer"))


def _ifmod(_: Scalar, __: Given, args: list[exp.Expr]) -> exp.Expr:
    return binary(exp.Mod, args[0], exp.Nullif(this=args[1], expression=constant(0, "integer")))


def _ends_with(_: Scalar, given: Given, args: list[exp.Expr]) -> exp.Expr:
    if given.dialect.name == "postgres":
        return binary(exp.EQ, call("RIGHT", args[0], call("LENGTH", args[1])), args[1].copy())
    return call(given.dialect.names.get("ENDS_WITH", "ENDS_WITH"), *args)


def _contains(_: Scalar, given: Given, args: list[exp.Expr]) -> exp.Expr:
    if given.dialect.name in {"postgres", "bigquery"}:
        return binary(exp.GT, call("STRPOS", *args), exp.Literal.number(0))
    return call("CONTAINS", *args)


def _matches(scalar: Scalar, given: Given, args: list[exp.Expr]) -> exp.Expr:
    pattern = exp.Literal.string(explicit_pattern(scalar.value, given.dialect.pattern_end))
    if given.dialect.name == "postgres":
        return binary(exp.RegexpLike, args[0], pattern)
    found = call(given.dialect.names["MATCHES"], args[0], pattern)
    return binary(exp.GT, found, exp.Literal.number(0)) if given.dialect.name == "snowflake" else found


def _lower(_: Scalar, __: Given, args: list[exp.Expr]) -> exp.Expr:
    return call("TRANSLATE", args[0], exp.Literal.string(_UPPER), exp.Literal.string(_UPPER.lower()))


def _points(scalar: Scalar, _: Given, args: list[exp.Expr]) -> exp.Expr:
    parts = zip(args, scalar.value, strict=True)
    return chain(exp.Add, [case([(arg, constant(many, "integer"))], constant(0, "integer")) for arg, many in parts])


OPS: dict[str, Print] = {
    "col": _leaf(lambda scalar, _: column(scalar.value)),
    "lit": _leaf(lambda scalar, _: constant(scalar.value, scalar.sort)),
    "param": _leaf(_param),
    "as_of": _leaf(lambda _, given: today(given)),
    "present": _leaf(lambda scalar, given: exp.Boolean(this=given.has_table(scalar.value))),
    "and": lambda _, __, args: chain(exp.And, args),
    "or": lambda _, __, args: chain(exp.Or, args),
    "not": lambda _, __, args: exp.Not(this=closed(args[0])),
    "is_null": lambda _, __, args: exp.Is(this=closed(args[0]), expression=exp.Null()),
    "is_true": lambda _, __, args: call("COALESCE", args[0], exp.false()),
    "case": _case,
    "points": _points,
    "coalesce": _called("COALESCE"),
    "eq": _compared(exp.EQ),
    "ne": _compared(exp.NEQ),
    "lt": _compared(exp.LT),
    "le": _compared(exp.LTE),
    "gt": _compared(exp.GT),
    "ge": _compared(exp.GTE),
    "in_set": _in_set,
    "in_param": _in_param,
    "param_size": lambda scalar, given, _: number(float(len(given.param(scalar.value)))),
    "add": _add,
    "sub": _between(exp.Sub),
    "mul": _no_minus_zero(_between(exp.Mul)),
    "div": _div,
    "neg": _neg,
    "abs": _called("ABS"),
    "floor": _no_minus_zero(_floor),
    "ceil": _no_minus_zero(_ceil),
    "round_even": _round_even,
    "sqrt": _called("SQRT"),
    "clamp": _clamp,
    "plain_zero": _no_minus_zero(lambda _, __, args: args[0]),
    "guard": _guard,
    "finite": _finite,
    "least": partial(_extreme, function="LEAST", first=exp.LT),
    "greatest": partial(_extreme, function="GREATEST", first=exp.GT),
    "iadd": _between(exp.Add),
    "isub": _between(exp.Sub),
    "imul": _between(exp.Mul),
    "ifloordiv": _ifloordiv,
    "imod": _imod,
    "ifmod": _ifmod,
    "bit_or": _between(exp.BitwiseOr),
    "bit_and": _between(exp.BitwiseAnd),
    "to_number": lambda _, __, args: typed(args[0], "number"),
    "to_integer": lambda _, __, args: typed(args[0], "integer"),
    "starts_with": _called("STARTS_WITH"),
    "ends_with": _ends_with,
    "contains": _contains,
    "matches": _matches,
    "length": lambda _, __, args: typed(call("LENGTH", args[0]), "integer"),
    "lower_ascii": _lower,
    "join_text": lambda _, __, args: chain(exp.DPipe, args),
    "integer_text": lambda _, __, args: typed(args[0], "text"),
}
#: Operation of `SCALARS` → why no text of SQL is written for it.
UNSUPPORTED: dict[str, str] = {}
