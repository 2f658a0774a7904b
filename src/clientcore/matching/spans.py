"""Events that are only counted: in any order, or in sequence. Both take time linear in the number of records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, combinations
from math import inf

from clientcore.matching.shape import Row

#: Place of an event → records that take part.
Taking = Mapping[int, Sequence[Row]]


def any_order(rows: Mapping[int, Sequence[Row]], need: Mapping[int, int], table: Mapping[int, str]) -> Taking | None:
    """Return the records that take part in a match in any order, None where there is none.

    Each record is one event of a match. Events of one table draw on the same records, so that for every choice of
    them there must be as many records as they need together (Hall's condition); with four events there are fifteen.

    Args:
        rows: For each event the records that may be it.
        need: For each event how many it needs.
        table: For each event what it draws on.
    """
    taking: dict[int, Sequence[Row]] = {}
    for name in dict.fromkeys(table.values()):
        events = [at for at in rows if table[at] == name]
        serves: dict[int, frozenset[int]] = {}
        for at in events:
            for row in rows[at]:
                serves[row.number] = serves.get(row.number, frozenset()) | {at}
        many = Counter(serves.values())
        wants = {at: need[at] for at in events}
        if not _enough(many, wants):
            return None
        fits = {
            (kind, at) for kind in many for at in kind if _enough(many - Counter([kind]), wants | {at: wants[at] - 1})
        }
        for at in events:
            taking[at] = [row for row in rows[at] if (serves[row.number], at) in fits]
    return taking


def _enough(many: Mapping[frozenset[int], int], wants: Mapping[int, int]) -> bool:
    for chosen in _choices(tuple(wants)):
        there = sum(count for kind, count in many.items() if not kind.isdisjoint(chosen))
        if there < sum(max(0, wants[at]) for at in chosen):
            return False
    return True


def _choices(events: Sequence[int]) -> Iterator[tuple[int, ...]]:
    return chain.from_iterable(combinations(events, size) for size in range(1, len(events) + 1))


def sequence(rows: Mapping[int, Sequence[Row]], need: Mapping[int, int], table: Mapping[int, str]) -> Taking | None:
    """Return the records that take part in a match in sequence, None where there is none.

    The earliest records complete each event as early as can be, the latest ones begin it as late as can be; what lies
    between the end of the events before and the begin of those behind can take part. Records without a day may stand
    anywhere and lessen what an event needs.

    Args:
        rows: For each event the records that may be it.
        need: For each event how many it needs.
        table: For each event what it draws on: of one table, the later event needs a later day.
    """
    events = list(rows)
    days = {at: sorted(row.day for row in rows[at] if row.day == row.day) for at in events}
    short = {at: need[at] - sum(row.day != row.day for row in rows[at]) for at in events}
    earliest = _bounds(events, days, short, table)
    if earliest is None:
        return None
    back = {at: sorted(-day for day in days[at]) for at in events}
    latest = _bounds(events[::-1], back, short, table)
    assert latest is not None
    return {
        at: [row for row in rows[at] if row.day != row.day or earliest[at] <= row.day <= -latest[at]] for at in events
    }


def _bounds(
    events: Sequence[int], days: Mapping[int, Sequence[float]], short: Mapping[int, int], table: Mapping[int, str]
) -> dict[int, float] | None:
    """Return for each event the day from which its records count; None where one can't be complete."""
    ends: dict[int, float] = {}
    begins: dict[int, float] = {}
    for at in events:
        begins[at] = begin = max((end + (table[before] == table[at]) for before, end in ends.items()), default=-inf)
        if short[at] <= 0:
            continue
        after = [day for day in days[at] if day >= begin]
        if len(after) < short[at]:
            return None
        ends[at] = after[short[at] - 1]
    return begins
