"""What becomes of every case, beside the differences that are listed."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import attrs
import yaml

from .evaluate import checks, values
from .suite import Case, cases, refusal, tree

_PATTERN = functools.partial(re.compile, flags=re.DOTALL)


@attrs.frozen
class Difference:
    """One entry of `differences.yaml`.

    Every case that the patterns find must have this outcome. An outcome `refused …` is weaker: whatever has it must be
    found by its pattern, but the pattern may find more, which is refused for another reason first.
    """

    reason: str
    outcome: str
    expr: re.Pattern[str] = attrs.field(default="", converter=_PATTERN)
    error: re.Pattern[str] = attrs.field(default="", converter=_PATTERN)
    said: re.Pattern[str] = attrs.field(default="", converter=_PATTERN)

    def covers(self, case: Case, outcome: str) -> bool:
        """Return whether a case with this outcome is listed here."""
        if self.outcome.startswith("refused ") and self.outcome != outcome:
            return False
        return bool(self.expr.search(case.expr) and self.error.search(case.error) and self.said.search(repr(case.said)))


@functools.cache
def differences(section: str) -> tuple[Difference, ...]:
    """Return the listed differences of a section of `differences.yaml`."""
    listed = yaml.safe_load((Path(__file__).parent / "differences.yaml").read_text("utf-8"))
    shared = listed["refused"] if section in {"types", "values"} else []
    return tuple(Difference(**entry) for entry in [*listed[section], *shared])


#: Section → (which cases it is about, case → outcome).
SECTIONS: dict[str, tuple[Callable[[Case], bool], Callable[[list[Case]], dict[str, str]]]] = {
    "trees": (lambda case: bool(case.ast), lambda found: {case.id: tree(case) for case in found}),
    "refusals": (
        lambda case: bool(case.error) and not case.ast,
        lambda found: {case.id: refusal(case) for case in found},
    ),
    "types": (lambda case: bool(case.error and case.ast), checks),
    "values": (lambda case: case.id.startswith("conformance/"), values),
}


@attrs.frozen
class Comparison:
    """A section beside its list.

    Args:
        counts: (outcome, reason) → how many cases; the reason is empty where there is no difference.
        wrong: Cases that contradict the list: a difference that is not listed, or a listed one that is none.
        unused: Reasons that no case has; what is refused alike in two sections counts in the last.
    """

    counts: Counter[tuple[str, str]]
    wrong: list[str]
    unused: list[str]


@functools.cache
def compared(section: str) -> Comparison:
    """Compare a section with the suite."""
    concerns, outcomes = SECTIONS[section]
    concerned = list(filter(concerns, cases()))
    found = outcomes(concerned)
    counts: Counter[tuple[str, str]] = Counter()
    wrong = []
    for case in concerned:
        outcome = found[case.id]
        listed = [entry for entry in differences(section) if entry.covers(case, outcome)]
        expected = {entry.outcome for entry in listed} or {"equal"}
        if expected == {outcome}:
            counts[outcome, listed[0].reason if listed else ""] += 1
        else:
            wrong.append(f"{outcome}, listed {sorted(expected)}: {case.id} {case.expr!r} {case.said}")
    own = [entry for entry in differences(section) if section == "values" or not entry.outcome.startswith("refused ")]
    unused = [entry.reason for entry in own if not counts[entry.outcome, entry.reason]]
    return Comparison(counts, wrong, unused)
