"""Which rulesets of a folder some of them, and their cases, stand on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from clientcore.load import Cases, load_rulesets
from clientcore.ruleset import Formula, Ruleset

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_BRACES = re.compile(r"\{[^{}]*\}")
#: What stands before a name without being a part of it.
_BEFORE = re.compile(r"^(?:account|previous)\.")
#: Attributes that hold no names of other rulesets: prose, and where a part stands.
_PROSE = frozenset({
    "account", "basis", "client_text", "doc", "file", "group", "id", "note", "owner_role", "places", "sha256", "source",
    "title", "ask", "unit", "whom",
})  # fmt: skip


def stands_on(wanted: Sequence[Path], near: Iterable[Path], cases: Iterable[Cases]) -> list[Path]:
    """Return the files among others that some rulesets and their cases need, whatever is wrong in the rest.

    Args:
        wanted: Files of rulesets.
        near: Other files of rulesets.
        cases: The cases to be run.

    Returns:
        Those that declare a name which is read and is not declared where it is read, and what these need in turn.
    """
    others = {path: found for path in near if (found := _read(path)) is not None}
    asked = [found for path in wanted if (found := _read(path)) is not None]
    known = {one.id for one in (*asked, *others.values())}
    declared = set[str]().union(*map(_declared, asked))
    read = _read_names([asked, [case for some in cases for case in some.cases]], known)
    needed: list[Path] = []
    while more := [path for path, one in others.items() if one.id in read or _declared(one) & (read - declared)]:
        for path in more:
            one = others.pop(path)
            declared |= _declared(one)
            read |= _read_names(one, known)
        needed += more
    return needed


def _read(path: Path) -> Ruleset | None:
    """Return a ruleset as far as it can be read."""
    loaded = load_rulesets([path])
    some = [*loaded.rulesets, *(one.ruleset for one in loaded.salvaged)]
    return some[0] if some else None


def _declared(ruleset: Ruleset) -> set[str]:
    parts = (ruleset.inputs, ruleset.facts, ruleset.levels, ruleset.actions, ruleset.firing, ruleset.scores,
             ruleset.tables, ruleset.states)  # fmt: skip
    told = {name for one in ruleset.patterns.values() for name in (one.asserts, one.raises) if name}
    return told.union(*parts)


def _read_names(value: Any, known: set[str]) -> set[str]:
    """Return the bare names in the texts of a part, and for names with dots the ruleset they belong to."""
    found: set[str] = set()
    for text in _texts(value):
        for name in _NAME.findall(text):
            parts = _BEFORE.sub("", name).split(".")
            heads = [".".join(parts[:many]) for many in range(len(parts), 0, -1)]
            found.add(next((head for head in heads if head in known), parts[0]))
    return found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Formula):
        yield value.text
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield str(key)
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
    elif attrs.has(type(value)):
        for name in attrs.fields_dict(type(value)):
            if name == "because":
                yield from _BRACES.findall(value.because)
            elif name not in _PROSE:
                yield from _texts(getattr(value, name))
