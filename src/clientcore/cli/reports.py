"""`clientcore report`: one of the reports over a whole book, as a table."""

from __future__ import annotations

import argparse
import math
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from clientcore.cli.answers import add_answers, with_answers
from clientcore.cli.arguments import (
    Commands,
    add_book,
    add_engine,
    build_engine,
    chosen_day,
    command,
    lost_tables,
    names,
    open_book,
    positive,
)
from clientcore.cli.files import output
from clientcore.cli.frames import add_output, format_for, write
from clientcore.cli.subjects import nobody
from clientcore.cli.terminal import is_terminal, note, say
from clientcore.errors import ClientcoreError, RulesetError

if TYPE_CHECKING:
    import polars as pl

    from clientcore.book import Book
    from clientcore.engine import Engine

_EXAMPLES = """\
report --list
report book R3 --as-of 2026-06-30 --set wants_from=0.6
report book R5 --as-of 2026-06-30 --previous 2026-03-31 -o moves.csv
report book R18 --as-of 2025-12-31 --horizon 180 --scores starter.account.ties,risk.warning.signs
report book R20 --as-of 2026-06-30 --account a-0001
"""
_WIDE = 200
_NARROWEST = 12
_HORIZON = 365


def add(commands: Commands) -> argparse.ArgumentParser:
    """Add the command."""
    parser = command(commands, "report", "print a report over a book of accounts", _EXAMPLES)
    add_book(parser, optional=True)
    parser.add_argument("report", metavar="REPORT", nargs="?", help="R1 to R21; see --list")
    parser.add_argument("--list", action="store_true", help="list the reports with what each answers")
    parser.add_argument("--account", metavar="ID", help="the account that the report is about (R20)")
    parser.add_argument(
        "--previous", metavar="DAY", help="earlier day to compare with, evaluated from the same book (R5)"
    )
    parser.add_argument("--scores", metavar="IDS", type=names, default=(), help="scores that it is about (R5, R18)")
    parser.add_argument(
        "--horizon", metavar="DAYS", type=positive, help="days that it looks ahead (R7, R18; default 365)"
    )
    parser.add_argument(
        "--set",
        metavar="NAME=NUMBER",
        type=_limit,
        action="append",
        default=[],
        help="a number that the report draws a line with, which docs/reports.md lists",
    )
    parser.add_argument("--all", action="store_true", help="evaluate everything, not only what the report needs (R17)")
    add_engine(parser)
    add_answers(parser)
    add_output(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Evaluate what the report needs and write it."""
    from clientcore.cli.arguments import day
    from clientcore.report import REPORTS, run_report

    if args.list and (args.format is not None or args.output is not None):
        raise ClientcoreError("--list prints names and titles; leave --format and -o out")
    if args.list:
        say("\n".join(f"{one.id:<4} {one.title}: {one.question}" for one in REPORTS.values()))
        return 0
    if args.book is None or args.report is None:
        raise ClientcoreError("name a book and a report, or give --list")
    file_format = format_for(args.output, args.format)
    if file_format == "parquet" and args.output is None and is_terminal(sys.stdout):
        raise ClientcoreError("Parquet is no text for a terminal; name a file with -o")
    args.report = args.report.upper()
    try:
        earlier = None if args.previous is None else day(args.previous)
    except argparse.ArgumentTypeError as error:
        raise ClientcoreError(f"--previous: {error}") from error
    _require_taken(args)
    engine = _engine(args)
    as_of = chosen_day(args)
    book = with_answers(args, engine, open_book(args, engine), as_of)
    frame = run_report(
        engine,
        book,
        args.report,
        as_of=as_of,
        previous=earlier,
        account=args.account,
        scores=args.scores,
        horizon_days=args.horizon or _HORIZON,
        everything=args.all,
        limits=dict(args.set),
    )
    if file_format == "table":
        _show(frame, args.output)
    else:
        with output(args.output) as file:
            write(frame, file, file_format)
    _tell_lacking(args, book)
    return int(bool(lost_tables(book)))


def _tell_lacking(args: argparse.Namespace, book: Book) -> None:
    """Say which tables of the report the book has not, lest an empty report be taken for nothing to tell."""
    from clientcore.report import REPORTS

    report = REPORTS[args.report]
    lacking = [table for table in report.tables if table not in book.tables]
    if not book.count(report.subject):
        note(nobody(book, report.subject, args.mapping))
    elif lacking:
        names = ", ".join(f"`{table}`" for table in lacking)
        note(f"`{book.path}` has no table {names}; what the report tells of it is unknown")


def _limit(text: str) -> tuple[str, float]:
    name, mark, value = text.partition("=")
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not mark or not name or not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"`{text}` is no NAME=NUMBER, as wants_from=0.6")
    return name.strip(), number


def _require_taken(args: argparse.Namespace) -> None:
    """Refuse options that the report does not take: what is ignored in silence is taken for an answer."""
    from clientcore.report import REPORTS
    from clientcore.report.asked import named

    wanted = named(args.report)
    for option, given in (
        ("account", args.account),
        ("previous", args.previous),
        ("scores", args.scores),
        ("horizon_days", args.horizon),
    ):
        if given and option not in (*wanted.needs, *wanted.takes):
            takers = ", ".join(one.id for one in REPORTS.values() if option in (*one.needs, *one.takes))
            name = option.removesuffix("_days")
            raise ClientcoreError(f"report {wanted.id} takes no --{name}; leave it out, or ask for one of: {takers}")
        if not given and option in wanted.needs:
            name = option.removesuffix("_days")
            raise ClientcoreError(f"report {wanted.id} needs --{name}; see `clientcore report --help`")


def _engine(args: argparse.Namespace) -> Engine:
    """Build the engine with the facts that the report reads; what no plugin brings is told by name."""
    from clientcore.report import REPORTS, measures

    wanted = REPORTS.get(args.report)
    if wanted is None or not wanted.facts:
        return build_engine(args)
    try:
        return build_engine(args, more=[measures([wanted.id], subject=wanted.subject)])
    except RulesetError as error:
        ours = [one for one in error.problems if one.where is not None and not one.where.file]
        if not ours or len(ours) < len(error.problems):
            raise
        named = ", ".join(f"`{name}`" for name in (*wanted.rulesets, *wanted.facts))
        raise ClientcoreError(f"CC403 report {wanted.id} needs {named}; add the plugins that bring them") from error


def _show(frame: pl.DataFrame, path: Path | None) -> None:
    watched = path is None and is_terminal(sys.stdout)
    text = as_lines(frame, shutil.get_terminal_size((_WIDE, 24)).columns if watched else _WIDE)
    if path is None:
        say(text)
    else:
        with output(path) as file:
            file.write(f"{text}\n".encode())


def as_lines(frame: pl.DataFrame, width: int) -> str:
    """Return a report as text: as a table where it fits, else as one block for each row.

    Args:
        frame: The report.
        width: Characters in a line.
    """
    columns = {name: [_cell(value) for value in frame[name].to_list()] for name in frame.columns}
    columns = {name: cells for name, cells in columns.items() if any(cells)} if frame.height else columns
    widths = {name: max([len(name), *map(len, cells)]) for name, cells in columns.items()}
    if sum(widths.values()) + 2 * len(widths) <= width:
        rows = [dict(zip(columns, columns, strict=True))]
        rows += [{name: cells[row] for name, cells in columns.items()} for row in range(frame.height)]
        return "\n".join("  ".join(row[name].ljust(widths[name]) for name in columns).rstrip() for row in rows)
    longest = max(*map(len, columns), _NARROWEST)
    blocks = [
        "\n".join(f"{name.ljust(longest)}  {cells[row]}" for name, cells in columns.items() if cells[row])
        for row in range(frame.height)
    ]
    return "\n\n".join(blocks)


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:,.0f}" if value.is_integer() or abs(value) >= 1000 else f"{value:.2f}"
        case int():
            return f"{value:,}"
    return str(value)
