"""Print docs/operators.md from the table of operators:  python tools/operators.py [--check]."""

from __future__ import annotations

import sys
from pathlib import Path

from clientcore.expr import OPS
from pages import write_pages

PAGE = Path(__file__).resolve().parents[1] / "docs" / "operators.md"

MISSING = {
    "leaf": "",
    "propagates": "missing",
    "kleene": "Kleene",
    "handles": "says itself",
}

HEAD = """\
# Operators

For whoever writes conditions.
This page is printed from `clientcore.expr.OPS` by `make docs`; a test holds it current.

The column *missing in* says what an operator gives when an operand is missing:
*missing* gives missing; *Kleene* is three-valued logic, in which false decides `&&` and true decides `||`;
*says itself* is told by the meaning. [Semantics](semantics.md) is the law behind each line.
"""


def page() -> str:
    """Return the page."""
    parts = [HEAD]
    groups = dict.fromkeys(op.group for op in OPS.values())
    for group in groups:
        parts.append(f"\n## {group.capitalize()}\n\n")
        parts.append("| name | written | operands | gives | missing in | meaning |\n|---|---|---|---|---|---|\n")
        for op in OPS.values():
            if op.group == group:
                cells = (f"`{op.name}`", op.form, op.args, op.returns, MISSING[op.missing], op.doc)
                parts.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n")
    return "".join(parts)


if __name__ == "__main__":
    sys.exit(write_pages("print docs/operators.md from the table of operators", {PAGE: page()}))
