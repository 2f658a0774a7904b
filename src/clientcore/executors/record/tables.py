"""Hit policies over rows that are true, false or unknown (SEMANTICS 20)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


def first_row(truths: Sequence[bool | None], outcomes: Sequence[Any], default: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return (outcome, possible) of hit policy `first`; possible has one member where the outcome is known."""
    possible: dict[Any, None] = {}
    for truth, outcome in zip(truths, outcomes, strict=True):
        if truth is False:
            continue
        possible[outcome] = None
        if truth:
            break
    else:
        possible[default] = None
    kinds = tuple(possible)
    return (kinds[0] if len(kinds) == 1 else None), kinds


CONFLICT = "CONFLICT"


def unique_row(truths: Sequence[bool | None], outcomes: Sequence[Any], default: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return (outcome, possible) of hit policy `unique`; two true rows are CONFLICT, and missing."""
    true = [outcome for truth, outcome in zip(truths, outcomes, strict=True) if truth]
    open_rows = [outcome for truth, outcome in zip(truths, outcomes, strict=True) if truth is None]
    if len(true) > 1:
        return None, (CONFLICT,)
    if not open_rows:
        outcome = true[0] if true else default
        return outcome, (outcome,)
    possible = dict.fromkeys([*(true or [default, *open_rows])])
    if true or len(open_rows) > 1:
        possible[CONFLICT] = None
    kinds = tuple(possible)
    return (kinds[0] if len(kinds) == 1 else None), kinds


def collect_rows(
    truths: Sequence[bool | None], outcomes: Sequence[Any], how: str, default: Any
) -> tuple[Any, tuple[Any, ...], float | None, float | None]:
    """Return (value, possible, low, high) of hit policy `collect`; low and high are None where it may be no number."""
    sure = [outcome for truth, outcome in zip(truths, outcomes, strict=True) if truth]
    open_rows = [outcome for truth, outcome in zip(truths, outcomes, strict=True) if truth is None]
    if how == "list":
        least = tuple(sure) if sure else default
        longest = tuple(outcome for truth, outcome in zip(truths, outcomes, strict=True) if truth is not False)
        # one open row may give what the default would; otherwise it makes the list longer
        settled = not open_rows or (len(open_rows) == 1 and least == longest)
        return (least, (least,), None, None) if settled else (None, (least, longest), None, None)
    if default is None and how in {"sum", "count"}:
        default = 0.0  # as over a list with no rows
    if not sure and not open_rows:
        return default, (default,), default, default
    low, high, possible = _SPANS[how](truths, outcomes)
    if not sure and default is None:
        return None, (*possible, None), None, None
    if not sure:
        low, high = min(low, default), max(high, default)
    return (low, (low,), low, high) if low == high else (None, (), low, high)


#: Least and greatest number that at least one row gives, and, for what is one of them, which outcomes it may be.
_Span = tuple[float, float, tuple[float, ...]]


def _count(truths: Sequence[bool | None], _outcomes: Sequence[float]) -> _Span:
    sure = sum(truth is True for truth in truths)
    return float(sure or 1), float(sum(truth is not False for truth in truths)), ()


def _sum(truths: Sequence[bool | None], outcomes: Sequence[float]) -> _Span:
    low = high = 0.0
    for truth, outcome in zip(truths, outcomes, strict=True):
        if truth:
            low, high = low + outcome, high + outcome
        elif truth is None:
            low, high = low + min(0.0, outcome), high + max(0.0, outcome)
    open_rows = [outcome for truth, outcome in zip(truths, outcomes, strict=True) if truth is None]
    if True not in truths:  # at least one of the open rows is true
        low = low if min(open_rows) < 0.0 else min(open_rows)
        high = high if max(open_rows) > 0.0 else max(open_rows)
    return low, high, ()


def _extreme(pick: Callable[[Sequence[float]], float]) -> Callable[[Sequence[bool | None], Sequence[float]], _Span]:
    def span(truths: Sequence[bool | None], outcomes: Sequence[float]) -> _Span:
        sure = [outcome for truth, outcome in zip(truths, outcomes, strict=True) if truth]
        open_rows = [outcome for truth, outcome in zip(truths, outcomes, strict=True) if truth is None]
        found = dict.fromkeys([pick([*sure, outcome]) for outcome in open_rows] + ([pick(sure)] if sure else []))
        return min(found), max(found), tuple(found)

    return span


_SPANS: dict[str, Callable[[Sequence[bool | None], Sequence[float]], _Span]] = {
    "count": _count,
    "sum": _sum,
    "min": _extreme(min),
    "max": _extreme(max),
}
