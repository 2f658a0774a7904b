"""The rules and states that a table stands on: which hold, and what stands in the way of the others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import attrs

from clientcore.decision import condition_shown, values_shown

if TYPE_CHECKING:
    from clientcore.decision import Decision, Explanation, Reason
    from clientcore.engine import Engine
    from clientcore.expr import Node

#: A rule that caps is good news where it does not hold, so nothing passes or fails here.
_TRUTHS = {True: "holds", False: "does not hold", None: "unknown"}
_ANSWERS = {True: "yes", False: "no", None: "unknown"}
_WAYS = {False: "not so", None: "unknown"}
#: The mark of a claim's source at the end of a doc text, which tells people nothing.
CLAIM = re.compile(r" \([A-Z][0-9]+-[0-9]+(, [A-Z][0-9]+-[0-9]+)*\)$")


@attrs.frozen
class Gate:
    """A rule or a state that a table stands on.

    Args:
        id: Its full id.
        truth: Of a rule `holds`, `does not hold` or `unknown`; of a state where it stands.
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
            standing = state.value or " or ".join(state.possible) or "unknown"
            found[name] = Gate(name, standing, decision.why_not(name))
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
            # what stands below `account.` was decided with the account, and not here
            yield from (leaf for leaf in node.own() if leaf.op in {"fired", "state"})


def _titles(engine: Engine) -> dict[str, str]:
    rules = {
        f"{ruleset.id}/{rule.id}": rule.title or rule.heading
        for ruleset in engine.rulesets
        for rule in ruleset.firing.values()
    }
    return rules | {
        f"{ruleset.id}.{one.id}": one.title for ruleset in engine.rulesets for one in ruleset.states.values()
    }


def gate_lines(engine: Engine, decision: Decision, gate: Gate, *, again: bool, details: bool) -> list[str]:
    """Return a gate as lines of text.

    Args:
        engine: What made the decision.
        decision: The decision.
        gate: The gate.
        again: Whether it was told before.
        details: Whether every condition is told, with what it read; else only what stands in the way, in words.
    """
    head = f"  [{gate.truth}] {gate.title or gate.id}  ({gate.id})"
    if again:
        return [f"{head}: as above"]
    because = gate.explanation.summary.partition(": ")[2]
    lines = [head, *([f"    {because}"] if because else [])]
    if not details:
        if gate.truth in {_TRUTHS[False], _TRUTHS[None]}:
            lines += [f"    {line}" for reason in gate.explanation.reasons for line in _in_the_way(engine, reason)]
        return lines
    for reason in gate.explanation.reasons:
        lines += _reason_lines(engine, decision, reason, "    ")
    lines += [f"    {line}" for line in gate.explanation.details]
    return lines + ([f"    {gate.explanation.basis}"] if gate.explanation.basis else [])


def _in_the_way(engine: Engine, reason: Reason) -> Iterator[str]:
    """Yield the conditions of a reason that are not true: facts in the words of their doc, others as written."""
    if reason.truth is True:
        return
    if reason.parts:
        for part in reason.parts:
            yield from _in_the_way(engine, part)
        return
    fact = engine.checked.scope.facts.get(reason.text)
    doc = getattr(getattr(fact, "declared", None), "doc", "") or ""
    said = CLAIM.sub("", doc).removeprefix("whether ") if doc.startswith("whether ") else ""
    read = "" if said else ", ".join(values_shown(reason.values))
    yield f"{_WAYS[reason.truth]}: {said or condition_shown(reason.text)}" + (f"  ({read})" if read else "")


def _reason_lines(engine: Engine, decision: Decision, reason: Reason, indent: str) -> list[str]:
    mark = f"{indent}[{_ANSWERS[reason.truth]}]"
    text = condition_shown(reason.text)
    if reason.parts:
        below = [line for part in reason.parts for line in _reason_lines(engine, decision, part, indent + "  ")]
        return [f"{mark} {reason.joined} of:" if reason.joined else f"{mark} {text}", *below]
    # a field of the subject has no story
    if reason.text in engine.checked.scope.facts and list(reason.values) == [reason.text]:
        told = decision.why(reason.text)
        if told.reasons:
            below = [line for part in told.reasons for line in _reason_lines(engine, decision, part, indent + "  ")]
            return [f"{mark} {text}", *below]
        read = "; ".join(_without_bounds(told.details))
    else:
        read = "; ".join(values_shown({name: value for name, value in reason.values.items() if name != reason.text}))
    return [f"{mark} {text}" + (f"   ({read})" if read else "")]


def _without_bounds(details: tuple[str, ...]) -> list[str]:
    """Return what a fact read, without the bounds of scores whose value is there too."""
    names = {line.partition(" = ")[0] for line in details}
    return [line for line in details if not _is_bound(line.partition(" = ")[0], names)]


def _is_bound(name: str, names: set[str]) -> bool:
    return any(name.endswith(end) and name.removesuffix(end) in names for end in (".low", ".high"))
