"""CEL's own tests as cases, what our parser makes of each, and the listed differences."""

from __future__ import annotations

import functools
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import attrs
import yaml

from clientcore.parse import ParseError, parse

from .debug import debug, squeezed
from .fetch import FILES, fetch

_PLACE = re.compile(r"(?m)^ERROR: \S*?:(-?\d+):(\d+): ")


@attrs.frozen
class Case:
    """One test of the suite: its file and section, the expression, and all that the suite says about it."""

    suite: str
    expr: str
    ast: str = ""
    error: str = ""
    original: dict[str, Any] = attrs.field(factory=dict, eq=False, repr=False)


@attrs.frozen
class Difference:
    """One line of `differences.yaml`: the outcome and reason of every case that the patterns find."""

    reason: str
    outcome: str
    expr: re.Pattern[str] = attrs.field(default="", converter=functools.partial(re.compile, flags=re.DOTALL))
    error: re.Pattern[str] = attrs.field(default="", converter=functools.partial(re.compile, flags=re.DOTALL))

    def covers(self, case: Case) -> bool:
        """Return whether the patterns find this case."""
        return bool(self.expr.search(case.expr) and self.error.search(case.error))


@functools.cache
def cases() -> tuple[Case, ...]:
    """Return every case of the suite, in its order."""
    rows = (row for name in FILES for row in json.loads((fetch() / f"{name}.json").read_text("utf-8")))
    return tuple(
        Case(row["suite"], row["original"]["expr"], row.get("ast", ""), row.get("error", ""), row["original"])
        for row in rows
    )


@functools.cache
def differences(section: str) -> tuple[Difference, ...]:
    """Return the listed differences of a section of `differences.yaml`."""
    listed = yaml.safe_load((Path(__file__).parent / "differences.yaml").read_text("utf-8"))
    return tuple(Difference(**entry) for entry in listed[section])


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


def checker(case: Case) -> str:
    """Return `checker`: cel-go parses the text and refuses its types, which is our checker's business too."""
    return "checker" if tree(case) == "equal" else "different"


#: Section → (which cases it is about, what becomes of a case).
SECTIONS: dict[str, tuple[Callable[[Case], bool], Callable[[Case], str]]] = {
    "trees": (lambda case: bool(case.ast), tree),
    "refusals": (lambda case: bool(case.error) and not case.ast, refusal),
    "types": (lambda case: bool(case.error and case.ast), checker),
}


def compared(section: str) -> tuple[Counter[str], list[str]]:
    """Compare a section with the suite.

    Returns:
        How many cases have each reason (`equal` where there is no difference), and the cases that contradict the list:
        a difference that is not listed, or a listed one that is none.
    """
    concerns, outcome = SECTIONS[section]
    counts: Counter[str] = Counter()
    wrong = []
    for case in filter(concerns, cases()):
        found = outcome(case)
        listed = [entry for entry in differences(section) if entry.covers(case)]
        expected = {entry.outcome for entry in listed} or {"equal"}
        if expected == {found}:
            counts[listed[0].reason if listed else "equal"] += 1
        else:
            wrong.append(f"{case.suite} {case.expr!r}: {found}, listed as {sorted(expected)}; {first_line(case.error)}")
    return counts, wrong


def first_line(text: str) -> str:
    """Return the first line of a text."""
    return text.partition("\n")[0]


def unused(section: str) -> Iterable[str]:
    """Return the reasons of listed differences that no case has."""
    concerns, _ = SECTIONS[section]
    found = [case for case in cases() if concerns(case)]
    return [entry.reason for entry in differences(section) if not any(map(entry.covers, found))]
