"""`clientcore sql`: the decisions as the text of one statement for a database."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from clientcore.cli.arguments import Commands, add_engine, build_engine, command, day
from clientcore.cli.files import output, reason
from clientcore.cli.subjects import add_asked
from clientcore.cli.terminal import note
from clientcore.entities import ENTITIES
from clientcore.errors import BookError, ClientcoreError, did_you_mean
from clientcore.pairs import each_once

_EXAMPLES = """\
sql --dialect postgres -o decisions.sql
sql --dialect duckdb --as view --name decisions --only "starter.*"
sql --dialect postgres --as table --as-of 2026-06-30 --tables crm.json
sql --dialect postgres --as table --as-of 2026-06-30 --previous decisions_may --name decisions_june
"""
#: Characters from which on nobody reads a statement on a terminal.
_LONG = 50_000
_DIALECTS = ("duckdb", "postgres", "spark", "snowflake", "bigquery")


def add(commands: Commands) -> argparse.ArgumentParser:
    """Add the command."""
    parser = command(commands, "sql", "print the decisions as one SQL statement", _EXAMPLES)
    parser.add_argument("--dialect", choices=_DIALECTS, default="postgres", help="the database (default postgres)")
    parser.add_argument("--as", dest="form", choices=("select", "view", "table"), default="select",
                        help="a plain statement (default), or one that makes a view or a table")  # fmt: skip
    parser.add_argument("--name", help="name of the view or table (default decisions)")
    parser.add_argument("--schema", default="", help="schema of the tables, and of the view or table")
    parser.add_argument(
        "--tables",
        metavar="FILE",
        type=Path,
        help="JSON file with the columns that the database has, table by table (default: all that a book may have)",
    )
    parser.add_argument("--previous", metavar="TABLE",
                        help="table or view with the decisions of an earlier day, which these go on from")  # fmt: skip
    parser.add_argument("--as-of", metavar="DAY", type=day, help="day of the decision (default: when the text is run)")
    add_asked(parser)
    add_engine(parser)
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="where to (default: the terminal)")
    return parser


def run(args: argparse.Namespace) -> int:
    """Write the statement."""
    if args.name is not None and args.form == "select":
        raise ClientcoreError("--name names a view or a table; give --as view or --as table")
    text = build_engine(args).to_sql(
        args.dialect,
        as_of=args.as_of,
        subject=args.subject,
        only=args.only,
        tables=None if args.tables is None else _tables(args.tables),
        previous=args.previous,
        as_=args.form,
        name=args.name or "decisions",
        schema=args.schema,
    )
    with output(args.output) as file:
        file.write(f"{text};\n".encode())
    if args.output is None and len(text) > _LONG:
        fewer = "" if args.only else "--only IDS, as `trust.*`, computes less; "
        note(f"a statement of {len(text) / 1e6:.1f} MB; {fewer}-o FILE writes it to a file")
    return 0


def _tables(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=each_once)
    except OSError as error:
        raise BookError(f"CC608 `{path}` can't be read: {reason(error)}") from error
    except ValueError as error:
        raise BookError(f"CC608 `{path}` can't be read as JSON: {error}") from error
    fits = isinstance(found, dict) and all(isinstance(columns, list | dict) for columns in found.values())
    if not fits:
        raise BookError(f'CC608 `{path}` names no columns; write {{"accounts": ["id", "industry"], …}}')
    tables: dict[str, Any] = found
    for table, columns in tables.items():
        if table != "facts" and table not in ENTITIES:
            note(f"`{table}` is no table of a book; {did_you_mean(table, ENTITIES)}")
        for column in () if table not in ENTITIES else columns:
            if column not in ENTITIES[table].fields:
                note(f"`{column}` is no column of `{table}` in a book; {did_you_mean(column, ENTITIES[table].fields)}")
    return tables
