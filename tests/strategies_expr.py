"""Strategies for syntax trees: every tree that a text can have."""

from __future__ import annotations

from hypothesis import strategies as st

from clientcore.expr import MACROS, Call, Expr, ListOf, Literal, Macro, MapOf, Name, Select, Struct
from clientcore.parse.grammar import BINARY
from clientcore.parse.tokens import RESERVED

_KEYWORDS = {"true", "false", "null", "in"}
_WORD = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,5}", fullmatch=True)

names = _WORD.filter(lambda word: word not in RESERVED | _KEYWORDS)
functions = names.filter(lambda word: word.lower() != "not")
fields = (
    _WORD | st.from_regex(r"[A-Za-z0-9_.\-/ ]{1,6}", fullmatch=True) | st.sampled_from(sorted(RESERVED | _KEYWORDS))
)
rooted = st.builds("{}{}".format, st.sampled_from(["", "."]), functions)
paths = st.builds("{}{}".format, rooted, st.sampled_from(["", ".Inner", ".deep.Inner"]))

literals: st.SearchStrategy[Expr] = st.one_of(
    st.builds(Literal, value=st.integers(-(2**63), 2**63 - 1), kind=st.just("int")),
    st.builds(Literal, value=st.integers(0, 2**64 - 1), kind=st.just("uint")),
    st.builds(Literal, value=st.floats(allow_nan=False, allow_infinity=False), kind=st.just("double")),
    st.builds(Literal, value=st.text(st.characters(exclude_categories=["Cs"])), kind=st.just("text")),
    st.builds(Literal, value=st.binary(), kind=st.just("bytes")),
    st.builds(Literal, value=st.booleans(), kind=st.just("boolean")),
    st.just(Literal(value=None, kind="null")),
)
leaves: st.SearchStrategy[Expr] = literals | st.builds(Name, name=rooted)


def _tuples(part: st.SearchStrategy[Expr]) -> st.SearchStrategy[tuple[Expr, ...]]:
    return st.lists(part, max_size=3).map(tuple)


def _is_plain(call: Call) -> bool:
    """Return whether a call is read as a call, not as a macro."""
    if call.target is None:
        return not (call.function == "has" and len(call.args) == 1)
    name = "exists_one" if call.function == "existsOne" else call.function
    return len(call.args) - 1 not in MACROS.get(name, ())


def _macros(part: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    shapes = st.sampled_from([(name, count) for name, counts in MACROS.items() for count in counts])
    return shapes.flatmap(
        lambda shape: st.builds(
            Macro, name=st.just(shape[0]), range=part, var=names, args=st.tuples(*[part] * shape[1])
        )
    )


def _grown(part: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    operators = st.sampled_from([*sorted(function for _, function in BINARY.values()), "_[_]"])
    return st.one_of(
        st.builds(Call, function=operators, args=st.tuples(part, part)),
        st.builds(Call, function=st.sampled_from(["_&&_", "_||_"]), args=st.tuples(part, part)),
        st.builds(Call, function=st.sampled_from(["!_", "-_"]), args=st.tuples(part)),
        st.builds(Call, function=st.just("_?_:_"), args=st.tuples(part, part, part)),
        st.builds(Call, function=rooted, args=_tuples(part)).filter(_is_plain),
        st.builds(
            Call, function=_WORD.filter(lambda word: word not in _KEYWORDS), args=_tuples(part), target=part
        ).filter(_is_plain),
        st.builds(Call, function=st.just("has"), args=st.tuples(st.builds(Name, name=rooted))),
        st.builds(Select, operand=part, field=fields, test=st.booleans()),
        _macros(part),
        st.builds(ListOf, items=_tuples(part)),
        st.builds(MapOf, entries=st.lists(st.tuples(part, part), max_size=2).map(tuple)),
        st.builds(Struct, name=paths, fields=st.lists(st.tuples(fields, part), max_size=2).map(tuple)),
    )


#: Syntax trees as `parse` returns them, offsets aside.
trees: st.SearchStrategy[Expr] = st.recursive(leaves, _grown, max_leaves=12)
