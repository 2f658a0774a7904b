"""Hypothesis strategies for scalars: trees of operations whose results stay where they are settled."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from clientcore.relational import Scalar, Sort
from clientcore.relational.scalar import col, lit, null

NUMBERS = st.one_of(
    st.sampled_from([0.0, 1.0, -1.0, 0.1, 0.5, 2.5, 100.0, 1e18, -1e-18, 4503599627370497.5]),
    st.floats(min_value=-1e18, max_value=1e18, allow_subnormal=False)
    .filter(lambda x: x == 0 or abs(x) >= 1e-18)
    .map(lambda x: x + 0.0),
    st.integers(-1000, 1000).map(lambda n: n / 100),
)
INTEGERS = st.one_of(st.integers(-20, 20), st.integers(-4_000_000, 4_000_000))
TEXTS = st.one_of(
    st.sampled_from(
        ["", "a", "A", "Z", "ab", "a%b", "a_b", "it's", "\\d", "é", "e\u0301", "😀", "\uffff", " a", "a\nb"]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5),
)
VALUES: dict[Sort, st.SearchStrategy[Any]] = {
    "number": NUMBERS,
    "integer": INTEGERS,
    "boolean": st.booleans(),
    "text": TEXTS,
}
#: Columns that the trees read: two of each sort.
COLUMNS: dict[str, Sort] = {f"{sort}{at}": sort for sort in VALUES for at in (1, 2)}
PATTERNS = ("^a", "b$", "^a.b$", r"\d+", r"^\w*$", r"[^\s]", "a|é", r"^(?:ab|a_){1,2}", r"\.")
_GUARDED = ("add", "sub", "mul", "div")
_SMALL = st.sampled_from([2, 3, 7, 86_400])


def leaf(sort: Sort) -> st.SearchStrategy[Scalar]:
    """A column, a constant, a null."""
    names = [name for name, kind in COLUMNS.items() if kind == sort]
    return st.one_of(st.sampled_from([col(name, sort) for name in names]), VALUES[sort].map(lit), st.just(null(sort)))


@st.composite
def scalars(draw: st.DrawFn, sort: Sort, depth: int = 3) -> Scalar:
    """A tree that gives a sort."""
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(leaf(sort))
    below = {kind: scalars(kind, depth - 1) for kind in VALUES}
    made: Scalar = draw(_MADE[sort](below))
    return made


def _op(op: str, sort: Sort, *args: st.SearchStrategy[Scalar], value: Any = None) -> st.SearchStrategy[Scalar]:
    values = value if isinstance(value, st.SearchStrategy) else st.just(value)
    return st.builds(lambda parts, held: Scalar(op, sort, tuple(parts), held), st.tuples(*args), values)


def _any(sort: Sort, below: Any) -> list[st.SearchStrategy[Scalar]]:
    part, truth = below[sort], below["boolean"]
    return [
        _op("case", sort, truth, part, part),
        _op("case", sort, truth, part, truth, part, part),
        _op("coalesce", sort, part, part),
    ]


def _number(below: Any) -> st.SearchStrategy[Scalar]:
    part = below["number"]
    plain = [_op(op, "number", part, part) for op in _GUARDED]
    guarded = [one.map(lambda scalar: Scalar("guard", "number", (scalar,))) for one in plain]
    unary = [_op(op, "number", part) for op in ("neg", "abs", "floor", "ceil", "round_even", "finite")]
    roots = _op("abs", "number", part).map(lambda scalar: Scalar("sqrt", "number", (scalar,)))
    several = [_op(op, "number", part, part, part) for op in ("least", "greatest")]
    return st.one_of(
        *guarded, *unary, roots, *several, _op("to_number", "number", below["integer"]), *_any("number", below)
    )


def _integer(below: Any) -> st.SearchStrategy[Scalar]:
    part = below["integer"]
    small = part.map(lambda scalar: Scalar("imod", "integer", (scalar,), 1000))
    return st.one_of(
        *(_op(op, "integer", small, small) for op in ("iadd", "isub", "imul", "bit_or", "bit_and")),
        _op("ifmod", "integer", part, part),
        _op("ifloordiv", "integer", part, value=_SMALL),
        _op("imod", "integer", part, value=_SMALL),
        _op("length", "integer", below["text"]),
        _op("points", "integer", *[below["boolean"]] * 3, value=st.tuples(*[st.integers(-40_000, 40_000)] * 3)),
        *_any("integer", below),
    )


def _boolean(below: Any) -> st.SearchStrategy[Scalar]:
    part = below["boolean"]
    compared = [_op(op, "boolean", below[sort], below[sort]) for op in ("eq", "ne", "lt", "le", "gt", "ge")
                for sort in ("number", "integer", "text")]  # fmt: skip
    among = [
        _op("in_set", "boolean", below[sort], value=st.lists(VALUES[sort], min_size=1, max_size=3).map(tuple))
        for sort in ("number", "integer", "text")
    ]
    text = [_op(op, "boolean", below["text"], below["text"]) for op in ("starts_with", "ends_with", "contains")]
    return st.one_of(
        *(_op(op, "boolean", part, part, part) for op in ("and", "or")),
        _op("not", "boolean", part),
        _op("is_true", "boolean", part),
        *(_op("is_null", "boolean", below[sort]) for sort in VALUES),
        *compared,
        *among,
        *text,
        _op("matches", "boolean", below["text"], value=st.sampled_from(PATTERNS)),
        *_any("boolean", below),
    )


def _text(below: Any) -> st.SearchStrategy[Scalar]:
    part = below["text"]
    return st.one_of(
        _op("lower_ascii", "text", part),
        _op("join_text", "text", part, part),
        _op("integer_text", "text", below["integer"]),
        *(_op(op, "text", part, part) for op in ("least", "greatest")),
        *_any("text", below),
    )


_MADE = {"number": _number, "integer": _integer, "boolean": _boolean, "text": _text}
