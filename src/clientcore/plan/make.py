"""Checked rulesets → Plan for one kind of subject."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from clientcore.check import Checked, Place, check_expression
from clientcore.expr import BOOLEAN, NUMBER, Node
from clientcore.plan.order import reads, selected, with_signals
from clientcore.plan.steps import (
    FactStep,
    Handed,
    Key,
    LimitPlan,
    Plan,
    RuleStep,
    ScoreStep,
    StateStep,
    Step,
    TableStep,
    TermPlan,
    nodes_of,
)
from clientcore.ruleset import Rule, Ruleset, Scorecard, Term

#: Parts of the sampling error of a score, in the order of its step.
_SAMPLING = ("low", "high", "n")
#: A name in a `because` text, before its format.
PLACEHOLDER = re.compile(r"\{([A-Za-z_][\w.]*)")


def make_plan(
    checked: Checked,
    subject: str = "account",
    *,
    only: Sequence[str] | None = None,
    extra: Sequence[Node] = (),
    columns: Mapping[str, Iterable[str]] | None = None,
) -> Plan:
    """Put the checked rulesets of one kind of subject in order.

    Args:
        checked: What the checker gave, without errors.
        subject: Kind of subject.
        only: Patterns of ids to compute (`trust.*`, `trust.reliability/overcommitted`, a fact's name); None for all
            but the rulesets that are only computed on request, and what those alone read.
        extra: Trees whose values are wanted besides: what child subjects read of the account.
        columns: Columns of related tables that are wanted besides.

    Returns:
        The plan: every wanted step after what it reads.

    Raises:
        ClientcoreError: `only` names nothing that there is (CC403).
    """
    rulesets = tuple(ruleset for ruleset in checked.rulesets if ruleset.subject == subject)
    steps = dict(_steps(checked, subject, rulesets))
    silent = {ruleset.id for ruleset in rulesets if ruleset.on_request}
    outputs = [key for key in steps if key[0] != "fact" and key[1] not in silent]
    wanted = selected(steps, only) if only is not None else outputs
    for at, node in enumerate(extra):
        key = ("parent", f"{at:06d}")
        steps[key] = FactStep(key=key, node=node)
        wanted.append(key)
    ordered = with_signals(steps, wanted)
    told = _told(checked, subject, ordered)
    ordered = with_signals(steps, [*wanted, *(key for node in told for key in reads(node) if key in steps)])
    roots = [*told, *(root for step in ordered for root in nodes_of(step))]
    nodes = [part for root in roots for part in root.own()]
    handed = _handed(checked, ordered, nodes)
    layout = _columns(ordered, nodes, columns or {})
    # records of the account's tables are handed down to child subjects, which must not read them as their own
    own = {node.value for node in nodes if node.op == "table"}
    own |= {"decision_records"} if _needs_decision(ordered) else set()
    own |= set(columns or ()) if subject == "account" else set()
    return Plan(
        subject=subject,
        rulesets=rulesets,
        actions={name: action for ruleset in checked.rulesets for name, action in ruleset.actions.items()},
        steps=ordered,
        fields=tuple(sorted({node.value for node in nodes if node.op == "field"})),
        tables={table: layout[table] for table in layout if table in own},
        columns=layout,
        handed=handed,
        params=tuple(sorted({node.value for node in nodes if node.op == "param"})),
        parent=tuple(dict.fromkeys(node.args[0] for node in nodes if node.op == "parent")),
        told=told,
        derived_facts=frozenset(spec.id for spec in handed.values() if spec.derived),
        known_facts=frozenset(checked.scope.facts),
        models={step.model.id: step.model.version for step in ordered if isinstance(step, ScoreStep) and step.model},
    )


def _told(checked: Checked, subject: str, steps: Sequence[Step]) -> tuple[Node, ...]:
    """Return what the `because` texts of the steps name, so that explanations can tell it."""
    found: dict[Node, None] = {}
    for step in steps:
        match step:
            case RuleStep():
                texts = [step.rule.because]
            case ScoreStep():
                texts = [limit.because for limit in step.limits]
            case TableStep():
                texts = [row.because for row in step.table.rows]
            case StateStep():
                texts = [transition.because for transition in step.machine.transitions]
            case FactStep():
                continue
        place = Place(scope=checked.scope, subject=subject, ruleset=step.key[1])
        for name in dict.fromkeys(name for text in texts for name in PLACEHOLDER.findall(text)):
            node, _ = check_expression(name, place)
            if node is not None:
                found[node] = None
    return tuple(found)


def _steps(checked: Checked, subject: str, rulesets: Sequence[Ruleset]) -> Iterator[tuple[Key, Step]]:
    for name, fact in checked.scope.facts.items():
        if fact.derived and subject in fact.subjects:
            key: Key = ("fact", name)
            owner = next((r for r in fact.rulesets if (r, f"facts/{name}") in checked.nodes), "")
            node = checked.nodes[owner, f"facts/{name}"]
            yield key, FactStep(key=key, node=node, applies=checked.nodes.get((owner, f"facts/{name}/applies_when")))
    for ruleset in rulesets:
        yield from _ruleset_steps(checked, ruleset)


def _ruleset_steps(checked: Checked, ruleset: Ruleset) -> Iterator[tuple[Key, Step]]:
    def node(path: str) -> Node:
        return checked.nodes[ruleset.id, path]

    applies: Key | None = None
    if ruleset.applies_when is not None:
        applies = ("fact", f"@{ruleset.id}")
        yield applies, FactStep(key=applies, node=node("applies_when"))
    for rule in ruleset.firing.values():
        key: Key = ("rule", ruleset.id, rule.id)
        when = node(f"rules/{rule.id}" if isinstance(rule, Rule) else f"patterns/{rule.id}")
        if applies is not None:
            when = Node("and", BOOLEAN, (Node("fact", BOOLEAN, (), applies[1]), when))
        yield key, RuleStep(key=key, rule=rule, node=when)
    for score in ruleset.scores.values():
        key = ("score", ruleset.id, score.id)
        yield key, _score(checked, ruleset, score, key, applies)
    for table in ruleset.tables.values():
        key = ("table", ruleset.id, table.id)
        rows = tuple(_row(checked, ruleset.id, f"tables/{table.id}/rows/{row.id}", row.when) for row in table.rows)
        kind = checked.scope.outcomes[ruleset.id, table.id]
        assert kind is not None
        yield key, TableStep(key=key, table=table, kind=kind, rows=rows, applies=applies)
    for machine in ruleset.states.values():
        key = ("state", ruleset.id, machine.id)
        conditions = tuple(node(f"states/{machine.id}/{at}") for at in range(len(machine.transitions)))
        dwell = checked.nodes.get((ruleset.id, f"states/{machine.id}/min_dwell_days"))
        yield key, StateStep(key=key, machine=machine, conditions=conditions, min_dwell_days=dwell, applies=applies)


def _row(checked: Checked, ruleset: str, path: str, cells: Sequence[Any]) -> Node | None:
    joined: Node | None = None
    for at, cell in enumerate(cells):
        if cell is not None:
            node = checked.nodes[ruleset, f"{path}/{at}"]
            joined = node if joined is None else Node("and", BOOLEAN, (joined, node))
    return joined


def _score(checked: Checked, ruleset: Ruleset, score: Scorecard, key: Key, applies: Key | None) -> ScoreStep:
    path = f"scores/{score.id}"
    nodes = checked.nodes

    def found(tail: str) -> Node | None:
        return nodes.get((ruleset.id, f"{path}/{tail}"))

    limits = tuple(
        LimitPlan(
            kind=limit.kind,
            condition=nodes[ruleset.id, f"{path}/limits/{at}"],
            at=nodes[ruleset.id, f"{path}/limits/{at}/at"],
            because=limit.because,
        )
        for at, limit in enumerate(score.limits)
    )
    minimum = ruleset.params.get("min_coverage")
    model = checked.catalog.models.get(score.model) if score.aggregate == "model" else None
    terms = tuple(_term(checked, ruleset.id, path, term) for term in score.terms)
    expression = found("model")
    if model is not None and expression is not None:
        terms = (TermPlan(id="model", node=expression, range=score.range),)
        score = attrs.evolve(score, aggregate="sum")
        model = None
    return ScoreStep(
        key=key,
        score=score,
        terms=terms,
        limits=limits,
        edges=tuple(nodes[ruleset.id, f"{path}/bands/{band.id}"] for band in score.bands if band.below is not None),
        margin=found("margin"),
        dwell_days=found("dwell_days"),
        min_coverage=None if minimum is None else Node("param", NUMBER, (), (ruleset.id, "min_coverage")),
        applies=found("applies_when"),
        ruleset_applies=applies,
        model=model,
        sampling=()
        if score.sampling is None
        else tuple(nodes[ruleset.id, f"{path}/sampling/{part}"] for part in _SAMPLING),
    )


def _term(checked: Checked, ruleset: str, path: str, term: Term) -> TermPlan:
    here = f"{path}/terms/{term.id}"
    node = checked.nodes[ruleset, here]
    passes = ("score", node.value[0], node.value[1]) if node.op == "score" and node.value[2] == "value" else None
    return TermPlan(
        id=term.id,
        node=node,
        range=term.range,
        weight=checked.nodes.get((ruleset, f"{here}/weight")),
        applies=checked.nodes.get((ruleset, f"{here}/applies_when")),
        passes=passes,
    )


def _columns(
    steps: Sequence[Step], nodes: Sequence[Node], columns: Mapping[str, Iterable[str]]
) -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {table: set(names) for table, names in columns.items()}
    for node in nodes:
        if node.op == "table":
            found.setdefault(node.value, set())
        elif node.op == "column":
            found.setdefault(node.args[0].kind.table, set()).add(node.value)
        elif node.op == "latest":
            source = node.args[0].kind.of
            assert source is not None
            found.setdefault(source.table, set()).update(("recorded_at", "id"))
        elif node.op == "events":
            for table, names in node.value.columns().items():
                found.setdefault(table, set()).update(names)
    if _needs_decision(steps):
        found.setdefault("decision_records", set()).update(("machine", "target", "decided_on"))
    return {table: tuple(sorted(found[table])) for table in sorted(found)}


def _needs_decision(steps: Sequence[Step]) -> bool:
    return any(
        isinstance(step, StateStep) and any(t.needs_decision for t in step.machine.transitions) for step in steps
    )


def _handed(checked: Checked, steps: Sequence[Step], nodes: Sequence[Node]) -> dict[str, Handed]:
    computed = {step.key[1] for step in steps if isinstance(step, FactStep) and step.key[0] == "fact"}
    read = {node.value for node in nodes if node.op == "fact"}
    for step in steps:
        if isinstance(step, ScoreStep) and step.model is not None:
            read.update(step.model.needs)
    found: dict[str, Handed] = {}
    for name in sorted((read | computed) & checked.scope.facts.keys()):
        fact = checked.scope.facts[name]
        assert fact.kind is not None
        declared: Any = fact.declared
        found[name] = Handed(
            id=name,
            kind=fact.kind,
            range=declared.range if fact.kind.name == "number" else None,
            requires_source=tuple(declared.requires_source),
            derived=name in computed,
            person=getattr(declared, "person", False),
        )
    return found
