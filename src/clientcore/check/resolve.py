"""One expression: syntax tree in, checked tree or problems out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clientcore.check.calls import call
from clientcore.check.literals import literal, map_literal, struct
from clientcore.check.macros import macro
from clientcore.check.names import bare, select
from clientcore.check.operators import list_literal
from clientcore.check.resolving import Handler, Resolving
from clientcore.check.scope import Place
from clientcore.check.sizes import too_large
from clientcore.errors import Problem
from clientcore.expr import (
    BOOLEAN,
    NULL,
    NUMBER,
    Call,
    Expr,
    ListOf,
    Literal,
    Macro,
    MapOf,
    Name,
    Node,
    Select,
    Struct,
    record_of,
)
from clientcore.parse import ParseError, parse
from clientcore.ruleset import Formula
from clientcore.slots import Want

HANDLERS: Mapping[type[Expr], Handler] = {
    Literal: literal,
    Name: bare,
    Select: select,
    Call: call,
    Macro: macro,
    ListOf: list_literal,
    MapOf: map_literal,
    Struct: struct,
}

#: Leaves that may stand where not everything is known.
_LEAVES: dict[str, frozenset[str]] = {
    "params": frozenset({"param"}),
    "weight": frozenset({"param", "state", "outcome"}),
}
_ALLOWED = frozenset({"literal", "list", "if", "in", "has"})


def check_expression(
    source: str | Expr | Formula, place: Place, want: Want = "any"
) -> tuple[Node | None, tuple[Problem, ...]]:
    """Check one expression on its own, for example a profile's `match` or a name in a `because`.

    Args:
        source: Its text, its syntax tree or its formula.
        place: Which names it may use.
        want: What kind it must have.

    Returns:
        The checked tree and no problem, or None and every problem.

    Example:
        >>> from clientcore.check.scope import Scope
        >>> node, problems = check_expression("1 + 2 > 2", Place(scope=Scope()))
        >>> str(node.kind), problems
        ('boolean', ())
        >>> check_expression("a", Place(scope=Scope()))[1][0].message
        'unknown name `a`'
    """
    try:
        formula = _formula(source)
    except ParseError as error:
        return None, (
            Problem(
                error.code, error.message, Formula("", Literal(value=None, kind="null")).at(error.start), error.help
            ),
        )
    return resolved(formula, place, want)


def _formula(source: str | Expr | Formula) -> Formula:
    if isinstance(source, Formula):
        return source
    return Formula(source, parse(source)) if isinstance(source, str) else Formula("", source)


def resolved(
    formula: Formula, place: Place, want: Want = "any", bound: Sequence[tuple[str, str]] = ()
) -> tuple[Node | None, tuple[Problem, ...]]:
    """Check a formula in its place, where `bound` are names of records with their tables; see `check_expression`."""
    r = Resolving(place, formula, HANDLERS)
    for name, table in bound:
        if table in place.scope.columns:
            r.env[name] = Node("var", record_of(table), (), name)
            r.active.append(name)
    node = r.node(formula.tree)
    if node is None:
        return None, tuple(r.problems)
    large = r.grows and too_large(node)
    problem_or_none = _large(formula) if large else _unfit(node, formula, want) or _out_of_place(node, formula, place)
    return (None, (problem_or_none,)) if problem_or_none is not None else (node, ())


def _large(formula: Formula) -> Problem:
    return Problem("CC208", "expression takes too many steps", formula.at(), "nest fewer lists, or make a part a fact")


def _unfit(node: Node, formula: Formula, want: Want) -> Problem | None:
    """Return the problem of a whole expression that has the wrong kind."""
    kind = node.kind
    if want == "boolean" and kind != BOOLEAN:
        return Problem("CC203", f"a condition is wanted, this is a {kind}", formula.at(node.start), "compare it")
    if want == "number" and kind != NUMBER:
        help_text = "write `condition ? 1 : 0`" if kind == BOOLEAN else ""
        return Problem("CC203", f"a number is wanted, this is a {kind}", formula.at(node.start), help_text)
    element = kind.of or kind
    if element == NULL or element.name == "record":
        help_text = "choose a field, count them or ask whether one exists" if element.name == "record" else ""
        return Problem("CC203", f"a value is wanted, this is a {kind}", formula.at(node.start), help_text)
    return None


def _out_of_place(node: Node, formula: Formula, place: Place) -> Problem | None:
    leaves = _LEAVES.get(place.allowed)
    if leaves is None:
        return None
    if place.allowed == "params" and node.args:
        return Problem("CC203", "only a number or a param can stand here", formula.at(node.start), "make it a param")
    stack = [node]
    while stack:
        part = stack.pop()
        if not part.args and part.op not in leaves and part.op not in _ALLOWED:
            text = formula.text[part.start : part.end] or str(part.value)
            what = "params and numbers" if place.allowed == "params" else "params, numbers, states and outcomes"
            return Problem("CC201", f"`{text}` can't stand here", formula.at(part.start), f"only {what} can")
        stack.extend(part.args)
    return None
