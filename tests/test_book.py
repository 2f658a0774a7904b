"""A book read from any kind of source is the same book."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clientcore as cc
from clientcore.batch import facts_of
from clientcore.book import Book, mapping_file, read_book
from clientcore.book.columns import TYPES, convert_as
from clientcore.entities import ENTITIES
from clientcore.errors import BookError, FactError
from clientcore.intake import Need, take

TABLES: dict[str, list[dict[str, Any]]] = {
    "accounts": [
        {"id": "b", "industry": "retail", "employees": 12.5, "credit_on_hold": True, "client_since": "2020-02-29"},
        {"id": "a", "industry": None, "employees": None, "credit_on_hold": None, "client_since": None},
    ],
    "cases": [
        {"id": "3", "account_id": "a", "title": 'two\nlines, "quoted"', "opened_at": "2026-01-02T03:04:05.5+01:00"},
        {"id": "1", "account_id": "b", "title": "Ärger 🩺", "opened_at": None},
        {"id": "2", "account_id": "a", "title": "x", "opened_at": "2026-01-02T03:04:05Z"},
    ],
    "opportunities": [{"id": "o", "account_id": "b", "amount": 5.0}],
    "opportunity_contact_roles": [{"id": "r", "account_id": "b", "opportunity_id": "o", "role": "influencer"}],
    "facts": [{"account_id": "b", "nps": 30.0, "nps__source": "client_stated", "regular": True}],
}
EXPECTED_CASES = [
    ("3", "a", 'two\nlines, "quoted"', datetime(2026, 1, 2, 2, 4, 5, 500_000, tzinfo=UTC)),
    ("1", "b", "Ärger 🩺", None),
    ("2", "a", "x", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
]


def write_csv(folder: Path) -> Path:
    for table, rows in TABLES.items():
        pl.DataFrame(rows).write_csv(folder / f"{table}.csv")
    return folder


def write_semicolons(folder: Path) -> Path:
    for table, rows in TABLES.items():
        pl.DataFrame(rows).write_csv(folder / f"{table}.csv", separator=";", include_bom=True, line_terminator="\r\n")
    return folder


def write_jsonl(folder: Path) -> Path:
    for table, rows in TABLES.items():
        (folder / f"{table}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return folder


def write_parquet(folder: Path) -> Path:
    for table, rows in TABLES.items():
        frame = pl.DataFrame(rows)
        if table == "accounts":
            frame = frame.with_columns(pl.col("client_since").str.to_date(), pl.col("industry").cast(pl.Categorical))
        frame.write_parquet(folder / f"{table}.parquet")
    return folder


def write_sqlite(folder: Path) -> Path:
    with sqlite3.connect(folder / "book.sqlite") as con:
        for table, rows in TABLES.items():
            con.execute(f"CREATE TABLE {table} ({', '.join(rows[0])})")
            con.executemany(
                f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", [tuple(r.values()) for r in rows]
            )
    con.close()
    return folder / "book.sqlite"


def write_duckdb(folder: Path) -> Path:
    with duckdb.connect(str(folder / "book.duckdb")) as con:
        for table, rows in TABLES.items():
            con.register("given", pl.DataFrame(rows).to_arrow())
            con.execute(f"CREATE TABLE {table} AS SELECT * FROM given")
    return folder / "book.duckdb"


WRITERS = [write_csv, write_semicolons, write_jsonl, write_parquet, write_sqlite, write_duckdb]
every_source = pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__.removeprefix("write_"))


@every_source
def test_every_source_gives_the_same_book(write: Callable[[Path], Path], tmp_path: Path) -> None:
    book = read_book(write(tmp_path))
    assert book.rejects.is_empty()
    assert book.problems == ()
    assert book.unattached == {}
    assert book.ids() == ["b", "a"]
    accounts = book.tables["accounts"].select("id", "industry", "employees", "credit_on_hold", "client_since")
    assert accounts.rows() == [("b", "retail", 12.5, True, date(2020, 2, 29)), ("a", None, None, None, None)]
    assert book.tables["cases"].select("id", "account_id", "title", "opened_at").rows() == EXPECTED_CASES
    assert facts_of(book, {"nps": "number", "regular": "boolean"}) == {
        "b": {"nps": cc.Fact(30.0, source="client_stated"), "regular": True}
    }
    for table, frame in book.tables.items():
        for name, dtype in frame.schema.items() if table != "facts" else ():
            assert dtype == TYPES[ENTITIES[table].fields[name].kind.name], (table, name)


@every_source
def test_accounts_come_with_their_records_in_input_order(write: Callable[[Path], Path], tmp_path: Path) -> None:
    book = read_book(write(tmp_path))
    first, second = book.accounts()
    assert [first["id"], second["id"]] == ["b", "a"]
    assert [case["id"] for case in first["cases"]] == ["1"]
    assert [case["id"] for case in second["cases"]] == ["3", "2"]
    assert second["opportunities"] == []
    assert "contacts" not in first
    assert "facts" not in first
    taken = take(first, Need(("employees",), {"cases": ("title",), "contacts": ("id",)}), date(2026, 6, 30))
    assert (taken.values, taken.tables, taken.problems) == ((12.5,), {"cases": (("Ärger 🩺",),), "contacts": None}, ())


def test_one_account_is_the_same_as_among_all(tmp_path: Path) -> None:
    book = read_book(write_csv(tmp_path))
    need = Need(
        tuple(ENTITIES["accounts"].fields), {"cases": tuple(ENTITIES["cases"].fields), "opportunities": ("id",)}
    )
    for account in book.accounts():
        alone = take(book.account(account["id"]), need, date(2026, 6, 30))
        assert repr(take(account, need, date(2026, 6, 30))) == repr(alone)
    with pytest.raises(FactError, match="no account `c`"):
        book.account("c")


def test_only_the_tables_and_columns_asked_for(tmp_path: Path) -> None:
    book = read_book(write_csv(tmp_path))
    assert set(next(book.accounts(["cases"]))) & set(TABLES) == {"cases"}
    assert set(next(book.accounts({"cases": ["title"], "contacts": ["name"]}))["cases"][0]) == {"id", "title"}


def test_child_subjects_come_with_their_records(tmp_path: Path) -> None:
    book = read_book(write_csv(tmp_path))
    (opportunity,) = book.subjects("opportunity")
    assert (opportunity["id"], opportunity["account_id"], opportunity["amount"]) == ("o", "b", 5.0)
    assert [role["role"] for role in opportunity["opportunity_contact_roles"]] == ["influencer"]
    assert book.ids("opportunity") == ["o"]
    assert list(book.subjects("workstream")) == []
    with pytest.raises(FactError, match="did you mean `opportunity`"):
        book.ids("oportunity")


def test_many_accounts_keep_their_own_records(tmp_path: Path) -> None:
    count = 4501
    pl.DataFrame({"id": range(count)}).write_parquet(tmp_path / "accounts.parquet")
    owners = [(at * 7919) % count for at in range(count * 2)]
    pl.DataFrame({"id": range(count * 2), "account_id": owners}).write_parquet(tmp_path / "cases.parquet")
    book = read_book(tmp_path)
    for at, account in enumerate(book.accounts()):
        assert account["id"] == str(at)
        assert [owners[int(case["id"])] for case in account["cases"]] == [at, at]


def test_rows_of_no_account_are_kept_and_counted(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("id\na\n")
    (tmp_path / "cases.csv").write_text("id,account_id\n1,a\n2,\n3,\n")
    book = read_book(tmp_path)
    assert book.unattached == {"cases": 2}
    assert book.tables["cases"].height == 3
    assert [len(account["cases"]) for account in book.accounts()] == [1]
    assert book.rejects.is_empty()


MAPPING = """\
format: clientcore-mapping/1
time_zone: Europe/Berlin
whole_book: true
currency: EUR
sources:
  customer: {names: [Customer List], columns: [key, since]}
  calls: {columns: [key, moment], optional: true}
  mails: {columns: [key, moment], optional: true}
