"""The answer: Decision and its parts; the same value from every executor."""

from clientcore.decision.answer import Decision
from clientcore.decision.change import Change, Changes
from clientcore.decision.explanation import (
    Explains,
    Explanation,
    Question,
    Reason,
    TraceStep,
    condition_shown,
    interval_shown,
    outcome_line,
    sampling_shown,
    shown,
    values_shown,
)
from clientcore.decision.names import column
from clientcore.decision.parts import (
    Adjustment,
    Base,
    Contribution,
    Finding,
    Outcome,
    RecommendedAction,
    Score,
    Signal,
    State,
)

__all__ = [
    "Adjustment",
    "Base",
    "Change",
    "Changes",
    "Contribution",
    "Decision",
    "Explains",
    "Explanation",
    "Finding",
    "Outcome",
    "Question",
    "Reason",
    "RecommendedAction",
    "Score",
    "Signal",
    "State",
    "TraceStep",
    "column",
    "condition_shown",
    "interval_shown",
    "outcome_line",
    "sampling_shown",
    "shown",
    "values_shown",
]
