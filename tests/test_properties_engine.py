"""What holds of every evaluation, whatever the rulesets, the account and the facts are."""

from __future__ import annotations

import json
import pickle
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import clientcore as cc
from built import engine_of, loaded
from reference.scoring import nine_places
from strategies import AS_OF, INPUTS, accounts, facts, numbers
from strategies_rulesets import ruleset_pairs

SLOW = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
LATER = datetime(2026, 7, 1, tzinfo=UTC)


def told(decision: cc.Decision) -> str:
    """Return the decision as JSON, without the hashes of the files."""
    return attrs.evolve(decision, rulesets={}).to_json()


@SLOW
@given(ruleset_pairs(), accounts, facts())
def test_the_same_input_gives_the_same_bytes(pair: list[Any], account: dict[str, Any], handed: dict[str, Any]) -> None:
    """Holds: P22."""
    engine = engine_of(pair)
    first = engine.evaluate(account, as_of=AS_OF, facts=handed)
    text = first.to_json()
    assert engine.evaluate(account, as_of=AS_OF, facts=handed).to_json() == text
    assert engine_of(pair).evaluate(account, as_of=AS_OF, facts=handed).to_json() == text
    # reading an explanation changes nothing
    assert len(first.trace) > 0
    assert all(isinstance(first.contributions(score), tuple) for score in first.scores)
    assert first.to_json() == text


@SLOW
@given(ruleset_pairs(), accounts, facts())
def test_json_round_trips(pair: list[Any], account: dict[str, Any], handed: dict[str, Any]) -> None:
    decision = engine_of(pair).evaluate(account, as_of=AS_OF, facts=handed)
    again = cc.Decision.from_json(decision.to_json())
    assert again == decision
    assert again.to_json() == decision.to_json()


@SLOW
@given(ruleset_pairs(), accounts, facts())
def test_engines_and_decisions_pickle(pair: list[Any], account: dict[str, Any], handed: dict[str, Any]) -> None:
    engine = cc.Engine(rulesets=loaded(pair), plugins=[], discover=False)
    decision = engine.evaluate(account, as_of=AS_OF, facts=handed)
    again = pickle.loads(pickle.dumps(engine))
    assert again.evaluate(account, as_of=AS_OF, facts=handed).to_json() == decision.to_json()
    assert pickle.loads(pickle.dumps(decision)) == decision


@SLOW
@given(ruleset_pairs(), accounts, facts(), st.randoms(use_true_random=False))
def test_order_changes_nothing(
    pair: list[Any], account: dict[str, Any], handed: dict[str, Any], chance: random.Random
) -> None:
    """Holds: P6, P28."""

    def shuffled(value: Any, *, rows: bool) -> Any:
        """Put keys in another order, and related rows too; terms, table rows and transitions keep theirs."""
        if isinstance(value, dict):
            keys = chance.sample(list(value), len(value))
            return {key: shuffled(value[key], rows=rows or key == "rules") for key in keys}
        if isinstance(value, list):
            parts = [shuffled(part, rows=False) for part in value]
            return chance.sample(parts, len(parts)) if rows and parts and isinstance(parts[0], dict) else parts
        return value

    plain = engine_of(pair).evaluate(account, as_of=AS_OF, facts=handed)
    other = engine_of([shuffled(one, rows=False) for one in reversed(pair)])
    mixed = other.evaluate(shuffled(account, rows=True), as_of=AS_OF, facts=shuffled(handed, rows=False))
    assert told(mixed) == told(plain)


@SLOW
@given(ruleset_pairs(), accounts, facts(), st.data())
def test_what_is_recorded_later_changes_nothing(
    pair: list[Any], account: dict[str, Any], handed: dict[str, Any], data: st.DataObject
) -> None:
    """Holds: P8."""
    engine = engine_of(pair)
    plain = engine.evaluate(account, as_of=AS_OF, facts=handed)
    more = dict(account)
    for table in ("cases", "commitments", "decision_records"):
        if more.get(table) is not None:
            at = LATER + timedelta(hours=data.draw(st.integers(0, 999)))
            new = {"id": "later", "recorded_at": at} | data.draw(
                st.sampled_from([{}, {"occurred_on": AS_OF}, {"source": "client_stated"}])
            )
            more[table] = [*more[table], new]
    for name in ("client_since", "former_since"):
        more.setdefault(name, AS_OF + timedelta(days=data.draw(st.integers(1, 99))))
    assert told(engine.evaluate(more, as_of=AS_OF, facts=handed)) == told(plain)


@SLOW
@given(ruleset_pairs(), accounts, facts(), numbers)
def test_an_irrelevant_fact_changes_nothing(
    pair: list[Any], account: dict[str, Any], handed: dict[str, Any], number: float
) -> None:
    """Holds: P21."""
    pair = [{**pair[0], "inputs": {**INPUTS, "unread": {"kind": "number"}}}, pair[1]]
    engine = engine_of(pair)
    plain = engine.evaluate(account, as_of=AS_OF, facts=handed)
    more = engine.evaluate({**account, "name": "Acme"}, as_of=AS_OF, facts={**handed, "unread": number})
    assert told(more) == told(plain)


