"""Explain one decision: runs the traced twin of its plan once, when first asked."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from clientcore.check import Checked
from clientcore.decision import (
    Adjustment,
    Contribution,
    Decision,
    Explanation,
    Question,
    TraceStep,
)
from clientcore.errors import ClientcoreError, did_you_mean
from clientcore.executors.record import Call, RecordExecutor
from clientcore.explain.audience import render
from clientcore.explain.contributions import adjustments, contributions
from clientcore.explain.questions import questions
from clientcore.explain.seen import Seen, named
from clientcore.explain.stories import story
from clientcore.expr import BOOLEAN, Node
from clientcore.plan import FactStep, RuleStep, ScoreStep, StateStep, Step, TableStep, nodes_of


class Explainer:
    """Explains the decision of one call.

    Args:
        executor: The executor that made the decision.
        call: What it read.
        checked: The checked rulesets, for questions and texts.
    """

    def __init__(self, executor: RecordExecutor, call: Call, checked: Checked) -> None:
        self.executor = executor
        self.call = call
        self.checked = checked

    @cached_property
    def seen(self) -> Seen:
        """Values of the traced run."""
        function = self.executor.compiled.traced
        raw, _ = self.executor.run(self.call, function)
        return Seen.of(raw, function.layout)

    @cached_property
    def decision(self) -> Decision:
        """The decision itself, put together anew."""
        return self.executor.decide(self.call, None, ())

    @cached_property
    def steps(self) -> dict[str, Step]:
        """Full id → step."""
        return {full_id(step): step for step in self.executor.plan.steps}

    def trace(self) -> tuple[TraceStep, ...]:
        """Return every step in order, with what it read and gave."""
        return tuple(
            TraceStep(kind=step.key[0], id=name, inputs=self._inputs(step), output=self._output(step, name))
            for name, step in self.steps.items()
        )

    def step(self, name: str) -> tuple[str, Step]:
        """Return (full id, step) of a name.

        Raises:
            ClientcoreError: It is unknown or ambiguous (CC403).
        """
        if name in self.steps:
            return name, self.steps[name]
        hits = [full for full in self.steps if full.endswith((f"/{name}", f".{name}"))]
        if len(hits) == 1:
            return hits[0], self.steps[hits[0]]
        if hits:
            raise ClientcoreError(f"CC403 `{name}` is ambiguous; one of: {', '.join(sorted(hits))}")
        short = [full.rpartition("/")[2].rpartition(".")[2] for full in self.steps]
        raise ClientcoreError(f"CC403 nothing is called `{name}`; {did_you_mean(name, [*self.steps, *short])}")

    def why(self, name: str) -> Explanation:
        """Say why something came out as it did."""
        full, step = self.step(name)
        return story(self, full, step, against=False)

    def why_not(self, name: str) -> Explanation:
        """Say what stands in the way."""
        full, step = self.step(name)
        return story(self, full, step, against=True)

    def contributions(self, name: str) -> tuple[Contribution, ...]:
        """Return what each term brings."""
        return contributions(self.seen, self._score(name))

    def adjustments(self, name: str) -> tuple[Adjustment, ...]:
        """Return rounding and limits."""
        return adjustments(self.seen, self._score(name))

    def questions(self) -> tuple[Question, ...]:
        """Return what to ask next."""
        return questions(self.seen, self.executor.plan, self.checked)

    def render(self, decision: Decision, audience: str) -> str:
        """Return text for an audience."""
        return render(self, decision, audience)

    def names(self, ruleset: str) -> dict[str, Any]:
        """Return every named value, as texts of that ruleset name them."""
        own = {
            named(node): value
            for node, value in self.seen.values.items()
            if node.op in {"fact", "field", "score", "outcome", "state", "as_of"}
            or (node.op == "param" and node.value[0] == ruleset)
        }
        own["as_of"] = self.call.as_of
        decision = self.decision
        for name, score in decision.scores.items():
            own |= {name: score.value, f"{name}.low": score.low, f"{name}.high": score.high, f"{name}.band": score.band}
        own |= {name: outcome.value for name, outcome in decision.outcomes.items()}
        own |= {name: state.value for name, state in decision.states.items()}
        params = zip(self.executor.plan.params, self.call.params, strict=True)
        own |= {f"params.{key[1]}": value for key, value in params if key[0] == ruleset}
        return own

    def _score(self, name: str) -> ScoreStep:
        full, step = self.step(name)
        if not isinstance(step, ScoreStep):
            raise ClientcoreError(f"CC403 `{full}` is no score; ask `why` of it")
        return step

    def _inputs(self, step: Step) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for node in nodes_of(step):
            for name, value in self.seen.inputs(node).items():
                found.setdefault(name, value)
        return found

    def _output(self, step: Step, name: str) -> Any:
        match step:
            case FactStep():
                return self.seen.value(Node("fact", step.node.kind, (), step.key[1]))
            case RuleStep():
                return self.seen.value(Node("fired", BOOLEAN, (), step.key[1:]))
            case ScoreStep():
                return self.decision.scores[name]
            case TableStep():
                return self.decision.outcomes[name]
            case StateStep():
                return self.decision.states[name]


def full_id(step: Step) -> str:
    """Return the full id of a step."""
    kind, *rest = step.key
    return ("/" if kind == "rule" else ".").join(rest)
