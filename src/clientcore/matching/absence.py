"""Events that have to stay out: after which records of another event did none come?"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from clientcore.matching.comparing import every, tests
from clientcore.matching.shape import Row, Search


class Absence:
    """An event that has to stay out, with its records in order, so that each question takes few steps.

    Args:
        search: The pattern.
        at: Place of the event.
        sure: Whether it must have stayed out for certain, so that a record that may be one counts too; else only what
            surely came counts.
    """

    def __init__(self, search: Search, at: int, *, sure: bool) -> None:
        self._search, self._sure = search, sure
        self._wait = search.wait(at)
        self._checks = tests(search, at, search.shape.events[at].after)
        rows = search.rows[at]
        self._missing = rows is None
        self._dated: dict[tuple[object, ...], list[Row]] = {}
        self._undated: dict[tuple[object, ...], list[Row]] = {}
        self._loose: tuple[list[Row], list[Row]] = ([], [])
        for row in rows or ():
            dated, whole = row.day == row.day, None not in row.key
            if not sure and not (row.sure and dated and whole):
                continue
            if whole:
                (self._dated if dated else self._undated).setdefault(row.key, []).append(row)
            else:
                self._loose[0 if dated else 1].append(row)
        for group in (*self._dated.values(), self._loose[0]):
            group.sort(key=lambda row: row.day)
        self._days = {key: [row.day for row in group] for key, group in self._dated.items()}
        self._loose_days = [row.day for row in self._loose[0]]

    def left(self, rows: Iterable[Row]) -> list[Row]:
        """Return the records after which the event stayed out, its time being over."""
        return [row for row in rows if not row.day + self._wait >= self._search.as_of and not self._came(row)]

    def _came(self, row: Row) -> bool:
        if self._missing:
            return self._sure
        if row.day != row.day:
            return False  # only a possible match has such a record, and nothing surely came after it
        first, last = row.day, row.day + self._wait
        days = self._days.get(row.key, ())
        between = range(bisect_left(days, first), bisect_right(days, last))
        group = self._dated.get(row.key, ())
        if self._one_of(row, (group[at] for at in between)):
            return True
        if not self._sure:
            return False
        return self._came_perhaps(row, first, last)

    def _came_perhaps(self, row: Row, first: float, last: float) -> bool:
        """Return whether a record without a day or without a value of the `same` fields may have come after one."""
        between = range(bisect_left(self._loose_days, first), bisect_right(self._loose_days, last))
        return (
            self._one_of(row, (self._loose[0][at] for at in between))
            or self._one_of(row, self._undated.get(row.key, ()))
            or self._one_of(row, self._loose[1])
        )

    def _one_of(self, row: Row, others: Iterable[Row]) -> bool:
        """Return whether one that is another record compares as it should; without comparisons after two steps."""
        for one in others:
            if one.number != row.number:
                truth = every(self._checks, one, row)
                if truth or (truth is None and self._sure):
                    return True
        return False


def left_after(search: Search, at: int, rows: Sequence[Row], *, sure: bool) -> list[Row]:
    """Return the records after which an event stayed out for its days; not `sure`, also those after which it may have.

    Args:
        search: The pattern.
        at: Place of the event that has to stay out.
        rows: Records of the event after which its days count.
        sure: Whether it must be certain.
    """
    return Absence(search, at, sure=sure).left(rows)
