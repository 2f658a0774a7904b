"""Write `docs/cel.md`: how the language compares with CEL's own tests. Run as `python -m tests.cel.report`."""

from __future__ import annotations

import sys
from pathlib import Path

from .compare import SECTIONS, compared
from .fetch import VERSION

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cel.md"

_HEAD = f"""# Conditions and CEL

For readers who know CEL, the Common Expression Language. Conditions are CEL text, read by a parser of our own; the
meaning of what it reads is settled in [semantics](semantics.md). This page says how far both agree with CEL's own
tests: the npm package `@bufbuild/cel-spec` {VERSION}, made with Google's cel-go. The tables are printed by
`python -m tests.cel.report`, and a test holds that they are current.

Every difference below is listed as a pattern with its reason in `tests/cel/differences.yaml`. A case that differs and
is not listed fails the tests; so does one that is listed and does not differ.
"""
_TITLES = {
    "trees": (
        "Syntax trees",
        "Expressions that cel-go parses, with its tree printed node by node and every macro written out.",
        "the same tree",
    ),
    "refusals": ("Syntax errors", "Texts that cel-go's parser refuses.", "refused in a place that cel-go names"),
    "types": (
        "Type errors",
        "Expressions that cel-go parses and its checker refuses. Ours has fewer kinds, and says so in its own words.",
        "equal",
    ),
    "values": (
        "Values",
        "Expressions checked and run by the record executor, each as a derived fact, beside the value or error that\n"
        "CEL wants. Most of what differs is refused when a ruleset is loaded.",
        "the same value",
    ),
}


def page() -> str:
    """Return the text of the page."""
    parts = [_HEAD]
    for section in SECTIONS:
        title, about, equal = _TITLES[section]
        counts = compared(section).counts
        rows = "\n".join(
            f"| {equal if outcome == 'equal' else outcome} | {reason} | {count:,} |"
            for (outcome, reason), count in sorted(counts.items(), key=_order)
        )
        table = f"| outcome | reason | cases |\n|---|---|---:|\n{rows}\n| all | | {counts.total():,} |"
        parts.append(f"## {title}\n\n{about}\n\n{table}\n")
    return "\n".join(parts)


def _order(row: tuple[tuple[str, str], int]) -> tuple[bool, int, tuple[str, str]]:
    """Equal cases first, then the most frequent."""
    return row[0][0] != "equal", -row[1], row[0]


if __name__ == "__main__":
    ready = PAGE.with_suffix(".tmp")
    ready.write_text(page(), "utf-8")
    ready.replace(PAGE)
    sys.stdout.write(f"{PAGE}\n")
