"""Plan → one generated Python function (and, when first asked for, its twin that keeps every value)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any

import attrs

from clientcore.executors.record import arithmetic, bands, machines, models, tables
from clientcore.executors.record.aggregates import aggregate, hull, part, sampled
from clientcore.executors.record.emitter import Emitter
from clientcore.executors.record.entry import write_entry
from clientcore.executors.record.lists import one_voice
from clientcore.executors.record.steps import Ask, Written, write_steps
from clientcore.executors.record.truths import TRUTHS
from clientcore.executors.record.values import VALUES
from clientcore.expr import Node
from clientcore.matching import Matcher, PythonMatcher
from clientcore.plan import Plan

#: Operator → how it is lowered; together with `UNSUPPORTED` it covers `expr.OPS`.
OPS: Mapping[str, Any] = MappingProxyType({**VALUES, **TRUTHS})
UNSUPPORTED: Mapping[str, str] = MappingProxyType({})

_NAMES: dict[str, Any] = {
    "NAN": arithmetic.nan,
    "INF": arithmetic.inf,
    "LOWER": arithmetic.LOWER,
    "floor": arithmetic.floor,
    "ceil": arithmetic.ceil,
    "guard": arithmetic.guard,
    "round_guarded": arithmetic.round_guarded,
    "mod": arithmetic.mod,
    "day_add": arithmetic.day_add,
    "day_sub": arithmetic.day_sub,
    "business_days": arithmetic.business_days,
    "matches": arithmetic.matches,
    "nano": arithmetic.nano,
    "aggregate": aggregate,
    "hull": hull,
    "part": part,
    "sampled": sampled,
    "bisect": bisect_right,
    "settle_band": bands.settle_band,
    "machine": machines.machine,
    "decided": machines.decided,
    "first_row": tables.first_row,
    "unique_row": tables.unique_row,
    "collect_rows": tables.collect_rows,
    "call_model": models.call_model,
    "one_voice": one_voice,
    "only_na": models.only_na,
}

#: (fired, unknown, scores, outcomes, states, values for child subjects, what does not apply,
#: trace); what does not apply is id → whether that is sure or may turn out so
Raw = tuple[
    list[str],
    list[str],
    tuple[tuple[Any, ...], ...],
    tuple[tuple[Any, ...], ...],
    tuple[tuple[Any, ...], ...],
    tuple[Any, ...],
    dict[str, bool],
    tuple[Any, ...],
]


@attrs.frozen
class Function:
    """A compiled plan.

    Args:
        run: (fields, tables, facts, accept, params, previous, history, parent, as_of, faults, kept) → `Raw`.
        text: The generated source, for reading.
        scores: Ids of the scores, in the order of the raw results.
        outcomes: Ids of the tables.
        states: Ids of the machines.
        in_order: Whether fired and unknown rules come in order of id by themselves.
        layout: Nodes whose values stand in the trace, in its order.
    """

    run: Callable[..., Raw]
    text: str
    scores: tuple[str, ...]
    outcomes: tuple[str, ...]
    states: tuple[str, ...]
    in_order: bool
    layout: tuple[Node, ...] = ()


@attrs.frozen(slots=False)
class Compiled:
    """A plan with its function, and the one with trace made at first use.

    Args:
        plan: The plan.
        ask: Answers rules in place of the function; the one with trace answers them itself.
        matcher: Answers event patterns; None for the matcher in Python.
    """

    plan: Plan
    ask: Ask | None = None
    matcher: Matcher | None = None

    @cached_property
    def plain(self) -> Function:
        """The function without trace."""
        return compile_plan(self.plan, ask=self.ask, matcher=self.matcher)

    @cached_property
    def traced(self) -> Function:
        """The function that keeps every value."""
        return compile_plan(self.plan, traced=True, matcher=self.matcher)

    @property
    def made(self) -> Function:
        """The function for a decision: the plain one, unless only the one with trace is made so far."""
        return self.plain if "plain" in vars(self) or "traced" not in vars(self) or self.ask else self.traced

    def trace_first(self) -> None:
        """Make the function with trace before the other: it decides too, and one decision that is explained needs both.

        Of all bundled rulesets each takes most of a second to make, and the plain one decides in less time.
        """
        _ = self.traced


def compile_plan(
    plan: Plan, *, traced: bool = False, ask: Ask | None = None, matcher: Matcher | None = None
) -> Function:
    """Write and compile the function of a plan.

    Args:
        plan: The plan.
        traced: Whether every value at the top is returned as well.
        ask: Answers rules in place of the function itself.
        matcher: Answers event patterns; the one in Python without it.

    Returns:
        The function. Only names of our own making stand in its text; what users wrote are constants.
    """
    em = Emitter(plan.columns, VALUES, TRUTHS, traced=traced)
    write_entry(em, plan)
    written = write_steps(em, plan, ask)
    if traced:
        for node in plan.told:
            em.value(node)
    em.line(f"return {_results(em, written)}")
    head = "def run(fields, tables, facts, accept, params, previous, history, parent, as_of, faults, kept=()):"
    text = em.text(head)
    space = {**_NAMES, **em.constants, "match": (matcher or PythonMatcher()).answer}
    exec(compile(text, f"<plan for {plan.subject}>", "exec"), space)  # noqa: S102 - text is ours, see the docstring
    return Function(
        run=space["run"],
        text=text,
        scores=tuple(written.scores),
        outcomes=tuple(written.outcomes),
        states=tuple(written.states),
        in_order=em.rules == sorted(em.rules),
        layout=tuple(em.layout),
    )


def _results(em: Emitter, written: Written) -> str:
    groups = (
        written.scores.values(),
        written.outcomes.values(),
        written.states.values(),
        written.values,
    )
    texts = [f"({', '.join(group)}{',' if group else ''})" for group in groups]
    trace = f"({', '.join(em.layout.values())}{',' if em.layout else ''})"
    return f"fired, unknown, {', '.join(texts)}, na, {trace}"
