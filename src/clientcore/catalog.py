"""What rulesets may name beyond their own files: facts, functions, models, mappings and profiles of plugins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

import attrs


@attrs.frozen(kw_only=True)
class FactSpec:
    """A fact that a plugin declares: handed in by the caller, or derived where `value` is given.

    Args:
        id: Bare name, an ASCII identifier; shares one namespace with all inputs and facts of rulesets.
        kind: number, text, boolean, day, instant.
        value: Expression text over the subject; None for a fact that the caller hands in.
        unit: For numbers.
        range: Closed range for numbers.
        doc: One sentence.
        ask: The question that would bring the answer.
        whom: Whom to ask.
        monotone: Whether more is better (`up`) or worse (`down`).
        requires_source: Sources that qualify; empty for all.
    """

    id: str
    kind: str
    value: str | None = None
    unit: str = ""
    range: tuple[float, float] | None = None
    doc: str = ""
    ask: str = ""
    whom: str = ""
    monotone: Literal["up", "down"] | None = None
    requires_source: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Function:
    """A named expression that rulesets call; it is inlined, so it runs on every executor.

    Args:
        id: Name as called, an ASCII identifier.
        params: Names of the arguments, in order.
        body: Expression text over the arguments (and `as_of`).
        doc: One sentence.

    Example:
        >>> Function(id="days_since", params=("d",), body="as_of - d", doc="days from d to as_of").id
        'days_since'
    """

    id: str
    params: tuple[str, ...]
    body: str
    doc: str = ""


@runtime_checkable
class ScoringModel(Protocol):
    """A scoring model: give it `expression()` (runs on every executor) or `score()` (Python only).

    Each of these may be a plain attribute of the class.
    """

    @property
    def id(self) -> str:
        """Namespaced id, named by `aggregate: model`, `model: id` in a score."""

    @property
    def version(self) -> str:
        """Semantic version; part of every decision that uses it."""

    @property
    def needs(self) -> Sequence[str]:
        """Facts that it reads, by bare name."""

    @property
    def returns(self) -> tuple[str, float, float]:
        """Unit, lowest and highest."""

    @property
    def monotone(self) -> Mapping[str, str]:
        """Fact → `up` or `down`, as far as it is so."""


@attrs.frozen
class Catalog:
    """What the registered plugins bring, by id.

    Args:
        facts: Declared facts.
        fact_owners: Declared fact → the plugin that brought it.
        functions: Named expressions.
        function_owners: Named expression → the plugin that brought it.
        models: Scoring models.
        rulesets: Files of rulesets, each with the plugin that brought it.
        mappings: Names of mapping files for books.
        profiles: Names of profile files, which are read when they are first named.
        plugins: (name, version) of every plugin, in order of name.
    """

    facts: Mapping[str, FactSpec] = attrs.field(factory=dict)
    functions: Mapping[str, Function] = attrs.field(factory=dict)
    models: Mapping[str, Any] = attrs.field(factory=dict)
    rulesets: tuple[tuple[str, Path], ...] = ()
    mappings: Mapping[str, Path] = attrs.field(factory=dict)
    profiles: Mapping[str, Path] = attrs.field(factory=dict)
    fact_owners: Mapping[str, str] = attrs.field(factory=dict)
    function_owners: Mapping[str, str] = attrs.field(factory=dict)
    plugins: tuple[tuple[str, str], ...] = ()
