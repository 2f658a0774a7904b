"""What a plan is made of: steps in order, and what they read. Frozen values that print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import attrs

from clientcore.expr import Kind, Node
from clientcore.ruleset import Action, DecisionTable, Pattern, Rule, Ruleset, Scorecard, StateMachine

#: (`fact`, name), (`rule` | `score` | `table` | `state`, ruleset, id), or (`parent`, number) for what a child reads of
#: its account. Whether a ruleset applies is the fact `@ruleset`, a name that no fact of a user can have.
Key = tuple[str, ...]


@attrs.frozen(kw_only=True)
class Handed:
    """A fact that the caller may hand in: how a value is accepted."""

    id: str
    kind: Kind
    range: tuple[float, float] | None = None
    requires_source: tuple[str, ...] = ()
    derived: bool = False
    person: bool = False


@attrs.frozen(kw_only=True)
class FactStep:
    """A derived fact, a ruleset's `applies_when` (as the fact `@ruleset`), or what a child reads of its account."""

    key: Key
    node: Node
    applies: Node | None = None


@attrs.frozen(kw_only=True)
class RuleStep:
    """A rule's condition, or a pattern, joined with its ruleset's `applies_when` if it has one."""

    key: Key
    rule: Rule | Pattern
    node: Node


@attrs.frozen(kw_only=True)
class TermPlan:
    """A term: its value, or the score that it passes on with its interval."""

    id: str
    node: Node
    range: tuple[float, float]
    weight: Node | None = None
    applies: Node | None = None
    passes: Key | None = None


@attrs.frozen(kw_only=True)
class LimitPlan:
    """A cap, veto or gate; for a gate the condition is what it requires."""

    kind: Literal["cap", "veto", "gate"]
    condition: Node
    at: Node
    because: str = ""


@attrs.frozen(kw_only=True)
class ScoreStep:
    """A score; a model without an expression has no terms and is called.

    `sampling` are the ends of its sampling error and how many were observed; nothing else of the score turns on them.
    """

    key: Key
    score: Scorecard
    terms: tuple[TermPlan, ...]
    limits: tuple[LimitPlan, ...]
    edges: tuple[Node, ...]
    margin: Node | None = None
    dwell_days: Node | None = None
    min_coverage: Node | None = None
    applies: Node | None = None
    ruleset_applies: Key | None = None
    model: Any = None
    sampling: tuple[Node, ...] = ()


@attrs.frozen(kw_only=True)
class TableStep:
    """A decision table: one condition per row (None: always)."""

    key: Key
    table: DecisionTable
    kind: Kind
    rows: tuple[Node | None, ...]
    applies: Key | None = None


@attrs.frozen(kw_only=True)
class StateStep:
    """A state machine: one condition per transition."""

    key: Key
    machine: StateMachine
    conditions: tuple[Node, ...]
    min_dwell_days: Node | None = None
    applies: Key | None = None


Step = FactStep | RuleStep | ScoreStep | TableStep | StateStep


@attrs.frozen(kw_only=True)
class Plan:
    """The checked rulesets put in order for one kind of subject.

    Args:
        subject: Kind of subject.
        rulesets: Every ruleset of that subject, by id.
        actions: Every action, by id, whichever ruleset declares it.
        steps: In an order in which each reads only what stands before it.
        fields: Subject fields that are read.
        tables: Related tables of the subject itself → columns that are read.
        columns: Those, and the tables of the account that a child subject looks into: the layout of records.
        handed: Facts that may be handed in, by id: inputs that are read and derived facts that are computed.
        params: (ruleset, param) that are read.
        parent: For a child subject, what it reads of the account: Node of the account's scope, in order.
        told: What `because` texts name.
        derived_facts: Derived facts that are computed, which may be handed in instead.
        known_facts: Every fact name of any ruleset; another name that is handed in is a problem.
        models: Versions of the models that are called.
        kept: Derived facts that are not among the steps, as their values are handed over.
    """

    subject: str
    rulesets: tuple[Ruleset, ...]
    actions: Mapping[str, Action]
    steps: tuple[Step, ...]
    fields: tuple[str, ...]
    tables: Mapping[str, tuple[str, ...]]
    columns: Mapping[str, tuple[str, ...]]
    handed: Mapping[str, Handed]
    params: tuple[tuple[str, str], ...]
    parent: tuple[Node, ...] = ()
    told: tuple[Node, ...] = ()
    known_facts: frozenset[str] = frozenset()
    derived_facts: frozenset[str] = frozenset()
    models: Mapping[str, str] = attrs.field(factory=dict)
    kept: tuple[FactStep, ...] = ()

    @property
    def computed(self) -> tuple[Ruleset, ...]:
        """Those of the rulesets of which something is computed, derived facts included."""
        facts = {step.key[1].removeprefix("@") for step in self.steps if step.key[0] == "fact"}
        named = {step.key[1] for step in self.steps if step.key[0] != "fact"}
        return tuple(one for one in self.rulesets if one.id in named or not facts.isdisjoint(one.facts))

    def __str__(self) -> str:
        lines = [f"plan for {self.subject}: {len(self.steps)} steps"]
        lines += [f"  {step.key[0]:<8}{'/'.join(step.key[1:])}" for step in self.steps]
        return "\n".join(lines)


def nodes_of(step: Step) -> tuple[Node, ...]:
    """Return every checked tree of a step."""
    return (*deciding_nodes(step), *step.sampling) if isinstance(step, ScoreStep) else deciding_nodes(step)


def deciding_nodes(step: Step) -> tuple[Node, ...]:
    """Return the checked trees that what others read of a step may turn on: all but those of its sampling error."""
    match step:
        case FactStep():
            found: tuple[Node | None, ...] = (step.node, step.applies)
        case RuleStep():
            found = (step.node,)
        case ScoreStep():
            terms = [node for term in step.terms for node in (term.node, term.weight, term.applies)]
            limits = [node for limit in step.limits for node in (limit.condition, limit.at)]
            rest = [step.margin, step.dwell_days, step.min_coverage, step.applies]
            found = (*terms, *limits, *step.edges, *rest)
        case TableStep():
            found = step.rows
        case StateStep():
            found = (*step.conditions, step.min_dwell_days)
    return tuple(node for node in found if node is not None)
