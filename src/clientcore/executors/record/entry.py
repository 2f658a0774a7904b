"""Write how values enter: fields, tables, handed-in facts, params, the decision before, the account of a child."""

from __future__ import annotations

from clientcore.executors.record.emitter import Emitter
from clientcore.expr import Node
from clientcore.plan import HUGE, TINY, Handed, Plan, nodes_of

_LARGEST, _LEAST = 1e18, 1e-18


def write_entry(em: Emitter, plan: Plan) -> None:
    """Write the head of the function and note every leaf that comes from outside."""
    em.line("fired = []")
    em.line("unknown = []")
    em.line("fire = fired.append")
    em.line("wonder = unknown.append")
    em.line("na = accept.na")
    _unpack(em, [("field", name) for name in plan.fields], "fields", "F")
    _unpack(em, [("table", name) for name in plan.tables], "tables", "T")
    _unpack(em, [("param", *key) for key in plan.params], "params", "P")
    _unpack(em, [step.key for step in plan.kept], "kept", "G")
    # what they may come to is not known here, so no guard may be left out because of them
    em.facts.update((step.key[1], (HUGE, TINY)) for step in plan.kept if step.node.kind.name == "number")
    inputs = [spec for spec in plan.handed.values() if not spec.derived]
    if inputs:
        em.line("get = facts.get")
        em.line("take = accept.take")
    for spec in inputs:
        _input(em, spec)
    if any(spec.derived for spec in plan.handed.values()):
        em.line("handed = accept.handed")
    _previous(em, plan)
    if plan.parent:
        names = [em.name("A") for _ in plan.parent]
        em.line(f"{', '.join(names)}, = parent")
        em.parents.update(zip(plan.parent, names, strict=True))


def _unpack(em: Emitter, keys: list[tuple[str, ...]], source: str, stem: str) -> None:
    if keys:
        names = [em.name(stem) for _ in keys]
        em.line(f"{', '.join(names)}, = {source}")
        em.leaves.update(zip(keys, names, strict=True))


def _input(em: Emitter, spec: Handed) -> None:
    name, label = em.name("i"), em.constant(spec.id)
    em.leaves[("fact", spec.id)] = name
    if em.traced:
        em.layout[Node("fact", spec.kind, (), spec.id)] = name
    if spec.requires_source or spec.person or spec.kind.name not in _FAST:
        nothing = "NAN" if spec.kind.name in {"day", "instant", "number"} else "None"
        em.line(f"{name} = get({label})")
        em.line(f"{name} = {nothing} if {name} is None else take({label}, {name})")
        return
    em.line(f"{name} = get({label})")
    _FAST[spec.kind.name](em, spec, name, label)


def _number(em: Emitter, spec: Handed, name: str, label: str) -> None:
    """Let a double within its range through at once; 0 is told apart from what is too small to be anything else."""
    low, high = spec.range or (-_LARGEST, _LARGEST)
    low, high = max(low, -_LARGEST), min(high, _LARGEST)
    parts = [f"{max(low, _LEAST)!r} <= {name} <= {high!r}"] if high >= _LEAST else []
    parts += [f"{name} == 0.0"] if low <= 0.0 <= high else []
    parts += [f"{low!r} <= {name} <= {min(high, -_LEAST)!r}"] if low <= -_LEAST else []
    inside = " or ".join(parts)
    em.line(f"if {name} is None: {name} = NAN")
    em.line(f"elif not ({name}.__class__ is float and ({inside})):")
    em.line(f"    {name} = {name} + 0.0 if {name}.__class__ is int and ({inside}) else take({label}, {name})")


def _boolean(em: Emitter, _spec: Handed, name: str, label: str) -> None:
    em.line(f"if {name} is not None and {name}.__class__ is not bool: {name} = take({label}, {name})")


def _text(em: Emitter, _spec: Handed, name: str, label: str) -> None:
    plain = f"{name}.__class__ is str and {name}.isascii() and '\\0' not in {name}"
    em.line(f"if {name} is not None and not ({plain}): {name} = take({label}, {name})")


def _level(em: Emitter, spec: Handed, name: str, label: str) -> None:
    assert spec.kind.level is not None
    labels = em.constant(frozenset(spec.kind.level.labels))
    plain = f"{name}.__class__ is str and {name} in {labels}"
    em.line(f"if {name} is not None and not ({plain}): {name} = take({label}, {name})")


_FAST = {"number": _number, "boolean": _boolean, "text": _text, "level": _level}


def _previous(em: Emitter, plan: Plan) -> None:
    leaves: dict[Node, None] = {}
    for step in plan.steps:
        for root in nodes_of(step):
            leaves.update((node, None) for node in root.walk() if node.op == "previous")
    for leaf in leaves:
        name = em.name("q")
        nothing = "NAN" if leaf.kind.name in {"number", "day", "instant"} else "None"
        em.line(f"{name} = {nothing} if previous is None else previous.get({em.constant(leaf.value)}, {nothing})")
        em.leaves[("previous", *leaf.value)] = name
