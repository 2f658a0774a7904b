"""Every formula of a ruleset, with its path, the kind it must have and the names that it may use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import attrs

from clientcore.ruleset import Formula, Pattern, Ruleset, Scorecard

Want = Literal["boolean", "number", "any", "list_or_any"]
Scope = Literal["full", "params", "weight"]


@attrs.frozen
class Slot:
    """One formula of a ruleset: its path, what kind it must have, and which names it may use.

    `scope` is `full`, `params` (params and literals only: limits' `at`, band edges, dwell, margin) or `weight`
    (params, states and outcomes). `bound` are names of records: event → related table.
    """

    path: str
    formula: Formula
    want: Want = "any"
    scope: Scope = "full"
    bound: tuple[tuple[str, str], ...] = ()


def slots(ruleset: Ruleset) -> Iterator[Slot]:
    """Yield every formula of a ruleset, in file order of the sections.

    Paths: `applies_when`, `facts/F`, `facts/F/applies_when`, `rules/R`, `patterns/P/within`, `patterns/P/events/E`,
    `…/E/count`, `…/E/none_for`, `scores/S/applies_when`, `scores/S/terms/T`, `…/T/weight`, `…/T/applies_when`,
    `scores/S/limits/0`, `…/0/at`, `scores/S/bands/B`, `scores/S/margin`, `scores/S/dwell_days`,
    `scores/S/sampling/low`, `…/high`, `…/n`, `tables/T/inputs/0`, `tables/T/rows/R/0` (the cell's condition),
    `states/M/0`, `states/M/min_dwell_days`.
    """
    if ruleset.applies_when is not None:
        yield Slot("applies_when", ruleset.applies_when, "boolean")
    for fact in ruleset.facts.values():
        yield Slot(f"facts/{fact.id}", fact.value)
        if fact.applies_when is not None:
            yield Slot(f"facts/{fact.id}/applies_when", fact.applies_when, "boolean")
    for rule in ruleset.rules.values():
        yield Slot(f"rules/{rule.id}", rule.when, "boolean")
    for pattern in ruleset.patterns.values():
        yield from _pattern_slots(pattern)
    for score in ruleset.scores.values():
        yield from _score_slots(score)
    for table in ruleset.tables.values():
        for at, column in enumerate(table.inputs):
            yield Slot(f"tables/{table.id}/inputs/{at}", column.value)
        for row in table.rows:
            for at, cell in enumerate(row.when):
                if cell is not None:
                    yield Slot(f"tables/{table.id}/rows/{row.id}/{at}", cell, "boolean")
    for machine in ruleset.states.values():
        for at, step in enumerate(machine.transitions):
            yield Slot(f"states/{machine.id}/{at}", step.when, "boolean")
        if machine.min_dwell_days is not None:
            yield Slot(f"states/{machine.id}/min_dwell_days", machine.min_dwell_days, "number", "params")


def _pattern_slots(pattern: Pattern) -> Iterator[Slot]:
    path = f"patterns/{pattern.id}"
    yield Slot(f"{path}/within", pattern.within, "number", "params")
    bound: dict[str, str] = {}
    for event in pattern.events:
        here = f"{path}/events/{event.id}"
        own = {} if event.of == "account" else {event.id: event.of}
        if event.when is not None:
            yield Slot(here, event.when, "boolean", bound=tuple((bound | own).items()))
        for name in ("count", "none_for"):
            formula: Formula | None = getattr(event, name)
            if formula is not None:
                yield Slot(f"{here}/{name}", formula, "number", "params")
        if event.none_for is None:
            bound |= own


def _score_slots(score: Scorecard) -> Iterator[Slot]:
    path = f"scores/{score.id}"
    if score.applies_when is not None:
        yield Slot(f"{path}/applies_when", score.applies_when, "boolean")
    for term in score.terms:
        yield Slot(f"{path}/terms/{term.id}", term.value, "number")
        if term.weight is not None:
            yield Slot(f"{path}/terms/{term.id}/weight", term.weight, "number", "weight")
        if term.applies_when is not None:
            yield Slot(f"{path}/terms/{term.id}/applies_when", term.applies_when, "boolean")
    for at, limit in enumerate(score.limits):
        yield Slot(f"{path}/limits/{at}", limit.condition, "boolean")
        yield Slot(f"{path}/limits/{at}/at", limit.at, "number", "params")
    for band in score.bands:
        if band.below is not None:
            yield Slot(f"{path}/bands/{band.id}", band.below, "number", "params")
    if score.hysteresis is not None:
        for name in ("margin", "dwell_days"):
            formula: Formula | None = getattr(score.hysteresis, name)
            if formula is not None:
                yield Slot(f"{path}/{name}", formula, "number", "params")
    if score.sampling is not None:
        for name in ("low", "high", "n"):
            yield Slot(f"{path}/sampling/{name}", getattr(score.sampling, name), "number")
