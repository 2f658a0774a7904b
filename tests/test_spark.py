"""A book of Spark frames gives the decisions of the same book: partitions, skew and a killed task change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import clientcore as cc
from built import engine_of
from clientcore.book import Book
from clientcore.book.assembly import assemble
from clientcore.book.files import Raw
from clientcore.book.notes import Notes
from clientcore.cli import main
from clientcore.errors import BookError, FactError, UnsupportedError

pytest.importorskip("pyspark", reason="pyspark is not installed: `make all` runs the tests on Spark")
AS_OF = date(2026, 6, 30)


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    from databases import spark_session

    return spark_session()


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Forty accounts."""
    folder = tmp_path_factory.mktemp("spark") / "book"
    assert main(["simulate", "-n", "40", "--seed", "3", "-o", str(folder)]) == 0
    return cc.read_book(folder)


def frames(session: Any, book: Book) -> dict[str, Any]:
    plain = {name: frame.to_arrow(compat_level=pl.CompatLevel.oldest()) for name, frame in book.tables.items()}
    return {name: session.createDataFrame(table).repartition(3) for name, table in plain.items()}


def collected(frame: Any) -> pl.DataFrame:
    made = pl.from_arrow(frame.toArrow())
    assert isinstance(made, pl.DataFrame)
    return made.sort("account_id")


def test_one_account_with_a_hundred_thousand_interactions(session: Any, book: Book) -> None:
    one = book.tables["interactions"].head(1)
    many = pl.concat([one] * 100_000).with_columns(id=pl.int_range(100_000).cast(pl.String).str.pad_start(9, "x"))
    tables = {**book.tables, "interactions": pl.concat([book.tables["interactions"], many])}
    book = Book(book.path, tables, book.rejects)
    engine = cc.Engine()
    found = collected(engine.evaluate_spark(frames(session, book), as_of=AS_OF, groups=5))
    expected = engine.evaluate_book(book, as_of=AS_OF).sort("account_id")
    assert_frame_equal(found, expected, check_exact=True)


def test_a_killed_task_is_tried_again(session: Any, book: Book, tmp_path: Path) -> None:
    mark = str(tmp_path / "killed")

    def kill_once(batches: Iterator[Any]) -> Iterator[Any]:
        import os
        import signal

        if not os.path.exists(mark):  # noqa: PTH110 (runs in another process, which imports little)
            os.close(os.open(mark, os.O_CREAT))
            os.kill(os.getpid(), signal.SIGKILL)
        yield from batches

    engine = cc.Engine(plugins=["clientcore_starter"], discover=False)
    tables = frames(session, book)
    accounts = tables["accounts"]
    tables["accounts"] = accounts.mapInArrow(kill_once, accounts.schema)
    found = collected(engine.evaluate_spark(tables, as_of=AS_OF, groups=3))
    assert Path(mark).exists()
    assert_frame_equal(found, engine.evaluate_book(book, as_of=AS_OF).sort("account_id"), check_exact=True)


@pytest.mark.parametrize("subject", ["opportunity", "workstream"])
def test_children_of_no_account(session: Any, book: Book, subject: str) -> None:
    """They are decided by themselves, with the rows that name them, whatever account those belong to."""
    key, table = f"{subject}_id", "opportunities" if subject == "opportunity" else "workstreams"
    lone = pl.col("id").is_in(book.tables[table]["id"][::7].implode())
    tables = {name: frame for name, frame in book.tables.items() if name != "interactions"}
    tables[table] = tables[table].with_columns(account_id=pl.when(~lone).then("account_id"))
    for name in (name for name, frame in tables.items() if key in frame.columns and name != table):
        odd = pl.int_range(pl.len()) % 2 == 1
        tables[name] = tables[name].with_columns(account_id=pl.when(odd).then("account_id"))
    holed = Book(book.path, tables, book.rejects)
    engine = cc.Engine()
    first = engine.evaluate_book(holed, as_of=AS_OF, subject=subject).sort(key)
    assert 0 < first["account_id"].null_count() < first.height
    found = collected(engine.evaluate_spark(frames(session, holed), as_of=AS_OF, subject=subject, groups=3)).sort(key)
    assert_frame_equal(found, first, check_exact=True)
    later = AS_OF + timedelta(days=40)
    options: dict[str, Any] = {"as_of": later, "subject": subject, "previous": first}
    found = collected(engine.evaluate_spark(frames(session, holed), groups=2, **options)).sort(key)
    assert_frame_equal(found, engine.evaluate_book(holed, **options).sort(key), check_exact=True)


def test_days_are_those_of_utc(session: Any) -> None:
    """Whatever the time zone of the session, which it keeps; an instant without a zone is in UTC."""
    cases = pl.DataFrame({"id": ["1"], "account_id": ["a"], "opened_at": [datetime(2026, 6, 1, 2, tzinfo=UTC)]})
    naive = cases.with_columns(pl.col("opened_at").dt.replace_time_zone(None))
    accounts = pl.DataFrame({"id": ["a"], "client_since": [datetime(2026, 6, 1, 2, tzinfo=UTC)]})
    rules = ["client_since == day('2026-06-01')",
             "cases.exists(c, c.opened_at == instant('2026-06-01T02:00:00Z'))"]  # fmt: skip
    head = {"format": "clientcore/1", "language": "cel-profile/1", "ruleset": "t.r", "version": "1.0.0"}
    head |= {"subject": "account", "title": "t"}
    engine = engine_of([{**head, "rules": [{"id": f"r{at}", "when": when} for at, when in enumerate(rules)]}])
    zone = session.conf.get("spark.sql.session.timeZone")
    for place in ("America/New_York", "Asia/Tokyo", "UTC"):
        for some in (cases, naive):
            tables = frames(session, Book(Path("book"), {"accounts": accounts, "cases": some}, pl.DataFrame()))
            for name, frame in tables.items():
                frame.createOrReplaceTempView(name)
            session.conf.set("spark.sql.session.timeZone", place)
            try:
                framed = collected(engine.evaluate_spark(tables, as_of=AS_OF, groups=1))
                stated = engine.evaluate_in(session, as_of=AS_OF)
                assert session.conf.get("spark.sql.session.timeZone") == place
            finally:
                session.conf.set("spark.sql.session.timeZone", zone)
            assert [frame.row(0)[2:4] for frame in (framed, stated)] == [(True, True)] * 2, place


