"""Bands with hysteresis and dwell, for exact scores and for intervals (SEMANTICS 19)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from math import inf
from typing import Any

Pending = tuple[str, float]
Kept = tuple[str | None, Any, Pending | None]


def settle_band(
    labels: Sequence[str],
    edges: Sequence[float],
    interval: tuple[float, float],
    hold: tuple[float, float],
    previous: Kept | None,
    days: float,
    as_of: Any,
) -> tuple[tuple[str, ...], str | None, Any, Pending | None]:
    """Return (possible, last known band, since, pending) of a score after hysteresis (SEMANTICS 19).

    Args:
        labels: Bands, lowest first.
        edges: Upper edges of all but the last, ascending.
        interval: (low, high) of the score; equal where it is exact.
        hold: (margin in points, days that another band must last).
        previous: (last known band, since, pending) of the decision before, or None.
        days: Days from that decision to this one.
        as_of: The day of this decision.
    """
    low, high = interval
    kept = previous[0] if previous is not None and previous[0] in labels else None
    if kept is None or previous is None:
        raw = tuple(labels[bisect_right(edges, low) : bisect_right(edges, high) + 1])
        return (raw, raw[0], as_of, None) if len(raw) == 1 else (raw, None, None, None)
    at = labels.index(kept)
    bottom = edges[at - 1] - hold[0] if at else -inf
    top = edges[at] + hold[0] if at < len(edges) else inf

    def settle(x: float) -> tuple[str, Pending | None]:
        band = labels[bisect_right(edges, x)]
        if band == kept or bottom <= x < top:
            return kept, None
        pending = previous[2]
        lasted = pending[1] + days if pending is not None and pending[0] == band else 0.0
        return (band, None) if lasted >= hold[1] else (kept, (band, lasted))

    # the outcome only changes where a band or the margin begins, so these points stand for the whole interval
    points = [low, *(edge for edge in (*edges, bottom, top) if low < edge <= high)]
    results = [settle(x) for x in points]
    found = {band for band, _ in results}
    possible = tuple(label for label in labels if label in found)
    band = possible[0] if len(possible) == 1 else kept
    waits = {pending for _, pending in results}
    pending = waits.pop() if len(possible) == 1 and len(waits) == 1 else previous[2]
    return possible, band, previous[1] if band == kept else as_of, pending
