"""A program → text: a plain statement, a view or a table."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping

import attrs
from sqlglot import exp

from clientcore.errors import BookError, did_you_mean
from clientcore.executors.sql.given import Given
from clientcore.executors.sql.statement import select_of
from clientcore.executors.sql.words import name
from clientcore.relational import Program

_MARK = 9


def written(program: Program, given: Given, form: str, title: str) -> str:
    """Return the text of a program.

    Args:
        program: What the plan means.
        given: The database, the day, the params, the tables that there are.
        form: select, view or table.
        title: Name of the view or table.
    """
    outputs = {fitting(column, given.dialect.longest_name): made for column, made in program.outputs.items()}
    statement: exp.Expr = select_of(attrs.evolve(program, outputs=outputs), given)
    if form != "select":
        target = exp.Table(this=name(title), db=name(given.schema) if given.schema else None)
        statement = exp.Create(this=target, kind=form.upper(), replace=form == "view", expression=statement)
    return str(statement.sql(dialect=given.dialect.name, copy=False))


def fitting(column: str, longest: int) -> str:
    """Return a name that a database does not cut: what is too long ends in a mark of its own.

    Args:
        column: The name; ASCII.
        longest: Bytes that a name may have; 0 for any number.

    Example:
        >>> fitting("a" * 64, 63) == "a" * 54 + "_" + "ffe054fe"
        True
    """
    if not longest or len(column) <= longest:
        return column
    return f"{column[: longest - _MARK]}_{hashlib.sha256(column.encode()).hexdigest()[: _MARK - 1]}"


def require_subjects(tables: Mapping[str, Collection[str]], table: str) -> None:
    """Check that the table of subjects is there, with their ids.

    Raises:
        BookError: It is not (CC404).
    """
    if table not in tables:
        advice = did_you_mean(table, tables)
        raise BookError(f"CC404 the database has no table `{table}`; {advice}".rstrip("; "))
    if "id" not in tables[table]:
        advice = did_you_mean("id", tables[table])
        raise BookError(f"CC404 table `{table}` of the database has no column `id`; {advice}".rstrip("; "))
