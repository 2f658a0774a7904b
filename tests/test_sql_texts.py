"""Text in a database is the value that a book reads in it, and missing where a book reads none."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from built import engine_of
from clientcore.book import Book, read_book
from clientcore.book.assembly import assemble
from clientcore.book.columns import convert_as
from clientcore.book.files import Raw
from clientcore.book.notes import Notes
from clientcore.errors import BookError, Problem
from clientcore.executors.sql import DIALECTS, Given, select_of
from clientcore.relational import Builder, Frame, Program, Source, staged
from databases import Database

AS_OF = date(2026, 6, 30)
MOMENTS = (
    "2026-01-31", " 2026-01-31 ", "\t2026-01-31\n", "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31",
    "2026-01-31T23:59:60", "2026-01-31 23:30-05", "2026-01-31 23:30 -0500", "2026-01-31T23:30:00,5Z",
    "2026-01-31 10:00 UTC", "2026-01-31T10:00:00.1234567Z", "2026-01-31T00:10+00:30", "2026-01-31T23:30-99:99",
    "1969-12-31T23:59:59.5Z", "1600-03-01T12:00:00+14:00",
    "2026-1-31", "0000-01-01", "2026-02-29", "1900-02-29", "2026-04-31", "2026-13-01", "2026-01-31T24:00:00",
    "2026-01-31T10:60:00", "2026-01-31T10", "20260131", "2026-01-31x", "2026-01-31T10:00:00Zz", "31.01.2026",
    "0001-01-01T00:00+05:00", "9999-12-31T23:59-01:00", "tomorrow", "now", "infinity", "epoch", "", " ",
)  # fmt: skip
NUMBERS = (
    "1", " 5 ", ".5", "5.", "+3", "-0", "1e5", "1E+5", "0.1", "123456789.123456789", "1e18", "-1e18", "1e-18",
    "1e19", "1e-19", "1e999", "1e-400", "-1e-400", "1" * 400, "0x1A", "1_000", "1,5", "NaN", "inf", "Infinity",
    "many", "", " ", "1 2", "1e", "e5", ".", "--1",
)  # fmt: skip
TRUTHS = ("true", "TRUE ", " fAlse", "1", " 0", "yes", "f", "on", "2", "", "truex")
TEXTS = {"day": MOMENTS, "instant": MOMENTS, "number": NUMBERS, "boolean": TRUTHS}


def read(database: Database, kind: str, values: pl.Series, type_: str) -> list[Any]:
    """Return what a statement reads in a column of a table that stands beside a book's."""
    frame = pl.DataFrame({"id": [f"{at:04}" for at in range(len(values))], "x": values})
    database.load({"accounts": frame})
    made = Builder("main")
    sources = (Source("main", "id", "id", "text"), Source("main", "x", "x", kind))
    made.frames["main"] = Frame(name="main", table="accounts", sources=sources)
    shown = {"id": ("id", "text"), "x": ("x", "number")}
    program = Program(subject="account", main="main", frames=made.frames, stages=staged(made.made), outputs=shown)
    tables = {"accounts": {"id": "text", "x": type_}}
    statement = select_of(program, Given(dialect=DIALECTS[database.dialect], as_of=AS_OF, tables=tables))
    return [row[1] for row in sorted(database.rows(statement.sql(dialect=database.dialect)))]


def as_book(kind: str, values: pl.Series) -> list[Any]:
    """Return what a book reads, days and instants as the whole numbers that a statement has."""
    found = convert_as(kind, values, "UTC").values
    return (found.to_physical() if kind in {"day", "instant"} else found).to_list()


@pytest.mark.parametrize("kind", TEXTS)
def test_texts(database: Database, kind: str) -> None:
    values = pl.Series([*TEXTS[kind], None], dtype=pl.String)
    assert told(values, read(database, kind, values, "text")) == told(values, as_book(kind, values))


def told(values: Sequence[Any], found: Sequence[Any]) -> list[tuple[Any, str]]:
    return [(value, repr(one)) for value, one in zip(values, found, strict=True)]


