"""What explains a decision: trace, reasons, questions, and the protocol that gives them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal, Protocol

import attrs

from clientcore.decision.change import Changes, as_data
from clientcore.decision.parts import Adjustment, Contribution, Outcome


@attrs.frozen(kw_only=True)
class TraceStep:
    """One step of an evaluation.

    Args:
        kind: fact, rule, score, table or state.
        id: Full id.
        inputs: What it read, by name, missing as None.
        output: What it gave.
    """

    kind: str
    id: str
    inputs: Mapping[str, Any]
    output: Any


@attrs.frozen(kw_only=True)
class Reason:
    """One condition with its truth, and the conditions it is made of.

    Args:
        text: As written in the ruleset.
        truth: True, False, or None for unknown.
        values: What it read, by name, missing as None.
        parts: Conditions that it joins, or that stand behind it.
        joined: `all` or `any` of the parts; empty for a single condition, a row or a transition, whose text says itself
            what the parts stand behind.
    """

    text: str
    truth: bool | None
    values: Mapping[str, Any] = attrs.field(factory=dict)
    parts: tuple[Reason, ...] = ()
    joined: Literal["", "all", "any"] = ""


@attrs.frozen(kw_only=True)
class Explanation:
    """Why something came out as it did, or what stands in the way.

    Args:
        id: Full id.
        kind: rule, score, table, state or fact.
        summary: One sentence.
        reasons: Conditions behind it.
        details: Further lines: contributions, limits, what is possible.
        basis: How many of the thresholds read are of our own choosing, as a sentence; empty where none is read.
    """

    id: str
    kind: str
    summary: str
    reasons: tuple[Reason, ...] = ()
    details: tuple[str, ...] = ()
    basis: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: texts, numbers, booleans, None, lists and dicts; days as texts."""
        return as_data(self)

    def __str__(self) -> str:
        lines = [self.summary]
        for reason in self.reasons:
            lines += _reason_lines(reason, 1)
        lines += [f"  {line}" for line in self.details]
        if self.basis:
            lines.append(f"  {self.basis}")
        return "\n".join(lines)


@attrs.frozen(kw_only=True)
class Question:
    """Something to ask next.

    Args:
        fact: The fact or field that is missing.
        ask: The question in plain words.
        whom: Whom to ask.
        settles: Ids of the unknown rules, scores, tables and states that read it.
    """

    fact: str
    ask: str
    whom: str
    settles: tuple[str, ...]


class Explains(Protocol):
    """What a decision asks when it is to be explained."""

    def trace(self) -> tuple[TraceStep, ...]:
        """Return every step in order."""

    def why(self, name: str) -> Explanation:
        """Say why something came out as it did."""

    def why_not(self, name: str) -> Explanation:
        """Say what stands in the way."""

    def what_would_change(self, name: str) -> Changes:
        """Return the single facts that would change a rule."""

    def contributions(self, name: str) -> tuple[Contribution, ...]:
        """Return what each term brings."""

    def adjustments(self, name: str) -> tuple[Adjustment, ...]:
        """Return rounding and limits."""

    def questions(self, most: int | None) -> tuple[Question, ...]:
        """Return what to ask next."""

    def render(self, audience: str) -> str:
        """Return text for an audience."""


_MARKS = {True: "yes", False: "no", None: "unknown"}
_THOUSAND_TRILLION = 1e15
#: A bound of an interval from which on it is open for people: no figure of a client is that large.
_OPEN = 1e12
_OF_A_SCORE = re.compile(r"\b(\w+)\(([\w.]+), \2\.low, \2\.high, ([\w.]+)\)")


def _reason_lines(reason: Reason, depth: int) -> list[str]:
    head = f"{'  ' * depth}[{_MARKS[reason.truth]}] "
    if reason.parts:
        lines = [head + (f"{reason.joined} of:" if reason.joined else reason.text)]
        for part in reason.parts:
            lines += _reason_lines(part, depth + 1)
        return lines
    values = ", ".join(values_shown(reason.values))
    return [f"{head}{condition_shown(reason.text)}" + (f"   ({values})" if values else "")]


def condition_shown(text: str) -> str:
    """Return a condition as people read it: a function of a score, its two bounds and a limit reads as a sentence.

    Example:
        >>> condition_shown("reaches(a.b.s, a.b.s.low, a.b.s.high, params.floor)")
        'a.b.s reaches params.floor'
    """
    return _OF_A_SCORE.sub(r"\2 \1 \3", text)