def test_columns_of_other_types_are_read_as_a_book_reads_them(session: Any) -> None:
    """Text, and whole numbers as truth values; what is none of its kind is missing, and stops no job."""
    head = {"format": "clientcore/1", "language": "cel-profile/1", "ruleset": "t.r", "version": "1.0.0"}
    rules = [
        "employees > 10.0",
        "has(employees)",
        "client_since < day('2026-06-30')",
        "cases.exists(c, c.is_escalated)",
        "cases.all(c, c.opened_at < instant('2026-06-30T00:00:00Z'))",
    ]
    rules = [{"id": f"r{at}", "when": when} for at, when in enumerate(rules)]
    engine = engine_of([{**head, "subject": "account", "title": "t", "rules": rules}])
    ids = ["a", "b", "c", "d"]
    raws = {
        "accounts": pl.DataFrame({
            "id": ids,
            "employees": ["12", " 9 ", "many", None],
            "client_since": ["2026-06-29", "2026-06-29T23:00:00-05:00", "2026-02-30", ""],
        }),
        "cases": pl.DataFrame({
            "id": ids,
            "account_id": ids,
            "is_escalated": [1, 0, 2, None],
            "opened_at": ["2026-06-29T22:00:00-05:00", "2026-06-29 12:00", "yesterday", "2026-06-01"],
        }),
    }  # fmt: skip
    numbers, notes = pl.Series(range(1, 5), dtype=pl.Int64), Notes()
    read, _ = assemble({name: Raw(frame, numbers, f"{name}.csv") for name, frame in raws.items()}, "UTC", "", notes)
    expected = engine.evaluate_book(Book(Path("book"), read, notes.rejects()), as_of=AS_OF).sort("account_id")
    assert notes.rejects().height == 4
    tables = frames(session, Book(Path("book"), raws, pl.DataFrame()))
    assert_frame_equal(collected(engine.evaluate_spark(tables, as_of=AS_OF, groups=2)), expected, check_exact=True)


def test_from_an_earlier_run(session: Any, book: Book, tmp_path: Path) -> None:
    engine = cc.Engine()
    plain = engine.evaluate_book(book, as_of=AS_OF)
    later = AS_OF + timedelta(days=40)
    expected = engine.evaluate_book(book, as_of=later, previous=plain).sort("account_id")
    assert not expected.equals(engine.evaluate_book(book, as_of=later).sort("account_id"))
    plain.write_parquet(tmp_path / "before.parquet")
    on_spark = session.read.parquet(str(tmp_path / "before.parquet"))
    for previous, groups in ((on_spark, 3), (plain, 1), (tmp_path / "before.parquet", 1)):
        found = collected(engine.evaluate_spark(frames(session, book), as_of=later, previous=previous, groups=groups))
        assert_frame_equal(found, expected, check_exact=True)


def test_what_frames_refuse_is_told_before_a_job_starts(session: Any) -> None:
    engine = cc.Engine(plugins=["clientcore_spectrum", "clientcore_signals"], discover=False)
    tables = {"accounts": session.createDataFrame([("a",)], "id string")}
    options: dict[str, Any] = {"as_of": AS_OF, "only": ["signals.*"], "groups": 1}
    with pytest.raises(UnsupportedError, match=r"CC401 rule `signals\.watch/"):
        engine.evaluate_spark(tables, **options)
    found = collected(engine.evaluate_spark(tables, **options, executor="record"))
    assert found["account_id"].to_list() == ["a"]


def test_misuse(session: Any) -> None:
    engine = cc.Engine(rulesets=[], plugins=[], discover=False)
    accounts = session.createDataFrame([("a",)], "id string")
    with pytest.raises(BookError, match="CC608 the book has no table `accounts`"):
        engine.evaluate_spark({"cases": accounts}, as_of=AS_OF)
    with pytest.raises(BookError, match="CC608 unknown table `case`; did you mean `cases`"):
        engine.evaluate_spark({"accounts": accounts, "case": accounts}, as_of=AS_OF)
    with pytest.raises(BookError, match="CC608 table `cases` has no column `account_id`"):
        engine.evaluate_spark({"accounts": accounts, "cases": accounts}, as_of=AS_OF)
    with pytest.raises(FactError, match="CC403 an organisation"):
        engine.evaluate_spark({"accounts": accounts}, as_of=AS_OF, subject="organisation")
    with pytest.raises(FactError, match="CC403 `evaluate_spark` has no `sink`; one of: executor, lists"):
        engine.evaluate_spark({"accounts": accounts}, as_of=AS_OF, sink="out.parquet")
    with pytest.raises(BookError, match="CC608 the frame before has no column `account_id`"):
        engine.evaluate_spark({"accounts": accounts}, as_of=AS_OF, previous=accounts)
