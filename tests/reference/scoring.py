"""Scores: terms, aggregates, limits, bands with hysteresis (lines 10 and 15 to 19)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from functools import reduce
from typing import Any

import attrs

from clientcore.ruleset import Scorecard
from reference.values import missing

SLACK = 1e-9
CHOICES = 16
INFINITE = math.inf


@attrs.frozen
class TermValue:
    """What a term brings: its interval, weight, whether it surely counts, how much of it is known."""

    low: float
    high: float
    weight: float | None
    sure: bool
    known: bool
    coverage: float


@attrs.define
class ScoreValue:
    """A score as the settled meanings want it; the names are those of `clientcore.decision.Score`.

    `open` says that it is unknown whether it applies.
    """

    value: float | None = None
    known_value: float | None = None
    low: float | None = None
    high: float | None = None
    band: str | None = None
    bands_possible: tuple[str, ...] = ()
    coverage: float = 0.0
    state: str = "partial"
    since: date | None = None
    pending: tuple[str, float] | None = None
    last_band: str | None = None
    open: bool = False
    ci_low: float | None = None
    ci_high: float | None = None
    n: float | None = None


def nine_places(number: float) -> float:
    """Half even to a billionth, as three double operations."""
    return float(round(number * 1e9)) / 1e9 + 0.0


def geometric(numbers: Sequence[float]) -> float:
    product = reduce(lambda a, b: a * b, numbers)
    if len(numbers) == 1:
        return product
    exponent, root = 2**48 // len(numbers), 1.0
    for bit in range(48):
        root = math.sqrt(root * product) if exponent >> bit & 1 else math.sqrt(root)
    return root


def ends(aggregate: str, terms: Sequence[TermValue]) -> tuple[float, float]:
    """Return the interval of an aggregate over terms that all count."""
    if aggregate == "product":
        low, high = terms[0].low, terms[0].high
        for term in terms[1:]:
            corners = [low * term.low, low * term.high, high * term.low, high * term.high]
            low, high = min(corners), max(corners)
        return low, high
    return (
        _one(aggregate, [(term.weight, term.low) for term in terms]),
        _one(aggregate, [(term.weight, term.high) for term in terms]),
    )


def _one(aggregate: str, pairs: Sequence[tuple[Any, float]]) -> float:
    values = [value for _, value in pairs]
    if aggregate in {"min", "max"}:
        return min(values) if aggregate == "min" else max(values)
    if aggregate == "geometric_mean":
        return geometric(values)
    points = reduce(lambda a, b: a + b, [weight * value for weight, value in pairs])
    if aggregate == "sum":
        return float(points)
    return float(points / reduce(lambda a, b: a + b, [weight for weight, _ in pairs]))


def interval(aggregate: str, terms: Sequence[TermValue], declared: int) -> tuple[float, float]:
    """Return the interval before rounding, with the terms of which it is unknown whether they count (line 17a).

    `declared` is how many terms the score has, with those that are left out.
    """
    sure = [term for term in terms if term.sure]
    unsure = [term for term in terms if not term.sure]
    low, high = ends(aggregate, sure) if sure else (None, None)
    if not unsure:
        assert low is not None and high is not None  # noqa: PT018 -- there is a term
        return low, high
    if aggregate == "sum":
        low, high = low or 0.0, high or 0.0
        for term in unsure:
            weight = 1.0 if term.weight is None else term.weight
            low += min(0.0, weight * term.low)
            high += max(0.0, weight * term.high)
        return low, high
    if aggregate == "product":
        low, high = (1.0, 1.0) if low is None or high is None else (low, high)
        for term in unsure:
            factors = (1.0, term.low, term.high)
            corners = [a * b for a in (low, high) for b in (min(factors), max(factors))]
            low, high = min(corners), max(corners)
        return low, high
    if aggregate == "geometric_mean" and declared <= CHOICES:
        readings = [ends(aggregate, some) for some in _choices(terms) if some]
        return min(least for least, _ in readings), max(most for _, most in readings)
    lows, highs = [term.low for term in unsure], [term.high for term in unsure]
    if low is None or high is None:
        # a mean of several is rounded, and so may lie outside the least and greatest of them
        slack = SLACK if aggregate not in {"min", "max"} and len(unsure) > 1 else 0.0
        return min(lows) - slack, max(highs) + slack
    if aggregate in {"min", "max"}:
        # whatever the unsure ones are and whether they count: the sure ones alone bound it on one side
        return (min([low, *lows]), high) if aggregate == "min" else (low, max([high, *highs]))
    least, most = min(low, *lows), max(high, *highs)
    if aggregate == "weighted_mean":
        # a term moves the mean of the sure ones by no more than it would alone
        least = max(least, _moved(low, sure, [(term.weight, term.low - low) for term in unsure if term.low < low]))
        most = min(most, -_moved(-high, sure, [(term.weight, high - term.high) for term in unsure if term.high > high]))
    return least - SLACK, most + SLACK


def _choices(terms: Sequence[TermValue]) -> list[list[TermValue]]:
    """Return every way in which it may turn out which terms count, each in the order of the file."""
    found: list[list[TermValue]] = [[]]
    for term in terms:
        beside = [[*some, term] for some in found]
        found = beside if term.sure else [*found, *beside]
    return found


def _moved(mean: float, sure: Sequence[TermValue], pulls: Sequence[tuple[float | None, float]]) -> float:
    """Return a mean, each pull of (weight, distance) on it taken as if it were alone; without bound if one has none."""
    base: Any = reduce(lambda a, b: a + b, [term.weight for term in sure])
    found = mean
    for weight, distance in pulls:
        if weight is None:
            return -INFINITE
        found += weight * distance / (base + weight)
    return found


@attrs.frozen
class Held:
    """The band held so far, for hysteresis."""

    band: str | None = None
    since: date | None = None
    pending: tuple[str, float] | None = None
    days: float = 0.0


def scored(
    card: Scorecard,
    terms: Sequence[TermValue],
    limits: Sequence[tuple[Any, float]],
    applies: Any,
    min_coverage: float,
) -> ScoreValue:
    """Put a score together; `limits` are (whether it binds, at)."""
    if applies is False or not terms:
        return ScoreValue(state="not_applicable")
    low, high = (_clamped(nine_places(end), card.range) for end in interval(card.aggregate, terms, len(card.terms)))
    for binds, at in limits:
        low = min(low, at) if binds is not False else low
        high = min(high, at) if binds is True else high
    known = [term for term in terms if term.sure and term.known]
    partial = None
    coverage = _coverage(terms)
    if known and coverage >= min_coverage:
        partial = _clamped(nine_places(ends(card.aggregate, known)[0]), card.range)
        for binds, at in limits:
            partial = min(partial, at) if binds is True else partial
    # it may turn out not to apply: nobody knows, or every term may still leave
    open_ = missing(applies) or not any(term.sure for term in terms)
    exact = low == high and not open_
    return ScoreValue(
        value=low if exact else None,
        known_value=partial,
        low=low,
        high=high,
        coverage=coverage,
        state="known" if exact else "partial",
        open=open_,
    )


def sampled(score: ScoreValue, span: tuple[float, float], low: Any, high: Any, n: Any) -> None:
    """Give an exact score its sampling error, all of it or nothing."""
    if score.value is None or any(missing(one) for one in (low, high, n)) or low > high or n < 1:
        return
    score.ci_low, score.ci_high = (_clamped(nine_places(end), span) + 0.0 for end in (low, high))
    score.n = n


def _coverage(terms: Sequence[TermValue]) -> float:
    weights = [1.0 if term.weight is None else term.weight for term in terms]
    total = reduce(lambda a, b: a + b, weights)
    covered = [weight * (term.coverage if term.sure else 0.0) for weight, term in zip(weights, terms, strict=True)]
    return reduce(lambda a, b: a + b, covered) / total if total else 0.0


def _clamped(number: float, bounds: tuple[float, float]) -> float:
    return min(max(number, bounds[0]), bounds[1])


def banded(
    score: ScoreValue,
    edges: Sequence[tuple[str, float | None]],
    held: Held,
    margin: float,
    dwell: float,
    as_of: date,
    *,
    surely: bool,
) -> None:
    """Fill in the band: every x in [low, high] has one, and a fate of what is pending (line 19).

    A score of which it is unknown whether it applies has no known band: nothing is settled while that is open.
    """
    if score.low is None or score.high is None:
        score.last_band, score.since, score.pending = held.band, held.since, held.pending
        return
    spans = []
    begin = -INFINITE
    for name, below in edges:
        end = INFINITE if below is None else below
        spans.append((name, begin, end))
        begin = end
    kept = next((span for span in spans if span[0] == held.band), None)
    fates: dict[tuple[str, Any], None] = {}
    for name, low, high in spans:
        for part in _parts(low, high, score.low, score.high, kept, margin):
            fates[_fate(name, part, kept, held, dwell)] = None
    score.bands_possible = tuple(name for name, _, _ in spans if any(name == band for band, _ in fates))
    score.band = score.bands_possible[0] if surely and len(score.bands_possible) == 1 else None
    if score.band is None:
        score.last_band, score.since = (held.band, held.since) if kept else (None, None)
    else:
        score.last_band = score.band
        score.since = held.since if kept and score.band == held.band else as_of
    settled = surely and len(fates) == 1
    score.pending = next(iter(fates))[1] if settled else held.pending if kept else None


def _parts(low: float, high: float, least: float, most: float, kept: Any, margin: float) -> list[str]:
    """Return which parts of a band [low, high) the interval [least, most] touches: within the margin, or outside."""
    begin = max(low, least)
    if begin > most or begin >= high:
        return []
    if kept is None:
        return ["out"]
    zone_low, zone_high = kept[1] - margin, kept[2] + margin
    found = []
    last_in = most if most < high else None  # None: up to `high`, not included
    if begin < zone_low:
        found.append("out")
    if begin < zone_high and (most >= zone_low if last_in is not None else high > zone_low):
        found.append("in")
    if (most >= zone_high if last_in is not None else high > zone_high) and "out" not in found:
        found.append("out")
    return found


def _fate(name: str, part: str, kept: Any, held: Held, dwell: float) -> tuple[str, Any]:
    if kept is None:
        return name, None
    if part == "in":
        return kept[0], None
    days = held.pending[1] + held.days if held.pending and held.pending[0] == name else 0.0
    return (name, None) if days >= dwell else (kept[0], (name, days))
