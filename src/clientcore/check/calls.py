"""Resolve calls: operators, built-in functions, and the functions that plugins register, which are inlined."""

from __future__ import annotations

from typing import NoReturn

import attrs

from clientcore.check.functions import BUILT_IN
from clientcore.check.macros import MACRO_FORMS
from clientcore.check.operators import OPERATORS
from clientcore.check.refusals import FUNCTIONS, HABITS
from clientcore.check.resolving import Resolving, near
from clientcore.check.sizes import too_large
from clientcore.errors import counted
from clientcore.expr import Call, Expr, Name, Node, Select


def call(r: Resolving, expr: Expr) -> Node:
    """Resolve an operator or a call."""
    assert isinstance(expr, Call)
    operator = OPERATORS.get(expr.function)
    if operator is not None:
        return operator(r, expr)
    args = expr.args if expr.target is None else (expr.target, *expr.args)
    function = BUILT_IN.get(expr.function)
    if function is None and expr.target is None and expr.function in r.place.scope.functions:
        return _inlined(r, expr)
    if function is None or (expr.target is not None and not function.member):
        _unknown(r, expr)
    if not function.least <= len(args) <= function.most or (function.only_member and expr.target is None):
        count = len(expr.args)
        text = f"`{expr.function}` with {count} argument{'' if count == 1 else 's'} is not known"
        r.refuse(expr, "CC205", text, f"write {function.form}")
    return function.make(r, expr, args)


def _unknown(r: Resolving, expr: Call) -> NoReturn:
    name = _dotted(expr)
    if expr.function in MACRO_FORMS:
        reason = {2: "two-variables", 3: "two-variables"}.get(len(expr.args) - 1)
        if reason and expr.target is not None and expr.function != "map":
            r.refuse_reason(expr, reason)
        r.refuse(
            expr,
            "CC205",
            f"`{expr.function}` needs a list, a variable and what to look at",
            f"write {MACRO_FORMS[expr.function]}",
        )
    for known in (name, expr.function):
        if known in FUNCTIONS:
            r.refuse_reason(expr, FUNCTIONS[known])
    if name.partition(".")[0] in {"math", "strings", "sets", "lists", "regex", "cel", "net", "ip", "cidr", "proto"}:
        r.refuse_reason(expr, "extension")
    help_text = HABITS.get(expr.function, "")
    if not help_text and expr.target is not None and expr.function in BUILT_IN:
        help_text = f"write {BUILT_IN[expr.function].form}"
    choices = [*BUILT_IN, *r.place.scope.functions, "all", "exists", "exists_one", "filter", "map", "has"]
    listed = "see the operators page for the functions that there are, or load the plugin that brings it"
    r.refuse(expr, "CC201", f"unknown function `{expr.function}`", help_text or near(expr.function, choices, listed))


def _dotted(expr: Call) -> str:
    """Return `math.greatest` of a member call on a chain of names that look like a namespace."""
    words = [expr.function]
    target = expr.target
    while isinstance(target, Select):
        words.append(target.field)
        target = target.operand
    return ".".join([*([target.name] if isinstance(target, Name) else []), *words[::-1]])


def _inlined(r: Resolving, expr: Call) -> Node:
    params, body = r.place.scope.functions[expr.function]
    if len(params) != len(expr.args):
        text = f"`{expr.function}` takes {counted(len(params), 'argument')}, given: {len(expr.args)}"
        r.refuse(expr, "CC205", text, f"write `{expr.function}({', '.join(params)})`")
    r.grows = True
    args = r.need(*expr.args)
    if expr.function in r.inside:
        cycle = [*r.inside[r.inside.index(expr.function) :], expr.function]
        r.refuse(expr, "CC301", f"functions call each other: `{' → '.join(cycle)}`", "a function can't call itself")
    here = (r.place, r.env, r.call)
    r.place = attrs.evolve(r.place, allowed="function")
    r.env, r.call = dict(zip(params, args, strict=True)), r.call or expr
    r.inside.append(expr.function)
    try:
        (node,) = r.need(body)
    finally:
        r.inside.pop()
        r.place, r.env, r.call = here
    if too_large(node):
        r.refuse(expr, "CC208", f"{r.quote(expr)} is too large once its functions are put in", "split it into facts")
    return _placed(node, expr, {id(arg) for arg in args})


def _placed(node: Node, expr: Expr, own: set[int]) -> Node:
    """Return what a function's body became with the place of the call; arguments keep their own places."""
    if id(node) in own:
        return node
    args = tuple(_placed(arg, expr, own) for arg in node.args)
    return Node(node.op, node.kind, args, node.value, expr.start, expr.end)
