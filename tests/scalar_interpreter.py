"""A plain reading of SCALARS and of programs: what every column engine is compared with. Slow, and on purpose so."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import attrs

from clientcore.expr.patterns import explicit_pattern
from clientcore.relational import Aggregate, Definition, Frame, Lookup, Program, Scalar

Row = dict[str, Any]


@attrs.frozen(kw_only=True)
class World:
    """What leaves read besides the columns of their row.

    Args:
        as_of: Days since 1970-01-01.
        params: (ruleset, param) → value, days and instants as whole numbers.
        tables: Tables that there are → their rows, field → value.
    """

    as_of: int = 20634
    params: Mapping[tuple[str, str], Any] = attrs.field(factory=dict)
    tables: Mapping[str, Sequence[Row]] = attrs.field(factory=dict)


def value_of(scalar: Scalar, row: Row, world: World) -> Any:
    """Return what a scalar gives in a row; None is null."""
    match scalar.op:
        case "col":
            return row[scalar.value]
        case "lit":
            return scalar.value
        case "param":
            return world.params[scalar.value]
        case "as_of":
            return world.as_of
        case "present":
            return scalar.value in world.tables
        case "param_size":
            return float(len(world.params[scalar.value]))
    args = [value_of(arg, row, world) for arg in scalar.args]
    if scalar.op == "in_param":
        choices = world.params[scalar.value]
        return None if args[0] is None and choices else args[0] in choices
    if scalar.op == "points":
        return sum(many for arg, many in zip(args, scalar.value, strict=True) if arg is True)
    handled = _HANDLES.get(scalar.op)
    if handled is not None:
        return handled(args)
    if None in args:
        return None
    if scalar.op == "in_set":
        return args[0] in scalar.value
    if scalar.op == "ifloordiv":
        return args[0] // scalar.value
    if scalar.op == "clamp":
        return min(max(args[0], scalar.value[0]), scalar.value[1])
    if scalar.op == "imod":
        return args[0] % scalar.value
    if scalar.op == "matches":
        return re.search(explicit_pattern(scalar.value, end=r"\Z"), args[0]) is not None
    made = _STRICT[scalar.op](*args)
    return made + 0.0 if isinstance(made, float) else made


def _and(args: list[Any]) -> bool | None:
    return False if False in args else None if None in args else True


def _or(args: list[Any]) -> bool | None:
    return True if True in args else None if None in args else False


def _case(args: list[Any]) -> Any:
    return next((args[at + 1] for at in range(0, len(args) - 1, 2) if args[at] is True), args[-1])


_HANDLES: dict[str, Callable[[list[Any]], Any]] = {
    "and": _and,
    "or": _or,
    "is_null": lambda args: args[0] is None,
    "is_true": lambda args: args[0] is True,
    "case": _case,
    "coalesce": lambda args: next((arg for arg in args if arg is not None), None),
    "least": lambda args: min((arg for arg in args if arg is not None), default=None),
    "greatest": lambda args: max((arg for arg in args if arg is not None), default=None),
}


def _guard(x: float) -> float | None:
    return None if abs(x) > 1e150 else 0.0 if abs(x) < 1e-150 else x


def _truncated(a: int, b: int) -> int | None:
    return None if b == 0 else int(math.copysign(abs(a) % abs(b), a))


_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_STRICT: dict[str, Callable[..., Any]] = {
    "not": lambda a: not a,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b if b else None,
    "neg": lambda a: -a,
    "abs": abs,
    "floor": lambda a: float(math.floor(a)),
    "ceil": lambda a: float(math.ceil(a)),
    "round_even": lambda a: float(round(a)),
    "sqrt": math.sqrt,
    "plain_zero": lambda a: a,
    "guard": _guard,
    "finite": lambda a: a if math.isfinite(a) else None,
    "iadd": lambda a, b: a + b,
    "isub": lambda a, b: a - b,
    "imul": lambda a, b: a * b,
    "ifmod": _truncated,
    "bit_or": lambda a, b: a | b,
    "bit_and": lambda a, b: a & b,
    "to_number": float,
    "to_integer": int,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
    "contains": lambda a, b: b in a,
    "length": len,
    "lower_ascii": lambda a: a.translate(_LOWER),
    "join_text": lambda *parts: "".join(parts),
    "integer_text": str,
}


def outputs_of(program: Program, world: World) -> list[Row]:
    """Return the rows of the decisions, in the order of the subjects; days and instants stay whole numbers."""
    frames = {name: _rows(frame, world) for name, frame in program.frames.items()}
    for stage in program.stages:
        made = [(one, [_made(one, row, frames, world) for row in frames[one.frame]]) for one in stage]
        for one, values in made:
            for row, value in zip(frames[one.frame], values, strict=True):
                row[one.name] = value
    return [{title: row[name] for title, (name, _) in program.outputs.items()} for row in frames[program.main]]


def _rows(frame: Frame, world: World) -> list[Row]:
    rows = [
        {source.name: entered(raw.get(source.field)) for source in frame.sources}
        for raw in world.tables.get(frame.table, ())
    ]
    return [row for row in rows if frame.seen is None or value_of(frame.seen, row, world) is True]


def entered(value: Any) -> Any:
    """Return a value of a table as scalars have it: a day as days, an instant as microseconds since 1970-01-01."""
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return int((aware - datetime(1970, 1, 1, tzinfo=UTC)) / _MICROSECOND)
    return (value - date(1970, 1, 1)).days if isinstance(value, date) else value


_MICROSECOND = datetime.resolution


def _made(one: Definition | Aggregate | Lookup, row: Row, frames: Mapping[str, list[Row]], world: World) -> Any:
    match one:
        case Definition():
            return value_of(one.scalar, row, world)
        case Lookup():
            here, there = one.key
            found = [other for other in frames[one.source] if row[here] is not None and other[there] == row[here]]
            return found[0][one.column] if found else None
        case Aggregate():
            return _gathered(one, row, frames[one.source], world)


def _gathered(one: Aggregate, row: Row, source: Sequence[Row], world: World) -> Any:
    group = [
        other
        for other in source
        if all(other[here] is not None and other[here] == row[there] for here, there in one.key)
        and (one.where is None or value_of(one.where, other, world) is True)
    ]
    if one.how == "count":
        return len(group)
    assert one.value is not None
    if one.how == "latest":
        ranked = sorted(group, key=lambda other: tuple(_rank(value_of(key, other, world)) for key in one.order))
        return value_of(one.value, ranked[-1], world) if ranked else None
    values = [value for other in group if (value := value_of(one.value, other, world)) is not None]
    if one.how == "count_distinct":
        return len(set(values))
    if one.how == "sum":
        return float(Fraction(sum(values)))
    return (min if one.how == "min" else max)(values, default=None)


def _rank(value: Any) -> tuple[bool, Any]:
    return (value is not None, 0 if value is None else value)
