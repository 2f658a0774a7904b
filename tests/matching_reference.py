"""Event patterns by trying everything: every choice of records, three-valued; for small questions only.

It shares nothing with the matchers but the values that go in and come out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, product
from typing import Any

from clientcore.matching import Answer, Row, Search

Truth = bool | None
Choice = tuple[tuple[Row, ...], ...]


def brute(search: Search) -> Answer:
    """Return the answer by the words of docs/semantics.md, 29 to 32."""
    events = search.shape.events
    coming = [at for at, event in enumerate(events) if event.comes]
    options: list[list[tuple[Row, ...] | None]] = []
    for at in coming:
        rows = search.rows[at]
        options.append([None] if rows is None else list(combinations(rows, search.need(at))))
    truths: list[tuple[Truth, dict[int, tuple[Row, ...]]]] = []
    for chosen in product(*options):
        picked = {at: rows for at, rows in zip(coming, chosen, strict=True) if rows is not None}
        if _distinct(search, picked):
            truth = _every(_conditions(search, picked))
            missing = len(picked) < len(coming)
            truths.append((None if missing and truth else truth, picked))
    best: Truth = False
    for truth, _ in truths:
        best = True if True in (best, truth) else None if None in (best, truth) else False
    if best is False:
        return Answer(truth=False)
    taking: dict[int, set[tuple[float, str]]] = {at: set() for at in range(len(events))}
    for truth, picked in truths:
        if truth is best:
            for at, rows in picked.items():
                taking[at] |= {(row.day, row.id) for row in rows}
    return Answer(truth=best, events=tuple(tuple(sorted(taking[at], key=place)) for at in range(len(events))))


def place(pair: tuple[float, str]) -> tuple[bool, float, str]:
    return (pair[0] != pair[0], pair[0] if pair[0] == pair[0] else 0.0, pair[1])


def _distinct(search: Search, picked: dict[int, tuple[Row, ...]]) -> bool:
    seen: set[tuple[str, int]] = set()
    for at, rows in picked.items():
        for row in rows:
            undated = search.shape.sequence and row.day != row.day
            key = (search.shape.events[at].table, row.number)
            if key in seen and not undated:
                return False
            seen.add(key)
    return True


def _conditions(search: Search, picked: dict[int, tuple[Row, ...]]) -> Iterator[Truth]:
    events = search.shape.events
    everything = [(at, row) for at, rows in picked.items() for row in rows]
    for _at, row in everything:
        yield True if row.sure else None
        yield _compare("ge", row.day, search.as_of - search.within)
        yield _compare("le", row.day, float(search.as_of))
    for (at, row), (other, second) in combinations(everything, 2):
        yield _same(row, second)
        if search.shape.sequence and at != other:
            strict = events[at].table == events[other].table != ""
            yield _compare("lt" if strict else "le", row.day, second.day)
        for join in events[other].joins if other != at else ():
            if join.event == at:
                yield _joined(search, other, second, row, join)
    for at, event in enumerate(events):
        if not event.comes:
            for row in picked.get(event.after, ()):
                yield _stayed_out(search, at, row)


def _stayed_out(search: Search, at: int, row: Row) -> Truth:
    event, wait = search.shape.events[at], search.wait(at)
    over = _compare("lt", row.day + wait, float(search.as_of))
    rows = search.rows[at]
    if rows is None:
        return _every([over, None])
    came: list[Truth] = []
    for one in rows:
        if one.number != row.number or event.table != search.shape.events[event.after].table:
            parts = [
                True if one.sure else None,
                _compare("ge", one.day, row.day),
                _compare("le", one.day, row.day + wait),
            ]
            parts.append(_same(one, row))
            parts += [_joined(search, at, one, row, join) for join in event.joins]
            came.append(_every(parts))
    return _every([over, *(None if one is None else not one for one in came)])


def _joined(search: Search, at: int, row: Row, earlier: Row, join: Any) -> Truth:
    left = row.values[search.shape.fields(at).index(join.own)]
    right = earlier.values[search.shape.fields(join.event).index(join.other)]
    if left is None or right is None:
        return None
    if join.how:
        number = search.arguments[join.number]
        right = {"add": right + number, "sub": right - number, "mul": right * number}[join.how]
    return _compare(join.sign, left, right)


def _same(row: Row, other: Row) -> Truth:
    return _every([None if a is None or b is None else a == b for a, b in zip(row.key, other.key, strict=True)])


def _compare(sign: str, a: Any, b: Any) -> Truth:
    if a != a or b != b:
        return None
    return {"eq": a == b, "ne": a != b, "lt": a < b, "le": a <= b, "gt": a > b, "ge": a >= b}[sign]


def _every(truths: Iterable[Truth]) -> Truth:
    found: Sequence[Truth] = list(truths)
    return False if False in found else None if None in found else True
