"""Who lies above whom, as far as intervals tell: tiers instead of a league table."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from clientcore.errors import FactError, Problem


@attrs.frozen(kw_only=True)
class Tiers:
    """Subjects apart from each other by their intervals.

    Args:
        tiers: From the highest to the lowest; inside a tier, where intervals overlap from one to the next, ids are in
            alphabetical order, which says nothing.
        unknown: Ids without an interval, alphabetically.
    """

    tiers: tuple[tuple[str, ...], ...]
    unknown: tuple[str, ...] = ()


def tiers(ids: Sequence[str], lows: Sequence[float | None], highs: Sequence[float | None]) -> Tiers:
    """Return subjects in tiers between which no intervals overlap, and nothing about the order inside a tier.

    Args:
        ids: One per subject, each once.
        lows: Lower ends, in one unit; None where there is none.
        highs: Upper ends, at least the lower ones; None likewise.

    Returns:
        The tiers. Intervals that touch overlap.

    Raises:
        FactError: The sequences differ in length, an id is there twice (CC606), or a lower end lies above the upper one
            (CC603).

    Example:
        >>> tiers(["c", "b", "a", "d"], [10.0, -40.0, 20.0, None], [60.0, -10.0, 80.0, 5.0])
        Tiers(tiers=(('a', 'c'), ('b',)), unknown=('d',))
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
    return Tiers(
        tiers=tuple(tuple(sorted(tier)) for tier in found),
        unknown=tuple(sorted(name for name in ids if name not in inside)),
    )
