"""Print into docs/profiles.md what each bundled profile sets, its default and the reason:  python tools/profiles.py.

The tables stand between `<!-- printed: profile NAME -->` and `<!-- end -->`; the rest of the page is written.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any

import clientcore as cc
from clientcore.load import load_profile

PAGE = Path(__file__).resolve().parents[1] / "docs" / "profiles.md"
PLACE = re.compile(r"<!-- printed: profile (\S+) -->\n.*?<!-- end -->\n", re.DOTALL)


def table(file: Path, rulesets: dict[str, Any]) -> str:
    """Return the section of one profile."""
    profile, problems = load_profile(file)
    if profile is None:
        raise SystemExit("\n".join(map(str, problems)))
    rows = [
        f"| `{ruleset}` | `{param}` | {_value(rulesets[ruleset].params[param].value)} | {_value(value)} "
        f"| {profile.reasons[ruleset][param]} |"
        for ruleset, values in sorted(profile.params.items())
        for param, value in sorted(values.items())
    ]
    head = [f"## `{profile.id}`: {profile.title}", "", profile.doc, ""]
    return "\n".join([*head, "| ruleset | param | default | here | why |", "|---|---|---|---|---|", *rows, ""])


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_value, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def main() -> int:
    """Write the page, or with --check compare it; return 1 where it is not current."""
    parser = argparse.ArgumentParser(description="print into docs/profiles.md what each bundled profile sets")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check = parser.parse_args().check
    checked = cc.Engine().checked
    rulesets = {ruleset.id: ruleset for ruleset in checked.rulesets}
    before = PAGE.read_text(encoding="utf-8")
    places = PLACE.findall(before)
    after = PLACE.sub(
        lambda at: (
            f"<!-- printed: profile {at[1]} -->\n{table(checked.catalog.profiles[at[1]], rulesets)}<!-- end -->\n"
        ),
        before,
    )
    if sorted(places) != sorted(checked.catalog.profiles):
        print("docs/profiles.md: a profile has no place there, or a place no profile", file=sys.stderr)
        return 1
    if check and after != before:
        print("docs/profiles.md: not current, run `make docs`", file=sys.stderr)
        return 1
    PAGE.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
