"""`clientcore schema`: the JSON Schemas of our files, for editors."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from clientcore.cli.arguments import Commands, command
from clientcore.cli.files import output

_NAMES = ("ruleset", "profile", "cases", "account")


def add(commands: Commands) -> argparse.ArgumentParser:
    """Add the command."""
    parser = command(
        commands,
        "schema",
        "print the JSON Schema of a format, so that an editor completes and checks",
        "schema ruleset -o ruleset.schema.json\nschema account",
    )
    parser.add_argument(
        "name",
        metavar="NAME",
        nargs="?",
        choices=_NAMES,
        default="ruleset",
        help=f"{', '.join(_NAMES)} (default ruleset)",
    )
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="where to (default: standard output)")
    return parser


def run(args: argparse.Namespace) -> int:
    """Write the schema."""
    from clientcore.load.schema import schemas

    with output(args.output) as file:
        file.write((json.dumps(schemas()[args.name], indent=2, ensure_ascii=False) + "\n").encode())
    return 0
