"""Print docs/matrix.md from the tables of the executors:  python tools/matrix.py [--check]."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from clientcore.executors import durable, record
from clientcore.expr import OPS
from clientcore.relational.ops import OPS as ON_FRAMES
from clientcore.relational.ops import UNSUPPORTED as NOT_ON_FRAMES
from pages import write_pages

PAGE = Path(__file__).resolve().parents[1] / "docs" / "matrix.md"
HEAD = """\
# What runs where

For whoever wants to know whether a ruleset runs on an executor.
This page is printed from the tables of the executors by `make docs`; a test holds it current.

*Frames* are all executors that compute column by column: `columnar` (Polars) and `sql` (DuckDB, PostgreSQL, Spark SQL).
They print one and the same program, so what one of them can do, each of them can.
An operator that is no column of its own is read by those around it:
`cases.filter(…)` is no column, `cases.filter(…).size()` is one.
`durable` lets [durable-rules](durable.md) answer the rules.
*Asked* are the operators that it computes itself, *sent* those whose result the record executor sends to it.
`clientcore check my_rules` tells which parts of your own rulesets can't run where.
With `--executor sql` it fails where one can't run there.

| operator | record | durable | frames | on frames |
|---|---|---|---|---|
"""
PARTS = """
| part of a ruleset | record, durable | frames |
|---|---|---|
| rules, params, a profile for all, precedence, suppression | yes | yes |
| profiles with `match` | yes | one run for each; in `sql` one statement within another for each |
| `profile_by` | yes | one run for each; not in `sql`, name one by `profile` |
| scores of every aggregate, caps, vetoes, gates, bands with hysteresis, sampling | yes | yes |
| models with `expression()` | yes | yes |
| models with `score()`, Python only | yes | refused |
| tables of every hit policy | yes | yes; a list of outcomes is shown, and can't be read by rules |
| state machines, decisions by people | yes | yes |
| event patterns | yes | those that counts and earliest days tell; [which](patterns.md#where-patterns-run) |
| lists handed in as facts | yes | refused |
| two lists inside each other | yes | where they meet by one equality of a field of each |
| explanations | yes | evaluate the account that you ask about |
"""


#: What frames can do in part only.
PARTLY = {"events": "some; the others are refused when the plan is made"}


def page() -> str:
    """Return the page."""
    rows = [
        f"| {op.form.replace('|', chr(92) + '|')} | {_mark(name, record.OPS)} | "
        f"{'asked' if name in durable.OPS else 'sent'} | {_mark(name, ON_FRAMES)} | "
        f"{NOT_ON_FRAMES.get(name, PARTLY.get(name, ''))} |\n"
        for name, op in OPS.items()
    ]
    return HEAD + "".join(rows) + PARTS


def _mark(name: str, table: Mapping[str, object]) -> str:
    return "yes" if name in table else "–"


if __name__ == "__main__":
    sys.exit(write_pages("print docs/matrix.md from the tables of the executors", {PAGE: page()}))
