"""Macros, list functions, functions of plugins, and the bounds that keep every expression short."""

from __future__ import annotations

import pytest

from check_samples import place, tree, wrong
from clientcore.catalog import Catalog, Function
from clientcore.check import Place, check, check_expression
from clientcore.expr import Node

KIND = "column=kind(var=c)"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("commitments.size() + size(contacts)", "add(size(table=commitments), size(table=contacts))"),
        ("[1, nps].min()", "min(list(literal=1.0, fact=nps))"),
        ("max([nps])", "max(list(fact=nps))"),
        ("tags.count_distinct()", "count_distinct(fact=tags)"),
        ("[].size()", "size(list)"),
        ("[].sum()", "sum(list)"),
        ("commitments.filter(c, c.kind == 'x').size()",
         f"size(filter=c(table=commitments, eq({KIND}, literal=x)))"),
        ("contracts.map(c, c.annual_value).sum()", "sum(map=c(table=contracts, column=annual_value(var=c)))"),
        ("contracts.map(c, c.kind == 'x', c.annual_value).mean()",
         f"mean(map=c(filter=c(table=contracts, eq({KIND}, literal=x)), column=annual_value(var=c)))"),
        ("tags.exists(t, t == 'a')", "exists=t(fact=tags, eq(var=t, literal=a))"),
        ("tags.exists_one(t, t == 'a') && tags.all(t, t != 'b')",
         "and(exists_one=t(fact=tags, eq(var=t, literal=a)), all=t(fact=tags, ne(var=t, literal=b)))"),
        ("commitments.latest(c, c.due_on).kept_on",
         "column=kept_on(latest=c(table=commitments, column=due_on(var=c)))"),
        ("commitments.exists(c, has(c.kept_on))",
         "exists=c(table=commitments, has(column=kept_on(var=c)))"),
        ("commitments.exists(c, commitments.exists(c, c.kind == 'x') && c.kind == 'y')",
         "exists=c(table=commitments, and(exists=c_2(table=commitments, eq(column=kind(var=c_2), literal=x)), "
         f"eq({KIND}, literal=y)))"),
        ("commitments.filter(c, c.kind == 'x').exists(c, c.kind == 'y')",
         f"exists=c(filter=c(table=commitments, eq({KIND}, literal=x)), eq({KIND}, literal=y))"),
    ],
)  # fmt: skip
def test_lists(text: str, expected: str):
    assert tree(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nps.exists(x, true)", "1: CC203 `exists` needs a list, and `nps` is a number"),
        ("commitments.filter(c, c.kind).size()",
         "23: CC203 `filter` asks for a condition, and `c.kind` is a text"),
        ("commitments.map(c, c.kind, c.kind).size()",
         "20: CC203 `map` filters by a condition, and `c.kind` is a text"),
        ("contracts.sum()",
         "1: CC203 `sum` needs a list of numbers, and `contracts` is a list of record of `contracts`; "
         "choose a field first: `.map(x, x.field).sum()`"),
        ("tags.sum()", "1: CC203 `sum` needs a list of numbers, and `tags` is a list of text"),
        ("size(nps)", "1: CC203 `size` needs a list, and `nps` is a number"),
        ("tags.latest(t, as_of)",
         "1: CC203 `latest` needs related records, not a list of text; use `max` for a list of days"),
        ("contracts.latest(c, c.annual_value).kind == 'x'",
         "1: CC203 `latest` goes by a day or an instant, and its key is a number; "
         "write for example `.latest(x, x.occurred_on)`"),
        ("commitments.filter(c.kind == 'x')",
         "1: CC205 `filter` needs a list, a variable and what to look at; write `xs.filter(x, x.amount > 0)`"),
        ("tags.latest()",
         "1: CC205 `latest` needs a list, a variable and what to look at; write `xs.latest(x, x.occurred_on)`"),
        ("tags.all(a, tags.all(b, tags.all(c, a == b && b == c)))",
         "25: CC210 `tags.all(c, a == b && b == c)` stands inside 2 other macros; make the inner part a fact"),
    ],
)  # fmt: skip
def test_lists_that_do_not_fit(text: str, expected: str):
    assert wrong(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("days_since(client_since) > 30", "gt(day_diff(as_of, field=client_since), literal=30.0)"),
        ("twice(twice(nps))", "add(add(fact=nps, fact=nps), add(fact=nps, fact=nps))"),
        ("contracts.exists(c, is_kind(commitments, c.kind))",
         "exists=c(table=contracts, exists=c_2(table=commitments, eq(column=kind(var=c_2), column=kind(var=c))))"),
    ],
)  # fmt: skip
def test_functions_are_put_in_without_catching_variables(text: str, expected: str):
    assert tree(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ok && ping(nps)",
         "7: CC301 in function `pong`: functions call each other: `ping → pong → ping`; a function can't call itself"),
        ("broken(1) > 0",
         "1: CC201 in function `broken`: unknown name `nps`; a function reads only its arguments and `as_of`"),
        ("days_since(industry) > 0",
         "1: CC203 in function `days_since`: `-` has no meaning for a day and a text in `_-_`; "
         "a day takes a number of days; day - day and instant - instant give a number"),
        ("days_since()", "1: CC205 `days_since` takes 1 argument, given: 0; write `days_since(d)`"),
        ("day_since(as_of)", "1: CC201 unknown function `day_since`; did you mean `days_since`?"),
    ],
)  # fmt: skip
def test_functions_that_do_not_fit(text: str, expected: str):
    assert wrong(text) == [expected]


def test_places_of_what_a_function_became_are_those_of_the_call():
    node, _ = check_expression("ok || days_since(client_since) > 3", place())

    assert node is not None
    call = node.args[1].args[0]
    assert (call.op, call.start, call.end) == ("day_diff", 6, 30)
    assert (call.args[0].op, call.args[0].start) == ("as_of", 6)
    assert (call.args[1].op, call.args[1].start) == ("field", 17)


def _doubling(count: int) -> Place:
    functions = [Function(id="f0", params=("x",), body="x + x")]
    functions += [Function(id=f"f{at}", params=("x",), body=f"f{at - 1}(x) + f{at - 1}(x)") for at in range(1, count)]
    checked = check([], Catalog(functions={function.id: function for function in functions}))
    return Place(scope=checked.scope)


def test_functions_that_grow_without_end_are_refused_soon():
    assert check_expression("f9(1)", _doubling(10))[1] == ()
    assert [str(one) for one in check_expression("1 + f30(1)", _doubling(31))[1]] == [
        ":1:5: CC208 in function `f0`: expression is too large; split it into facts"
    ]
    nested = "twice(" * 20 + "nps" + ")" * 20
    assert wrong(nested) == [
        "43: CC208 `twice(twice(twice(twice(twice(twice(twice(twice(twice(tw ...` is too large "
        "once its functions are put in; split it into facts"
    ]


def test_a_costly_expression_is_refused():
    inner = "commitments.exists(d, d.id == c.id && d.kind == c.kind && d.source != c.source)"
    one = f"commitments.filter(c, {inner}).size()"
    many = " + ".join([one] * 20)

    assert check_expression(one, place())[1] == ()
    assert wrong(many) == ["1: CC208 expression takes too many steps; nest fewer lists, or make a part a fact"]


def test_trees_are_equal_wherever_they_stand():
    first, _ = check_expression("nps > 3", place())
    second, _ = check_expression("ok && nps  >  3", place())

    assert isinstance(first, Node)
    assert isinstance(second, Node)
    assert first == second.args[1]
