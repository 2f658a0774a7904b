"""What each term brings to a score, and the limits as before → after."""

from __future__ import annotations

import attrs

from clientcore.decision import Adjustment, Contribution
from clientcore.executors.record.aggregates import AGGREGATES
from clientcore.executors.record.arithmetic import nano
from clientcore.explain.seen import Seen
from clientcore.expr import NUMBER, Node
from clientcore.plan import ScoreStep, TermPlan

_ADDITIVE = frozenset({"sum", "weighted_mean"})


def contributions(seen: Seen, step: ScoreStep) -> tuple[Contribution, ...]:
    """Return the contribution of every term, in file order."""
    found = [_contribution(seen, step, term) for term in step.terms]
    if step.score.aggregate not in {"min", "max"}:
        return tuple(found)
    known = [c.value for c in found if c.state == "known" and c.value is not None]
    if not known:
        return tuple(found)
    deciding = min(known) if step.score.aggregate == "min" else max(known)
    return tuple(attrs.evolve(c, decides=True) if c.value == deciding and c.state == "known" else c for c in found)


def _contribution(seen: Seen, step: ScoreStep, term: TermPlan) -> Contribution:
    low, high = term.range
    weight = 1.0 if term.weight is None else seen.value(term.weight)
    value = _value(seen, term)
    applies = True if term.applies is None else seen.value(term.applies)
    if applies is False or (value is None and _lost_to_na(seen, term.node)):
        return Contribution(
            term=term.id, value=None, low=low, high=high, weight=weight, points=None, state="not_applicable"
        )
    if value is not None and applies:
        inside = min(max(value, low), high)
        points = inside * weight if step.score.aggregate in _ADDITIVE and weight is not None else inside
        return Contribution(
            term=term.id, value=inside, low=inside, high=inside, weight=weight, points=points, state="known"
        )
    if term.passes is not None:
        low, high = _passed(seen, term, low, high)
    return Contribution(term=term.id, value=None, low=low, high=high, weight=weight, points=None, state="missing")


def _value(seen: Seen, term: TermPlan) -> float | None:
    value = seen.value(term.node)
    return None if value is None else float(value)


def _passed(seen: Seen, term: TermPlan, low: float, high: float) -> tuple[float, float]:
    ruleset, score = term.node.value[:2]
    ends = [seen.value(Node("score", NUMBER, (), (ruleset, score, part))) for part in ("low", "high")]
    return (
        low if ends[0] is None else min(max(ends[0], low), high),
        high if ends[1] is None else min(max(ends[1], low), high),
    )


def _lost_to_na(seen: Seen, node: Node) -> bool:
    read = [leaf for leaf in node.walk() if leaf.op in {"fact", "field", "score", "outcome", "state"}]
    missing = [leaf for leaf in read if seen.value(leaf) is None]
    na = seen.raw[6]
    return bool(missing) and all(
        (leaf.value if isinstance(leaf.value, str) else ".".join(leaf.value[:2])) in na for leaf in missing
    )


def adjustments(seen: Seen, step: ScoreStep) -> tuple[Adjustment, ...]:
    """Return the rounding and every limit of a score over what is known, as before → after."""
    known = [c for c in contributions(seen, step) if c.state == "known"]
    if not known:
        return ()
    values = [c.value for c in known if c.value is not None]
    weights = [1.0 if c.weight is None else c.weight for c in known]
    raw = AGGREGATES[step.score.aggregate](values, weights)
    value = nano(raw, *step.score.range)
    found = [Adjustment(kind="rounding", at=value, holds=True, before=raw, after=value)] if raw != value else []
    for limit in step.limits:
        at = seen.value(limit.at)
        truth = seen.value(limit.condition)
        holds = (None if truth is None else not truth) if limit.kind == "gate" else truth
        after = min(value, at) if holds else value
        found.append(Adjustment(kind=limit.kind, at=at, holds=holds, before=value, after=after, because=limit.because))
        value = after
    return tuple(found)
