"""`clientcore plugins`: what is installed and what each plugin brings."""

from __future__ import annotations

import argparse
import json

from clientcore.cli.arguments import Commands, add_plugins, command, named_plugins
from clientcore.cli.terminal import say
from clientcore.plugins import Listed, load_plugins

_SHOWN = 6


def add(commands: Commands) -> argparse.ArgumentParser:
    """Add the command."""
    parser = command(
        commands,
        "plugins",
        "list the plugins: version, origin, hooks and what each one brings",
        "plugins\nplugins --plugins my_rules no:clientcore_log --format json",
    )
    add_plugins(parser)
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="format of the output (default text)"
    )
    return parser


def run(args: argparse.Namespace) -> int:
    """List the plugins; a finding is a plugin that raised while it registered."""
    listed = load_plugins(named_plugins(args), discover=not args.no_discover).listing()
    if args.format == "json":
        say(json.dumps([_as_dict(one) for one in listed], indent=2))
    else:
        for one in listed:
            say(_as_text(one))
        if not listed:
            say("no plugins")
    return int(any(one.problem for one in listed))


def _as_dict(one: Listed) -> dict[str, object]:
    return {
        "name": one.name,
        "version": one.version,
        "origin": one.origin,
        "hooks": list(one.hooks),
        "brings": {section: list(ids) for section, ids in one.brings.items()},
        "problem": str(one.problem) if one.problem else None,
    }


def _as_text(one: Listed) -> str:
    lines = [f"{one.name} {one.version}".rstrip() + f"  ({one.origin})"]
    lines += [f"  {section}: {_few(ids)}" for section, ids in one.brings.items()]
    if one.problem:
        lines.append(f"  left out: {one.problem}")
    return "\n".join(lines)


def _few(ids: tuple[str, ...]) -> str:
    more = f", ... and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
    return ", ".join(ids[:_SHOWN]) + more
