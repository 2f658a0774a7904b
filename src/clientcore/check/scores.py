"""Scores: bands, weights and limits fit the range and the aggregate, with the default params."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from clientcore.check.checked import Checked
from clientcore.check.folding import OPEN, fold
from clientcore.errors import Problem
from clientcore.expr import Node
from clientcore.ruleset import Formula, Ruleset, Scorecard

#: Aggregates that divide by the sum of the weights.
_DIVIDES = frozenset({"weighted_mean"})
#: Aggregates that multiply their terms, and the largest product that an executor can hold (SEMANTICS 6).
_MULTIPLIES = frozenset({"product", "geometric_mean"})
_LARGEST = 1e150


def bands(checked: Checked) -> Iterator[Problem]:
    """Find bands that do not ascend, leave the range, or do not end open."""
    for ruleset in checked.rulesets:
        for score in ruleset.scores.values():
            if score.bands:
                yield from _bands(checked, ruleset, score)
            elif score.hysteresis is not None:
                where = ruleset.where(f"scores/{score.id}")
                yield Problem("CC303", f"score `{score.id}` has `hysteresis` and no bands", where, "give it `bands`")


def _bands(checked: Checked, ruleset: Ruleset, score: Scorecard) -> Iterator[Problem]:
    path = f"scores/{score.id}/bands"
    *lower, last = score.bands
    if last.below is not None:
        text = f"the last band `{last.id}` of score `{score.id}` ends before the range does"
        yield Problem("CC303", text, last.below.at(), "the last band has no `below`")
    for band in lower:
        if band.below is None:
            text = f"band `{band.id}` of score `{score.id}` has no `below`"
            yield Problem("CC303", text, ruleset.where(f"{path}/{band.id}"), "only the last band has none")
    edges = [(band.id, band.below, _default(checked, ruleset, f"{path}/{band.id}")) for band in score.bands]
    known = [(name, formula, edge) for name, formula, edge in edges if formula is not None and edge is not None]
    low, high = score.range
    for name, formula, edge in known:
        if not low < edge < high:
            text = f"band `{name}` ends at {edge:g}, outside the range of score `{score.id}`"
            yield Problem("CC303", text, formula.at(), f"between {low:g} and {high:g}")
    for (first, _, before), (name, formula, edge) in pairwise(known):
        if before >= edge:
            text = f"band `{name}` ends at {edge:g}, not above {before:g}, where `{first}` ends"
            yield Problem("CC303", text, formula.at(), "bands go from low to high")


def _default(checked: Checked, ruleset: Ruleset, path: str) -> float | None:
    """Return the number that a slot has with the default params; None where it is open or has a problem."""
    node = checked.nodes.get((ruleset.id, path))
    value = fold(node, checked.scope.params) if node is not None else OPEN
    return value if isinstance(value, float) else None


def limits(checked: Checked) -> Iterator[Problem]:
    """Find limits outside the range, and margins and days that are negative."""
    for ruleset in checked.rulesets:
        for score in ruleset.scores.values():
            low, high = score.range
            for at, limit in enumerate(score.limits):
                value = _default(checked, ruleset, f"scores/{score.id}/limits/{at}/at")
                if value is not None and not low <= value <= high:
                    text = f"{limit.kind} at {value:g} lies outside the range of score `{score.id}`"
                    yield Problem("CC107", text, limit.at.at(), f"from {low:g} to {high:g}")
            if score.hysteresis is not None:
                held = score.hysteresis
                yield from _not_negative(checked, ruleset, f"scores/{score.id}/margin", held.margin)
                yield from _not_negative(checked, ruleset, f"scores/{score.id}/dwell_days", held.dwell_days)
        for machine in ruleset.states.values():
            path = f"states/{machine.id}/min_dwell_days"
            yield from _not_negative(checked, ruleset, path, machine.min_dwell_days)


def _not_negative(checked: Checked, ruleset: Ruleset, path: str, formula: Formula | None) -> Iterator[Problem]:
    value = _default(checked, ruleset, path)
    if formula is not None and value is not None and value < 0:
        name = path.rpartition("/")[2]
        yield Problem("CC107", f"`{name}` is {value:g}", formula.at(), "0 or more")


def aggregates(checked: Checked) -> Iterator[Problem]:
    """Find terms and weights that do not fit the aggregate."""
    for ruleset in checked.rulesets:
        for score in ruleset.scores.values():
            yield from _weights(checked, ruleset, score)
            if score.aggregate == "geometric_mean":
                yield from _geometric(checked, ruleset, score)
            if score.aggregate in _MULTIPLIES:
                yield from _product(ruleset, score)


def sampling(checked: Checked) -> Iterator[Problem]:
    """Find scores that declare their sampling error and have limits, which act on the score alone."""
    for ruleset in checked.rulesets:
        for score in ruleset.scores.values():
            if score.sampling is not None and score.limits:
                text = f"score `{score.id}` has `sampling` and a {score.limits[0].kind}"
                where = ruleset.where(f"scores/{score.id}/sampling")
                yield Problem("CC310", text, where, "put its limits on a score that reads this one")


def _weights(checked: Checked, ruleset: Ruleset, score: Scorecard) -> Iterator[Problem]:
    total: float | None = 0.0
    for term in score.terms:
        path = f"scores/{score.id}/terms/{term.id}/weight"
        node = checked.nodes.get((ruleset.id, path))
        if term.weight is None:
            total = total + 1.0 if total is not None else None
            continue
        if node is None:
            total = None
            continue
        yield from _weight(checked, term.weight, node, term.id)
        value = _default(checked, ruleset, path)
        total = total + value if total is not None and value is not None else None
    if score.aggregate in _DIVIDES and score.terms and total == 0.0:
        text = f"all weights of score `{score.id}` are 0"
        yield Problem("CC310", text, ruleset.where(f"scores/{score.id}/terms"), "give one term a weight above 0")


def _weight(checked: Checked, formula: Formula, node: Node, term: str) -> Iterator[Problem]:
    leaves = sorted({part for part in node.walk() if part.op in {"state", "outcome"}}, key=lambda part: str(part.value))
    if len(leaves) > 1:
        text = f"the weight of term `{term}` reads {len(leaves)} states and outcomes"
        yield Problem("CC310", text, formula.at(leaves[1].start), "at most one, so that the bounds stay exact")
        return
    worst = _least(checked, node, leaves)
    if worst is not None and (worst < 0 or (worst == 0 and leaves)):
        text = f"the weight of term `{term}` can be {worst:g}"
        yield Problem("CC310", text, formula.at(), "0 or more; above 0 where it depends on a state or an outcome")
        return
    for part in node.walk():
        param = checked.scope.params.get(part.value) if part.op == "param" else None
        if param is not None and not node.args and param.range is not None and param.range[0] < 0:
            text = f"the weight of term `{term}` is a param that may be {param.range[0]:g}"
            yield Problem("CC310", text, formula.at(part.start), "give the param a range from 0 on")


def _least(checked: Checked, node: Node, leaves: list[Node]) -> float | None:
    """Return the least value of a weight over the labels of what it reads, with the default params."""
    level = leaves[0].kind.level if leaves else None
    choices: list[dict[Node, object]] = [{leaves[0]: label} for label in level.labels] if level is not None else [{}]
    found = [fold(node, checked.scope.params, choice) for choice in choices]
    numbers = [value for value in found if isinstance(value, float)]
    return min(numbers) if numbers else None


def _geometric(checked: Checked, ruleset: Ruleset, score: Scorecard) -> Iterator[Problem]:
    weights = [checked.nodes.get((ruleset.id, f"scores/{score.id}/terms/{term.id}/weight")) for term in score.terms]
    for term, weight in zip(score.terms, weights, strict=True):
        path = f"scores/{score.id}/terms/{term.id}"
        if term.weight is not None and weight != weights[0]:
            text = f"term `{term.id}` has another weight than `{score.terms[0].id}`"
            yield Problem("CC310", text, term.weight.at(), "a geometric mean has equal weights")
        if term.range[0] < 0:
            text = f"term `{term.id}` can be {term.range[0]:g}"
            yield Problem("CC310", text, ruleset.where(f"{path}/range"), "a geometric mean has no negative terms")


def _product(ruleset: Ruleset, score: Scorecard) -> Iterator[Problem]:
    most = 1.0
    for term in score.terms:
        most *= max(1.0, *(abs(edge) for edge in term.range))
        if most > _LARGEST:
            text = f"the terms of score `{score.id}` up to `{term.id}` can multiply to {most:.0e}"
            where = ruleset.where(f"scores/{score.id}/terms/{term.id}/range")
            yield Problem("CC310", text, where, f"at most {_LARGEST:.0e}; give fewer terms or narrower ranges")
            return
