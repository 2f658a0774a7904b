"""The engine: what it is built from, what it refuses, and that it changes nothing that it is given."""

from __future__ import annotations

import copy
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import attrs
import numpy as np
import pytest

import clientcore as cc
from built import engine_of, loaded
from clientcore.decision import Decision
from clientcore.intake import Need, take
from clientcore.plan import make_plan
from strategies import AS_OF
from strategies_rulesets import HEADER

MADE: dict[str, Any] = {
    **HEADER,
    "ruleset": "e.one",
    "title": "E",
    "inputs": {"n": {"kind": "number", "range": [0, 100]}, "t": {"kind": "text"}},
    "rules": [{"id": "high", "when": "n > 50"}, {"id": "named", "when": "name == 'Acme'"}],
    "scores": {
        "s": {
            "aggregate": "sum",
            "range": [0, 100],
            "terms": [{"id": "n", "value": "n", "range": [0, 100]}],
            "bands": [{"id": "low", "below": 40}, {"id": "high"}],
            "hysteresis": {"margin": 5},
        }
    },
}


@pytest.fixture(scope="module")
def engine() -> cc.Engine:
    return engine_of([MADE])


def decide(engine: cc.Engine, n: float | None, **more: Any) -> Decision:
    return engine.evaluate({"id": "a"}, facts={"n": n}, **{"as_of": AS_OF, **more})


@pytest.mark.parametrize("day", ["2026-06-30", datetime(2026, 6, 30), 20260630, None])  # noqa: DTZ001
def test_a_day_is_a_day(engine: cc.Engine, day: Any) -> None:
    with pytest.raises(cc.FactError, match="CC403 `as_of` is"):
        engine.evaluate({"id": "a"}, as_of=day)


@pytest.mark.parametrize("subject", ["acount", "opportunity", "workstream"])
def test_subjects_that_evaluate_does_not_take(engine: cc.Engine, subject: str) -> None:
    with pytest.raises(cc.ClientcoreError):
        engine.evaluate_subjects({"id": "a"}, subject="account", as_of=AS_OF)
    if subject == "acount":
        with pytest.raises(cc.FactError, match="did you mean `account`"):
            engine.evaluate({"id": "a"}, as_of=AS_OF, subject=subject)


def test_what_is_no_account_is_misuse_and_a_bad_value_is_a_problem(engine: cc.Engine) -> None:
    for wrong in (None, 3, "acme", [("id", "a")]):
        with pytest.raises(cc.FactError, match="CC403 the account is"):
            engine.evaluate(wrong, as_of=AS_OF)
    decision = engine.evaluate({"id": "a", "name": 3}, facts={"n": "many", "m": 1, "k": 2}, as_of=AS_OF)
    assert [problem.code for problem in decision.problems] == ["CC602", "CC601", "CC601", "CC602"]
    assert decision.unknown == ("e.one/high", "e.one/named")


def test_problems_of_unknown_facts_come_in_one_order(engine: cc.Engine) -> None:
    names = ["zeta", "alpha", "m", "beta"]
    told = [
        [
            problem.message
            for problem in engine.evaluate({"id": "a"}, facts=dict.fromkeys(order, 1), as_of=AS_OF).problems
        ]
        for order in (names, names[::-1])
    ]
    assert told[0] == told[1] == [f"unknown fact `{name}` handed in" for name in sorted(names)]


def test_evaluation_changes_nothing_that_it_is_given(engine: cc.Engine) -> None:
    account = {"id": "a", "name": "Acme", "cases": [{"id": "1"}, {"id": "1"}]}
    facts = {"n": cc.Fact(60, source="client_stated"), "t": None}
    before = copy.deepcopy(account), dict(facts)
    assert engine.evaluate(account, facts=facts, as_of=AS_OF).fired == ("e.one/high", "e.one/named")
    assert (account, facts) == before


def test_scores_are_a_mapping_like_any_other(engine: cc.Engine) -> None:
    decision = decide(engine, 60)
    scores = decision.scores
    assert list(scores) == ["e.one.s"]
    assert (len(scores), "e.one.s" in scores, "s" in scores, scores.get("s")) == (1, True, False, None)
    assert scores["e.one.s"] is scores["e.one.s"]
    assert scores == dict(scores) == decide(engine, 60).scores
    assert scores != decide(engine, 61).scores
    assert repr(scores) == repr(dict(scores))
    with pytest.raises(KeyError):
        scores["s"]
    with pytest.raises(TypeError):
        scores["s"] = scores["e.one.s"]  # type: ignore[index]


def test_a_decision_is_frozen_equal_and_pickles_as_its_data(engine: cc.Engine) -> None:
    decision = decide(engine, 60)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        decision.fired = ()  # type: ignore[misc]
    again = pickle.loads(pickle.dumps(decision))
    assert again == decision == copy.deepcopy(decision)
    assert again.to_json() == decision.to_json()
    assert Decision.from_json(decision.to_json()) == decision
    assert type(again.scores) is type(again.base.bands) is MappingProxyType
    with pytest.raises(TypeError):
        decision.base.values["n"] = 1  # type: ignore[index]
    with pytest.raises(cc.ClientcoreError, match="CC403 this decision was read back"):
        again.why("high")
    assert attrs.evolve(decision, fired=()).fired == ()


