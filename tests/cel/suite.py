"""CEL's own tests as cases, and what our parser makes of each."""

from __future__ import annotations

import functools
import json
import re
from typing import Any

import attrs

from clientcore.parse import ParseError, parse

from .debug import debug, squeezed
from .fetch import FILES, fetch

_PLACE = re.compile(r"(?m)^ERROR: \S*?:(-?\d+):(\d+): ")


@attrs.frozen
class Case:
    """One test of the suite: its place, the expression, and all that the suite says about it."""

    id: str
    expr: str
    ast: str = ""
    error: str = ""
    said: dict[str, Any] = attrs.field(factory=dict, eq=False, repr=False)


@functools.cache
def cases() -> tuple[Case, ...]:
    """Return every case of the suite, in its order."""
    found = []
    for name in FILES:
        for at, row in enumerate(json.loads((fetch() / f"{name}.json").read_text("utf-8"))):
            said = row["original"]
            place = f"{row['suite']}/{said.get('name', '')}:{at}"
            found.append(Case(place, said["expr"], row.get("ast", ""), row.get("error", ""), said))
    return tuple(found)


def tree(case: Case) -> str:
    """Return `equal`, `refused` or `different`: our tree beside cel-go's."""
    try:
        ours = debug(parse(case.expr))
    except ParseError:
        return "refused"
    return "equal" if ours == squeezed(case.ast) else "different"


def refusal(case: Case) -> str:
    """Return `equal` where we refuse in one of the places that cel-go names, else `elsewhere` or `accepted`."""
    try:
        parse(case.expr)
    except ParseError as problem:
        before = case.expr[: problem.start]
        place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
        named = {(int(line), int(col)) for line, col in _PLACE.findall(case.error)}
        return "equal" if place in named else "elsewhere"
    return "accepted"
