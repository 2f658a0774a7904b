"""Put steps in order and keep those that are asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from clientcore.errors import ClientcoreError, did_you_mean
from clientcore.expr import Node
from clientcore.plan.steps import FactStep, Key, RuleStep, ScoreStep, StateStep, Step, TableStep, nodes_of
from clientcore.ruleset import Pattern

_DOT, _PARTS = re.compile(r"\."), re.compile(r"[./]")


def reads(node: Node) -> Iterator[Key]:
    """Yield the keys of what a tree reads; inputs appear as facts, `previous` and `account` not at all."""
    stack = [node]
    while stack:
        part = stack.pop()
        match part.op:
            case "fact":
                yield ("fact", part.value)
            case "score":
                yield ("score", part.value[0], part.value[1])
            case "outcome":
                yield ("table", *part.value)
            case "state":
                yield ("state", *part.value)
            case "fired":
                yield ("rule", *part.value)
            case "parent":
                continue
        stack.extend(part.args)


def needs(step: Step) -> Iterator[Key]:
    """Yield the keys that a step stands on."""
    for node in nodes_of(step):
        yield from reads(node)
    match step:
        case TableStep() | StateStep():
            if step.applies is not None:
                yield step.applies
        case ScoreStep():
            if step.ruleset_applies is not None:
                yield step.ruleset_applies
            if step.model is not None:
                yield from (("fact", name) for name in step.model.needs)
        case FactStep() | RuleStep():
            pass


def in_order(steps: Mapping[Key, Step], wanted: Iterable[Key]) -> tuple[Step, ...]:
    """Return the wanted steps and all that they stand on, each after what it reads.

    The order depends on keys only, never on the order of files. The checker has refused cycles already.
    """
    done: dict[Key, None] = {}
    for root in sorted(wanted):
        stack: list[tuple[Key, Iterator[Key]]] = [(root, _below(steps, root))]
        open_keys = {root}
        while stack:
            key, rest = stack[-1]
            below = next((k for k in rest if k in steps and k not in done and k not in open_keys), None)
            if below is not None:
                open_keys.add(below)
                stack.append((below, _below(steps, below)))
                continue
            stack.pop()
            open_keys.discard(key)
            done.setdefault(key)
    return tuple(steps[key] for key in done)


def with_signals(steps: Mapping[Key, Step], wanted: Iterable[Key]) -> tuple[Step, ...]:
    """Return the wanted steps in order, and every pattern that raises or clears a signal that one of them raises.

    Else a signal would be told that another pattern clears, only because nobody asked for that one.
    """
    keys = dict.fromkeys(wanted)
    while True:
        ordered = in_order(steps, keys)
        told = {(key[1], pattern.raises) for key, pattern in _patterns(ordered) if pattern.raises}
        also = {
            key
            for key, pattern in _patterns(steps.values())
            if (key[1], pattern.raises) in told or (key[1], pattern.clears) in told
        }
        if also <= keys.keys() | {step.key for step in ordered}:
            return ordered
        keys |= dict.fromkeys(also)


def _patterns(steps: Iterable[Step]) -> Iterator[tuple[Key, Pattern]]:
    yield from (
        (step.key, step.rule) for step in steps if isinstance(step, RuleStep) and isinstance(step.rule, Pattern)
    )


def _below(steps: Mapping[Key, Step], key: Key) -> Iterator[Key]:
    return iter(sorted(set(needs(steps[key]))))


def selected(steps: Mapping[Key, Step], only: Iterable[str]) -> list[Key]:
    """Return the keys that names such as `trust.*`, `trust.reliability/overcommitted` or `kept_ratio` stand for.

    The id of a signal stands for the event patterns that raise it.

    Raises:
        ClientcoreError: A name stands for nothing (CC403); the text has the near name.
    """
    names: dict[str, list[Key]] = {}
    for key in steps:
        for name in _names(key):
            names.setdefault(name, []).append(key)
    for key, pattern in _patterns(steps.values()):
        if pattern.raises:
            names.setdefault(f"{key[1]}.{pattern.raises}", []).append(key)
    found: list[Key] = []
    wrong: list[str] = []
    for wanted in only:
        hits = [key for name, keys in names.items() if fnmatchcase(name, wanted) for key in keys]
        if not hits:
            choices = [name for name in names if not name.startswith("@")]
            wrong.append(
                f"CC403 `only` names `{wanted}`, which no ruleset of this subject has; {_meant(wanted, choices)}"
            )
        found.extend(hits)
    if wrong:
        raise ClientcoreError("\n".join(line.rstrip("; ") for line in wrong))
    return found


def _meant(wanted: str, choices: Sequence[str]) -> str:
    # most often the short form was written, which explanations take
    full = [name for name in choices if name.endswith((f".{wanted}", f"/{wanted}"))]
    if len(full) == 1:
        return f"did you mean `{full[0]}`?"
    groups = sorted({f"{name[: at.start()]}.*" for name in choices for at in _DOT.finditer(name)})
    near = did_you_mean(wanted, full or [*choices, *groups])
    if near.startswith("did you mean"):
        return near
    tails = {_PARTS.split(name)[-1]: name for name in choices}
    near = did_you_mean(wanted, tails)
    if near.startswith("did you mean"):
        return re.sub("`([^`]+)`", lambda found: f"`{tails[found[1]]}`", near)
    tops = [name for name in groups if name.count(".") == 1]
    return did_you_mean(wanted, tops or choices, most=20)


def _names(key: Key) -> tuple[str, ...]:
    match key:
        case ("fact", name):
            return (name,)
        case ("rule", ruleset, rule):
            return (f"{ruleset}/{rule}", ruleset)
        case ("score" | "table" | "state", ruleset, name):
            return (f"{ruleset}.{name}", ruleset)
        case _:
            return ()
