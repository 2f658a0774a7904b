"""Walk a syntax tree over one subject; names mean what the rulesets and the subject say."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, Protocol

from clientcore.expr import Call, Expr, ListOf, Literal, Macro, Name, Select, children
from reference.values import (
    Row,
    arithmetic,
    both,
    business_days,
    either,
    equal,
    exact_sum,
    gone,
    guarded,
    hours,
    missing,
    negated,
    ordered,
    rounded,
    shifted,
    text_of,
    utc,
)

ARITHMETIC = {f"_{sign}_": sign for sign in "+-*/%"}
ORDER = {f"_{sign}_": sign for sign in ("<", "<=", ">", ">=")}


class Names(Protocol):
    """Gives names their values."""

    as_of: date

    def bare(self, name: str) -> Any: ...
    def param(self, ruleset: str, name: str) -> Any: ...
    def dotted(self, path: str) -> Any: ...
    def previous(self, path: str) -> Any: ...
    def truth(self, rule: str) -> Any: ...


class Walker:
    """Evaluates the expressions of one ruleset."""

    def __init__(self, names: Names, ruleset: str) -> None:
        self.names = names
        self.ruleset = ruleset

    def value(self, expr: Expr, scope: Mapping[str, Any] | None = None) -> Any:
        scope = scope or {}
        match expr:
            case Literal(value=raw):
                return float(raw) if isinstance(raw, int | float) and not isinstance(raw, bool) else raw
            case Name(name=name):
                return self._name(name, scope)
            case Select(operand=operand, field=field, test=test):
                found = self._select(operand, field, scope)
                return not missing(found) if test else found
            case ListOf(items=items):
                return tuple(self.value(item, scope) for item in items)
            case Macro():
                return self._macro(expr, scope)
            case Call():
                return self._call(expr, scope)
        raise TypeError(expr)

    def _name(self, name: str, scope: Mapping[str, Any]) -> Any:
        if name in scope:
            return scope[name]
        return self.names.as_of if name == "as_of" else self.names.bare(name)

    def _select(self, operand: Expr, field: str, scope: Mapping[str, Any]) -> Any:
        path = dotted_path(operand)
        root = path.split(".")[0] if path else ""
        if not path or root in scope:
            record = self.value(operand, scope)
            return record.values.get(field) if isinstance(record, Row) else gone(record)
        if path == "params":
            return self.names.param(self.ruleset, field)
        if root == "previous":
            return self.names.previous(f"{path}.{field}".partition(".")[2])
        return self.names.dotted(f"{path}.{field}")

    def _call(self, call: Call, scope: Mapping[str, Any]) -> Any:
        name = call.function
        parts = call.args if call.target is None else (call.target, *call.args)
        if name in {"_==_", "_!=_"}:
            return self._equality(name, *parts, scope=scope)
        if name == "has":
            return not missing(self.value(parts[0], scope))
        if name == "fired":
            return self.names.truth(parts[0].value)  # type: ignore[attr-defined]
        if name in {"day", "instant"} and isinstance(parts[0], Literal):
            text = str(parts[0].value)
            return date.fromisoformat(text) if name == "day" else utc(text)
        values = [self.value(part, scope) for part in parts]
        if name == "_&&_":
            return both(values)
        if name == "_||_":
            return either(values)
        if name == "!_":
            return negated(values[0])
        if name == "_?_:_":
            return _ternary(*values)
        if name == "@in":
            return gone(values[1]) if missing(values[1]) else either(equal(values[0], one) for one in values[1])
        if any(map(missing, values)):
            return gone(*values)
        return _operator(name, values)

    def _equality(self, name: str, left: Expr, right: Expr, *, scope: Mapping[str, Any]) -> Any:
        for one, other in ((left, right), (right, left)):
            if isinstance(one, Literal) and one.kind == "null":
                return missing(self.value(other, scope)) == (name == "_==_")
        found = equal(self.value(left, scope), self.value(right, scope))
        return found if name == "_==_" else negated(found)

    def _macro(self, macro: Macro, scope: Mapping[str, Any]) -> Any:
        rows = self.value(macro.range, scope)
        if missing(rows):
            return gone(rows)
        found = [(row, [self.value(arg, {**scope, macro.var: row}) for arg in macro.args]) for row in rows]
        firsts = [values[0] for _, values in found]
        if macro.name == "all":
            return both(firsts)
        if macro.name == "exists":
            return either(firsts)
        if any(map(missing, firsts)):
            return gone(*firsts)
        if macro.name == "exists_one":
            return firsts.count(True) == 1
        if macro.name == "filter":
            return tuple(row for row, values in found if values[0])
        if macro.name == "map":
            kept = [values[-1] for _, values in found if len(values) == 1 or values[0]]
            return gone(*kept) if any(map(missing, kept)) else tuple(kept)
        return _latest([(values[0], row) for row, values in found])


def leaves(expr: Expr, bound: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield what an expression reads of the subject and of other steps: names, tables and `ruleset.name` paths."""
    path = dotted_path(expr)
    if path:
        root = path.split(".")[0]
        if root not in {*bound, "params", "previous", "as_of"}:
            yield path
    elif isinstance(expr, Macro):
        yield from leaves(expr.range, bound)
        for arg in expr.args:
            yield from leaves(arg, bound | {expr.var})
    else:
        for part in children(expr):
            yield from leaves(part, bound)


