"""Why a score is what it is: its terms, its limits, what keeps it from being higher."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clientcore.decision import (
    Adjustment,
    Contribution,
    Explanation,
    Reason,
    Score,
    interval_shown,
    sampling_shown,
    shown,
)
from clientcore.explain.contributions import adjustments, contributions
from clientcore.explain.reasons import reason
from clientcore.plan import ScoreStep
from clientcore.ruleset import Scorecard

if TYPE_CHECKING:
    from clientcore.explain.explainer import Explainer

#: Below it an adjustment is rounding and of no interest to people.
_ROUNDING = 1e-6


def score_line(score: Score, card: Scorecard) -> str:
    """Return a score as people see it: whole number (or whole percentage, where it is a share), band, coverage."""
    if score.low is None or score.high is None:
        return "not applicable"
    share = card.range[0] >= 0.0 and card.range[1] <= 1.0

    def write(x: float) -> str:
        return f"{x:.0%}" if share else f"{x + 0.0:,.0f}"

    exact = score.value is not None or write(score.low) == write(score.high)
    number = write(score.low) if exact else interval_shown(score.low, score.high, write)
    perhaps = " if it applies" if score.value is None and score.low == score.high else ""
    titles = {band.id: band.title or band.id.replace("_", " ") for band in card.bands}
    bands = [score.band] if score.band is not None else score.bands_possible
    band = f" ({' or '.join(titles[one] for one in bands)})" if bands else ""
    sampling = sampling_shown(score.ci_low, score.ci_high, score.n, write)
    return f"{number}{perhaps}{band}{sampling}, {score.coverage:.0%} known"


def score_story(explainer: Explainer, name: str, step: ScoreStep, *, against: bool) -> Explanation:
    """Return why a score is what it is, or what stands in the way of a higher one."""
    score = explainer.decision.scores[name]
    summary = f"{name} is {score_line(score, step.score)}"
    reasons = _applies(explainer, step)
    if score.state == "not_applicable":
        return Explanation(id=name, kind="score", summary=summary, reasons=reasons)
    parts = contributions(explainer.seen, step, explainer.decision.scores)
    details = _losses(step, parts) if against else [_term(part) for part in parts]
    if step.model is not None:
        details += [f"model {step.model.id} {step.model.version}", *_read_by_model(explainer, step)]
    changes = adjustments(explainer.seen, step, explainer.decision.scores)
    details += [line for change in changes if (line := _limit(explainer, step, change))]
    if against:
        reasons += _limit_reasons(explainer, step)
    return Explanation(id=name, kind="score", summary=summary, reasons=reasons, details=tuple(details))


def _applies(explainer: Explainer, step: ScoreStep) -> tuple[Reason, ...]:
    """Return why the score is not applicable, or may not be."""
    found = [explainer.applies(step)]
    if step.applies is not None and step.score.applies_when is not None:
        found.append(reason(explainer.seen, step.applies, step.score.applies_when))
    return tuple(one for one in found if one is not None and one.truth is not True)


def _term(part: Contribution) -> str:
    if part.state == "not_applicable":
        return f"{part.term}: not applicable, left out"
    weight = "" if part.weight == 1.0 else f", weight {shown(part.weight)}"
    if part.value is None and part.low == part.high:
        return f"{part.term}: {shown(part.low)}{weight}, if it applies"
    if part.value is None:
        return f"{part.term}: unknown, {_anywhere(part)}{weight}"
    points = f", {shown(part.points)} points" if part.points is not None and part.points != part.value else ""
    return f"{part.term}: {shown(part.value)}{weight}{points}{' (decides)' if part.decides else ''}"


def _anywhere(part: Contribution) -> str:
    told = interval_shown(part.low, part.high)
    return f"anywhere from {told}" if " to " in told else told


def _losses(step: ScoreStep, parts: tuple[Contribution, ...]) -> list[str]:
    """Name the terms that keep the score from being higher, the largest loss first, then what is unknown."""
    best = {term.id: term.range[1] for term in step.terms}
    losses = []
    for part in parts:
        if part.value is not None:
            loss = (best[part.term] - part.value) * (1.0 if part.weight is None else part.weight)
            losses.append((loss, f"{part.term}: {shown(part.value)} of {shown(best[part.term])}"))
    known = [text for loss, text in sorted(losses, key=lambda one: -one[0]) if loss > 0.0]
    return [*known, *(f"{part.term}: unknown" for part in parts if part.state == "missing")]


def _read_by_model(explainer: Explainer, step: ScoreStep) -> list[str]:
    facts = {node.value: value for node, value in explainer.seen.values.items() if node.op == "fact"}
    return [f"{name} = {shown(facts.get(name))}" for name in step.model.needs]


def _limit(explainer: Explainer, step: ScoreStep, change: Adjustment) -> str:
    """Return what a limit did, or may do; empty where it does nothing."""
    told = explainer.because(step, change.because)
    before = shown(change.before)
    if change.kind == "rounding":
        low, high = step.score.range
        clamped = change.before is not None and not low - _ROUNDING <= change.before <= high + _ROUNDING
        return f"kept within its range: {before} → {shown(change.after)}" if clamped else ""
    if change.holds is None:
        return f"a {change.kind} at {shown(change.at)} may hold{told}"
    if change.holds and change.before is None:
        return f"a {change.kind} holds it at {shown(change.at)} at the most{told}"
    return f"a {change.kind}: {before} → {shown(change.after)}{told}" if change.before != change.after else ""


def _limit_reasons(explainer: Explainer, step: ScoreStep) -> tuple[Reason, ...]:
    """Return the conditions of the limits that hold or may hold; of a gate, what it requires."""
    found = []
    for limit, plan in zip(step.score.limits, step.limits, strict=True):
        told = reason(explainer.seen, plan.condition, limit.condition)
        if told.truth is not (limit.kind == "gate"):
            found.append(told)
    return tuple(found)
