"""Print into docs/ what each bundled ruleset needs and gives:  python tools/rulesets.py [--check].

The tables stand between `<!-- printed: RULESET -->` and `<!-- end -->` on the page of the plugin; the rest is written.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import clientcore as cc

DOCS = Path(__file__).resolve().parents[1] / "docs"
PLACE = re.compile(r"<!-- printed: (\S+) -->\n.*?<!-- end -->\n", re.DOTALL)
CLAIMS = "Everything without a claim id is ours."


def tables(ruleset: Any) -> str:
    """Return the section of one ruleset."""
    parts = [f"## `{ruleset.id}`: {ruleset.title}\n", f"Source: {', '.join(ruleset.source)}. {CLAIMS}\n"]
    asked = [
        f"| `{name}` | {_cell(fact.doc)} | {_cell(fact.whom)} |"
        for name, fact in (*ruleset.inputs.items(), *ruleset.facts.items())
    ]
    parts += _table("What it needs", "| fact or answer | meaning | whom to ask |", asked)
    parts += _table("What it gives", "| output | meaning | source |", _outputs(ruleset))
    params = [
        f"| `{name}` | {_value(one.value)} | {' to '.join(f'{edge:g}' for edge in one.range or ())} | {one.unit} "
        f"| {one.basis} | {_cell(one.doc)} |"
        for name, one in ruleset.params.items()
    ]
    parts += _table("Params", "| param | default | range | unit | basis | meaning |", params)
    return "\n".join(parts)


def _outputs(ruleset: Any) -> Iterator[str]:
    for kind, found in (("score", ruleset.scores), ("table", ruleset.tables), ("state", ruleset.states)):
        for name, one in found.items():
            yield f"| {kind} `{ruleset.id}.{name}` | {_cell(one.title)} | {_sources(one.source)} |"
    for rule in ruleset.firing.values():
        kind = "rule" if rule.id in ruleset.rules else "pattern"
        severity = f"; {rule.finding.severity}" if rule.finding else ""
        yield f"| {kind} `{ruleset.id}/{rule.id}`{severity} | {_cell(rule.title)} | {_sources(rule.source)} |"
    for pattern in ruleset.patterns.values():
        if pattern.raises:
            yield f"| signal `{ruleset.id}.{pattern.raises}` | raised by `{pattern.id}` | |"


def _table(title: str, head: str, rows: Iterable[str]) -> list[str]:
    rows = list(rows)
    return [f"### {title}\n", head, "|---" * (head.count("|") - 1) + "|", *rows, ""] if rows else []


def _sources(source: tuple[str, ...]) -> str:
    return ", ".join(source) or "ours"


def _value(value: Any) -> str:
    return (
        ", ".join(map(_value, value))
        if isinstance(value, tuple)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> int:
    """Write the pages, or with --check compare them; return 1 where one is not current."""
    parser = argparse.ArgumentParser(description="print into docs/ what each bundled ruleset needs and gives")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check = parser.parse_args().check
    found = {ruleset.id: ruleset for ruleset in cc.Engine().rulesets}
    printed: set[str] = set()
    stale = []
    for path in sorted(DOCS.glob("*.md")):
        before = path.read_text(encoding="utf-8")
        printed.update(PLACE.findall(before))
        after = PLACE.sub(lambda at: f"<!-- printed: {at[1]} -->\n{tables(found[at[1]])}<!-- end -->\n", before)
        if after != before:
            stale.append(path.name)
            if not check:
                path.write_text(after, encoding="utf-8")
    for name in sorted(set(found) - printed - {one for one in found if one.startswith("spectrum.")}):
        print(f"{name}: no page has a place for it", file=sys.stderr)
        return 1
    if check and stale:
        print(f"{', '.join(stale)}: not current, run `make docs`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
