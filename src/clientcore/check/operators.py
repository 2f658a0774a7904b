"""Resolve operators: the kinds of the operands settle which operation a sign means."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn

import attrs

from clientcore.check.agreeing import SCALARS, agree, common_kind, labels
from clientcore.check.refusals import NAME_HABITS
from clientcore.check.resolving import Resolving, Unresolved, made
from clientcore.errors import Problem, Where
from clientcore.expr import BOOLEAN, DAY, NULL, NUMBER, Call, Expr, Kind, ListOf, Literal, Name, Node, Select, list_of

Operator = Callable[[Resolving, Call], Node]

ORDERED = frozenset({"number", "text", "day", "instant", "level"})

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

#: (left, right) → operation, for each sign of arithmetic.
_ADD: dict[tuple[str, str], str] = {("number", "number"): "add", ("day", "number"): "day_add"}
_SUB: dict[tuple[str, str], str] = {
    ("number", "number"): "sub",
    ("day", "number"): "day_sub",
    ("day", "day"): "day_diff",
    ("instant", "instant"): "instant_diff",
}
_RESULT: dict[str, Kind] = {"day_add": DAY, "day_sub": DAY}


def logic(op: str, sign: str) -> Operator:
    """Return the resolver of `&&`, `||`, `!`."""

    def resolve(r: Resolving, expr: Call) -> Node:
        args = r.need(*expr.args)
        for arg, source in zip(args, expr.args, strict=True):
            if arg.kind != BOOLEAN:
                text = f"`{sign}` joins conditions, and {r.quote(source)} is a {arg.kind}"
                r.refuse(source, "CC203", text, _condition_help(arg.kind))
        return made(expr, op, BOOLEAN, tuple(args))

    return resolve


def _condition_help(kind: Kind) -> str:
    return {"number": "compare it, for example `x > 0`", "list": "compare its `size()`, or use `exists`"}.get(
        kind.name, "compare it with something"
    )


def ternary(r: Resolving, expr: Call) -> Node:
    """Resolve `c ? a : b`."""
    condition, *arms = r.need(*expr.args)
    if condition.kind != BOOLEAN:
        text = f"`?` asks for a condition, and {r.quote(expr.args[0])} is a {condition.kind}"
        r.refuse(expr.args[0], "CC203", text, _condition_help(condition.kind))
    same = common_kind(r, expr, arms)
    if same is None:
        text = f"the arms of {r.quote(expr)} are {arms[0].kind} and {arms[1].kind}"
        r.refuse(expr, "CC203", text, "give both arms one kind")
    kind = same[0].kind
    if kind.name not in SCALARS:
        r.refuse(expr, "CC203", f"`?` can't choose between values of kind {kind}", "choose between fields or numbers")
    return made(expr, "if", kind, (condition, *same))


def equality(op: str) -> Operator:
    """Return the resolver of `==` and `!=`; with `null` they mean `has`."""

    def resolve(r: Resolving, expr: Call) -> Node:
        for at in (0, 1):
            if _is_null(expr.args[at]):
                (other,) = r.need(expr.args[1 - at])
                there = made(expr, "has", BOOLEAN, (other,))
                return there if op == "ne" else made(expr, "not", BOOLEAN, (there,))
        left, right = _agreed(r, expr)
        if left.kind.name in {"list", "record"}:
            r.refuse_reason(expr, f"{left.kind.name}-equality")
        return made(expr, op, BOOLEAN, (left, right))

    return resolve


def _is_null(expr: Expr) -> bool:
    return isinstance(expr, Literal) and expr.kind == "null"


def ordering(op: str) -> Operator:
    """Return the resolver of `<`, `<=`, `>`, `>=`."""

    def resolve(r: Resolving, expr: Call) -> Node:
        left, right = _agreed(r, expr)
        if left.kind == BOOLEAN:
            r.refuse_reason(expr, "boolean-order")
        if left.kind.name not in ORDERED:
            r.refuse(expr, "CC203", f"{r.quote(expr)} compares values of kind {left.kind}, which have no order")
        level = left.kind.level
        if level is not None and not level.below:
            text = f"{r.quote(expr)} needs an order, and the labels of {left.kind} have none"
            r.refuse(expr, "CC203", text, "use `==`, `!=` or `in`")
        return made(expr, op, BOOLEAN, (left, right))

    return resolve


def _compared(r: Resolving, expr: Call) -> tuple[Node, Node]:
    """Resolve both sides of a comparison; a name that nobody knows, beside a text, is likely a text without quotes."""
    before = len(r.problems)
    left, right = (r.node(arg) for arg in expr.args)
    if left is not None and right is not None:
        return left, right
    for known, arg in ((left, expr.args[1]), (right, expr.args[0])):
        if known is None or known.op in {"literal", "list"}:  # two texts are not compared: a name is meant
            continue
        if (known.kind.of or known.kind).name in {"text", "level"}:
            items = arg.items if isinstance(arg, ListOf) else (arg,)
            meant: dict[Where | None, Expr] = {
                r.formula.at((r.call or item).start): item for item in items if _wordlike(item)
            }
            r.problems[before:] = [_quoted(r, problem, meant.get(problem.where)) for problem in r.problems[before:]]
    raise Unresolved


def _wordlike(expr: Expr) -> bool:
    """Return whether an expression may be a text without quotes: `retail`, `mid-market`, `v1.b`."""
    if isinstance(expr, Select):
        return _wordlike(expr.operand)
    return (isinstance(expr, Name) and expr.name not in NAME_HABITS) or (
        isinstance(expr, Call) and expr.function == "_-_" and all(_wordlike(arg) for arg in expr.args)
    )


def _quoted(r: Resolving, problem: Problem, expr: Expr | None) -> Problem:
    if expr is None or not problem.message.startswith("unknown name"):
        return problem
    help_text = f"write `'{r.quote(expr).strip('`')}'` if a text is meant"
    joint = "; " if problem.help.endswith("?") else ", else "
    return attrs.evolve(problem, help=f"{help_text}{joint}{problem.help}" if problem.help else help_text)


def _agreed(r: Resolving, expr: Call) -> tuple[Node, Node]:
    left, right = _compared(r, expr)
    if NULL in (left.kind, right.kind):
        r.refuse_reason(expr, "null")
    pair = agree(r, expr, left, right)
    if pair is None:
        text = f"{r.quote(expr)} compares {_a(left.kind)} with {_a(right.kind)}"
        r.refuse(expr, "CC203", text, _day_help(r, expr, (left, right)) or _pair_help(left, right))
    return pair


def _a(kind: Kind) -> str:
    article = "an" if kind.name == "instant" else "a"
    return f"{article} {kind}"


def _day_help(r: Resolving, expr: Call, pair: tuple[Node, Node]) -> str:
    """Return how a day is written, where it stands there without quotes: `2026 - 01 - 01` is a number."""
    texts = [r.quote(arg).strip("`") for arg in expr.args]
    found = next((text for text in texts if _DAY.fullmatch(text)), "")
    if not found:
        return ""
    instants = any(node.kind.name == "instant" for node in pair)
    return f"write `instant('{found}T00:00:00Z')`" if instants else f"write `day('{found}')`"


def _pair_help(left: Node, right: Node) -> str:
    names = {left.kind.name, right.kind.name}
    literal = next((node for node in (right, left) if node.op == "literal"), None)
    if names == {"text", "day"}:
        return f"write `day('{literal.value}')`" if literal is not None else "compare a day with a day"
    if names == {"text", "instant"}:
        return f"write `instant('{literal.value}')`" if literal is not None else "compare an instant with an instant"
    if names == {"text", "number"} and literal is not None:
        return "write the number without quotes" if literal.kind.name == "text" else "write the text in quotes"
    if names == {"text", "level"}:
        return "compare a level with one of its labels, written out"
    if names == {"day", "instant"}:
        return "compare days with days and instants with instants"
    if "boolean" in names and literal is not None:
        return "compare with `true` or `false`, or use it as it is"
    return "both sides need one kind"


def membership(r: Resolving, expr: Call) -> Node:
    """Resolve `x in xs`."""
    item, source = _compared(r, expr)
    element = source.kind.of
    if element is None:
        help_text = "use `x.contains('a')` for texts" if source.kind.name == "text" else "write `x in [a, b]`"
        r.refuse(expr, "CC203", f"`in` needs a list, and {r.quote(expr.args[1])} is a {source.kind}", help_text)
    if item.kind == NULL:
        r.refuse_reason(expr, "null")
    if source.op == "list" and not source.args:
        return made(expr, "in", BOOLEAN, (item, attrs.evolve(source, kind=list_of(item.kind))))
    pair = (item, source) if element == item.kind else _labelled(r, expr, item, source)
    if pair is None:
        text = f"{r.quote(expr)} looks for a {item.kind} in a {source.kind}"
        r.refuse(expr, "CC203", text, "the element and the list need one kind")
    if item.kind.name == "record":
        r.refuse_reason(expr, "record-equality")
    return made(expr, "in", BOOLEAN, pair)


def _labelled(r: Resolving, expr: Call, item: Node, source: Node) -> tuple[Node, Node] | None:
    element = source.kind.of
    if item.kind.level is not None:
        found = labels(r, expr, source, item.kind.level)
        return None if found is None else (item, found)
    if element is not None and element.level is not None:
        found = labels(r, expr, item, element.level)
        return None if found is None else (found, source)
    return None


def arithmetic(sign: str, table: dict[tuple[str, str], str]) -> Operator:
    """Return the resolver of a sign of arithmetic with two operands."""

    def resolve(r: Resolving, expr: Call) -> Node:
        left, right = r.need(*expr.args)
        if sign == "+" and (left.kind.name, right.kind.name) == ("number", "day"):
            left, right = right, left
        op = table.get((left.kind.name, right.kind.name))
        if op is None:
            _refuse_arithmetic(r, expr, sign, left, right)
        return made(expr, op, _RESULT.get(op, NUMBER), (left, right))

    return resolve


def _refuse_arithmetic(r: Resolving, expr: Call, sign: str, left: Node, right: Node) -> NoReturn:
    names = (left.kind.name, right.kind.name)
    if sign == "+" and names == ("text", "text"):
        r.refuse_reason(expr, "text-concat")
    if sign == "+" and names == ("list", "list"):
        r.refuse_reason(expr, "list-concat")
    if NULL in (left.kind, right.kind):
        r.refuse_reason(expr, "null")
    help_text = "both sides have to be numbers"
    if sign in "+-" and set(names) & {"day", "instant"}:
        help_text = "a day takes a number of days; day - day and instant - instant give a number"
    text = f"`{sign}` has no meaning for {_a(left.kind)} and {_a(right.kind)} in {r.quote(expr)}"
    r.refuse(expr, "CC203", text, help_text)


def negative(r: Resolving, expr: Call) -> Node:
    """Resolve `-x`."""
    (arg,) = r.need(*expr.args)
    if arg.kind != NUMBER:
        r.refuse(expr, "CC203", f"`-` needs a number, and {r.quote(expr.args[0])} is a {arg.kind}")
    if arg.op == "literal":
        return made(expr, "literal", NUMBER, (), 0.0 - arg.value)
    return made(expr, "neg", NUMBER, (arg,))


def list_literal(r: Resolving, expr: Expr) -> Node:
    """Resolve `[a, b]`."""
    assert isinstance(expr, ListOf)
    if expr.optional:
        r.refuse_reason(expr, "optional")
    items = r.need(*expr.items)
    if not items:
        return made(expr, "list", list_of(NULL))
    for item, source in zip(items, expr.items, strict=True):
        if item.kind == NULL:
            r.refuse_reason(source, "null")
        if item.kind.name not in SCALARS:
            r.refuse_reason(source, "nested-list")
    same = common_kind(r, expr, items)
    if same is None:
        r.refuse_reason(expr, "mixed-list")
    return made(expr, "list", list_of(same[0].kind), tuple(same))


_SIGNS = {"*": "mul", "/": "div", "%": "mod"}

OPERATORS: dict[str, Operator] = {
    "_&&_": logic("and", "&&"),
    "_||_": logic("or", "||"),
    "!_": logic("not", "!"),
    "_?_:_": ternary,
    "_==_": equality("eq"),
    "_!=_": equality("ne"),
    "_<_": ordering("lt"),
    "_<=_": ordering("le"),
    "_>_": ordering("gt"),
    "_>=_": ordering("ge"),
    "@in": membership,
    "_+_": arithmetic("+", _ADD),
    "_-_": arithmetic("-", _SUB),
    "-_": negative,
    **{f"_{sign}_": arithmetic(sign, {("number", "number"): op}) for sign, op in _SIGNS.items()},
}
