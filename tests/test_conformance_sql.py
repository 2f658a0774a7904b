"""Every row of tests/conformance on each database, alone and between other accounts."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

import clientcore as cc
from clientcore.errors import UnsupportedError
from conformance_runner import Row, build, read_rows
from conformance_runner.books import NotCarriedError, answers
from databases import Database

#: Rows about something that a database has no place for: (dialect, row) → the reason.
NOT_CARRIED = {("postgres", "text:27"): "PostgreSQL holds no NUL in a text"}
#: Rows about records without ids, which a database is trusted to have.
NAMELESS = "of several latest without ids"
ROWS = [row for row in read_rows() if not (row.error or row.raises or row.note.startswith(NAMELESS))]


@pytest.mark.parametrize("batch", [False, True], ids=["alone", "batch"])
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_row(database: Database, row: Row, batch: bool, tmp_path: Path) -> None:
    if (database.dialect, row.id) in NOT_CARRIED:
        pytest.skip(NOT_CARRIED[database.dialect, row.id])

    def run(engine: cc.Engine, book: Any, as_of: date, previous: Any, subject: str, profile: str | None) -> Any:
        database.load(book.tables)
        return engine.evaluate_in(
            database.connection, as_of=as_of, previous=previous, subject=subject, profile=profile, lists=True
        )

    engine = build(row, tmp_path)
    try:
        found = [f"step {at}: {difference}" for at, difference in answers(engine, row, batch, run, written=True)]
    except (NotCarriedError, UnsupportedError) as error:
        pytest.skip(str(error))
    assert found == [], row.note
