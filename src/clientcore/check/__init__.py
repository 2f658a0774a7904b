"""Checked rulesets: every name resolved, every kind settled, every problem found at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import attrs

from clientcore.catalog import Catalog
from clientcore.check import conditions, declarations, guards, picklists, references, scores, states, tables
from clientcore.check.because import reasons
from clientcore.check.checked import Checked, cycles, resolve_all
from clientcore.check.client_texts import hidden_words, texts
from clientcore.check.order import reads
from clientcore.check.patterns import Choice, PatternError, parse_pattern
from clientcore.check.refusals import REASONS, reason
from clientcore.check.resolve import check_expression
from clientcore.check.scope import FactMeaning, Place, Scope, SubjectNames
from clientcore.errors import Problem
from clientcore.ruleset import Ruleset

Check = Callable[[Checked], Iterable[Problem]]

#: Every check of what resolved expressions can't tell; each looks at the whole and yields what it finds.
CHECKS: tuple[Check, ...] = (
    cycles,
    declarations.facts,
    declarations.shared,
    declarations.columns,
    declarations.functions,
    declarations.plugin_facts,
    references.rules,
    references.models,
    reasons,
    scores.bands,
    scores.limits,
    scores.aggregates,
    scores.sampling,
    tables.outcomes,
    tables.rows,
    tables.intervals,
    states.machines,
    conditions.constant,
    conditions.thresholds,
    picklists.strangers,
    guards.denials,
    guards.elements,
    texts,
)


def check(rulesets: Sequence[Ruleset], catalog: Catalog | None = None) -> Checked:
    """Resolve every name and kind of some rulesets together and find every problem.

    Args:
        rulesets: In any order; the answer does not depend on it.
        catalog: What plugins bring.

    Returns:
        The checked trees and all problems, by file, line and column; it never raises.

    Example:
        >>> check([]).problems
        ()
    """
    checked, problems = resolve_all(rulesets, catalog or Catalog())
    for one in CHECKS:
        problems.extend(one(checked))
    return attrs.evolve(checked, problems=tuple(sorted(dict.fromkeys(problems), key=_place)))


def _place(problem: Problem) -> tuple[str, int, int, str, str]:
    where = problem.where
    place = (where.file, where.line, where.col) if where is not None else ("", 0, 0)
    return (*place, problem.code, problem.message)


__all__ = [
    "CHECKS",
    "REASONS",
    "Check",
    "Checked",
    "Choice",
    "FactMeaning",
    "PatternError",
    "Place",
    "Scope",
    "SubjectNames",
    "check",
    "check_expression",
    "hidden_words",
    "parse_pattern",
    "reads",
    "reason",
]
