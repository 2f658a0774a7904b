"""Values and operators, one by one as the settled meanings say them.

A value is a float, a text, a Label, a boolean, a date, a datetime in UTC, a tuple (list), a Row (record), `None`
(missing), `NA` (missing because something does not apply) or `OPEN` (missing, and may turn out to be `NA`). A truth is
True, False or one of these three.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import attrs

from clientcore.expr import Level


class _NotApplicable:
    def __repr__(self) -> str:
        return "NA"


NA: Final = _NotApplicable()


class _Open:
    def __repr__(self) -> str:
        return "OPEN"


OPEN: Final = _Open()


@attrs.frozen
class Label:
    """One label of a level."""

    level: Level
    text: str


@attrs.frozen(eq=False)
class Row:
    """One related record."""

    values: Mapping[str, Any]


def missing(value: Any) -> bool:
    return value is None or value is NA or value is OPEN


def gone(*values: Any) -> Any:
    """Return what an operator on these gives if one is missing: NA if only what does not apply is missing."""
    absent = [value for value in values if missing(value)]
    return NA if all(value is NA for value in absent) else None


def entered(number: float) -> float | None:
    """A number as it enters (line 6)."""
    if number != number or abs(number) > 1e18:
        return None
    return 0.0 if abs(number) < 1e-18 else float(number)


def guarded(number: float) -> float | None:
    """The result of an operation (line 6)."""
    if number != number or abs(number) > 1e150:
        return None
    return 0.0 if abs(number) < 1e-150 else number


def arithmetic(sign: str, a: float, b: float) -> float | None:
    if sign == "+":
        return guarded(a + b)
    if sign == "-":
        return guarded(a - b)
    if sign == "*":
        return guarded(a * b)
    if sign == "/":
        return None if b == 0 else guarded(a / b)
    if not (a.is_integer() and b.is_integer() and abs(a) <= 2**53 and abs(b) <= 2**53) or b == 0:
        return None
    return float(int(math.fmod(a, b)))


def rounded(number: float, places: int) -> float | None:
    scale = 10.0**places
    product = guarded(number * scale)
    return None if product is None else guarded(float(round(product)) / scale + 0.0)


def shifted(day: date, days: float) -> date | None:
    if not days.is_integer():
        return None
    at = day.toordinal() + int(days)
    return date.fromordinal(at) if 1 <= at <= date.max.toordinal() else None


def hours(a: datetime, b: datetime) -> float | None:
    return guarded(float((a - b) // timedelta(microseconds=1)) / 3.6e9)


def business_days(a: date, b: date) -> float:
    if b < a:
        return 0.0 - business_days(b, a)
    weeks, rest = divmod((b - a).days, 7)
    return float(weeks * 5 + sum((a.weekday() + at) % 7 < 5 for at in range(rest)))


def ordered(sign: str, a: Any, b: Any) -> bool:
    """`<`, `<=`, `>`, `>=` on two present values of one kind."""
    if isinstance(a, Label) or isinstance(b, Label):
        level = a.level if isinstance(a, Label) else b.level
        a, b = text_of(a), text_of(b)
        below, above = (a, b) in level.below, (b, a) in level.below
        return {"<": below, "<=": below or a == b, ">": above, ">=": above or a == b}[sign]
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[sign]


def text_of(value: Any) -> Any:
    return value.text if isinstance(value, Label) else value


def equal(a: Any, b: Any) -> Any:
    if missing(a) or missing(b):
        return gone(a, b)
    return text_of(a) == text_of(b)


def negated(a: Any) -> Any:
    return a if missing(a) else not a


def both(truths: Iterable[Any]) -> Any:
    """Kleene and."""
    truths = list(truths)
    if any(truth is False for truth in truths):
        return False
    return gone(*truths) if any(map(missing, truths)) else True


def either(truths: Iterable[Any]) -> Any:
    """Kleene or."""
    truths = list(truths)
    if any(truth is True for truth in truths):
        return True
    return gone(*truths) if any(map(missing, truths)) else False


def exact_sum(numbers: Iterable[float]) -> tuple[int, int] | None:
    """Return (sum of millionths, how many), None where an element is too large (line 13)."""
    total, count = 0, 0
    for number in numbers:
        if abs(number) > 9e12:
            return None
        total += round(number * 1e6)
        count += 1
    return total, count


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
