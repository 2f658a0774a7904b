from __future__ import annotations

import csv
import hashlib
import subprocess
import sys
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from statistics import mean, median
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientcore.entities import ENTITIES
from clientcore.errors import BookError, FactError
from clientcore.simulate import COLUMNS, FORMATS, SimulatedBook, simulate_book, write_book
from clientcore.simulate.chance import Chance

DAY = date(2026, 6, 30)


@pytest.fixture(scope="module")
def book() -> SimulatedBook:
    return simulate_book(400, seed=11, as_of=DAY)


def digest(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def grouped(book: SimulatedBook, table: str) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {truth.account_id: [] for truth in book.truth}
    for row in book.tables[table]:
        if row["account_id"] is not None:  # a row of the supplier itself
            groups[row["account_id"]].append(row)
    return groups


@pytest.mark.parametrize("file_format", FORMATS)
def test_the_same_arguments_write_the_same_bytes(tmp_path: Path, file_format: str) -> None:
    for name in ("one", "two"):
        write_book(simulate_book(20, seed=3, as_of=DAY), tmp_path / name, file_format)
    assert digest(tmp_path / "one") == digest(tmp_path / "two")


def test_the_stream_is_the_same_on_every_python() -> None:
    # Held as a number, so that another machine or version that draws differently fails here.
    chance = Chance(7, 1)
    drawn = [chance.whole(0, 999), chance.around(0.5, 0.5), chance.skewed(10, 0.9), chance.count(4.0)]
    assert drawn == [781, 0.4452, 26.98, 5]


def test_an_account_does_not_depend_on_how_many_follow() -> None:
    few, many = (simulate_book(count, seed=5, as_of=DAY) for count in (3, 9))
    assert many.truth[:3] == few.truth
    for table, rows in few.tables.items():
        assert many.tables[table][: len(rows)] == rows


def test_another_seed_gives_another_book() -> None:
    assert simulate_book(5, seed=1, as_of=DAY).truth != simulate_book(5, seed=2, as_of=DAY).truth


def test_every_column_is_a_field_of_its_entity() -> None:
    tables = {table: columns for table, columns in COLUMNS.items() if table != "facts"}
    assert {table: set(columns) - set(ENTITIES[table].fields) for table, columns in tables.items()} == {
        table: set() for table in tables
    }


def test_every_row_has_the_columns_of_its_table(book: SimulatedBook) -> None:
    assert {(table, tuple(row)) for table, rows in book.tables.items() for row in rows} <= set(COLUMNS.items())


def test_ids_are_unique_and_references_lead_somewhere(book: SimulatedBook) -> None:
    ids = {table: [row["id"] for row in rows if "id" in row] for table, rows in book.tables.items()}
    assert [table for table, found in ids.items() if len(found) != len(set(found))] == []
    known = {table: set(found) for table, found in ids.items()}
    dangling = [
        (table, name, row[name])
        for table in COLUMNS
        if table != "facts"
        for name, field in ENTITIES[table].fields.items()
        if field.refers and name in COLUMNS[table]
        for row in book.tables[table]
        if row[name] is not None and row[name] not in known[field.refers]
    ]
    assert dangling == []


def test_what_happened_is_not_later_than_the_day(book: SimulatedBook) -> None:
    late = [
        (table, name, row[name])
        for table in COLUMNS
        if table != "facts"
        for name, field in ENTITIES[table].fields.items()
        if field.role == "happened" and name in COLUMNS[table]
        for row in book.tables[table]
        if row[name] is not None and day_of(row[name]) > DAY
    ]
    assert late == []
    assert any(row["ends_on"] > DAY for row in book.tables["contracts"])


def day_of(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


def test_the_servicing_side_is_fat_and_the_other_end_thin(book: SimulatedBook) -> None:
    modes = Counter(truth.mode for truth in book.truth)
    assert modes["servicing"] > modes["mining"] > modes["consultative"] > modes["mentoring"] >= 1
    assert modes["servicing"] / len(book.truth) > 0.5


def halves(book: SimulatedBook, key: str) -> tuple[list[str], list[str]]:
    ranked = sorted(book.truth, key=lambda truth: getattr(truth, key))
    ids = [truth.account_id for truth in ranked]
    return ids[: len(ids) // 3], ids[-len(ids) // 3 :]


def test_promises_kept_in_time_rise_with_trust(book: SimulatedBook) -> None:
    promises = grouped(book, "commitments")

    def kept(ids: list[str]) -> float:
        due = [row for name in ids for row in promises[name] if row["due_on"] and row["due_on"] <= DAY]
        return mean(row["kept_on"] is not None and row["kept_on"] <= row["due_on"] for row in due)

    low, high = halves(book, "trust")
    assert kept(high) > kept(low) + 0.15


def test_specialists_are_needed_by_some_and_by_more_the_further_they_go_with_us(book: SimulatedBook) -> None:
    needed = {row["account_id"]: row["specialists_needed"] for row in book.tables["facts"]}
    told = {truth.account_id: needed[truth.account_id] for truth in book.truth if truth.account_id in needed}
    known = [(truth, told[truth.account_id]) for truth in book.truth if told.get(truth.account_id) is not None]
    low, high = ([count for truth, count in known if (truth.rank > 0) is further] for further in (False, True))
    assert len(low) > 20
    assert len(high) > 20
    assert 0.2 < mean(count == 0 for count in low) < 0.9
    assert mean(high) > mean(low) + 0.3
    assert {row["specialists_needed__source"] for row in book.tables["facts"]} == {None, "client_stated"}
    reasons = [row for row in book.tables["facts"] if row["stated_reason"] == "specialists"]
    assert [row for row in reasons if row["specialists_needed"] == 0] == []


def test_contracts_and_margins_rise_with_trust_and_plans_change_each_year(book: SimulatedBook) -> None:
    contracts, orders, issues = (grouped(book, table) for table in ("contracts", "orders", "issues"))
    worth: tuple[list[float], ...] = ([], [])
    margin: tuple[list[float], ...] = ([], [])
    for place, ids in enumerate(halves(book, "trust")):
        rows = [row for name in ids for row in contracts[name] if row["ends_on"] and row["annual_value"]]
        worth[place].extend(row["annual_value"] for row in rows)
        paid = [row for name in ids for row in orders[name] if row["margin"] is not None and row["amount"]]
        margin[place].extend(row["margin"] / row["amount"] for row in paid)
    assert median(worth[1]) > 1.3 * median(worth[0])
    assert mean(margin[1]) > mean(margin[0]) + 0.01
    clients = [truth.account_id for truth in book.truth if truth.lifecycle == "client"]
    changes = [sum(row["kind"] == "change" for row in issues[name]) for name in clients]
    assert 1.5 < mean(changes) < 5


def trend(rows: list[dict[str, Any]]) -> float | None:
    """Return by how much the orders of the last year differ from those of the year before; None without both."""
    counted = [row for row in rows if row["status"] != "cancelled" and row["amount"] is not None]
    ages = [((DAY - row["ordered_on"]).days, row["amount"]) for row in counted]
    now, before = (sum(amount for age, amount in ages if low <= age < low + 365) for low in (0, 365))
    return now / before - 1.0 if now and before else None


def test_revenue_moves_as_that_of_companies_does(book: SimulatedBook) -> None:
    """A handful of orders falls unevenly over two years; revenue would halve or double with half of the clients."""
    orders = grouped(book, "orders")
    moved = {name: change for name, rows in orders.items() if (change := trend(rows)) is not None}
    assert len(moved) > 200
    assert 0.05 < mean(change <= -0.15 for change in moved.values()) < 0.25
    assert mean(-0.5 < change < 1.0 for change in moved.values()) > 0.95
    low, high = (mean(moved[name] for name in ids if name in moved) for ids in halves(book, "trust"))
    assert high > low + 0.1


def test_survey_answers_rise_with_trust(book: SimulatedBook) -> None:
    answers = grouped(book, "survey_responses")
    low, high = (
        mean(row["value"] for name in ids for row in answers[name] if row["kind"] == "nps" and row["value"] is not None)
        for ids in halves(book, "trust")
    )
    assert high > low + 1


@pytest.mark.parametrize("side", ["client", "supplier"])
def test_evidence_of_intent_rises_with_the_intent_of_its_side(book: SimulatedBook, side: str) -> None:
    evidence = grouped(book, "intent_evidence")
    low, high = (
        mean(row["strength"] for name in ids for row in evidence[name] if row["side"] == side)
        for ids in halves(book, f"intent_{side}")
    )
    assert high > low + 0.2


def test_acceptance_of_the_culture_rises_with_the_fit(book: SimulatedBook) -> None:
    statements = grouped(book, "culture_statements")
    low, high = (
        mean(row["accept"] for name in ids for row in statements[name] if row["accept"] is not None)
        for ids in halves(book, "culture")
    )
    assert high > low + 0.2


def test_less_is_written_down_where_records_are_kept_badly(book: SimulatedBook) -> None:
    talks = grouped(book, "interactions")
    low, high = (
        mean(row["nature"] is None for name in ids for row in talks[name] if row["status"] == "held")
        for ids in halves(book, "record_keeping")
    )
    assert low > high
    assert 0.005 < mean(row["nature"] is None for row in book.tables["interactions"]) < 0.5


def test_our_own_words_rise_with_what_we_overstate(book: SimulatedBook) -> None:
    statements = grouped(book, "culture_statements")

    def kept(ids: list[str], stated_by: str) -> float:
        rows = [row for name in ids for row in statements[name] if row["side"] == "client"]
        return mean(row["comply"] for row in rows if row["stated_by"] == stated_by and row["comply"] is not None)

    low, high = halves(book, "overstatement")
    assert kept(high, "supplier") > kept(low, "supplier") + 0.1
    assert abs(kept(high, "client") - kept(low, "client")) < 0.1


def test_the_strategy_names_lasting_wants(book: SimulatedBook) -> None:
    """Holds: S4-31."""
    named = [row["want"] for row in book.tables["initiatives"] if row["want"] is not None]
    assert {"lower price", "faster delivery", "wider assortment"} & set(named)


def test_the_truth_stands_apart_from_the_book(tmp_path: Path, book: SimulatedBook) -> None:
    write_book(book, tmp_path / "book")
    names = {path.name for path in (tmp_path / "book").iterdir() if path.is_file()}
    assert names == {f"{table}.csv" for table in COLUMNS}
    with (tmp_path / "book" / "truth" / "truth.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["mode"] for row in rows] == [truth.mode for truth in book.truth]
    hidden = {"mode", "trust", "intent_client", "culture", "record_keeping"}
    assert hidden.isdisjoint(COLUMNS["accounts"])


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "mine.txt").write_text("mine")
    with pytest.raises(BookError, match="something is there already"):
        write_book(simulate_book(1, seed=1, as_of=DAY), tmp_path / "book")
    assert [path.name for path in tmp_path.rglob("*")] == ["book", "mine.txt"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    write_book(simulate_book(1, seed=1, as_of=DAY), tmp_path / "book")
    assert (tmp_path / "book" / "accounts.csv").read_text().startswith("id,name,")


def test_a_failure_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = simulate_book(1, seed=1, as_of=DAY)
    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(BookError, match="no space left on device"):
        write_book(book, tmp_path / "book")
    assert list(tmp_path.iterdir()) == []


def refuse(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("accounts", "seed", "as_of"),
    [(0, 1, DAY), (1, -1, DAY), (1, 1 << 64, DAY), (1, 1, date(1900, 1, 1)), (1, 1, date(9999, 1, 1))],
)
def test_what_can_not_be_simulated_is_refused(accounts: int, seed: int, as_of: date) -> None:
    with pytest.raises(FactError, match=r"CC403 (can't simulate|`accounts` is|`seed` is)"):
        simulate_book(accounts, seed, as_of)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, (1 << 64) - 1), as_of=st.dates(date(1950, 1, 1), date(9899, 12, 31)))
def test_any_seed_and_day_gives_a_book(seed: int, as_of: date) -> None:
    book = simulate_book(2, seed, as_of)
    assert len(book.tables["accounts"]) == len(book.truth) == 2
    assert all(truth.since <= as_of for truth in book.truth)


@given(seed=st.integers(0, 1 << 40), low=st.integers(-5, 5), span=st.integers(0, 9))
def test_draws_stay_in_their_range(seed: int, low: int, span: int) -> None:
    chance = Chance(seed)
    assert low <= chance.whole(low, low + span) <= low + span
    assert 0 <= chance.around(0.9, 0.4) <= 1
    assert 10 <= chance.skewed(10, 0.9) <= 100
    assert 0 <= chance.count(3.0) <= 7


def test_importing_it_pulls_in_nothing_heavy() -> None:
    code = "import sys, clientcore.simulate; print([m for m in ('polars', 'numpy', 'duckdb') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_lessons_name_the_next_proposal_the_more_the_better_a_client_is_understood(book: SimulatedBook) -> None:
    lessons, deals = grouped(book, "learnings"), grouped(book, "opportunities")
    proposed = {
        account: {row["id"]: row["proposed_on"] for row in rows if row["proposed_on"]}
        for account, rows in deals.items()
    }
    low, high = [], []
    for truth in book.truth:
        rows, days = lessons[truth.account_id], proposed[truth.account_id]
        named = [row for row in rows if row["opportunity_id"]]
        for row in named:
            later = [day for day in days.values() if day > row["occurred_on"]]
            assert days[row["opportunity_id"]] == min(later)
        counted = [row["learnings_cited"] for row in deals[truth.account_id] if row["proposed_on"]]
        assert not named or counted.count(None) == len(counted)
        could = [row for row in rows if any(day > row["occurred_on"] for day in days.values())]
        if None in counted:
            (high if truth.understanding > 0.6 else low).extend(row["opportunity_id"] is not None for row in could)
    assert min(len(low), len(high)) > 20
    assert mean(low) + 0.1 < mean(high)
