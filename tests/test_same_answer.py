"""One ruleset, one meaning: rulesets, books and histories that Hypothesis invents give the same frame everywhere."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, note, reject, settings
from hypothesis import strategies as st

import clientcore as cc
from built import engine_of
from clientcore.errors import UnsupportedError
from clientcore.simulate import simulate_book, write_book
from durable_rules import DURABLE, require_durable
from same_answer import book_of, books_of, by, differences
from strategies import AS_OF, INPUTS, accounts, facts
from strategies_children import World, worlds
from strategies_rulesets import carried_by_books, ruleset_pairs

KINDS = {name: spec["kind"] for name, spec in INPUTS.items()}
SLOW = settings(suppress_health_check=list(HealthCheck), max_examples=60)


@SLOW
@given(st.data(), ruleset_pairs(happens=True))
def test_any_book(data: st.DataObject, pair: list[dict[str, Any]]) -> None:
    engine = engine_of(carried_by_books(pair))
    day, previous = AS_OF, None
    for _ in range(3):
        many = data.draw(st.integers(1, 4))
        own = [{**data.draw(accounts), "id": f"a{at}"} for at in range(many)]
        book = book_of(own, [data.draw(facts()) for _ in own], KINDS)
        try:
            found = by("columnar")(engine, book, day, previous, "account")
        except UnsupportedError:
            reject()
        expected = by("record")(engine, book, day, previous, "account")
        note(f"{day} {own}")
        assert list(differences(expected, found)) == []
        previous = expected
        day += timedelta(days=data.draw(st.sampled_from([0, 1, 5, 10])))


@SLOW
@given(worlds(), st.sampled_from([0, 1, 5, 10]))
def test_any_other_subject(world: World, later: int) -> None:
    kind, pair, some, handed = world
    engine, previous = engine_of(pair), None
    for day, book in books_of(some, handed, [AS_OF, AS_OF + timedelta(days=later)], KINDS, kind):
        try:
            found = by("columnar")(engine, book, day, previous, kind)
        except UnsupportedError:
            reject()
        expected = by("record")(engine, book, day, previous, kind)
        assert list(differences(expected, found)) == []
        previous = expected


@SLOW
@given(st.data(), ruleset_pairs())
def test_rules_answered_by_durable_rules(data: st.DataObject, pair: list[dict[str, Any]]) -> None:
    require_durable()
    engine = engine_of(pair)
    day, previous = AS_OF, None
    for _ in range(3):
        account, given_ = data.draw(accounts), data.draw(facts())
        options: dict[str, Any] = {"as_of": day, "facts": given_, "previous": previous}
        expected = engine.evaluate(account, **options)
        try:
            found = engine.evaluate(account, **options, executor="durable")
        except UnsupportedError:
            reject()
        assert found == expected
        previous = expected
        day += timedelta(days=data.draw(st.sampled_from([0, 1, 5, 10])))


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("book")
    write_book(simulate_book(120, 11, date(2026, 6, 30)), folder / "book", "parquet")
    return cc.read_book(folder / "book")


@pytest.mark.parametrize("subject", ["account", "opportunity", "workstream", "organisation"])
def test_bundled_rulesets_on_a_simulated_book(simulated: Any, subject: str) -> None:
    engine, day = cc.Engine(), date(2026, 6, 30)
    executors = ["record", "columnar", *(["durable"] if DURABLE else [])]
    frames: dict[str, pl.DataFrame | None] = dict.fromkeys(executors)
    for later in (0, 30):
        for executor, previous in frames.items():
            frames[executor] = engine.evaluate_book(
                simulated, as_of=day + timedelta(days=later), previous=previous, subject=subject, executor=executor
            )
        expected = frames["record"]
        assert expected is not None
        for found in frames.values():
            assert found is not None
            assert list(differences(expected, found)) == []
