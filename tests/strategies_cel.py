"""Strategies for what our language and CEL both have: typed expressions, and data to evaluate them on.

Where both differ on purpose, nothing is drawn: a choice whose condition may be missing (ours compares the arms), `null`
and `has(name)` (absent names are errors in CEL), division by what may be 0, and lists written out of missing parts.
"""

from __future__ import annotations

import functools
from typing import Any

from hypothesis import strategies as st

from clientcore.expr import Call, Expr, ListOf, Literal, Macro, Name, Select

#: Name → kind of the variables that may be missing; `p` and `q` are always there.
MAYBE = {"a": "number", "b": "number", "s": "text", "t": "text", "f": "boolean", "g": "boolean"}
MAYBE |= {"ns": "list of number", "ts": "list of text"}
ALWAYS = {"p": "boolean", "q": "number"}
#: Fields of a related record, which may be absent too.
FIELDS = {"amount": "number", "name": "text", "is_won": "boolean"}

_PATTERNS = ["^a", "b+$", "[a-c]x", "a.c", "^(?:ab|cd)$", "\\d\\s", "\\w{2,3}", "^$", "z?"]
_numbers = st.integers(-20, 20).map(float) | st.decimals(-1000, 1000, places=2).map(float)
_words = st.sampled_from(["", "a", "ab", "abc", "cd", "a\nc", "b\n", "aé1 ", "Zx", "ß", "🐱a", "ax"]) | st.text(
    "abcx1 \n", max_size=4
)

Env = tuple[tuple[str, str], ...]


def _call(function: str, *args: st.SearchStrategy[Expr], on: st.SearchStrategy[Expr] | None = None) -> Any:
    return st.builds(Call, function=st.just(function), args=st.tuples(*args), target=st.none() if on is None else on)


def _either(functions: list[str], *args: st.SearchStrategy[Expr]) -> Any:
    return st.builds(Call, function=st.sampled_from(functions), args=st.tuples(*args))


def _literal(values: st.SearchStrategy[Any], kind: str) -> st.SearchStrategy[Expr]:
    return st.builds(Literal, value=values, kind=st.just(kind))


_number = _literal(_numbers, "double") | _literal(st.integers(-9, 99), "int")
_text = _literal(_words, "text")
_LITERALS = {"number": _number, "text": _text, "boolean": _literal(st.booleans(), "boolean")}


def _leaf(kind: str, env: Env) -> st.SearchStrategy[Expr]:
    """Return a literal or a variable; a variable of kind `record` gives its fields."""
    names: list[Expr] = [Name(name=name) for name, found in env if found == kind]
    records = [Name(name=name) for name, found in env if found == "record"]
    names += [Select(operand=one, field=field) for one in records for field, found in FIELDS.items() if found == kind]
    return st.sampled_from(names) | _LITERALS[kind] if names else _LITERALS[kind]


@functools.cache
def number(depth: int, env: Env) -> st.SearchStrategy[Expr]:
    """Return numbers."""
    leaf = _leaf("number", env)
    if not depth:
        return leaf
    part = number(depth - 1, env)
    return st.one_of(
        leaf,
        _either(["_+_", "_-_", "_*_"], part, part),
        _call("_/_", part, _literal(st.sampled_from([2, 4, 7, -3, 10]), "int")),
        _either(["-_", "abs", "floor", "ceil"], part),
        _call("size", on=sequence("number", depth - 1, env) | sequence("text", depth - 1, env)),
        _call("_?_:_", _known(), part, part),
        *([_call("size", on=_filtered("opportunities", "record", depth - 1, env))] if _top(env) else []),
    )


