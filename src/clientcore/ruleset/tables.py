"""Decision tables."""

from __future__ import annotations

from typing import Any

import attrs

from clientcore.ruleset.formula import Basis, Collect, Formula, HitPolicy


@attrs.frozen(kw_only=True)
class TableInput:
    """A column of a decision table: a name or an expression."""

    value: Formula


@attrs.frozen(kw_only=True)
class TableRow:
    """A row: one condition per input (None for `-`, any), and the outcome."""

    id: str
    when: tuple[Formula | None, ...]
    then: Any
    because: str = ""


@attrs.frozen(kw_only=True)
class DecisionTable:
    """Rows of unary tests on inputs, and a hit policy."""

    id: str
    hit_policy: HitPolicy
    inputs: tuple[TableInput, ...]
    rows: tuple[TableRow, ...]
    output: str
    collect: Collect | None = None
    default: Any = None  # a tuple for `collect(list)`
    level: str = ""
    title: str = ""
    doc: str = ""
    source: tuple[str, ...] = ()
    basis: Basis = "ours"
