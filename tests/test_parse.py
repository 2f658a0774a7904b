"""The parser of the condition language and its printer."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies_expr
from clientcore.expr import Call, Expr, ListOf, Literal, Macro, Name, Select, children
from clientcore.parse import ParseError, parse, unparse
from clientcore.parse.tokens import tokens_of


def nodes(expr: Expr) -> list[Expr]:
    return [expr, *(below for child in children(expr) for below in nodes(child))]


def refused(text: str) -> ParseError | None:
    try:
        parse(text)
    except ParseError as problem:
        return problem
    return None


@given(strategies_expr.trees)
def test_what_is_printed_parses_to_the_same_tree(tree: Expr):
    assert parse(unparse(tree)) == tree


@given(strategies_expr.trees)
def test_the_text_of_every_node_parses_to_that_node(tree: Expr):
    text = unparse(tree)

    assert [node for node in nodes(parse(text)) if parse(text[node.start : node.end]) != node] == []


@given(strategies_expr.trees, st.data())
def test_blanks_and_comments_change_nothing(tree: Expr, data: st.DataObject):
    blanks = st.sampled_from([" ", "\n", "\t \r\n", " // and or = “\n"])
    text = "".join(token.text + data.draw(blanks) for token in tokens_of(unparse(tree)))

    assert parse(text) == tree


_PIECES = [
    "a",
    "1",
    "'t'",
    "-",
    "!",
    "&&",
    "||",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ".",
    ",",
    "?",
    ":",
    "in",
    "not",
    "is",
    "null",
]
_PIECES += [
    "=",
    "<",
    ">",
    "..",
    "`b`",
    "\\",
    "'",
    '"',
    "“",
    "\n",
    "has(",
    ".map(x,",
    "1.5",
    "0x",
    "5u",
    "b'",
    "and",
    "if",
    "é",
]


@given(
    st.lists(st.sampled_from(_PIECES), max_size=12).map(" ".join)
    | st.lists(st.sampled_from(_PIECES)).map("".join)
    | st.text()
)
def test_any_other_text_is_refused_with_its_place(text: str):
    problem = refused(text)
    if problem is None:
        return

    assert 0 <= problem.start <= problem.end <= len(text)
    assert not problem.message[0].isupper()
    assert not problem.message.endswith(".")


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("a&&b||!c", "a && b || !c"),
        ("a && (b || c)", "a && (b || c)"),
        ("(a && b) && c", "a && b && c"),
        ("a && (b && c)", "a && (b && c)"),
        ("(a*b)+c", "a * b + c"),
        ("a - (b - c)", "a - (b - c)"),
        ("(a < b) == c", "a < b == c"),
        ("(a ? b : c) ? d : (e ? f : g)", "(a ? b : c) ? d : e ? f : g"),
        ("-(-a)", "-(-a)"),
        ("--a", "a"),
        ("- 1", "-1"),
        ("-(1)", "-(1)"),
        ("!-1", "!-1"),
        ("(-1).abs()", "-1.abs()"),
        ("x . y [ 0 ] . z ( 1 , 2 )", "x.y[0].z(1, 2)"),
        ("[1,2,]", "[1, 2]"),
        ("{'a':1,}", "{'a': 1}"),
        ("pkg.Msg{a:1}", "pkg.Msg{a: 1}"),
        (".a.b", ".a.b"),
        ("a.`b-c`.`in`.`d`", "a.`b-c`.`in`.d"),
        ('"it\'s"', '"it\'s"'),
        (r"'it\'s \"x\"'", "'it\\'s \"x\"'"),
        ("r'\\d+'", "'\\\\d+'"),
        ("'''a\r\nb'''", "'a\\nb'"),
        ("b'\\xff\\000k'", "b'\\xff\\x00k'"),
        ("0xFF + 5U + 1e3 + .5", "255 + 5u + 1000.0 + 0.5"),
        ("xs.existsOne(x, x)", "xs.exists_one(x, x)"),
        ("a in [1] // why", "a in [1]"),
    ],
)
def test_one_spelling(text: str, printed: str):
    assert printed == unparse(parse(text))


def test_tree_of_a_condition():
    tree = parse("has(a.b) && xs.map(x, x > 1, -x) == [2] || latest")

    loop = Macro(
        name="map",
        range=Name(name="xs"),
        var="x",
        args=(
            Call(function="_>_", args=(Name(name="x"), Literal(value=1, kind="int"))),
            Call(function="-_", args=(Name(name="x"),)),
        ),
    )
    same = Call(function="_==_", args=(loop, ListOf(items=(Literal(value=2, kind="int"),))))
    there = Select(operand=Name(name="a"), field="b", test=True)
    assert tree == Call(function="_||_", args=(Call(function="_&&_", args=(there, same)), Name(name="latest")))


def test_offsets_include_parentheses_of_operands_only():
    tree = parse(" (a + b) * (c) ")
    assert isinstance(tree, Call)
    left, right = tree.args

    assert [(node.start, node.end) for node in (tree, left, right)] == [(1, 14), (2, 7), (12, 13)]


@pytest.mark.parametrize(
    ("text", "found", "message"),
    [
        ("a and b", "and", "CC202 `and` is not an operator; write `&&`"),
        ("a AND b", "AND", "CC202 `AND` is not an operator; write `&&`"),
        ("a or b", "or", "CC202 `or` is not an operator; write `||`"),
        ("a && not b", "not", "CC202 `not` is not an operator; write `!`"),
        ("not(a)", "not", "CC202 `not` is not an operator; write `!`"),
        ("a not in [1]", "not in", "CC202 `not in` is not an operator; write `!(x in list)`"),
        ("a = 1", "=", "CC202 `=` is not an operator; write `==`"),
        ("a === 1", "===", "CC202 `===` is not an operator; write `==`"),
        ("a !== 1", "!==", "CC202 `!==` is not an operator; write `!=`"),
        ("a <> 1", "<>", "CC202 `<>` is not an operator; write `!=`"),
        ("a => 1", "=>", "CC202 `=>` is not an operator; write `>=`"),
        ("a ≤ 1", "≤", "CC202 `≤` is not part of the language; write `<=`"),
        ("a is null", "is null", "CC202 `is null` is not an operator; write `== null`"),
        ("a IS NOT NULL", "IS NOT NULL", "CC202 `is not null` is not an operator; write `!= null`"),
        ("a & b", "&", "CC202 `&` is not part of the language; write `&&`"),
        ("a | b", "|", "CC202 `|` is not part of the language; write `||`"),
        ("a == “x”", "“", "CC202 `“` is not part of the language; write straight quotes: `'…'`"),
        ("if a then b", "if", "CC202 `if` is not an operator; write `condition ? one : other`"),
        (
            "a ? 1 : elif b",
            "elif",
            "CC202 `elif` is not an operator; write `condition ? one : condition ? other : last`",
        ),
        ("a between 1 and 2", "between", "CC202 `between` is not an operator; write `x >= low && x <= high`"),
        ("a ?? b", "??", "CC202 `??` is not an operator; write `has(x) ? x : other`"),
        ("1_000 < a", "1_000", "CC209 `1_000` is not a number; write `1000`"),
        (
            "a == 'x",
            "'x",
            "CC209 text that starts with `'x` has no end; close it with `'`; a quote inside is written `\\'`",
        ),
        ("'\\d'", "\\d", "CC209 `\\d` is not an escape; write `\\\\` for a backslash"),
        ("'\\ud800'", "\\ud800", "CC209 `\\ud800` is no character"),
        ("9223372036854775808", "9223372036854775808", "CC209 number `9223372036854775808` is too large"),
        ("1e999", "1e999", "CC209 number `1e999` is too large"),
        ("", "", "CC202 empty expression; write a condition or a value"),
        ("(a", "", "CC202 the end where `)` should stand"),
        ("a b", "b", "CC202 `b` where an operator or the end should stand"),
        (
            "a > 90 days",
            "days",
            "CC202 `days` where an operator or the end should stand; write the number alone; "
            "a day minus a day is a number of days",
        ),
        (
            "a in ('x', 'y')",
            ",",
            "CC202 `,` where `)` should stand; write a list in square brackets: `x in ['a', 'b']`",
        ),
        ("a == ('x', 'y')", ",", "CC202 `,` where `)` should stand"),
        ("1 + for", "for", "CC202 `for` is a reserved word; choose another name"),
        ("-!a", "-!", "CC202 `-!` mixes two signs; put `!…` in parentheses"),
        (
            "xs.all(1, true)",
            "1",
            "CC202 `all` needs a plain name first; write `all(x, …)` and use `x` behind the comma",
        ),
        ("has(1)", "1", "CC202 `has` needs a field or a name; write `has(x.field)`"),
    ],
)
def test_errors_name_what_is_right(text: str, found: str, message: str):
    with pytest.raises(ParseError) as caught:
        parse(text)

    assert (message, found) == (str(caught.value), text[caught.value.start : caught.value.end])


@pytest.mark.parametrize(
    ("text", "sign"), [("a.?b", ".?"), ("a[?0]", "[?"), ("[?a]", "?"), ("{?a: 1}", "?"), ("a?.b", "?.")]
)
def test_optional_syntax_is_refused(text: str, sign: str):
    with pytest.raises(ParseError, match="optional syntax") as caught:
        parse(text)

    assert sign == text[caught.value.start : caught.value.end]


_NESTS = {
    "parentheses": lambda levels: "(" * levels + "a" + ")" * levels,
    "not": lambda levels: "!(" * levels + "a" + ")" * levels,
    "lists": lambda levels: "[" * levels + "a" + "]" * levels,
    "calls": lambda levels: "f(" * levels + "a" + ")" * levels,
    "choices": lambda levels: "a ? b : " * levels + "c",
    "logic": lambda levels: "(a && " * levels + "b" + ")" * levels,
    "sums": lambda levels: "a + " * levels + "b",
    "fields": lambda levels: "a" + ".b" * levels,
    "macros": lambda levels: "xs.all(x, " * levels + "x" + ")" * levels,
}


@pytest.mark.parametrize("shape", _NESTS)
def test_32_levels_are_the_limit(shape: str):
    written = _NESTS[shape]

    parse(written(32))
    for levels in (33, 40, 20_000):
        with pytest.raises(ParseError) as caught:
            parse(written(levels))
        assert caught.value.code == "CC208"


def test_chains_of_conditions_may_be_long():
    parse(" && ".join(["a"] * 5_000))
    with pytest.raises(ParseError, match="CC208 expression too large; at most 10,000 values and operators"):
        parse(" && ".join(["a"] * 5_001))
    with pytest.raises(ParseError, match="CC208 expression of 200,001 characters; at most 200,000 are read"):
        parse(" " * 200_001)


def test_parse_errors_pickle():
    problem = ParseError("CC202", "`a` is wrong", "write `b`", 3, 4)
    twin = pickle.loads(pickle.dumps(problem))

    assert vars(problem) == vars(twin)
    assert str(problem) == str(twin)
