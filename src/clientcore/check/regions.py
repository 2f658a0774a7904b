"""What values of a table's input a cell allows: intervals of numbers, sets of texts, missing or not."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import attrs

from clientcore.check.folding import OPEN, fold
from clientcore.expr import Kind, Node
from clientcore.ruleset import Param

#: (least, whether it belongs to it, greatest, whether it belongs to it)
Interval = tuple[float, bool, float, bool]


@attrs.frozen
class Region:
    """Values of one input.

    Args:
        intervals: For numbers.
        labels: For texts, labels and booleans: those that belong to it, or (`but`) those that do not.
        but: Whether `labels` are left out rather than taken.
        missing: Whether a missing value belongs to it.
        number: Whether intervals count, not labels.
        is_whole: Whether it is the region of `-`.
    """

    intervals: tuple[Interval, ...] = ()
    labels: frozenset[Any] = frozenset()
    but: bool = False
    missing: bool = False
    number: bool = False
    is_whole: bool = False

    @classmethod
    def whole(cls, kind: Kind, limits: tuple[float, float] | None) -> Region:
        """Return the region of every value that an input of a kind can have."""
        if kind.name == "number":
            low, high = limits or (-math.inf, math.inf)
            return cls(((low, True, high, True),), missing=True, number=True, is_whole=True)
        if kind.name == "boolean":
            return cls(labels=frozenset({True, False}), missing=True, is_whole=True)
        if kind.level is not None:
            return cls(labels=frozenset(kind.level.labels), missing=True, is_whole=True)
        return cls(but=True, missing=True, is_whole=True)

    def meet(self, other: Region) -> Region:
        """Return what both hold."""
        intervals = tuple(one for a in self.intervals for b in other.intervals if (one := _narrowed(a, b)) is not None)
        labels, but = _met(self, other)
        return Region(intervals, labels, but, self.missing and other.missing, self.number)

    def join(self, other: Region) -> Region:
        """Return what one of them holds."""
        if self.but or other.but:
            left_out = (self.labels if self.but else other.labels) - (other.labels if self.but else self.labels)
            left_out = self.labels & other.labels if self.but and other.but else left_out
            return Region((), left_out, but=True, missing=self.missing or other.missing)
        labels = self.labels | other.labels
        return Region((*self.intervals, *other.intervals), labels, False, self.missing or other.missing, self.number)

    def witness(self) -> str | None:
        """Return one value that it holds, as text; None if it holds none."""
        if self.number and self.intervals:
            return f"{_inside(self.intervals[0]):g}"
        if not self.number and self.but:
            return "another text" if self.labels else "any text"
        if not self.number and self.labels:
            least = min(self.labels, key=str)
            return str(least).lower() if isinstance(least, bool) else f"'{least}'"
        return "null" if self.missing else None


def _inside(interval: Interval) -> float:
    """Return a number inside an interval, a plain one where that is easy."""
    low, low_in, high, high_in = interval
    if math.isfinite(low):
        middle = low if low_in else low + 1 if math.isinf(high) else (low + high) / 2
    elif math.isfinite(high):
        middle = high if high_in else high - 1
    else:
        middle = 0.0
    return middle


def _narrowed(a: Interval, b: Interval) -> Interval | None:
    low, low_in = max((a[0], not a[1]), (b[0], not b[1]))
    high, high_in = min((a[2], a[3]), (b[2], b[3]))
    inside = not low_in
    if low > high or (low == high and not (inside and high_in)):
        return None
    return (low, inside, high, high_in)


def _met(a: Region, b: Region) -> tuple[frozenset[Any], bool]:
    if a.but and b.but:
        return a.labels | b.labels, True
    if a.but or b.but:
        taken, left_out = (b.labels, a.labels) if a.but else (a.labels, b.labels)
        return taken - left_out, False
    return a.labels & b.labels, False


def region(node: Node, column: Node, whole: Region, params: Mapping[tuple[str, str], Param]) -> Region | None:
    """Return what the condition of a cell allows, with the default params; None where that is not certain."""
    if node.op in {"and", "or"}:
        parts = [region(arg, column, whole, params) for arg in node.args]
        one, other = parts
        if one is None or other is None:
            return None
        return one.meet(other) if node.op == "and" else one.join(other)
    if node.op == "has" and node.args[0] == column:
        return attrs.evolve(whole, missing=False, is_whole=False)
    if node.op == "not" and node.args[0].op == "has" and node.args[0].args[0] == column:
        return Region(missing=True, number=whole.number)
    if len(node.args) != 2 or node.args[0] != column:
        return None
    value = fold(node.args[1], params)
    if value is OPEN or value is None or isinstance(value, date | datetime):
        return None
    return _compared(node, value, whole)


def _compared(node: Node, value: Any, whole: Region) -> Region | None:
    if whole.number:
        sides: dict[str, tuple[Interval, ...]] = {
            "eq": ((value, True, value, True),),
            "ne": ((-math.inf, True, value, False), (value, False, math.inf, True)),
            "lt": ((-math.inf, True, value, False),),
            "le": ((-math.inf, True, value, True),),
            "gt": ((value, False, math.inf, True),),
            "ge": ((value, True, math.inf, True),),
        }
        found = sides.get(node.op)
        return Region(found, number=True).meet(attrs.evolve(whole, is_whole=False)) if found is not None else None
    level = node.args[0].kind.level
    if node.op == "eq":
        labels = frozenset({value})
    elif node.op == "ne":
        return attrs.evolve(whole, labels=whole.labels | {value} if whole.but else whole.labels - {value},
                            missing=False, is_whole=False)  # fmt: skip
    elif level is not None and node.op in {"lt", "le", "gt", "ge"}:
        sides_of = {"lt": level.lower, "le": level.at_most, "gt": level.higher, "ge": level.at_least}
        labels = sides_of[node.op](value)
    else:
        return None
    return Region(labels=labels)
