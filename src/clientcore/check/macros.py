"""Resolve macros: `xs.all(x, …)`, exists, exists_one, filter, map and latest."""

from __future__ import annotations

from collections.abc import Sequence

from clientcore.check.agreeing import SCALARS
from clientcore.check.resolving import Resolving, made
from clientcore.expr import BOOLEAN, Expr, Kind, Macro, Node, list_of

#: Macros may stand inside one another so deep.
DEPTH = 2

#: Macros that were not parsed as such, since their arguments do not fit: the form to write.
MACRO_FORMS: dict[str, str] = {
    **{name: f"`xs.{name}(x, x.amount > 0)`" for name in ("all", "exists", "exists_one", "filter")},
    "map": "`xs.map(x, x.amount)`",
    "latest": "`xs.latest(x, x.occurred_on)`",
}


def macro(r: Resolving, expr: Expr) -> Node:
    """Resolve a macro; its variable gets a name that no macro around has."""
    assert isinstance(expr, Macro)
    name, var, args = expr.name, expr.var, expr.args
    (source,) = r.need(expr.range)
    element = source.kind.of
    if element is None:
        r.refuse(expr, "CC203", f"`{name}` needs a list, and {r.quote(expr.range)} is a {source.kind}")
    if r.macros >= DEPTH:
        text = f"{r.quote(expr)} stands inside {DEPTH} other macros"
        r.refuse(expr, "CC210", text, "make the inner part a fact")
    r.grows = True
    fresh = _fresh(r, var)
    bodies = _bodies(r, args, var, made(expr, "var", element, (), fresh))
    if name == "map":
        if len(bodies) == 2:
            r.demand(args[0], bodies[0], BOOLEAN, "`map` filters by a condition")
            source = made(expr, "filter", source.kind, (source, bodies[0]), fresh)
        if bodies[-1].kind.name not in SCALARS:
            r.refuse_reason(expr, "nested-list", "map to a field; to choose records use `filter`")
        return made(expr, "map", list_of(bodies[-1].kind), (source, bodies[-1]), fresh)
    body = bodies[0]
    if name == "latest":
        return _latest(r, expr, source, element, body, fresh)
    r.demand(args[0], body, BOOLEAN, f"`{name}` asks for a condition")
    return made(expr, name, source.kind if name == "filter" else BOOLEAN, (source, body), fresh)


def _bodies(r: Resolving, args: Sequence[Expr], var: str, element: Node) -> list[Node]:
    outer = r.env.get(var)
    r.env[var] = element
    r.active.append(element.value)
    r.macros += 1
    try:
        return r.need(*args)
    finally:
        r.macros -= 1
        r.active.pop()
        if outer is None:
            del r.env[var]
        else:
            r.env[var] = outer


def _fresh(r: Resolving, var: str) -> str:
    """Return a name for a macro variable that no macro around uses, so that nothing is hidden or captured."""
    name, count = var, 1
    while name in r.active:
        count += 1
        name = f"{var}_{count}"
    return name


def _latest(r: Resolving, expr: Expr, source: Node, element: Kind, key: Node, var: str) -> Node:
    if element.name != "record":
        r.refuse(expr, "CC203", f"`latest` needs related records, not a {source.kind}", "use `max` for a list of days")
    if key.kind.name not in {"day", "instant"}:
        text = f"`latest` goes by a day or an instant, and its key is a {key.kind}"
        r.refuse(expr, "CC203", text, "write for example `.latest(x, x.occurred_on)`")
    return made(expr, "latest", element, (source, key), var)
