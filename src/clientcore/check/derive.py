"""Check every expression: derived facts first, in the order in which they read each other, then all other slots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from clientcore.catalog import Catalog
from clientcore.check.agreeing import labels
from clientcore.check.order import Key, bare_names, components, cycle_of, written
from clientcore.check.resolve import HANDLERS, check_expression, resolved
from clientcore.check.resolving import Resolving, Unresolved
from clientcore.check.scope import Place, Scope, declared_kind
from clientcore.errors import Problem, Where
from clientcore.expr import Kind, Level, Node
from clientcore.outside import RAISED, let_end, says
from clientcore.parse import ParseError, parse
from clientcore.ruleset import Formula, Ruleset
from clientcore.slots import Slot, slots

Nodes = dict[tuple[str, str], Node]


@attrs.frozen(kw_only=True)
class _Derived:
    """A derived fact as one ruleset (or, with no ruleset, a plugin) declares it."""

    id: str
    ruleset: str
    subject: str
    formula: Formula
    kind: str = ""
    level: str = ""


def derived_facts(
    rulesets: Sequence[Ruleset], catalog: Catalog, scope: Scope, nodes: Nodes, problems: list[Problem]
) -> Scope:
    """Check the derived facts and return the scope with their kinds.

    Args:
        rulesets: Each id once.
        catalog: What plugins bring.
        scope: Derived facts have no kind yet.
        nodes: Filled with the checked trees.
        problems: Filled.
    """
    facts = dict(scope.facts)
    scope = attrs.evolve(scope, facts=facts)
    declared: dict[str, list[_Derived]] = {}
    for one in (*_of_plugins(catalog, problems), *_of_rulesets(rulesets)):
        declared.setdefault(one.id, []).append(one)
    graph: dict[Key, list[Key]] = {
        ("fact", name): sorted(
            ("fact", read) for one in ones for read in bare_names(one.formula.tree) if read in declared
        )
        for name, ones in declared.items()
    }
    for group in components(graph):
        cycle = cycle_of(group, graph)
        if cycle:
            first = declared[cycle[0][1]][0]
            problems.append(cycle_problem(cycle, first.formula.at()))
            continue
        name = group[0][1]
        for one in declared[name]:
            node = _derived(one, scope, nodes, problems)
            if facts[name].kind is None and node is not None:
                facts[name] = attrs.evolve(facts[name], kind=node.kind)
    return scope


def cycle_problem(cycle: Sequence[Key], where: Where | None) -> Problem:
    """Return the problem of a cycle, which it prints."""
    path = " → ".join(written(key) for key in cycle)
    return Problem("CC301", f"cycle: `{path}`", where, "read what one of them reads instead, or use `previous.…`")


def _of_plugins(catalog: Catalog, problems: list[Problem]) -> Iterator[_Derived]:
    for fact in catalog.facts.values():
        if fact.value is None:
            continue
        try:
            formula = Formula(fact.value, parse(fact.value), file=f"<plugin fact {fact.id}>")
        except ParseError as error:
            problems.append(Problem(error.code, f"in fact `{fact.id}` of a plugin: {error.message}", None, error.help))
            continue
        yield _Derived(id=fact.id, ruleset="", subject="account", formula=formula, kind=fact.kind)


def _of_rulesets(rulesets: Sequence[Ruleset]) -> Iterator[_Derived]:
    for ruleset in rulesets:
        for fact in ruleset.facts.values():
            yield _Derived(
                id=fact.id,
                ruleset=ruleset.id,
                subject=ruleset.subject,
                formula=fact.value,
                kind=fact.kind,
                level=fact.level,
            )


def _derived(one: _Derived, scope: Scope, nodes: Nodes, problems: list[Problem]) -> Node | None:
    place = Place(scope=scope, subject=one.subject, ruleset=one.ruleset)
    node, found = resolved(one.formula, place)
    problems.extend(found)
    if node is not None and (one.kind or one.level):
        node = _as_declared(one, node, place, problems)
    if node is not None:
        nodes[one.ruleset, f"facts/{one.id}"] = node
    return node


def _as_declared(one: _Derived, node: Node, place: Place, problems: list[Problem]) -> Node | None:
    """Return the tree with the declared kind; None after a problem."""
    wanted = declared_kind(one.kind, one.level, place.scope.levels)
    if wanted == node.kind:
        return node
    if wanted is None:
        return None
    if wanted.level is not None:
        return _as_level(one, node, wanted.level, place, problems)
    text = f"fact `{one.id}` is declared as {wanted}, and its value is a {node.kind}"
    problems.append(Problem("CC203", text, one.formula.at(), f"write `kind: {_kind_name(node.kind)}` or leave it out"))
    return None


def _as_level(one: _Derived, node: Node, level: Level, place: Place, problems: list[Problem]) -> Node | None:
    r = Resolving(place, one.formula, HANDLERS)
    try:
        found = labels(r, one.formula.tree, node, level)
    except Unresolved:
        problems.extend(r.problems)
        return None
    if found is None:
        text = f"fact `{one.id}` has level `{level.name}`, and its value is a {node.kind}"
        problems.append(Problem("CC203", text, one.formula.at(), "give labels of that level, written out"))
    return found


def _kind_name(kind: Kind) -> str:
    return f"list of {kind.of.name}" if kind.of is not None else kind.name


def other_slots(rulesets: Sequence[Ruleset], scope: Scope, nodes: Nodes, problems: list[Problem]) -> None:
    """Check every slot but the values of derived facts."""
    for ruleset in rulesets:
        failed: set[str] = set()
        for slot in slots(ruleset):
            if _is_fact_value(slot) or _column(slot.path) in failed:
                continue
            place = Place(scope=scope, subject=ruleset.subject, ruleset=ruleset.id, allowed=slot.scope)
            node, found = resolved(slot.formula, place, slot.want, slot.bound)
            problems.extend(found)
            if node is None:
                failed.add(slot.path)
            else:
                nodes[ruleset.id, slot.path] = node


def _is_fact_value(slot: Slot) -> bool:
    return slot.path.startswith("facts/") and slot.path.count("/") == 1


def _column(path: str) -> str:
    """Return the path of the input that a cell looks at, so that its problem is told once; else the path itself."""
    parts = path.split("/")
    return f"tables/{parts[1]}/inputs/{parts[4]}" if parts[0] == "tables" and parts[2] == "rows" else path


def model_expressions(
    rulesets: Sequence[Ruleset], catalog: Catalog, scope: Scope, nodes: Nodes, problems: list[Problem]
) -> None:
    """Check the expressions of the scoring models that scores name."""
    for ruleset in rulesets:
        for score in ruleset.scores.values():
            model = catalog.models.get(score.model)
            expression = getattr(model, "expression", None)
            if expression is None:
                continue
            where = ruleset.where(f"scores/{score.id}/model")
            place = Place(scope=scope, subject=ruleset.subject, ruleset=ruleset.id)
            node, found = _model(expression, place)
            problems += (
                attrs.evolve(one, message=f"in model `{score.model}`: {one.message}", where=where) for one in found
            )
            if node is not None:
                nodes[ruleset.id, f"scores/{score.id}/model"] = node


def _model(expression: Any, place: Place) -> tuple[Node | None, tuple[Problem, ...]]:
    try:
        source = expression()
    except RAISED as error:  # a plugin may raise anything, and a check never does
        let_end(error)
        return None, (Problem("CC504", f"`expression()` raised {says(error)}"),)
    return check_expression(source, place, "number")
