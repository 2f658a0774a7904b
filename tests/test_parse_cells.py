"""Cells of decision tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientcore.expr import Expr, children
from clientcore.parse import ParseError, parse, parse_cell, unparse

_INPUT = parse("account.x")


@pytest.mark.parametrize(
    ("cell", "condition"),
    [
        ("5", "account.x == 5"),
        ("-5.5", "account.x == -5.5"),
        ("true", "account.x == true"),
        ("'gold', 'silver'", "account.x == 'gold' || account.x == 'silver'"),
        ("params.floor", "account.x == params.floor"),
        ("day('2026-01-31')", "account.x == day('2026-01-31')"),
        ("null", "account.x == null"),
        ("!= null", "account.x != null"),
        ("< 5", "account.x < 5"),
        (">= params.floor", "account.x >= params.floor"),
        ("[1..5)", "account.x >= 1 && account.x < 5"),
        ("(1.5..-2.5]", "account.x > 1.5 && account.x <= -2.5"),
        ("[params.a..params.b]", "account.x >= params.a && account.x <= params.b"),
        ("[1..2], (3..4), > 9", "account.x >= 1 && account.x <= 2 || account.x > 3 && account.x < 4 || account.x > 9"),
    ],
)
def test_a_cell_is_a_condition_on_its_input(cell: str, condition: str):
    tree = parse_cell(cell, _INPUT)

    assert tree is not None
    assert condition == unparse(tree)


def test_a_dash_is_no_condition():
    assert [parse_cell("-", _INPUT), parse_cell(" - ", _INPUT)] == [None, None]


def test_offsets_are_those_of_the_cell():
    tree = parse_cell("1, [2..3)", _INPUT)
    assert tree is not None
    one, interval = children(tree)
    low, high = children(interval)

    assert [(node.start, node.end) for node in (tree, one, interval)] == [(0, 9), (0, 1), (3, 9)]
    assert {(3, 9), (4, 5)} == {(node.start, node.end) for node in children(low)}
    assert {(3, 9), (7, 8)} == {(node.start, node.end) for node in children(high)}


@pytest.mark.parametrize(
    ("cell", "found", "message"),
    [
        ("gold", "gold", "CC202 `gold` is not a test; quote text: `'gold'`; a param is `params.gold`"),
        ("= 5", "=", "CC202 `=` is not an operator; write the value alone"),
        ("'a' or 'b'", "or", "CC202 `or` is not an operator; write a comma between tests"),
        (
            "> 5 && < 9",
            "&&",
            "CC202 `&&` where an operator or the end should stand; write an interval such as `[1..5)`",
        ),
        ("1..5", "..", "CC202 `..` is not an operator; write an interval such as `[1..5)`"),
        ("not('a')", "not", "CC202 `not` is not an operator; write `!= x`"),
        ("[1, 2]", ",", "CC202 `,` where `..` should stand"),
        ("[1..2", "", "CC202 the end where `]` or `)` should stand"),
        (
            "x.size() > 1",
            "x.size()",
            "CC202 expression in a table cell; compare with a literal or `params.x`; longer conditions are facts or"
            " inputs of the table",
        ),
        ("", "", "CC202 empty expression; write a condition or a value"),
    ],
)
def test_errors_name_what_is_right(cell: str, found: str, message: str):
    with pytest.raises(ParseError) as caught:
        parse_cell(cell, _INPUT)

    assert (message, found) == (str(caught.value), cell[caught.value.start : caught.value.end])


_PIECES = ["-", ",", "5", "'a'", "params.x", "<", ">=", "!=", "[", "(", "..", "]", ")", "null", "gold", "and", "=", " "]


@given(st.lists(st.sampled_from(_PIECES)).map("".join) | st.text())
def test_any_text_is_a_cell_or_refused_with_its_place(cell: str):
    def spans(expr: Expr) -> list[tuple[int, int]]:
        return [(expr.start, expr.end), *(span for child in children(expr) for span in spans(child))]

    try:
        tree = parse_cell(cell, _INPUT)
    except ParseError as problem:
        found = [(problem.start, problem.end)]
    else:
        found = spans(tree) if tree else []

    assert [span for span in found if not 0 <= span[0] <= span[1] <= len(cell)] == []
