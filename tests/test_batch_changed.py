"""Only what changed is decided anew, and the frame is that of a full run."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import attrs
import polars as pl
import pytest
from hypothesis import HealthCheck, given, note, reject, settings
from hypothesis import strategies as st

import clientcore as cc
from built import engine_of
from clientcore.errors import BookError, FactError, UnsupportedError
from clientcore.simulate import simulate_book, write_book
from same_answer import book_of, differences
from strategies import AS_OF, INPUTS, accounts, facts
from strategies_rulesets import carried_by_books, ruleset_pairs

KINDS = {name: spec["kind"] for name, spec in INPUTS.items()}
DAY = date(2026, 6, 30)
READ_AT = datetime(2026, 6, 30, 6, tzinfo=UTC)
EARLIER, LATER = datetime(2026, 6, 29, tzinfo=UTC), datetime(2026, 6, 30, 7, tzinfo=UTC)


def recorded(account: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Return an account of which everything was written down at an instant; no table is absent."""
    tables = ("cases", "commitments", "contacts", "decision_records", "interactions", "orders")
    account = {**account, **{name: account.get(name) or [] for name in tables}}
    nested = {
        name: [{**record, "recorded_at": at} for record in value] if isinstance(value, list) else value
        for name, value in account.items()
    }
    return {**nested, "recorded_at": at}


@settings(suppress_health_check=list(HealthCheck), max_examples=60)
@given(st.data(), ruleset_pairs(), st.lists(accounts, min_size=1, max_size=4))
def test_any_change(data: st.DataObject, pair: list[dict[str, Any]], drawn: list[dict[str, Any]]) -> None:
    engine = engine_of(carried_by_books(pair))
    given_ = [data.draw(st.one_of(st.just({}), facts())) for _ in drawn]
    before = [recorded({**one, "id": f"a{at}"}, EARLIER) for at, one in enumerate(drawn)]
    after, changed = list(before), set[str]()
    for at in data.draw(st.sets(st.integers(0, len(drawn) - 1))):
        after[at] = recorded({**data.draw(accounts), "id": f"a{at}"}, LATER)
        changed.add(f"a{at}")
    if data.draw(st.booleans()):
        after.append(recorded({**data.draw(accounts), "id": "new"}, LATER))
        changed.add("new")
        given_.append({})
    try:
        previous = engine.evaluate_book(book_of(before, given_[: len(before)], KINDS), as_of=AS_OF, lists=True)
    except UnsupportedError:
        reject()
    book = book_of(after, given_, KINDS)
    note(f"{changed}")
    told: list[int] = []
    for executor in ("columnar", "record"):
        options: dict[str, Any] = {"as_of": AS_OF, "previous": previous, "lists": True, "executor": executor}
        full = engine.evaluate_book(book, **options)
        found = engine.evaluate_book(
            book, **options, changed_since=READ_AT, on_progress=lambda _, total: told.append(total)
        )
        assert list(differences(full, found)) == []
        assert full.schema == found.schema
    plain = [{name: value for name, value in one.items() if not KINDS[name].startswith("list")} for one in given_]
    bare = {f"a{at}" for at, one in enumerate(plain) if any(value is not None for value in one.values())}
    assert set(told) <= {len(changed | bare)}


@pytest.fixture(scope="module")
def engine() -> cc.Engine:
    return cc.Engine()


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("changed") / "book"
    write_book(simulate_book(40, 5, DAY), folder, "parquet")
    made = cc.read_book(folder)
    tables = {
        name: frame if name == "facts" else frame.with_columns(recorded_at=pl.lit(EARLIER).dt.cast_time_unit("us"))
        for name, frame in made.tables.items()
    }
    return attrs.evolve(made, tables=tables)


@pytest.mark.parametrize("subject", ["account", "opportunity", "workstream", "organisation"])
@pytest.mark.parametrize("executor", ["columnar", "record"])
def test_bundled_rulesets(book: Any, engine: cc.Engine, subject: str, executor: Any, tmp_path: Path) -> None:
    options: dict[str, Any] = {"as_of": DAY, "subject": subject, "executor": executor}
    previous = engine.evaluate_book(book, **options)
    name = "organisations" if subject == "organisation" else "opportunities"
    frame = book.tables[name]
    late = pl.when(pl.int_range(pl.len()) == 3).then(pl.lit(LATER).dt.cast_time_unit("us"))
    moved = frame.with_columns(recorded_at=late.otherwise(pl.col("recorded_at")))
    changed = attrs.evolve(book, tables={**book.tables, name: moved[1:]})  # one is gone: its id is in no row
    told: list[tuple[int, int]] = []
    file = tmp_path / "previous.parquet"
    previous.write_parquet(file)
    options |= {"previous": file}
    found = engine.evaluate_book(changed, **options, changed_since=READ_AT, on_progress=lambda *one: told.append(one))
    full = engine.evaluate_book(changed, **options)
    gone = frame["account_id" if subject == "account" else "id"][0]
    rest = pl.col(full.columns[0]) != gone
    assert list(differences(full.filter(rest), found.filter(rest))) == []
    assert subject == "organisation" or all(0 < total < full.height for _, total in told)  # it has one organisation


