"""Comparisons of the records of two events; missing on either side is unknown."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

from clientcore.matching.shape import Join, Row, Search, Shape

_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}
_LAST_DAY = 3_652_059

Test = Callable[[Row, Row], bool | None]


def tests(search: Search, event: int, other: int) -> tuple[Test, ...]:
    """Return the comparisons of an event with one earlier event, as tests of (record, earlier record)."""
    shape = search.shape
    joins = [join for join in shape.events[event].joins if join.event == other]
    return tuple(_test(shape, join, event, search.arguments) for join in joins)


def _test(shape: Shape, join: Join, event: int, arguments: Sequence[float]) -> Test:
    own = shape.fields(event).index(join.own)
    other = shape.fields(join.event).index(join.other)
    sign = _SIGNS[join.sign]
    change = changed(join, arguments)

    def test(record: Row, earlier: Row) -> bool | None:
        left, right = record.values[own], earlier.values[other]
        if left is None or right is None:
            return None
        right = change(right)
        return None if right is None else sign(left, right)

    return test


def changed(join: Join, arguments: Sequence[float]) -> Callable[[Any], Any]:
    """Return what a comparison does with the value of the earlier event first; None is missing."""
    if not join.how:
        return lambda value: value
    number = arguments[join.number]
    if number != number:
        return lambda _: None
    if join.how == "mul":
        return lambda value: value * number
    if join.how.startswith("day"):
        days = number if join.how == "day_add" else -number
        if days % 1:
            return lambda _: None
        return lambda value: value + days if 1 <= value + days <= _LAST_DAY else None
    return lambda value: value + number if join.how == "add" else value - number


def every(checks: Sequence[Test], record: Row, earlier: Row) -> bool | None:
    """Return whether all comparisons hold: false if one is false, else unknown if one is unknown."""
    truths = [check(record, earlier) for check in checks]
    return False if False in truths else None if None in truths else True