@functools.cache
def boolean(depth: int, env: Env) -> st.SearchStrategy[Expr]:
    """Return conditions."""
    if not depth:
        return _leaf("boolean", env)
    part, some, words = boolean(depth - 1, env), number(depth - 1, env), text(depth - 1, env)
    return st.one_of(
        _either(["_&&_", "_||_"], part, part),
        _call("!_", part),
        _either(["_<_", "_<=_", "_>_", "_>=_", "_==_", "_!=_"], some, some),
        _either(["_<_", "_<=_", "_>_", "_>=_", "_==_", "_!=_"], words, words),
        _either(["_==_", "_!=_"], part, part),
        _call("@in", some, _listed("number")) | _call("@in", words, _listed("text")),
        *[_call(function, words, on=words) for function in ("startsWith", "endsWith", "contains")],
        _call("matches", _literal(st.sampled_from(_PATTERNS), "text"), on=words),
        _call("_?_:_", _known(), part, part),
        *_quantified(depth, env),
        *[st.sampled_from([Select(operand=Name(name=name), field=field, test=True) for field in FIELDS])
          for name, kind in env if kind == "record"],
    )  # fmt: skip


@functools.cache
def text(depth: int, env: Env) -> st.SearchStrategy[Expr]:
    """Return texts."""
    leaf = _leaf("text", env)
    return leaf | _call("lowerAscii", on=leaf) if depth else leaf


def sequence(kind: str, depth: int, env: Env) -> st.SearchStrategy[Expr]:
    """Return lists of numbers or texts."""
    source = {"number": "ns", "text": "ts"}[kind]
    plain = st.just(Name(name=source)) if _top(env) else _listed(kind)
    if not (depth and _top(env)):
        return plain
    inside = (*env, ("x", kind))
    build = {"number": number, "text": text}[kind]
    mapped = st.builds(
        Macro, name=st.just("map"), range=plain, var=st.just("x"), args=st.tuples(build(depth - 1, inside))
    )
    return plain | _filtered(source, kind, depth, env) | mapped


def _quantified(depth: int, env: Env) -> list[st.SearchStrategy[Expr]]:
    if not _top(env):
        return []
    quantifiers = st.sampled_from(["all", "exists", "exists_one"])
    ranges = {"ns": "number", "ts": "text", "opportunities": "record"}
    return [
        st.builds(
            Macro,
            name=quantifiers,
            range=st.just(Name(name=source)),
            var=st.just("x"),
            args=st.tuples(boolean(depth - 1, (*env, ("x", kind)))),
        )
        for source, kind in ranges.items()
    ]


def _filtered(source: str, kind: str, depth: int, env: Env) -> st.SearchStrategy[Expr]:
    args = st.tuples(boolean(depth, (*env, ("x", kind))))
    return st.builds(Macro, name=st.just("filter"), range=st.just(Name(name=source)), var=st.just("x"), args=args)


def _top(env: Env) -> bool:
    """Return whether no macro is around, so that lists of lists stay out."""
    return all(name != "x" for name, _ in env)


def _listed(kind: str) -> st.SearchStrategy[Expr]:
    return st.builds(ListOf, items=st.lists(_LITERALS[kind], min_size=1, max_size=3).map(tuple))


def _known() -> st.SearchStrategy[Expr]:
    """Return conditions that are never missing."""
    return st.just(Name(name="p")) | _either(["_<_", "_==_", "_!=_"], st.just(Name(name="q")), _number)


_ENV: Env = tuple((MAYBE | ALWAYS).items())
expressions: st.SearchStrategy[Expr] = boolean(3, _ENV) | number(3, _ENV) | text(1, _ENV)

_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "number": _numbers,
    "text": _words,
    "boolean": st.booleans(),
    "list of number": st.lists(_numbers, max_size=4),
    "list of text": st.lists(_words, max_size=4),
}


def _some(kinds: dict[str, str]) -> dict[str, st.SearchStrategy[Any]]:
    return {name: _VALUES[kind] for name, kind in kinds.items()}


#: Variables, and `opportunities`, a list of records; what is missing is absent.
data: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    _some(ALWAYS),
    optional=_some(MAYBE) | {"opportunities": st.lists(st.fixed_dictionaries({}, optional=_some(FIELDS)), max_size=3)},
)
