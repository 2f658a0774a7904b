"""Related rows on each database: groups, lookups, stages, what a database lacks."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from clientcore.executors.sql import DIALECTS, Given, select_of
from clientcore.executors.sql.inlining import inlined
from clientcore.relational import Aggregate, Builder, Definition, Frame, Lookup, Program, Scalar, Source, staged
from clientcore.relational.scalar import arithmetic, case, col, compare, lit
from databases import Database
from scalar_interpreter import World, outputs_of

KEY = (("account_id", "id"),)
ACCOUNTS = pl.DataFrame({"id": ["a", "b", "c"], "x": [1.5, None, 2.0]})
CASES = pl.DataFrame({
    "id": ["1", "2", "3", "4", "5"],
    "account_id": ["a", "a", "a", "b", None],
    "v": [2.0, 2.0, None, None, 7.0],
    "t": ["é", "z", "Z", None, "y"],
    "b": [True, None, False, None, True],
    "on": [date(2026, 1, 1), date(2026, 1, 1), None, date(2025, 1, 1), None],
    "at": [datetime(2026, 1, 1, 12, tzinfo=UTC), None, None, None, None],
})  # fmt: skip
KINDS = {"id": "text", "account_id": "text", "v": "number", "t": "text", "b": "boolean", "on": "day", "at": "instant"}


def builder(seen: Scalar | None = None) -> Builder:
    made = Builder("main")
    sources = tuple(Source("main", name, name, kind) for name, kind in (("id", "text"), ("x", "number")))
    made.frames["main"] = Frame(name="main", table="accounts", sources=sources)
    sources = tuple(Source("cases", name, name, kind) for name, kind in KINDS.items())
    made.frames["cases"] = Frame(name="cases", table="cases", sources=sources, seen=seen)
    return made


def answers(database: Database, made: Builder, outputs: dict[str, str], **options: Any) -> dict[str, tuple[Any, ...]]:
    shown = {"id": ("id", "text")} | {name: (of, "number") for name, of in outputs.items()}
    program = Program(subject="account", main="main", frames=made.frames, stages=staged(made.made), outputs=shown)
    given = Given(dialect=DIALECTS[database.dialect], as_of=date(2026, 6, 30), **options)
    rows = database.rows(select_of(program, given).sql(dialect=database.dialect))
    return {row[0]: row[1:] for row in rows}


def gather(made: Builder, how: Any, value: Scalar | None = None, **options: Any) -> str:
    return str(made.gather(Aggregate("main", "", "cases", how, KEY, value, **options)).value)


V, T, B, ON = (col("v", "number"), col("t", "text"), col("b", "boolean"), col("on", "integer"))
AT, ID = col("at", "integer"), col("id", "text")


@pytest.mark.parametrize(
    ("how", "value", "options", "want"),
    [
        ("count", None, {}, (3, 1, 0)),
        ("count", None, {"where": B}, (1, 0, 0)),
        ("count", None, {"where": Scalar("is_null", "boolean", (B,))}, (1, 1, 0)),
        ("sum", arithmetic("to_integer", V), {}, (4.0, 0.0, 0.0)),
        ("sum", arithmetic("to_integer", V), {"where": B}, (2.0, 0.0, 0.0)),
        ("min", T, {}, ("Z", None, None)),
        ("max", T, {}, ("é", None, None)),
        ("max", T, {"where": compare("lt", T, lit("é"))}, ("z", None, None)),
        ("min", B, {}, (False, None, None)),
        ("max", B, {}, (True, None, None)),
        ("min", ON, {}, (20454, 20089, None)),
        ("count_distinct", V, {}, (1, 0, 0)),
        ("count_distinct", T, {"where": compare("ne", T, lit("z"))}, (2, 0, 0)),
        ("latest", ID, {"order": (ON, AT, ID)}, ("1", "4", None)),
        ("latest", ID, {"order": (ON, ID)}, ("2", "4", None)),
        ("latest", ID, {"order": (T,)}, ("1", "4", None)),
        ("latest", V, {"order": (ID,)}, (None, None, None)),
        ("latest", V, {"order": (ID,), "where": compare("lt", ID, lit("3"))}, (2.0, None, None)),
        ("latest", ID, {"order": (B, V, ID)}, ("1", "4", None)),
    ],
)  # fmt: skip
def test_groups(database: Database, how: str, value: Scalar, options: dict[str, Any], want: tuple[Any, ...]) -> None:
    database.load({"accounts": ACCOUNTS, "cases": CASES})
    made = builder()
    name = gather(made, how, value, **options)
    found = answers(database, made, {"v": name})
    assert [repr(found[one][0]) for one in "abc"] == [repr(one) for one in want]


def test_a_sum_of_large_integers_is_rounded_once(database: Database) -> None:
    values = [9.0e12, 9.0e12, 0.1, 0.000001, 8.999999e12] * 40
    rows = len(values)
    cases = pl.DataFrame({"id": [str(at) for at in range(rows)], "account_id": ["a"] * rows, "v": values})
    database.load({"accounts": ACCOUNTS, "cases": cases})
    made = builder()
    whole = arithmetic("to_integer", Scalar("round_even", "number", (arithmetic("mul", V, lit(1e6)),)))
    name = gather(made, "sum", whole)
    exact = float(sum(round(value * 1e6) for value in values))
    found = answers(
        database, made, {"v": name}, tables={"accounts": {"id": ""}, "cases": dict.fromkeys(cases.columns, "")}
    )
    assert found["a"] == (exact,)


def test_children_read_their_account_and_groups_of_that(database: Database) -> None:
    database.load({"accounts": ACCOUNTS, "cases": CASES})
    made = builder()
    above = made.look_up(Lookup("cases", "", "main", "x", ("account_id", "id"), "number"))
    product = made.keep(arithmetic("mul", above, lit(2.0)), frame="cases")
    most = gather(made, "max", product)
    assert answers(database, made, {"v": most}) == {"a": (3.0,), "b": (None,), "c": (None,)}


def test_rows_that_are_not_seen_do_not_exist(database: Database) -> None:
    database.load({"accounts": ACCOUNTS, "cases": CASES})
    later = compare("le", ON, Scalar("as_of", "integer"))
    made = builder(seen=case(Scalar("is_null", "boolean", (ON,)), lit(False), later))
    assert answers(database, made, {"n": gather(made, "count")}) == {"a": (2,), "b": (1,), "c": (0,)}


def test_what_a_database_lacks_is_missing(database: Database) -> None:
    database.load({"accounts": ACCOUNTS})
    made = builder()
    count = gather(made, "count")
    there = made.keep(case(Scalar("present", "boolean", (), "cases"), lit(1.0), lit(0.0)))
    found = answers(database, made, {"n": count, "there": there.value, "x": "x"}, tables={"accounts": {"id": ""}})
    assert found == {"a": (0, 0.0, None), "b": (0, 0.0, None), "c": (0, 0.0, None)}


def test_a_chain_that_reads_each_link_twice_stays_short(database: Database) -> None:
    database.load({"accounts": ACCOUNTS})
    made = builder()
    value = col("x", "number")
    for _ in range(40):
        value = arithmetic("guard", arithmetic("add", value, lit(1.0)))
    name = made.keep(value).value
    assert answers(database, made, {"v": name}) == {"a": (41.5,), "b": (None,), "c": (42.0,)}


def test_the_day_of_the_statement(database: Database) -> None:
    database.load({"accounts": ACCOUNTS})
    made = builder()
    later = made.keep(compare("gt", Scalar("as_of", "integer"), lit(20_000)))
    made.made["main", "d"] = Definition("main", "d", Scalar("as_of", "integer"))
    outputs = {"day": ("d", "day"), "later": (later.value, "boolean")}
    program = Program(subject="account", main="main", frames=made.frames, stages=staged(made.made), outputs=outputs)
    given = Given(dialect=DIALECTS[database.dialect])
    (day, later_than), *_ = database.rows(select_of(program, given).sql(dialect=database.dialect))
    assert isinstance(day, date)
    assert later_than is True


def test_a_column_that_is_read_once_is_no_column() -> None:
    made = builder()
    value = col("x", "number")
    for at in range(6):
        value = made.keep(arithmetic("add", value, lit(float(at))))
    shared = made.keep(arithmetic("mul", arithmetic("mul", value, lit(2.0)), lit(3.0)))
    last = made.keep(arithmetic("add", shared, arithmetic("mul", shared, shared)))
    program = Program(
        subject="account",
        main="main",
        frames=made.frames,
        stages=staged(made.made),
        outputs={"v": (last.value, "number")},
    )
    small = inlined(program)
    assert [one.name for stage in small.stages for one in stage] == [shared.value, last.value]
    world = World(tables={"accounts": ACCOUNTS.to_dicts()})
    assert outputs_of(small, world) == outputs_of(program, world)
