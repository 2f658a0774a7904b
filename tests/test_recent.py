"""What an engine keeps of what it made: bounded, and the same answer whether it is kept or made again."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import clientcore as cc
from clientcore.recent import Recent
from clientcore.ruleset import Profile

DAY = date(2026, 6, 30)
RULESET = """\
format: clientcore/1
language: cel-profile/1
ruleset: a
version: 1.0.0
subject: account
title: A
params: {least: {value: 2}}
inputs: {n: {kind: number}}
rules:
"""


@given(st.lists(st.integers(0, 12), max_size=80), st.integers(1, 6))
def test_what_is_kept_is_bounded_and_holds_the_last_ones(asked: list[int], most: int) -> None:
    recent, made = Recent[int, str](most), 0
    for number in asked:
        if recent.get(number) is None:
            made += 1
            assert recent.keep(number, f"made {number}") == f"made {number}"
    last = list(dict.fromkeys(reversed(asked)))[:most]

    assert len(recent) <= 2 * most
    assert [recent.get(number) for number in sorted(last)] == [f"made {number}" for number in sorted(last)]
    assert made <= len(asked)


def test_what_was_first_is_kept() -> None:
    recent = Recent[str, list[int]](2)

    assert recent.keep("a", first := [1]) is first
    assert recent.keep("a", [1]) is first


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recent") / "a.yaml"
    path.write_text(RULESET + "".join(f"  - {{id: r{at}, when: n > params.least + {at}}}\n" for at in range(100)))
    return path


def test_ever_new_lists_of_rules_leave_nothing_behind(rules: Path) -> None:
    engine = cc.Engine(rulesets=[rules], plugins=[], discover=False)
    first = engine.evaluate({"id": "x"}, facts={"n": 3}, as_of=DAY, only=["a/r0"])
    for at in range(100):
        decision = engine.evaluate({"id": "x"}, facts={"n": 50}, as_of=DAY, only=[f"a/r{at}"])
        assert decision.fired == ((f"a/r{at}",) if at < 48 else ())

    assert len(engine._executors) <= 64
    assert len(engine._params._made) <= 64
    assert engine.evaluate({"id": "x"}, facts={"n": 3}, as_of=DAY, only=["a/r0"]) == first
    assert str(first.why("r0"))


def test_ever_new_lists_of_rules_leave_no_programs_behind(rules: Path, tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("id\nx\n")
    (tmp_path / "facts.csv").write_text("account_id,n\nx,50\n")
    book = cc.read_book(tmp_path)
    engine = cc.Engine(rulesets=[rules], plugins=[], discover=False)
    for at in range(0, 100, 3):
        only = [f"a/r{at}", f"a/r{(at * 7) % 100}"]
        assert engine.evaluate_book(book, as_of=DAY, only=only)[f"a__r{at}"].to_list() == [at < 48]

    assert len(engine.programs) <= 128


def test_many_profiles_are_not_all_kept(rules: Path) -> None:
    profiles = [Profile(f"p{at}", {"a": {"least": at}}) for at in range(3000)]
    engine = cc.Engine(rulesets=[rules], plugins=[], discover=False, profiles=profiles)
    for at in (*range(3000), 0):
        decision = engine.evaluate({"id": "x"}, facts={"n": 10}, as_of=DAY, profile=f"p{at}", only=["a/r0"])
        assert decision.fired == (("a/r0",) if at < 10 else ())

    _, kept = next(iter(engine._params._made._new.values()))
    assert len(kept) <= 2048
