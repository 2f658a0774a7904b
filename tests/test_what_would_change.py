"""What would change a rule: every change that is told does it, none does it sooner, and nothing is kept back."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from math import copysign, nextafter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

import clientcore as cc
from built import engine_of
from clientcore.decision import Change, Decision
from clientcore.entities import SUBJECTS
from strategies import AS_OF, INPUTS, accounts, facts, value_of
from strategies_rulesets import HEADER, ruleset_pairs

FIELDS = SUBJECTS["account"].fields
FIELD_KINDS = ("renewal", "upgrade", "cross_sell", "replacement", "downgrade")
CENTURY = timedelta(days=36525)
MADE: dict[str, Any] = {
    **HEADER,
    "ruleset": "x.care",
    "title": "X",
    "params": {"floor": {"value": 5, "range": [0, 9], "doc": "d"}},
    "levels": {"size": {"order": ["small", "middle", "large"]}},
    "inputs": {
        "n": {"kind": "number", "range": [0, 10], "doc": "How many there are."},
        "m": {"kind": "number", "range": [0, 10]},
        "size": {"kind": "level", "level": "size"},
        "who": {"kind": "text", "person": True},
        "budget": {"kind": "boolean", "requires_source": ["client_stated"]},
        "asked_on": {"kind": "day"},
        "visits": {"kind": "number", "unit": "count", "range": [0, 9]},
    },
    "facts": {
        "late_promises": {"value": "commitments.filter(c, c.due_on < as_of).size()", "doc": "promises that are late"},
        "twice": {"value": "n * 2"},
        "share": {"value": "m / n"},
    },
    "rules": [
        {"id": "kept", "when": "late_promises < 2"},
        {"id": "large", "when": "employees >= 50"},
        {"id": "visited", "when": "visits > 3"},
        {"id": "more", "when": "n > params.floor && m > 3"},
        {"id": "between", "when": "n > 2 && n <= 4.5"},
        {"id": "either", "when": "twice > 5 || size >= 'middle'"},
        {"id": "retail", "when": "industry in ['retail', 'wholesale']"},
        {"id": "other", "when": "industry != 'retail'"},
        {"id": "owned", "when": "has(owner_id)"},
        {"id": "paid", "when": "budget"},
        {"id": "recent", "when": "as_of - asked_on <= 30"},
        {"id": "shared", "when": "share > 0.5"},
        {"id": "named", "when": "who == 'x'"},
        {"id": "warm", "when": "x.care.warmth >= 8"},
        {"id": "never", "when": "n > 1 && n < 0.5"},
        {"id": "follows", "when": "fired('x.care/kept') && n >= 1"},
        {"id": "closely", "when": "x.care.care == 'close'"},
    ],
    "scores": {
        "warmth": {
            "aggregate": "weighted_mean",
            "range": [0, 10],
            "terms": [
                {"id": "n", "value": "n", "range": [0, 10], "weight": 3},
                {"id": "m", "value": "m", "range": [0, 10]},
            ],
            # nothing that reads the score turns on it, so it stands in the way of no answer
            "sampling": {"low": "n - visits", "high": "n * m", "n": "visits"},
        }
    },
    "tables": {
        "care": {
            "hit_policy": "first",
            "inputs": ["n"],
            "rows": [{"id": "a", "when": ["> 7"], "then": {"care": "close"}}],
            "default": "loose",
        }
    },
}


@pytest.fixture(scope="module")
def engine() -> cc.Engine:
    return engine_of([MADE])


def decide(engine: cc.Engine, account: dict[str, Any] | None = None, **handed: Any) -> Decision:
    return engine.evaluate({"id": "a", **(account or {})}, facts=handed, as_of=AS_OF)


def told(decision: Decision, rule: str) -> list[str]:
    return [change.text for change in decision.what_would_change(rule)]


def late(count: int) -> dict[str, Any]:
    return {"commitments": [{"id": str(at), "due_on": "2026-01-01"} for at in range(count)]}


def test_a_count_is_told_in_whole_numbers_and_a_threshold_as_it_is_compared(engine: cc.Engine) -> None:
    assert told(decide(engine, late(3)), "kept") == ["late_promises: 3 → at most 1"]
    assert told(decide(engine, late(1)), "kept") == ["late_promises: 1 → at least 2"]
    assert told(decide(engine, visits=1), "visited") == ["visits: 1 → at least 4"]
    assert told(decide(engine, {"employees": 40}), "large") == ["employees: 40 → at least 50"]
    assert told(decide(engine, {"employees": 60}), "large") == ["employees: 60 → at most 49"]
    (change,) = decide(engine, n=2, m=4).what_would_change("more")
    assert change == Change(
        fact="n", title="How many there are.", now=2.0, wanted=nextafter(5.0, 6.0), text="n: 2 → above 5", handed=True
    )


def test_the_nearest_of_several_ranges_is_told_with_both_ends(engine: cc.Engine) -> None:
    assert told(decide(engine, n=9), "between") == ["n: 9 → above 2 and at most 4.5"]
    assert told(decide(engine, n=3), "between") == ["n: 3 → at most 2"]
    assert told(decide(engine, n=4), "between") == ["n: 4 → above 4.5"]
    assert told(decide(engine), "between") == ["n: unknown → above 2 and at most 4.5"]


def test_the_fewest_steps_come_first_then_the_name(engine: cc.Engine) -> None:
    decision = decide(engine, n=1, size="small")
    assert told(decision, "either") == ["size: 'small' → 'middle' or 'large'", "twice: 2 → above 5", "n: 1 → above 2.5"]
    assert told(decide(engine, late(3), n=1), "follows") == ["late_promises: 3 → at most 1"]
    assert told(decide(engine, n=1), "closely") == ["n: 1 → above 7"]


def test_texts_booleans_and_days(engine: cc.Engine) -> None:
    assert told(decide(engine, {"industry": "steel"}), "retail") == ["industry: 'steel' → 'retail' or 'wholesale'"]
    assert told(decide(engine, {"industry": "retail"}), "retail") == [
        "industry: 'retail' → anything but 'retail' or 'wholesale'"
    ]
    assert told(decide(engine, {"industry": "retail"}), "other") == ["industry: 'retail' → anything but 'retail'"]
    assert told(decide(engine), "owned") == ["owner_id: unknown → any text"]
    assert told(decide(engine, budget=cc.Fact(False, source="client_stated")), "paid") == [
        "budget: no → yes, with source client_stated"
    ]
    assert told(decide(engine, asked_on=date(2026, 5, 1)), "recent") == ["asked_on: 2026-05-01 → at least 2026-05-31"]


def test_a_fact_of_certain_sources_is_told_with_the_source_that_does_it(engine: cc.Engine) -> None:
    (change,) = decide(engine).what_would_change("paid")
    assert (change.wanted, change.source) == (True, "client_stated")
    fact = cc.Fact(change.wanted, source=change.source)
    assert "x.care/paid" in decide(engine, budget=fact).fired
    assert "x.care/paid" not in decide(engine, budget=change.wanted).fired
    assert {one.source for one in decide(engine, n=2, m=4).what_would_change("more")} == {""}


def test_a_field_takes_only_what_it_can_hold_by_its_meaning() -> None:
    conditions = {
        "likely": "probability * 2 > 3",
        "open": "probability < 0.75",
        "there": "has(probability)",
        "probed": "probes / 2 > 1.3",
        "never": "probes < 0",
        "needed": "need_level > 2.5",
        "old": "kind == 'old'",
        "other": "kind != 'new'",
        "planned": "has(close_on)",
    }
    rules = [{"id": name, "when": when} for name, when in conditions.items()]
    engine = engine_of(
        [
            {**HEADER, "ruleset": "x.deal", "title": "X", "subject": "opportunity", "rules": rules},
            {**HEADER, "ruleset": "x.a", "title": "X", "rules": [{"id": "r", "when": "direction != 'client'"}]},
        ]
    )
    known = {"id": "o", "probability": 0.5, "probes": 1, "need_level": 1, "kind": "new"}
    changed: dict[str, list[str]] = {}
    for deal in (known, {"id": "o"}):
        decision = engine.evaluate(deal, subject="opportunity", as_of=AS_OF)
        for rule in conditions:
            changes = decision.what_would_change(rule)
            assert changes.untried == ()
            changed.setdefault(rule, []).extend(str(change) for change in changes)
            for change in changes:
                after = engine.evaluate({**deal, change.fact: change.wanted}, subject="opportunity", as_of=AS_OF)
                assert (after.problems, truth(after, f"x.deal/{rule}")) == ((), not changes.truth)
    assert changed == {
        "likely": [],
        "open": ["probability: 0.5 → at least 0.75", "probability: unknown → below 0.75"],
        "there": ["probability: unknown → any value"],
        "probed": ["probes: 1 → at least 3", "probes: unknown → at least 3"],
        "never": [],
        "needed": ["need_level: 1 → 3", "need_level: unknown → 3"],
        "old": [],
        "other": [f"kind: {now} → {' or '.join(map(repr, FIELD_KINDS))}" for now in ("'new'", "unknown")],
        "planned": ["close_on: unknown → any value"] * 2,
    }
    (planned,) = engine.evaluate({"id": "o"}, subject="opportunity", as_of=AS_OF).what_would_change("planned")
    assert planned.wanted == AS_OF


def test_a_field_that_chooses_the_profile_is_not_followed() -> None:
    made = {**MADE, "rules": [{"id": "big", "when": "employees > params.floor && industry != 'steel'"}], "tables": {}}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.yaml"
        path.write_text(
            "format: clientcore-profile/1\nprofile: large\ntitle: L\nmatch: employees > 50\n"
            "params: {x.care: {floor: 9}}\nreasons: {x.care: {floor: r}}\n"
        )
        engine = cc.Engine(rulesets=engine_of([made]).rulesets, discover=False, profiles=[path])
    changes = decide(engine, {"employees": 8, "industry": "iron"}).what_would_change("big")
    assert ([str(change) for change in changes], changes.untried) == (["industry: 'iron' → 'steel'"], ("employees",))
    plain = engine_of([made]).evaluate({"id": "a", "employees": 8, "industry": "iron"}, as_of=AS_OF)
    assert told(plain, "big") == ["employees: 8 → at most 5", "industry: 'iron' → 'steel'"]


def test_a_score_is_followed_to_its_terms(engine: cc.Engine) -> None:
    # the mean is rounded to nine decimals before it is compared, so a little less than 8 does it
    assert told(decide(engine, n=8, m=4), "warm") == [
        "m: 4 → above 7.999999997999997",
        "n: 8 → above 9.333333332666665",
    ]
    low = decide(engine, n=2, m=0).what_would_change("warm")
    assert (low.changes, low.untried) == ((), ())
    assert str(low) == "x.care/warm does not hold\n  no single fact changes it"


def test_what_cannot_be_followed_is_named_and_nothing_is_guessed(engine: cc.Engine) -> None:
    changes = decide(engine, n=4, m=1).what_would_change("shared")
    assert ([change.text for change in changes], changes.untried) == (
        ["share: 0.25 → above 0.5", "m: 1 → above 2"],
        ("n",),
    )
    never = decide(engine, n=3).what_would_change("never")
    assert (len(never), never.untried) == (0, ())


def test_facts_about_persons_only_where_opted_in(engine: cc.Engine) -> None:
    changes = decide(engine).what_would_change("named")
    assert "who" not in str(changes)
    assert "no single fact of those that were tried changes it" in str(changes)
    opted = cc.Engine(rulesets=engine.rulesets, discover=False, person_facts=["who"])
    assert told(decide(opted), "named") == ["who: unknown → 'x'"]


def test_only_rules_are_changed_and_wrong_names_have_a_near_one(engine: cc.Engine) -> None:
    with pytest.raises(cc.ClientcoreError, match=r"CC403 `x\.care\.warmth` is no rule"):
        decide(engine).what_would_change("warmth")
    with pytest.raises(cc.ClientcoreError, match=r"did you mean `large`\?"):
        decide(engine).what_would_change("larg")


def test_a_child_names_what_it_reads_of_its_account() -> None:
    child = {
        **HEADER,
        "ruleset": "x.deal",
        "title": "X",
        "subject": "opportunity",
        "rules": [{"id": "big", "when": "amount > 100 && account.employees > 50"}],
    }
    account = {"id": "a", "employees": 60, "opportunities": [{"id": "o", "amount": 5}]}
    (decision,) = engine_of([child]).evaluate_subjects(account, subject="opportunity", as_of=AS_OF)
    changes = decision.what_would_change("big")
    assert (told(decision, "big"), changes.untried) == (["amount: 5 → above 100"], ("account.employees",))


def truth(decision: Decision, rule: str) -> bool | None:
    return next(step.output for step in decision.trace if step.id == rule)  # type: ignore[no-any-return]


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(ruleset_pairs(), accounts, facts(), st.data())
def test_what_is_told_does_it_and_nothing_does_it_sooner(
    pair: list[Any], account: dict[str, Any], handed: dict[str, Any], data: st.DataObject
) -> None:
    engine = engine_of(pair)

    def with_(name: str, value: Any) -> bool | None:
        if name in FIELDS:
            return truth(engine.evaluate({**account, name: value}, facts=handed, as_of=AS_OF), rule)
        return truth(engine.evaluate(account, facts={**handed, name: value}, as_of=AS_OF), rule)

    decision = engine.evaluate(account, facts=handed, as_of=AS_OF)
    rule = data.draw(st.sampled_from([f"g.{one}/r{at}" for one in ("one", "two") for at in range(3)]))
    changes = decision.what_would_change(rule)
    assert changes.truth is truth(decision, rule)
    wanted = not changes.truth
    for change in changes:
        event(f"told of a {type(change.wanted).__name__}")
        assert with_(change.fact, change.wanted) is wanted, change
        if change.fact in FIELDS and FIELDS[change.fact].whole:
            near = change.wanted - copysign(1.0, change.wanted - (change.now or 0.0))
            assert change.now is None or near < 0.0 or with_(change.fact, near) is not wanted, change
        elif (
            (change.fact in INPUTS or change.fact in FIELDS)
            and isinstance(change.wanted, float)
            and change.now is not None
        ):
            near = nextafter(change.wanted, change.now)
            if abs(near) < 1e-18:  # what is smaller than that enters as 0
                near = 0.0 if change.wanted else copysign(1e-18, change.now)
            assert with_(change.fact, near) is not wanted, change
    found = {change.fact: change for change in changes}
    for name in data.draw(st.lists(st.sampled_from(list(INPUTS)), max_size=3, unique=True)):
        value = data.draw(value_of(name))
        if name in changes.untried or with_(name, value) is not wanted:
            continue
        if isinstance(value, date) and not AS_OF - CENTURY <= value <= AS_OF + CENTURY:
            continue
        assert name in found
        now = found[name].now
        if isinstance(value, (float, date)) and now is not None:
            assert abs(found[name].wanted - now) <= abs(value - now)


_SMALL = {"kind": "number", "range": [0, 10]}
_MOVED = (
    "n", "twice", "5 - n", "m - n", "n - m * 2", "abs(n - 5)", "n / 2", "n * -1.5", "n * m", "n * n", "m / n",
    "round(n * 0.3)", "floor(n)", "ceil(n / 3)", "n % 3", "[n, 4].min()", "[n, m].max()", "[n, m].sum()",
    "(b ? n : 3 - n)", "(n > 5 ? 1 : 4)", "(n > 5 ? n : 10 - n)", "rows.map(r, r.handoffs + n).max()",
    "x.grid.s", "x.grid.s.low", "x.grid.p", "x.grid.s.coverage", "x.grid.least",
    "n - n * m", "round(n) - n", "n * -1.5 + floor(n) * 2", "x.grid.both", "x.grid.squared",
)  # fmt: skip


@st.composite
def conditions(draw: st.DrawFn, depth: int = 2) -> str:
    """Return conditions that turn on `n` in many ways."""
    if depth and draw(st.booleans()):
        left, right = draw(conditions(depth - 1)), draw(conditions(depth - 1))
        return draw(st.sampled_from([f"({left} && {right})", f"({left} || {right})", f"!({left})"]))
    other = ["x.grid.t == 'far'", "b", "has(twice)", "n in [2, 5]", "m > 4", "fired('x.grid/near')"]
    moved = draw(st.sampled_from(_MOVED)).replace("rows", "cases")
    compared = draw(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]))
    at = draw(st.sampled_from(["0", "1", "2.5", "5", "m", "params.p"]))
    return draw(st.sampled_from([f"{moved} {compared} {at}"] * 3 + other))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    conditions(), st.fixed_dictionaries({}, optional={"n": st.integers(0, 20), "m": st.integers(0, 20)}), st.booleans()
)
def test_of_one_number_nothing_is_kept_back(when: str, halves: dict[str, int], choice: bool) -> None:
    terms = [{"id": "n", "value": "5 - n", "range": [-4, 4]}, {"id": "m", "value": "m", "range": [0, 10]}]
    made = {
        **HEADER,
        "ruleset": "x.grid",
        "title": "X",
        "params": {"p": {"value": 3, "range": [0, 9], "doc": "d"}},
        "inputs": {"n": _SMALL, "m": _SMALL, "b": {"kind": "boolean"}},
        "facts": {"twice": {"value": "n * 2 + 1"}},
        "scores": {
            "s": {"aggregate": "weighted_mean", "range": [-5, 10], "terms": terms},
            "p": {"aggregate": "product", "range": [-40, 40], "terms": terms},
            "both": {"aggregate": "sum", "range": [-9, 20], "terms": [terms[0], {**terms[1], "value": "n"}]},
            "squared": {"aggregate": "product", "range": [-40, 40], "terms": [terms[0], {**terms[0], "id": "o"}]},
            "least": {"aggregate": "min", "range": [-5, 10], "terms": terms, "caps": [{"when": "b", "at": 2}]},
        },
        "tables": {
            "t": {
                "hit_policy": "first",
                "inputs": ["n"],
                "rows": [{"id": "r", "when": ["[3..7)"], "then": {"t": "near"}}],
                "default": "far",
            }
        },
        "rules": [{"id": "near", "when": "abs(m - 5) < 2 || n >= 9.5"}, {"id": "r", "when": when}],
    }
    engine = engine_of([made])
    account = {"id": "a", "cases": [{"id": "1", "handoffs": 1}, {"id": "2", "handoffs": 3}]}
    handed = {"b": choice, **{name: count / 2 for name, count in halves.items()}}

    def truth_with(**more: Any) -> bool | None:
        return truth(engine.evaluate(account, facts={**handed, **more}, as_of=AS_OF), "x.grid/r")

    changes = engine.evaluate(account, facts=handed, as_of=AS_OF).what_would_change("x.grid/r")
    wanted = not truth_with()
    found = {change.fact: change for change in changes}
    for change in changes:
        event(f"told of {change.fact}")
        assert truth_with(**{change.fact: change.wanted}) is wanted
    doing = [count / 2 for count in range(21) if truth_with(n=count / 2) is wanted]
    event(f"n is {'not tried' if 'n' in changes.untried else 'told' if doing else 'of no help'}")
    if doing and "n" not in changes.untried:
        now = found["n"].now
        assert now is None or abs(found["n"].wanted - now) <= min(abs(value - now) for value in doing)