def dotted_path(expr: Expr) -> str:
    """Return `a.b.c` of a chain of selections, empty for anything else."""
    if isinstance(expr, Name):
        return expr.name
    if isinstance(expr, Select) and not expr.test:
        below = dotted_path(expr.operand)
        return f"{below}.{expr.field}" if below else ""
    return ""


def _ternary(condition: Any, yes: Any, no: Any) -> Any:
    if missing(condition):
        if missing(yes) or missing(no):
            return gone(condition, yes, no)
        return yes if text_of(yes) == text_of(no) else gone(condition)
    return yes if condition else no


def _latest(keyed: list[tuple[Any, Row]]) -> Any:
    if not keyed:
        return None
    lowest = datetime.min.replace(tzinfo=utc("2000-01-01T00:00:00+00:00").tzinfo)

    def place(one: tuple[Any, Row]) -> tuple[Any, bool, datetime, str]:
        recorded = one[1].values.get("recorded_at")
        return one[0], recorded is not None, recorded or lowest, one[1].values["id"]

    return max(keyed, key=place)[1]


def _operator(name: str, values: list[Any]) -> Any:
    first = values[0]
    if name in ORDER:
        return ordered(ORDER[name], *values)
    if name in ARITHMETIC:
        return _arithmetic(ARITHMETIC[name], *values)
    if name == "-_":
        return guarded(0.0 - first)
    if name in _UNARY:
        return _UNARY[name](first)
    if name == "round":
        return rounded(first, int(values[1]) if len(values) > 1 else 0)
    if name == "day":
        return first.astimezone(UTC).date()
    if name == "business_days":
        return business_days(*values)
    if name in _TEXT:
        return _TEXT[name](first, values[1])
    return _aggregate(name, first)


def _arithmetic(sign: str, a: Any, b: Any) -> Any:
    if isinstance(a, datetime):
        return hours(a, b)
    if isinstance(a, date) and isinstance(b, date):
        return float((a - b).days)
    if isinstance(a, date):
        return shifted(a, b if sign == "+" else -b)
    if isinstance(b, date):
        return shifted(b, a)
    return arithmetic(sign, a, b)


def _aggregate(name: str, items: tuple[Any, ...]) -> Any:
    if name == "size":
        return float(len(items))
    if any(map(missing, items)):
        return gone(*items)
    if name in {"min", "max"}:
        return None if not items else min(items) if name == "min" else max(items)
    if name == "count_distinct":
        return float(len(set(items)))
    exact = exact_sum(items)
    if exact is None or (name == "mean" and not items):
        return None
    return float(exact[0]) / (1e6 if name == "sum" else exact[1] * 1e6)


def _lower(text: str) -> str:
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text)


_UNARY = {
    "abs": abs,
    "floor": lambda number: float(math.floor(number)),
    "ceil": lambda number: float(math.ceil(number)),
    "lowerAscii": _lower,
}
_TEXT = {
    "startsWith": lambda text, part: text.startswith(part),
    "endsWith": lambda text, part: text.endswith(part),
    "contains": lambda text, part: part in text,
    # only patterns on which Python's dialect and ours agree are compared
    "matches": lambda text, pattern: None if len(text) > 4096 else re.search(pattern, text, re.ASCII) is not None,
}
