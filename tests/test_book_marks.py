"""What stands beside handed-in facts and can't be read is told; a day that nobody can read is not taken for none."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Literal

import polars as pl
import pytest

import clientcore as cc
from built import engine_of
from clientcore.book import read_book
from databases import Database
from strategies_rulesets import HEADER

DAY = date(2026, 6, 30)
RULESET: dict[str, Any] = {
    **HEADER,
    "ruleset": "t.f",
    "title": "F",
    "inputs": {"nps": {"kind": "number", "range": [-100, 100]}},
    "rules": [{"id": "low", "when": "nps < 0"}],
}
FACTS = """\
account_id,nps,nps__source,nps__observed_at,nps__n,nps__applicable,other__observed_at
a,-5,client_stated,2026-01-01,x,,soon
b,-5,client_stated,01.01.2026,,,
c,-5,client_stated,,,no,
d,-5,,2026-07-01,,false,
e,-5,,infinity,2.0,,
"""


def book_of(folder: Path) -> cc.Book:
    (folder / "accounts.csv").write_text("id\n" + "\n".join("abcde") + "\n")
    (folder / "facts.csv").write_text(FACTS)
    return read_book(folder)


def test_cells_beside_facts_are_told(tmp_path: Path) -> None:
    unseen = "not a day, as YYYY-MM-DD; nobody knows whether the fact is seen yet, so it is missing"
    assert book_of(tmp_path).rejects.select("table", "row", "column", "value", "code", "message").rows() == [
        ("facts", 2, "nps__n", "x", "CC602", "not a whole number, 0 or more"),
        ("facts", 3, "nps__observed_at", "01.01.2026", "CC602", unseen),
        ("facts", 4, "nps__applicable", "no", "CC602", "not true or false"),
        ("facts", 6, "nps__observed_at", "infinity", "CC602", unseen),
    ]


@pytest.mark.parametrize("executor", ["columnar", "record"])
def test_a_day_that_nobody_can_read_is_not_taken_for_none(
    tmp_path: Path, executor: Literal["columnar", "record"]
) -> None:
    """As it is for one account, where the fact is missing too."""
    engine = engine_of([RULESET])
    frame = engine.evaluate_book(book_of(tmp_path), as_of=DAY, executor=executor)
    assert frame["t_f__low"].to_list() == [True, None, True, None, None]
    alone = engine.evaluate({"id": "b"}, facts={"nps": cc.Fact(-5, observed_at="01.01.2026")}, as_of=DAY)  # type: ignore[arg-type]
    assert alone.unknown == ("t.f/low",)


def test_a_list_beside_a_day_that_nobody_can_read(tmp_path: Path) -> None:
    pl.DataFrame({"id": ["a", "b"]}).write_parquet(tmp_path / "accounts.parquet")
    facts = {"account_id": ["a", "b"], "tags": [["x"], ["y"]], "tags__observed_at": ["2026-01-01", "soon"]}
    pl.DataFrame(facts).write_parquet(tmp_path / "facts.parquet")
    found = read_book(tmp_path).facts
    assert found is not None
    assert found["tags"].to_list() == [["x"], None]


@pytest.mark.parametrize("typed", [False, True])
def test_nor_does_a_database_take_it_for_none(database: Database, typed: bool) -> None:
    engine = engine_of([RULESET])
    days = pl.Series(["2026-01-01", "01.01.2026", "", None, "2026-07-01"])
    seen = [True, None, True, True, None]
    if typed:
        days, seen = pl.Series([1, 2, None, 4, 5]), [None, None, True, None, None]  # a number is no day at all
    facts = pl.DataFrame({"account_id": list("abcde"), "nps": [-5.0] * 5, "nps__observed_at": days})
    database.load({"accounts": pl.DataFrame({"id": list("abcde")}), "facts": facts})
    told: list[str] = []
    found = engine.evaluate_in(database.connection, as_of=DAY, on_problem=lambda problem: told.append(problem.code))
    assert found["t_f__low"].to_list() == seen
    assert told == ["CC602"]
