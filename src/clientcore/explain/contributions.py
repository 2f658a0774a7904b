"""What each term brings to a score, and the limits as before → after."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from clientcore.decision import Adjustment, Contribution, Score
from clientcore.executors.record.aggregates import AGGREGATES
from clientcore.executors.record.arithmetic import nano
from clientcore.executors.record.scores import LABELLED
from clientcore.explain.seen import Seen, named
from clientcore.expr import Node
from clientcore.plan import ScoreStep, TermPlan

_ADDITIVE = frozenset({"sum", "weighted_mean"})


def contributions(seen: Seen, step: ScoreStep, scores: Mapping[str, Score]) -> tuple[Contribution, ...]:
    """Return the contribution of every term, in file order.

    Args:
        seen: Values of the run.
        step: The score.
        scores: Scores of the decision, which terms may pass on.
    """
    found = tuple(_contribution(seen, step, term, scores) for term in step.terms)
    known = [each.value for each in found if each.value is not None]
    if step.score.aggregate not in {"min", "max"} or not known:
        return found
    deciding = min(known) if step.score.aggregate == "min" else max(known)
    open_ = [each for each in found if each.state == "missing"]
    if any(each.low < deciding if step.score.aggregate == "min" else each.high > deciding for each in open_):
        return found  # what is not known may decide
    return tuple(attrs.evolve(each, decides=True) if each.value == deciding else each for each in found)


def _contribution(seen: Seen, step: ScoreStep, term: TermPlan, scores: Mapping[str, Score]) -> Contribution:
    low, high = term.range
    weight = 1.0 if term.weight is None else seen.value(term.weight)
    value = seen.value(term.node)
    applies = True if term.applies is None else seen.value(term.applies)
    whole = Contribution(term=term.id, value=None, low=low, high=high, weight=weight, points=None, state="missing")
    if applies is False or (value is None and _lost_to_na(seen, term.node)):
        return attrs.evolve(whole, state="not_applicable")
    if value is None and term.passes is not None:
        low, high = _passed(scores, term)
        return attrs.evolve(whole, low=low, high=high)
    if value is None:
        return whole
    inside = _clamped(value, term.range)
    if applies is None:
        return attrs.evolve(whole, low=inside, high=inside)
    points = None if weight is None else weight * inside if step.score.aggregate in _ADDITIVE else inside
    return attrs.evolve(whole, value=inside, low=inside, high=inside, points=points, state="known")


def _clamped(value: float, span: tuple[float, float]) -> float:
    return min(max(value, span[0]), span[1])


def _passed(scores: Mapping[str, Score], term: TermPlan) -> tuple[float, float]:
    """Return the interval of a score that is passed on, within the term's range."""
    score = scores[".".join(term.node.value[:2])]
    if score.low is None or score.high is None:
        return term.range
    return _clamped(score.low, term.range), _clamped(score.high, term.range)


def _lost_to_na(seen: Seen, node: Node) -> bool:
    """Return whether a term is missing only because of what is not applicable."""
    missing = [leaf for leaf in node.own() if leaf.op in LABELLED and seen.value(leaf) is None]
    return bool(missing) and all(_key(leaf) in seen.na for leaf in missing)


def _key(leaf: Node) -> str:
    return ".".join(leaf.value[:2]) if isinstance(leaf.value, tuple) else named(leaf)


def adjustments(seen: Seen, step: ScoreStep, scores: Mapping[str, Score]) -> tuple[Adjustment, ...]:
    """Return the rounding (with it the clamp to the range) and every limit of a score, as before → after.

    Before and after are the score over what is known; None where nothing of it is.
    """
    found = []
    value: float | None = None
    counted = [each for each in contributions(seen, step, scores) if each.points is not None]
    if counted:
        fold = AGGREGATES[step.score.aggregate]
        raw = fold([each.value or 0.0 for each in counted], [each.weight or 0.0 for each in counted])
        value = nano(raw, *step.score.range) if raw == raw else None
        if value is not None and raw != value:
            found.append(Adjustment(kind="rounding", at=value, holds=True, before=raw, after=value))
    for limit in step.limits:
        at, holds = seen.value(limit.at), seen.value(limit.condition)
        if limit.kind == "gate" and holds is not None:
            holds = not holds
        after = min(value, at) if holds and value is not None else value
        found.append(Adjustment(kind=limit.kind, at=at, holds=holds, before=value, after=after, because=limit.because))
        value = after
    return tuple(found)
