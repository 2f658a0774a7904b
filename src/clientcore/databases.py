"""Decisions where the data lives: a plan as the text of one statement, and running that statement in a database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import attrs

from clientcore.batch import shape_of
from clientcore.errors import FactError, did_you_mean, missing_extra
from clientcore.plan import Plan
from clientcore.relational import Program

if TYPE_CHECKING:
    import polars as pl

    from clientcore.executors.sql import Given

As = Literal["select", "view", "table"]
FORMS: tuple[As, ...] = ("select", "view", "table")


@attrs.frozen(kw_only=True)
class Statement:
    """What a statement is written from.

    Args:
        plan: The plan.
        program: The same over frames.
        params: (ruleset, param) → value, of the profile that holds.
        as_of: The day; None for the day on which the statement runs.
    """

    plan: Plan
    program: Program
    params: Mapping[tuple[str, str], Any]
    as_of: date | None


def sql_text(
    statement: Statement,
    *,
    dialect: str,
    tables: Mapping[str, Iterable[str]] | None = None,
    as_: As = "select",
    name: str = "decisions",
    schema: str = "",
) -> str:
    """Return the text of a statement; see `Engine.to_sql`.

    Raises:
        FactError: The dialect or the form is unknown (CC403).
        MissingExtraError: sqlglot is not installed.
    """
    if as_ not in FORMS:
        raise FactError(f"CC403 unknown form `{as_}`; {did_you_mean(as_, FORMS)}")
    sql = _executor("writing SQL")
    known = None if tables is None else {table: _types(columns) for table, columns in tables.items()}
    given = sql.Given(
        dialect=sql.dialect_of(dialect), as_of=statement.as_of, params=statement.params, tables=known, schema=schema
    )
    return _comment(statement, given) + str(sql.written(statement.program, given, as_, name))


def evaluate_in(statement: Statement, connection: Any, *, schema: str = "") -> pl.DataFrame:
    """Run a statement where the data lives; see `Engine.evaluate_in`.

    Raises:
        FactError: The connection is of no known driver (CC403).
        BookError: The database refuses, the connection breaks, or there is no table of subjects (CC404).
        MissingExtraError: sqlglot or polars is not installed.
    """
    sql = _executor("evaluating in a database")
    from clientcore.book.frame import conformed

    found = sql.connected(connection)
    main = statement.program.frames[statement.program.main].table
    tables = {table.lower(): columns for table, columns in found.columns(schema).items()}
    sql.require_subjects(tables, main)
    given = sql.Given(
        dialect=sql.dialect_of(found.dialect),
        as_of=statement.as_of,
        params=statement.params,
        tables=tables,
        schema=schema,
    )
    # short names, since a database may cut long ones
    titles = list(statement.program.outputs)
    short = {f"c{at}": shown for at, shown in enumerate(statement.program.outputs.values())}
    text = sql.written(attrs.evolve(statement.program, outputs=short), given, "select", "")
    frame = found.frame(str(text))
    return conformed(frame.rename(dict(zip(frame.columns, titles, strict=True))), shape_of(statement.plan, lists=False))


def _executor(purpose: str) -> Any:
    try:
        from clientcore.executors import sql
    except ModuleNotFoundError as error:
        if error.name not in {"sqlglot", "polars", "duckdb"}:
            raise
        raise missing_extra(str(error.name), "sql", purpose) from error
    return sql


def _types(columns: Iterable[str] | Mapping[str, str]) -> dict[str, str]:
    if isinstance(columns, Mapping):
        return {column: str(type_).lower() for column, type_ in columns.items()}
    return dict.fromkeys(columns, "")


def _comment(statement: Statement, given: Given) -> str:
    day = "the day on which it runs" if given.as_of is None else str(given.as_of)
    lines = [f"clientcore: {statement.plan.subject}s as of {day}, for {given.dialect.name}"]
    if not given.dialect.ran:
        lines.append("this text was never run on such a database by the tests of clientcore")
    lines += [f"{ruleset.id} {ruleset.version} {ruleset.sha256[:12]}" for ruleset in statement.plan.rulesets]
    return "".join(f"-- {line}\n" for line in lines)


__all__: Sequence[str] = ["FORMS", "As", "Statement", "evaluate_in", "sql_text"]
