"""Run a compiled plan on one subject and put the Decision together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

import attrs

from clientcore.decision import Base, Decision, Explains, Outcome, State
from clientcore.errors import Problem
from clientcore.executors.record.accept import Acceptance
from clientcore.executors.record.arithmetic import nan
from clientcore.executors.record.compile import Compiled, Function, Raw
from clientcore.executors.record.emitter import NUMERIC
from clientcore.executors.record.finish import (
    Effects,
    Scores,
    actions_of,
    findings_of,
    outcome_of,
    signals_of,
    state_of,
)
from clientcore.executors.record.history import NO_BASE, history_of, previous_values
from clientcore.executors.record.steps import Ask
from clientcore.intake import Taken
from clientcore.matching import Matcher
from clientcore.plan import Plan, nodes_of

_NOTHING: Mapping[str, Any] = {}


class Call(NamedTuple):
    """Everything that one evaluation reads; the same call always gives the same decision.

    Args:
        taken: The subject, in internal form.
        facts: Facts handed in.
        params: Values of the plan's params, in its order, in internal form.
        as_of: Day of the decision.
        base: What it starts from.
        parent: What a child subject reads of its account.
        person: Person-level facts that the caller opted in to.
        kept: Values of the facts that the plan keeps, in its order.
        kept_na: Which of them do not apply: surely, or perhaps.
        profile: The profile that the params are of.
        above: How the account of a child was read; None of what is no child, and of a child of no account.
    """

    taken: Taken
    params: tuple[Any, ...]
    as_of: date
    facts: Mapping[str, Any] = _NOTHING
    base: Base = NO_BASE
    parent: tuple[Any, ...] = ()
    person: frozenset[str] = frozenset()
    kept: tuple[Any, ...] = ()
    kept_na: Mapping[str, bool] = _NOTHING
    profile: str | None = None
    above: Call | None = None


@attrs.frozen(slots=False, eq=False)
class RecordExecutor:
    """A plan, ready to decide.

    Args:
        plan: The plan.
        doubt: How much more confident another action must be than a mentoring one, 0 to 1.
        plugins: Plugin → version, for the decision.
        explain: Makes the explainer of a decision when it is first asked; None where none is needed.
        ask: Answers rules in place of the generated function.
        matcher: Answers event patterns; None for the matcher in Python.
    """

    plan: Plan
    doubt: float
    plugins: Mapping[str, str]
    explain: Callable[[RecordExecutor, Call, Decision], Explains] | None = None
    ask: Ask | None = None
    matcher: Matcher | None = None

    @cached_property
    def compiled(self) -> Compiled:
        """The generated functions."""
        return Compiled(self.plan, self.ask, self.matcher)

    @cached_property
    def in_python(self) -> RecordExecutor:
        """The same without a matcher of its own, which may be closed by the time somebody asks why."""
        return self.matched_by(None)

    def matched_by(self, matcher: Matcher | None) -> RecordExecutor:
        """Return the same with another matcher."""
        return self if matcher is self.matcher else attrs.evolve(self, matcher=matcher)

    @cached_property
    def effects(self) -> Effects:
        """What rules do."""
        return Effects.of(self.plan, self.doubt)

    @cached_property
    def versions(self) -> Mapping[str, tuple[str, str]]:
        """Ruleset id → (version, content hash)."""
        return MappingProxyType({ruleset.id: (ruleset.version, ruleset.sha256) for ruleset in self.plan.rulesets})

    @cached_property
    def _read_before(self) -> tuple[tuple[str, str, str, str], ...]:
        nodes = (node for step in self.plan.steps for root in nodes_of(step) for node in root.walk())
        return tuple({node.value: None for node in nodes if node.op == "previous"})

    @cached_property
    def _scores(self) -> Mapping[str, int]:
        return {name: at for at, name in enumerate(self.compiled.made.scores)}

    def run(self, call: Call, function: Function) -> tuple[Raw, list[Problem]]:
        """Run one of the generated functions; problems of the facts and models come with the raw results."""
        plan = self.plan
        taken, params, as_of, facts, base, parent, person, kept, kept_na, _, _ = call
        accept = Acceptance(plan, facts, as_of, person)
        if kept_na:
            accept.na.update(kept_na)
        history = previous = None
        if base.as_of is not None:
            history = history_of(base, as_of)
            previous = previous_values(base, self._read_before)
        tables = [taken.tables.get(table) for table in plan.tables] if plan.tables else ()
        day, faults = as_of.toordinal(), accept.problems
        raw = function.run(taken.values, tables, facts, accept, params, previous, history, parent, day, faults, kept)
        return raw, faults

    def values(self, call: Call) -> tuple[Any, ...]:
        """Return the values that the plan was asked for besides its steps."""
        return self.run(call, self.compiled.made)[0][5]

    def unknown_above(self) -> tuple[Any, ...]:
        """Return what a child of no account reads of it: everything is missing."""
        return tuple(nan if node.kind.name in NUMERIC else None for node in self.plan.parent)

    def decide(self, call: Call, problems: tuple[Problem, ...]) -> Decision:
        """Return the decision of one call.

        Args:
            call: What it reads.
            problems: Problems known beforehand, of plugins.
        """
        function, explain = self.compiled.made, self.explain
        raw, found = self.run(call, function)
        fired, unknown, scores, outcomes, states = raw[:5]
        subject_id, account_id, _, _, wrong, _ = call.taken
        if problems or wrong:
            found[:0] = [*problems, *wrong]
        if not function.in_order:
            fired.sort()
            unknown.sort()
        holds, findings, suppressed = findings_of(self.effects, fired, unknown, found)
        made: dict[str, Outcome] = {}
        moved: dict[str, State] = {}
        if outcomes or states:
            made = {
                name: outcome_of(part, self.effects, name)
                for name, part in zip(function.outcomes, outcomes, strict=True)
            }
            moved = {name: state_of(part) for name, part in zip(function.states, states, strict=True)}
            found += _unsettled(made, moved)
        return Decision.of(
            {
                "subject": self.plan.subject,
                "subject_id": subject_id,
                "account_id": account_id,
                "as_of": call.as_of,
                "rulesets": self.versions,
                "plugins": self.plugins,
                "scores": Scores(self._scores, scores, call.as_of),
                "outcomes": MappingProxyType(made),
                "states": MappingProxyType(moved),
                "findings": findings,
                "actions": actions_of(self.effects, findings) if findings else (),
                "fired": tuple(holds),
                "unknown": tuple(unknown),
                "suppressed": MappingProxyType(suppressed),
                "problems": tuple(found),
                "base": call.base,
                "signals": signals_of(self.effects, fired, unknown) if self.effects.signals else (),
                "profile": call.profile,
                "_explain": None if explain is None else lambda decision: explain(self, call, decision),
            }
        )


def _unsettled(outcomes: Mapping[str, Outcome], states: Mapping[str, State]) -> Iterator[Problem]:
    for name, outcome in outcomes.items():
        if outcome.conflict:
            rows = ", ".join(f"`{row}`" for row in outcome.rows)
            yield Problem("CC609", f"rows {rows} of table `{name}` are true together", help="its policy is `unique`")
    for name, state in states.items():
        if state.cycle:
            yield Problem("CC610", f"state machine `{name}` would not settle", help="its state is missing")
