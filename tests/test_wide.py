"""What is wide must not become deep: long scores run on every engine, and all that is bundled has its text."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

import clientcore as cc

DAY = date(2026, 6, 30)
TERMS = 150
#: Calls within one another that a caller may have used up before he asks for a text.
CALLER = 400


def wide_ruleset(how: str) -> str:
    """Return a ruleset with one score of many terms, each weighed otherwise."""
    numbers = range(TERMS)
    weight = "" if how in {"geometric_mean", "product"} else ", weight: {}"
    terms = [
        f"{{id: t{at}, value: 'f{at} * 1.0', range: [0, 1]{weight.format(at % 7 + 1)}, applies_when: 'f{at} != 0.5'}}"
        for at in numbers
    ]
    rows = [f"{{id: r{at}, when: ['> {at / TERMS}'], then: {{points: {at % 3}}}}}" for at in numbers]
    top = 7 * TERMS if how == "sum" else 1
    return "\n".join(
        [
            "format: clientcore/1",
            "language: cel-profile/1",
            "ruleset: t.wide",
            "version: 1.0.0",
            "subject: account",
            "title: Wide",
            "inputs:",
            *(f"  f{at}: {{kind: number, range: [0, 1], doc: a share}}" for at in numbers),
            "scores:",
            f"  s: {{aggregate: {how}, range: [0, {top}], terms: [{', '.join(terms)}]}}",
            "tables:",
            f"  points: {{hit_policy: collect(sum), inputs: [f0], rows: [{', '.join(rows)}]}}",
        ]
    )


@pytest.mark.parametrize("how", ["weighted_mean", "sum"])
def test_a_score_of_many_terms_is_the_same_everywhere(how: str, tmp_path: Path) -> None:
    (tmp_path / "wide.yaml").write_text(wide_ruleset(how), encoding="utf-8")
    ids = ["full", "gaps", "none"]
    facts = {f"f{at}": [0.25 + (at % 5) / 8, None if at % 4 == 0 else (at % 5) / 8 + 0.25, None] for at in range(TERMS)}
    (tmp_path / "book").mkdir()
    tables = {
        "accounts": pl.DataFrame({"id": ids}),
        "facts": pl.DataFrame({"account_id": ids, **facts}, schema_overrides=dict.fromkeys(facts, pl.Float64)),
    }
    database = duckdb.connect()
    for name, table in tables.items():
        table.write_parquet(tmp_path / "book" / f"{name}.parquet")
        database.sql(f"CREATE TABLE {name} AS FROM '{tmp_path / 'book' / name}.parquet'")
    engine = cc.Engine(rulesets=[tmp_path / "wide.yaml"], discover=False)
    book = cc.read_book(tmp_path / "book")
    by_columns = engine.evaluate_book(book, as_of=DAY)
    assert by_columns.equals(engine.evaluate_book(book, as_of=DAY, executor="record"))
    assert by_columns.drop("error").equals(engine.evaluate_in(database, as_of=DAY).drop("error"))
    assert by_columns["t_wide_s"].is_not_null().to_list() == [True, False, False]


@pytest.mark.parametrize("dialect", ["postgres", "duckdb", "spark"])
def test_everything_bundled_can_be_written_from_within_a_deep_program(dialect: str) -> None:
    engine = cc.Engine()
    most = sys.getrecursionlimit()
    sys.setrecursionlimit(_depth() + most - CALLER)
    try:
        assert "SELECT" in engine.to_sql(dialect)
    finally:
        sys.setrecursionlimit(most)


def _depth() -> int:
    frame, depth = sys._getframe(), 0
    while frame.f_back is not None:
        frame, depth = frame.f_back, depth + 1
    return depth
