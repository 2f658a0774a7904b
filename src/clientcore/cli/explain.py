"""`clientcore explain`: one subject, which gates hold and which do not, why, and what to ask next."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

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
from clientcore.cli.story import as_dict, as_text, asked_as_dict
from clientcore.cli.subjects import add_asked, add_previous, decided
from clientcore.cli.terminal import say
from clientcore.cli.words import in_options
from clientcore.errors import ClientcoreError

if TYPE_CHECKING:
    from clientcore.decision import Decision

Told = TypeVar("Told")
AUDIENCES = ("internal", "account_team", "executive", "client")
_EXAMPLES = """\
explain book a-0001 --as-of 2026-06-30
explain book a-0001 --why engagement_mode --why-not gate_mining
explain book a-0001 --what-would-change risk.warning/invoices_overdue
explain book a-0001 --only "health.*" --answers form.csv
explain book a-0001-o1 --subject opportunity
explain book --subject organisation
explain crm.db ALFKI --mapping northwind --format json
explain book a-0001 --audience client
"""


def add(commands: Commands) -> argparse.ArgumentParser:
    """Add the command."""
    parser = command(
        commands, "explain", "explain the decision on one account, opportunity, workstream or organisation", _EXAMPLES
    )
    add_book(parser)
    parser.add_argument("id", metavar="ID", nargs="?", help="id of the subject (default: the only one there is)")
    add_previous(parser)
    add_asked(parser, about="what the id is")
    parser.add_argument(
        "--why", metavar="NAME", action="append", default=[], help="why a rule, score, table, state or fact is so"
    )
    parser.add_argument("--why-not", metavar="NAME", action="append", default=[], help="what stands in its way")
    parser.add_argument(
        "--what-would-change",
        metavar="RULE",
        action="append",
        default=[],
        help="which single facts would make a rule hold, or end it",
    )
    parser.add_argument(
        "--details", action="store_true", help="tell every score, and every condition with what it read"
    )
    parser.add_argument("--audience", choices=AUDIENCES, default="internal", help="who will read it (default internal)")
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="format of the output (default text)"
    )
    add_engine(parser)
    add_answers(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Evaluate the subject and explain the decision."""
    asked = bool(args.why or args.why_not or args.what_would_change)
    if args.audience != "internal" and (asked or args.format == "json"):
        raise ClientcoreError(
            "--why, --why-not, --what-would-change and --format json are only for --audience internal"
        )
    engine = build_engine(args)
    as_of = chosen_day(args)
    book = with_answers(args, engine, open_book(args, engine), as_of)
    decision = decided(args, engine, book, as_of)
    if asked:
        say(_answered(args, decision))
    elif args.audience != "internal":
        say(decision.render(args.audience))
    elif args.format == "json":
        say(json.dumps(as_dict(engine, decision), indent=2, ensure_ascii=False))
    else:
        say(as_text(engine, decision, engine.plan(args.subject, only=args.only), details=args.details))
    return int(bool(lost_tables(book)))


def _answered(args: argparse.Namespace, decision: Decision) -> str:
    """Return what was asked of a decision, as text or JSON; all names that it does not have are told at once."""
    wrong: list[str] = []

    def each(ask: Callable[[str], Told], names: Sequence[str]) -> list[Told]:
        told = []
        for name in names:
            try:
                told.append(ask(name))
            except ClientcoreError as error:
                wrong.append(str(error))
        return told

    why, why_not = each(decision.why, args.why), each(decision.why_not, args.why_not)
    changes = each(decision.what_would_change, args.what_would_change)
    if wrong:
        raise ClientcoreError("\n".join(dict.fromkeys(wrong)))
    if args.format == "json":
        return json.dumps(asked_as_dict(decision, why, why_not, changes), indent=2, ensure_ascii=False)
    return "\n\n".join(in_options(str(one)) for one in (*why, *why_not, *changes))