def test_whole_numbers_as_truths(database: Database) -> None:
    values = pl.Series([0, 1, 2, -1, None], dtype=pl.Int64)
    assert read(database, "boolean", values, "bigint") == [False, True, None, None, None]
    assert read(database, "boolean", values.cast(pl.Float64), "double") == [None] * 5
    assert read(database, "number", values.cast(pl.Boolean), "boolean") == [None] * 5


@pytest.mark.parametrize(
    ("dtype", "type_"),
    [(pl.Float64(), "double"), (pl.Boolean(), "boolean"), (pl.Date(), "date"), (pl.Int64(), "bigint"),
     (pl.Decimal(10, 2), "decimal(10,2)"), (pl.Decimal(10, 0), "decimal(10,0)")],
)  # fmt: skip
def test_what_is_no_text(database: Database, dtype: pl.DataType, type_: str) -> None:
    values = pl.Series([7, 0, 1, None], dtype=pl.Int64).cast(dtype)
    assert read(database, "text", values, type_) == as_book("text", values)


ZONES = st.one_of(st.sampled_from(["", "Z", " UTC", "-05", "+0530"]), st.from_regex(r"\A[ ]?[+-][0-9]{2}:[0-9]{2}\Z"))
FRACTIONS = st.from_regex(r"\A([.,][0-9]{1,9})?\Z")


WHOLE = st.datetimes().map(lambda at: at.replace(microsecond=0).isoformat())


def written(at: str, cut: int, fraction: str, zone: str) -> str:
    return f"{at[:cut]}{fraction if cut == len(at) else ''}{zone}"


@given(
    st.lists(st.builds(written, WHOLE, st.sampled_from([10, 16, 19]), FRACTIONS, ZONES), min_size=1, max_size=20),
    st.sampled_from(["day", "instant"]),
)
def test_any_moment(texts: list[str], kind: str) -> None:
    class Memory:
        dialect = "duckdb"
        connection = duckdb.connect()

        def load(self, tables: dict[str, pl.DataFrame]) -> None:
            self.connection.register("accounts", tables["accounts"].to_arrow())

        def rows(self, text: str) -> list[tuple[Any, ...]]:
            return self.connection.execute(text).fetchall()

        def close(self) -> None:
            self.connection.close()

    values = pl.Series(texts, dtype=pl.String)
    assert told(values, read(Memory(), kind, values, "varchar")) == told(values, as_book(kind, values))


def test_facts_and_tables_of_texts_are_those_of_a_book(database: Database) -> None:
    """The columns of a file as it is: every one is text; what is none of its kind is missing, in either."""
    head = {"format": "clientcore/1", "language": "cel-profile/1", "ruleset": "t.r", "version": "1.0.0"}
    rules = ["has(nps)", "has(since) && since < as_of", "employees > 10.0", "cases.exists(c, c.is_escalated)",
             "cases.exists(c, c.opened_at < instant('2026-06-01T00:00:00Z'))"]  # fmt: skip
    rules = [{"id": f"r{at}", "when": rule} for at, rule in enumerate(rules)]
    inputs = {"nps": {"kind": "text"}, "since": {"kind": "day"}}
    engine = engine_of([{**head, "subject": "account", "title": "t", "inputs": inputs, "rules": rules}])
    raws = {
        "accounts": {"id": ["a", "b", "c", "d"], "employees": ["12", " 9", "many", ""]},
        "cases": {
            "id": ["1", "2", "3"],
            "account_id": ["a", "b", "c"],
            "is_escalated": ["1", "false", "yes"],
            "opened_at": ["2026-05-31T22:00:00-05:00", "2026-05-31 12:00", "yesterday"],
        },
        "facts": {
            "account_id": ["a", "b", "c", "d"],
            "nps": ["x", "x", "x", "x"],
            "nps__observed_at": ["2026-06-30", "2026-07-01", "later", "2026-06-30T23:00:00-05:00"],
            "nps__applicable": ["true", "1", "0", ""],
            "since": ["2026-06-29", "2026-06-29T23:00:00-05:00", "tomorrow", "2020-02-30"],
        },
    }
    tables = {name: pl.DataFrame(columns) for name, columns in raws.items()}
    numbers = pl.Series(range(1, 5), dtype=pl.Int64)
    files = {name: Raw(frame, numbers[: frame.height], f"{name}.csv") for name, frame in tables.items()}
    notes = Notes()
    made, _ = assemble(files, "UTC", "", notes)
    by_book = engine.evaluate_book(Book(Path("book"), made, notes.rejects()), as_of=AS_OF).sort("account_id")
    database.load(tables)
    found = engine.evaluate_in(database.connection, as_of=AS_OF)
    assert found.drop("error", "_base").rows() == by_book.drop("error", "_base").rows()
    assert found["t_r__r0"].to_list() == [True, False, False, False]
    assert found["t_r__r3"].to_list() == [True, False, None, False]


