"""To which account rows belong that do not say so: the same on every executor, in any order of rows."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import clientcore as cc
from clientcore.batch import tables_read
from clientcore.entities import ENTITIES

DAY = date(2026, 6, 30)
#: Table → the columns by which its rows may belong to something.
NAMES: Mapping[str, tuple[str, ...]] = {
    "workstreams": (),
    "contracts": (),
    "opportunities": ("workstream_id",),
    "opportunity_contact_roles": ("opportunity_id",),
    "interactions": ("opportunity_id", "workstream_id"),
    "commitments": ("contract_id", "opportunity_id", "workstream_id"),
    "obligations": ("contract_id",),
    "orders": ("opportunity_id",),
    "team_members": ("workstream_id", "organisation_id"),
}
IDS = {"workstream_id": ["w1", "w2", "gone"], "contract_id": ["k1", "k2"], "opportunity_id": ["o1", "o2", "o3"],
       "organisation_id": ["us"]}  # fmt: skip
ROWS = {"workstreams": ["w1", "w2"], "contracts": ["k1", "k2"], "opportunities": ["o1", "o2", "o3"]}
SEEN = {"account": [*NAMES], "opportunity": ["opportunity_contact_roles"],
        "workstream": ["commitments", "interactions", "team_members"], "organisation": ["team_members"]}  # fmt: skip


def engine() -> cc.Engine:
    """Return an engine that counts every table of every subject."""
    with tempfile.TemporaryDirectory() as place:
        files = []
        for subject, tables in SEEN.items():
            facts = "".join(f"  {subject}_{one}: {{value: {one}.size()}}\n" for one in tables)
            terms = ", ".join(
                f"{one}: {{aggregate: sum, range: [0, 99], terms: [{{id: n, value: {subject}_{one}, range: [0, 99]}}]}}"
                for one in tables
            )
            file = Path(place) / f"{subject}.yaml"
            above = "rules: [{id: known, when: account.id != ''}]\n" if subject in {"opportunity", "workstream"} else ""
            file.write_text(
                f"format: clientcore/1\nlanguage: cel-profile/1\nruleset: n.{subject}\nversion: 1.0.0\n"
                f"subject: {subject}\ntitle: Counts\nfacts:\n{facts}scores: {{{terms}}}\n{above}"
            )
            files.append(file)
        return cc.Engine(rulesets=files, plugins=[], discover=False)


ENGINE = engine()


@st.composite
def books(draw: st.DrawFn) -> dict[str, pl.DataFrame]:
    """Draw tables as text: rows that name an account, nothing, or what they are part of, in any order."""
    account = st.sampled_from(["a", "b", "gone", "", None, None])
    tables = {"accounts": pl.DataFrame({"id": draw(st.permutations(["a", "b"]))}),
              "organisations": pl.DataFrame({"id": ["us"]})}  # fmt: skip
    for table, names in NAMES.items():
        ids = ROWS.get(table) or [f"{at}" for at in range(draw(st.integers(0, 4)))]
        kept = [name for name in names if draw(st.booleans()) or name == names[0]]
        rows: dict[str, list[Any]] = {"id": draw(st.permutations(ids))}
        if draw(st.integers(0, 3)):
            rows["account_id"] = [draw(account) for _ in ids]
        rows |= {name: [draw(st.sampled_from([None, *IDS[name]])) for _ in ids] for name in kept}
        if draw(st.integers(0, 5)):
            tables[table] = pl.DataFrame(rows, schema=dict.fromkeys(rows, pl.String))
    return tables


def read(tables: Mapping[str, pl.DataFrame], place: str) -> cc.Book:
    for name, frame in tables.items():
        frame.write_csv(Path(place) / f"{name}.csv")
    return cc.read_book(place)


def answers(tables: Mapping[str, pl.DataFrame], subject: str) -> Iterator[tuple[str, pl.DataFrame]]:
    with tempfile.TemporaryDirectory() as place:
        book = read(tables, place)
        some = cc.read_book(place, tables=tables_read(ENGINE, subject, None))
        for executor in ("record", "columnar"):
            yield executor, ENGINE.evaluate_book(book, as_of=DAY, subject=subject, executor=executor)
        yield "some", ENGINE.evaluate_book(some, as_of=DAY, subject=subject)
        yield "parts", ENGINE.evaluate_book(book, as_of=DAY, subject=subject, at_a_time=1)


ENTITIES_OF = {"account": "accounts", "opportunity": "opportunities", "workstream": "workstreams",
               "organisation": "organisations"}  # fmt: skip


#: Rows without an account, as many as there are workstreams without one, in another order.
OF_NOBODY = {
    "accounts": pl.DataFrame({"id": ["a", "b"]}),
    "organisations": pl.DataFrame({"id": ["us"]}),
    "workstreams": pl.DataFrame({"id": ["w1", "w2"]}),
    "team_members": pl.DataFrame({"id": ["0", "1"], "workstream_id": [None, "w1"]}),
}


@given(books(), st.sampled_from([*SEEN]))
@example(OF_NOBODY, "workstream")
@settings(max_examples=60)
def test_every_executor_agrees_on_whose_rows_are(tables: dict[str, pl.DataFrame], subject: str) -> None:
    found = {name: frame.sort(f"{subject}_id") for name, frame in answers(tables, subject)}
    for name, frame in found.items():
        assert frame.equals(found["record"]), name


@given(books(), st.sampled_from([*SEEN]))
@settings(max_examples=40)
def test_a_database_agrees_with_a_book(tables: dict[str, pl.DataFrame], subject: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        book = read(tables, place)
    with duckdb.connect(config={"threads": 1}) as connection:
        for name, frame in tables.items():
            # a database refuses by its keys what a book sets aside: rows of accounts that are not there
            kept = frame.filter(pl.col("account_id") != "gone") if "account_id" in frame.columns else frame
            kept = pl.concat([kept, frame.filter(pl.col("account_id").is_null())]) if kept is not frame else kept
            connection.register("loaded", kept.to_arrow())
            connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM loaded')
        if ENTITIES_OF[subject] not in tables:
            return
        found = ENGINE.evaluate_in(connection, as_of=DAY, subject=subject)
    expected = ENGINE.evaluate_book(book, as_of=DAY, subject=subject).sort(f"{subject}_id")
    assert found.drop("error").equals(expected.drop("error"))


def test_rows_that_contradict_themselves_are_set_aside() -> None:
    tables = {
        "accounts": pl.DataFrame({"id": ["a", "b"]}),
        "opportunities": pl.DataFrame({"id": ["o1", "o2"], "account_id": ["a", "b"]}),
        "workstreams": pl.DataFrame({"id": ["w"], "account_id": ["a"]}),
        "interactions": pl.DataFrame(
            {
                "id": ["1", "2", "3", "4", "5"],
                "account_id": ["a", None, None, "", "b"],
                "opportunity_id": ["o2", "o2", "o2", None, "gone"],
                "workstream_id": [None, "w", None, None, None],
            }
        ),
    }
    with tempfile.TemporaryDirectory() as place:
        book = read(tables, place)
    assert book.rejects.select("file", "row", "column", "value", "code", "message").rows() == [
        (
            "interactions.csv",
            2,
            "opportunity_id",
            "o2",
            "CC607",
            "the row belongs to another account than what it names",
        ),
        ("interactions.csv", 3, "workstream_id", "w", "CC607", "the row belongs to another account than what it names"),
    ]
    assert book.tables["interactions"].select("id", "account_id").rows() == [("3", "b"), ("4", None), ("5", "b")]
    assert book.unattached == {"interactions": 1}


def test_what_rows_are_part_of_needs_not_be_asked_for(tmp_path: Path) -> None:
    tables = {
        "accounts": pl.DataFrame({"id": ["a"]}),
        "workstreams": pl.DataFrame({"id": ["w"], "account_id": ["a"]}),
        "opportunities": pl.DataFrame({"id": ["o", "p"], "workstream_id": ["w", None], "account_id": [None, "gone"]}),
        "orders": pl.DataFrame({"id": ["1"], "opportunity_id": ["o"]}),
    }
    read(tables, str(tmp_path))
    book = cc.read_book(tmp_path, tables={"orders": ["id"]})
    assert sorted(book.tables) == ["accounts", "orders"]
    assert book.tables["orders"]["account_id"].to_list() == ["a"]
    assert (book.rejects.height, book.problems, book.unattached) == (0, (), {})
    assert book.unread["opportunities"] == frozenset(ENTITIES["opportunities"].fields)


@pytest.mark.parametrize("account", [{"id": "a"}, None])
def test_an_opportunity_by_itself_knows_the_account_that_it_holds(account: dict[str, Any] | None) -> None:
    child = {"id": "o"} | ({} if account is None else {"account": account})
    decision = ENGINE.evaluate(child, subject="opportunity", as_of=DAY)
    known = account is not None
    assert (decision.fired, decision.unknown) == (
        (("n.opportunity/known",), ()) if known else ((), ("n.opportunity/known",))
    )


def test_nested_records_of_somebody_else_are_left_out() -> None:
    named: list[dict[str, Any]] = [{}, {"opportunity_id": "p"}, {"account_id": "b"}, {"account_id": ["a"]}]
    roles = [{"id": str(at), **one} for at, one in enumerate(named)]
    opportunity = {"id": "o", "account_id": "a", "opportunity_contact_roles": roles}
    decision = ENGINE.evaluate(opportunity, subject="opportunity", as_of=DAY)
    assert decision.scores["n.opportunity.opportunity_contact_roles"].value == 2
    assert [problem.code for problem in decision.problems] == ["CC607", "CC607"]
