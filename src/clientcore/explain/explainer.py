"""Explain one decision: runs the traced twin of its plan once, when first asked."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import attrs

from clientcore.arguments import refused, require_whole
from clientcore.check import Checked
from clientcore.decision import Adjustment, Changes, Contribution, Decision, Explanation, Question, Reason, TraceStep
from clientcore.errors import ClientcoreError, did_you_mean
from clientcore.executors.record import Call, RecordExecutor
from clientcore.explain.audience import render
from clientcore.explain.because import filled
from clientcore.explain.change import what_would_change
from clientcore.explain.contributions import adjustments, contributions
from clientcore.explain.questions import questions
from clientcore.explain.reasons import reason
from clientcore.explain.seen import NAMED, Seen, named
from clientcore.explain.stories import input_story, story
from clientcore.expr import BOOLEAN, Node
from clientcore.plan import FactStep, RuleStep, ScoreStep, StateStep, Step, TableStep, nodes_of
from clientcore.ruleset import Ruleset


@attrs.frozen(slots=False, eq=False)
class Explainer:
    """Explains the decision of one call.

    Args:
        executor: The executor that made the decision.
        call: What it read.
        checked: The checked rulesets, for questions and texts.
        decision: The decision itself.
        varying: (profile, condition, params) of the profiles that may hold without being named.
        parent: Computes what a child reads of its account.
    """

    executor: RecordExecutor
    call: Call
    checked: Checked
    decision: Decision
    varying: tuple[tuple[str, Node, tuple[tuple[tuple[str, str], Any], ...]], ...] = ()
    parent: RecordExecutor | None = None

    @cached_property
    def seen(self) -> Seen:
        """Values of the traced run."""
        function = self.executor.compiled.traced
        raw, _ = self.executor.run(self.call, function)
        return Seen.of(raw, function.layout)

    @cached_property
    def above(self) -> Explainer | None:
        """Explains what a child read of its account; None for what is no child, and for a child of no account."""
        call = self.call.above
        if self.parent is None or call is None:
            return None
        return Explainer(self.parent, call, self.checked, self.parent.decide(call, ()), self.varying)

    @cached_property
    def steps(self) -> Mapping[str, Step]:
        """Full id → step; whether a ruleset applies is told by what stands in it."""
        steps = self.executor.plan.steps
        return {full_id(step): step for step in steps if step.key[0] != "fact" or not step.key[1].startswith("@")}

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """Facts that only the caller hands in."""
        return tuple(name for name, spec in self.executor.plan.handed.items() if not spec.derived)

    def trace(self) -> tuple[TraceStep, ...]:
        """Return every step in order, with what it read and gave."""
        return tuple(
            TraceStep(kind=step.key[0], id=name, inputs=self._read_by(step), output=self._output(step, name))
            for name, step in self.steps.items()
        )

    def why(self, name: str) -> Explanation:
        """Say why something came out as it did."""
        return self._told(name, against=False)

    def why_not(self, name: str) -> Explanation:
        """Say what stands in the way."""
        return self._told(name, against=True)

    def what_would_change(self, name: str) -> Changes:
        """Return the single facts that would change a rule."""
        return what_would_change(self, name)

    def contributions(self, name: str) -> tuple[Contribution, ...]:
        """Return what each term brings."""
        return contributions(self.seen, self._score(name), self.decision.scores)

    def adjustments(self, name: str) -> tuple[Adjustment, ...]:
        """Return rounding and limits."""
        return adjustments(self.seen, self._score(name), self.decision.scores)

    def questions(self, most: int | None) -> tuple[Question, ...]:
        """Return what to ask next.

        Raises:
            FactError: `most` is no whole number from 0 on (CC403).
        """
        if most is not None:
            require_whole("most", most, 0)
        return questions(self)[:most]

    def render(self, audience: str) -> str:
        """Return text for an audience."""
        return render(self, audience)

    def full_name(self, name: str) -> str:
        """Return the full id of a name.

        Raises:
            ClientcoreError: It is no text, unknown or ambiguous (CC403).
        """
        if not isinstance(name, str):
            raise refused("name", name, "give the id of a rule, score, table or state, or the name of a fact")
        known = [*self.steps, *self.inputs]
        if name in known:
            return name
        hits = [full for full in self.steps if full.endswith((f"/{name}", f".{name}"))]
        if len(hits) == 1:
            return hits[0]
        if hits:
            raise ClientcoreError(f"CC403 `{name}` is ambiguous; one of: {', '.join(sorted(hits))}")
        if aside := self._left_out(name):
            raise ClientcoreError(f"CC403 `{name}` was not computed: {aside}")
        if within := [full for full in self.steps if name in _last(full).split("_")]:
            few = ", ".join(f"`{full}`" for full in sorted(within, key=_by_kind)[:_NEAR])
            more = f", ... and {len(within) - _NEAR} more" if len(within) > _NEAR else ""
            raise ClientcoreError(f"CC403 nothing is called `{name}`; did you mean one of: {few}{more}")
        short = [_last(full) for full in self.steps]
        raise ClientcoreError(f"CC403 nothing is called `{name}`; {did_you_mean(name, [*known, *short])}")

    def _left_out(self, name: str) -> str:
        """Return why a name of a ruleset that there is was not computed; empty where there is no such name."""
        for ruleset in self.checked.rulesets:
            parts = {f"{ruleset.id}/{one}" for one in ruleset.firing}
            parts |= {
                f"{ruleset.id}.{one}" for some in (ruleset.scores, ruleset.tables, ruleset.states) for one in some
            }
            if name in parts:
                if ruleset.subject != self.decision.subject:
                    return f"it is about the subject {ruleset.subject}, and this decision about {self.decision.subject}"
                return f"name it in `only`, as `{ruleset.id}.*`"
        return ""

    def ruleset(self, step: Step) -> Ruleset:
        """Return the ruleset that a rule, score, table or state belongs to."""
        return next(ruleset for ruleset in self.executor.plan.rulesets if ruleset.id == step.key[1])

    def applies(self, step: Step) -> Reason | None:
        """Return why the ruleset of a step applies or does not; None where it always does."""
        ruleset = self.ruleset(step)
        if ruleset.applies_when is None:
            return None
        gate = next(one for one in self.executor.plan.steps if one.key == ("fact", f"@{ruleset.id}"))
        assert isinstance(gate, FactStep)
        found = reason(self.seen, gate.node, ruleset.applies_when)
        return Reason(text=f"{ruleset.id} applies: {found.text}", truth=found.truth, values=found.values)

    def because(self, step: Step, text: str) -> str:
        """Return the text of a `because` with its placeholders filled, with a colon before it where there is one."""
        return f": {filled(text, self.names(self.ruleset(step).id))}" if text else ""

    def names(self, ruleset: str) -> dict[str, Any]:
        """Return every named value, as texts of that ruleset name them."""
        return {
            named(node): value
            for node, value in self.seen.values.items()
            if node.op in NAMED and (node.op != "param" or node.value[0] == ruleset)
        }

    def _told(self, name: str, *, against: bool) -> Explanation:
        full = self.full_name(name)
        if full in self.steps:
            return story(self, full, self.steps[full], against=against)
        return input_story(self, full)

    def _score(self, name: str) -> ScoreStep:
        full = self.full_name(name)
        step = self.steps.get(full)
        if not isinstance(step, ScoreStep):
            raise ClientcoreError(f"CC403 `{full}` is no score; ask `why` of it")
        return step

    def _read_by(self, step: Step) -> dict[str, Any]:
        return {name: value for node in nodes_of(step) for name, value in self.seen.inputs(node).items()}

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


_NEAR = 6


def _last(full: str) -> str:
    """Return the last part of a full id."""
    return full.rpartition("/")[2].rpartition(".")[2]


def _by_kind(full: str) -> tuple[bool, bool, str]:
    """Order ids for people: what a ruleset decides, then its rules, then facts."""
    return "." not in full, "/" in full, full


def full_id(step: Step) -> str:
    """Return the full id of a step."""
    kind, *rest = step.key
    return ("/" if kind == "rule" else ".").join(rest)
