"""`clientcore questions`: a form with what to ask people, for one account or a whole book."""

from __future__ import annotations

import argparse
import shlex
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
    open_book,
)
from clientcore.cli.files import output
from clientcore.cli.subjects import add_asked, as_given, nobody, trace_first
from clientcore.cli.terminal import Progress, note, say
from clientcore.errors import ClientcoreError, counted

if TYPE_CHECKING:
    from clientcore.answers import Item

_EXAMPLES = """\
questions book a-0001 --as-of 2026-06-30 -o form.csv
questions book --only "trust.*" --as-of 2026-06-30 -o form.json
questions book a-0001 --subject opportunity --as-of 2026-06-30 -o deals.csv
questions book --answers june.csv --as-of 2026-06-30 -o still_open.csv
"""
_SHOWN = 20


def add(commands: Commands) -> argparse.ArgumentParser:
    """Add the command."""
    parser = command(commands, "questions", "write a form with what to ask people", _EXAMPLES)
    add_book(parser)
    parser.add_argument("account", metavar="ACCOUNT", nargs="?", help="id of the account (default: every account)")
    add_asked(parser, only="what is to be settled", about="whom it is")
    parser.add_argument("--every", action="store_true", help="ask also for what is known or settles nothing")
    add_engine(parser)
    add_answers(parser)
    parser.add_argument(
        "-o", "--output", metavar="FILE", type=Path, help="a .csv or .json file (default: the terminal)"
    )
    return parser


def run(args: argparse.Namespace) -> int:
    """Decide each account and write what to ask."""
    from clientcore.answers import Questionnaire

    ending = None if args.output is None else args.output.suffix.lower()
    if ending not in {None, ".csv", ".json"}:
        raise ClientcoreError(f"can't tell the format of `{args.output}` from its ending; end it in .csv or .json")
    engine = build_engine(args)
    as_of = chosen_day(args)
    book = with_answers(args, engine, open_book(args, engine), as_of)
    subject = args.subject
    tops = "organisation" if subject == "organisation" else "account"
    from clientcore.batch import facts_of

    handed = facts_of(book.with_facts_of(subject), engine.fact_kinds)
    chosen = book if args.account is None else book.only(tops, [args.account])
    if args.account is not None and not chosen.count(tops):
        book.account(args.account)  # raises, and names a near id
    if args.account is not None:
        trace_first(engine, subject, args.only)
    items: list[Item] = []
    with Progress(f"{tops}s") as progress:
        for done, one in enumerate(chosen.subjects(tops), start=1):
            form = engine.questionnaire(
                one, as_of=as_of, subject=subject, only=args.only, facts=handed.get(str(one["id"])), every=args.every
            )
            items += form.items
            progress(done, chosen.count(tops))
    if subject != "account" and not book.count(subject):
        note(nobody(book, subject, args.mapping))
    items.sort(key=lambda item: (-len(item.settles), item.fact, item.account_id, item.subject_id))
    whole = Questionnaire(as_of=as_of, items=tuple(items))
    if ending is None:
        say("\n".join([counted(len(items), "question"), *map(_line, items[:_SHOWN])]))
        if len(items) > _SHOWN:
            note(f"{len(items) - _SHOWN:,} more; write them all with -o FILE")
        return int(bool(lost_tables(book)))
    with output(args.output) as file:
        file.write((whole.to_csv() if ending == ".csv" else whole.to_json()).encode())
    following = shlex.join(["clientcore", "evaluate", args.book, *as_given(args, as_of, [args.output])])
    say(f"{counted(len(items), 'question')} in {args.output}; fill it in, then: {following}")
    return int(bool(lost_tables(book)))


def _line(item: Item) -> str:
    return f"{len(item.settles):>4}  {item.subject_id}  {item.fact}: {item.question} ({item.whom or 'account team'})"
