"""Resolve names: bare ones, fields of records, `params.x`, `previous.…`, `account.x`, `ruleset.name`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import attrs

from clientcore.check.refusals import HABITS, NAME_HABITS, TYPE_NAMES
from clientcore.check.resolving import Resolving, Unresolved, made, near
from clientcore.check.scope import PARTS, FactMeaning, param_kind
from clientcore.errors import did_you_mean
from clientcore.expr import BOOLEAN, DAY, NUMBER, Expr, Kind, Name, Node, Select, list_of, record_of


def bare(r: Resolving, expr: Expr) -> Node:
    """Resolve a bare name."""
    assert isinstance(expr, Name)
    name = expr.name
    bound = r.env.get(name)
    if bound is not None:
        return attrs.evolve(bound, start=expr.start, end=expr.end) if bound.op == "var" else bound
    if name == "as_of":
        return made(expr, "as_of", DAY)
    if r.place.allowed == "function":
        r.refuse(expr, "CC201", f"unknown name `{name}`", _function_help(r, name))
    return _own(r, expr, name) or _unknown(r, expr, name)


def _own(r: Resolving, expr: Expr, name: str) -> Node | None:
    """Return the field, fact or table with that name; None if it is none."""
    names = r.place.names
    kind = names.fields.get(name)
    if kind is not None:
        return made(expr, "field", kind, (), name)
    fact = r.place.scope.facts.get(name)
    if fact is not None and r.place.subject in fact.subjects:
        return made(expr, "fact", _sound(fact.kind), (), name)
    if name in names.tables:
        return made(expr, "table", list_of(record_of(name)), (), name)
    return None


def _sound(kind: Kind | None) -> Kind:
    """Give up without a message where a declaration is wrong: its problem stands there already."""
    if kind is None:
        raise Unresolved
    return kind


def _unknown(r: Resolving, expr: Expr, name: str) -> NoReturn:
    if name.startswith("."):
        r.refuse_reason(expr, "root-name")
    if name in TYPE_NAMES:
        r.refuse_reason(expr, "type")
    if name in _SPECIAL_HELP:
        r.refuse(expr, "CC201", f"`{name}` is no value by itself", _SPECIAL_HELP[name])
    r.refuse(expr, "CC201", f"unknown name `{name}`", _unknown_help(r, name))


_SPECIAL_HELP = {
    "account": "write `account.name`",
    "params": "write `params.name`",
    "previous": "write `previous.ruleset.name`",
}


def _function_help(r: Resolving, name: str) -> str:
    return near(name, r.env, "a function reads only its arguments and `as_of`")


def _unknown_help(r: Resolving, name: str) -> str:
    place, scope = r.place, r.place.scope
    fact = scope.facts.get(name)
    if fact is not None:
        return _other_subject(r, name, fact)
    if (place.ruleset, name) in scope.params:
        return f"write `params.{name}`"
    for kinds in (scope.scores, scope.outcomes, scope.states):
        if (place.ruleset, name) in kinds:
            return f"write `{place.ruleset}.{name}`"
    if (place.ruleset, name) in scope.rules:
        return f"write `fired('{place.ruleset}/{name}')`"
    if name in NAME_HABITS:
        return NAME_HABITS[name]
    if place.names.child and name in scope.subjects.get("account", place.names).fields:
        return f"write `account.{name}`"
    facts = [fact.id for fact in scope.facts.values() if place.subject in fact.subjects]
    choices = [*place.names.fields, *place.names.tables, *facts, *r.env, "as_of"]
    return near(name, choices, "declare it under `inputs` or `facts`")


def _other_subject(r: Resolving, name: str, fact: FactMeaning) -> str:
    if r.place.names.child and "account" in fact.subjects:
        return f"write `account.{name}`"
    return f"it is a fact of another kind of subject ({', '.join(sorted(fact.subjects))})"


def select(r: Resolving, expr: Expr) -> Node:
    """Resolve `operand.field`, and `has(operand.field)`."""
    assert isinstance(expr, Select)
    node = _selected(r, expr)
    return made(expr, "has", BOOLEAN, (node,)) if expr.test else node


def _selected(r: Resolving, expr: Select) -> Node:
    root, path = _chain(expr)
    if root is None or root.name in r.env:
        return _column(r, expr)
    if root.name == "params":
        return _param(r, expr, path)
    if root.name == "previous":
        return _previous(r, expr, path)
    if root.name == "account":
        return _parent(r, expr, path)
    if r.place.allowed == "function":
        r.refuse(expr, "CC201", f"unknown name {r.quote(expr)}", _function_help(r, root.name))
    words = [root.name, *path]
    node = qualified(r, expr, words)
    if node is not None:
        return node
    if _own(r, root, root.name) is not None:
        return _column(r, expr)
    return _unknown_full(r, expr, words)


def _chain(expr: Select) -> tuple[Name | None, list[str]]:
    """Return the name that a chain of selects begins with, and the fields behind it."""
    path = [expr.field]
    operand = expr.operand
    while isinstance(operand, Select) and not operand.test:
        path.append(operand.field)
        operand = operand.operand
    return (operand if isinstance(operand, Name) else None), path[::-1]


def _column(r: Resolving, expr: Select) -> Node:
    (operand,) = r.need(expr.operand)
    if operand.kind.name == "list":
        r.refuse(
            expr, "CC203", f"{r.quote(expr.operand)} is a list and has no fields", _list_help(operand.kind, expr.field)
        )
    if operand.kind.name != "record":
        r.refuse(expr, "CC203", f"{r.quote(expr.operand)} is a {operand.kind.name} and has no fields")
    table = operand.kind.table
    columns = r.place.scope.columns.get(table, {})
    kind = columns.get(expr.field)
    if kind is None:
        text = f"`{table}` has no field `{expr.field}`"
        r.refuse(expr, "CC201", text, did_you_mean(expr.field, columns))
    return made(expr, "column", kind, (operand,), expr.field)


_OF_LISTS = ("size", "sum", "min", "max", "mean")


def _list_help(kind: Kind, field: str) -> str:
    if field in HABITS:
        return HABITS[field]
    if field in _OF_LISTS:
        return f"write `.{field}()`, with brackets behind it"
    if kind.of is not None and kind.of.name == "record":
        return f"write `.map(x, x.{field})` for all of them, or `.latest(x, x.key).{field}` for one"
    return ""


def _param(r: Resolving, expr: Select, path: Sequence[str]) -> Node:
    scope, ruleset = r.place.scope, r.place.ruleset
    found = scope.params.get((ruleset, path[0]))
    if found is None or len(path) > 1 or r.place.allowed == "function":
        own = [param for owner, param in scope.params if owner == ruleset]
        help_text = near(path[0], own, "declare it under `params` with value, range and unit", "params.")
        r.refuse(expr, "CC201", f"unknown param `params.{'.'.join(path)}`", help_text)
    return made(expr, "param", param_kind(found), (), (ruleset, path[0]))


def _previous(r: Resolving, expr: Select, path: Sequence[str]) -> Node:
    node = qualified(r, expr, path) or _unknown_full(r, expr, path, "previous.")
    part = node.value[2] if node.op == "score" else ""
    return made(expr, "previous", node.kind, (), (node.op, node.value[0], node.value[1], part))


def _parent(r: Resolving, expr: Select, path: Sequence[str]) -> Node:
    if not r.place.names.child:
        help_text = f"write `{'.'.join(path)}`: the subject is the account itself"
        r.refuse(expr, "CC201", f"{r.quote(expr)} is known in child subjects only", help_text)
    here = r.place
    r.place = attrs.evolve(here, subject="account")
    try:
        node = _of_account(r, expr, path)
    finally:
        r.place = here
    return made(expr, "parent", node.kind, (node,))


def _of_account(r: Resolving, expr: Select, path: Sequence[str]) -> Node:
    if len(path) > 1:
        return qualified(r, expr, path) or _unknown_full(r, expr, path, "account.")
    node = _own(r, expr, path[0])
    if node is None:
        names = r.place.names
        facts = [fact.id for fact in r.place.scope.facts.values() if "account" in fact.subjects]
        help_text = near(path[0], [*names.fields, *facts], "", "account.")
        r.refuse(expr, "CC201", f"unknown name `account.{path[0]}`", help_text)
    if node.op == "table":
        text = f"the related records {r.quote(expr)} can't be read from a child"
        r.refuse(expr, "CC203", text, "make a fact of them in an account ruleset and read that")
    return node


def qualified(r: Resolving, expr: Expr, words: Sequence[str]) -> Node | None:
    """Resolve `ruleset.name` and `ruleset.name.part`; None if nothing is named so."""
    scope = r.place.scope
    for length in range(len(words) - 1, 0, -1):
        ruleset = ".".join(words[:length])
        if ruleset not in scope.rulesets:
            continue
        node = _member(r, expr, ruleset, words[length:])
        if node is None:
            continue
        if scope.rulesets[ruleset] != r.place.subject:
            _wrong_subject(r, expr, ruleset, words)
        return node
    return None


def _member(r: Resolving, expr: Expr, ruleset: str, rest: Sequence[str]) -> Node | None:
    scope, key = r.place.scope, (ruleset, rest[0])
    if key in scope.scores:
        part = rest[1] if len(rest) > 1 else "value"
        band = scope.scores[key]
        if len(rest) > 2 or part not in (*PARTS, "value") or (part == "band" and band is None):
            return None
        kind = band if part == "band" and band is not None else NUMBER
        return made(expr, "score", kind, (), (ruleset, rest[0], part))
    if len(rest) > 1:
        return None
    if key in scope.outcomes:
        return made(expr, "outcome", _sound(scope.outcomes[key]), (), key)
    return made(expr, "state", scope.states[key], (), key) if key in scope.states else None


def _wrong_subject(r: Resolving, expr: Expr, ruleset: str, words: Sequence[str]) -> NoReturn:
    owner = r.place.scope.rulesets[ruleset]
    if owner == "account" and r.place.names.child:
        help_text = f"write `account.{'.'.join(words)}`"
    else:
        help_text = "a ruleset reads rulesets of its own subject, and a child reads its account"
    r.refuse(expr, "CC201", f"`{ruleset}` is a ruleset for {owner}, this one is for {r.place.subject}", help_text)


def _unknown_full(r: Resolving, expr: Expr, words: Sequence[str], before: str = "") -> NoReturn:
    scope, name = r.place.scope, ".".join(words)
    for length in range(len(words) - 1, 0, -1):
        ruleset, rest = ".".join(words[:length]), words[length:]
        if (ruleset, rest[0]) in scope.rules:
            help_text = f"write `fired('{ruleset}/{rest[0]}')`"
            r.refuse(expr, "CC201", f"`{before}{name}` is a rule", help_text)
        if (ruleset, rest[0]) in scope.scores and len(rest) > 1:
            _unknown_part(r, expr, f"{ruleset}.{rest[0]}", rest)
    choices = scope.full_names(r.place.subject)
    own = f"{r.place.ruleset}.{words[-1]}"
    help_text = f"did you mean `{before}{own}`?" if own in choices else near(name, choices, "", before)
    if words[0] in HABITS or words[0] in NAME_HABITS:
        help_text = NAME_HABITS.get(words[0], help_text)
    r.refuse(expr, "CC201", f"unknown name `{before}{name}`", help_text or _declare(words))


def _declare(words: Sequence[str]) -> str:
    return "" if len(words) > 2 else "a dot follows a macro variable, `params`, `previous` or a ruleset"


def _unknown_part(r: Resolving, expr: Expr, score: str, rest: Sequence[str]) -> NoReturn:
    if rest[1] == "band" and len(rest) == 2:
        r.refuse(expr, "CC201", f"score `{score}` has no bands", "give it `bands`, or compare its value")
    text = f"score `{score}` has no part `{'.'.join(rest[1:])}`"
    r.refuse(expr, "CC201", text, near(rest[1], PARTS, f"its parts are {', '.join(PARTS)}"))
