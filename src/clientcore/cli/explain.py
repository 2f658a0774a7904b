"""`clientcore explain`: one account, which gates hold and which do not, why, and what to ask next."""

from __future__ import annotations

import argparse
import json

from clientcore.cli.arguments import Commands, add_book, add_engine, build_engine, chosen_day, command, open_book
from clientcore.cli.story import as_dict, as_text
from clientcore.cli.terminal import say
from clientcore.errors import ClientcoreError

AUDIENCES = ("internal", "account_team", "executive", "client")
_EXAMPLES = """\
explain book a-0001 --as-of 2026-06-30
explain book a-0001 --why engagement_mode --why-not gate_mining
explain crm.db ALFKI --mapping northwind --format json
explain book a-0001 --audience client
"""


def add(commands: Commands) -> argparse.ArgumentParser:
    """Add the command."""
    parser = command(commands, "explain", "explain the decision on one account", _EXAMPLES)
    add_book(parser)
    parser.add_argument("account", metavar="ACCOUNT", help="id of the account")
    parser.add_argument(
        "--why", metavar="NAME", action="append", default=[], help="why a rule, score, table, state or fact is so"
    )
    parser.add_argument("--why-not", metavar="NAME", action="append", default=[], help="what stands in its way")
    parser.add_argument("--audience", choices=AUDIENCES, default="internal", help="who will read it (default internal)")
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="format of the output (default text)"
    )
    add_engine(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Evaluate the account and explain the decision."""
    from clientcore.batch import facts_of

    if args.audience != "internal" and (args.why or args.why_not or args.format == "json"):
        raise ClientcoreError("--why, --why-not and --format json are only for --audience internal")
    engine = build_engine(args)
    as_of = chosen_day(args)
    book = open_book(args, engine)
    account = book.account(args.account)
    decision = engine.evaluate(account, as_of=as_of, facts=facts_of(book).get(args.account))
    if args.why or args.why_not:
        found = [decision.why(name) for name in args.why] + [decision.why_not(name) for name in args.why_not]
        say("\n\n".join(str(explanation) for explanation in found))
    elif args.audience != "internal":
        say(decision.render(args.audience))
    elif args.format == "json":
        say(json.dumps(as_dict(engine, decision), indent=2, ensure_ascii=False))
    else:
        say(as_text(engine, decision))
    return 0