@SLOW
@given(ruleset_pairs(), accounts, facts(), st.data())
def test_only_gives_the_same_values(
    pair: list[Any], account: dict[str, Any], handed: dict[str, Any], data: st.DataObject
) -> None:
    engine = engine_of(pair)
    whole = engine.evaluate(account, as_of=AS_OF, facts=handed)
    rules = [f"{ruleset['ruleset']}/{rule['id']}" for ruleset in pair for rule in ruleset["rules"]]
    name = data.draw(st.sampled_from([*rules, *whole.scores, *whole.outcomes, *whole.states]))
    part = engine.evaluate(account, as_of=AS_OF, facts=handed, only=[name])
    if name in rules:
        assert (name in part.fired, name in part.unknown) == (name in whole.fired, name in whole.unknown)
    for kind in ("scores", "outcomes", "states"):
        for key, value in getattr(part, kind).items():
            assert value == getattr(whole, kind)[key]
        if name in getattr(whole, kind):
            assert name in getattr(part, kind)


@SLOW
@given(ruleset_pairs(), accounts, st.lists(facts(), min_size=2, max_size=4))
def test_the_same_day_repeated_changes_nothing(
    pair: list[Any], account: dict[str, Any], turns: list[dict[str, Any]]
) -> None:
    """Holds: P8, P9."""
    engine = engine_of(pair)
    previous = None
    for at, handed in enumerate(turns):
        day = AS_OF + timedelta(days=7 * at)
        once = engine.evaluate(account, as_of=day, facts=handed, previous=previous)
        twice = engine.evaluate(account, as_of=day, facts=handed, previous=once)
        thrice = engine.evaluate(account, as_of=day, facts=handed, previous=cc.Decision.from_json(twice.to_json()))
        assert twice.to_json() == once.to_json()
        assert thrice.to_json() == once.to_json()
        previous = once


@SLOW
@given(ruleset_pairs(unsure=False), accounts, facts())
def test_contributions_add_up(pair: list[Any], account: dict[str, Any], handed: dict[str, Any]) -> None:
    """Holds: P5."""
    engine = engine_of(pair)
    decision = engine.evaluate(account, as_of=AS_OF, facts=handed)
    cards = {f"{one['ruleset']}.{name}": card for one in pair for name, card in one["scores"].items()}
    for key, score in decision.scores.items():
        parts = decision.contributions(key)
        aggregate = cards[key]["aggregate"]
        if aggregate not in {"sum", "weighted_mean"} or any(part.state != "known" for part in parts):
            continue
        total, weights = 0.0, 0.0
        for part in parts:
            assert part.points is not None
            assert part.weight is not None
            total, weights = total + part.points, weights + part.weight
        low, high = cards[key]["range"]
        expected = min(max(nine_places(total if aggregate == "sum" else total / weights), low), high)
        for change in decision.adjustments(key):
            if change.kind != "rounding" and change.holds is True:
                expected = min(expected, change.at)
        if score.value is not None:
            assert score.value == expected


@SLOW
@given(ruleset_pairs(), accounts, facts())
def test_scores_stay_in_their_range(pair: list[Any], account: dict[str, Any], handed: dict[str, Any]) -> None:
    """Holds: P1."""
    decision = engine_of(pair).evaluate(account, as_of=AS_OF, facts=handed)
    cards = {f"{one['ruleset']}.{name}": card for one in pair for name, card in one["scores"].items()}
    for key, score in decision.scores.items():
        low, high = cards[key]["range"]
        if score.low is None or score.high is None:
            assert score.state == "not_applicable"
            continue
        assert low <= score.low <= score.high <= high
        assert 0.0 <= score.coverage <= 1.0
        assert (score.value is None) == (score.state != "known")


@SLOW
@given(ruleset_pairs(decide=False), accounts, facts(), st.sampled_from([0.5, 2, 1024]))
def test_the_unit_of_weights_does_not_matter_to_means(
    pair: list[Any], account: dict[str, Any], handed: dict[str, Any], factor: float
) -> None:
    """Holds: P20."""
    scaled = json.loads(json.dumps(pair))
    for one in scaled:
        for card in one["scores"].values():
            for term in card["terms"] if card["aggregate"] == "weighted_mean" else ():
                weight = term.get("weight", 1)
                term["weight"] = weight * factor if not isinstance(weight, str) else f"{weight} * {factor}"
    plain = engine_of(pair).evaluate(account, as_of=AS_OF, facts=handed)
    other = engine_of(scaled).evaluate(account, as_of=AS_OF, facts=handed)
    assert other.scores == plain.scores
