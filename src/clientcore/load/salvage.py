"""What is sound of a file with problems, so that one reading tells as much as can be told.

A rule that can't be read is left out, and the others are checked all the same. What may only be unknown because it was
left out is not told.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import TypeVar

import attrs

from clientcore.errors import Problem, Where
from clientcore.load.form import REFUSED
from clientcore.load.ruleset_format import RULESET
from clientcore.load.text import Entries, Items, Scalar, Source, Value, read_value
from clientcore.ruleset import Ruleset

T = TypeVar("T")
#: Leaving a part out may show what is wrong with another; so often it is tried.
_ROUNDS = 4
#: Problems of names, which may be there in what was left out.
_OF_NAMES = frozenset({"CC201", "CC304"})
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NAMED = re.compile(r"`([^`]*)`")


@attrs.frozen
class Salvaged:
    """What is sound of a file.

    Args:
        ruleset: The ruleset without the parts that have problems; None where too little is left.
        lost: Names in what was left out.
    """

    ruleset: Ruleset | None
    lost: frozenset[str]


def salvage(source: Source) -> Salvaged:
    """Return what is sound of a file that has problems."""
    problems = [problem.where for problem in source.problems if problem.where is not None]
    for _ in range(_ROUNDS):
        fresh = Source(source.text, source.file)
        value = read_value(fresh)
        if not isinstance(value, Entries):
            break
        lost = _without(value, problems)
        if lost is None:
            break
        fresh.problems.clear()  # those of what was left out
        made = RULESET.read(value, "the file", "", fresh)
        if made is not REFUSED and not fresh.problems:
            digest = hashlib.sha256(source.text.encode()).hexdigest()
            whole = attrs.evolve(made, file=source.file, sha256=digest, places=fresh.places)
            return Salvaged(whole, lost)
        problems += [problem.where for problem in fresh.problems if problem.where is not None]
    return Salvaged(None, frozenset(_WORD.findall(source.text)))


def certain(problems: Iterable[Problem], salvaged: Iterable[Salvaged]) -> list[Problem]:
    """Return the problems that are there whatever stands in what was left out.

    Args:
        problems: What checking the sound and the salvaged rulesets together found.
        salvaged: What is sound of the files with problems.
    """
    some = list(salvaged)
    lost = frozenset[str]().union(*(one.lost for one in some))
    partial = {one.ruleset.file for one in some if one.ruleset is not None}
    return [problem for problem in problems if not _may_vanish(problem, lost, partial)]


def _may_vanish(problem: Problem, lost: frozenset[str], partial: set[str]) -> bool:
    if problem.severity == "warning":
        return problem.where is not None and problem.where.file in partial
    if problem.code not in _OF_NAMES:
        return False
    found = _NAMED.search(problem.message)
    return found is not None and not lost.isdisjoint(_WORD.findall(found.group(1))[-1:])


def _without(whole: Entries, places: Iterable[Where]) -> frozenset[str] | None:
    """Take the parts with problems out of a file: items of lists, entries of mappings, or all of a key.

    Returns:
        The names in what was taken out; None where a problem lies in no part.
    """
    parts: dict[tuple[str, str | int | None], None] = {}
    for where in places:
        part = _part_at(whole, where)
        if part is None:
            return None
        parts[part] = None
    lost: set[str] = set()
    for key, inner in parts:
        value = whole.entries[key][1]
        if isinstance(value, Entries) and isinstance(inner, str):
            lost |= {inner, *_names(value.entries[inner][1])}
        elif isinstance(value, Items) and isinstance(inner, int):
            lost |= set(_names(value.items[inner]))
        else:
            lost |= {key, *_names(value)}
    for key in dict.fromkeys(key for key, _ in parts):
        gone = {inner for name, inner in parts if name == key}
        value = whole.entries[key][1]
        if None in gone:
            del whole.entries[key]
        elif isinstance(value, Entries):
            value.entries = {name: pair for name, pair in value.entries.items() if name not in gone}
        elif isinstance(value, Items):
            value.items = [item for at, item in enumerate(value.items) if at not in gone]
    return frozenset(lost)


def _part_at(whole: Entries, where: Where) -> tuple[str, str | int | None] | None:
    key = _before(((scalar, name) for name, (scalar, _) in whole.entries.items()), where)
    if key is None:
        return None
    value = whole.entries[key][1]
    if isinstance(value, Entries):
        return key, _before(((scalar, name) for name, (scalar, _) in value.entries.items()), where)
    if isinstance(value, Items):
        return key, _before(((item, at) for at, item in enumerate(value.items)), where)
    return key, None


def _before(parts: Iterable[tuple[Value, T]], where: Where) -> T | None:
    """Return what stands for the last of some parts that begin at a place or before it."""
    found = None
    for value, part in parts:
        if (value.line, value.col) <= (where.line, where.col):
            found = part
    return found


def _names(value: Value) -> Iterator[str]:
    """Yield every key and every text of a part."""
    if isinstance(value, Scalar):
        yield from _WORD.findall(value.text) if len(value.text) < 100 else ()
    elif isinstance(value, Items):
        for item in value.items:
            yield from _names(item)
    else:
        for key, (_, inner) in value.entries.items():
            yield key
            if key == "id" or not isinstance(inner, Scalar):
                yield from _names(inner)