PARTS = ("rulesets", "plugins", "scores", "outcomes", "states", "suppressed")


@pytest.mark.parametrize("part", PARTS)
def test_nobody_writes_into_a_decision_nor_so_into_the_next_one(engine: cc.Engine, part: str) -> None:
    """As the ids and hashes of rulesets are the same mapping in every decision of a plan."""
    decision = decide(engine, 60)
    read_back = Decision.from_json(decision.to_json())
    for one in (decision, copy.deepcopy(decision), pickle.loads(pickle.dumps(decision)), read_back):
        with pytest.raises(TypeError):
            getattr(one, part)["x"] = None
        assert getattr(one, part) == dict(getattr(decision, part))
    assert decide(engine, 60) == decision == read_back


def test_the_decision_before_is_read_back_from_json_as_well(engine: cc.Engine) -> None:
    first = decide(engine, 42)
    later = AS_OF + timedelta(days=9)
    for before in (first, Decision.from_json(first.to_json())):
        held = decide(engine, 38, as_of=later, previous=before)
        assert held.scores["e.one.s"].band == "high"  # within the margin
        assert held.base.as_of == AS_OF
    with pytest.raises(cc.FactError, match="CC403 `previous` is of 2026-06-30, later than"):
        decide(engine, 38, as_of=date(2026, 1, 1), previous=first)


def test_an_engine_is_used_by_many_threads_at_once() -> None:
    shared = engine_of([MADE])
    wanted = {n: decide(engine_of([MADE]), n).to_json() for n in range(20)}
    told: dict[int, str] = {}
    threads = [threading.Thread(target=lambda n=n: told.update({n: decide(shared, n).to_json()})) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == wanted


def test_a_copy_of_an_engine_is_the_engine_whatever_became_of_its_files(tmp_path: Path) -> None:
    path = tmp_path / "care.yaml"
    path.write_text(
        "format: clientcore/1\nlanguage: cel-profile/1\nruleset: x.y\nversion: 1.0.0\nsubject: account\ntitle: T\n"
    )
    engine = cc.Engine(rulesets=[path], discover=False)
    path.unlink()
    assert copy.copy(engine) is engine
    assert copy.deepcopy({"engine": engine})["engine"] is engine
    assert repr(engine) == "<Engine 1 ruleset, 0 plugins>"


def test_an_engine_pickles_as_its_configuration(tmp_path: Path) -> None:
    engine = cc.Engine(rulesets=loaded([MADE]), plugins=[], discover=False, doubt_margin=0.3)
    again = pickle.loads(pickle.dumps(engine))
    assert decide(again, 60) == decide(engine, 60)
    path = tmp_path / "gone.yaml"
    path.write_text("format: clientcore/1\n", encoding="utf-8")
    with pytest.raises(cc.RulesetError, match="CC105"):
        cc.Engine(rulesets=[path], discover=False)


def test_errors_refuse_an_engine_all_at_once_and_warnings_do_not() -> None:
    wrong = {**MADE, "rules": [{"id": "a", "when": "nn > 5"}, {"id": "b", "when": "t > 5"}]}
    with pytest.raises(cc.RulesetError) as caught:
        engine_of([wrong])
    assert [problem.code for problem in caught.value.problems] == ["CC201", "CC203"]
    warned = engine_of([{**MADE, "rules": [{"id": "a", "when": "n > 5 || n <= 5 || has(n) || !has(n)"}]}])
    assert {problem.code for problem in warned.warnings} <= {"CC306"}


def test_children_with_one_id_are_one_in_any_order() -> None:
    """Holds: P10."""
    rules = [{"id": "large", "when": "amount > 100"}, {"id": "new", "when": "kind == 'new'"}]
    engine = engine_of([{**HEADER, "ruleset": "e.child", "title": "C", "subject": "opportunity", "rules": rules}])
    records = [
        {"id": "o1", "amount": 500, "kind": "new"},
        {"id": "o1", "amount": 50},
        {"id": "o1", "kind": "old", "recorded_at": AS_OF + timedelta(days=1)},
        {"id": "o2", "amount": 500},
    ]
    for order in (records, records[::-1]):
        made = engine.evaluate_subjects({"id": "a", "opportunities": order}, subject="opportunity", as_of=AS_OF)
        told = {one.subject_id: (one.fired, one.unknown) for one in made}
        # of o1 two records are seen: they differ in the amount, and one of them says the kind
        assert told == {
            "o1": (("e.child/new",), ("e.child/large",)),
            "o2": (("e.child/large",), ("e.child/new",)),
        }


def test_params_are_those_of_a_plan_also_when_it_stands_where_another_one_stood() -> None:
    param = {"range": [0, 9], "unit": "count", "doc": "D", "basis": "ours"}
    rulesets = [
        {
            **HEADER,
            "ruleset": f"e.{name}",
            "title": name,
            "params": {name: {**param, "value": at}},
            "rules": [{"id": "r", "when": f"params.{name} > 1"}],
        }
        for at, name in enumerate(("one", "two"))
    ]
    engine = engine_of(rulesets)
    for name in ("one", "two") * 20:
        plan = make_plan(engine.checked, "account", only=[f"e.{name}/r"])
        assert list(engine.params_of(plan, None)) == [(f"e.{name}", name)]
        assert engine.params_of(plan, None)[f"e.{name}", name] == float(name == "two")
        del plan


def test_threads_that_ask_at_once_share_one_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, together = engine_of([MADE]), threading.Barrier(2, timeout=30)

    def slow(*args: Any, **options: Any) -> Any:
        together.wait()
        return make_plan(*args, **options)

    monkeypatch.setattr("clientcore.answering.make_plan", slow)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: engine.plan(), range(2))
    assert first is second


