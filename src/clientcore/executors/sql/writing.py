"""A program → text: a plain statement, a view or a table."""

from __future__ import annotations

import re
from collections.abc import Mapping

import attrs
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect

from clientcore.errors import BookError, did_you_mean
from clientcore.executors.sql.choosing import Choice, select_each
from clientcore.executors.sql.given import Given
from clientcore.executors.sql.kinds import holds_text
from clientcore.executors.sql.statement import select_of
from clientcore.executors.sql.words import fitting, name
from clientcore.relational import Program

#: What opens, closes and separates, and what is quoted, in which nothing does.
_PLAIN = re.compile(r"""'[^']*'|"[^"]*"|`[^`]*`|[()]|, """)
_BACKSLASHED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`|[()]|, """, re.DOTALL)


def written(program: Program, given: Given, form: str, title: str, choice: Choice | None = None) -> str:
    """Return the text of a program.

    Args:
        program: What the plan means.
        given: The database, the day, the params, the tables that there are.
        form: select, view or table.
        title: Name of the view or table.
        choice: The profiles among which each account has its own; None where one holds for all.
    """
    outputs = {fitting(column, given.dialect.longest_name): made for column, made in program.outputs.items()}
    fitted = attrs.evolve(program, outputs=outputs)
    statement = select_of(fitted, given) if choice is None else select_each(fitted, choice, given)
    if form != "select":
        target = exp.Table(this=name(title), db=name(given.schema) if given.schema else None)
        statement = exp.Create(this=target, kind=form.upper(), replace=form == "view", expression=statement)
    return in_lines(str(statement.sql(dialect=given.dialect.name, copy=False)), given.dialect.name)


def in_lines(text: str, dialect: str) -> str:
    """Return a statement with a line for each step and for each column of it, and otherwise the same.

    The printer's own way of breaking lines takes three times as long.

    Args:
        text: One statement, in one line.
        dialect: Whose texts tell whether a backslash hides a quote.

    Example:
        >>> print(in_lines("WITH a AS (SELECT f(1, 2), ', ' FROM t) SELECT b, c FROM a", "duckdb"))
        WITH a AS (SELECT f(1, 2),
        ', ' FROM t) SELECT b,
        c FROM a
    """
    escapes = Dialect.get_or_raise(dialect).tokenizer_class.STRING_ESCAPES
    pieces, depth, start = [], 0, 0
    for found in (_BACKSLASHED if "\\" in escapes else _PLAIN).finditer(text):
        mark = found.group()
        if mark == "(":
            depth += 1
        elif mark == ")":
            depth -= 1
        elif mark == ", " and depth <= 1:
            pieces.append(text[start : found.start()])
            start = found.end()
    return ",\n".join([*pieces, text[start:]])


def require_subjects(tables: Mapping[str, Mapping[str, str]], table: str) -> None:
    """Check that the table of subjects is there, with their ids.

    Args:
        tables: Table → column → its type as the database calls it, empty where it is not known.
        table: The table of subjects.

    Raises:
        BookError: It is not, or its ids are of a type that no id has (CC404).
    """
    if table not in tables:
        advice = did_you_mean(table, tables)
        raise BookError(f"CC404 the database has no table `{table}`; {advice}".rstrip("; "))
    if "id" not in tables[table]:
        advice = did_you_mean("id", tables[table])
        raise BookError(f"CC404 table `{table}` of the database has no column `id`; {advice}".rstrip("; "))
    if not holds_text(type_ := tables[table]["id"]):
        advice = "an id is text, or a whole number without a decimal point: cast it in a view"
        raise BookError(f"CC404 column `id` of table `{table}` of the database is {type_}; {advice}")
