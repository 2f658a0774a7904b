"""Build the scope: what the rulesets and plugins declare, before any expression is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from clientcore.catalog import Catalog, FactSpec
from clientcore.check.scope import FactMeaning, Scope, SubjectNames, declared_kind, function_named
from clientcore.entities import ENTITIES, SUBJECTS
from clientcore.errors import Problem, did_you_mean
from clientcore.expr import BOOLEAN, NUMBER, Expr, Kind, Level, level_kind, list_of
from clientcore.parse import ParseError, parse
from clientcore.ruleset import DecisionTable, DerivedFact, Input, Ruleset, Scorecard


def scope_of(rulesets: Sequence[Ruleset], catalog: Catalog, problems: list[Problem]) -> Scope:
    """Return what every name means; derived facts have no kind yet.

    Args:
        rulesets: Each id once, in order of id.
        catalog: What plugins bring.
        problems: Levels and kinds that are not known are added.
    """
    levels = _levels(rulesets)
    return Scope(
        facts=_facts(rulesets, catalog, levels, problems),
        levels=levels,
        rulesets={one.id: one.subject for one in rulesets},
        params={(one.id, param.id): param for one in rulesets for param in one.params.values()},
        scores={(one.id, score.id): band_kind(one.id, score) for one in rulesets for score in one.scores.values()},
        outcomes={
            (one.id, table.id): outcome_kind(one.id, table, levels) for one in rulesets for table in one.tables.values()
        },
        states={
            (one.id, machine.id): level_kind(Level(f"{one.id}.{machine.id}", machine.labels))
            for one in rulesets
            for machine in one.states.values()
        },
        rules=frozenset((one.id, rule) for one in rulesets for rule in one.firing),
        functions=dict(_functions(catalog, problems)),
        function_owners=catalog.function_owners,
        subjects={name: subject_names(name) for name in SUBJECTS},
        columns={table: {field.name: field.kind for field in ENTITIES[table].fields.values()} for table in ENTITIES},
    )


def subject_names(subject: str) -> SubjectNames:
    """Return what a kind of subject brings; a child is one whose table hangs on the account."""
    entity = SUBJECTS[subject]
    fields = {field.name: field.kind for field in entity.fields.values()}
    return SubjectNames(
        fields=fields, tables=frozenset(entity.tables), child=entity.table in SUBJECTS["account"].tables
    )


def _levels(rulesets: Sequence[Ruleset]) -> dict[str, Level]:
    found: dict[str, Level] = {}
    for ruleset in rulesets:
        for level in ruleset.levels.values():
            found.setdefault(level.name, level)
    return found


def band_kind(ruleset: str, score: Scorecard) -> Kind | None:
    """Return the kind of a score's band: an ordered level of its own; None without bands."""
    if not score.bands:
        return None
    return level_kind(Level.of(f"{ruleset}.{score.id}", [band.id for band in score.bands]))


def outcome_kind(ruleset: str, table: DecisionTable, levels: Mapping[str, Level]) -> Kind | None:
    """Return the kind of a table's outcome; None where its values have no common kind or its level is unknown."""
    if table.collect == "count":
        return NUMBER
    element = _element_kind(ruleset, table, levels)
    return list_of(element) if table.hit_policy == "collect" and table.collect == "list" and element else element


def _element_kind(ruleset: str, table: DecisionTable, levels: Mapping[str, Level]) -> Kind | None:
    if table.level:
        level = levels.get(table.level)
        return level_kind(level) if level is not None else None
    values = outcomes_of(table)
    if all(isinstance(value, str) for value in values):
        return level_kind(Level(f"{ruleset}.{table.id}", tuple(dict.fromkeys(values))))
    if all(isinstance(value, bool) for value in values):
        return BOOLEAN
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    return NUMBER if numbers else None


def outcomes_of(table: DecisionTable) -> list[Any]:
    """Return the outcome of every row, and the default where there is one, of a list what stands in it."""
    values = [row.then for row in table.rows]
    if isinstance(table.default, tuple):
        return [*values, *table.default]
    return values if table.default is None else [*values, table.default]


def _facts(
    rulesets: Sequence[Ruleset], catalog: Catalog, levels: Mapping[str, Level], problems: list[Problem]
) -> dict[str, FactMeaning]:
    owners: dict[str, list[tuple[Ruleset, Input | DerivedFact]]] = {}
    for ruleset in rulesets:
        both: tuple[Input | DerivedFact, ...] = (*ruleset.inputs.values(), *ruleset.facts.values())
        for fact in both:
            owners.setdefault(fact.id, []).append((ruleset, fact))
            problems.extend(_unknown_level(ruleset, fact, levels))
    found = {name: _plugin_fact(fact) for name, fact in catalog.facts.items()}
    for name, declarations in owners.items():
        first = declarations[0][1]
        kind = declared_kind(first.kind, first.level, levels) if isinstance(first, Input) else None
        subjects = {ruleset.subject for ruleset, _ in declarations}
        here = tuple(ruleset.id for ruleset, _ in declarations)
        found[name] = FactMeaning(id=name, kind=kind, declared=first, rulesets=here, subjects=frozenset(subjects))
    return found


def _plugin_fact(fact: FactSpec) -> FactMeaning:
    handed = fact.value is None
    kind = declared_kind(fact.kind, "", {}) if handed else None
    return FactMeaning(id=fact.id, kind=kind, declared=fact, subjects=frozenset(SUBJECTS if handed else ["account"]))


def _unknown_level(ruleset: Ruleset, fact: Input | DerivedFact, levels: Mapping[str, Level]) -> Iterator[Problem]:
    section = "inputs" if isinstance(fact, Input) else "facts"
    path = f"{section}/{fact.id}"
    if fact.level and fact.level not in levels:
        text = f"unknown level `{fact.level}` of `{fact.id}`"
        help_text = did_you_mean(fact.level, levels) or "declare it under `levels`"
        yield Problem("CC201", text, ruleset.where(f"{path}/level"), help_text)
    elif isinstance(fact, Input) and declared_kind(fact.kind, fact.level, levels) is None:
        known = "number, text, boolean, day, instant, level (with `level`), `list of text`, `list of number`"
        text = f"`{fact.kind}` is no kind that `{fact.id}` can have"
        yield Problem("CC106", text, ruleset.where(f"{path}/kind"), f"one of: {known}")


def _functions(catalog: Catalog, problems: list[Problem]) -> Iterator[tuple[str, tuple[tuple[str, ...], Expr]]]:
    for function in catalog.functions.values():
        try:
            yield function.id, (function.params, parse(function.body))
        except ParseError as error:
            named = function_named(function.id, catalog.function_owners)
            problems.append(Problem(error.code, f"in {named}: {error.message}", None, error.help))
