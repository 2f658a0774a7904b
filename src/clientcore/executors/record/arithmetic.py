"""Arithmetic that generated code calls: guards, days, patterns, the rounding of scores."""

from __future__ import annotations

from math import ceil, floor, fmod, inf, nan, sqrt
from re import Pattern

from clientcore.plan import HUGE, TINY

__all__ = [
    "LOWER",
    "business_days",
    "ceil",
    "day_add",
    "day_sub",
    "floor",
    "guard",
    "inf",
    "matches",
    "mod",
    "nan",
    "nano",
    "root",
    "round_guarded",
]

LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_WHOLE = 2.0**53
_LAST_DAY = 3_652_059
_MONDAY_SHIFT = 719_163 - 3  # day ordinals count from 0001-01-01; SEMANTICS counts days since 1970-01-01 plus 3
_LONGEST_TEXT = 4096


def guard(x: float) -> float:
    """Return x, 0 for what is too small, missing for what is too large (SEMANTICS 6)."""
    if x != x or abs(x) > HUGE:
        return nan
    return 0.0 if abs(x) < TINY else x


def round_guarded(x: float, scale: float) -> float:
    """Return x rounded half-even, where the product may leave the guarded range."""
    product = guard(x * scale)
    return guard(round(product) / scale) if product == product else nan


def mod(a: float, b: float) -> float:
    """Return the remainder with the sign of the dividend; missing unless both are whole and at most 2^53."""
    if not (abs(a) <= _WHOLE and 0.0 < abs(b) <= _WHOLE) or a % 1.0 or b % 1.0:
        return nan
    return fmod(a, b)


def day_add(day: float, days: float) -> float:
    """Return the day so many whole days later; missing for a fraction or outside years 1 to 9999."""
    moved = day + days
    return int(moved) if 1 <= moved <= _LAST_DAY and days % 1.0 == 0.0 else nan


def day_sub(day: float, days: float) -> float:
    """Return the day so many whole days earlier, likewise."""
    return day_add(day, -days)


def business_days(a: float, b: float) -> float:
    """Return the number of weekdays d with a <= d < b, negative when b < a."""
    if a != a or b != b:
        return nan
    return float(_weekdays(int(b) - _MONDAY_SHIFT) - _weekdays(int(a) - _MONDAY_SHIFT))


def _weekdays(k: int) -> int:
    return 5 * (k // 7) + min(k % 7, 5)


def matches(pattern: Pattern[str], text: str | None) -> bool | None:
    """Return whether a part matches; None for missing text or one over 4,096 characters."""
    if text is None or len(text) > _LONGEST_TEXT:
        return None
    return pattern.search(text) is not None


def nano(x: float, low: float, high: float) -> float:
    """Return an aggregate rounded half-even to 1e-9 and clamped to its range (SEMANTICS 17)."""
    if x != x:
        return nan
    rounded = round(x * 1e9) / 1e9 if abs(x) < 1e140 else x
    return low if rounded < low else min(rounded, high)


def root(product: float, m: int) -> float:
    """Return the m-th root by 48 square roots, so that bits agree on every platform (SEMANTICS 18)."""
    if m == 1 or product != product:
        return product
    bits = 2**48 // m
    r = 1.0
    for j in range((bits & -bits).bit_length() - 1, 48):  # up to the first bit it stays 1
        r = sqrt(r * product) if bits >> j & 1 else sqrt(r)
    return r
