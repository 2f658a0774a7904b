"""Print into docs/profiles.md what each bundled profile sets, its default and the reason:  python tools/profiles.py.

The tables stand between `<!-- printed: profile NAME -->` and `<!-- end -->`; the rest of the page is written.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import clientcore as cc
from clientcore.load import load_profile
from pages import write_pages

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
    """Write the page, or with --check compare it."""
    checked = cc.Engine().checked
    rulesets = {ruleset.id: ruleset for ruleset in checked.rulesets}
    profiles = checked.catalog.profiles

    def section(at: re.Match[str]) -> str:
        made = table(profiles[at[1]], rulesets) if at[1] in profiles else ""
        return f"<!-- printed: profile {at[1]} -->\n{made}<!-- end -->\n"

    before = PAGE.read_text(encoding="utf-8")
    right = sorted(PLACE.findall(before)) == sorted(profiles)
    return write_pages(
        "print into docs/profiles.md what each bundled profile sets",
        {PAGE: PLACE.sub(section, before)},
        lacking="" if right else f"{PAGE.name}: a profile has no place there, or a place no profile",
    )


if __name__ == "__main__":
    sys.exit(main())
