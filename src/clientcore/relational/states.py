"""Lower state machines: where one step leads from each state, and the jumps from there (SEMANTICS 21)."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from clientcore.decision import column
from clientcore.plan import StateStep
from clientcore.relational.expressions import Expressions
from clientcore.relational.history import AS_OF, History
from clientcore.relational.lists import is_true
from clientcore.relational.program import Aggregate
from clientcore.relational.scalar import (
    TRUE,
    Scalar,
    arithmetic,
    both,
    case,
    compare,
    either,
    is_null,
    known,
    lit,
    null,
    opposite,
    to_number,
)

_OPEN = -1  # in place of a state: nobody knows where the step leads
TEXT, INTEGER = null("text"), null("integer")


def write_state(ex: Expressions, history: History, step: StateStep) -> None:
    """Write one machine: its state is the leaf `("state", ruleset, machine)`, with `_since` a column of the frame."""
    keep = ex.builder.keep
    full = ".".join(step.key[1:])
    labels = step.machine.labels
    past = history.column(column(full), "text")
    since = history.column(f"{column(full)}_since", "day")
    truths = _truths(ex, step, since)
    places = [(labels.index(t.source), labels.index(t.target)) for t in step.machine.transitions]
    leads = [keep(_leads(places, truths, at), "m") for at in range(len(labels))]
    reach = [keep(_reach(places, truths, at), "m") for at in range(len(labels))]
    now = [
        (place, truth) for place, truth, t in zip(places, truths, step.machine.transitions, strict=True) if t.at_once
    ]
    resting = _Resting(
        is_true(compare("lt", to_number(arithmetic("isub", AS_OF, since)), _dwell(ex, step))),
        [_leads([place for place, _ in now], [truth for _, truth in now], at) for at in range(len(labels))],
        [_reach([place for place, _ in now], [truth for _, truth in now], at) for at in range(len(labels))],
    )
    state, began, may_be, cycle = _moved(ex, labels, leads, reach, resting, past, since)
    applies = TRUE if step.applies is None else ex.builder.leaves[step.applies]
    if applies != TRUE:
        sure = is_true(applies)
        state = case(sure, state, past)
        began = case(sure, began, since)
        may_be = case(sure, may_be, lit(0))
        cycle = both(sure, cycle)
        fails = is_true(opposite(applies))
        ex.builder.mark(full, fails, either(fails, is_null(applies)))
    state, began, may_be = keep(state, "m"), keep(began, "m"), keep(may_be, "m")
    single = Scalar("in_set", "boolean", (may_be,), tuple(1 << at for at in range(len(labels))))
    ex.builder.leaves["state", *step.key[1:]] = keep(case(single, state, TEXT), "m")
    ex.builder.possible["state", *step.key[1:]] = [
        (lit(label), compare("ne", Scalar("bit_and", "integer", (may_be, lit(1 << at))), lit(0)))
        for at, label in enumerate(labels)
    ]
    ex.builder.troubles["CC610", full] = keep(cycle, "m")
    ex.builder.output(column(full), state, "text")
    ex.builder.output(f"{column(full)}_since", began, "day")


def _truths(ex: Expressions, step: StateStep, since: Scalar) -> list[Scalar]:
    found = []
    for node, transition in zip(step.conditions, step.machine.transitions, strict=True):
        truth = ex.kept(node, ex.main)
        if transition.needs_decision:
            truth = ex.builder.keep(both(truth, _decided(ex, step, transition.target, since)), "m")
        found.append(truth)
    return found


def _decided(ex: Expressions, step: StateStep, target: str, since: Scalar) -> Scalar:
    """Return whether a recorded decision names the machine and the target, after `since` and up to the day."""
    frame = ex.rows("decision_records")
    machine, goal, day = (ex.column(frame, name) for name in ("machine", "target", "decided_on"))
    names = (".".join(step.key[1:]), step.machine.id)
    named = both(
        Scalar("in_set", "boolean", (machine,), tuple(dict.fromkeys(names))),
        compare("eq", goal, lit(target)),
        compare("le", day, AS_OF),
    )
    last = ex.builder.gather(Aggregate(ex.builder.main, "", frame, "max", ((ex.key, "id"),), day, is_true(named)))
    after = both(known(last), either(is_null(since), is_true(compare("gt", last, since))))
    present = Scalar("present", "boolean", (), "decision_records")
    return case(present, after, null("boolean"))


def _leads(places: Sequence[tuple[int, int]], truths: Sequence[Scalar], state: int) -> Scalar:
    """Return where one step leads: the first true transition in file order, unknown ones before it agreeing."""
    index: Scalar = lit(state)
    for (source, target), truth in reversed(list(zip(places, truths, strict=True))):
        if source == state:
            own = lit(target)
            index = case(truth, own, opposite(truth), index, compare("eq", index, own), own, lit(_OPEN))
    return index


def _reach(places: Sequence[tuple[int, int]], truths: Sequence[Scalar], state: int) -> Scalar:
    """Return where one step may lead, as bits."""
    bits: Scalar = lit(1 << state)
    for (source, target), truth in reversed(list(zip(places, truths, strict=True))):
        if source == state:
            own = lit(1 << target)
            bits = case(truth, own, opposite(truth), bits, Scalar("bit_or", "integer", (bits, own)))
    return bits


@attrs.frozen
class _Resting:
    """Whether the state has not lasted its days yet, and where the transitions that do not wait for them lead then."""

    yet: Scalar
    leads: Sequence[Scalar]
    reach: Sequence[Scalar]


def _dwell(ex: Expressions, step: StateStep) -> Scalar:
    return lit(0.0) if step.min_dwell_days is None else ex.kept(step.min_dwell_days, ex.main)


def _moved(
    ex: Expressions,
    labels: Sequence[str],
    leads: Sequence[Scalar],
    reach: Sequence[Scalar],
    resting: _Resting,
    past: Scalar,
    since: Scalar,
) -> tuple[Scalar, Scalar, Scalar, Scalar]:
    """Return (state, since, where it may be as bits, whether it would not settle)."""
    keep = ex.builder.keep
    state, bits, cycle = _from_initial(ex, leads, reach)
    fresh = (_label(state, labels), case(cycle, INTEGER, AS_OF), bits, cycle)
    if past.op == "lit":
        return fresh
    held = keep(_pick(past, labels), "m")
    there = known(held)
    rests = keep(resting.yet, "m")
    next_ = keep(case(rests, _at(held, resting.leads, lit(_OPEN)), _at(held, leads, lit(_OPEN))), "m")
    stays = keep(either(compare("eq", next_, lit(_OPEN)), compare("eq", next_, held)), "m")
    goes = case(stays, past, _label(next_, labels))
    bits_held = case(rests, _at(held, resting.reach, lit(0)), _at(held, reach, lit(0)))
    bits_next = _at(next_, [lit(1 << at) for at in range(len(labels))], lit(0))
    bits_then = case(stays, bits_held, bits_next)
    return (
        case(there, goes, fresh[0]),
        case(there, case(stays, since, AS_OF), fresh[1]),
        case(there, bits_then, bits),
        both(opposite(there), cycle),
    )


def _from_initial(ex: Expressions, leads: Sequence[Scalar], reach: Sequence[Scalar]) -> tuple[Scalar, Scalar, Scalar]:
    keep = ex.builder.keep
    state: Scalar = lit(0)
    for _ in range(len(leads) - 1):
        next_ = keep(_at(state, leads, lit(_OPEN)), "m")
        state = keep(case(compare("eq", next_, lit(_OPEN)), state, next_), "m")
    last = keep(_at(state, leads, lit(_OPEN)), "m")
    cycle = keep(both(compare("ne", last, lit(_OPEN)), compare("ne", last, state)), "m")
    bits = keep(_at(state, reach, lit(0)), "m")
    own = keep(_at(state, [lit(1 << at) for at in range(len(leads))], lit(0)), "m")
    reached = keep(Scalar("bit_or", "integer", (bits, own)), "m")
    for _ in range(len(leads) - 1):
        for at in range(len(leads)):
            there = compare("ne", Scalar("bit_and", "integer", (reached, lit(1 << at))), lit(0))
            reached = keep(case(there, Scalar("bit_or", "integer", (reached, reach[at])), reached), "m")
    single = Scalar("in_set", "boolean", (bits,), tuple(1 << at for at in range(len(leads))))
    return case(cycle, INTEGER, state), case(cycle, lit(0), single, bits, reached), cycle


def _at(index: Scalar, values: Sequence[Scalar], otherwise: Scalar) -> Scalar:
    if index.op == "lit":
        return values[int(index.value)]
    parts = [part for at, value in enumerate(values) for part in (compare("eq", index, lit(at)), value)]
    return case(*parts, otherwise)


def _label(index: Scalar, labels: Sequence[str]) -> Scalar:
    return _at(index, [lit(label) for label in labels], TEXT)


def _pick(label: Scalar, labels: Sequence[str]) -> Scalar:
    parts = [part for at, one in enumerate(labels) for part in (compare("eq", label, lit(one)), lit(at))]
    return case(*parts, INTEGER)
