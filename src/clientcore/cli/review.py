"""`clientcore review`: the twenty items of an account's review, filled as far as something is known."""

from __future__ import annotations

import argparse
import json

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
from clientcore.cli.terminal import say

_EXAMPLES = """\
review book a-0001 --as-of 2026-06-30
review book a-0001 --as-of 2026-06-30 --answers form.csv
review crm.db ALFKI --mapping northwind --format json
"""


def add(commands: Commands) -> argparse.ArgumentParser:
    """Add the command."""
    parser = command(commands, "review", "prepare the review of one account: what is known, and what to ask", _EXAMPLES)
    add_book(parser)
    parser.add_argument("account", metavar="ACCOUNT", help="id of the account")
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="format of the output (default text)"
    )
    add_engine(parser)
    add_answers(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Evaluate the account and print its review."""
    from clientcore.review import review_pack

    engine = build_engine(args)
    as_of = chosen_day(args)
    book = with_answers(args, engine, open_book(args, engine), as_of)
    pack = review_pack(engine, book, args.account, as_of=as_of)
    if args.format == "json":
        say(json.dumps(pack.to_dict(), indent=2, ensure_ascii=False))
    else:
        say(str(pack))
    return int(bool(lost_tables(book)))