HEAD = {"format": "clientcore/1", "language": "cel-profile/1", "ruleset": "t.r", "version": "1.0.0"}
#: Column of facts as text → the kind that is wanted, what stands there, and for how many accounts it is there.
CELLS = {
    "numbers": ("number", [" 12", ".5", None, "1e3"], 3),
    "beyond": ("number", ["1e19", "3", "1e400", ""], 1),
    "words": ("number", ["12", "n/a", "7", " "], 2),
    "truths": ("boolean", ["true", " FALSE", "0", None], 3),
    "zeros": ("boolean", ["1", "0", "", None], 2),
    "yes": ("boolean", ["true", "yes", "0", None], 2),
    "days": ("day", ["2026-06-01", "soon", "later", ""], 1),
    "nothing": ("number", [None, "", None, " "], 0),
}


def test_facts_of_texts_are_read_cell_by_cell(database: Database) -> None:
    """As their kind, as a book reads them; what is not read is told and counted."""
    inputs = {name: {"kind": kind} for name, (kind, _, _) in CELLS.items()}
    rules = [{"id": name, "when": f"has({name})"} for name in CELLS]
    rules += [{"id": f"{name}_true", "when": f"{name} == true"} for name in ("truths", "zeros", "yes")]
    rules += [{"id": f"{name}_more", "when": f"{name} > 1.0"} for name in ("numbers", "beyond", "words")]
    engine = engine_of([{**HEAD, "subject": "account", "title": "t", "inputs": inputs, "rules": rules}])
    ids = {"account_id": ["a", "b", "c", "d"]}
    raw = pl.DataFrame({**ids, **{name: pl.Series(cells, dtype=pl.String) for name, (_, cells, _) in CELLS.items()}})
    accounts = pl.DataFrame({"id": ids["account_id"], "employees": [1.0, None, None, None]})
    numbers, notes = pl.Series(range(1, 5), dtype=pl.Int64), Notes()
    files = {"accounts": Raw(accounts, numbers, "accounts.csv"), "facts": Raw(raw, numbers, "facts.csv")}
    made, _ = assemble(files, "UTC", "", notes)
    by_book = engine.evaluate_book(Book(Path("book"), made, notes.rejects()), as_of=AS_OF).sort("account_id")
    assert {name: by_book[f"t_r__{name}"].sum() for name in CELLS} == {
        name: held for name, (_, _, held) in CELLS.items()
    }
    database.load({"accounts": accounts, "facts": raw})
    problems: list[Problem] = []
    found = engine.evaluate_in(database.connection, as_of=AS_OF, on_problem=problems.append)
    assert found.drop("error", "_base").rows() == by_book.drop("error", "_base").rows()
    assert sorted(map(str, problems)) == [
        "warning CC602 `facts`: 1 cell of `words` is no number and missing; `n/a` for one; make it a number",
        "warning CC602 `facts`: 1 cell of `yes` is no truth value and missing; `yes` for one; make it true or false",
        "warning CC602 `facts`: 2 cells of `days` are no day and missing; `later` for one; "
        "make it a day, as YYYY-MM-DD",
        "warning CC603 `facts`: 2 cells of `beyond` are not a number from -1e+18 to 1e+18 and missing; `1e19` for one; "
        "make it a number from -1e+18 to 1e+18",
    ]


