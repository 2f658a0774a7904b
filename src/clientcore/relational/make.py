"""Plan → Program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from clientcore.decision import column
from clientcore.entities import SUBJECTS
from clientcore.expr import Node
from clientcore.plan import ENTRY, FactStep, Plan, RuleStep, ScoreStep, StateStep, TableStep, bound, nodes_of
from clientcore.relational.applicable import lost
from clientcore.relational.entry import Entry
from clientcore.relational.expressions import Expressions
from clientcore.relational.history import History
from clientcore.relational.inlining import without_fixed_lookups
from clientcore.relational.lists import is_true
from clientcore.relational.ops import OPS, UNSUPPORTED
from clientcore.relational.program import Builder, Frame, Lookup, Made, Program, staged
from clientcore.relational.scalar import FALSE, TRUE, Scalar, both, case, col, either, is_null, known, null, opposite
from clientcore.relational.scores import write_score
from clientcore.relational.sorts import sort_of
from clientcore.relational.states import write_state
from clientcore.relational.tables import write_table


def make_program(
    plan: Plan,
    *,
    above: Plan | None = None,
    given: frozenset[str] | None = None,
    clean: frozenset[str] = frozenset(),
    person: frozenset[str] = frozenset(),
    history: bool = False,
) -> Program:
    """Lower a plan to frames.

    Args:
        plan: The plan of one kind of subject.
        above: For children of an account, the plan of what they read of it.
        given: Facts of which the book has a column; None for all.
        clean: Those of which every value is known to be accepted as it is.
        person: Person-level facts that the caller opted in to.
        history: Whether there is a frame of earlier decisions.

    Returns:
        The program.

    Raises:
        UnsupportedError: Something can't run on frames (CC401); the text names it and says what to use.
    """
    made: dict[tuple[str, str], Made] = {}
    frames: dict[str, Frame] = {}
    parents: dict[Node, Scalar] = {}
    main = SUBJECTS[plan.subject].table
    if above is not None:
        name = f"account/{SUBJECTS['account'].table}"
        upper = _Writer.of(above, name, "account/", (given, clean), person, history=False)
        values = upper.write()
        made |= upper.builder.made
        frames |= upper.entry.frames()
        given = frozenset()
    writer = _Writer.of(plan, main, "", (given, clean), person, history=history)
    if above is not None:
        account = writer.entry.source(main, "account_id", "text").value
        for node, held in zip(plan.parent, values, strict=True):
            parents[node] = (
                writer.builder.look_up(Lookup(main, "", upper.builder.main, held.value, (account, "id"), held.sort))
                if held.op == "col"
                else case(known(col(account, "text")), held, null(held.sort))
            )
    writer.expressions.parents.update(parents)
    writer.write()
    made |= writer.builder.made
    frames |= writer.entry.frames() | writer.history.frames()
    program = Program(
        subject=plan.subject,
        main=main,
        frames=frames,
        stages=staged(made),
        outputs=dict(writer.builder.outputs),
        params=tuple(dict.fromkeys((*(above.params if above else ()), *plan.params))),
    )
    return without_fixed_lookups(program)


def asked_for(plan: Plan, main: str) -> tuple[Builder, Mapping[str, Frame], Sequence[Scalar]]:
    """Return what a plan was asked for besides its steps, of the rows of a frame, without facts that are handed in."""
    writer = _Writer.of(plan, main, "", (frozenset(), frozenset()), frozenset(), history=False)
    values = writer.write()
    return writer.builder, writer.entry.frames(), values


@attrs.define
class _Writer:
    """Writes the steps of one plan, one after the other."""

    plan: Plan
    builder: Builder
    entry: Entry
    expressions: Expressions
    history: History

    @classmethod
    def of(
        cls,
        plan: Plan,
        main: str,
        prefix: str,
        facts: tuple[frozenset[str] | None, frozenset[str]],
        person: frozenset[str],
        *,
        history: bool,
    ) -> _Writer:
        builder = Builder(main)
        entry = Entry(builder, plan.subject, person, *facts, prefix)
        entry.open_main()
        expressions = Expressions(builder, OPS, UNSUPPORTED, entry.column, entry.rows, entry.key, _shared(plan))
        return cls(plan, builder, entry, expressions, History(builder, entry.key, there=history))

    def write(self) -> Sequence[Scalar]:
        """Write every step; return the values that the plan was asked for besides its steps."""
        for spec in self.plan.handed.values():
            if not spec.derived and spec.kind.name != "list":
                self.builder.leaves["fact", spec.id] = self.entry.handed(spec)
                lost = self.entry.handed_lost(spec)
                self.builder.mark(spec.id, lost, FALSE)
        self._previous()
        wanted = []
        for step in self.plan.steps:
            self.expressions.what = f"{step.key[0]} `{('/' if isinstance(step, RuleStep) else '.').join(step.key[1:])}`"
            match step:
                case FactStep() if step.key[0] == "parent":
                    wanted.append(self.expressions.kept(step.node, self.expressions.main))
                case FactStep():
                    self._fact(step)
                case RuleStep():
                    self._rule(step)
                case ScoreStep():
                    write_score(self.expressions, self.history, step)
                case TableStep():
                    write_table(self.expressions, step)
                case StateStep():
                    write_state(self.expressions, self.history, step)
        for (code, name), trouble in self.builder.troubles.items():
            self.builder.output(f"!{code} {name}", trouble, "boolean")
        return wanted

    def _previous(self) -> None:
        for step in self.plan.steps:
            for root in nodes_of(step):
                for node in root.walk():
                    if node.op == "previous":
                        self.builder.leaves["previous", *node.value] = self.history.value(node)

    def _rule(self, step: RuleStep) -> None:
        held = self.builder.keep(self.expressions.value(step.node), "t")
        self.builder.leaves[step.key] = held
        self.builder.output(column("/".join(step.key[1:])), held, "boolean")

    def _fact(self, step: FactStep) -> None:
        name, kind, ex = step.key[1], step.node.kind, self.expressions
        if kind.name == "list":
            if step.applies is not None:
                raise ex.refused_whole(" can't run on frames: it is a list that applies only at times")
            ex.list_facts[name] = step.node
            return
        sort = sort_of(kind, f"fact `{name}`")
        computed = ex.value(step.node)
        if sort == "number":
            computed = Scalar("plain_zero", "number", (self.builder.keep(computed, "f"),))
            high, low = bound(step.node, ex.bounds, {})
            wide = name in self.plan.handed
            ex.bounds[name] = (max(high, ENTRY[0]), min(low, ENTRY[1])) if wide else (high, low)
        held = self.builder.keep(computed, "f")
        surely, perhaps = lost(ex, step.node, held)
        if step.applies is not None:
            applies = ex.kept(step.applies, ex.main)
            fails = is_true(opposite(applies))
            held = self.builder.keep(case(applies, held, null(sort)), "f")
            surely = case(is_true(applies), surely, fails)
            perhaps = case(is_true(applies), perhaps, is_null(applies))
        spec = self.plan.handed.get(name)
        handed = null(sort) if spec is None else self.entry.handed(spec)
        if handed.op == "col" and spec is not None:
            gone = self.entry.handed_lost(spec)
            surely = either(gone, both(surely, is_null(handed)))
            perhaps = both(perhaps, is_null(handed), TRUE if gone == FALSE else opposite(gone))
            held = self.builder.keep(case(gone, null(sort), known(handed), handed, held), "f")
        self.builder.leaves["fact", name] = held
        self.builder.mark(name, surely, perhaps)


def _shared(plan: Plan) -> frozenset[Node]:
    """Return the trees that occur more than once and are more than a leaf: each becomes a column."""
    numbers: dict[tuple[Any, ...], int] = {}
    counts: Counter[Node] = Counter()
    alike: dict[int, Node] = {}

    def number(node: Node) -> int:
        """Return a number that equal trees share: trees are compared by those of their parts, never as a whole."""
        key = (node.op, node.kind, node.value, *map(number, node.args))
        found = numbers.setdefault(key, len(numbers))
        if len(node.args) > 1 or (node.args and node.args[0].args):
            counts[alike.setdefault(found, node)] += 1
        return found

    for step in plan.steps:
        for root in nodes_of(step):
            number(root)
    return frozenset(node for node, many in counts.items() if many > 1 and node.kind.name not in {"list", "record"})
