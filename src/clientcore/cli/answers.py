"""`clientcore answers`: what of some filled forms counts on a day; and `--answers` of other commands."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from clientcore.cli.arguments import Commands, add_engine, build_engine, chosen_day, command, day
from clientcore.cli.terminal import note, say
from clientcore.errors import counted

if TYPE_CHECKING:
    from clientcore.answers import Answers, Taken
    from clientcore.book import Book
    from clientcore.engine import Engine

_EXAMPLES = """\
answers form.csv --as-of 2026-06-30
answers delivery.csv sales.csv --as-of 2026-06-30
"""
_SHOWN = 20


def add(commands: Commands) -> argparse.ArgumentParser:
    """Add the command."""
    parser = command(commands, "answers", "say what of filled forms counts, and where answers differ", _EXAMPLES)
    parser.add_argument("forms", metavar="FORM", nargs="+", type=Path, help="filled forms, .csv or .json")
    parser.add_argument("--as-of", metavar="DAY", type=day, help="day of the decision, YYYY-MM-DD or `today` (default)")
    add_engine(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Read the forms and say what counts; 1 where a row was set aside or answers differ."""
    engine = build_engine(args)
    answers, taken = read(args.forms, engine, chosen_day(args), most=None)
    counts = [counted(len(answers.given), "answer"), f"{counted(answers.empty, 'question')} without one"]
    if answers.rejects:
        rows = {(one.file, one.line) for one in answers.rejects}
        counts.append(f"{counted(len(rows), 'row')} set aside")
    if taken.differences:
        counts.append(f"{counted(len(taken.differences), 'question')} on which answers differ")
    if taken.expired:
        counts.append(f"{counted(len(taken.expired), 'answer')} expired")
    lines = [", ".join(counts)]
    for (_, id_), facts in sorted(taken.facts.items()):
        for name, fact in sorted(facts.items()):
            said = f"= {_shown(fact.value)}" if fact.applicable else "does not apply"
            lines.append(f"{id_}: {name} {said} ({fact.assessed_by_role}, {fact.source}, {fact.observed_at})")
    lines += [
        f"{subject} {id_}: {field} = {_shown(given)}"
        for (subject, id_), fields in sorted(taken.fields.items())
        for field, given in sorted(fields.items())
    ]
    say("\n".join(lines))
    return 1 if answers.rejects or taken.differences else 0


def add_answers(parser: argparse.ArgumentParser) -> None:
    """Add `--answers`."""
    parser.add_argument(
        "--answers", metavar="FORM", nargs="+", type=Path, help="filled forms, as `clientcore questions` writes them"
    )


def with_answers(args: argparse.Namespace, engine: Engine, book: Book, as_of: date) -> Book:
    """Return the book with the answers of `--answers` in it; what does not count is told on standard error."""
    if not args.answers:
        return book
    _, taken = read(args.answers, engine, as_of)
    _tell(taken.unplaced(book))
    return taken.into(book)


def read(forms: Sequence[Path], engine: Engine, as_of: date, *, most: int | None = _SHOWN) -> tuple[Answers, Taken]:
    """Return the answers of some forms and what counts of them; what does not is told on standard error.

    Args:
        forms: The files.
        engine: The engine, whose facts are asked for.
        as_of: The day.
        most: How many rows that do not count are told; None for all.
    """
    from clientcore.answers import read_answers

    answers = read_answers(forms, engine)
    taken = answers.at(as_of)
    _tell(answers.rejects, most)
    _tell(taken.problems, most)
    return answers, taken


def _tell(told: Sequence[object], most: int | None = _SHOWN) -> None:
    shown = told[:most]
    for one in shown:
        note(str(one))
    if len(told) > len(shown):
        note(f"... and {len(told) - len(shown):,} more; clientcore answers shows them all")


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
