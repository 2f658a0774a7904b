"""What a newcomer writes first: arguments that do not fit are refused with the right ones, and a decision prints."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import clientcore as cc
from clientcore.errors import did_you_mean

DAY = date(2026, 6, 30)
RULES = """\
format: clientcore/1
language: cel-profile/1
ruleset: own.care
version: 1.0.0
subject: account
title: Care
inputs: {calls: {kind: number, unit: count, range: [0, 99], doc: calls in the month}}
rules:
  - {id: silent, when: calls < 1, effect: {finding: {severity: high, actions: [call]}}}
scores: {warmth: {aggregate: sum, range: [0, 10], terms: [{id: calls, value: calls, range: [0, 10]}]}}
actions: {call: {title: Call the client}}
"""
EMPTY = cc.Engine(discover=False)


@pytest.fixture(scope="module")
def bundled_engine() -> cc.Engine:
    return cc.Engine()


def engine(tmp_path: Path) -> cc.Engine:
    path = tmp_path / "own.yaml"
    path.write_text(RULES)
    return cc.Engine(rulesets=[path], discover=False)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: cc.Engine(rulesets="a.yaml"), "`rulesets` is the text `a.yaml`; hand in a list: rulesets=['a.yaml']"),
        (lambda: cc.Engine(rulesets=Path("a.yaml")), "hand in a list: rulesets=['a.yaml']"),  # type: ignore[arg-type]
        (lambda: cc.Engine(rulesets=3), "`rulesets` is the number `3`; hand in a list of files"),  # type: ignore[arg-type]
        (lambda: cc.Engine(rulesets=[3]), "`rulesets` holds the number `3`; it takes files"),  # type: ignore[list-item]
        (lambda: cc.Engine(profiles="a.yaml"), "hand in a list: profiles=['a.yaml']"),
        (lambda: cc.Engine(person_facts="mood"), "hand in a list: person_facts=['mood']"),
        (lambda: EMPTY.evaluate_book("book", as_of=DAY), "hand in what `read_book('book')` gives"),  # type: ignore[arg-type]
        (lambda: EMPTY.evaluate_book({"id": "a"}, as_of=DAY), "`book` is a record"),  # type: ignore[arg-type]
        (lambda: EMPTY.evaluate_book("book", as_of="2026"), "`as_of` is the text `2026`; give a day"),  # type: ignore[arg-type]
        (lambda: EMPTY.evaluate({"id": "a"}, as_of=DAY, only="own.*"), "hand in a list: only=['own.*']"),
        (lambda: EMPTY.evaluate({"id": "a"}, as_of=DAY, facts=[1]), "`facts` is a list; hand in a mapping"),  # type: ignore[arg-type]
        (lambda: EMPTY.evaluate({"id": "a"}, as_of=DAY, previous="x"), "`previous` is the text `x`"),  # type: ignore[arg-type]
        (
            lambda: EMPTY.evaluate({"id": "a"}, as_of=DAY, previous=EMPTY.evaluate({"id": 7}, as_of=DAY)),
            "`previous` is about account `7`, and this is account `a`",
        ),
        (
            lambda: EMPTY.evaluate_subjects(
                {"id": "a", "opportunities": [{"id": "o"}]},
                subject="opportunity",
                as_of=DAY,
                previous={"o": EMPTY.evaluate({"id": "o"}, as_of=DAY)},
            ),
            "`previous` is about account `o`, and this is opportunity `o`",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_what_would(call: Callable[[], Any], told: str) -> None:
    with pytest.raises(cc.ClientcoreError) as raised:
        call()
    assert told in str(raised.value)
    assert str(raised.value).startswith("CC403 ")


@pytest.mark.parametrize("account", [{"name": "x"}, {"name": "x", "nmae": "y"}, {"id": "", "name": "x"}])
def test_an_account_without_an_id_is_told(account: dict[str, str]) -> None:
    """Also where something else is wrong with it."""
    decision = EMPTY.evaluate(account, as_of=DAY)
    assert decision.subject_id == ""
    assert [problem.code for problem in decision.problems].count("CC605") == 1


def test_a_decision_prints_in_a_few_lines(tmp_path: Path) -> None:
    decision = engine(tmp_path).evaluate({"id": "acme"}, facts={"calls": 0, "cals": 1}, as_of=DAY)
    first = "account acme, as of 2026-06-30: 1 finding, 1 action, 1 score, 1 rule holds, 0 unknown, 1 problem"
    assert str(decision).splitlines()[:3] == [first, "  high: own.care/silent", "  recommended: Call the client"]
    assert repr(decision) == f"<Decision {first}>"


def test_what_is_not_settled_is_counted(tmp_path: Path) -> None:
    text = str(engine(tmp_path).evaluate({"id": "acme"}, as_of=DAY))
    assert "1 score (1 not settled), 0 rules hold, 1 unknown" in text


def test_a_pickled_engine_decides_the_same(tmp_path: Path) -> None:
    built = engine(tmp_path)
    again = pickle.loads(pickle.dumps(built))
    assert isinstance(again, cc.Engine)
    options: dict[str, Any] = {"facts": {"calls": 2}, "as_of": DAY}
    assert again.evaluate({"id": "acme"}, **options) == built.evaluate({"id": "acme"}, **options)


def test_a_pickled_engine_finds_its_files_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own.yaml").write_text(
        "format: clientcore/1\nlanguage: cel-profile/1\nruleset: own.rules\nversion: 1.0.0\nsubject: account\n"
        "title: Own\nrules: [{id: large, when: employees > 10}]\n",
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    packed = pickle.dumps(cc.Engine(rulesets=["own.yaml"], plugins=[], discover=False))
    monkeypatch.chdir(tmp_path.parent)
    assert pickle.loads(packed).evaluate({"id": "a", "employees": 12}, as_of=DAY).fired == ("own.rules/large",)


def test_where_there_is_nothing_to_choose_from_no_semicolon_is_left() -> None:
    decision = EMPTY.evaluate({"id": "a"}, as_of=DAY)
    with pytest.raises(cc.ClientcoreError) as raised:
        decision.why("industry")
    assert str(raised.value) == "CC403 nothing is called `industry`"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("startr", "did you mean `starter.*`?"),
        ("Starter.*", "did you mean `starter.*`?"),
        ("spectr", "did you mean `spectrum.*`?"),
        ("single_thread", "did you mean `starter.account/single_threaded`?"),
        ("starter.acount", "did you mean `starter.account`?"),
        ("no_such_thing", "one of: culture.*, health.*, "),
    ],
)
def test_what_only_misses_is_told_with_what_begins_like_it(bundled_engine: cc.Engine, name: str, told: str) -> None:
    with pytest.raises(cc.ClientcoreError) as raised:
        bundled_engine.evaluate({"id": "a"}, as_of=DAY, only=[name])
    message = f"CC403 `only` names `{name}`, which no ruleset of this subject has; {told}"
    assert str(raised.value).startswith(message)


def test_all_that_only_misses_is_told_at_once() -> None:
    with pytest.raises(cc.ClientcoreError) as raised:
        EMPTY.evaluate({"id": "a"}, as_of=DAY, only=["a.b", "c.d"])
    assert str(raised.value).splitlines() == [
        f"CC403 `only` names `{name}`, which no ruleset of this subject has" for name in ("a.b", "c.d")
    ]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("revnue", "did you mean `revenue`?"),
        ("REVENUE", "did you mean `revenue`?"),
        ("int", "did you mean one of: `interactions`, `interval_days`?"),
        ("intreval", "did you mean `interval_days`?"),
        ("in", "one of: interactions, interval_days, revenue"),  # two letters tell nothing
        ("val_days", "did you mean `interval_days`?"),
        ("xevenues_last_year", "one of: interactions, interval_days, revenue"),
    ],
)
def test_a_near_name_is_told_or_those_that_begin_like_it(name: str, told: str) -> None:
    assert did_you_mean(name, ["revenue", "interval_days", "interactions"]) == told


def test_of_many_that_begin_alike_some_are_told() -> None:
    told = did_you_mean("calls", [f"calls_of_the_{month}_month" for month in range(9)])
    assert told.startswith("did you mean one of: `calls_of_the_0_month`, ")
    assert told.endswith("`calls_of_the_3_month`, ... and 5 more?")
