"""A plan in parts, for who decides one account again and again: facts over tables that stay as they are stay too.

Derived facts are put into groups by the related tables that they stand on; each group is a function of its own, and so
is the rest of the plan, which takes what the groups gave. A group is computed again only where something that it reads
is new; the decision is the same as that of the whole plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import attrs

from clientcore.entities import Fact
from clientcore.executors.record.run import Call, RecordExecutor
from clientcore.expr import Node
from clientcore.intake import values
from clientcore.plan import FactStep, Plan, nodes_of, reads

#: What a fact may not read if it is to be kept: it moves with the decision before, or comes from later steps.
_MOVES = frozenset({"score", "outcome", "state", "fired", "previous", "parent", "events"})


@attrs.frozen
class Group:
    """Facts that stand on the same related tables.

    Args:
        executor: Computes them.
        names: Their names, in the order of the values.
        tables: The tables.
        daily: Whether they read the day of the decision.
    """

    executor: RecordExecutor
    names: tuple[str, ...]
    tables: tuple[str, ...]
    daily: bool


@attrs.frozen
class Given:
    """What a group was computed from, and what it gave.

    Args:
        rows: The records of its tables.
        day: The day of the decision.
        values: The values of its facts.
        na: Which of them do not apply.
    """

    rows: tuple[Any, ...]
    day: int
    values: tuple[Any, ...]
    na: Mapping[str, bool]


@attrs.define
class Kept:
    """What was computed for one account; only calls with the same fields, facts and params can use it."""

    read: tuple[Any, ...] = ()
    given: dict[int, Given] = attrs.field(factory=dict)


@attrs.frozen(eq=False, slots=False)
class Parts:
    """An executor in parts.

    Args:
        whole: The executor of the whole plan, which also explains.
    """

    whole: RecordExecutor

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The groups of facts that are kept."""
        return tuple(_groups(self.whole.plan))

    @cached_property
    def rest(self) -> RecordExecutor:
        """The executor of what is left of the plan."""
        plan, names = self.whole.plan, {name for group in self.groups for name in group.names}
        kept = {step.key[1]: step for step in plan.steps if isinstance(step, FactStep) and step.key[1] in names}
        ordered = tuple(kept[name] for group in self.groups for name in group.names)
        steps = tuple(step for step in plan.steps if step.key[0] != "fact" or step.key[1] not in names)
        explain = self.whole.explain
        return RecordExecutor(
            attrs.evolve(plan, steps=steps, kept=ordered),
            self.whole.doubt,
            self.whole.plugins,
            None
            if explain is None
            else lambda _, call, decision: explain(self.whole, call._replace(kept=(), kept_na={}), decision),
            matcher=self.whole.matcher,
        )

    def filled(self, call: Call, kept: Kept) -> Call:
        """Return a call with the values of all groups, computed only where that may give something new.

        Args:
            call: The call.
            kept: What was computed for the same account before; it is brought up to date.
        """
        # 1 is not true here, and a fact that was observed ahead of the day is seen from its day on
        read = (call.taken.values, repr(call.facts), call.params, _unseen(call))
        if kept.read != read:
            kept.given.clear()
            kept.read = read
        day = call.as_of.toordinal()
        filled: list[Any] = []
        na: dict[str, bool] = {}
        for at, group in enumerate(self.groups):
            rows = tuple([call.taken.tables.get(table) for table in group.tables])
            given = kept.given.get(at)
            if given is None or (group.daily and given.day != day) or not _same(rows, given.rows):
                given = kept.given[at] = _computed(group, call, rows, day)
            filled += given.values
            na |= given.na
        return call._replace(kept=tuple(filled), kept_na=na)


def _unseen(call: Call) -> frozenset[str]:
    day = call.as_of.toordinal()
    observed = ((name, fact.observed_at) for name, fact in call.facts.items() if isinstance(fact, Fact))
    return frozenset(name for name, at in observed if at is not None and values.day(at) > day)


def _same(first: tuple[Any, ...], second: tuple[Any, ...]) -> bool:
    """Return whether these are the same records; equal ones that were read anew are not looked at."""
    return all(one is two for one, two in zip(first, second, strict=True))


def _computed(group: Group, call: Call, rows: tuple[Any, ...], day: int) -> Given:
    raw, _ = group.executor.run(call, group.executor.compiled.plain)
    return Given(rows, day, raw[5], {name: raw[6][name] for name in group.names if name in raw[6]})


def _groups(plan: Plan) -> Iterator[Group]:
    steps = {step.key[1]: step for step in plan.steps if isinstance(step, FactStep) and step.key[0] == "fact"}
    sources: dict[str, frozenset[str]] = {}
    for name, step in steps.items():
        nodes = [node for root in nodes_of(step) for node in root.walk()]
        read = [key[1] for root in nodes_of(step) for key in reads(root) if key[0] == "fact" and key[1] in steps]
        if any(node.op in _MOVES for node in nodes) or not all(other in sources for other in read):
            continue
        own = frozenset(node.value for node in nodes if node.op == "table")
        sources[name] = own.union(*(sources[other] for other in read))
    members: dict[frozenset[str], list[str]] = {}
    for name, tables in sources.items():
        if tables:
            members.setdefault(tables, []).append(name)
    for tables, names in members.items():
        yield _group(plan, steps, names, tuple(sorted(tables)))


def _group(plan: Plan, steps: Mapping[str, FactStep], names: Sequence[str], tables: tuple[str, ...]) -> Group:
    needed: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += [key[1] for root in nodes_of(steps[name]) for key in reads(root) if key[1] in steps]
    own = [step for name, step in steps.items() if name in needed]
    nodes = [node for step in own for root in nodes_of(step) for node in root.walk()]
    wanted = [
        FactStep(key=("parent", f"{at:06d}"), node=Node("fact", steps[name].node.kind, (), name))
        for at, name in enumerate(names)
    ]
    used = needed | {node.value for node in nodes if node.op == "fact"}
    part = attrs.evolve(
        plan,
        steps=(*own, *wanted),
        handed={name: spec for name, spec in plan.handed.items() if name in used},
        derived_facts=plan.derived_facts & needed,
        told=(),
        models={},
    )
    return Group(RecordExecutor(part, 0.0, {}), tuple(names), tables, any(node.op == "as_of" for node in nodes))