class Touchy:
    """A value that can't even be compared."""

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    def __ne__(self, other: object) -> bool:
        raise RuntimeError


@pytest.mark.parametrize("value", [Decimal("sNaN"), Touchy(), np.array([1, 2]), np.array([]), {"a": Touchy()}])
def test_a_value_of_any_class_is_a_problem_and_never_raises(engine: cc.Engine, value: Any) -> None:
    handed = decide(engine, value)
    observed = decide(engine, cc.Fact(60.0, observed_at=value))  # type: ignore[arg-type]
    named = engine.evaluate({"id": "a", "name": value, "cases": [{"id": value}]}, facts={"n": 60.0}, as_of=AS_OF)
    for decision in (handed, observed, named):
        assert [problem.code for problem in decision.problems] == ["CC602"]
    assert [one.unknown for one in (handed, observed)] == [("e.one/high", "e.one/named")] * 2
    assert named.fired == ("e.one/high",)
    account = {"id": "a", "cases": [{"id": value}]}
    taken = take(account, Need((), {"cases": ("id",)}), AS_OF)
    assert (taken.tables["cases"], [problem.code for problem in taken.problems]) == ((), ["CC605"])


@pytest.mark.parametrize("when", ["soon", 5, [1]])
def test_a_fact_observed_nobody_knows_when_is_not_seen(engine: cc.Engine, when: Any) -> None:
    decision = decide(engine, cc.Fact(60.0, observed_at=when))  # type: ignore[arg-type]
    assert decision.unknown == ("e.one/high", "e.one/named")
    assert [problem.code for problem in decision.problems] == ["CC602"]
    assert decide(engine, cc.Fact(60.0, observed_at=float("nan"))).fired == ("e.one/high",)  # type: ignore[arg-type]


@pytest.mark.parametrize("inner", [cc.Fact(60.0, source="client_stated"), cc.Fact(None), cc.Fact(cc.Fact(60.0))])
@pytest.mark.parametrize("source", ["client_stated", "inferred"])
def test_a_fact_in_a_fact_is_a_problem_of_that_fact(engine: cc.Engine, inner: cc.Fact, source: str) -> None:
    """Of two sources neither is the one that counts, so that the outer one refuses nothing by its own."""
    decision = decide(engine, cc.Fact(inner, source=source))
    assert decision.unknown == ("e.one/high", "e.one/named")
    assert [str(problem) for problem in decision.problems] == [
        "CC602 fact `n` is a `Fact` whose value is another `Fact`; hand in one, with the value itself"
    ]


@pytest.mark.parametrize("wrong", ["x", None, 5, -0.1, float("nan"), True])
def test_a_margin_of_doubt_is_a_share(wrong: Any) -> None:
    with pytest.raises(cc.FactError, match=r"CC403 `doubt_margin` is .*; give a number from 0 to 1"):
        cc.Engine(rulesets=[], plugins=[], discover=False, doubt_margin=wrong)


def test_what_is_no_name_is_told_as_an_unknown_name(engine: cc.Engine) -> None:
    for wrong, code in (({"profile": "x"}, "CC113"), ({"executor": "x"}, "CC403"), ({"subject": "x"}, "CC403")):
        with pytest.raises(cc.ClientcoreError, match=f"{code} .*`x`"):
            decide(engine, 1.0, **wrong)
    with pytest.raises(cc.FactError, match="CC403 `name` is the number `5`; give the id of a rule"):
        decide(engine, 1.0).why(5)  # type: ignore[arg-type]
    with pytest.raises(cc.FactError, match="CC403 `previous` is the number `5`; hand in a mapping"):
        engine.evaluate_subjects({"id": "a"}, subject="opportunity", as_of=AS_OF, previous=5)  # type: ignore[arg-type]
