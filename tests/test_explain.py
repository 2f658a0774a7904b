"""Explanations: what holds, what stands in the way, what to ask, and that they agree with the decision."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

import clientcore as cc
from built import engine_of
from clientcore.decision import Decision, Reason
from strategies import AS_OF, accounts, facts
from strategies_rulesets import HEADER, ruleset_pairs

MADE: dict[str, Any] = {
    **HEADER,
    "ruleset": "x.one",
    "title": "X",
    "params": {"floor": {"value": 5, "range": [0, 9], "doc": "d", "basis": "ours"}},
    "inputs": {
        "n": {"kind": "number", "range": [0, 10], "ask": "How many?", "whom": "client"},
        "m": {"kind": "number", "range": [0, 10], "ask": "How often?"},
        "who": {"kind": "text", "person": True, "ask": "Who is it?"},
    },
    "facts": {"twice": {"value": "n * 2"}, "open": {"value": "cases.filter(c, !c.is_closed).size()"}},
    "rules": [
        {"id": "all_of", "when": "n > params.floor && m > 3 && open < 2", "because": "{n:.1f} of {open} open"},
        {"id": "any_of", "when": "n > 8 || m > 8"},
        {"id": "negated", "when": "!(twice > 4)"},
        {"id": "of_a_person", "when": "who == 'x'"},
    ],
    "scores": {
        "s": {
            "aggregate": "weighted_mean",
            "range": [0, 10],
            "terms": [
                {"id": "n", "value": "n", "range": [0, 10], "weight": 3},
                {"id": "m", "value": "m", "range": [0, 10]},
            ],
            "caps": [{"when": "open > 1", "at": 4, "because": "cases are open"}],
        }
    },
}


@pytest.fixture(scope="module")
def engine() -> cc.Engine:
    return engine_of([MADE])


def decide(engine: cc.Engine, cases: int | None = None, **given_: Any) -> Decision:
    account: dict[str, Any] = {"id": "a"}
    if cases is not None:
        account["cases"] = [{"id": str(at), "is_closed": False} for at in range(cases)]
    return engine.evaluate(account, facts=given_, as_of=AS_OF)


def test_a_chain_is_told_part_by_part(engine: cc.Engine) -> None:
    (found,) = decide(engine, cases=1, n=6, m=None).why("all_of").reasons
    assert (found.joined, found.truth) == ("all", None)
    assert [(part.text, part.truth) for part in found.parts] == [
        ("n > params.floor", True),
        ("m > 3", None),
        ("open < 2", True),
    ]
    assert found.parts[0].values == {"n": 6.0, "params.floor": 5.0}


def test_what_stands_in_the_way_is_false_first_and_leaves_out_what_holds(engine: cc.Engine) -> None:
    told = decide(engine, cases=3, n=6).why_not("all_of").reasons
    assert [(part.text, part.truth) for part in told] == [("open < 2", False), ("m > 3", None)]
    (whole,) = decide(engine, n=1, m=1).why_not("any_of").reasons
    assert (whole.joined, [part.truth for part in whole.parts]) == ("any", [False, False])
    assert decide(engine, n=9).why_not("any_of").reasons == ()


def test_a_reason_has_its_placeholders_filled(engine: cc.Engine) -> None:
    assert decide(engine, cases=0, n=6, m=4).why("all_of").summary == "x.one/all_of holds: 6.0 of 0 open"
    assert "holds" not in decide(engine, n=1).why("all_of").summary


def test_contributions_and_adjustments_add_up(engine: cc.Engine) -> None:
    decision = decide(engine, cases=2, n=8, m=4)
    parts = decision.contributions("s")
    assert [(part.term, part.weight, part.points, part.state) for part in parts] == [
        ("n", 3.0, 24.0, "known"),
        ("m", 1.0, 4.0, "known"),
    ]
    raw = sum(part.points or 0.0 for part in parts) / sum(part.weight or 0.0 for part in parts)
    (cap,) = decision.adjustments("s")
    assert (cap.kind, cap.before, cap.after, cap.holds, cap.because) == ("cap", raw, 4.0, True, "cases are open")
    assert decision.scores["x.one.s"].value == 4.0
    missing = decide(engine, cases=0, n=8).contributions("s")[1]
    assert (missing.state, missing.value, missing.low, missing.high) == ("missing", None, 0.0, 10.0)


def test_questions_settle_most_first_and_ask_nothing_that_changes_nothing(engine: cc.Engine) -> None:
    asked = decide(engine, cases=0).questions()
    assert [question.fact for question in asked] == ["n", "m"]
    assert asked[0].settles == ("x.one.s", "x.one/all_of", "x.one/any_of", "x.one/negated")
    assert (asked[0].ask, asked[0].whom) == ("How many?", "client")
    # a false part settles the chain, a true one the choice, and the cap the score, so nobody need be asked for m
    assert decide(engine, cases=5, n=9).questions() == ()
    left = {question.fact: question.settles for question in decide(engine, cases=1, n=9).questions()}
    assert left == {"m": ("x.one.s", "x.one/all_of")}
    assert decide(engine, cases=0, n=1, m=1).questions() == ()
    assert decide(engine).questions(1) == decide(engine).questions()[:1]


def test_nothing_is_asked_where_no_answer_can_settle_it() -> None:
    whens = {
        "above_a_mean_of_nothing": "n > worked",
        "as_before": "previous.x.one.s > n",
        "of_a_person": "n > p",
        "part": "n / m > 2",
        "either": "n > worked || m > 2",
        "chosen": "(n > worked ? m : 3) > 2",
        "in_a_record": "cases.exists(c, c.handoffs > n)",
    }
    number = {"kind": "number", "ask": "How many?"}
    made = {
        **MADE,
        "inputs": {"n": number, "m": number, "p": {**number, "person": True}},
        "facts": {"worked": {"value": "commitments.map(c, c.effort_hours).mean()"}},
        "rules": [{"id": name, "when": when} for name, when in whens.items()],
        "scores": {"s": {"aggregate": "min", "range": [0, 9], "terms": [{"id": "t", "value": "m", "range": [0, 9]}]}},
    }
    engine = engine_of([made])

    def asked(**facts: float) -> dict[str, tuple[str, ...]]:
        account = {"id": "a", "commitments": [], "cases": [{"id": "c", "handoffs": 3}]}
        found = engine.evaluate(account, facts=facts, as_of=AS_OF).questions()
        return {question.fact: tuple(one.rpartition("/")[2] for one in question.settles) for question in found}

    assert asked() == {"m": ("x.one.s", "chosen", "either", "part"), "n": ("in_a_record", "part")}
    assert asked(m=0) == {"n": ("in_a_record",)}  # nothing is divided by 0


@pytest.mark.parametrize(("aggregate", "sure"), [("min", 2.0), ("max", 9.0)])
def test_a_term_decides_only_where_none_that_is_missing_may(aggregate: str, sure: float) -> None:
    terms = [{"id": "n", "value": "n", "range": [0, 10]}, {"id": "m", "value": "m", "range": [2, 9]}]
    engine = engine_of([{**MADE, "scores": {"s": {"aggregate": aggregate, "range": [0, 10], "terms": terms}}}])

    def deciding(**handed: float) -> list[str]:
        found = engine.evaluate({"id": "a"}, facts=handed, as_of=AS_OF)
        return [part.term for part in found.contributions("s") if part.decides]

    assert deciding(n=5) == []
    assert deciding(n=sure) == ["n"]
    assert deciding(n=5, m=5) == ["n", "m"]


def test_a_score_of_which_only_its_applying_is_open_asks_for_that() -> None:
    # the veto holds the score at 0, so no value of a term matters, but without a term that applies there is no score
    term = {"id": "t", "value": "n", "range": [0, 10], "applies_when": "m > 3"}
    score = {"range": [0, 10], "terms": [term], "vetoes": [{"when": "n < 5", "at": 0}]}
    for aggregate in ("min", "max", "weighted_mean"):
        engine = engine_of([{**MADE, "scores": {"s": {**score, "aggregate": aggregate}}}])
        decision = engine.evaluate({"id": "a"}, facts={"n": 0}, as_of=AS_OF)
        found = decision.scores["x.one.s"]
        assert (found.low, found.high, found.state) == (0.0, 0.0, "partial")
        assert "x.one.s" in {q.fact: q.settles for q in decision.questions()}["m"]
        assert decision.why("s").summary == "x.one.s is 0 if it applies, 0% known"
        assert engine.evaluate({"id": "a"}, facts={"n": 0, "m": 4}, as_of=AS_OF).scores["x.one.s"].value == 0.0


def test_a_machine_asks_for_what_its_next_step_turns_on() -> None:
    transitions = [
        {"from": "a", "to": "b", "when": "n > 1", "needs_decision": True},
        {"from": "a", "to": "c", "when": "m > 1"},
        {"from": "a", "to": "d", "when": "twice > 30", "at_once": True},
    ]
    machine = {"initial": "a", "min_dwell_days": 5, "transitions": transitions}
    engine = engine_of([{**MADE, "rules": [], "scores": {}, "states": {"machine": machine}}])

    def asked(previous: Decision | None = None, account: dict[str, Any] | None = None, **handed: Any) -> list[str]:
        account = {"id": "a", **(account or {})}
        found = engine.evaluate(account, facts=handed, as_of=AS_OF, previous=previous)
        return [question.fact for question in found.questions()]

    # without a decision the first transition is false, whatever n is, and does not settle where the machine goes
    nobody: dict[str, Any] = {"decision_records": []}
    assert asked(account=nobody, n=2) == ["m"]
    assert asked(account=nobody, twice=0) == ["m"]
    # nobody looked for a decision
    assert asked(n=2) == ["decision_records", "m"]
    assert asked(n=0, m=0) == []
    # until the dwell time is over only what goes at once is of interest
    before = engine.evaluate({"id": "a"}, facts={"n": 0, "m": 0}, as_of=AS_OF - timedelta(days=1))
    assert asked(before) == ["n"]
    assert asked(before, twice=0) == []


def test_persons_are_not_asked_for_unless_opted_in() -> None:
    decision = engine_of([MADE]).evaluate({"id": "a"}, as_of=AS_OF)
    assert "x.one/of_a_person" in decision.unknown
    assert "who" not in [question.fact for question in decision.questions()]


def test_names_that_are_short_ambiguous_or_wrong(engine: cc.Engine) -> None:
    decision = decide(engine, n=1)
    assert decision.why("any_of") == decision.why("x.one/any_of")
    assert decision.why("n").kind == "fact"
    with pytest.raises(cc.ClientcoreError, match=r"nothing is called `any_off`; did you mean `any_of`\?"):
        decision.why("any_off")
    with pytest.raises(cc.ClientcoreError, match=r"CC403 `x\.one/any_of` is no score"):
        decision.contributions("any_of")
    two = engine_of([MADE, {**HEADER, "ruleset": "x.two", "title": "Y", "rules": [{"id": "any_of", "when": "true"}]}])
    with pytest.raises(cc.ClientcoreError, match=r"`any_of` is ambiguous; one of: x\.one/any_of, x\.two"):
        decide(two).why("any_of")


def test_a_chain_that_stands_inside_another_rule_as_well() -> None:
    # a trace keeps whole chains and their parts; what is part of one chain may be the whole of another
    made = {
        **MADE,
        "rules": [{"id": "three", "when": "n > 1 && m > 1 && n < 9"}, {"id": "two", "when": "n > 1 && m > 1"}],
    }
    for rules in (made["rules"], made["rules"][::-1]):
        decision = decide(engine_of([{**made, "rules": rules}]), n=5, m=0)
        (found,) = decision.why("two").reasons
        assert (found.truth, [part.truth for part in found.parts]) == (False, [True, False])
        (longer,) = decision.why("three").reasons
        assert (longer.truth, [part.truth for part in longer.parts]) == (False, [True, False, True])


def settled(reason: Reason) -> bool | None:
    """Return the truth that the parts of a reason give."""
    if not reason.joined:
        return reason.truth
    truths = [settled(part) for part in reason.parts]
    deciding = reason.joined == "any"
    return deciding if deciding in truths else None if None in truths else not deciding


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(ruleset_pairs(), accounts, facts())
def test_explanations_agree_with_the_decision(pair: list[Any], account: dict[str, Any], handed: dict[str, Any]) -> None:
    decision = engine_of(pair).evaluate(account, as_of=AS_OF, facts=handed)
    truths = {step.id: step.output for step in decision.trace if step.kind == "rule"}
    fired = {name for name, truth in truths.items() if truth is True}
    assert fired <= set(decision.fired)
    assert {name for name, truth in truths.items() if truth is None} == set(decision.unknown)
    for name, truth in truths.items():
        for reason in decision.why(name).reasons[:1]:
            if not reason.text.endswith("applies") and " applies: " not in reason.text:
                assert settled(reason) == reason.truth == truth
    for question in decision.questions():
        assert set(question.settles) & (
            set(decision.unknown) | set(decision.scores) | set(decision.outcomes) | {"g.two.m"}
        )
