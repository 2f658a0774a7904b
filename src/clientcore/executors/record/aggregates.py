"""Put terms together when something is not plain: unsure or not applicable terms, scores passed on, min, max, means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import inf, nan
from typing import NamedTuple

from clientcore.executors.record.arithmetic import guard, nano, root
from clientcore.plan import CHOICES

#: Room for rounding where the terms that count are not sure (SEMANTICS 17a).
_ROOM = 1e-9


class Part(NamedTuple):
    """A term as it enters an aggregate.

    Args:
        low: Least value, within the term's range.
        high: Greatest value.
        coverage: 1 known, 0 missing, or that of the score passed on.
        weight: At least 0; NaN where it is unknown.
        applies: True, False (left out) or None (unsure).
    """

    low: float
    high: float
    coverage: float
    weight: float
    applies: bool | None


class Interval(NamedTuple):
    """An aggregate before limits; `known` is NaN where no term is known.

    `applicable` is False where no term is left, None where each that is left may still leave.
    """

    low: float
    high: float
    known: float
    coverage: float
    applicable: bool | None


def part(
    value: float,
    span: tuple[float, float],
    weight: float,
    applies: bool | None,
    passed: tuple[float, float, float] | None,
) -> Part:
    """Return the part of one term: clamped to its range, or the whole range where it is missing.

    Args:
        value: NaN where missing.
        span: The term's range.
        weight: Its weight.
        applies: Whether it applies.
        passed: (low, high, coverage) of a score that the term passes on.
    """
    low, high = span
    if passed is not None and passed[0] == passed[0]:
        return Part(_clamp(passed[0], low, high), _clamp(passed[1], low, high), passed[2], weight, applies)
    if value == value:
        inside = _clamp(value, low, high)
        return Part(inside, inside, 1.0, weight, applies)
    return Part(low, high, 0.0, weight, applies)


def sampled(
    value: float, low: float, high: float, n: float, span: tuple[float, float]
) -> tuple[float, float, float] | None:
    """Return the sampling error of a score as (low, high, n), rounded and clamped as the score; None unless all known.

    Args:
        value: The score; NaN where it is not exact, and then nothing can be said of its error.
        low: Lower end.
        high: Upper end.
        n: How many were observed.
        span: Range of the score.
    """
    if value == value and low <= high and n >= 1.0:
        return nano(low, *span) + 0.0, nano(high, *span) + 0.0, n  # no result is -0
    return None


def aggregate(how: str, parts: Sequence[Part], span: tuple[float, float]) -> Interval:
    """Return the interval of a score before limits (SEMANTICS 15 to 18).

    Args:
        how: weighted_mean, sum, min, max, product or geometric_mean.
        parts: Terms in file order.
        span: Range of the score.

    Returns:
        Low and high clamped to the range.
    """
    left = [p for p in parts if p.applies is not False]
    if not left:
        return Interval(nan, nan, nan, 0.0, False)
    sure = [p for p in left if p.applies and p.weight == p.weight]
    unsure = [p for p in left if not (p.applies and p.weight == p.weight)]
    if how == "geometric_mean" and unsure and len(parts) <= CHOICES:
        low, high = _geometric_end(left, "low", min), _geometric_end(left, "high", max)
    else:
        low, high = _interval(how, sure, unsure, span)
    known = [p for p in sure if p.low == p.high]
    value = AGGREGATES[how]([p.low for p in known], [p.weight for p in known]) if known else nan
    applicable = True if any(p.applies for p in left) else None
    return Interval(nano(low, *span), nano(high, *span), nano(value, *span), coverage(left), applicable)


def hull(
    runs: Sequence[tuple[float, float, float, float]], span: tuple[float, float]
) -> tuple[float, float, float, float]:
    """Return (low, high, known, coverage) over the possible values of the state that weights read."""
    if not runs:
        return span[0], span[1], nan, 0.0
    lows, highs, knowns, coverages = zip(*runs, strict=True)
    known = knowns[0] if len(set(knowns)) == 1 else nan
    return min(lows), max(highs), known, min(coverages)


def coverage(parts: Sequence[Part]) -> float:
    """Return the share of the weight that is known; an unsure term counts as not known."""
    total = known = 0.0
    for p in parts:
        weight = p.weight if p.weight == p.weight else 1.0
        total += weight
        known += weight * (p.coverage if p.applies and p.weight == p.weight else 0.0)
    return known / total if total else 0.0


def _interval(how: str, sure: list[Part], unsure: list[Part], span: tuple[float, float]) -> tuple[float, float]:
    fold = AGGREGATES[how]
    weights = [p.weight for p in sure]
    if how == "product":
        return _product(sure, unsure)
    low, high = (fold([p.low for p in sure], weights), fold([p.high for p in sure], weights)) if sure else (nan, nan)
    if how == "sum":
        for p in unsure:
            if p.weight != p.weight:
                return span
            low = (low if low == low else 0.0) + min(0.0, p.weight * p.low)
            high = (high if high == high else 0.0) + max(0.0, p.weight * p.high)
        return low, high
    if low != low or high != high:
        low = high = nan
    if not unsure:
        return (low, high) if low == low else span
    lows, highs = [p.low for p in unsure], [p.high for p in unsure]
    if low == low and how in {"min", "max"}:  # one more term can only lower a minimum
        return (min(low, *lows), high) if how == "min" else (low, max(high, *highs))
    if low == low:
        lows, highs = [low, *lows], [high, *highs]
    if low == low and how == "weighted_mean":
        below = _sum(weights, [1.0] * len(weights))
        least = _moved(low, below, [(p.weight, p.low) for p in unsure], -1.0)
        most = _moved(high, below, [(p.weight, p.high) for p in unsure], 1.0)
        return max(min(lows), least) - _ROOM, min(max(highs), most) + _ROOM
    room = 0.0 if how in {"min", "max"} or len(lows) == 1 else _ROOM  # a mean of several is rounded
    return min(lows) - room, max(highs) + room


def _moved(mean: float, below: float, unsure: Sequence[tuple[float, float]], way: float) -> float:
    """Return how far unsure terms may move a mean one way: each by no more than it would alone."""
    moved = mean
    for weight, x in unsure:
        away = x - mean
        if away * way > 0.0:
            if weight != weight:
                return way * inf
            moved += weight * away / (below + weight)
    return moved


def _geometric_end(left: Sequence[Part], end: str, pick: Callable[[Iterable[float]], float]) -> float:
    """Return one end over every choice of the unsure terms, exactly (17a).

    For each number of terms that may count, the least (greatest) product of so many is kept, multiplied in file order
    as the mean itself multiplies: square roots and products of what is not negative never fall, so the least of
    their roots is the least of the means.
    """
    products = {0: 1.0}
    for p in left:
        more = {size + 1: guard(product * getattr(p, end)) for size, product in products.items()}
        if p.applies and p.weight == p.weight:
            products = more
            continue
        for size, product in products.items():
            more[size] = pick((product, more[size])) if size in more else product
        products = more
    return pick(root(product, size) for size, product in products.items() if size)


def _product(sure: list[Part], unsure: list[Part]) -> tuple[float, float]:
    low = high = 1.0
    for p in sure:
        corners = (low * p.low, low * p.high, high * p.low, high * p.high)
        low, high = guard(min(corners)), guard(max(corners))
    for p in unsure:
        least, most = min(1.0, p.low), max(1.0, p.high)
        corners = (low * least, low * most, high * least, high * most)
        low, high = guard(min(corners)), guard(max(corners))
    return low, high


def _clamp(x: float, low: float, high: float) -> float:
    return low if x < low else min(x, high)


def _weighted_mean(values: Sequence[float], weights: Sequence[float]) -> float:
    above = below = 0.0
    for x, w in zip(values, weights, strict=True):
        above += w * x
        below += w
    return above / below if below else nan


def _sum(values: Sequence[float], weights: Sequence[float]) -> float:
    total = 0.0
    for x, w in zip(values, weights, strict=True):
        total += w * x
    return total


def _chain(values: Sequence[float], _weights: Sequence[float]) -> float:
    product = 1.0
    for x in values:
        product = guard(product * x)
    return product


def _geometric_mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return root(_chain(values, weights), len(values))


AGGREGATES: dict[str, Callable[[Sequence[float], Sequence[float]], float]] = {
    "weighted_mean": _weighted_mean,
    "sum": _sum,
    "min": lambda values, _weights: min(values),
    "max": lambda values, _weights: max(values),
    "product": _chain,
    "geometric_mean": _geometric_mean,
}
