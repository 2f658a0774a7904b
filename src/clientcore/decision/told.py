"""A decision in a few lines, for whoever prints one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clientcore.errors import counted

if TYPE_CHECKING:
    from clientcore.decision.answer import Decision

_MOST = 5


def headline(decision: Decision) -> str:
    """Return whom a decision is about and how much it says, in one line."""
    partial = sum(score.state == "partial" for score in decision.scores.values())
    counts = [
        counted(len(decision.findings), "finding"),
        counted(len(decision.actions), "action"),
        counted(len(decision.scores), "score") + (f" ({partial} not settled)" if partial else ""),
        counted(len(decision.fired), "rule") + (" holds" if len(decision.fired) == 1 else " hold"),
        f"{len(decision.unknown)} unknown",
    ]
    if decision.problems:
        counts.append(counted(len(decision.problems), "problem"))
    name = f"{decision.subject} {decision.subject_id}" if decision.subject_id else f"{decision.subject} without an id"
    return f"{name}, {day(decision)}: {', '.join(counts)}"


def day(decision: Decision) -> str:
    """Return as of which day a decision is, and under which profile if there is one."""
    return f"as of {decision.as_of}" + (f", profile {decision.profile}" if decision.profile else "")


def summary(decision: Decision) -> str:
    """Return the headline, the first findings, actions and problems, and how to ask for more."""
    lines = [headline(decision)]
    lines += _some([f"{item.severity}: {item.rule}" for item in decision.findings])
    lines += _some([f"recommended: {action.title}" for action in decision.actions])
    lines += _some([f"problem: {problem}" for problem in decision.problems])
    return "\n".join([*lines, "  more: .render(), .why(name), .why_not(name), .questions(), .to_dict()"])


def _some(rows: list[str]) -> list[str]:
    more = [f"  ... and {len(rows) - _MOST} more"] if len(rows) > _MOST else []
    return [*(f"  {row}" for row in rows[:_MOST]), *more]