def test_numbers_outside_a_field_are_told(database: Database) -> None:
    """As a book tells them, cell by cell: of whole numbers, fractions and texts; NaN is nothing, infinity too large."""
    rules = [
        "employees > 10.0",
        "interactions.exists(i, i.sentiment > 0.5)",
        "n > 1.0",
        "orders.exists(o, o.amount > 1.0)",
    ]
    engine = engine_of(
        [
            {
                **HEAD,
                "subject": "account",
                "title": "t",
                "inputs": {"n": {"kind": "number"}},
                "rules": [{"id": f"r{at}", "when": rule} for at, rule in enumerate(rules)],
            }
        ]
    )
    ids = {"id": ["a", "b", "c", "d"], "account_id": ["a", "b", "c", "d"]}
    tables = {
        "accounts": pl.DataFrame({"id": ids["id"], "employees": pl.Series([-1, 12, None, 0], dtype=pl.Int32)}),
        "interactions": pl.DataFrame({**ids, "sentiment": ["1.5", "0.7", " ", "-3"]}),
        "orders": pl.DataFrame({**ids, "amount": [math.nan, math.inf, -2e18, 5.0]}),
        "facts": pl.DataFrame({"account_id": ids["id"], "n": ["1e30", "2", None, "-1e18"]}),
    }
    numbers, notes = pl.Series(range(1, 5), dtype=pl.Int64), Notes()
    made, _ = assemble({name: Raw(frame, numbers, f"{name}.csv") for name, frame in tables.items()}, "UTC", "", notes)
    by_book = engine.evaluate_book(Book(Path("book"), made, notes.rejects()), as_of=AS_OF).sort("account_id")
    database.load(tables)
    problems: list[Problem] = []
    found = engine.evaluate_in(database.connection, as_of=AS_OF, on_problem=problems.append)
    assert found.drop("error", "_base").rows() == by_book.drop("error", "_base").rows()
    assert [str(one).partition(";")[0] for one in problems] == [
        "warning CC603 `accounts`: 1 cell of `employees` is not a number of 0 or more and missing",
        "warning CC603 `facts`: 1 cell of `n` is not a number from -1e+18 to 1e+18 and missing",
        "warning CC603 `interactions`: 2 cells of `sentiment` are not a number from -1 to 1 and missing",
        "warning CC603 `orders`: 2 cells of `amount` are not a number from -1e+18 to 1e+18 and missing",
    ]
    assert str(problems[0]).endswith("; `-1` for one; make it a number of 0 or more")
    told = notes.rejects().group_by("table", "column", "code").len().sort("table").rows()
    assert told == [
        ("accounts", "employees", "CC603", 1),
        ("interactions", "sentiment", "CC603", 2),
        ("orders", "amount", "CC603", 2),
    ]  # a file of facts tells such a number where it is decided


