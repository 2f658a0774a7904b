"""Print into docs/command-line.md the options of every command:  python tools/command_line.py [--check].

The tables stand between `<!-- options: COMMAND -->` and `<!-- end -->`; the rest of the page is written. Options that
several commands share with the same words are told once, under `shared`.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from clientcore.cli.main import commands
from pages import write_pages

PAGE = Path(__file__).resolve().parents[1] / "docs" / "command-line.md"
PLACE = re.compile(r"<!-- options: (\S+) -->\n.*?<!-- end -->\n", re.DOTALL)
SHARED = "shared"
#: From so many commands on an option is told once.
MANY = 3


def options(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    """Yield (how it is written, what it does) of every argument and option of a command."""
    for action in parser._actions:  # noqa: SLF001 (argparse has no public list of them)
        if action.help == argparse.SUPPRESS or "--help" in action.option_strings:
            continue
        value = action.metavar or ("{" + ",".join(map(str, action.choices)) + "}" if action.choices else "")
        if action.nargs == 0:
            value = ""
        many = action.nargs in {"+", "*"}
        value = f" {value}{' …' if many else ''}" if value else ""
        names = ", ".join(action.option_strings)
        yield (
            f"{names}{value}" if names else f"{value.strip()}{'?' if action.nargs == '?' else ''}",
            action.help or "",
        )


def tables() -> Mapping[str, str]:
    """Return for each command, and for what they share, its table."""
    found = {name: list(options(parser)) for name, parser in commands().items()}
    counts = Counter(option for some in found.values() for option in some if option[0].startswith("-"))
    shared = [option for option, count in counts.items() if count >= MANY]
    made = {SHARED: _table(shared)}
    for name, some in found.items():
        own = [option for option in some if option not in shared]
        also = [f"`{option[0].split(' ')[0].rstrip(',')}`" for option in some if option in shared]
        made[name] = _table(own) + (f"\nShared: {', '.join(also)}.\n" if also else "")
    return made


def _table(rows: Sequence[tuple[str, str]]) -> str:
    if not rows:
        return ""
    lines = [f"| `{_cell(written)}` | {_cell(help_)} |" for written, help_ in rows]
    return "\n".join(["| option | does |", "|---|---|", *lines, ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("%%", "%").replace("\n", " ")


def main() -> int:
    """Write the page, or with --check compare it."""
    made = tables()
    before = PAGE.read_text(encoding="utf-8")
    lacking = made.keys() - set(PLACE.findall(before))
    after = PLACE.sub(lambda at: f"<!-- options: {at[1]} -->\n{made.get(at[1], '')}<!-- end -->\n", before)
    return write_pages(
        "print into docs/command-line.md the options of every command",
        {PAGE: after},
        lacking=f"{PAGE.name} has no place for {', '.join(sorted(lacking))}" if lacking else "",
    )


if __name__ == "__main__":
    sys.exit(main())
