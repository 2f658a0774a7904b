"""`clientcore lock`: pin the hashes of rulesets and the versions of plugins, or check them against a lock."""

from __future__ import annotations

import argparse
from pathlib import Path

from clientcore.cli.arguments import Commands, add_plugins, add_profile, build_engine, command
from clientcore.cli.files import output
from clientcore.cli.terminal import say
from clientcore.errors import RulesetError, counted
from clientcore.load import compare_lock, make_lock, read_lock


def add(commands: Commands) -> argparse.ArgumentParser:
    """Add the command."""
    parser = command(
        commands,
        "lock",
        "pin rulesets and plugins in a file, or check that they are still the same",
        "lock\nlock --check\nlock --rulesets my_rules -o production.lock",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        type=Path,
        default=Path("clientcore.lock"),
        help="the lock (default clientcore.lock)",
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if anything differs from the lock")
    parser.add_argument(
        "--rulesets",
        metavar="PATH",
        nargs="+",
        action="extend",
        type=Path,
        help="more ruleset files, or folders of them",
    )
    add_plugins(parser)
    add_profile(parser)
    parser.set_defaults(lock=None, person_facts=None)
    return parser


def run(args: argparse.Namespace) -> int:
    """Write or check the lock."""
    engine = build_engine(args)
    if args.check:
        lock, problems = read_lock(args.output)
        if lock is None:
            raise RulesetError(problems=problems)
        found = compare_lock(lock, engine.rulesets, engine.plugins, engine.pinned)
        for problem in found:
            say(str(problem))
        say(f"{args.output}: {counted(len(found), 'difference')}" if found else f"{args.output}: nothing differs")
        return int(bool(found))
    with output(args.output) as file:
        file.write(make_lock(engine.rulesets, engine.plugins, engine.pinned).encode())
    if str(args.output) != "-":
        pinned = f"{counted(len(engine.rulesets), 'ruleset')} and {counted(len(engine.plugins), 'plugin')}"
        say(f"{args.output}: {pinned}" + ("" if engine.pinned is None else f", and profile {engine.pinned[0]}"))
    return 0