def test_cells_of_another_kind_are_told(caplog: pytest.LogCaptureFixture) -> None:
    """Of the columns that are read, where their type leaves it open; without a callback a log quotes no cell."""
    rules = ["employees > 10.0", "cases.exists(c, c.is_escalated)", "cases.exists(c, has(c.opened_at))", "n > 1.0"]
    rules = [{"id": f"r{at}", "when": rule} for at, rule in enumerate(rules)]
    engine = engine_of(
        [{**HEAD, "subject": "account", "title": "t", "inputs": {"n": {"kind": "number"}}, "rules": rules}]
    )
    con = duckdb.connect()
    con.execute(
        "CREATE TABLE accounts AS SELECT unnest(['a', 'b']) AS id, unnest(['many', '12']) AS employees, 'x' AS city"
    )
    con.execute("CREATE TABLE facts AS SELECT 'a' AS account_id, true AS n")
    con.execute(
        "CREATE TABLE cases AS SELECT unnest(['1', '2', '3']) AS id, 'a' AS account_id, unnest([0, 1, 2]) "
        "AS is_escalated, unnest(['2026-06-01', 'yesterday', 'tomorrow']) AS opened_at, 'never' AS closed_at"
    )
    told: list[str] = []
    engine.evaluate_in(con, as_of=AS_OF, on_problem=lambda problem: told.append(str(problem)))
    assert told == [
        "warning CC602 `accounts`: 1 cell of `employees` is no number and missing; `many` for one; make it a number",
        "warning CC602 `facts`: 1 cell of `n` is no number and missing; `true` for one; make it a number",
        "warning CC602 `cases`: 1 cell of `is_escalated` is no truth value and missing; `2` for one; "
        "make it true or false",
        "warning CC602 `cases`: 2 cells of `opened_at` are no instant and missing; `tomorrow` for one; "
        "make it an instant, as YYYY-MM-DDThh:mm:ssZ",
    ]  # fmt: skip
    assert caplog.records == []
    engine.evaluate_in(con, as_of=AS_OF)
    assert [one.getMessage() for one in caplog.records] == [re.sub("; `[^`]*` for one", "", one) for one in told]
    caplog.clear()
    asked: list[str] = []
    con.execute("CREATE OR REPLACE TABLE accounts AS SELECT 'a' AS id, 12 AS employees")
    con.execute("DROP TABLE facts")
    con.execute("DROP TABLE cases")
    engine.evaluate_in(con, as_of=AS_OF, on_problem=lambda problem: asked.append(str(problem)))
    assert asked == []
    assert caplog.records == []


def test_records_that_name_an_account_by_a_number_with_a_point_belong_to_none(tmp_path: Path) -> None:
    """As a data frame writes whole numbers where some are missing; a book rejects them too."""
    rules = [{"id": "some", "when": "has(cases) && cases.size() > 0"}, {"id": "known", "when": "has(industry)"}]
    engine = engine_of([{**HEAD, "subject": "account", "title": "t", "rules": rules}])
    con = duckdb.connect()
    con.execute("CREATE TABLE accounts AS SELECT 7 AS id, 1.5::DOUBLE AS industry")
    con.execute("CREATE TABLE cases AS SELECT '1' AS id, 7.0::DOUBLE AS account_id")
    told: list[str] = []
    found = engine.evaluate_in(con, as_of=AS_OF, on_problem=lambda problem: told.append(str(problem)))
    assert told == [
        "warning CC602 `accounts`: 1 cell of `industry` is no text and missing; `1.5` for one; make it text",
        "warning CC602 `cases`: 1 cell of `account_id` is no text and missing; `7.0` for one; make it text",
    ]
    for table in ("accounts", "cases"):
        con.sql(f"SELECT * FROM {table}").write_parquet(str(tmp_path / f"{table}.parquet"))  # type: ignore[no-untyped-call]
    assert found.equals(engine.evaluate_book(read_book(tmp_path), as_of=AS_OF))
    con.execute("ALTER TABLE accounts ALTER id TYPE DOUBLE")
    with pytest.raises(BookError, match="CC404 column `id` of table `accounts` of the database is double; an id is"):
        engine.evaluate_in(con, as_of=AS_OF)


def test_where_a_value_comes_from_is_told_where_it_is_no_source(database: Database) -> None:
    """It counts as if nothing stood there, as in a book."""
    inputs = {"sure": {"kind": "number", "requires_source": ["client_stated"]}}
    rules = [{"id": "known", "when": "has(sure)"}]
    engine = engine_of([{**HEAD, "subject": "account", "title": "t", "inputs": inputs, "rules": rules}])
    ids = ["a", "b", "c", "d", "e"]
    sources = pl.Series(["client_stated", "rumour", "", None, "rumour"], dtype=pl.String)
    facts = pl.DataFrame({"account_id": ids, "sure": [1.0] * 5, "sure__source": sources})
    database.load({"accounts": pl.DataFrame({"id": ids}), "facts": facts})
    problems: list[Problem] = []
    found = engine.evaluate_in(database.connection, as_of=AS_OF, on_problem=problems.append)
    assert found["t_r__known"].to_list() == [True, False, False, False, False]
    (problem,) = problems
    assert str(problem).startswith(
        "warning CC602 `facts`: 2 cells of `sure__source` are no source and missing; `rumour` for one; make it one of: "
    )
