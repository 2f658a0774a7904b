"""Ranks of what is known only within bounds."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence


def rank_ranges(lows: Sequence[float], highs: Sequence[float]) -> list[tuple[int, int]]:
    """Return the best and the worst rank that each may have, 1 for the greatest value.

    Args:
        lows: Least value of each.
        highs: Greatest value of each, at least the least one.

    Returns:
        (best, worst) of each: whoever surely lies above takes a place away, whoever surely lies below gives one. Those
        whose intervals overlap share ranks.

    Example:
        >>> rank_ranges([0.1, 0.4, 0.8], [0.5, 0.6, 0.9])
        [(2, 3), (2, 3), (1, 1)]
    """
    by_low, by_high = sorted(lows), sorted(highs)
    count = len(by_low)
    return [
        (1 + count - bisect_right(by_low, high), count - bisect_left(by_high, low))
        for low, high in zip(lows, highs, strict=True)
    ]
