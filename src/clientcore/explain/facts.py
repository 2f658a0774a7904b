"""Where a fact comes from: handed in, derived, refused, not applicable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clientcore.decision import Explanation, shown
from clientcore.entities import Fact
from clientcore.errors import counted
from clientcore.executors.record.accept import Acceptance, settled
from clientcore.explain.reasons import blocking, reason
from clientcore.expr import Node
from clientcore.parse import parse
from clientcore.plan import FactStep
from clientcore.ruleset import Formula

if TYPE_CHECKING:
    from clientcore.explain.explainer import Explainer


def fact_story(explainer: Explainer, name: str, step: FactStep, *, against: bool) -> Explanation:
    """Return why a derived fact has its value: handed in instead, or what it was derived from."""
    value = explainer.seen.value(Node("fact", step.node.kind, (), name))
    summary = f"{name} is {shown(value)}"
    refused, taken = _handed_in(explainer, name)
    if name in explainer.seen.na:
        return Explanation(id=name, kind="fact", summary=f"{name} is not applicable", details=refused)
    if taken:
        return Explanation(id=name, kind="fact", summary=f"{summary}, {_source(explainer, name)}")
    formula = _formula(explainer, name)
    if step.node.kind.name == "boolean":
        found = reason(explainer.seen, step.node, formula)
        reasons = blocking(found) if against else (found,)
        return Explanation(id=name, kind="fact", summary=summary, reasons=reasons, details=refused)
    read = explainer.seen.inputs(step.node)
    details = (f"derived as {' '.join(formula.text.split())}", *(f"{leaf} = {shown(read[leaf])}" for leaf in read))
    return Explanation(id=name, kind="fact", summary=summary, details=(*refused, *details))


def _formula(explainer: Explainer, name: str) -> Formula:
    """Return the formula of a derived fact, of a ruleset or of a plugin."""
    checked = explainer.checked
    for ruleset in checked.rulesets:
        if (ruleset.id, f"facts/{name}") in checked.nodes:
            return ruleset.facts[name].value
    text = str(checked.catalog.facts[name].value)
    return Formula(text, parse(text))


def input_story(explainer: Explainer, name: str) -> Explanation:
    """Return why a fact that only the caller hands in has its value."""
    spec = explainer.executor.plan.handed[name]
    value = explainer.seen.value(Node("fact", spec.kind, (), name))
    refused, taken = _handed_in(explainer, name)
    if name in explainer.seen.na:
        summary = f"{name} is not applicable, as was said"
    elif taken:
        summary = f"{name} is {shown(value)}, {_source(explainer, name)}"
    else:
        summary = f"{name} is unknown: " + ("what was handed in is refused" if refused else "nobody handed it in")
    return Explanation(id=name, kind="fact", summary=summary, details=refused)


def _handed_in(explainer: Explainer, name: str) -> tuple[tuple[str, ...], bool]:
    """Return (why a handed-in value was refused, whether it was taken)."""
    raw = explainer.call.facts.get(name)
    if raw is None:
        return (), False
    plan = explainer.executor.plan
    accept = Acceptance(plan, {}, explainer.call.as_of, explainer.call.person)
    value = accept.take(name, raw)
    return tuple(str(problem) for problem in accept.problems), value is not None and value == value


def _source(explainer: Explainer, name: str) -> str:
    raw: Any = explainer.call.facts[name]
    fact = settled(name, raw)[0] if isinstance(raw, Fact) else Fact(raw)
    seen = f", observed on {shown(fact.observed_at)}" if fact.observed_at is not None else ""
    count = f", from {counted(fact.n, 'observation')}" if fact.n is not None else ""
    role = f", judged by: {fact.assessed_by_role}" if fact.assessed_by_role else ""
    return f"as handed in ({fact.source}{seen}{count}{role})"
