"""The matcher in Python: its answers are the meaning of event patterns (SEMANTICS 29 to 32)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf

from clientcore.matching.absence import left_after
from clientcore.matching.joining import joined
from clientcore.matching.shape import GROUPS, JOINED, Answer, Row, Search
from clientcore.matching.spans import any_order, sequence

Found = tuple[tuple[tuple[float, str], ...], ...]
Rows = Mapping[int, Sequence[Row]]


class PythonMatcher:
    """Answers patterns in this process, in time near linear in the number of records."""

    def answer(self, search: Search) -> Answer:
        """Return whether a pattern holds, and by which records."""
        found, cut = run(search, sure=True)
        if found is not None:
            return Answer(truth=True, events=found)
        found, cut_too = run(search, sure=False)
        if found is not None or cut or cut_too:
            return Answer(truth=None, events=found or ())
        return Answer(truth=False)


def run(search: Search, *, sure: bool) -> tuple[Found | None, bool]:
    """Look for matches once.

    Args:
        search: The question.
        sure: Whether what is unknown counts against a match, else it counts for it.

    Returns:
        For each event the records that take part in a match, None where there is none; and whether records were left
        out, so that there may be one all the same.
    """
    events = search.shape.events
    if sure and any(rows is None for rows in search.rows):
        return None, False
    taking: dict[int, dict[tuple[float, str], None]] = {}
    candidates, cut = _candidates(search, sure=sure)
    holds = False
    for group in _groups(search, candidates, sure=sure):
        rows, left_out = _bounded(search, group)
        cut = cut or left_out
        found = _match(search, rows, sure=sure)
        holds = holds or found is not None
        for at, records in (found or {}).items():
            taking.setdefault(at, {}).update(((row.day, row.id), None) for row in records)
    return (told([taking.get(at, ()) for at in range(len(events))]) if holds else None), cut


def told(taking: Iterable[Iterable[tuple[float, str]]]) -> Found:
    """Return the records of each event by day and id, those without a day last."""
    return tuple(tuple(sorted(records, key=_place)) for records in taking)


def _place(pair: tuple[float, str]) -> tuple[bool, float, str]:
    day, id_ = pair
    return (day != day, day if day == day else 0.0, id_)


def _match(search: Search, rows: Rows, *, sure: bool) -> Rows | None:
    """Return the records of one group that take part in a match, None where there is none.

    Args:
        search: The pattern.
        rows: For each event that has to come, the records that may be it.
        sure: Whether all must be true; else nothing may be false.
    """
    events = search.shape.events
    table = {at: events[at].table or f"account {at}" for at in rows}
    if not rows:
        return {}  # each table is missing, so that nothing is ruled out
    if compared(search):
        return joined(search, rows, table, sure=sure)
    need = {at: search.need(at) for at in rows}
    return (sequence if search.shape.sequence else any_order)(rows, need, table)


def compared(search: Search) -> bool:
    """Return whether events that have to come are compared with one another."""
    return any(event.comes and event.joins for event in search.shape.events)


def _candidates(search: Search, *, sure: bool) -> tuple[dict[int, Sequence[Row]], bool]:
    """Return (for each event that has to come the records that may be it, whether some were left out)."""
    events = search.shape.events
    found: dict[int, Sequence[Row]] = {}
    cut = False
    for at, event in enumerate(events):
        if not event.comes or search.rows[at] is None:
            continue
        rows = in_window(search, at, sure=sure)
        for other, absent in enumerate(events):
            if not absent.comes and absent.after == at:
                if absent.joins and len(rows) > JOINED:
                    rows, cut = _latest(rows), True
                rows = left_after(search, other, rows, sure=sure)
        found[at] = rows
    return found, cut


def in_window(search: Search, at: int, *, sure: bool) -> list[Row]:
    """Return the records of an event within the days that count; not `sure`, also those that may be such."""
    first, last = search.as_of - search.within, search.as_of
    rows = search.rows[at] or ()
    if sure:
        return [row for row in rows if row.sure and first <= row.day <= last]
    return [row for row in rows if first <= row.day <= last or row.day != row.day]


def _groups(search: Search, candidates: Rows, *, sure: bool) -> Iterator[Rows]:
    """Yield the records that go together: all, or those with equal values of the `same` fields.

    A record that lacks one may go with every value; with more than `GROUPS` values it goes with all at once.
    """
    if not any(event.same for event in search.shape.events):
        yield candidates
        return
    whole: dict[tuple[object, ...], dict[int, list[Row]]] = {}
    loose: dict[int, list[Row]] = {at: [] for at in candidates}
    for at, rows in candidates.items():
        for row in rows:
            if None in row.key:
                loose[at].append(row)
            else:
                whole.setdefault(row.key, {one: [] for one in candidates})[at].append(row)
    if sure or not any(loose.values()):
        yield from whole.values()
        if not candidates:
            yield {}
        return
    if len(whole) > GROUPS:
        yield candidates
        return
    for key, group in whole.items():
        yield {at: [*group[at], *(row for row in loose[at] if _may_equal(row.key, key))] for at in candidates}
    yield loose


def _may_equal(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    return all(a is None or a == b for a, b in zip(one, other, strict=True))


def _bounded(search: Search, rows: Rows) -> tuple[Rows, bool]:
    """Return (the records of a group, the latest where they are compared and too many; whether some were left out)."""
    if not compared(search) or all(len(one) <= JOINED for one in rows.values()):
        return rows, False
    return {at: _latest(one) for at, one in rows.items()}, True


def _latest(rows: Sequence[Row]) -> list[Row]:
    """Return the latest records, by day and id; one without a day counts as late."""
    return sorted(rows, key=lambda row: (row.day if row.day == row.day else inf, row.id))[-JOINED:]
