"""The record executor against the slow second reading of the settled meanings: no difference, bits compared."""

from __future__ import annotations

import struct
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

import clientcore as cc
from built import loaded
from reference import Reference
from strategies import AS_OF, accounts, facts
from strategies_rulesets import ruleset_pairs

SLOW = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much])
SCORE = ("value", "low", "high", "coverage", "state", "band", "bands_possible", "last_band", "since", "pending",
         "ci_low", "ci_high", "n")  # fmt: skip


def bits(value: Any) -> Any:
    """Make numbers comparable by their bits, lists as tuples."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return struct.pack("<d", value)
    if isinstance(value, list | tuple):
        return tuple(bits(part) for part in value)
    return value


def assert_same(decision: cc.Decision, told: Reference) -> None:
    assert list(decision.fired) == told.fired()
    assert list(decision.unknown) == told.unknown()
    for key, score in decision.scores.items():
        expected = told.score(*key.rsplit(".", 1))
        for part in (
            SCORE if expected.state != "not_applicable" else ("value", "state", "band", "ci_low", "ci_high", "n")
        ):
            assert (key, part, bits(getattr(score, part))) == (key, part, bits(getattr(expected, part)))
    for key, outcome in decision.outcomes.items():
        wanted = told.outcome(*key.rsplit(".", 1))
        assert (key, bits(outcome.value), outcome.conflict) == (key, bits(wanted.value), wanted.conflict)
        assert (key, bits(outcome.low), bits(outcome.high)) == (key, bits(wanted.low), bits(wanted.high))
        possible, ought_be = {bits(one) for one in outcome.possible}, {bits(one) for one in wanted.possible}
        if len(ought_be) > 1 and any(isinstance(one, tuple) for one in wanted.possible):
            # of lists the shortest and the longest are told
            assert possible <= ought_be
            assert max(map(len, filter(None, possible))) == max(map(len, filter(None, ought_be)))
        elif len(ought_be) > 1 and wanted.low is None:
            assert possible == ought_be
    for key, state in decision.states.items():
        ought = told.state(*key.rsplit(".", 1))
        assert (key, state.value, state.cycle, state.since) == (key, ought.value, ought.cycle, ought.since)
        assert {*state.possible, state.value} == {*ought.possible, ought.value}


@SLOW
@given(st.data(), ruleset_pairs())
def test_one_evaluation(data: st.DataObject, pair: list[dict[str, Any]]) -> None:
    rulesets = loaded(pair)
    engine = cc.Engine(rulesets=rulesets, plugins=[], discover=False)
    for _ in range(3):
        account, handed = data.draw(accounts), data.draw(facts())
        decision = engine.evaluate(account, as_of=AS_OF, facts=handed)
        assert [problem.code for problem in decision.problems if not problem.code.startswith("CC6")] == []
        assert_same(decision, Reference(rulesets, account, AS_OF, handed))


@SLOW
@given(st.data(), ruleset_pairs())
def test_a_history(data: st.DataObject, pair: list[dict[str, Any]]) -> None:
    rulesets = loaded(pair)
    engine = cc.Engine(rulesets=rulesets, plugins=[], discover=False)
    account, day, previous = data.draw(accounts), AS_OF, None
    handed: dict[str, Any] = {}
    for _ in range(5):
        day: date = day + timedelta(days=data.draw(st.sampled_from([1, 4, 5, 10])))
        handed = {**handed, **data.draw(facts())}
        note(f"{day} {handed}")
        decision = engine.evaluate(account, as_of=day, facts=handed, previous=previous)
        assert_same(decision, Reference(rulesets, account, day, handed, previous))
        previous = decision


@pytest.mark.slow
@settings(SLOW, max_examples=500)
@given(st.data(), ruleset_pairs())
def test_many_histories(data: st.DataObject, pair: list[dict[str, Any]]) -> None:
    test_a_history.hypothesis.inner_test(data, pair)  # type: ignore[attr-defined]
