"""The matcher in Python: equal to trying everything, whatever the order of delivery, in bounded time."""

from __future__ import annotations

import random
from math import nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientcore.entities import ENTITIES
from clientcore.matching import DATED, JOINED, Answer, EventShape, Join, PythonMatcher, Row, Search, Shape
from matching_reference import brute
from strategies_matching import AS_OF, delivered, searches

ANSWER = PythonMatcher().answer


@given(searches())
@settings(max_examples=600)
def test_answers_are_those_of_trying_everything(search: Search) -> None:
    assert repr(ANSWER(search)) == repr(brute(search))  # by text, as NaN is not equal to itself


@given(searches(most=9), st.integers(0, 10_000))
def test_the_order_of_delivery_changes_nothing(search: Search, seed: int) -> None:
    assert repr(ANSWER(delivered(search, random.Random(seed)))) == repr(ANSWER(search))


@given(searches(most=6))
def test_what_is_sure_stays_when_more_becomes_known(search: Search) -> None:
    """Making every unknown condition true, or false, never turns a known answer round."""
    if any(not event.comes for event in search.shape.events):
        return
    known = ANSWER(search).truth
    for keep in (True, False):
        rows = tuple(
            None if one is None else tuple(row._replace(sure=True) for row in one if row.sure or keep)
            for one in search.rows
        )
        truth = ANSWER(Search(search.shape, search.as_of, search.arguments, rows)).truth
        assert known is None or truth is known


def event(at: int, table: str = "cases", **more: object) -> EventShape:
    return EventShape(f"e{at}", table, "day", False, 0, **more)  # type: ignore[arg-type]


def rows(count: int, *, table: int = 0, day: float = AS_OF, **more: object) -> tuple[Row, ...]:
    return tuple(Row(day, f"{table}-{at}", table * 100_000 + at, True, **more) for at in range(count))  # type: ignore[arg-type]


def test_many_records_are_counted_at_once() -> None:
    """A hundred thousand records of each of four events of one table: no joining, no recursion."""
    shape = Shape(tuple(event(at, count=1) for at in range(4)))
    there = rows(20_000)
    answer = ANSWER(Search(shape, AS_OF, (30.0, 5_000.0), (there,) * 4))
    assert answer.truth is True
    assert ANSWER(Search(shape, AS_OF, (30.0, 5_001.0), (there,) * 4)).truth is False
    in_turn = Shape(tuple(event(at, f"t{at}", count=1) for at in range(4)), sequence=True)
    assert ANSWER(Search(in_turn, AS_OF, (30.0, 20_000.0), (there,) * 4)).truth is True


def test_joins_are_bounded_and_never_wrong() -> None:
    """Of more records than are joined the latest count; where they hold no match nobody knows."""
    join = (Join("value", "lt", 0, "value"),)
    shape = Shape((event(0), event(1, "commitments", joins=join)))
    high = rows(20_000, values=(5.0,))
    assert ANSWER(Search(shape, AS_OF, (30.0,), (high, rows(1, table=1, values=(4.0,))))).truth is True
    assert ANSWER(Search(shape, AS_OF, (30.0,), (high, rows(1, table=1, values=(5.0,))))).truth is None
    few = rows(JOINED, values=(5.0,))
    assert ANSWER(Search(shape, AS_OF, (30.0,), (few, rows(1, table=1, values=(5.0,))))).truth is False


def test_four_joined_events_take_few_steps() -> None:
    """Sixty-four records each that all fit: sixteen million matches, which are not walked one by one."""
    joins = [tuple(Join("value", "le", before, "value") for before in range(at)) for at in range(4)]
    shape = Shape(tuple(event(at, f"t{at}", joins=joins[at]) for at in range(4)))
    there = rows(JOINED, values=(1.0,))
    counts = [len(one) for one in ANSWER(Search(shape, AS_OF, (30.0,), (there,) * 4)).events]
    assert counts == [JOINED] * 4


def test_many_values_of_a_same_field() -> None:
    """A record that lacks the field goes with all of them together once there are too many to try."""
    shape = Shape((event(0, same=("who",)), event(1, "commitments", same=("who",))))
    many = tuple(Row(AS_OF, f"a{at}", at, True, (f"p{at}",)) for at in range(5_000))
    loose = tuple(Row(AS_OF, f"b{at}", 10_000 + at, True, (None,)) for at in range(5_000))
    assert ANSWER(Search(shape, AS_OF, (30.0,), (many, loose))).truth is None
    assert ANSWER(Search(shape, AS_OF, (30.0,), (many, ()))).truth is False


@pytest.mark.parametrize("same", [(), ("who",)])
def test_many_records_that_may_stay_out(same: tuple[str, ...]) -> None:
    """Ten thousand complaints, and answers that are unknown, undated or of nobody known."""
    shape = Shape((event(0, same=same), event(1, "interactions", same=same, none_for=1, after=0)))
    key = ("ann",) if same else ()
    asked = tuple(Row(AS_OF - 9, f"a{at}", at, True, key) for at in range(10_000))
    for day, sure, own in ((AS_OF - 9, False, key), (nan, True, key), (AS_OF - 20, True, (None,) if same else ())):
        came = tuple(Row(day, f"b{at}", 20_000 + at, sure, own) for at in range(10_000))
        truth = ANSWER(Search(shape, AS_OF, (30.0, 5.0), (asked, came))).truth
        assert truth is (True if day == AS_OF - 20 else None)


def test_a_missing_day_is_told_last() -> None:
    shape = Shape((event(0), event(1, "commitments")))
    found = ANSWER(
        Search(shape, AS_OF, (30.0,), ((Row(nan, "b", 0, True), Row(AS_OF, "a", 1, True)), rows(1, table=2)))
    )
    assert found.truth is True
    assert found.events == (((AS_OF, "a"),), ((AS_OF, "2-0"),))


def test_an_answer_is_a_value() -> None:
    assert Answer(truth=True) == Answer(truth=True, events=())


@pytest.mark.parametrize("table", sorted(ENTITIES))
def test_every_table_has_a_day_to_go_by(table: str) -> None:
    field = ENTITIES[table].fields[DATED.get(table, "occurred_on")]
    assert field.kind.name in {"day", "instant"}
