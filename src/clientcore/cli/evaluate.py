"""`clientcore evaluate`: one row of decisions for every account of a book."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from clientcore.cli.answers import add_answers, with_answers
from clientcore.cli.arguments import (
    Commands,
    add_book,
    add_engine,
    build_engine,
    chosen_day,
    comes_in_parts,
    command,
    instant,
    lost_tables,
    open_book,
    open_in_parts,
    tell_wrong,
)
from clientcore.cli.files import output
from clientcore.cli.frames import add_output, as_table, format_for, write
from clientcore.cli.subjects import add_asked, add_previous, as_given, nobody
from clientcore.cli.summary import summary
from clientcore.cli.terminal import Progress, is_terminal, note, say
from clientcore.cli.words import in_options
from clientcore.entities import SUBJECTS
from clientcore.errors import ClientcoreError, counted

if TYPE_CHECKING:
    import polars as pl

    from clientcore.batch import Written
    from clientcore.book import Book, BookInParts

_EXAMPLES = """\
evaluate book --as-of 2026-06-30
evaluate book --as-of 2026-06-30 -o decisions.parquet
evaluate crm.db --mapping northwind --as-of 2026-06-30 --only "spectrum.*" --format csv
evaluate book --as-of 2026-07-31 --previous june.parquet -o july.parquet
evaluate book --as-of 2026-06-30 --previous june.parquet --changed-since 2026-06-30T06:00:00Z -o june.parquet
evaluate book --as-of 2026-06-30 --answers form.csv
"""
_WIDE = 200
#: Rows that a person looks at before the summary.
_ROWS = 20
_PROBLEM = re.compile(r"; (?=CC[0-9]{3} )")


def add(commands: Commands) -> argparse.ArgumentParser:
    """Add the command."""
    parser = command(commands, "evaluate", "decide every account of a book", _EXAMPLES)
    add_book(parser)
    add_previous(parser)
    parser.add_argument(
        "--changed-since",
        metavar="INSTANT",
        type=instant,
        help="instant, with its zone, at which the book of --previous was read: only accounts with a record since then "
        "are decided anew, where the day is the same",
    )
    add_asked(parser)
    parser.add_argument(
        "--lists", action="store_true", help="add what fired, is unknown, was found and is to be done as lists"
    )
    parser.add_argument(
        "--executor",
        choices=("columnar", "record", "durable"),
        default="columnar",
        help="column by column, or one subject after the other, which can do what frames can't, the last with the "
        "rules answered by durable-rules (default columnar)",
    )
    add_engine(parser)
    add_answers(parser)
    add_output(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Evaluate the book and write the decisions."""
    from clientcore.batch import Written, tables_read

    file_format = format_for(args.output, args.format)
    if file_format == "parquet" and args.output is None and is_terminal(sys.stdout):
        raise ClientcoreError("Parquet is no text for a terminal; name a file with -o")
    if args.changed_since is not None and args.previous is None:
        raise ClientcoreError(
            "--changed-since says which decisions of an earlier run are kept; give --previous FILE too"
        )
    engine = build_engine(args)
    as_of = chosen_day(args)
    # an answer may be about any field
    tables = None if args.answers else tables_read(engine, args.subject, args.only)
    if comes_in_parts(args):
        book: Book | BookInParts = open_in_parts(args, tables)
    else:
        book = with_answers(args, engine, open_book(args, engine, tables), as_of)
    sink = _sink(args.output) if file_format == "parquet" else None
    with Progress(SUBJECTS[args.subject].table) as progress:
        frame = engine.evaluate_book(
            book,
            as_of=as_of,
            previous=args.previous,
            changed_since=args.changed_since,
            only=args.only,
            lists=args.lists,
            subject=args.subject,
            executor=args.executor,
            sink=sink,
            on_progress=progress,
        )
    if comes_in_parts(args):  # only now it is known
        tell_wrong(args, book)
    made: pl.DataFrame | Written = frame if sink is None else Written.of(sink)
    if args.subject != "account" and not made.height:  # a book without accounts is told when it is read
        note(nobody(book, args.subject, args.mapping))
    if file_format == "table":
        _show(frame, args.output)
    elif sink is None:
        with output(args.output) as file:
            write(frame, file, file_format)
    _tell_problems(made, args.subject)
    if file_format == "table" or (args.output is not None and args.output.is_file()):
        # what a program reads from standard output holds nothing else
        plan = engine.plan(args.subject, only=args.only)
        more = f"\n\n{_next(args, made, as_of)}" if made.height else ""
        say(f"\n{summary(made, plan, args.profile or ())}{more}")
    return int(bool(lost_tables(book)))


def _tell_problems(frame: pl.DataFrame | Written, subject: str) -> None:
    """Tell how many subjects have problems with what was handed in, and of each code the most frequent one."""
    errors = frame["error"].drop_nulls()
    subjects: Counter[str] = Counter()
    texts: dict[str, Counter[str]] = {}
    for text, number in errors.value_counts().iter_rows():
        parts = _PROBLEM.split(text)
        subjects.update(dict.fromkeys((part[:5] for part in parts), number))
        for part in parts:
            texts.setdefault(part[:5], Counter())[part] += number
    for code, number in sorted(subjects.items()):
        first = min(texts[code].items(), key=lambda pair: (-pair[1], pair[0]))[0]
        as_ = "" if len(texts[code]) == 1 else "problems as "
        note(f"{counted(number, subject)}: {as_}{in_options(first)}")
    if subjects:
        note(f"problems of {counted(len(errors), subject)} are in the column `error`")


def _sink(path: Path | None) -> Path | None:
    """Return the file that decisions can be written to as they come; None where there is none, as for a pipe."""
    if path is None or str(path) == "-":
        return None
    return Path(os.path.realpath(path)) if path.is_file() or not path.exists() else None


def _next(args: argparse.Namespace, frame: pl.DataFrame | Written, as_of: date) -> str:
    """Return the command that explains the first subject, as it was evaluated."""
    words = ["clientcore", "explain", args.book, frame[f"{args.subject}_id"][0], *as_given(args, as_of)]
    return f"why, and what to ask: {shlex.join(words)}"


def _show(frame: pl.DataFrame, path: Path | None) -> None:
    watched = path is None and is_terminal(sys.stdout)
    shown = frame if path is not None else frame.head(_ROWS)
    text, hidden = as_table(shown, shutil.get_terminal_size((_WIDE, 24)).columns if watched else _WIDE, frame)
    if path is None:
        say(text)
    else:
        with output(path) as file:
            file.write(f"{text}\n".encode())
    more = [f"{frame.height - shown.height:,} of {frame.height:,} rows"] if frame.height > shown.height else []
    more += [f"{hidden} of {len(frame.columns)} columns"] if hidden else []
    if more:
        verb = "is" if len(more) == 1 and more[0].startswith("1 ") else "are"
        note(f"{' and '.join(more)} {verb} not shown; write them all with -o FILE or --format")
