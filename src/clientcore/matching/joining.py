"""Events that are compared with one another: one record each, joined by pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clientcore.matching.comparing import every, tests
from clientcore.matching.shape import Row, Search

Masks = dict[tuple[int, int], list[int]]


def joined(
    search: Search, rows: Mapping[int, Sequence[Row]], table: Mapping[int, str], *, sure: bool
) -> dict[int, list[Row]] | None:
    """Return the records that take part in a match, None where there is none.

    For each pair of events a record has one bit for each record of the other that fits it; of at most 64 records an
    event, at most 64³ steps join four events.

    Args:
        search: The pattern, for its comparisons and its order.
        rows: For each event the records that may be it, at most `JOINED`.
        table: For each event what it draws on.
        sure: Whether all must be true; else nothing may be false.
    """
    events = list(rows)
    masks: Masks = {}
    for place, at in enumerate(events):
        for later in events[place + 1 :]:
            checks = tests(search, later, at)
            in_order = search.shape.sequence
            same = table[at] == table[later]
            masks[at, later] = [
                sum(
                    1 << bit
                    for bit, other in enumerate(rows[later])
                    if not (same and row.number == other.number and not (in_order and row.day != row.day))
                    and not (in_order and (row.day > other.day or (same and row.day == other.day)))
                    and _fits(every(checks, other, row), sure=sure)
                )
                for row in rows[at]
            ]
    used = dict.fromkeys(events, 0)
    _extend(events, 0, {at: (1 << len(rows[at])) - 1 for at in events}, masks, used)
    if not all(used.values()):
        return None
    return {at: [row for bit, row in enumerate(rows[at]) if used[at] >> bit & 1] for at in events}


def _fits(truth: bool | None, *, sure: bool) -> bool:
    return truth is True or (truth is None and not sure)


def _extend(events: Sequence[int], place: int, open_: Mapping[int, int], masks: Masks, used: dict[int, int]) -> bool:
    """Mark the records of all complete matches that begin with what is chosen; return whether there is one."""
    at, rest = events[place], events[place + 1 :]
    if not rest:
        used[at] |= open_[at]
        return open_[at] != 0
    found = False
    bits = open_[at]
    while bits:
        lowest = bits & -bits
        bits ^= lowest
        record = lowest.bit_length() - 1
        left = {later: open_[later] & masks[at, later][record] for later in rest}
        if all(left.values()) and _extend(events, place + 1, left, masks, used):
            used[at] |= lowest
            found = True
    return found
