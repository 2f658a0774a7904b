"""An invented book tells nothing of the future: a back-test sees what was written by its day, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

import clientcore as cc
from clientcore.entities import ENTITIES
from clientcore.simulate import COLUMNS, SimulatedBook, simulate_book, write_book
from clientcore.simulate.recording import WRITTEN

pytest.importorskip("polars")
DAY = date(2026, 6, 30)
#: What a row tells of how a matter ended → the day on which it ended; the row is not older than that.
ENDINGS = {
    "cases": ({"is_closed", "is_resolved", "satisfaction", "courtesy"}, "closed_at"),
    "mutual_goals": ({"credited_to", "result"}, "achieved_on"),
    "opportunities": ({"is_closed", "is_won", "stage", "stage_rank"}, "closed_on"),
    "survey_responses": ({"value"}, "responded_on"),
}


@pytest.fixture(scope="module")
def book() -> SimulatedBook:
    return simulate_book(60, seed=13, as_of=DAY)


def day_of(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


def test_every_row_that_is_not_an_account_has_a_day(book: SimulatedBook) -> None:
    undated = [
        (table, row["id"])
        for table, rows in book.tables.items()
        for row in rows
        if table not in {"accounts", "organisations", "facts"}
        and row.get("recorded_at") is None
        and row.get("occurred_on") is None
    ]
    assert undated == []
    written = [row["recorded_at"] for table in WRITTEN for row in book.tables[table]]
    assert max(written).date() <= DAY
    assert min(written).date() < DAY - timedelta(days=700)


@pytest.mark.parametrize("table", ENDINGS)
def test_how_a_matter_ended_is_not_told_before_it_did(book: SimulatedBook, table: str) -> None:
    columns, ended = ENDINGS[table]
    assert columns <= set(COLUMNS[table])
    rows = [row for row in book.tables[table] if row[ended] is not None]
    assert rows
    assert [row["id"] for row in rows if day_of(row["recorded_at"]) < day_of(row[ended])] == []


@pytest.fixture(scope="module")
def whole(book: SimulatedBook, tmp_path_factory: pytest.TempPathFactory) -> tuple[cc.Engine, cc.Book]:
    folder = tmp_path_factory.mktemp("history") / "book"
    write_book(book, folder, "parquet")
    return cc.Engine(), cc.read_book(folder)


@pytest.mark.parametrize("back", [45, 200, 500])
def test_a_back_test_is_the_book_cut_to_what_was_written_by_then(
    tmp_path: Path, book: SimulatedBook, whole: tuple[cc.Engine, cc.Book], back: int
) -> None:
    """What came later changes nothing.

    Holds: P8
    """
    then = DAY - timedelta(days=back)
    write_book(attrs.evolve(book, tables=dict(cut(book, then))), tmp_path / "cut", "parquet")
    engine, read = whole
    seen, told = (engine.evaluate_book(one, as_of=then) for one in (read, cc.read_book(tmp_path / "cut")))
    assert seen.columns == told.columns
    # `error` tells besides which handed-in facts came later
    assert [name for name in seen.columns if name != "error" and not seen[name].equals(told[name])] == []


def cut(book: SimulatedBook, then: date) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for table, rows in book.tables.items():
        if table == "facts":
            yield table, [unseen_facts(row, then) for row in rows]
            continue
        happened = [name for name in COLUMNS[table] if ENTITIES[table].fields[name].role == "happened"]
        kept = [row for row in rows if not later(row.get("recorded_at") or row.get("occurred_on"), then)]
        yield table, [row | {name: None for name in happened if later(row[name], then)} for row in kept]


def unseen_facts(row: dict[str, Any], then: date) -> dict[str, Any]:
    later_ones = {
        name.removesuffix("__observed_at")
        for name, value in row.items()
        if name.endswith("__observed_at") and later(value, then)
    }
    return {name: None if name.partition("__")[0] in later_ones else value for name, value in row.items()}


def later(value: date | datetime | None, then: date) -> bool:
    return value is not None and day_of(value) > then
