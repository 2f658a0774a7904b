"""A whole ruleset file, and a profile that overrides its params."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from clientcore.errors import Where
from clientcore.expr import Level
from clientcore.ruleset.facts import DerivedFact, Input, Param
from clientcore.ruleset.formula import Formula, Precedence, Subject
from clientcore.ruleset.rules import Action, Pattern, Rule
from clientcore.ruleset.scores import Scorecard
from clientcore.ruleset.states import StateMachine
from clientcore.ruleset.tables import DecisionTable


@attrs.frozen(kw_only=True)
class Ruleset:
    """One file of format clientcore/1."""

    id: str
    version: str
    title: str
    subject: Subject
    precedence: Precedence = "other"
    source: tuple[str, ...] = ()
    doc: str = ""
    on_request: bool = False
    applies_when: Formula | None = None
    levels: Mapping[str, Level] = attrs.field(factory=dict)
    params: Mapping[str, Param] = attrs.field(factory=dict)
    inputs: Mapping[str, Input] = attrs.field(factory=dict)
    facts: Mapping[str, DerivedFact] = attrs.field(factory=dict)
    rules: Mapping[str, Rule] = attrs.field(factory=dict)
    patterns: Mapping[str, Pattern] = attrs.field(factory=dict)
    scores: Mapping[str, Scorecard] = attrs.field(factory=dict)
    tables: Mapping[str, DecisionTable] = attrs.field(factory=dict)
    states: Mapping[str, StateMachine] = attrs.field(factory=dict)
    actions: Mapping[str, Action] = attrs.field(factory=dict)
    file: str = attrs.field(default="", eq=False)
    sha256: str = attrs.field(default="", eq=False)
    bundled: bool = attrs.field(default=False, eq=False)
    places: Mapping[str, Where] = attrs.field(factory=dict, eq=False, repr=False)

    @property
    def firing(self) -> dict[str, Rule | Pattern]:
        """Rules and patterns: everything that fires, by id."""
        return {**self.rules, **self.patterns}

    def where(self, path: str) -> Where:
        """Return the place of a part, for example `rules/overcommitted`; else of the nearest part around it."""
        while path and path not in self.places:
            path = path.rpartition("/")[0]
        return self.places.get(path, Where(self.file))


@attrs.frozen
class Profile:
    """Overrides of params for one organisation, segment or tenant (format clientcore-profile/1)."""

    id: str
    params: Mapping[str, Mapping[str, Any]]
    match: Formula | None = None
    title: str = ""
    doc: str = ""
    reasons: Mapping[str, Mapping[str, str]] = attrs.field(factory=dict)
    file: str = attrs.field(default="", eq=False)
    places: Mapping[str, Where] = attrs.field(factory=dict, eq=False, repr=False)
