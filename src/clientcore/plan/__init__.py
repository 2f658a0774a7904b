"""The plan of one kind of subject: steps in order, all that they read, and how large their numbers can get."""

from clientcore.plan.bounds import CHOICES, ENTRY, HUGE, TINY, Bound, bound, unguarded
from clientcore.plan.make import make_plan
from clientcore.plan.order import needs, reads
from clientcore.plan.steps import (
    FactStep,
    Handed,
    Key,
    LimitPlan,
    Plan,
    RuleStep,
    ScoreStep,
    StateStep,
    Step,
    TableStep,
    TermPlan,
    deciding_nodes,
    nodes_of,
)

__all__ = [
    "CHOICES",
    "ENTRY",
    "HUGE",
    "TINY",
    "Bound",
    "FactStep",
    "Handed",
    "Key",
    "LimitPlan",
    "Plan",
    "RuleStep",
    "ScoreStep",
    "StateStep",
    "Step",
    "TableStep",
    "TermPlan",
    "bound",
    "deciding_nodes",
    "make_plan",
    "needs",
    "nodes_of",
    "reads",
    "unguarded",
]
