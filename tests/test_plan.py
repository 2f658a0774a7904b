"""Plans: the order of steps, what they read, what `only` leaves, static bounds."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import clientcore as cc
from built import engine_of, loaded
from clientcore.check import check
from clientcore.expr import NUMBER, Node
from clientcore.plan import make_plan, nodes_of
from clientcore.plan import reads as key_reads
from clientcore.plan.bounds import ENTRY, HUGE, TINY, bound, unguarded
from strategies import AS_OF as DAY
from strategies_rulesets import HEADER, ruleset_pairs

MADE: dict[str, Any] = {
    **HEADER,
    "ruleset": "p.one",
    "title": "P",
    "params": {"floor": {"value": 5, "range": [0, 9], "doc": "d"}, "idle": {"value": 1, "range": [0, 9], "doc": "d"}},
    "inputs": {"n": {"kind": "number"}, "unread": {"kind": "number"}},
    "facts": {
        "late": {"value": "cases.filter(c, c.is_closed).size()"},
        "share": {"value": "late / employees"},
        "alone": {"value": "contacts.size()"},
    },
    "rules": [{"id": "much", "when": "share > params.floor"}, {"id": "few", "when": "alone < 2 && n > 0"}],
    "scores": {"s": {"aggregate": "sum", "range": [0, 100], "terms": [{"id": "t", "value": "share", "range": [0, 9]}]}},
}


def test_a_plan_reads_what_its_steps_read_and_no_more() -> None:
    plan = engine_of([MADE]).plan()
    assert plan.fields == ("employees",)
    assert plan.tables == {"cases": ("is_closed",), "contacts": ()}
    assert plan.params == (("p.one", "floor"),)
    assert {name for name, spec in plan.handed.items() if not spec.derived} == {"n"}
    assert plan.derived_facts == {"late", "share", "alone"}
    assert "unread" in plan.known_facts


def test_only_leaves_what_is_asked_and_what_it_stands_on() -> None:
    engine = engine_of([MADE])
    plan = engine.plan(only=["p.one.s"])
    assert [step.key for step in plan.steps] == [("fact", "late"), ("fact", "share"), ("score", "p.one", "s")]
    assert plan.tables == {"cases": ("is_closed",)}
    assert plan.params == ()
    assert engine.plan(only=["p.one/f*"]).fields == ()
    assert engine.plan(only=["p.*"]) == engine.plan()
    decision = engine.evaluate({"id": "a", "employees": 2, "cases": []}, as_of=DAY, only=["p.one/much"])
    assert (list(decision.scores), decision.unknown, decision.fired) == ([], (), ())


def test_a_ruleset_on_request_is_computed_where_it_is_named_or_read() -> None:
    quiet = {
        **HEADER,
        "ruleset": "p.quiet",
        "title": "Q",
        "on_request": True,
        "facts": {"shrunk": {"value": "annual_revenue / 2"}},
        "rules": [{"id": "small", "when": "shrunk < 1"}],
    }
    engine = engine_of([MADE, quiet])
    assert engine.plan().steps == engine_of([MADE]).plan().steps
    assert [step.key for step in engine.plan(only=["p.quiet"]).steps] == [
        ("fact", "shrunk"),
        ("rule", "p.quiet", "small"),
    ]
    assert {step.key[1] for step in engine.plan(only=["p.*"]).steps if step.key[0] == "rule"} == {"p.one", "p.quiet"}
    reader = {**HEADER, "ruleset": "p.reader", "title": "R", "rules": [{"id": "r", "when": "fired('p.quiet/small')"}]}
    assert ("rule", "p.quiet", "small") in [step.key for step in engine_of([quiet, reader]).plan().steps]
    assert engine.evaluate({"id": "a", "annual_revenue": 1}, as_of=DAY).fired == ()
    assert engine.evaluate({"id": "a", "annual_revenue": 1}, as_of=DAY, only=["p.quiet"]).fired == ("p.quiet/small",)


@pytest.mark.parametrize(
    ("asked", "help_"),
    [("much", "did you mean `p.one/much`?"), ("p.one.x", "did you mean `p.one.s`?"), ("p.one/muhc", "`p.one/much`")],
)
def test_only_that_names_nothing(asked: str, help_: str) -> None:
    with pytest.raises(cc.ClientcoreError, match="CC403") as caught:
        engine_of([MADE]).plan(only=[asked])
    assert help_ in str(caught.value)


def test_a_plan_prints() -> None:
    lines = str(engine_of([MADE]).plan()).splitlines()
    assert lines[0] == "plan for account: 6 steps"
    assert "  rule    p.one/much" in lines


@given(ruleset_pairs(), st.randoms(use_true_random=False))
def test_every_step_reads_only_what_stands_before_it_whatever_the_order_of_rulesets(
    pair: list[dict[str, Any]], chance: random.Random
) -> None:
    rulesets = list(loaded(pair))
    plan = make_plan(check(rulesets))
    before: set[tuple[str, ...]] = set()
    own = {step.key for step in plan.steps}
    for step in plan.steps:
        for key in (key for node in nodes_of(step) for key in key_reads(node)):
            assert key in before or key not in own
        before.add(step.key)
    chance.shuffle(rulesets)
    assert [step.key for step in make_plan(check(rulesets)).steps] == [step.key for step in plan.steps]


def tree(op: str, *args: Node) -> Node:
    return Node(op, NUMBER, args)


X = Node("fact", NUMBER, (), "x")


def test_bounds_show_where_a_guard_can_not_act() -> None:
    assert bound(X, {}, {}) == ENTRY
    product = X
    for _ in range(7):
        product = tree("mul", product, X)
    assert unguarded(product, {}, {})  # 1e144 at the most
    assert not unguarded(tree("mul", product, X), {}, {})
    assert unguarded(tree("mul", product, X), {"x": (100.0, 0.01)}, {})
    assert bound(tree("mul", tree("mul", product, product), X), {}, {}) == (HUGE, TINY)


@given(st.floats(1e-18, 1e18), st.floats(-1e18, 1e18), st.sampled_from(["add", "sub", "mul", "div"]))
def test_a_bound_holds_every_result(a: float, b: float, op: str) -> None:
    if 0.0 < abs(b) < 1e-18 or (op == "div" and b == 0.0):
        return
    result = {"add": a + b, "sub": a - b, "mul": a * b, "div": a / b if b else 0.0}[op]
    high, low = bound(tree(op, X, Node("fact", NUMBER, (), "y")), {}, {})
    assert result == 0.0 or low <= abs(result) <= high
