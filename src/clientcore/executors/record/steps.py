"""Write the steps of a plan, one after the other, and note what later steps read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import attrs

from clientcore.executors.record.chains import write_rule
from clientcore.executors.record.emitter import Emitter, is_known, missing_text
from clientcore.executors.record.scores import counted_once, lost_to_na, write_sampling, write_score
from clientcore.expr import Node
from clientcore.plan import ENTRY, FactStep, Key, Plan, RuleStep, ScoreStep, StateStep, Step, TableStep, bound, nodes_of


@attrs.define
class Written:
    """What the generated function returns, as texts, by id."""

    scores: dict[str, str] = attrs.field(factory=dict)
    outcomes: dict[str, str] = attrs.field(factory=dict)
    states: dict[str, str] = attrs.field(factory=dict)
    values: list[str] = attrs.field(factory=list)


#: Takes rules that don't read one another; gives the values that they stand on, and what answers them for these.
Ask = Callable[[Sequence[RuleStep]], tuple[Sequence[Node], Callable[..., Sequence[bool | None]]]]


def write_steps(em: Emitter, plan: Plan, ask: Ask | None = None) -> Written:
    """Write every step of a plan.

    Args:
        em: The function being written.
        plan: The plan.
        ask: Answers rules in place of the function itself.

    Returns:
        The texts of the raw results: scores (applies, low, high, known, coverage, bands, held, and their sampling
        error where they declare it), outcomes, states.
    """
    written = Written()
    steps = plan.steps if ask is None else _asked(em, plan.steps, ask)
    em.waiting = counted_once(plan) if ask is None else {}
    for step in steps:
        if step.key in em.waiting:
            continue
        match step:
            case FactStep():
                _fact(em, plan, step, written)
            case RuleStep():
                _rule(em, step)
            case ScoreStep():
                _score(em, step, written)
            case TableStep():
                _table(em, step, written)
            case StateStep():
                _state(em, step, written)
    return written


def _asked(em: Emitter, steps: Sequence[Step], ask: Ask) -> Iterator[Step]:
    """Yield the steps; rules wait until another step reads one of them, so that few calls answer them all."""
    waiting: dict[Key, RuleStep] = {}
    for step in steps:
        read = {("rule", *node.value) for root in nodes_of(step) for node in root.walk() if node.op == "fired"}
        if waiting.keys() & read:
            yield from _answered(em, waiting, ask)
        if isinstance(step, RuleStep):
            waiting[step.key] = step
        else:
            yield step
    yield from _answered(em, waiting, ask)


def _answered(em: Emitter, waiting: dict[Key, RuleStep], ask: Ask) -> Iterator[Step]:
    rules = list(waiting.values())
    waiting.clear()
    if not rules:
        return
    nodes, answer = ask(rules)
    values = ", ".join(em.value(node) for node in nodes)
    names = [em.name("d") for _ in rules]
    em.line(f"{', '.join(names)}, = {em.constant(answer, 'ASK')}({values})")
    for rule, name in zip(rules, names, strict=True):
        em.remember(rule.node, name, 0)
        yield rule


def _fact(em: Emitter, plan: Plan, step: FactStep, written: Written) -> None:
    name = step.key[1]
    kind = step.node.kind
    computed = em.value(step.node)
    held = em.name("f")
    nothing = missing_text(kind)
    if step.key[0] == "parent":
        written.values.append(computed)
        return
    if kind.name == "number":
        em.line(f"{held} = {computed} + 0.0")  # no result is -0
        em.facts[name] = _wider(em, plan, step)
    else:
        em.line(f"{held} = {computed}")
    lost = lost_to_na(em, step.node, held)
    label = em.constant(name)
    if lost:
        with em.indented(f"if {lost[0]}:"):
            gone = em.name("n")
            em.line(f"{gone} = {lost[1]}")
            em.line(f"if {gone} is not False: na[{label}] = {gone} is True")
    if step.applies is not None:
        yes, no = em.truth(step.applies)
        with em.indented(f"if not {yes}:"):
            em.line(f"{held} = {nothing}")
            em.line(f"na[{label}] = True if {no} else False")
    if name in plan.handed:
        with em.indented(f"if handed and {label} in handed:"):
            em.line(f"{held} = handed[{label}]")
            em.line(f"if {is_known(kind, held)}: na.pop({label}, None)")
    em.leaves[("fact", name)] = held
    if em.traced:
        em.layout[Node("fact", kind, (), name)] = held


def _wider(em: Emitter, plan: Plan, step: FactStep) -> tuple[float, float]:
    high, low = bound(step.node, em.facts, em.bounds)
    return (max(high, ENTRY[0]), min(low, ENTRY[1])) if step.key[1] in plan.handed else (high, low)


def _rule(em: Emitter, step: RuleStep) -> None:
    if em.traced:
        write_rule(em, step, ((), (), ()))  # its condition has a name already
        return
    held = em.name("t")
    em.leaves[step.key] = held
    write_rule(em, step, ((f"{held} = True",), (f"{held} = False",), (f"{held} = None",)))


def _score(em: Emitter, step: ScoreStep, written: Written) -> None:
    names = write_score(em, step)
    parts: tuple[str, ...] = (names.applies, names.low, names.high, names.known, names.coverage, names.bands)
    parts += (names.since,)
    sampling = write_sampling(em, step)
    parts += (sampling,) if sampling else ()
    written.scores[".".join(step.key[1:])] = f"({', '.join(parts)})"


def _table(em: Emitter, step: TableStep, written: Written) -> None:
    table = step.table
    full = ".".join(step.key[1:])
    truths = ["True" if row is None else em.value(row) for row in step.rows]
    outcomes = em.constant(tuple(_outcome(row.then) for row in table.rows))
    default = em.constant(_outcome(table.default))
    held, possible = em.name("o"), em.name("o")
    rows = f"({', '.join(truths)}{',' if truths else ''})"
    if table.hit_policy == "collect":
        call = f"collect_rows({rows}, {outcomes}, {table.collect!r}, {default})"
        low, high = em.name("o"), em.name("o")
        em.line(f"{held}, {possible}, {low}, {high} = {call}")
        interval = f"({low}, {high})"
    else:
        em.line(f"{held}, {possible} = {table.hit_policy}_row({rows}, {outcomes}, {default})")
        interval = "None"
    if step.applies is not None:
        with em.indented(f"if {em.leaves[step.applies]} is not True:"):
            em.line(f"{held} = None")
            em.line(f"na[{em.constant(full)}] = {em.leaves[step.applies]} is False")
        em.line(f"if {em.leaves[step.applies]} is False: {possible} = ()")
    value = held
    if step.kind.name == "number":
        value = em.name("o")
        em.line(f"{value} = NAN if {held} is None else {held}")
    em.leaves[("table_outcome", *step.key[1:])] = value
    if table.collect == "list":
        settled = em.name("o")  # the two lists that bound what is possible are not all that is
        em.line(f"{settled} = {possible} if len({possible}) == 1 else ()")
        em.leaves[(*step.key, "possible")] = settled
    else:
        em.leaves[(*step.key, "possible")] = possible
    written.outcomes[full] = f"({held}, {possible}, {rows}, {interval})"


def _outcome(then: object) -> object:
    if isinstance(then, tuple):
        return tuple(_outcome(item) for item in then)
    return float(then) if isinstance(then, int) and not isinstance(then, bool) else then


def _state(em: Emitter, step: StateStep, written: Written) -> None:
    machine = step.machine
    full = ".".join(step.key[1:])
    label = em.constant(full)
    truths = [em.value(node) for node in step.conditions]
    past = em.name("m")
    em.line(f"{past} = None if history is None else history.states.get({label})")
    since = f"(None if {past} is None else {past}[1])"
    for at, transition in enumerate(machine.transitions):
        if transition.needs_decision:
            records = em.leaves[("table", "decision_records")]
            columns = [em.columns["decision_records"].index(name) for name in ("machine", "target", "decided_on")]
            asked = f"({label}, {em.constant(machine.id)}), {em.constant(transition.target)}, {since}, as_of"
            decided = em.name("d")
            em.line(f"{decided} = decided({records}, {tuple(columns)}, {asked})")
            both = f"True if {truths[at]} and {decided} else False if {truths[at]} is False or {decided} is False"
            truths[at] = em.name("b")
            em.line(f"{truths[at]} = {both} else None")
    dwell = em.value(step.min_dwell_days) if step.min_dwell_days is not None else "0.0"
    parts = [em.name("m") for _ in range(4)]
    steps = em.constant(tuple((t.source, t.target) for t in machine.transitions))
    now = em.constant(tuple(t.at_once for t in machine.transitions))
    call = f"machine({em.constant(machine.labels)}, {steps}, ({', '.join(truths)},), {past}, {dwell}, as_of, {now})"
    em.line(f"{', '.join(parts)} = {call}")
    if step.applies is not None:
        with em.indented(f"if {em.leaves[step.applies]} is not True:"):
            em.line(f"{parts[0]}, {parts[2]} = {past} or (None, None)")
            em.line(f"{parts[1]} = ()")
            em.line(f"na[{label}] = {em.leaves[step.applies]} is False")
    value = em.name("m")
    em.line(f"{value} = {parts[0]} if len({parts[1]}) == 1 else None")
    em.leaves[("state", *step.key[1:])] = value
    em.leaves[(*step.key, "possible")] = parts[1]
    written.states[full] = f"({', '.join(parts)}, ({', '.join(truths)},))"