entities:
  accounts: SELECT key AS id, since AS client_since FROM customer ORDER BY key
  interactions: |
    WITH talk AS (SELECT key, moment, 'call' AS kind FROM calls UNION ALL SELECT key, moment, 'mail' FROM mails)
    SELECT row_number() OVER () AS id, t.key AS account_id, t.moment AS recorded_at, t.moment AS occurred_on, t.kind
    FROM talk t
  facts: SELECT key AS account_id, 3 AS visits FROM customer
"""


def mapped(folder: Path, **files: str) -> Book:
    (folder / "map.yaml").write_text(MAPPING)
    (folder / "in").mkdir()
    for name, text in files.items():
        (folder / "in" / f"{name.replace('_', ' ')}.csv").write_text(text)
    return read_book(folder / "in", folder / "map.yaml")


def test_a_mapping_makes_the_tables(tmp_path: Path) -> None:
    book = mapped(
        tmp_path, Customer_List="KEY\n2\n1\n", calls="key,moment\n1,2026-01-31T23:30:00Z\n2,2026-07-01 00:30\n"
    )
    assert book.whole
    assert book.ids() == ["1", "2"]
    assert book.tables["accounts"].select("id", "client_since", "currency").rows() == [
        ("1", None, "EUR"),
        ("2", None, "EUR"),
    ]
    assert book.tables["interactions"].select("account_id", "kind", "occurred_on", "recorded_at").rows() == [
        ("1", "call", date(2026, 2, 1), datetime(2026, 1, 31, 23, 30, tzinfo=UTC)),
        ("2", "call", date(2026, 7, 1), datetime(2026, 6, 30, 22, 30, tzinfo=UTC)),
    ]
    assert book.facts is not None
    assert sorted(book.facts.rows()) == [("1", 3), ("2", 3)]
    (problem,) = book.problems
    assert str(problem) == (
        f"{tmp_path / 'map.yaml'}:8:3: warning CC613 no table `mails` in `in`; what is made of it alone is missing"
    )


def test_a_table_made_of_nothing_but_absent_sources_is_missing(tmp_path: Path) -> None:
    book = mapped(tmp_path, Customer_List="key,since\n1,2026-01-01\n")
    assert set(book.tables) == {"accounts", "facts"}
    assert len(book.problems) == 2


def test_a_mapping_is_named_by_its_path_or_by_what_plugins_call_it(tmp_path: Path) -> None:
    bundled = mapping_file("maven")
    assert bundled.name == "maven.yaml"
    assert mapping_file(str(bundled)) == bundled
    assert mapping_file("ours", {"ours": tmp_path}) == tmp_path
    with pytest.raises(BookError, match=r"CC613 `mavem` is no file and no mapping of a plugin; did you mean `maven`\?"):
        read_book(tmp_path, mapping="mavem")


def test_a_mapping_without_queries_only_says_what_the_book_is(tmp_path: Path) -> None:
    write_csv(tmp_path)
    (tmp_path / "map.yaml").write_text("format: clientcore-mapping/1\nwhole_book: true\n")
    book = read_book(tmp_path, tmp_path / "map.yaml")
    assert (book.whole, book.ids()) == (True, ["b", "a"])
    assert read_book(tmp_path).whole is False


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("number", ["1", " 2.5 ", "-1e3", ".5", "", None], [1.0, 2.5, -1000.0, 0.5, None, None]),
        ("number", [0, 1, None], [0.0, 1.0, None]),
        ("boolean", ["TRUE", "false", "1", "0", ""], [True, False, True, False, None]),
        ("boolean", [1, 0], [True, False]),
        ("id", [1, 2], ["1", "2"]),
        ("text", ["", "a"], ["", "a"]),
        ("day", ["2026-01-31", "2026-01-31 23:30:00", "2026-01-31T23:30:00.000+0000"], [31, 31, 31]),
        ("day", [datetime(2026, 1, 31, 23, 30)], [31]),  # noqa: DTZ001
        ("instant", ["2026-01-31T09:30Z", "2026-01-31 10:30:00+01"], [9, 9]),
    ],
)
def test_cells_that_fit(kind: str, values: list[Any], expected: list[Any]) -> None:
    done = convert_as(kind, pl.Series("x", values), "UTC")
    found = [
        v.day if isinstance(v, date) and kind == "day" else v.hour if isinstance(v, datetime) else v
        for v in done.values
    ]
    assert done.bad is None or not done.bad.any()
    assert done.outside is None or not done.outside.any()
    assert found == expected


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("number", ["1,5", "many", "0x10", "1_000", "nan", "inf"]),
        ("number", [True]),
        ("number", [date(2026, 1, 1)]),
        ("boolean", ["yes", "2"]),
        ("boolean", [2]),
        ("boolean", [1.0]),
        ("id", [12.0]),
        ("id", [""]),
        ("text", ["a\0b"]),
        ("text", [1.5]),
        ("text", [[1]]),
        ("day", ["31.01.2026", "2026-02-30", "2026-1-1", "20260131"]),
        ("day", [46000]),
        ("instant", ["now", "2026-01-31T25:00"]),
        ("instant", [1.5]),
    ],
)
def test_cells_that_do_not_fit(kind: str, values: list[Any]) -> None:
    done = convert_as(kind, pl.Series("x", values), "UTC")
    assert done.bad is not None
    assert done.bad.all()
    assert done.values.is_null().all()


def test_numbers_outside_the_range_are_told_apart() -> None:
    values = [1e18, -1e18, 2e18, -2e18, float("inf"), -1e-19, -0.0, 1e-18, float("nan")]
    done = convert_as("number", pl.Series(values), "UTC")
    assert done.values.to_list() == [1e18, -1e18, None, None, None, 0.0, 0.0, 1e-18, None]
    assert [str(value) for value in done.values[5:7]] == ["0.0", "0.0"]
    assert done.outside is not None
    assert done.outside.to_list() == [False, False, True, True, True, False, False, False, False]
    assert done.bad is None


def test_cells_of_an_hour_that_a_clock_shows_twice_or_never() -> None:
    """Of two instants the first is meant; a time that there was not is none."""
    done = convert_as("instant", pl.Series(["2026-10-25 02:30", "2026-03-29 02:30"]), "Europe/Berlin")
    assert done.values.to_list() == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), None]
    assert done.bad is not None
    assert done.bad.to_list() == [False, True]


@given(st.lists(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)), min_size=1))  # noqa: DTZ001
def test_instants_survive_being_written(moments: list[datetime]) -> None:
    written = pl.Series([f"{moment.isoformat()}Z" for moment in moments])
    assert convert_as("instant", written, "Asia/Tokyo").values.to_list() == [m.replace(tzinfo=UTC) for m in moments]


@given(st.lists(st.floats(allow_nan=False, min_value=-1e18, max_value=1e18), min_size=1))
def test_numbers_survive_being_written(numbers: list[float]) -> None:
    found = convert_as("number", pl.Series([repr(number) for number in numbers]), "UTC").values.to_list()
    assert found == [number if abs(number) >= 1e-18 else 0.0 for number in numbers]
