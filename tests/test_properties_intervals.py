"""Whatever turns out to be missing lies within what was said to be possible."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

import clientcore as cc
from built import engine_of
from strategies import AS_OF, INPUTS, accounts, facts, value_of
from strategies_rulesets import ruleset_pairs, without_presence

SLOW = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def assert_within(before: cc.Decision, after: cc.Decision) -> None:
    """Hold what is known later against what was said earlier, when less was known."""
    unknown = set(before.unknown)
    assert {rule for rule in before.fired if rule not in unknown} <= set(after.fired)
    for key, score in before.scores.items():
        later = after.scores[key]
        if later.low is None or later.high is None:
            assert score.state != "known"  # what is known to apply goes on applying
            continue
        assert score.low is not None
        assert score.high is not None
        assert (key, score.low <= later.low, later.high <= score.high) == (key, True, True), (score, later)
        if later.band is not None:
            assert later.band in score.bands_possible
        assert later.coverage >= score.coverage or score.state != "known"
    for key, outcome in before.outcomes.items():
        then = after.outcomes[key]
        if any(isinstance(item, tuple) for item in outcome.possible) and not then.possible:
            shortest, longest = outcome.possible  # each other list lies between
            assert then.value == shortest or left_out(then.value, longest) >= 0
            assert outcome.rows == () or left_out(shortest, then.value) >= 0
        elif outcome.possible and then.low is None and not then.possible:
            assert ("CONFLICT" if then.conflict else then.value) in outcome.possible
        if outcome.low is not None and isinstance(then.value, float):
            assert outcome.high is not None
            assert outcome.low <= then.value <= outcome.high
    for key, state in before.states.items():
        if not state.cycle and not after.states[key].cycle and not after.states[key].possible:
            assert after.states[key].value in (state.possible or (state.value,))


def left_out(part: tuple[Any, ...], whole: tuple[Any, ...]) -> int:
    """Return how many items of a list are left out in another one; less than 0 where that has what the list lacks."""
    rest = iter(whole)
    return len(whole) - len(part) if all(any(item == one for one in rest) for item in part) else -1


@SLOW
@given(ruleset_pairs(), accounts, facts(), st.data())
def test_every_completion_lies_within(
    pair: list[Any], account: dict[str, Any], handed: dict[str, Any], data: st.DataObject
) -> None:
    """Holds: P12."""
    engine = engine_of(without_presence(pair))
    before = engine.evaluate(account, as_of=AS_OF, facts=handed)
    absent = [name for name in INPUTS if name not in handed]
    for _ in range(3):
        more = {name: data.draw(value_of(name), label=name) for name in absent if data.draw(st.booleans())}
        note(f"completed by {more}")
        assert_within(before, engine.evaluate(account, as_of=AS_OF, facts={**handed, **more}))


@SLOW
@given(ruleset_pairs(unsure=False), accounts, facts(), st.data())
def test_one_more_fact_only_narrows(
    pair: list[Any], account: dict[str, Any], handed: dict[str, Any], data: st.DataObject
) -> None:
    """Holds: P12."""
    engine = engine_of(without_presence(pair))
    decision = engine.evaluate(account, as_of=AS_OF, facts=handed)
    given_so_far = dict(handed)
    for name in data.draw(st.permutations([name for name in INPUTS if name not in handed])):
        given_so_far[name] = data.draw(value_of(name), label=name)
        narrower = engine.evaluate(account, as_of=AS_OF, facts=given_so_far)
        assert_within(decision, narrower)
        decision = narrower


@SLOW
@given(ruleset_pairs(unsure=False), accounts, facts(), st.data())
def test_missing_never_scores_above_the_best_that_is_known(
    pair: list[Any], account: dict[str, Any], handed: dict[str, Any], data: st.DataObject
) -> None:
    """Holds: P12."""
    name = data.draw(st.sampled_from(["s0", "s1", "s2", "s3"]))
    engine = engine_of(without_presence(pair))
    without = {key: value for key, value in handed.items() if key != name}
    missing = engine.evaluate(account, as_of=AS_OF, facts=without)
    known = [engine.evaluate(account, as_of=AS_OF, facts={**without, name: value}) for value in (0.0, 50.0, 100.0)]
    for key, score in missing.scores.items():
        best = [one.scores[key].low for one in known]
        if score.low is not None and None not in best:
            assert score.low <= max(low for low in best if low is not None)
