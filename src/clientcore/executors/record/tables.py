"""Hit policies over rows that are true, false or unknown (SEMANTICS 20)."""

from __future__ import annotations

from collections.abc import Sequence
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
) -> tuple[Any, float | None, float | None]:
    """Return (value, low, high) of hit policy `collect`; low and high are None for lists."""
    sure = [outcome for truth, outcome in zip(truths, outcomes, strict=True) if truth]
    open_rows = [outcome for truth, outcome in zip(truths, outcomes, strict=True) if truth is None]
    if how == "list":
        return (None if open_rows else tuple(sure) if sure else default), None, None
    if how == "count":
        low, high = float(len(sure)), float(len(sure) + len(open_rows))
    elif how == "sum":
        low, high = _sums(truths, outcomes)
    else:
        return _extremes(sure, open_rows, how, default)
    return (low if low == high else None), low, high


def _sums(truths: Sequence[bool | None], outcomes: Sequence[float]) -> tuple[float, float]:
    low = high = 0.0
    for truth, outcome in zip(truths, outcomes, strict=True):
        if truth:
            low, high = low + outcome, high + outcome
        elif truth is None:
            low, high = low + min(0.0, outcome), high + max(0.0, outcome)
    return low, high


def _extremes(
    sure: list[float], open_rows: list[float], how: str, default: Any
) -> tuple[Any, float | None, float | None]:
    pick = min if how == "min" else max
    if not sure and not open_rows:
        return default, None, None
    candidates = [*open_rows] if not sure else [pick([*sure, outcome]) for outcome in open_rows]
    if sure:
        candidates.append(pick(sure))
    elif isinstance(default, float):
        candidates.append(default)
    low, high = min(candidates), max(candidates)
    settled = low == high and (bool(sure) or isinstance(default, float))
    return (low if settled else None), low, high
