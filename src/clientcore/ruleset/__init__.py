"""The model of a ruleset file: what it says, and nothing about how it is loaded or run."""

from clientcore.ruleset.facts import DerivedFact, Input, Param
from clientcore.ruleset.formula import (
    PRECEDENCES,
    SEVERITIES,
    SOURCES,
    SUBJECTS,
    Aggregate,
    Audience,
    Basis,
    Collect,
    Formula,
    HitPolicy,
    OnUnknown,
    Precedence,
    Severity,
    Subject,
)
from clientcore.ruleset.rules import Action, Event, FindingEffect, Pattern, Rule
from clientcore.ruleset.scores import Band, Hysteresis, Limit, Sampling, Scorecard, Term
from clientcore.ruleset.states import StateMachine, Transition
from clientcore.ruleset.tables import DecisionTable, TableInput, TableRow
from clientcore.ruleset.whole import Profile, Ruleset

__all__ = [
    "PRECEDENCES",
    "SEVERITIES",
    "SOURCES",
    "SUBJECTS",
    "Action",
    "Aggregate",
    "Audience",
    "Band",
    "Basis",
    "Collect",
    "DecisionTable",
    "DerivedFact",
    "Event",
    "FindingEffect",
    "Formula",
    "HitPolicy",
    "Hysteresis",
    "Input",
    "Limit",
    "OnUnknown",
    "Param",
    "Pattern",
    "Precedence",
    "Profile",
    "Rule",
    "Ruleset",
    "Sampling",
    "Scorecard",
    "Severity",
    "StateMachine",
    "Subject",
    "TableInput",
    "TableRow",
    "Term",
    "Transition",
]
