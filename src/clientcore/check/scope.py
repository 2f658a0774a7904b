"""What every name means: facts with their kinds, scores, outcomes, states, rules, params, functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import attrs

from clientcore.catalog import FactSpec
from clientcore.expr import BOOLEAN, DAY, INSTANT, NUMBER, TEXT, Expr, Kind, Level, level_kind, list_of
from clientcore.ruleset import DerivedFact, Input, Param

#: Names that the language keeps for itself; no fact, input or ruleset may begin with them.
SPECIAL = ("account", "as_of", "params", "previous")

PLAIN_KINDS: dict[str, Kind] = {"number": NUMBER, "text": TEXT, "boolean": BOOLEAN, "day": DAY, "instant": INSTANT}

#: Parts of a score that can be written behind its name.
PARTS = ("low", "high", "band", "coverage")

Allowed = Literal["full", "params", "weight", "function"]


@attrs.frozen(kw_only=True)
class FactMeaning:
    """What the name of a fact means.

    Args:
        id: Bare name.
        kind: Its kind; None where its own declaration is wrong, so that its readers are not blamed.
        declared: The declaration.
        rulesets: Rulesets that declare it, in order of id; empty for a plugin's.
        subjects: Kinds of subject that can read it.
    """

    id: str
    kind: Kind | None
    declared: Input | DerivedFact | FactSpec
    rulesets: tuple[str, ...] = ()
    subjects: frozenset[str] = frozenset()

    @property
    def derived(self) -> bool:
        """Whether an expression gives it; otherwise only the caller hands it in."""
        return isinstance(self.declared, DerivedFact) or getattr(self.declared, "value", None) is not None

    @property
    def person(self) -> bool:
        """Whether it is about persons, so that it counts only where the caller opts in to it."""
        return bool(getattr(self.declared, "person", False))


@attrs.frozen(kw_only=True)
class SubjectNames:
    """What a kind of subject brings: its fields, its related tables, whether it has an account above it."""

    fields: Mapping[str, Kind] = attrs.field(factory=dict)
    tables: frozenset[str] = frozenset()
    child: bool = False


@attrs.frozen(kw_only=True)
class Scope:
    """What every name means, everywhere.

    Args:
        facts: Inputs, derived facts and plugins' facts, by bare name.
        levels: Declared levels, by name.
        rulesets: Ruleset id → kind of subject.
        params: (ruleset, param) → declaration.
        scores: (ruleset, score) → kind of its band; None where it has no bands.
        outcomes: (ruleset, table) → kind of the outcome; None where the table is wrong.
        states: (ruleset, machine) → kind of the state.
        rules: (ruleset, rule).
        functions: Name → (names of the arguments, body).
        function_owners: Name of a function → the plugin that brought it, where that is known.
        subjects: Kind of subject → what it brings.
        columns: Related table → field → kind.
    """

    facts: Mapping[str, FactMeaning] = attrs.field(factory=dict)
    levels: Mapping[str, Level] = attrs.field(factory=dict)
    rulesets: Mapping[str, str] = attrs.field(factory=dict)
    params: Mapping[tuple[str, str], Param] = attrs.field(factory=dict)
    scores: Mapping[tuple[str, str], Kind | None] = attrs.field(factory=dict)
    outcomes: Mapping[tuple[str, str], Kind | None] = attrs.field(factory=dict)
    states: Mapping[tuple[str, str], Kind] = attrs.field(factory=dict)
    rules: frozenset[tuple[str, str]] = frozenset()
    functions: Mapping[str, tuple[tuple[str, ...], Expr]] = attrs.field(factory=dict)
    function_owners: Mapping[str, str] = attrs.field(factory=dict)
    subjects: Mapping[str, SubjectNames] = attrs.field(factory=dict)
    columns: Mapping[str, Mapping[str, Kind]] = attrs.field(factory=dict)

    def function_named(self, name: str) -> str:
        """Return how a function is told: with the plugin that brought it, whose author can mend it."""
        return function_named(name, self.function_owners)

    def full_names(self, subject: str) -> list[str]:
        """Return `ruleset.name` of every score, outcome and state of a kind of subject."""
        keys = (*self.scores, *self.outcomes, *self.states)
        return [f"{ruleset}.{name}" for ruleset, name in keys if self.rulesets.get(ruleset) == subject]


@attrs.frozen(kw_only=True)
class Place:
    """Where an expression stands: which names it may use and what they mean there."""

    scope: Scope
    subject: str = "account"
    ruleset: str = ""
    allowed: Allowed = "full"

    @property
    def names(self) -> SubjectNames:
        """What the subject brings."""
        return self.scope.subjects.get(self.subject, _NOTHING)


_NOTHING = SubjectNames()


def function_named(name: str, owners: Mapping[str, str]) -> str:
    """Return how a function is told.

    Args:
        name: The function.
        owners: Function → the plugin that brought it, where that is known.
    """
    return f"function `{name}`" + (f" of plugin `{owners[name]}`" if name in owners else "")


def param_kind(param: Param) -> Kind:
    """Return the kind of a param's value.

    Example:
        >>> str(param_kind(Param(id="modes", value=("a", "b"))))
        'list of text'
    """
    value = param.value
    if isinstance(value, tuple):
        of_texts = isinstance(value[0], str) if value else bool(param.choices)
        return list_of(TEXT if of_texts else NUMBER)
    if isinstance(value, bool):
        return BOOLEAN
    return TEXT if isinstance(value, str) else NUMBER


def declared_kind(kind: str, level: str, levels: Mapping[str, Level]) -> Kind | None:
    """Return the kind that a declaration names, None where it names none that is known.

    Args:
        kind: number, text, boolean, day, instant, level, `list of text`, `list of number`.
        level: Id of the level, for kind level (or instead of a kind).
        levels: Every declared level.
    """
    if level:
        found = levels.get(level)
        return level_kind(found) if found is not None and kind in {"", "level", "text"} else None
    if kind.startswith("list of "):
        element = PLAIN_KINDS.get(kind.removeprefix("list of "))
        return list_of(element) if element is not None else None
    return PLAIN_KINDS.get(kind)
