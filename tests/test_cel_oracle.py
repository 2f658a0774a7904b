"""Google's C++ CEL as an oracle: what both languages have means the same, missing values being absent ones."""

from __future__ import annotations

from datetime import date
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies_cel
from clientcore import Engine
from clientcore.expr import Call, Expr, Literal
from clientcore.parse import parse, unparse
from clientcore.ruleset import DerivedFact, Formula, Input, Rule, Ruleset

cel = pytest.importorskip("cel_expr_python.cel", reason="needs the oracle, cel-expr-python")

_KINDS = strategies_cel.MAYBE | strategies_cel.ALWAYS
_FUNCTIONS = {"abs": "math.abs", "floor": "math.floor", "ceil": "math.ceil"}


def _environment() -> Any:
    from cel_expr_python.ext import ext_math, ext_strings

    plain = {"number": cel.Type.DOUBLE, "text": cel.Type.STRING, "boolean": cel.Type.BOOL}
    types = {name: plain.get(kind, cel.Type.DYN) for name, kind in _KINDS.items()} | {"opportunities": cel.Type.DYN}
    return cel.NewEnv(variables=types, extensions=[ext_math.ExtMath(), ext_strings.ExtStrings()])


_ENVIRONMENT = _environment()


def in_cel(expr: Any) -> Any:
    """Return the tree as CEL writes it: whole literals and sizes as doubles, functions by their names there."""
    if isinstance(expr, tuple):
        return tuple(map(in_cel, expr))
    if not isinstance(expr, Expr):
        return expr
    below = attrs.asdict(expr, recurse=False)
    twin = attrs.evolve(expr, **{name: in_cel(value) for name, value in below.items()})
    match twin:
        case Literal(kind="int", value=value):
            return Literal(value=float(value), kind="double")
        case Call(function="size"):
            return Call(function="double", args=(twin,))
        case Call(function=function, target=None) if function in _FUNCTIONS:
            return Call(function=_FUNCTIONS[function], args=twin.args)
    return twin


def theirs(texts: list[str], facts: dict[str, Any]) -> list[Any]:
    values = (_ENVIRONMENT.compile(text).eval(data=facts) for text in texts)
    return [None if value.type() == cel.Type.ERROR else value.plain_value() for value in values]


def engine(texts: list[str]) -> Engine:
    """Return an engine with one fact for each expression, and rules that read them."""
    names = [f"value_{at}" for at in range(len(texts))]
    formulas = {name: Formula(text, parse(text)) for name, text in zip(names, texts, strict=True)}
    ruleset = Ruleset(
        id="cel.oracle",
        version="1.0.0",
        title="Oracle",
        subject="account",
        inputs={name: Input(id=name, kind=kind) for name, kind in _KINDS.items()},
        facts={name: DerivedFact(id=name, value=formula) for name, formula in formulas.items()},
        rules={name: Rule(id=name, when=Formula(f"has({name})", parse(f"has({name})"))) for name in names},
    )
    return Engine([ruleset], discover=False)


def ours(made: Engine, given_data: dict[str, Any]) -> list[Any]:
    facts = {name: value for name, value in given_data.items() if name in _KINDS}
    account = {"id": "acme"}
    if "opportunities" in given_data:
        rows = given_data["opportunities"]
        account["opportunities"] = [{"id": f"o{at}", "account_id": "acme", **row} for at, row in enumerate(rows)]
    decision = made.evaluate(account, as_of=date(2026, 6, 30), facts=facts)
    assert decision.problems == ()
    values = {step.id: step.output for step in decision.trace if step.kind == "fact"}
    return [values[name] for name in made.rulesets[0].facts]


def _with_kind(values: list[Any]) -> list[tuple[type, Any]]:
    """Return values beside their types, since `True == 1.0`."""
    return [(type(value), value) for value in values]


@given(
    st.lists(strategies_cel.expressions, min_size=1, max_size=4), st.lists(strategies_cel.data, min_size=1, max_size=4)
)
def test_the_common_subset_means_the_same(trees: list[Expr], accounts: list[dict[str, Any]]):
    made = engine([unparse(tree) for tree in trees])
    texts = [unparse(in_cel(tree)) for tree in trees]

    for account in accounts:
        assert _with_kind(ours(made, account)) == _with_kind(theirs(texts, account))
