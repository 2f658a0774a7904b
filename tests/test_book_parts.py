"""Books that are read in parts: the same decisions, and the same said of what is wrong, as with the book in memory."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from threading import Barrier
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import clientcore as cc
from clientcore.batch import tables_read
from clientcore.batch.chunks import made_of
from clientcore.book import Book, BookInParts, comes_in_parts, cutting
from clientcore.errors import BookError, FactError
from clientcore.simulate import simulate_book, write_book

DAY, LATER = date(2026, 6, 30), date(2026, 7, 30)
ENGINE = cc.Engine(plugins=["clientcore_starter", "clientcore_spectrum"], discover=False)
#: What may stand in a cell that somebody damaged.
JUNK = (None, "", "many", "-1", "1e30", "2031-01-01", "XAU", "0", "true", "acc-0002")


def damaged(folder: Path, seed: int) -> Path:
    """Write a small book with rows out of order, repeated, of nobody and with wrong cells."""
    chance = random.Random(seed)
    write_book(simulate_book(9, seed % 5, DAY), folder, "parquet")
    for file in sorted(folder.glob("*.parquet")):
        frame = pl.read_parquet(file)
        if not frame.height:
            continue
        if chance.random() < 0.3:
            frame = frame.sample(fraction=1.0, shuffle=True, seed=seed)
        for _ in range(chance.choice((0, 0, 1, 3))):
            again, instead, at = (chance.randrange(frame.height) for _ in range(3))
            taken = chance.sample(frame.columns, chance.randint(0, 3))
            twin = frame[again].with_columns(frame[instead][name].alias(name) for name in taken)
            frame = pl.concat([frame[:at], twin, frame[at:]])
        for _ in range(chance.choice((0, 0, 1, 4))):
            name, row = chance.choice((*frame.columns, *frame.columns[:3])), chance.randrange(frame.height)
            cells = frame[name].cast(pl.String).to_list()
            cells[row] = chance.choice((*JUNK, chance.choice(cells)))
            frame = frame.with_columns(pl.Series(name, cells, dtype=pl.String))
        frame.write_parquet(file, row_group_size=chance.choice((3, 1000)))
    return folder


@example(530, 1, 20, "columnar", "account")  # two numbers too large, of which only one is too large for any field
@given(
    st.integers(0, 1 << 32),
    st.sampled_from([1, 2, 4, 100]),
    st.sampled_from([20, 1 << 20]),
    st.sampled_from(["columnar", "record"]),
    st.sampled_from(["account", "account", "opportunity", "workstream"]),
)
@settings(max_examples=20)
def test_parts_are_the_book_in_memory(seed: int, size: int, chunk: int, executor: Any, subject: str) -> None:
    """Holds: evaluating from Parquet in parts is evaluating the book in memory, rejects and problems alike."""
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutting, "CHUNK", chunk)
        folder = damaged(Path(place) / "book", seed)
        whole = cc.read_book(folder)
        parts = cc.read_book(folder, in_parts=True)
        options: dict[str, Any] = {"as_of": DAY, "subject": subject, "executor": executor, "lists": True}
        expected = ENGINE.evaluate_book(whole, **options)
        found = ENGINE.evaluate_book(parts, **options, at_a_time=size)
        assert found.equals(expected)
        assert parts.rejects.equals(whole.rejects)
        assert parts.problems == whole.problems
        assert (parts.unattached, parts.rows, parts.count()) == (whole.unattached, whole.rows, whole.count())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("streams") / "book"
    write_book(simulate_book(23, 5, DAY), place, "parquet")
    return place


def unsorted(folder: Path, place: Path) -> Path:
    place.mkdir()
    for file in folder.glob("*.parquet"):
        pl.read_parquet(file).sample(fraction=1.0, shuffle=True, seed=3).write_parquet(place / file.name)
    return place


@pytest.mark.parametrize("order", ["sorted", "unsorted"])
@pytest.mark.parametrize("subject", ["account", "opportunity", "workstream", "organisation"])
def test_every_subject_is_decided_alike(folder: Path, tmp_path: Path, subject: str, order: str) -> None:
    place = folder if order == "sorted" else unsorted(folder, tmp_path / "book")
    tables = tables_read(ENGINE, subject, None)
    whole = cc.read_book(place, tables=tables)
    parts = cc.read_book(place, tables=tables, in_parts=True)
    expected = ENGINE.evaluate_book(whole, as_of=DAY, subject=subject)
    assert parts.follows(subject, 4) == (subject == "account" or (order == "sorted" and subject != "organisation"))
    told: list[tuple[int, int]] = []
    found = ENGINE.evaluate_book(
        parts, as_of=DAY, subject=subject, at_a_time=4, on_progress=lambda done, total: told.append((done, total))
    )
    assert found.equals(expected)
    assert told[-1] == (expected.height, expected.height)
    assert ENGINE.evaluate_book(parts, as_of=DAY, subject=subject).equals(expected)


def spoiled(folder: Path, place: Path, rows: Callable[[pl.DataFrame], pl.DataFrame]) -> BookInParts:
    shutil.copytree(folder, place)
    file = place / "opportunities.parquet"
    rows(pl.read_parquet(file)).write_parquet(file)
    return cc.read_book(place, in_parts=True)


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(lambda frame: pl.concat([frame, frame[:1]]), id="one stands there twice"),
        pytest.param(lambda frame: pl.concat([frame[:1], frame]), id="one stands beside itself"),
        pytest.param(lambda frame: frame.with_columns(account_id=_but(frame["account_id"], None)), id="one has none"),
        pytest.param(
            lambda frame: frame.with_columns(account_id=_but(frame["account_id"], "gone")), id="no such account"
        ),
        pytest.param(lambda frame: frame.with_columns(id=_but(frame["id"], None)), id="one has no id"),
        pytest.param(lambda frame: frame.drop("id"), id="no ids"),
        pytest.param(lambda frame: frame.reverse(), id="the other way round"),
    ],
)
def test_what_does_not_follow_the_accounts_is_decided_whole(
    folder: Path, tmp_path: Path, rows: Callable[[pl.DataFrame], pl.DataFrame]
) -> None:
    parts = spoiled(folder, tmp_path / "book", rows)
    assert not parts.follows("opportunity", 4)
    expected = ENGINE.evaluate_book(cc.read_book(tmp_path / "book"), as_of=DAY, subject="opportunity")
    assert ENGINE.evaluate_book(parts, as_of=DAY, subject="opportunity", at_a_time=4).equals(expected)


def _but(column: pl.Series, cell: str | None) -> pl.Series:
    """Return a column with another cell in the middle."""
    return column.scatter(len(column) // 2, cell)


@pytest.mark.parametrize("kind", ["frame", "parquet", "jsonl"])
def test_a_run_before_is_read_with_its_part(folder: Path, tmp_path: Path, kind: str) -> None:
    parts = cc.read_book(folder, in_parts=True)
    june = ENGINE.evaluate_book(parts, as_of=DAY, at_a_time=5)
    before: Any = june
    if kind != "frame":
        before = tmp_path / f"june.{kind}"
        june.write_parquet(before) if kind == "parquet" else june.write_ndjson(before)
    expected = ENGINE.evaluate_book(cc.read_book(folder), as_of=LATER, previous=before)
    assert ENGINE.evaluate_book(parts, as_of=LATER, previous=before, at_a_time=5).equals(expected)
    with pytest.raises(BookError, match=r"CC608 the frame before is of 2026-06-30 for \S+, later than 2026-06-01"):
        ENGINE.evaluate_book(parts, as_of=date(2026, 6, 1), previous=before)
    with pytest.raises(BookError, match="CC608 the frame before has no columns"):
        ENGINE.evaluate_book(parts, as_of=LATER, previous=june.drop("as_of"))


@pytest.mark.parametrize("subject", ["account", "opportunity"])
def test_what_did_not_change_keeps_its_row(folder: Path, subject: str) -> None:
    whole, parts = cc.read_book(folder), cc.read_book(folder, in_parts=True)
    june = ENGINE.evaluate_book(whole, as_of=DAY, subject=subject)
    since = datetime(2026, 6, 1, tzinfo=UTC)
    options: dict[str, Any] = {"as_of": DAY, "subject": subject, "previous": june, "changed_since": since}
    expected = ENGINE.evaluate_book(whole, **options)
    found = ENGINE.evaluate_book(parts, **options, at_a_time=5)
    assert found.equals(expected)
    with pytest.raises(FactError, match="CC403 `changed_since` says which rows"):
        ENGINE.evaluate_book(parts, as_of=DAY, changed_since=since)


def test_a_sink_holds_the_same_rows(folder: Path, tmp_path: Path) -> None:
    parts = cc.read_book(folder, in_parts=True)
    told: list[tuple[int, int]] = []
    ENGINE.evaluate_book(
        parts, as_of=DAY, sink=tmp_path / "out.parquet", at_a_time=10, on_progress=lambda *at: told.append(at)
    )
    expected = ENGINE.evaluate_book(cc.read_book(folder), as_of=DAY)
    assert pl.read_parquet(tmp_path / "out.parquet").equals(expected)
    assert told == [(10, 23), (20, 23), (23, 23)]


def test_a_stop_leaves_nothing_behind(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(done: int, _total: int) -> None:
        if done > 10:
            raise KeyboardInterrupt

    place = unsorted(folder, tmp_path / "book")
    (tmp_path / "here").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "here"))
    path = tmp_path / "out.parquet"
    path.write_text("what was there before")
    parts = cc.read_book(place, in_parts=True)
    with pytest.raises(KeyboardInterrupt):
        ENGINE.evaluate_book(parts, as_of=DAY, sink=path, at_a_time=5, on_progress=stop)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["book", "here", "out.parquet"]
    assert not list((tmp_path / "here").iterdir())
    assert path.read_text() == "what was there before"
    with pytest.raises(BookError, match="CC608 can't write"):
        ENGINE.evaluate_book(parts, as_of=DAY, sink=tmp_path / "nowhere" / "out.parquet")


def test_no_more_than_a_part_is_in_memory(folder: Path) -> None:
    parts = cc.read_book(folder, in_parts=True)
    assert isinstance(parts, BookInParts)
    books = list(parts.parts(10))
    assert [book.count() for book in books] == [10, 10, 3]
    assert all(isinstance(book, Book) for book in books)
    whole = cc.read_book(folder)
    for table, frame in whole.tables.items():
        if table != "organisations":
            assert pl.concat([book.tables[table] for book in books]).height == frame.height
    assert str(parts).endswith("tables, read in parts")


def test_what_cannot_be_read_in_parts_is_refused(folder: Path, tmp_path: Path) -> None:
    write_book(simulate_book(3, 5, DAY), tmp_path / "text", "csv")
    assert (comes_in_parts(folder), comes_in_parts(tmp_path / "text")) == (True, False)
    with pytest.raises(FactError, match=r"CC403 `.*\.csv` can't be read in parts"):
        cc.read_book(tmp_path / "text", in_parts=True)
    with pytest.raises(FactError, match="without a mapping"):
        cc.read_book(folder / "accounts.parquet", in_parts=True)
    broken = unsorted(folder, tmp_path / "broken")
    (broken / "cases.parquet").write_bytes(b"PAR1")
    (broken / "orders.parquet").write_bytes(b"")
    with pytest.raises(BookError, match=r"(?s)cases\.parquet.*orders\.parquet") as told:
        cc.read_book(broken, in_parts=True)
    with pytest.raises(BookError) as whole:
        cc.read_book(broken)
    assert len(told.value.message.splitlines()) == len(whole.value.message.splitlines())
    lacking = unsorted(folder, tmp_path / "lacking")
    pl.read_parquet(lacking / "accounts.parquet").rename({"id": "key"}).write_parquet(lacking / "accounts.parquet")
    with pytest.raises(BookError, match="has no column `id`"):
        cc.read_book(lacking, in_parts=True)


def test_text_that_is_numbers_in_one_part_only_stays_text(folder: Path, tmp_path: Path) -> None:
    place = unsorted(folder, tmp_path / "book")
    ids = cc.read_book(folder).ids()
    for name, last in (("mixed", "many"), ("numbers", "12")):
        facts = pl.DataFrame({"account_id": ids, "nps": [*["9"] * (len(ids) - 1), last], "empty": [None] * len(ids)})
        facts = facts.with_columns(pl.col("empty").cast(pl.String))
        facts.write_parquet(place / "facts.parquet")
        whole = cc.read_book(place)
        parts = list(cc.read_book(place, in_parts=True).parts(5))
        for part in parts:
            assert part.facts is not None
            assert whole.facts is not None
            assert part.facts.schema == whole.facts.schema, name


def test_a_book_without_accounts_is_one_empty_part(folder: Path, tmp_path: Path) -> None:
    place = unsorted(folder, tmp_path / "book")
    pl.read_parquet(place / "accounts.parquet").clear().write_parquet(place / "accounts.parquet")
    whole, parts = cc.read_book(place), cc.read_book(place, in_parts=True)
    assert ENGINE.evaluate_book(parts, as_of=DAY).equals(ENGINE.evaluate_book(whole, as_of=DAY))
    assert parts.problems == whole.problems
    assert parts.rejects.equals(whole.rejects)


def test_an_order_that_breaks_between_two_looks_at_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "CHUNK", 4)
    accounts = [f"a{number}" for number in range(8)]
    pl.DataFrame({"id": accounts}).write_parquet(tmp_path / "accounts.parquet")
    rows = pl.DataFrame({"id": [f"c{number}" for number in range(8)], "account_id": accounts[4:] + accounts[:4]})
    rows.write_parquet(tmp_path / "cases.parquet")
    found = [book.tables["cases"]["account_id"].to_list() for book in cc.read_book(tmp_path, in_parts=True).parts(4)]
    assert found == [accounts[:4], accounts[4:]]


def test_parts_are_worked_on_together_and_come_in_order() -> None:
    started, both = [], Barrier(2, timeout=60)

    def make(part: int) -> int:
        started.append(part)
        if part < 2:
            both.wait()  # it takes two at the same time to get past this
        if part == 4:
            raise ValueError("the fifth")
        return part * 10

    made = made_of(iter(range(6)), make, at_once=2)
    assert list(islice(made, 4)) == [0, 10, 20, 30]
    with pytest.raises(ValueError, match="the fifth"):
        next(made)
    assert sorted(started) == [0, 1, 2, 3, 4, 5]
