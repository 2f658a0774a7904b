"""`clientcore simulate`: an invented book whose hidden truth is known."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from clientcore.cli.arguments import Commands, command, day, positive, seed
from clientcore.cli.terminal import Progress, say
from clientcore.errors import counted
from clientcore.simulate import FORMATS, simulate_book, write_book

#: The day of a simulated book where none is given: fixed, so that the same command writes the same bytes.
DEFAULT_DAY = date(2026, 6, 30)


def add(commands: Commands) -> argparse.ArgumentParser:
    """Add the command."""
    parser = command(
        commands,
        "simulate",
        "write an invented book of accounts, with the hidden truth beside it",
        "simulate -n 1000 --seed 7 -o book\nsimulate -n 100000 --seed 1 -o big --format parquet",
    )
    parser.add_argument(
        "-n", "--accounts", metavar="COUNT", type=positive, default=1000, help="accounts (default 1000)"
    )
    parser.add_argument("--seed", metavar="NUMBER", type=seed, default=7, help="same seed, same bytes (default 7)")
    parser.add_argument(
        "--as-of", metavar="DAY", type=day, default=DEFAULT_DAY, help=f"last day of the book (default {DEFAULT_DAY})"
    )
    parser.add_argument("-o", "--output", metavar="FOLDER", type=Path, required=True, help="a new or an empty folder")
    parser.add_argument("--format", choices=FORMATS, default="csv", help="format of the tables (default csv)")
    return parser


def run(args: argparse.Namespace) -> int:
    """Write the book and tell what it holds."""
    with Progress("accounts") as progress:
        book = simulate_book(args.accounts, args.seed, args.as_of, on_progress=progress)
    write_book(book, args.output, file_format=args.format)
    rows = sum(len(table) for table in book.tables.values())
    size = f"{counted(rows, 'row')} in {counted(len(book.tables), 'table')}"
    say(f"{args.output}: {counted(args.accounts, 'account')}, {size}, as of {args.as_of}")
    say(f"{args.output / 'truth'}: what is true of each account and stands nowhere in the book")
    return 0