def test_a_sink_holds_what_is_kept_and_what_is_new(book: Any, engine: cc.Engine, tmp_path: Path) -> None:
    previous = engine.evaluate_book(book, as_of=DAY)
    file = tmp_path / "out.parquet"
    engine.evaluate_book(book, as_of=DAY, previous=previous, changed_since=READ_AT, sink=file)
    assert pl.read_parquet(file).equals(engine.evaluate_book(book, as_of=DAY, previous=previous))


def test_a_table_that_is_new_is_a_matter_of_all_accounts() -> None:
    """Why the docs ask for a whole run: without its table a list is missing, with it it is empty."""
    rules = [{"id": "r", "when": "cases.exists(c, c.is_escalated)"}]
    head = {"format": "clientcore/1", "language": "cel-profile/1", "ruleset": "t.d", "version": "1.0.0", "title": "t"}
    made = engine_of([{**head, "subject": "account", "rules": rules}])
    old = {"id": "old", "recorded_at": EARLIER}
    new = {"id": "new", "recorded_at": LATER, "cases": [{"id": "c", "is_escalated": True, "recorded_at": LATER}]}
    before = made.evaluate_book(book_of([old], [{}], {}), as_of=DAY)
    book = book_of([old, new], [{}, {}], {})
    found = made.evaluate_book(book, as_of=DAY, previous=before, changed_since=READ_AT)
    assert found["t_d__r"].to_list() == [None, True]
    assert made.evaluate_book(book, as_of=DAY)["t_d__r"].to_list() == [False, True]


def test_rows_of_another_day_are_decided_anew(book: Any, engine: cc.Engine) -> None:
    previous = engine.evaluate_book(book, as_of=date(2026, 5, 31))
    options: dict[str, Any] = {"as_of": DAY, "previous": previous}
    full = engine.evaluate_book(book, **options)
    assert list(differences(full, engine.evaluate_book(book, **options, changed_since=READ_AT))) == []


def test_misuse(book: Any, engine: cc.Engine) -> None:
    previous = engine.evaluate_book(book, as_of=DAY)
    with pytest.raises(FactError, match="CC403 `changed_since` says which rows of `previous` to keep"):
        engine.evaluate_book(book, as_of=DAY, changed_since=READ_AT)
    with pytest.raises(FactError, match=r"CC403 `changed_since` is .*with its time zone"):
        engine.evaluate_book(book, as_of=DAY, previous=previous, changed_since=READ_AT.replace(tzinfo=None))
    with pytest.raises(BookError, match="CC608 the frame before has no column"):
        engine.evaluate_book(book, as_of=DAY, previous=previous[:, :20], changed_since=READ_AT)
    wrong = previous.with_columns(pl.lit("x").alias(previous.columns[2]))
    with pytest.raises(BookError, match="CC608 the frame before has columns of other kinds"):
        engine.evaluate_book(book, as_of=DAY, previous=wrong, changed_since=READ_AT)


def test_a_record_that_names_its_opportunity_only(tmp_path: Path) -> None:
    rules = [{"id": "r", "when": "opportunity_contact_roles.size() > 1"}]
    head = {"format": "clientcore/1", "language": "cel-profile/1", "ruleset": "t.o", "version": "1.0.0", "title": "t"}
    made = engine_of([{**head, "subject": "opportunity", "rules": rules}])
    (tmp_path / "accounts.csv").write_text(f"id,recorded_at\na,{EARLIER}\nb,{EARLIER}\n")
    (tmp_path / "opportunities.csv").write_text(f"id,account_id,recorded_at\no,a,{EARLIER}\nq,b,{EARLIER}\n")
    roles = f"id,opportunity_id,recorded_at\n1,o,{EARLIER}\n"
    (tmp_path / "opportunity_contact_roles.csv").write_text(roles)
    options: dict[str, Any] = {"as_of": DAY, "subject": "opportunity"}
    options["previous"] = made.evaluate_book(cc.read_book(tmp_path), **options)
    (tmp_path / "opportunity_contact_roles.csv").write_text(f"{roles}2,o,{LATER}\n")
    book = cc.read_book(tmp_path)
    found = made.evaluate_book(book, **options, changed_since=READ_AT)
    assert found["t_o__r"].to_list() == [True, False]
    assert found.equals(made.evaluate_book(book, **options))


def test_the_day_of_the_instant_is_that_of_utc(tmp_path: Path) -> None:
    head = {"format": "clientcore/1", "language": "cel-profile/1", "ruleset": "t.f", "version": "1.0.0", "title": "t"}
    inputs = {"flag": {"kind": "boolean", "doc": "d"}}
    made = engine_of([{**head, "subject": "account", "inputs": inputs, "rules": [{"id": "r", "when": "flag"}]}])
    (tmp_path / "accounts.csv").write_text(f"id,recorded_at\na,{EARLIER}\n")
    books = []
    for value in ("false", "true"):
        (tmp_path / "facts.csv").write_text(f"account_id,flag,flag__observed_at\na,{value},{DAY}\n")
        books.append(cc.read_book(tmp_path))
    before, after = books
    previous = made.evaluate_book(before, as_of=DAY)
    east = READ_AT.astimezone(timezone(timedelta(hours=20)))
    assert east.date() > DAY
    assert made.evaluate_book(after, as_of=DAY, previous=previous, changed_since=east)["t_f__r"].to_list() == [True]
