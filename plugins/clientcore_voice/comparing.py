"""Who lies above whom, as far as intervals tell: a ladder instead of a league table, and the gap between two groups."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

import attrs

from clientcore.errors import FactError, Problem
from clientcore_voice.histories import finite


@attrs.frozen(kw_only=True)
class Ladder:
    """Subjects apart from each other by their intervals.

    Args:
        rungs: From the highest to the lowest; on one rung, where intervals overlap from one to the next, ids are in
            alphabetical order, which says nothing.
        unknown: Ids without an interval, alphabetically.
    """

    rungs: tuple[tuple[str, ...], ...]
    unknown: tuple[str, ...] = ()


def ladder(ids: Sequence[str], lows: Sequence[float | None], highs: Sequence[float | None]) -> Ladder:
    """Return subjects on rungs between which no intervals overlap, and nothing about the order on a rung.

    Args:
        ids: One per subject, each once.
        lows: Lower ends, in one unit; None where there is none.
        highs: Upper ends, at least the lower ones; None likewise.

    Returns:
        The rungs. Intervals that touch overlap.

    Raises:
        FactError: The sequences differ in length, an id is there twice (CC606), or a lower end lies above the upper one
            (CC603).

    Example:
        >>> ladder(["c", "b", "a", "d"], [10.0, -40.0, 20.0, None], [60.0, -10.0, 80.0, 5.0])
        Ladder(rungs=(('a', 'c'), ('b',)), unknown=('d',))
    """
    if not len(ids) == len(lows) == len(highs):
        raise FactError(f"CC603 {len(ids)} ids, {len(lows)} lower and {len(highs)} upper ends; as many of each")
    problems = [
        Problem("CC603", f"interval {number} (`{name}`): {low} lies above {high}")
        for number, (name, low, high) in enumerate(zip(ids, lows, highs, strict=True), start=1)
        if low is not None and high is not None and not low <= high
    ]
    seen: set[str] = set()
    for number, name in enumerate(ids, start=1):
        if name in seen:
            problems.append(Problem("CC606", f"interval {number} (`{name}`): the id is there before"))
        seen.add(name)
    if problems:
        raise FactError(problems=problems)
    known = [
        (high, low, name)
        for name, low, high in zip(ids, lows, highs, strict=True)
        if low is not None and high is not None
    ]
    found: list[list[str]] = []
    floor = 0.0
    for high, low, name in sorted(known, key=lambda one: (-one[0], one[2])):
        if found and high >= floor:
            found[-1].append(name)
            floor = min(floor, low)
        else:
            found.append([name])
            floor = low
    inside = {name for _, _, name in known}
    return Ladder(
        rungs=tuple(tuple(sorted(rung)) for rung in found),
        unknown=tuple(sorted(name for name in ids if name not in inside)),
    )


@attrs.frozen(kw_only=True)
class Gap:
    """What clients of one group are worth more than those of another, on the whole.

    Args:
        more: Mean of the first group; None where a group is too small.
        less: Mean of the second group, likewise.
        gap: The first less the second, likewise.
        low: Lower end of its interval, likewise.
        high: Upper end, likewise.
    """

    more: float | None
    less: float | None
    gap: float | None
    low: float | None
    high: float | None


def value_gap(
    more: Sequence[float], less: Sequence[float], *, least: int = 5, level: float = 0.95, draws: int = 2000
) -> Gap:
    """Return how much more clients of one group are worth than those of another: good relationships and bad ones, say.

    The interval is that of the bootstrap: both groups are drawn anew, with replacement, from a fixed seed, so the same
    input gives the same answer in whatever order it comes. It asks for no shape of the values, which have a fat tail.

    Args:
        more: Values of the first group, in one unit.
        less: Values of the second group.
        least: Clients under which a group says nothing, 2 or more.
        level: Share of the draws that lies in the interval, above 0 and below 1.
        draws: How often is drawn, 100 or more.

    Returns:
        The gap with its interval; all None where a group has fewer than `least` clients.

    Raises:
        FactError: A value is no finite number, each with its number (CC602), or an argument lies outside (CC603).

    Example:
        >>> gap = value_gap([9.0, 11.0, 10.0, 12.0, 8.0], [2.0, 4.0, 3.0, 5.0, 1.0])
        >>> gap.gap, gap.low > 0
        (7.0, True)
        >>> value_gap([9.0], [2.0]).gap is None
        True
    """
    if least < 2 or not 0 < level < 1 or draws < 100:
        text = f"CC603 least {least}, level {level}, draws {draws}; 2 or more, between 0 and 1, 100 or more"
        raise FactError(text)
    problems = [
        Problem("CC602", f"value {number} of the {which} group is {value}; a number")
        for which, values in (("first", more), ("second", less))
        for number, value in enumerate(values, start=1)
        if not finite(value)
    ]
    if problems:
        raise FactError(problems=problems)
    if min(len(more), len(less)) < least:
        return Gap(more=None, less=None, gap=None, low=None, high=None)
    groups = (sorted(more), sorted(less))
    chance = Random(0).random  # noqa: S311 (a resampling, not a secret)
    drawn = sorted(_gap([[one[int(chance() * len(one))] for _ in one] for one in groups]) for _ in range(draws))
    cut = int(draws * (1.0 - level) / 2.0)
    gap = _gap(groups)
    return Gap(
        more=_mean(groups[0]),
        less=_mean(groups[1]),
        gap=gap,
        low=min(gap, drawn[cut]),
        high=max(gap, drawn[-1 - cut]),
    )


def _gap(groups: Sequence[Sequence[float]]) -> float:
    return _mean(groups[0]) - _mean(groups[1])


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
