"""What to ask next: the missing facts behind what is unknown, the one that settles most first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clientcore.check import Checked
from clientcore.decision import Question
from clientcore.explain.seen import Seen
from clientcore.expr import Node
from clientcore.plan import FactStep, Plan, RuleStep, ScoreStep, StateStep, Step, TableStep, nodes_of, own_nodes


def questions(seen: Seen, plan: Plan, checked: Checked) -> tuple[Question, ...]:
    """Return one question per missing fact or field that something unknown reads.

    A derived fact that has a question of its own is asked for itself; otherwise what it reads is.
    """
    derived = {step.key[1]: step for step in plan.steps if isinstance(step, FactStep)}
    settles: dict[tuple[str, str], set[str]] = {}
    for step in plan.steps:
        if isinstance(step, FactStep) or not _unknown(seen, step):
            continue
        name = ("/" if isinstance(step, RuleStep) else ".").join(step.key[1:])
        for node in nodes_of(step):
            for missing in _missing(seen, node, derived, checked, frozenset()):
                settles.setdefault(missing, set()).add(name)
    found = [_question(op, name, checked, plan.subject, tuple(sorted(ids))) for (op, name), ids in settles.items()]
    return tuple(sorted(found, key=lambda question: (-len(question.settles), question.fact)))


def _unknown(seen: Seen, step: Step) -> bool:
    match step:
        case RuleStep():
            return seen.value(step.node) is None
        case ScoreStep():
            return any(seen.value(node) is None for node in nodes_of(step))
        case TableStep():
            return any(row is not None and seen.value(row) is None for row in step.rows)
        case StateStep():
            return any(seen.value(node) is None for node in step.conditions)
        case _:
            return False


def _missing(
    seen: Seen, node: Node, derived: Mapping[str, FactStep], checked: Checked, above: frozenset[str]
) -> set[tuple[str, str]]:
    """Return (op, name) of what could be asked so that this tree becomes known."""
    found: set[tuple[str, str]] = set()
    if seen.value(node) is not None:
        return found
    for leaf in own_nodes(node):
        if leaf.op not in {"fact", "field", "table"} or seen.value(leaf) is not None:
            continue
        name = leaf.value
        step = derived.get(name) if leaf.op == "fact" else None
        if step is None or name in seen.raw[6] or name in above:
            if name not in seen.raw[6]:
                found.add((leaf.op, name))
            continue
        if getattr(_declared(checked, name), "ask", ""):
            found.add(("fact", name))
            continue
        below = _missing(seen, step.node, derived, checked, above | {name})
        found |= below or ({("fact", name)} if not name.startswith("@") else set())
    return found


def _declared(checked: Checked, name: str) -> Any:
    fact = checked.scope.facts.get(name)
    return None if fact is None else fact.declared


def _question(op: str, name: str, checked: Checked, subject: str, settles: tuple[str, ...]) -> Question:
    declared = _declared(checked, name) if op == "fact" else None
    if op == "table":
        ask = f"Which {name.replace('_', ' ')} are there?"
    elif declared is not None:
        ask = getattr(declared, "ask", "") or f"{declared.doc or name.replace('_', ' ')}?"
    else:
        ask = f"What is the {subject}'s {name.replace('_', ' ')}?"
    return Question(fact=name, ask=ask, whom=getattr(declared, "whom", "") or "", settles=settles)
