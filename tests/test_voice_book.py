"""A whole book by what clients say and are worth: a ladder instead of a league table, fifths of the own book."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clientcore as cc
from clientcore.errors import FactError
from clientcore_voice.comparing import Gap, ladder, value_gap
from clientcore_voice.fifths import rfm_profile

AS_OF = date(2026, 6, 30)
ENDS = st.floats(-100, 100)
INTERVALS = st.lists(st.none() | st.tuples(ENDS, ENDS).map(sorted), max_size=12)


@given(INTERVALS, st.randoms(use_true_random=False))
def test_between_tiers_no_intervals_overlap(intervals: list[list[float] | None], chance: Any) -> None:
    ids = [f"c{number:02d}" for number in range(len(intervals))]
    ends = dict(zip(ids, intervals, strict=True))
    lows, highs = ([None if one is None else one[end] for one in intervals] for end in (0, 1))
    found = ladder(ids, lows, highs)
    assert sorted([name for rung in found.rungs for name in rung] + list(found.unknown)) == ids
    spans = [(min(ends[name][0] for name in rung), max(ends[name][1] for name in rung)) for rung in found.rungs]
    assert all(lower[1] < upper[0] for upper, lower in pairwise(spans))
    assert [list(rung) for rung in found.rungs] == [sorted(rung) for rung in found.rungs]
    for rung in found.rungs:  # each one is tied to another of its rung
        for name in rung if len(rung) > 1 else ():
            low, high = ends[name]
            assert any(ends[other][0] <= high and low <= ends[other][1] for other in rung if other != name)
    turned = list(range(len(ids)))
    chance.shuffle(turned)
    assert ladder([ids[n] for n in turned], [lows[n] for n in turned], [highs[n] for n in turned]) == found


def test_intervals_that_can_not_be_are_named_all_at_once() -> None:
    with pytest.raises(FactError) as error:
        ladder(["a", "b", "a"], [1.0, 5.0, 1.0], [2.0, 4.0, 2.0])
    assert [str(problem) for problem in error.value.problems] == [
        "CC603 interval 2 (`b`): 5.0 lies above 4.0",
        "CC606 interval 3 (`a`): the id is there before",
    ]
    with pytest.raises(FactError, match=r"CC603 1 ids, 0 lower and 1 upper ends"):
        ladder(["a"], [], [1.0])


def test_fifths_of_the_own_book_hold_a_fifth_each() -> None:
    orders = [
        {"account_id": f"c{n:03d}", "ordered_on": AS_OF - timedelta(days=n + 60 * again), "amount": 10.0 * (n + 1)}
        for n in range(60)
        for again in range(1 + n // 12)
    ]
    engine = cc.Engine(profiles=[rfm_profile(orders, AS_OF)], profile="rfm")
    fifths: dict[str, list[float]] = {"recency": [], "frequency": [], "money": []}
    for client in sorted({row["account_id"] for row in orders}):
        own = [{"id": str(n)} | row for n, row in enumerate(orders) if row["account_id"] == client]
        decision = engine.evaluate({"id": client, "orders": own}, as_of=AS_OF, only=["voice.value.rfm"])
        for part in decision.contributions("voice.value.rfm"):
            if part.term in fifths:
                fifths[part.term].append(part.value or 0.0)
    assert {name: Counter(found) for name, found in fifths.items()} == {
        name: Counter({1.0: 12, 2.0: 12, 3.0: 12, 4.0: 12, 5.0: 12}) for name in fifths
    }


def test_too_few_clients_have_no_fifths() -> None:
    rows: list[dict[str, Any]] = [
        {"account_id": f"c{n}", "ordered_on": AS_OF, "amount": 1.0 if n else None} for n in range(5)
    ]
    with pytest.raises(FactError, match="CC617 no fifths of 4 clients with orders of known amounts within 365 days"):
        rfm_profile(rows, AS_OF)
    with pytest.raises(FactError, match="CC602 order 6: `ordered_on` is `today`; a day"):
        rfm_profile([*rows, {"account_id": "x", "ordered_on": "today"}], AS_OF)


def test_orders_of_one_day_count_once() -> None:
    rows = [{"account_id": f"c{n}", "ordered_on": AS_OF, "amount": 1.0} for n in range(5) for _ in range(1 + n)]
    params = rfm_profile(rows, AS_OF).params["voice.value"]
    assert [params[f"frequency_{fifth}"] for fifth in (2, 3, 4, 5)] == [1.0] * 4
    assert [params[f"money_{fifth}"] for fifth in (2, 3, 4, 5)] == [2.0, 3.0, 4.0, 5.0]


def test_an_engine_takes_the_fifths_of_clients_that_sent_more_back_than_they_ordered() -> None:
    rows = [
        {"account_id": f"c{n}", "ordered_on": AS_OF, "amount": amount} for n, amount in enumerate([-9.0] * 4 + [1e15])
    ]
    profile = rfm_profile(rows, AS_OF, window_days=90)
    assert profile.params["voice.value"]["money_2"] == 0.0
    assert cc.Engine(profiles=[profile], profile="rfm").rulesets


@pytest.mark.parametrize("days", [0, 89, 1096])
def test_a_window_that_the_ruleset_refuses_is_refused(days: int) -> None:
    with pytest.raises(FactError, match=f"CC603 `window_days` is {days}; 90 to 1095"):
        rfm_profile([], AS_OF, window_days=days)


@pytest.mark.parametrize("value", [None, 10**400, "1"])
def test_what_is_no_number_is_told(value: Any) -> None:
    with pytest.raises(FactError, match=r"CC602 value 1 of the first group is .*; a number"):
        value_gap([value] * 5, [1.0] * 5)
    with pytest.raises(FactError, match=r"CC602 order 1: `amount` is .*; a number, or nothing"):
        rfm_profile([{"account_id": "c", "ordered_on": AS_OF, "amount": value if value is not None else "x"}], AS_OF)


VALUES = st.lists(st.floats(-1e6, 1e6), min_size=5, max_size=15)


@settings(max_examples=25, deadline=None)
@given(VALUES, VALUES, st.randoms(use_true_random=False))
def test_a_gap_lies_in_its_interval_whatever_the_order(more: list[float], less: list[float], chance: Any) -> None:
    found = value_gap(more, less, draws=200)
    assert found.gap is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.gap <= found.high
    turned = list(more)
    chance.shuffle(turned)
    assert value_gap(turned, less, draws=200) == found


def test_groups_of_fewer_than_five_say_nothing() -> None:
    nothing = Gap(more=None, less=None, gap=None, low=None, high=None)
    assert value_gap([1.0] * 4, [1.0] * 9) == nothing
    assert value_gap([1.0] * 9, []) == nothing


def test_values_that_can_not_be_are_named_all_at_once() -> None:
    with pytest.raises(FactError) as error:
        value_gap([1.0, math.nan], [math.inf])
    assert [str(problem) for problem in error.value.problems] == [
        "CC602 value 2 of the first group is nan; a number",
        "CC602 value 1 of the second group is inf; a number",
    ]
    with pytest.raises(FactError, match=r"CC603 least 1, level 0\.95, draws 2000"):
        value_gap([], [], least=1)