def values_shown(values: Mapping[str, Any]) -> list[str]:
    """Return what was read as people read it; a score that is read with its bounds stands once.

    Example:
        >>> values_shown({"a.s": None, "a.s.low": 0.25, "a.s.high": 1.0, "n": 3.0})
        ['a.s = 0.25 to 1', 'n = 3']
    """
    lines = []
    for name, value in values.items():
        score, _, part = name.rpartition(".")
        if part in {"low", "high"} and score in values:
            continue
        low, high = values.get(f"{name}.low"), values.get(f"{name}.high")
        told = shown(value) if value is not None or low is None or high is None else interval_shown(low, high)
        lines.append(f"{name} = {told}")
    return lines


def interval_shown(low: float, high: float, write: Callable[[float], str] | None = None) -> str:
    """Return an interval as people read it; a bound that is a limit of the range and no figure is left out.

    Args:
        low: The least.
        high: The greatest.
        write: How a number is written; None as `shown` does.

    Example:
        >>> interval_shown(0.25, 1.0), interval_shown(108.0, 1e12), interval_shown(-1e18, 1e18)
        ('0.25 to 1', '108 or more', 'anything')
    """
    write = write or shown
    if low <= -_OPEN:
        return "anything" if high >= _OPEN else f"{write(high)} or less"
    return f"{write(low)} or more" if high >= _OPEN else f"{write(low)} to {write(high)}"


def sampling_shown(
    low: float | None, high: float | None, n: float | None, write: Callable[[float], str] | None = None
) -> str:
    """Return the sampling error of a score as people read it, after a comma; empty where nothing is said of it.

    Args:
        low: Its `ci_low`.
        high: Its `ci_high`.
        n: Its `n`.
        write: How a number of the score is written; None as `shown` does.

    Example:
        >>> sampling_shown(0.48, 1.0, 5.0), sampling_shown(None, None, None)
        (', sampling interval 0.48 to 1 (n = 5)', '')
    """
    if low is None or high is None or n is None:
        return ""
    return f", sampling interval {interval_shown(low, high, write)} (n = {shown(n)})"


def shown(value: Any) -> str:
    """Return a value as people read it: `unknown` where it is missing, no more decimals than needed.

    Example:
        >>> from datetime import date
        >>> [shown(value) for value in (0.8, 1250000.0, 62.4831, True, None, ("a", "b"), date(2026, 6, 30))]
        ['0.8', '1,250,000', '62.48', 'yes', 'unknown', 'a, b', '2026-06-30']
    """
    match value:
        case None:
            return "unknown"
        case bool():
            return "yes" if value else "no"
        case float() | int():
            return _number(float(value))
        case datetime():
            return f"{value:%Y-%m-%dT%H:%M:%S}Z"
        case tuple():
            return ", ".join(shown(item) for item in value) or "none"
        case "":
            return "''"
    return str(value)


def outcome_line(outcome: Outcome) -> str:
    """Return the outcome of a table as people read it: the value, else what is possible.

    Example:
        >>> outcome_line(Outcome(value=None, possible=("a", None)))
        'a or none'
        >>> outcome_line(Outcome(value=None, possible=(("a",), ("a", "b"))))
        'a, perhaps b'
    """
    if any(isinstance(item, tuple) for item in outcome.possible):
        shortest, longest = (item or () for item in outcome.possible)
        more = shown(tuple(item for item in longest if item not in shortest))
        return f"{shown(shortest)}, perhaps {more}"
    if outcome.possible:
        return " or ".join("none" if item is None else shown(item) for item in outcome.possible)
    if outcome.value is None and outcome.low is not None and outcome.high is not None:
        return interval_shown(outcome.low, outcome.high)
    return shown(outcome.value)


def _number(x: float) -> str:
    """Return a number with four digits that count, or with two decimals where it is larger than 10."""
    if x.is_integer() and abs(x) < _THOUSAND_TRILLION:
        return f"{x:,.0f}"
    if 10.0 <= abs(x) < _THOUSAND_TRILLION:
        return f"{x:,.2f}".rstrip("0").rstrip(".")
    return f"{x:.4g}"
