"""Books in parts: the same frame, written as it comes, with nothing left behind by a stop."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import attrs
import polars as pl
import pytest

import clientcore as cc
from clientcore.batch import frames
from clientcore.errors import FactError
from clientcore.simulate import simulate_book, write_book

DAY = date(2026, 6, 30)
DECLARES = """\
format: clientcore/1
language: cel-profile/1
ruleset: own.facts
version: 1.0.0
subject: account
title: A fact that is declared
inputs:
  points: {kind: number, unit: points, range: [-100, 100], doc: "Points"}
rules:
  - {id: low, when: points < 40}
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("parts") / "book"
    write_book(simulate_book(23, 5, DAY), folder, "parquet")
    return cc.read_book(folder)


@pytest.fixture(scope="module")
def engine() -> cc.Engine:
    return cc.Engine(plugins=["clientcore_starter", "clientcore_spectrum"], discover=False)


@pytest.mark.parametrize("subject", ["account", "opportunity", "workstream", "organisation"])
@pytest.mark.parametrize("executor", ["columnar", "record"])
def test_parts_make_the_same_frame(book: Any, engine: cc.Engine, subject: str, executor: Any) -> None:
    whole = engine.evaluate_book(book, as_of=DAY, subject=subject, executor=executor)
    for size in (1, 7, 1000):
        parts = engine.evaluate_book(book, as_of=DAY, subject=subject, executor=executor, at_a_time=size)
        assert whole.equals(parts)


@pytest.mark.parametrize("executor", ["columnar", "record"])
def test_a_sink_holds_the_same_rows(book: Any, engine: cc.Engine, tmp_path: Path, executor: Any) -> None:
    path = tmp_path / "out.parquet"
    none = engine.evaluate_book(book, as_of=DAY, executor=executor, sink=path, at_a_time=5)
    whole = engine.evaluate_book(book, as_of=DAY, executor=executor)
    assert pl.read_parquet(path).equals(whole)
    assert (none.height, none.columns) == (0, whole.columns)
    assert [one.name for one in tmp_path.iterdir()] == ["out.parquet"]
    later = engine.evaluate_book(book, as_of=date(2026, 7, 30), executor=executor, previous=path)
    assert later.equals(engine.evaluate_book(book, as_of=date(2026, 7, 30), executor=executor, previous=whole))


@pytest.mark.parametrize("executor", ["columnar", "record"])
def test_a_stop_leaves_nothing_half_written(book: Any, engine: cc.Engine, tmp_path: Path, executor: Any) -> None:
    def stop(done: int, _total: int) -> None:
        if done > 10:
            raise KeyboardInterrupt

    path = tmp_path / "out.parquet"
    path.write_text("what was there before")
    with pytest.raises(KeyboardInterrupt):
        engine.evaluate_book(book, as_of=DAY, executor=executor, sink=path, at_a_time=5, on_progress=stop)
    assert [one.name for one in tmp_path.iterdir()] == ["out.parquet"]
    assert path.read_text() == "what was there before"


def test_progress_ends_with_all(book: Any, engine: cc.Engine) -> None:
    told: list[tuple[int, int]] = []
    engine.evaluate_book(book, as_of=DAY, at_a_time=10, on_progress=lambda done, total: told.append((done, total)))
    assert told == [(10, 23), (20, 23), (23, 23)]


def test_a_part_has_at_least_one_subject(book: Any, engine: cc.Engine) -> None:
    with pytest.raises(FactError, match="CC403 `at_a_time` is the number `0`; give a whole number, 1 or more"):
        engine.evaluate_book(book, as_of=DAY, at_a_time=0)


@pytest.mark.parametrize("subject", ["account", "opportunity", "workstream", "organisation"])
def test_facts_that_nobody_declares_are_told_and_cost_no_second_decision(
    book: Any, subject: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = book.ids()
    facts = pl.DataFrame(
        {
            "account_id": ids[::-1],
            "nonsense": [None if at % 3 else 1.0 for at in range(len(ids))],
            "another": [None if at % 2 else "x" for at in range(len(ids))],
            "another__source": ["client_stated"] * len(ids),
            "points": [900.0 if at == 4 else 30.0 for at in range(len(ids))],
        }
    )
    (tmp_path / "own.yaml").write_text(DECLARES, encoding="utf-8")
    plugins = ["clientcore_starter", "clientcore_spectrum"]
    engine = cc.Engine(rulesets=[tmp_path / "own.yaml"], plugins=plugins, discover=False)
    some = attrs.evolve(book, tables={**book.tables, "facts": facts})
    expected = engine.evaluate_book(some, as_of=DAY, subject=subject, executor="record")
    decided: list[int] = []
    monkeypatch.setattr(frames, "decisions_of", lambda few, *_: decided.append(few.book.count()) or ())
    found = engine.evaluate_book(some.only("account", ids), as_of=DAY, subject=subject)
    assert subject == "organisation" or sum(decided) <= 1
    monkeypatch.undo()
    assert engine.evaluate_book(some, as_of=DAY, subject=subject).equals(expected)
    if subject == "account":
        told = found["error"].drop_nulls()
        assert told.str.contains("CC601 unknown fact `another` handed in").sum() == len(ids[::2])
