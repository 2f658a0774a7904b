"""Hypothesis strategies for whole rulesets: scores, tables, machines, rules that read one another."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import strategies as st

from strategies import INPUTS, LEVELS, PARAMS, boolean_texts, number_texts

HEADER = {"format": "clientcore/1", "language": "cel-profile/1", "version": "1.0.0", "subject": "account"}
AGGREGATES = ("weighted_mean", "sum", "min", "max", "geometric_mean", "product")
_RANGES = {"product": [(0, 1), (0, 2), (-1, 2)], "geometric_mean": [(0, 100), (0, 10), (1, 50)]}
_PLAIN_RANGES = [(0, 100), (-50, 50), (10, 90), (0, 1)]
HOLDS = st.sampled_from([{"margin": 2}, {"margin": 5, "dwell_days": 10}, {"dwell_days": 9}])
POLICIES = st.sampled_from(["first", "unique", *(f"collect({how})" for how in ("list", "sum", "min", "max", "count"))])
PREVIOUS = (
    "(previous.g.one.base < g.one.base)",
    "(previous.g.two.top.high > 50)",
    "(previous.g.two.m == 'b')",
    "(previous.g.two.m != g.two.m)",
)
BANDS = [{"id": "low", "below": 40}, {"id": "mid", "below": 60}, {"id": "high", "below": 80}, {"id": "top"}]


@st.composite
def scorecards(draw: st.DrawFn, reads: tuple[str, ...] = (), *, unsure: bool = True) -> dict[str, Any]:
    """Return a scorecard; `reads` are numbers it may use, `unsure` allows `applies_when` on terms."""
    aggregate = draw(st.sampled_from(AGGREGATES))
    terms = []
    simple = st.sampled_from(["s0", "s1", "s2", "s3", *reads])
    for at in range(draw(st.integers(1, 4))):
        low, high = draw(st.sampled_from(_RANGES.get(aggregate, _PLAIN_RANGES)))
        term: dict[str, Any] = {
            "id": f"t{at}",
            "value": draw(st.one_of(simple, simple, number_texts(depth=2, more=reads))),
            "range": [low, high],
        }
        if aggregate in {"weighted_mean", "sum"}:
            term["weight"] = draw(st.sampled_from([1, 1, 2, 3, 0.1, 0.7, "params.p1"]))
        if unsure and draw(st.integers(0, 5)) == 0:
            term["applies_when"] = draw(boolean_texts(depth=1))
        terms.append(term)
    lowest, highest = draw(st.sampled_from([(0, 100), (-1000, 1000), (0, 1)]))
    card: dict[str, Any] = {"aggregate": aggregate, "range": [lowest, highest], "terms": terms}
    for kind, key in (("caps", "when"), ("vetoes", "when"), ("gates", "requires")):
        if draw(st.integers(0, 3)) == 0:
            at = draw(st.sampled_from([0, 1] if highest == 1 else [0, 10, 50, 80, "params.p0"]))
            card[kind] = [{key: draw(boolean_texts(depth=1)), "at": at}]
    if not {"caps", "vetoes", "gates"} & card.keys() and draw(st.integers(0, 2)) == 0:
        first = terms[0]["value"]
        least = draw(st.sampled_from([f"({first}) - 0.7", f"({first}) / 3", f"({first}) * 1", "s0"]))
        most = draw(st.sampled_from([f"({first}) + 0.2", f"({least}) + 1 / 3.0", f"({least}) + s3"]))
        card["sampling"] = {"low": least, "high": most, "n": draw(st.sampled_from([5, 5, 2.5, "n0"]))}
    if (lowest, highest) == (0, 100) and draw(st.booleans()):
        card["bands"] = BANDS
        if draw(st.booleans()):
            card["hysteresis"] = draw(HOLDS)
    if draw(st.integers(0, 7)) == 0:
        card["applies_when"] = draw(boolean_texts(depth=1))
    return card


@st.composite
def tables(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """Return a decision table whose outcomes are texts, or numbers where they are added up."""
    policy = draw(POLICIES)
    counted = policy in {"collect(sum)", "collect(min)", "collect(max)"}
    values = st.sampled_from([1, 2.5, -3, 10] if counted else ["A", "B", "C"])
    cells = st.sampled_from(["> 5", "<= 5", "-", "[1..50)", "!= 0", "null", "0, 5, > 90"])
    rows = [
        {"id": f"row{at}", "when": [draw(cells), draw(cells)], "then": {name: draw(values)}}
        for at in range(draw(st.integers(1, 4)))
    ]
    table: dict[str, Any] = {"hit_policy": policy, "inputs": ["n0 + 0", "s0 * 1"], "rows": rows}
    if draw(st.booleans()):
        numeric = counted or policy == "collect(count)"
        table["default"] = draw(st.lists(values, max_size=2)) if policy == "collect(list)" else 7 if numeric else "D"
    return table


@st.composite
def machines(draw: st.DrawFn) -> dict[str, Any]:
    """Return a state machine over three states."""
    more = st.lists(st.sampled_from([("b", "a"), ("a", "c"), ("c", "a"), ("c", "b")]), max_size=3, unique=True)
    transitions = [
        {
            "from": source,
            "to": target,
            "when": draw(boolean_texts(depth=1)),
            "needs_decision": draw(st.integers(0, 3)) == 0,
            "at_once": draw(st.integers(0, 3)) == 0,
        }
        for source, target in [*draw(st.permutations([("a", "b"), ("b", "c")])), *draw(more)]
    ]
    machine: dict[str, Any] = {"initial": "a", "transitions": transitions}
    if draw(st.booleans()):
        machine["min_dwell_days"] = draw(st.sampled_from([5, 10, "params.p0"]))
    return machine


#: Table → conditions on an event of it.
_EVENTS = {
    "cases": ("e{}.kind == 'gold'", "e{}.is_escalated", "e{}.handoffs > n0", "b0"),
    "interactions": ("e{}.questions > 1", "e{}.contact_id == 'r0'", "has(e{}.kind)"),
    "orders": ("e{}.amount > 2", "!b1"),
}


@st.composite
def patterns(draw: st.DrawFn, id_: str) -> dict[str, Any]:
    """Return an event pattern over two or three tables; one that counts in a sequence is refused on frames."""
    events = []
    for at in range(draw(st.sampled_from([2, 2, 3]))):
        table = draw(st.sampled_from(list(_EVENTS)))
        event: dict[str, Any] = {"id": f"e{at}", "of": table}
        if draw(st.booleans()):
            event["when"] = draw(st.sampled_from(_EVENTS[table])).format(at)
        if at and draw(st.integers(0, 3)) == 0:
            event["none_for"] = draw(st.sampled_from([0, 2, 7, "params.p0"]))
        elif draw(st.integers(0, 3)) == 0:
            event["count"] = draw(st.sampled_from([1, 2, 3, "params.p0"]))
        events.append(event)
    pattern: dict[str, Any] = {"id": id_, "events": events, "within": draw(st.sampled_from([0, 3, 10, 40]))}
    if draw(st.booleans()):
        pattern["order"] = "sequence"
    if draw(st.integers(0, 2)) == 0:
        pattern["same"] = ["contact_id"]
    return pattern


@st.composite
def ruleset_pairs(
    draw: st.DrawFn, *, unsure: bool = True, decide: bool = True, happens: bool = False
) -> list[dict[str, Any]]:
    """Return two rulesets that read one another: facts and scores in the first, rules and machines in both.

    Args:
        draw: Hypothesis.
        unsure: Whether terms may have `applies_when`.
        decide: Whether there are tables and state machines.
        happens: Whether there may be an event pattern.
    """
    facts = {f"f{at}": {"value": draw(number_texts(depth=2))} for at in range(2)}
    facts["g0"] = {"value": draw(boolean_texts(depth=2, more=("f0",)))}
    if unsure and draw(st.booleans()):
        facts["f2"] = {"value": draw(number_texts(depth=1)), "applies_when": draw(boolean_texts(depth=1))}
    numbers = tuple(name for name in facts if name.startswith("f"))
    base = draw(scorecards(numbers, unsure=unsure))
    one: dict[str, Any] = {
        **HEADER,
        "ruleset": "g.one",
        "title": "One",
        "levels": LEVELS,
        "params": PARAMS,
        "inputs": INPUTS,
        "facts": facts,
        "scores": {"base": base},
        "rules": [{"id": f"r{at}", "when": draw(boolean_texts(more=numbers, extra=("g0",)))} for at in range(3)],
    }
    watched: tuple[str, ...] = ()
    if happens and draw(st.booleans()):
        one["patterns"] = [draw(patterns("p0"))]
        watched = ("fired('g.one/p0')",)
    reads = (*numbers, "g.one.base", "g.one.base.low", "g.one.base.high")
    fired = ("fired('g.one/r0')", "fired('g.one/r1')", "g0", *watched, *(PREVIOUS if decide else PREVIOUS[:2]))
    two: dict[str, Any] = {
        **HEADER,
        "ruleset": "g.two",
        "title": "Two",
        "params": PARAMS,
        "scores": {"top": draw(scorecards(reads, unsure=unsure))},
        "rules": [
            {
                "id": f"r{at}",
                "when": draw(boolean_texts(more=(*reads, "g.two.top", "g.one.base.coverage"), extra=fired)),
                "on_unknown": draw(st.sampled_from(["no_match", "no_match", "match", "review"])),
            }
            for at in range(3)
        ],
    }
    if decide:
        two["tables"] = {"k": draw(tables("k"))}
        two["states"] = {"m": draw(machines())}
    elif draw(st.integers(0, 3)) == 0:
        two["applies_when"] = draw(boolean_texts(depth=1))
    return [one, two]


def without_presence(pair: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the same rulesets without what looks at missing itself.

    `has`, `== null`, `null` in cells and the parts `.low`, `.high`, `.coverage` tell how much is known; what reads them
    may change in any way once more is known. Everything else only becomes narrower.
    """
    text = json.dumps(pair)
    text = re.sub(r"has\((?!c\.)\w+\)", "b0", text)
    text = re.sub(r"\(n0 [!=]= null\)", "b1", text)
    text = re.sub(r"(g\.(?:one|two)\.(?:base|top))\.(?:low|high|coverage)", r"\1", text)
    rulesets: list[dict[str, Any]] = json.loads(text.replace('"null"', '"> 7"'))
    return rulesets


def carried_by_books(pair: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the same rulesets with related records in place of lists handed in, which no book has."""
    text = json.dumps(pair)
    text = re.sub(r"has\((?:xs|ts)\)", "has(cases)", text)
    text = re.sub(r'\bxs\b(?!")', "cases.map(q, q.handoffs)", text)
    rulesets: list[dict[str, Any]] = json.loads(re.sub(r'\bts\b(?!")', "cases.map(q, q.kind)", text))
    return rulesets
