"""A program for known params and tables gives what the program gives, from fewer columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import clientcore as cc
from clientcore.relational import SCALARS, Aggregate, Definition, Frame, Program, Scalar, Source, specialised, staged
from clientcore.relational.scalar import col, lit, null
from clientcore.relational.simplify import Known, simplify
from scalar_interpreter import World, outputs_of, value_of
from scalar_rows import PARAMS, SCALAR_ROWS, Null
from strategies_scalar import COLUMNS, VALUES, scalars

WORLD = World(params=PARAMS, tables={"cases": ()})
NOTHING = Known(lambda _: False, lambda _: False)
ROWS = st.lists(
    st.fixed_dictionaries({name: st.none() | VALUES[sort] for name, sort in COLUMNS.items()}), min_size=1, max_size=6
)
X, ONE, NO = col("x", "number"), lit(1.0), null("number")
TRUTH = col("t", "boolean")


def bits(value: Any) -> Any:
    # a result may be -0 until it leaves a program, and 0 is as good
    return (value + 0.0).hex() if isinstance(value, float) else value


def op(name: str, *args: Scalar, sort: Any = "number", value: Any = None) -> Scalar:
    return Scalar(name, sort, args, value)


def program_of(made: Mapping[str, Scalar | Aggregate], sources: Mapping[str, str]) -> Program:
    """Return a program over accounts and their cases, with every column of the accounts shown."""
    columns: dict[tuple[str, str], Any] = {}
    for name, one in made.items():
        new = one if isinstance(one, Aggregate) else Definition("accounts", name, one)
        columns[new.frame, new.name] = new
    kinds = {"number": "number", "integer": "day", "boolean": "boolean", "text": "text"}
    frames = {
        name: Frame(
            name=name,
            table=name,
            sources=(
                Source(name, "id", "id", "text"),
                Source(name, "account_id", "account_id", "text"),
                *(Source(name, column, column, kinds[sort]) for column, sort in sources.items()),
            ),
        )
        for name in ("accounts", "cases")
    }
    shown = {name: (name, "number") for (frame, name) in columns if frame == "accounts"}
    return Program(subject="account", main="accounts", frames=frames, stages=staged(columns), outputs=shown)


@pytest.mark.parametrize(
    ("scalar", "wanted"),
    [
        (op("and", lit(True), TRUTH, TRUTH, sort="boolean"), TRUTH),
        (op("or", TRUTH, lit(True), sort="boolean"), lit(True)),
        (op("not", lit(False), sort="boolean"), lit(True)),
        (op("case", lit(False), X, lit(True), ONE, NO), ONE),
        (op("case", TRUTH, ONE, ONE), ONE),
        (op("case", op("is_true", TRUTH, sort="boolean"), ONE, op("not", TRUTH, sort="boolean"), X, NO), None),
        (op("case", TRUTH, ONE, op("not", TRUTH, sort="boolean"), X, NO), None),
        (op("is_null", op("case", TRUTH, ONE, X), sort="boolean"), None),
        (op("div", ONE, X), None),
        (op("ne", TRUTH, lit(True), sort="boolean"), op("not", TRUTH, sort="boolean")),
        (op("case", TRUTH, lit(True), lit(False), sort="boolean"), op("is_true", TRUTH, sort="boolean")),
        (op("coalesce", NO, X, ONE, X), op("coalesce", X, ONE)),
        (op("least", X, NO, X), X),
        (op("add", X, NO), NO),
        (op("div", ONE, lit(0.0)), NO),
        (op("mul", X, ONE), X),
        (op("mul", X, lit(0.0)), None),
        (op("sqrt", ONE), ONE),
        (op("mul", lit(1e200), lit(1e200)), None),
        (op("is_null", op("mul", X, ONE), sort="boolean"), op("is_null", X, sort="boolean")),
        (op("is_null", op("div", X, X), sort="boolean"), None),
        (op("is_null", op("div", ONE, X), sort="boolean"), None),
        (op("is_null", op("guard", X), sort="boolean"), None),
        (op("plain_zero", op("guard", X)), op("guard", X)),
        (op("plain_zero", op("neg", X)), None),
        (op("add", X, lit(0.0)), None),
        (op("add", op("abs", X), lit(0.0)), op("abs", X)),
        (op("plain_zero", op("case", TRUTH, lit(-0.0), ONE)), None),
        (op("eq", TRUTH, lit(False), sort="boolean"), op("not", TRUTH, sort="boolean")),
    ],
)
def test_what_can_not_change_the_value_goes(scalar: Scalar, wanted: Scalar | None) -> None:
    simpler = scalar if wanted is None else wanted
    if scalar.op == "is_null":
        inner = simplify(scalar.args[0], NOTHING)
        scalar = op("is_null", inner, sort="boolean")
    assert simplify(scalar, NOTHING) == simpler


def test_the_other_case_is_sure_where_the_condition_is() -> None:
    condition = op("is_null", X, sort="boolean")
    scalar = op("case", condition, ONE, op("not", condition, sort="boolean"), X, NO)
    assert simplify(scalar, NOTHING) == op("case", condition, ONE, X)


@pytest.mark.parametrize("row", SCALAR_ROWS, ids=str)
def test_constants_are_what_engines_make_of_them(row: Any) -> None:
    found = specialised(program_of({"made": row.scalar()}, {}), PARAMS, {"cases"})
    (made,) = outputs_of(found, World(params=PARAMS, tables={"accounts": [{"id": "a"}], "cases": ()}))
    assert made == {"made": None if isinstance(row.want, Null) else row.want}


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(ROWS, st.sampled_from(list(VALUES)).flatmap(scalars))
def test_any_scalar_keeps_its_value(rows: list[dict[str, Any]], scalar: Scalar) -> None:
    program = specialised(program_of({"made": scalar}, COLUMNS), PARAMS, {"cases"})
    (made,) = (one for stage in program.stages for one in stage)
    assert isinstance(made, Definition)
    found = [bits(value_of(made.scalar, row, WORLD)) for row in rows]
    assert found == [bits(value_of(scalar, row, WORLD)) for row in rows]


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_columns_that_read_one_another_keep_their_values(data: st.DataObject) -> None:
    made: dict[str, Scalar | Aggregate] = {}
    known = dict(COLUMNS)
    for at in range(data.draw(st.integers(1, 5))):
        sort = data.draw(st.sampled_from(list(VALUES)))
        scalar = data.draw(scalars(sort, 2))
        names = [name for name, kind in known.items() if kind == sort and name not in COLUMNS]
        if names and data.draw(st.booleans()):
            scalar = op("case", data.draw(scalars("boolean", 1)), scalar, col(names[-1], sort), sort=sort)
        made[f"made{at}"] = scalar
        known[f"made{at}"] = sort
    where = data.draw(scalars("boolean", 1))
    key = (("account_id", "id"),)
    made["many"] = Aggregate("accounts", "many", "cases", "count", key, None, where)
    made["most"] = Aggregate("accounts", "most", "cases", "max", key, data.draw(scalars("number", 1)), where)
    made["none"] = op("is_null", col("most", "number"), sort="boolean")
    made["again"] = Aggregate("accounts", "again", "cases", "count", key, None, where)
    made["read"] = op("add", op("to_number", col("many", "integer")), op("to_number", col("again", "integer")))
    rows = data.draw(ROWS)
    tables = {
        "accounts": [{**row, "id": str(at)} for at, row in enumerate(rows)],
        "cases": [{**row, "id": str(at), "account_id": str(at % 2)} for at, row in enumerate(rows)],
    }
    world = World(params=PARAMS, tables=tables)
    program = program_of(made, COLUMNS)
    assert outputs_of(specialised(program, PARAMS, tables), world) == outputs_of(program, world)


def test_no_param_is_minus_zero() -> None:
    key = ("t.r", "z")
    values = (Scalar("param", "number", (), key), lit(0.0))
    for one in (op("case", TRUTH, *values), op("case", TRUTH, *reversed(values))):
        program = program_of({"made": one}, {"t": "boolean"})
        (made,) = (one for stage in specialised(program, {key: -0.0}, None).stages for one in stage)
        assert isinstance(made, Definition)
        assert made.scalar == lit(0.0)
        assert str(made.scalar.value) == "0.0"


def test_a_table_is_there_or_not() -> None:
    there = Scalar("present", "boolean", (), "cases")
    program = program_of({"made": op("case", there, ONE, lit(0.0))}, {})
    for tables, wanted in (({"cases"}, ONE), (set(), lit(0.0)), (None, op("case", there, ONE, lit(0.0)))):
        (made,) = (one for stage in specialised(program, {}, tables).stages for one in stage)
        assert isinstance(made, Definition)
        assert made.scalar == wanted


def test_equal_columns_are_one_and_nothing_is_lost() -> None:
    twice = {
        "one": op("add", X, X),
        "same": op("add", X, X),
        "sum": op("mul", col("one", "number"), col("same", "number")),
    }
    found = specialised(program_of(twice, {"x": "number"}), {}, None)
    assert found.outputs == {"one": ("one", "number"), "same": ("one", "number"), "sum": ("sum", "number")}


def test_what_is_bundled_becomes_smaller() -> None:
    engine = cc.Engine()
    executor, _ = engine.executors("account", None)
    from clientcore.relational import make_program, phases_of

    program = make_program(executor.plan, given=frozenset(), clean=frozenset(), person=frozenset(), history=False)
    params = engine.params_of(executor.plan, None)

    def operations(one: Program) -> int:
        order = phases_of(one).phases
        made = [made for group in order for phase in group for level in phase.levels for made in level]
        return sum(len(scalar.args) > 0 for one in made for scalar in one.scalar.walk())

    assert operations(specialised(program, params, None)) < 0.8 * operations(program)


def test_each_operation_is_known() -> None:
    from clientcore.relational import simplify as rules

    named = {*rules._COMPUTED, *rules._RULES, *rules._NULLED, *rules._SURE}
    assert named <= SCALARS.keys()
