"""The explanation of one decision for the account's own side: gates, scores, findings, actions, questions."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import TYPE_CHECKING, Any

import attrs

from clientcore.decision import outcome_line, values_shown
from clientcore.errors import Problem
from clientcore.explain.scores import score_line

if TYPE_CHECKING:
    from clientcore.decision import Decision, Explanation, Outcome, Reason
    from clientcore.engine import Engine
    from clientcore.expr import Node

_MOST_QUESTIONS = 8
_TRUTHS = {True: "passed", False: "failed", None: "unknown"}
_ANSWERS = {True: "yes", False: "no", None: "unknown"}


@attrs.frozen
class Gate:
    """A rule or a state that a table stands on.

    Args:
        id: Its full id.
        truth: Of a rule passed, failed or unknown; of a state where it stands.
        explanation: Why it holds, or what stands in the way of it or of the next state.
        title: What it is called.
    """

    id: str
    truth: str
    explanation: Explanation
    title: str = ""


def gates(engine: Engine, decision: Decision, table: str) -> tuple[Gate, ...]:
    """Return the rules and states that the inputs of a table read, in the order of the inputs."""
    found: dict[str, Gate] = {}
    for leaf in _read(engine, table):
        if leaf.op == "state":
            name = ".".join(leaf.value)
            state = decision.states[name]
            found[name] = Gate(name, state.value or _choice(state.possible), decision.why_not(name))
        else:
            name = "/".join(leaf.value)
            truth = None if name in decision.unknown else name in decision.fired
            found[name] = Gate(name, _TRUTHS[truth], decision.why(name) if truth else decision.why_not(name))
    titles = _titles(engine)
    return tuple(attrs.evolve(gate, title=titles.get(gate.id, "")) for gate in found.values())


def _read(engine: Engine, table: str) -> Iterator[Node]:
    owner, _, name = table.rpartition(".")
    for (ruleset, path), node in engine.checked.nodes.items():
        if ruleset == owner and path.startswith(f"tables/{name}/inputs/"):
            yield from (leaf for leaf in node.walk() if leaf.op in {"fired", "state"})


def _titles(engine: Engine) -> dict[str, str]:
    rules = {f"{ruleset.id}/{rule.id}": rule.title for ruleset in engine.rulesets for rule in ruleset.firing.values()}
    return rules | {
        f"{ruleset.id}.{one.id}": one.title for ruleset in engine.rulesets for one in ruleset.states.values()
    }


def as_text(engine: Engine, decision: Decision) -> str:
    """Return the whole explanation as text."""
    lines = [f"{decision.subject} {decision.subject_id}, as of {decision.as_of}"]
    told: set[str] = set()
    for table, outcome in decision.outcomes.items():
        lines += ["", f"{table}: {_outcome(outcome)}"]
        for gate in gates(engine, decision, table):
            lines += _gate_lines(decision, engine.checked.scope.facts, gate, again=gate.id in told)
            told.add(gate.id)
    cards = {f"{ruleset.id}.{card.id}": card for ruleset in engine.rulesets for card in ruleset.scores.values()}
    lines += _section(
        "states", [f"{name}: {state.value or _choice(state.possible)}" for name, state in decision.states.items()]
    )
    lines += _section(
        "scores", [f"{name}: {score_line(score, cards[name])}" for name, score in decision.scores.items()]
    )
    lines += _section("findings", [f"{item.severity}: {decision.why(item.rule).summary}" for item in decision.findings])
    lines += _section("recommended", [_action(item.title, item.due_days) for item in decision.actions])
    lines += _section(
        "ask next", [_question(item.ask, item.whom, item.settles) for item in decision.questions(_MOST_QUESTIONS)]
    )
    lines += _section("problems", [str(problem) for problem in decision.problems])
    return "\n".join(lines)


def _gate_lines(decision: Decision, facts: Container[str], gate: Gate, *, again: bool) -> list[str]:
    head = f"  [{gate.truth}] {gate.title or gate.id} ({gate.id})"
    if again:
        return [f"{head}: as above"]
    told = gate.explanation.summary.partition(": ")[2]
    lines = [head] + ([f"    {told}"] if told else [])
    for reason in gate.explanation.reasons:
        lines += _reason_lines(decision, facts, reason, "    ")
    lines += [f"    {line}" for line in gate.explanation.details]
    return lines + ([f"    {gate.explanation.basis}"] if gate.explanation.basis else [])


def _reason_lines(decision: Decision, facts: Container[str], reason: Reason, indent: str) -> list[str]:
    mark = f"{indent}[{_ANSWERS[reason.truth]}]"
    if reason.parts:
        below = [line for part in reason.parts for line in _reason_lines(decision, facts, part, indent + "  ")]
        return [f"{mark} {reason.joined} of:", *below]
    if reason.text in facts and list(reason.values) == [reason.text]:  # a field of the subject has no story
        told = decision.why(reason.text)
        if told.reasons:
            below = [line for part in told.reasons for line in _reason_lines(decision, facts, part, indent + "  ")]
            return [f"{mark} {reason.text}", *below]
        read = "; ".join(_without_bounds(told.details))
    else:
        read = "; ".join(values_shown({name: value for name, value in reason.values.items() if name != reason.text}))
    return [f"{mark} {reason.text}" + (f"   ({read})" if read else "")]


def _without_bounds(details: tuple[str, ...]) -> list[str]:
    """Return what a fact read, without the bounds of scores whose value is there too."""
    names = {line.partition(" = ")[0] for line in details}
    return [line for line in details if not _is_bound(line.partition(" = ")[0], names)]


def _is_bound(name: str, names: set[str]) -> bool:
    return any(name.endswith(end) and name.removesuffix(end) in names for end in (".low", ".high"))


def _section(title: str, rows: list[str]) -> list[str]:
    return ["", title, *(f"  {row}" for row in rows)] if rows else []


def _outcome(outcome: Outcome) -> str:
    return f"not settled: {outcome_line(outcome)}" if outcome.possible else outcome_line(outcome)


def _choice(possible: tuple[Any, ...]) -> str:
    return " or ".join("none" if item is None else str(item) for item in possible) or "unknown"


def _action(title: str, due_days: int | None) -> str:
    return title if due_days is None else f"{title} (within {due_days} day{'s' if due_days != 1 else ''})"


def _question(ask: str, whom: str, settles: tuple[str, ...]) -> str:
    named = settles[0] if len(settles) == 1 else f"{settles[0]} and {len(settles) - 1} more"
    return f"{ask} ({f'{whom}; ' if whom else ''}settles {named})"


def as_dict(engine: Engine, decision: Decision) -> dict[str, Any]:
    """Return the explanation as plain data of format clientcore-explanation/1."""
    return {
        "format": "clientcore-explanation/1",
        "decision": decision.to_dict(),
        "gates": {
            table: [_gate(gate) for gate in found]
            for table in decision.outcomes
            if (found := gates(engine, decision, table))
        },
        "questions": [attrs.asdict(item) for item in decision.questions()],
        "problems": [_problem(problem) for problem in decision.problems],
    }


def _gate(gate: Gate) -> dict[str, Any]:
    return {
        "id": gate.id,
        "title": gate.title,
        "truth": gate.truth,
        "summary": gate.explanation.summary,
        "reasons": [_reason(reason) for reason in gate.explanation.reasons],
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "text": reason.text,
        "truth": reason.truth,
        "values": {
            name: value if isinstance(value, (bool, float, str, type(None))) else str(value)
            for name, value in reason.values.items()
        },
        "joined": reason.joined,
        "parts": [_reason(part) for part in reason.parts],
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {"code": problem.code, "message": problem.message, "help": problem.help, "severity": problem.severity}
