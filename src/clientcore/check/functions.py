"""The built-in functions: how each may be called, and the node that it becomes."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from clientcore.check.moments import day_literal, instant_literal
from clientcore.check.patterns import pattern_problem
from clientcore.check.resolving import Resolving, made, near
from clientcore.expr import BOOLEAN, DAY, INSTANT, NUMBER, TEXT, Call, Expr, Kind, Literal, Node

SUMMED = frozenset({"number"})
RANKED = frozenset({"number", "text", "day", "instant"})
SCALARS = RANKED | {"boolean", "level"}

Maker = Callable[[Resolving, Call, tuple[Expr, ...]], Node]


@attrs.frozen
class Function:
    """A built-in: how it may be called, with how many arguments, and how it is resolved."""

    make: Maker
    least: int
    most: int
    form: str
    member: bool = False
    only_member: bool = False


def _aggregate(op: str, kinds: frozenset[str], result: Kind | None, what: str) -> Maker:
    def make(r: Resolving, expr: Call, args: tuple[Expr, ...]) -> Node:
        (source,) = r.need(args[0])
        element = source.kind.of
        if element is None:
            if op == "size" and source.kind == TEXT:
                r.refuse_reason(expr, "size-of-text")
            r.refuse(expr, "CC203", f"`{op}` needs a list, and {r.quote(args[0])} is a {source.kind}")
        if element.name not in kinds and element.name != "null":
            help_text = f"choose a field first: `.map(x, x.field).{op}()`" if element.name == "record" else ""
            r.refuse(
                expr, "CC203", f"`{op}` needs a list of {what}, and {r.quote(args[0])} is a {source.kind}", help_text
            )
        return made(expr, op, result or (NUMBER if element.name == "null" else element), (source,))

    return make


def _numeric(op: str) -> Maker:
    def make(r: Resolving, expr: Call, args: tuple[Expr, ...]) -> Node:
        (arg,) = r.need(args[0])
        r.demand(args[0], arg, NUMBER, f"`{op}` needs a number")
        return made(expr, op, NUMBER, (arg,))

    return make


def _round(r: Resolving, expr: Call, args: tuple[Expr, ...]) -> Node:
    (arg,) = r.need(args[0])
    r.demand(args[0], arg, NUMBER, "`round` needs a number")
    decimals = 0
    if len(args) == 2:
        given = args[1]
        if not (isinstance(given, Literal) and given.kind == "int" and 0 <= given.value <= 9):
            r.refuse(given, "CC209", f"{r.quote(given)} is no number of decimals", "write 0 to 9")
        decimals = given.value
    return made(expr, "round", NUMBER, (arg,), decimals)


def _text_test(op: str) -> Maker:
    def make(r: Resolving, expr: Call, args: tuple[Expr, ...]) -> Node:
        nodes = r.need(*args)
        if op == "contains" and nodes[0].kind.name == "list":
            r.refuse(expr, "CC203", f"`contains` looks into texts, and {r.quote(args[0])} is a {nodes[0].kind}",
                     f"write `{r.quote(args[1])[1:-1]} in {r.quote(args[0])[1:-1]}`")  # fmt: skip
        for node, source in zip(nodes, args, strict=True):
            _demand_text(r, expr, source, node)
        return made(expr, op, BOOLEAN, tuple(nodes))

    return make


def _demand_text(r: Resolving, expr: Call, source: Expr, node: Node) -> None:
    if node.kind != TEXT:
        help_text = "compare a level with `==` or `in`" if node.kind.name == "level" else ""
        r.refuse(source, "CC203", f"`{expr.function}` needs a text, and {r.quote(source)} is a {node.kind}", help_text)


def _lower(r: Resolving, expr: Call, args: tuple[Expr, ...]) -> Node:
    (arg,) = r.need(args[0])
    _demand_text(r, expr, args[0], arg)
    return made(expr, "lower_ascii", TEXT, (arg,))


def _matches(r: Resolving, expr: Call, args: tuple[Expr, ...]) -> Node:
    (arg,) = r.need(args[0])
    _demand_text(r, expr, args[0], arg)
    pattern = _text_literal(args[1])
    if pattern is None:
        r.refuse(args[1], "CC207", f"the pattern {r.quote(args[1])} is not written out", "write it as a text in quotes")
    wrong = pattern_problem(pattern)
    if wrong is not None:
        r.refuse(args[1], "CC207", f"pattern {r.quote(args[1])}: {wrong.message}", wrong.help)
    return made(expr, "matches", BOOLEAN, (arg,), pattern)


def _text_literal(expr: Expr) -> str | None:
    return expr.value if isinstance(expr, Literal) and expr.kind == "text" else None


def _business_days(r: Resolving, expr: Call, args: tuple[Expr, ...]) -> Node:
    nodes = r.need(*args)
    for node, source in zip(nodes, args, strict=True):
        r.demand(source, node, DAY, "`business_days` counts from day to day")
    return made(expr, "business_days", NUMBER, tuple(nodes))


def _has(r: Resolving, expr: Call, args: tuple[Expr, ...]) -> Node:
    (arg,) = r.need(args[0])
    return made(expr, "has", BOOLEAN, (arg,))


def _moment(name: str) -> Maker:
    def make(r: Resolving, expr: Call, args: tuple[Expr, ...]) -> Node:
        text = _text_literal(args[0])
        if text is None and name == "day":
            (arg,) = r.need(args[0])
            if arg.kind == INSTANT:
                return made(expr, "utc_day", DAY, (arg,))
        if text is None:
            r.refuse_reason(expr, "conversion", f"write it out, for example {BUILT_IN[name].form}")
        value, kind = day_literal(text) if name == "day" else instant_literal(text)
        if value is None:
            r.refuse(expr, "CC209", f"`{text}` is no {name}", f"write for example {BUILT_IN[name].form}")
        return made(expr, "literal", kind, (), value)

    return make


def _fired(r: Resolving, expr: Call, args: tuple[Expr, ...]) -> Node:
    text = _text_literal(args[0])
    if text is None:
        r.refuse(args[0], "CC209", f"{r.quote(args[0])} is no id of a rule", "write `fired('ruleset/rule')`")
    ruleset, _, rule = text.rpartition("/")
    scope, place = r.place.scope, r.place
    if place.allowed == "function":
        r.refuse(expr, "CC201", "a function reads only its arguments and `as_of`")
    if (ruleset, rule) not in scope.rules:
        choices = [f"{owner}/{one}" for owner, one in scope.rules if scope.rulesets.get(owner) == place.subject]
        own = f"{place.ruleset}/{text}"
        help_text = f"write `fired('{own}')`" if own in choices else near(text, choices, "")
        r.refuse(expr, "CC304", f"there is no rule `{text}`", help_text or "write `fired('ruleset/rule')`")
    if scope.rulesets[ruleset] != place.subject:
        text = f"`{ruleset}` is a ruleset for {scope.rulesets[ruleset]}, this one is for {place.subject}"
        r.refuse(expr, "CC201", text, "`fired` reads rules of its own subject")
    return made(expr, "fired", BOOLEAN, (), (ruleset, rule))


def _listed(name: str, kinds: frozenset[str], result: Kind | None, what: str) -> Function:
    return Function(_aggregate(name, kinds, result, what), 1, 1, f"`{name}(xs)` or `xs.{name}()`", member=True)


BUILT_IN: dict[str, Function] = {
    "size": _listed("size", SCALARS | {"record"}, NUMBER, "anything"),
    "sum": _listed("sum", SUMMED, NUMBER, "numbers"),
    "mean": _listed("mean", SUMMED, NUMBER, "numbers"),
    "min": _listed("min", RANKED, None, "numbers, days, instants or texts"),
    "max": _listed("max", RANKED, None, "numbers, days, instants or texts"),
    "count_distinct": _listed("count_distinct", SCALARS, NUMBER, "numbers, texts, days or labels"),
    "abs": Function(_numeric("abs"), 1, 1, "`abs(x)`"),
    "floor": Function(_numeric("floor"), 1, 1, "`floor(x)`"),
    "ceil": Function(_numeric("ceil"), 1, 1, "`ceil(x)`"),
    "round": Function(_round, 1, 2, "`round(x)` or `round(x, 2)`"),
    "startsWith": Function(_text_test("starts_with"), 2, 2, "`t.startsWith('a')`", member=True, only_member=True),
    "endsWith": Function(_text_test("ends_with"), 2, 2, "`t.endsWith('a')`", member=True, only_member=True),
    "contains": Function(_text_test("contains"), 2, 2, "`t.contains('a')`", member=True, only_member=True),
    "matches": Function(_matches, 2, 2, "`t.matches('^a')`", member=True),
    "lowerAscii": Function(_lower, 1, 1, "`t.lowerAscii()`", member=True, only_member=True),
    "business_days": Function(_business_days, 2, 2, "`business_days(a, b)`"),
    "has": Function(_has, 1, 1, "`has(x)`"),
    "day": Function(_moment("day"), 1, 1, "`day('2026-01-31')`"),
    "instant": Function(_moment("instant"), 1, 1, "`instant('2026-01-31T09:30:00Z')`"),
    "fired": Function(_fired, 1, 1, "`fired('ruleset/rule')`"),
}
