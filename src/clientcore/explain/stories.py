"""Put the explanation of one rule, score, table, state or fact into words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from clientcore.decision import Explanation, Reason, shown
from clientcore.explain.because import filled
from clientcore.explain.contributions import adjustments, contributions
from clientcore.explain.reasons import blocking, reason
from clientcore.expr import Node
from clientcore.plan import FactStep, RuleStep, ScoreStep, StateStep, Step, TableStep, nodes_of
from clientcore.ruleset import Ruleset

if TYPE_CHECKING:
    from clientcore.explain.explainer import Explainer

_VERBS = {True: "holds", False: "does not hold", None: "is unknown"}


def story(explainer: Explainer, name: str, step: Step, *, against: bool) -> Explanation:
    """Return the explanation of a step; `against` asks what stands in the way."""
    match step:
        case RuleStep():
            found = _rule(explainer, name, step, against)
        case ScoreStep():
            found = _score(explainer, name, step, against)
        case TableStep():
            found = _table(explainer, name, step, against)
        case StateStep():
            found = _state(explainer, name, step, against)
        case FactStep():
            found = _fact(explainer, name, step)
    return attrs.evolve(found, basis=_basis(explainer, step))


def _ruleset(explainer: Explainer, step: Step) -> Ruleset:
    return next(ruleset for ruleset in explainer.executor.plan.rulesets if ruleset.id == step.key[1])


def _because(explainer: Explainer, step: Step, text: str) -> str:
    return filled(text, explainer.names(step.key[1])) if text else ""


def _rule(explainer: Explainer, name: str, step: RuleStep, against: bool) -> Explanation:
    found = reason(explainer.seen, step.node, step.rule.when)
    told = _because(explainer, step, step.rule.because) if found.truth else ""
    summary = f"{name} {_VERBS[found.truth]}" + (f": {told}" if told else "")
    reasons = blocking(found) if against else (found,)
    details = [f"suppressed by {', '.join(by)}" for by in [explainer.decision.suppressed.get(name)] if by]
    if against and found.truth:
        details.append("nothing stands in its way")
    return Explanation(id=name, kind="rule", summary=summary, reasons=reasons, details=tuple(details))


def _score(explainer: Explainer, name: str, step: ScoreStep, against: bool) -> Explanation:
    score = explainer.decision.scores[name]
    if score.state == "not_applicable":
        return Explanation(id=name, kind="score", summary=f"{name} is not applicable")
    if score.value is not None:
        summary = f"{name} is {shown(score.value)}"
    else:
        summary = f"{name} lies between {shown(score.low)} and {shown(score.high)}"
    if score.band is not None:
        summary += f", band {score.band}"
    elif score.bands_possible:
        summary += f", band {' or '.join(score.bands_possible)}"
    summary += f"; {score.coverage:.0%} of the weight is known"
    details = _limits(explainer, step) if against else _terms(explainer, step) + _limits(explainer, step)
    reasons = _limit_reasons(explainer, step) if against else ()
    if against:
        details = _losses(explainer, step) + details
    return Explanation(id=name, kind="score", summary=summary, reasons=reasons, details=tuple(details))


def _terms(explainer: Explainer, step: ScoreStep) -> list[str]:
    lines = []
    for part in contributions(explainer.seen, step):
        if part.state == "not_applicable":
            lines.append(f"{part.term}: not applicable, left out")
        elif part.state == "missing":
            lines.append(f"{part.term}: unknown, anywhere from {shown(part.low)} to {shown(part.high)}")
        else:
            mark = " (decides)" if part.decides else ""
            weight = f", weight {shown(part.weight)}" if part.weight not in {None, 1.0} else ""
            lines.append(f"{part.term}: {shown(part.value)}{weight}{mark}")
    return lines


def _losses(explainer: Explainer, step: ScoreStep) -> list[str]:
    """Name the terms that keep the score from being higher, the largest loss first."""
    ranges = {term.id: term.range for term in step.terms}
    losses = []
    for part in contributions(explainer.seen, step):
        if part.state == "known" and part.value is not None:
            missing = (ranges[part.term][1] - part.value) * (1.0 if part.weight is None else part.weight)
            if missing > 0.0:
                losses.append((missing, f"{part.term}: {shown(part.value)} of {shown(ranges[part.term][1])}"))
        elif part.state == "missing":
            losses.append((0.0, f"{part.term}: unknown"))
    return [text for _, text in sorted(losses, key=lambda loss: -loss[0])]


def _limits(explainer: Explainer, step: ScoreStep) -> list[str]:
    lines = []
    for change in adjustments(explainer.seen, step):
        if change.kind == "rounding" or change.holds is False:
            continue
        told = _because(explainer, step, change.because)
        tail = f": {told}" if told else ""
        if change.holds is None:
            lines.append(f"a {change.kind} at {shown(change.at)} may hold{tail}")
        else:
            lines.append(f"a {change.kind} holds it at {shown(change.at)}{tail}")
    return lines


def _limit_reasons(explainer: Explainer, step: ScoreStep) -> tuple[Reason, ...]:
    found = []
    for limit, plan in zip(step.score.limits, step.limits, strict=True):
        told = reason(explainer.seen, plan.condition, limit.condition)
        stands = told.truth is not True if limit.kind == "gate" else told.truth is not False
        if stands:
            found.append(told)
    return tuple(found)


def _table(explainer: Explainer, name: str, step: TableStep, against: bool) -> Explanation:
    outcome = explainer.decision.outcomes[name]
    if outcome.possible:
        choices = " or ".join(shown(item) for item in outcome.possible)
        summary = f"{name} is not settled: {choices}"
    else:
        summary = f"{name} is {shown(outcome.value)}"
    reasons = []
    for row, node in zip(step.table.rows, step.rows, strict=True):
        found = _row_reason(explainer, step, row.id, node)
        told = _because(explainer, step, row.because) if found.truth else ""
        text = f"row {row.id} → {shown(row.then)}" + (f": {told}" if told else "")
        parts = blocking(found) if against and found.truth is not True else found.parts
        reasons.append(Reason(text=text, truth=found.truth, values={} if parts else found.values, parts=()))
        reasons.extend(part for part in parts if against or found.truth is not False)
        if found.truth and step.table.hit_policy == "first" and not against:
            break
    return Explanation(id=name, kind="table", summary=summary, reasons=tuple(reasons))


def _row_reason(explainer: Explainer, step: TableStep, row_id: str, node: Node | None) -> Reason:
    if node is None:
        return Reason(text="always", truth=True)
    row = next(row for row in step.table.rows if row.id == row_id)
    cells = [(at, cell) for at, cell in enumerate(row.when) if cell is not None]
    nodes = _cells(node, len(cells))
    parts = []
    for (at, cell), part in zip(cells, nodes, strict=True):
        text = f"{step.table.inputs[at].value.text} {cell.text}"
        parts.append(Reason(text=text, truth=explainer.seen.value(part), values=explainer.seen.inputs(part)))
    return Reason(text=row_id, truth=explainer.seen.value(node), parts=tuple(parts), joined="all")


def _cells(node: Node, count: int) -> list[Node]:
    cells: list[Node] = []
    while count > 1:
        cells.append(node.args[1])
        node, count = node.args[0], count - 1
    return [node, *reversed(cells)]


def _state(explainer: Explainer, name: str, step: StateStep, against: bool) -> Explanation:
    state = explainer.decision.states[name]
    here = "unknown" if state.value is None else state.value
    summary = f"{name} is {here}" + (f" since {state.since}" if state.since else "")
    if state.possible:
        summary += f", perhaps {' or '.join(label for label in state.possible if label != state.value)}"
    reasons = []
    for transition, node in zip(step.machine.transitions, step.conditions, strict=True):
        if transition.source != state.value:
            continue
        found = reason(explainer.seen, node, transition.when)
        label = f"{transition.source} → {transition.target}"
        if transition.needs_decision:
            label += " (also needs a recorded human decision)"
        reasons.append(Reason(text=label, truth=found.truth))
        reasons.extend(blocking(found) if against else (found,))
    return Explanation(id=name, kind="state", summary=summary, reasons=tuple(reasons))


def _fact(explainer: Explainer, name: str, step: FactStep) -> Explanation:
    value = explainer.seen.value(Node("fact", step.node.kind, (), step.key[1]))
    given = name in explainer.call.facts and explainer.call.facts[name] is not None
    summary = f"{name} is {shown(value)}" + (", as handed in" if given and value is not None else "")
    if value is None and name in explainer.seen.raw[6]:
        summary = f"{name} is not applicable"
    values = explainer.seen.inputs(step.node)
    details = tuple(f"{read} = {shown(item)}" for read, item in values.items())
    return Explanation(id=name, kind="fact", summary=summary, details=details)


def _basis(explainer: Explainer, step: Step) -> str:
    """Say how many of the thresholds that a step reads are of our own choosing."""
    read = {node.value for root in nodes_of(step) for node in root.walk() if node.op == "param"}
    if not read:
        return ""
    params = explainer.checked.scope.params
    ours = sum(params[key].basis == "ours" for key in read)
    return f"{ours} of the {len(read)} thresholds it reads are our own choice"
