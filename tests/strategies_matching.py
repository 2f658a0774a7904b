"""Random event patterns with random records: few days, few values, much that is missing."""

from __future__ import annotations

from math import nan
from typing import Any

from hypothesis import strategies as st

from clientcore.matching import EventShape, Join, Row, Search, Shape

AS_OF = 739_000
TABLES = ("cases", "commitments", "interactions")
SIGNS = ("eq", "ne", "lt", "le", "gt", "ge")


@st.composite
def shapes(draw: st.DrawFn) -> tuple[Shape, list[float]]:
    """Draw a pattern and its numbers."""
    arguments: list[float] = [float(draw(st.integers(0, 12)))]
    same = ("who",) if draw(st.booleans()) else ()
    compares = draw(st.booleans())
    events: list[EventShape] = []
    for at in range(draw(st.integers(2, 4))):
        absent = at > 0 and draw(st.integers(0, 3)) == 0
        coming = [place for place, event in enumerate(events) if event.comes]
        count = none_for = -1
        joins: list[Join] = []
        if absent:
            none_for = _put(arguments, float(draw(st.integers(0, 6))))
        elif not compares and draw(st.booleans()):
            count = _put(arguments, float(draw(st.sampled_from([0, 1, 2, 2.5, 3]))))
        after = draw(st.sampled_from(coming)) if absent else -1
        if at and (compares or absent) and draw(st.booleans()):
            targets = [after] if absent else coming
            for _ in range(draw(st.integers(1, 2))):
                how: Any = draw(st.sampled_from(["", "", "add", "sub", "mul"]))
                number = _put(arguments, float(draw(st.integers(-2, 3)))) if how else -1
                sign: Any = draw(st.sampled_from(SIGNS))
                joins.append(Join("value", sign, draw(st.sampled_from(targets)), "value", how, number))
        table = draw(st.sampled_from(TABLES))
        events.append(EventShape(f"e{at}", table, "day", False, 0, count, none_for, after, tuple(joins), same))
    return Shape(tuple(events), draw(st.booleans())), arguments


def _put(arguments: list[float], number: float) -> int:
    arguments.append(number)
    return len(arguments) - 1


@st.composite
def searches(draw: st.DrawFn, most: int = 4, *, missing: bool = True) -> Search:
    """Draw a question: a pattern, and for each table records that some of its events may be."""
    shape, arguments = draw(shapes())
    odd = draw(st.integers(0, 3)) == 0 and missing
    days = st.integers(AS_OF - 14, AS_OF + 1).map(float)
    values = st.integers(0, 3).map(float)
    people = st.sampled_from(["ann", "bob"])
    if odd:
        days, values, people = (st.one_of(one, one, one, nothing) for one, nothing in (
            (days, st.just(nan)), (values, st.none()), (people, st.none())))  # fmt: skip
    number = 0
    records: dict[str, list[tuple[int, str, float, Any, Any]] | None] = {}
    for table in dict.fromkeys(event.table for event in shape.events):
        if odd and draw(st.integers(0, 7)) == 0:
            records[table] = None
            continue
        records[table] = []
        for _ in range(draw(st.integers(0, most))):
            records[table].append((number, f"r{number}", draw(days), draw(values), draw(people)))
            number += 1
    rows = []
    for at, event in enumerate(shape.events):
        found = records[event.table]
        if found is None:
            rows.append(None)
            continue
        kept = []
        for one, id_, day, value, who in found:
            truth = draw(st.sampled_from([True, True, True, False] + ([None] if odd else [])))
            if truth is not False:
                own = (value,) * len(shape.fields(at))
                kept.append(Row(day, id_, one, truth is True, (who,) if event.same else (), own))
        rows.append(tuple(kept))
    return Search(shape, AS_OF, tuple(arguments), tuple(rows))


def delivered(search: Search, random: Any) -> Search:
    """Return the same question with its records in another order."""
    rows = tuple(None if one is None else tuple(random.sample(one, len(one))) for one in search.rows)
    return Search(search.shape, search.as_of, search.arguments, rows)
