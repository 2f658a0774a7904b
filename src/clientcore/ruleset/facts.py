"""Params, inputs and derived facts."""

from __future__ import annotations

from typing import Literal

import attrs

from clientcore.anchors import Answer
from clientcore.ruleset.formula import Basis, Formula


@attrs.frozen(kw_only=True)
class Param:
    """A threshold or weight that a profile may override; read at evaluation, never compiled in."""

    id: str
    value: float | str | bool | tuple[str, ...] | tuple[float, ...]
    range: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    unit: str = ""
    basis: Basis = "ours"
    doc: str = ""


@attrs.frozen(kw_only=True)
class Input:
    """A raw fact that the caller may hand in as it is."""

    id: str
    kind: str
    unit: str = ""
    range: tuple[float, float] | None = None
    level: str = ""
    doc: str = ""
    ask: str = ""
    whom: str = ""
    monotone: Literal["up", "down"] | None = None
    requires_source: tuple[str, ...] = ()
    person: bool = False
    answer: Answer | None = None
    basis: Basis = "ours"


@attrs.frozen(kw_only=True)
class DerivedFact:
    """A derived fact: an expression over the subject and its related records."""

    id: str
    value: Formula
    kind: str = ""
    unit: str = ""
    range: tuple[float, float] | None = None
    level: str = ""
    doc: str = ""
    ask: str = ""
    whom: str = ""
    monotone: Literal["up", "down"] | None = None
    requires_source: tuple[str, ...] = ()
    person: bool = False
    applies_when: Formula | None = None
    answer: Answer | None = None
    basis: Basis = "ours"
