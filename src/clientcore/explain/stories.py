"""Put the explanation of one rule, score, table, state or fact into words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import attrs

from clientcore.decision import Explanation, Reason, shown
from clientcore.explain.events import events_reason
from clientcore.explain.facts import fact_story, input_story
from clientcore.explain.reasons import blocking, reason
from clientcore.explain.scores import score_story
from clientcore.explain.states import state_story
from clientcore.explain.tables import table_story
from clientcore.expr import Node
from clientcore.plan import FactStep, RuleStep, ScoreStep, StateStep, Step, TableStep, nodes_of
from clientcore.ruleset import Pattern

if TYPE_CHECKING:
    from clientcore.explain.explainer import Explainer

__all__ = ["input_story", "story"]


def story(explainer: Explainer, name: str, step: Step, *, against: bool) -> Explanation:
    """Return the explanation of a step; `against` asks what stands in the way."""
    match step:
        case RuleStep():
            found = _rule_story(explainer, name, step, against=against)
        case ScoreStep():
            found = score_story(explainer, name, step, against=against)
        case TableStep():
            found = table_story(explainer, name, step, against=against)
        case StateStep():
            found = state_story(explainer, name, step, against=against)
        case FactStep():
            found = fact_story(explainer, name, step, against=against)
    return attrs.evolve(found, basis=_basis(explainer, step))


_VERBS = {True: "holds", False: "does not hold", None: "is unknown"}
_UNKNOWN = {
    "no_match": "",
    "match": "it counts as holding, since it is unknown (`on_unknown: match`)",
    "review": "it asks for a review, since it is unknown (`on_unknown: review`)",
    "error": "it must be known, and is reported as a problem (`on_unknown: error`)",
}


def _rule_story(explainer: Explainer, name: str, step: RuleStep, *, against: bool) -> Explanation:
    found = _condition(explainer, step)
    told = explainer.because(step, step.rule.because) if found.truth else ""
    details = [_UNKNOWN[step.rule.on_unknown]] if found.truth is None else []
    by = explainer.decision.suppressed.get(name, ())
    details += [f"suppressed by {', '.join(by)}"] if by else []
    if against and found.truth:
        details.append("nothing stands in its way")
    return Explanation(
        id=name,
        kind="rule",
        summary=f"{name} {_VERBS[found.truth]}{told}",
        reasons=blocking(found) if against else (found,),
        details=tuple(line for line in details if line),
    )


def _condition(explainer: Explainer, step: RuleStep) -> Reason:
    """Return the reason of a rule: its condition, and where it has one, whether its ruleset applies."""
    applies = explainer.applies(step)
    node = step.node if applies is None else step.node.args[1]
    if isinstance(step.rule, Pattern):
        when = events_reason(explainer.seen, node, step.rule)
    else:
        when = reason(explainer.seen, node, step.rule.when)
    if applies is None:
        return when
    parts = (applies, *(when.parts if when.joined == "all" else (when,)))
    return Reason(text=when.text, truth=explainer.seen.value(step.node), parts=parts, joined="all")


def _basis(explainer: Explainer, step: Step) -> str:
    """Say how many of the thresholds that a step reads, also through facts, are of our own choosing or were set."""
    params = explainer.checked.scope.params
    read = {node.value: None for node in _behind(explainer, step) if node.op == "param"}
    ours = sum(params[key].basis == "ours" for key in read)
    own = _set_otherwise(explainer, read)
    said = f"{_counted(ours, len(read))} our own choice" if read else ""
    return f"{said}; set by a profile: {own}" if own else said


def _counted(ours: int, read: int) -> str:
    """Return how many of the thresholds that a step reads, as the subject of a sentence with its verb."""
    alike = {1: "the one threshold that it reads", 2: "both thresholds that it reads"}
    if ours == read:
        return f"{alike.get(read, f'all {read} thresholds that it reads')} {'is' if read == 1 else 'are'}"
    if not ours:
        none = {1: "the one threshold that it reads is not", 2: "neither of the thresholds that it reads is"}
        return none.get(read, f"none of the {read} thresholds that it reads is")
    return f"{ours} of the {read} thresholds that it reads {'is' if ours == 1 else 'are'}"


def _set_otherwise(explainer: Explainer, read: Iterable[tuple[str, str]]) -> str:
    """Name the params that hold another value here than by default, each with both."""
    here = dict(zip(explainer.executor.plan.params, explainer.call.params, strict=True))
    defaults = {key: explainer.checked.scope.params[key].value for key in read}
    return ", ".join(
        f"{name} {shown(here[ruleset, name])} instead of {shown(default)}"
        for (ruleset, name), default in sorted(defaults.items())
        if (ruleset, name) in here and here[ruleset, name] != default
    )


def _behind(explainer: Explainer, step: Step) -> Iterator[Node]:
    """Yield every node that a step reads, also by way of derived facts."""
    stack, facts = [step], set[str]()
    while stack:
        for root in nodes_of(stack.pop()):
            for node in root.walk():
                yield node
                fact = explainer.steps.get(node.value) if node.op == "fact" else None
                if fact is not None and node.value not in facts:
                    facts.add(node.value)
                    stack.append(fact)
