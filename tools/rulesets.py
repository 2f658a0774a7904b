"""Print into docs/ what each bundled plugin needs and gives:  python tools/rulesets.py [--check].

The tables stand between `<!-- printed: RULESET -->` and `<!-- end -->` on the page of the plugin, or after
`<!-- needs: RULESET -->` where the rest of the page is written by hand; those of a mapping file after
`<!-- printed: mapping:NAME -->`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import clientcore as cc
from clientcore.book import read_mapping
from clientcore.entities import ENTITIES, SUBJECTS
from clientcore.plan import Plan, make_plan
from pages import write_pages

DOCS = Path(__file__).resolve().parents[1] / "docs"
PLACE = re.compile(r"<!-- (printed|needs): (\S+) -->\n.*?<!-- end -->\n", re.DOTALL)
MAPPINGS = DOCS.parent / "plugins" / "clientcore_mappings" / "mappings"
CLAIMS = "Everything without a claim id is ours."
ENGINE = cc.Engine()
OWNERS = {name: one for one in ENGINE.rulesets for name in (*one.inputs, *one.facts)}


def tables(ruleset: Any) -> str:
    """Return the section of one ruleset."""
    parts = [f"## `{ruleset.id}`: {ruleset.title}\n", f"Source: {', '.join(ruleset.source)}. {CLAIMS}\n"]
    parts.append(needs(ruleset))
    parts += _table("What it gives", "| output | meaning | source |", _outputs(ruleset))
    params = [
        f"| `{name}` | {_value(one.value)} | {' to '.join(f'{edge:g}' for edge in one.range or ())} | {one.unit} "
        f"| {one.basis} | {_cell(one.doc)} |"
        for name, one in ruleset.params.items()
    ]
    parts += _table("Params", "| param | default | range | unit | basis | meaning |", params)
    return "\n".join(parts)


def needs(ruleset: Any) -> str:
    """Return what a ruleset needs: facts and answers, records with their fields, and what it reads of other rulesets.

    The records are those that are read for it all the way down, by way of other rulesets too.
    """
    plans = _plans(ruleset)
    asked = [
        f"| `{name}` | {_cell(fact.doc)} | {_cell(fact.whom)} |"
        for name, fact in (*ruleset.inputs.items(), *ruleset.facts.items())
    ]
    parts = _table("What it needs", "| fact or answer | meaning | whom to ask |", asked)
    records = [f"| `{table}` | {', '.join(f'`{name}`' for name in names)} |" for table, names in _records(plans)]
    parts += _table("Records that it reads, by way of other rulesets too", "| record | fields |", records)
    parts += _table(
        "What it reads of other rulesets", "| ruleset | facts, answers and outputs |", _others(ruleset, plans)
    )
    return "\n".join(parts)


def _plans(ruleset: Any) -> list[Plan]:
    """Return the plan of a ruleset, and that of the account of which it reads something where it is about a child."""
    own = ENGINE.plan(ruleset.subject, only=[ruleset.id, *ruleset.facts])
    return [own, make_plan(ENGINE.checked, "account", only=(), extra=own.parent)] if own.parent else [own]


def _records(plans: list[Plan]) -> Iterator[tuple[str, list[str]]]:
    found: dict[str, set[str]] = {}
    for plan in plans:
        if plan.fields:
            found.setdefault(SUBJECTS[plan.subject].table, set()).update(plan.fields)
        for table, names in plan.columns.items():
            found.setdefault(table, set()).update(names)
    for table in sorted(found):
        order = list(ENTITIES[table].fields)
        yield table, sorted(found[table], key=order.index)


def _others(ruleset: Any, plans: list[Plan]) -> Iterator[str]:
    found: dict[str, list[str]] = {}
    for plan in plans:
        for name in (*(step.key[1] for step in plan.steps if step.key[0] == "fact"), *plan.handed):
            owner = OWNERS.get(name.removeprefix("@"))
            if owner is not None and owner.id != ruleset.id:
                found.setdefault(owner.id, []).append(f"`{name.removeprefix('@')}`")
        for kind, whose, *rest in (step.key for step in plan.steps if len(step.key) == 3):
            if whose != ruleset.id:
                found.setdefault(whose, []).append(f"{kind} `{rest[0]}`")
    for whose, names in sorted(found.items()):
        yield f"| `{whose}` | {', '.join(dict.fromkeys(sorted(names, key=lambda one: (' ' in one, one))))} |"


def mapping(name: str) -> str:
    """Return the section of one mapping file: tables and columns that it needs, tables that it gives."""
    found = read_mapping(MAPPINGS / f"{name}.yaml")
    parts = [f"## `{name}`: {found.title}\n", f"{found.doc}\n"]
    sources = [
        f"| `{id_}` | {', '.join(f'`{column}`' for column in table.columns)} | {'yes' if table.optional else ''} |"
        for id_, table in found.sources.items()
    ]
    parts += _table("What it needs", "| table of the source | columns | may be absent |", sources)
    given = ", ".join(f"`{table}`" for table in found.entities)
    parts += ["### What it gives\n", f"Tables of a [book](books.md): {given}.\n"]
    whole = (
        "the book holds every account of the source" if found.whole_book else "the book may be a part of all accounts"
    )
    set_here = [f"time zone {found.time_zone}", *([f"currency {found.currency}"] if found.currency else []), whole]
    parts += ["### Params\n", f"None; set in the file: {', '.join(set_here)}.\n"]
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
    """Write the pages, or with --check compare them."""
    found = {ruleset.id: ruleset for ruleset in ENGINE.rulesets}
    printed: set[str] = set()

    def section(at: re.Match[str]) -> str:
        kind, name = at[1], at[2]
        printed.add(name)
        made = mapping(name.removeprefix("mapping:")) if name.startswith("mapping:") else None
        text = made or (tables(found[name]) if kind == "printed" else needs(found[name]).replace("### ", "#### "))
        return f"<!-- {kind}: {name} -->\n{text}<!-- end -->\n"

    pages = {path: PLACE.sub(section, path.read_text(encoding="utf-8")) for path in sorted(DOCS.glob("*.md"))}
    lacking = {*found, *(f"mapping:{path.stem}" for path in MAPPINGS.glob("*.yaml"))} - printed
    return write_pages(
        "print into docs/ what each bundled ruleset needs and gives",
        pages,
        lacking=f"no page has a place for {', '.join(sorted(lacking))}" if lacking else "",
    )


if __name__ == "__main__":
    sys.exit(main())
