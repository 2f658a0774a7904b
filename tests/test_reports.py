"""Reports over a book: sums add up, order changes nothing, and what is unknown is never taken for no."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import attrs
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clientcore as cc
from clientcore.report import REPORTS, limits_of, measures, needed, report, run_report
from clientcore.report.running import computable
from clientcore.report.sources import ALL, UNKNOWN
from clientcore.simulate import simulate_book, write_book
from demeaning import demeaning

ROOT = Path(__file__).resolve().parents[1]
AS_OF = date(2026, 6, 30)
SCORES = ("starter.account.ties", "risk.warning.signs")


@attrs.frozen
class World:
    """A simulated book with its decisions, by subject, and those of an earlier day."""

    book: cc.Book
    frames: dict[str, pl.DataFrame]
    earlier: pl.DataFrame
    limits: dict[str, dict[str, float]]

    def run(self, id_: str, frame: pl.DataFrame | None = None, book: cc.Book | None = None) -> pl.DataFrame:
        """Return a report with every option that it needs."""
        found = REPORTS[id_]
        return report(
            id_,
            self.frame(id_) if frame is None else frame,
            book=book or self.book,
            previous=self.earlier if "previous" in found.takes else None,
            account="a-0001" if "account" in found.needs else None,
            scores=SCORES[:1] if id_ == "R5" else SCORES if id_ == "R18" else (),
            horizon_days=60 if id_ == "R18" else 365,
            limits=self.limits[id_],
        )

    def frame(self, id_: str) -> pl.DataFrame:
        """Return the decisions that a report is about: of an earlier day where it asks what came of them."""
        return self.earlier if id_ == "R18" else self.frames[REPORTS[id_].subject]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("reports") / "book"
    write_book(simulate_book(80, seed=11, as_of=AS_OF), folder)
    book = cc.read_book(folder)
    engine = cc.Engine([measures()])
    deals = cc.Engine([measures(), measures(subject="opportunity")])
    # health is computed only where it is asked for
    only = sorted({name for one in REPORTS.values() if one.subject == "account" for name in needed(one.id, SCORES)})
    known = [name for name in only if computable(engine, "account", name)]
    frames = {
        "account": engine.evaluate_book(book, as_of=AS_OF, only=known),
        "opportunity": deals.evaluate_book(book, as_of=AS_OF, subject="opportunity"),
        "organisation": deals.evaluate_book(book, as_of=AS_OF, subject="organisation"),
    }
    limits = {name: limits_of(deals, name) for name in REPORTS}
    return World(book, frames, engine.evaluate_book(book, as_of=date(2026, 3, 31)), limits)


@pytest.mark.parametrize("id_", REPORTS)
def test_every_report_gives_the_columns_that_it_declares(world: World, id_: str) -> None:
    frame = world.run(id_)
    assert frame.columns == list(REPORTS[id_].columns)
    assert frame.height
    assert [name for name, said in REPORTS[id_].columns.items() if len(said.partition(": ")[2].split()) < 2] == []


def test_all_reports_are_there() -> None:
    assert list(REPORTS) == [f"R{number}" for number in range(1, 22)]


@pytest.mark.parametrize("id_", REPORTS)
def test_the_order_of_rows_changes_nothing(world: World, id_: str) -> None:
    chance = random.Random(id_)
    tables = {
        name: frame.sample(fraction=1, shuffle=True, seed=chance.randrange(99))
        for name, frame in world.book.tables.items()
    }
    mixed = world.frame(id_).sample(fraction=1, shuffle=True, seed=chance.randrange(99))
    assert world.run(id_, mixed, attrs.evolve(world.book, tables=tables)).equals(world.run(id_))


#: Report → column of the groups, and columns that add up.
ADDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "R2": ("structure", ("accounts", "revenue", "revenue_unknown")),
    "R3": ("quadrant", ("accounts", "revenue", "revenue_unknown")),
    "R5": ("before", ("accounts", "revenue", "revenue_unknown")),
    "R7": ("month", ("contracts", "annual_value", "value_unknown", "renews_itself", "notice_passed", "notice_unknown")),
    "R8": ("team", ("due", "undated", "at_risk", "chance_unknown", "broken", "kept")),
    "R9": ("people", ("accounts", "revenue", "without_decider", "decider_unknown")),
    "R10": ("segment", ("accounts", "unknown", "people_at_work", "inducted_first", "accounts_with_gaps", "lapsed")),
    "R14": ("segment", ("accounts", "accounts_silent", "accounts_unknown", "invited", "answers")),
    "R19": ("state", ("accounts", "positions_taken", "positions_unknown", "evidence_suffices", "evidence_unknown")),
    "R21": ("effort", ("accounts", "revenue", "hours", "hours_unknown")),
}


def added(frame: pl.DataFrame, key: str, column: str) -> tuple[float, float]:
    """Return the sum over the groups, and what the row of all says."""
    whole = frame.filter(pl.col(key) == ALL)[column].item() or 0
    parts = [one for one in frame.filter(pl.col(key) != ALL)[column] if one is not None]
    return sum(map(round_money, parts)), round_money(whole)


def round_money(value: float) -> int:
    """Return whole cents, so that sums of money are exact."""
    return round(value * 100)


def some(world: World, id_: str, rows: list[int]) -> pl.DataFrame:
    frame = world.frames[REPORTS[id_].subject]
    return frame[sorted({row % frame.height for row in rows})]


rows_of_some = st.lists(st.integers(0, 10_000), min_size=1, max_size=60)


@pytest.mark.parametrize("id_", ADDS)
@settings(max_examples=15, deadline=None)
@given(rows=rows_of_some)
def test_groups_add_up_to_the_whole(world: World, id_: str, rows: list[int]) -> None:
    key, columns = ADDS[id_]
    frame = world.run(id_, some(world, id_, rows))
    hidden = REPORTS[id_].id in {"R10", "R14"} and "(groups under five)" not in frame[key]
    for column in columns:
        parts, whole = added(frame, key, column)
        # small segments are left out of the groups and counted in the whole, and hours of few people likewise
        assert parts <= whole if hidden or column == "hours" else abs(parts - whole) <= frame.height


def forgotten(frame: pl.DataFrame, row: int, columns: list[str]) -> pl.DataFrame:
    """Return decisions in which nobody knows some outputs of one account; scores are then anything."""
    here = pl.int_range(pl.len()) == row
    return frame.with_columns(pl.when(here).then(None).otherwise(pl.col(name)).alias(name) for name in columns)


#: Report → outputs that are forgotten, column of the groups, name of the unknown one.
FORGETS: dict[str, tuple[str, list[str]]] = {
    "R1": ("mode", ["spectrum_mode_engagement_mode"]),
    "R2": ("structure", ["relationship_model_structure"]),
    "R3": ("quadrant", ["report_facts_intent_shown_client", "report_facts_intent_shown_supplier"]),
    "R9": ("people", ["report_facts_threads_90d"]),
    "R19": ("state", ["spectrum_switch_mentoring_switch"]),
    "R21": ("effort", ["relationship_effort__over_invested", "relationship_effort__under_invested"]),
}


def counts(frame: pl.DataFrame, key: str, id_: str) -> dict[str, int]:
    """Return group → accounts, with the unknown as a group."""
    found: dict[str, int] = {}
    for row in frame.iter_rows(named=True):
        found[row[key]] = found.get(row[key], 0) + (row["accounts"] or 0)
    if id_ == "R1":
        found[UNKNOWN] = frame.filter(pl.col(key) == ALL)["unknown"].item()
    return found


@pytest.mark.parametrize("id_", FORGETS)
@settings(max_examples=15, deadline=None)
@given(row=st.integers(0, 79))
def test_what_is_unknown_leaves_every_group_and_joins_none(world: World, id_: str, row: int) -> None:
    key, columns = FORGETS[id_]
    before = counts(world.run(id_), key, id_)
    after = counts(world.run(id_, forgotten(world.frames["account"].sort("account_id"), row, columns)), key, id_)
    assert after.pop(ALL) == before.pop(ALL)
    assert after.get(UNKNOWN, 0) - before.get(UNKNOWN, 0) in {0, 1}
    assert all(after.get(name, 0) <= count for name, count in before.items() if name != UNKNOWN)
    assert set(after) <= {*before, UNKNOWN}
    assert sum(after.values()) == sum(before.values())


@pytest.mark.parametrize("id_", ["R1", "R3"])
@settings(max_examples=15, deadline=None)
@given(row=st.integers(0, 79))
def test_shares_widen_with_what_is_unknown(world: World, id_: str, row: int) -> None:
    key, columns = FORGETS[id_]
    known = world.run(id_)
    less = world.run(id_, forgotten(world.frames["account"].sort("account_id"), row, columns))
    both = known.join(less, on=key, suffix="_less").drop_nulls(["share_low", "share_low_less"])
    assert (both["share_low_less"] <= both["share_low"]).all()
    assert (both["share_high_less"] >= both["share_high"]).all()


def test_nothing_is_by_a_person(world: World) -> None:
    people = {
        name
        for table in ("contacts", "team_members")
        for column in ("id", "name")
        for name in world.book.tables[table][column].drop_nulls()
    }
    for id_ in REPORTS:
        frame = world.run(id_)
        cells = {cell for column in frame.select(pl.col(pl.String)) for cell in column.drop_nulls()}
        assert not {cell for cell in cells if cell in people}, id_


@pytest.mark.parametrize("id_", ["R7", "R8", "R12", "R13", "R18"])
def test_what_was_written_down_later_is_not_seen(world: World, id_: str) -> None:
    later = datetime(2026, 7, 2, tzinfo=UTC)
    tables = dict(world.book.tables)
    for name in ("contracts", "commitments", "reviews", "opportunities"):
        frame = tables[name]
        more = frame.head(5).with_columns(id=pl.lit("later-") + pl.col("id"), recorded_at=pl.lit(later))
        tables[name] = pl.concat([frame, more], how="diagonal_relaxed")
    assert world.run(id_, book=attrs.evolve(world.book, tables=tables)).equals(world.run(id_))


#: Report → table, column, and what is counted of it in the row of all.
LACKS = {
    "R7": ("contracts", "contracts"),
    "R8": ("commitments", "broken"),
    "R11": ("risks", "open"),
    "R14": ("survey_responses", "answers"),
}


@pytest.mark.parametrize("id_", LACKS)
def test_a_table_that_is_not_there_is_unknown_and_not_empty(world: World, id_: str) -> None:
    table, counted = LACKS[id_]
    book = attrs.evolve(world.book, tables={name: one for name, one in world.book.tables.items() if name != table})
    engine = cc.Engine([measures([id_])])
    frame = engine.evaluate_book(book, as_of=AS_OF, only=needed(id_) if REPORTS[id_].rulesets else None)
    row = world.run(id_, frame, book).row(-1, named=True)
    assert row[counted] is None
    assert row.get("accounts_without_register") in {None, 0}
    assert row.get("accounts_silent") in {None, 0}


def test_nobody_is_taken_as_kept_where_the_book_does_not_say_who_was_lost(world: World) -> None:
    accounts = world.book.tables["accounts"].drop("former_since")
    book = attrs.evolve(world.book, tables={**world.book.tables, "accounts": accounts})
    with pytest.raises(cc.FactError, match="CC403 report R18 needs `former_since`"):
        world.run("R18", book=book)


def test_small_segments_are_not_shown(world: World) -> None:
    accounts = world.book.tables["accounts"].with_row_index("@at")
    odd = pl.when(pl.col("@at") < 3).then(pl.lit("rare")).otherwise(pl.col("segment")).alias("segment")
    book = attrs.evolve(world.book, tables={**world.book.tables, "accounts": accounts.with_columns(odd).drop("@at")})
    for id_, key in (("R6", "group"), ("R10", "segment"), ("R14", "segment")):
        assert "rare" not in world.run(id_, book=book)[key].to_list()


@pytest.mark.parametrize(
    ("id_", "day", "horizon"),
    [(id_, day, 99_999_999) for id_ in ("R7", "R8") for day in (date.min, date.max)] + [("R18", date.min, 700_000)],
)
def test_the_first_and_the_last_day_there_is_are_days_like_others(
    world: World, id_: str, day: date, horizon: int
) -> None:
    frame = world.frames["account"].with_columns(as_of=pl.lit(day))
    options: dict[str, Any] = {"scores": SCORES if id_ == "R18" else (), "limits": world.limits[id_]}
    found = report(id_, frame, book=world.book, horizon_days=horizon, **options)
    assert found.columns == list(REPORTS[id_].columns)


@pytest.mark.parametrize(("day", "horizon"), [(AS_OF, 1), (date(2026, 3, 31), 365), (date.max, 1)])
def test_nobody_is_taken_as_kept_until_a_day_that_is_still_to_come(world: World, day: date, horizon: int) -> None:
    frame = world.frames["account"].with_columns(as_of=pl.lit(day))
    with pytest.raises(
        cc.FactError, match=r"CC403 report R18 asks who was lost until .* nothing .* later than 2026-06"
    ):
        report("R18", frame, book=world.book, scores=SCORES, horizon_days=horizon)


def test_people_read_titles_and_no_ids(world: World) -> None:
    engine = cc.Engine()
    ids = {rule for one in engine.rulesets for rule in one.firing}
    shown = run_report(engine, world.book, "R20", as_of=AS_OF, account="a-0001").to_dicts()
    assert any(row["found"] for row in shown)
    for row in shown:
        found, rules = (row[name].split("; ") if row[name] else [] for name in ("found", "rules"))
        assert len(found) <= len(rules)
        assert all("/" in rule and rule.rpartition("/")[2] in ids for rule in rules)
        assert not any("_" in one or "/" in one for one in (*found, *row["stands"].split("; ")))
    bare = report("R20", world.frames["account"], book=world.book, account="a-0001").to_dicts()
    assert [row["rules"] for row in bare] == [row["rules"] for row in shown]
    assert not any("_" in row["found"] for row in bare)
    moved = run_report(
        cc.Engine([measures(["R5"])]), world.book, "R5", as_of=AS_OF, previous=date(2026, 3, 31), scores=SCORES[:1]
    )
    cells = [cell for name in ("moved", "began_to_hold", "ceased_to_hold") for cell in moved[name].drop_nulls()]
    assert any(cells)
    assert not any("_" in cell or "/" in cell for cell in cells)


@pytest.mark.parametrize("id_", REPORTS)
def test_no_report_demeans_anybody(world: World, id_: str) -> None:
    found = REPORTS[id_]
    cells = [str(cell) for row in world.run(id_).rows() for cell in row]
    titled = run_report(cc.Engine(), world.book, id_, as_of=AS_OF, account="a-0001").rows() if id_ == "R20" else []
    texts = [found.title, *found.columns.values(), *cells, *(str(cell) for row in titled for cell in row)]
    assert [text for text in texts if demeaning(text)] == []


@pytest.mark.parametrize("id_", REPORTS)
def test_no_decisions_make_no_rows(world: World, id_: str) -> None:
    assert world.run(id_, world.frames[REPORTS[id_].subject].head(0)).rows() == []


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda world: report("R0", world.frames["account"]), "CC403 no report `R0`"),
        (lambda world: report("R20", world.frames["account"], book=world.book), "CC403 report R20 needs `account`"),
        (lambda world: report("R7", world.frames["account"]), "CC403 report R7 reads the book too"),
        (
            lambda world: report("R14", world.frames["account"], book=world.book, limits={"z": 2.0}),
            "CC403 report R14 needs `limits` for `added_nps`, `rate_floor`, `picked_most`, params of its rulesets",
        ),
        (
            lambda world: report("R3", world.frames["account"], limits={"wants": 0.5}),
            "CC403 report R3 has no limit `wants`; did you mean `wants_from`",
        ),
        (
            lambda world: report("R9", world.frames["account"], limits={"wants_from": 0.5}),
            "CC403 report R9 has no limit `wants_from`; it takes none",
        ),
        (
            lambda world: report("R3", world.frames["account"], limits={"wants_from": 1.5}),
            "CC403 limit `wants_from` of report R3 is 1.5; from 0 to 1",
        ),
        (
            lambda world: report("R7", world.frames["account"], book=world.book, horizon_days=0),
            "CC403 `horizon_days` is the number `0`; give a whole number, 1 or more",
        ),
        (lambda world: report("R12", world.frames["account"], book=world.book), "needs decisions on each opportunity"),
        (
            lambda world: report("R3", world.frames["account"].select("account_id", "as_of")),
            "R3: the frame lacks ruleset `relationship.intent`, fact `intent_shown_client`",
        ),
        (lambda world: world.run("R5", world.frames["account"].drop("starter_account_ties_band")), "has no bands"),
        (
            lambda world: world.run("R9", pl.concat([world.frames["account"], world.earlier], how="diagonal_relaxed")),
            "CC403 report R9 is about one day",
        ),
    ],
)
def test_what_a_report_lacks_is_told(world: World, act: Callable[[World], Any], message: str) -> None:
    with pytest.raises(cc.FactError, match=message.replace("(", r"\(")):
        act(world)


def test_the_page_is_current() -> None:
    ran = subprocess.run(  # as `make docs` runs it
        [sys.executable, ROOT / "tools" / "reports.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_who_supplies_us_is_in_no_report(world: World) -> None:
    vendors = ["a-0002", "a-0003"]
    direction = pl.when(pl.col("id").is_in(vendors)).then(pl.lit("vendor")).otherwise("direction").alias("direction")
    tables = world.book.tables
    book = attrs.evolve(world.book, tables={**tables, "accounts": tables["accounts"].with_columns(direction)})
    mine = {
        name: frame.filter(~pl.col("account_id").is_in(vendors))
        for name, frame in world.frames.items()
        if name != "organisation"
    }
    only = {
        name: table.filter(~pl.col("account_id").is_in(vendors) | pl.col("account_id").is_null())
        if "account_id" in table.columns
        else table
        for name, table in tables.items()
    }
    only["accounts"] = tables["accounts"].filter(~pl.col("id").is_in(vendors))
    without = attrs.evolve(world.book, tables=only)
    for id_ in ("R1", "R6", "R7", "R11", "R12"):
        subject = REPORTS[id_].subject
        told = world.run(id_, world.frames[subject], book)
        assert told.equals(world.run(id_, mine[subject], without)), id_
        assert not told.equals(world.run(id_)), id_
