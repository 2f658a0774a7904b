"""Hypothesis strategies of whole rulesets: every part of the format, sound in shape, not checked for meaning."""

from __future__ import annotations

import typing
from typing import Any

import attrs
from hypothesis import strategies as st

from clientcore.anchors import Anchor, Answer
from clientcore.entities import CHILDREN
from clientcore.expr import Level
from clientcore.load.form import RESERVED
from clientcore.load.ruleset_format import KINDS
from clientcore.parse import parse, parse_cell
from clientcore.ruleset import (
    SOURCES,
    Action,
    Aggregate,
    Audience,
    Band,
    Basis,
    Collect,
    DecisionTable,
    DerivedFact,
    Event,
    FindingEffect,
    Formula,
    Hysteresis,
    Input,
    Limit,
    OnUnknown,
    Param,
    Pattern,
    Precedence,
    Rule,
    Ruleset,
    Sampling,
    Scorecard,
    Severity,
    StateMachine,
    Subject,
    TableInput,
    TableRow,
    Term,
    Transition,
)

_ALPHABET = st.one_of(
    st.sampled_from("ab z0:#-{}[],'\"\\|>&*!%@`~\n\t?é\x85\u2028\x7f\ufeff😀"), st.characters(codec="utf-8")
)
texts = st.sampled_from(["", "a", "a: b", "it's", "no #1 ", "a\n\n b"]) | st.text(
    _ALPHABET.filter(lambda letter: letter != "\0"), max_size=12
)
labels = st.one_of(
    st.sampled_from(["off", "on", "NO", "null", "true", "12", "1.0", "~", "- a", "a: b"]),
    texts.filter(lambda text: bool(text.strip())),
)
ids = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,5}", fullmatch=True).filter(lambda text: text not in RESERVED)
dotted = st.lists(ids, min_size=1, max_size=2).map(".".join)
numbers = st.floats(-1e12, 1e12, allow_nan=False).map(lambda number: number + 0.0)
ranges = st.tuples(numbers, numbers).filter(lambda pair: pair[0] != pair[1]).map(lambda pair: (min(pair), max(pair)))
monotone = st.sampled_from([None, "up", "down"])
_EXPRESSIONS = (
    "a",
    "5",
    "-1.5",
    "true",
    "1e3",
    "a && b",
    "a ? b : c",
    "!has(a.b)",
    "x == 'it\\'s'",
    'x == "a: b #" // no # yes',
    "a\n  + b",
    "[1, 2].exists(x, x > 1)",
    " a ",
    "a.filter(c, c.d <= as_of).size() / 2.0",
    "'null'",
    "x == {}",
)
_CELLS = ("5", "'gold'", "> 5", "<= params.x", "[1..5)", "'a', 'b'", "null", "!= null", "true")


#: Formulas of every shape that YAML could bend.
_FORMULAS = [Formula(text, parse(text)) for text in _EXPRESSIONS]
formulas = st.sampled_from(_FORMULAS)


def choices(literal: Any) -> st.SearchStrategy[Any]:
    """One of the options of a Literal."""
    return st.sampled_from(typing.get_args(literal))


def keyed(strategy: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[Any]:
    """A mapping of up to three parts by their ids."""
    parts = st.lists(strategy, min_size=least, max_size=2, unique_by=lambda part: part.id)
    return parts.map(lambda made: {part.id: part for part in made})


def several(strategy: st.SearchStrategy[Any], least: int = 0, *, by_id: bool = True) -> st.SearchStrategy[Any]:
    """A tuple of up to three parts."""
    key = (lambda part: part.id) if by_id else None
    return st.lists(strategy, min_size=least, max_size=2, unique_by=key).map(tuple)


@st.composite
def levels(draw: st.DrawFn, id_: str = "") -> Level:
    """A level with a chain, branches and labels without order."""
    names = draw(st.lists(labels, min_size=1, max_size=6, unique=True))
    first, second = sorted(draw(st.tuples(st.integers(0, len(names)), st.integers(0, len(names)))))
    order, aside, loose = names[:first], names[first:second], names[second:]
    branches = {}
    for at, label in enumerate(aside):
        known = order + aside[:at]
        branches[label] = (draw(st.lists(st.sampled_from(known), unique=True)) if known else [], [])
    return Level.of(id_ or draw(ids), order, branches, loose)


def _lists(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(strategy, max_size=2, unique=True).map(tuple)


@st.composite
def params(draw: st.DrawFn) -> Param:
    """A param whose value is in its range or choices."""
    common = {"id": draw(ids), "unit": draw(texts), "basis": draw(choices(Basis)), "doc": draw(texts)}
    if draw(st.booleans()):
        low, high = draw(ranges)
        value = draw(st.one_of(st.just(low), st.lists(st.sampled_from([low, high]), max_size=2).map(tuple)))
        told = [(low, high)] if value == () else [None, (low, high)]  # nothing else tells of what an empty list is
        return Param(value=value, range=draw(st.sampled_from(told)), **common)
    options = draw(st.lists(labels, min_size=1, max_size=2, unique=True))
    value = draw(st.sampled_from([options[0], tuple(options), ()]))
    return Param(value=value, choices=tuple(options) if value == () or draw(st.booleans()) else (), **common)


@st.composite
def answers(draw: st.DrawFn, kind: str, limits: tuple[float, float] | None) -> Answer:
    """How a fact of a kind is answered, within its limits; into a field that every subject has."""
    number = numbers if limits is None else st.sampled_from([limits[0], (limits[0] + limits[1]) / 2, limits[1]])
    value = {"number": number, "boolean": st.booleans(), "text": texts, "level": texts}.get(kind)
    found = [] if value is None else draw(st.lists(value, min_size=2, max_size=4, unique=kind != "boolean"))
    anchors = tuple(Anchor(value=one, means=draw(labels), example=draw(labels)) for one in found)
    expires = draw(st.none() | st.integers(1, 1000))
    return Answer(anchors=anchors, evidence=draw(texts), expires_days=expires, field="name")


def _about(draw: st.DrawFn) -> dict[str, Any]:
    """What inputs and derived facts share."""
    kind = draw(st.sampled_from(KINDS))
    made: dict[str, Any] = {"id": draw(ids), "kind": kind, "unit": draw(texts), "doc": draw(texts), "ask": draw(texts)}
    if kind == "level":
        made["level"] = draw(ids)
    if kind in {"number", "list of number"}:
        made["range"] = draw(st.none() | ranges)
    made["answer"] = draw(st.none() | answers(kind, made.get("range")))
    made |= {"whom": draw(texts), "monotone": draw(monotone), "basis": draw(choices(Basis))}
    return made | {"requires_source": draw(_lists(st.sampled_from(SOURCES)))}


inputs = st.composite(lambda draw: Input(person=draw(st.booleans()), **_about(draw)))()
facts = st.composite(
    lambda draw: DerivedFact(value=draw(formulas), applies_when=draw(st.none() | formulas), **_about(draw))
)()
findings = st.builds(FindingEffect, severity=choices(Severity), actions=_lists(ids), title=texts)
rules = st.builds(
    Rule,
    id=ids,
    when=formulas,
    finding=st.none() | findings,
    because=texts,
    on_unknown=choices(OnUnknown),
    suppresses=_lists(dotted),
    confidence=st.floats(0, 1).map(lambda number: number + 0.0),
    title=texts,
    doc=texts,
    source=_lists(labels),
    basis=choices(Basis),
)
events = st.builds(
    Event,
    id=ids,
    of=labels,
    when=st.none() | formulas,
    on=st.just("") | ids,
    count=st.none() | formulas,
    none_for=st.none() | formulas,
    after=st.just("") | ids,
)
patterns = st.builds(
    Pattern,
    id=ids,
    events=st.lists(events, min_size=2, max_size=4, unique_by=lambda event: event.id).map(tuple),
    within=formulas,
    order=st.sampled_from(["any", "sequence"]),
    same=_lists(ids),
    finding=st.none() | findings,
    raises=st.just("") | ids,
    clears=st.just("") | ids,
    because=texts,
    on_unknown=choices(OnUnknown),
    suppresses=_lists(dotted),
    confidence=st.floats(0, 1).map(lambda number: number + 0.0),
    title=texts,
    doc=texts,
    source=_lists(labels),
    basis=choices(Basis),
)
terms = st.builds(
    Term,
    id=ids,
    value=formulas,
    range=ranges,
    weight=st.none() | formulas,
    monotone=monotone,
    applies_when=st.none() | formulas,
    doc=texts,
    basis=choices(Basis),
)


@st.composite
def scores(draw: st.DrawFn) -> Scorecard:
    """A score with terms or a model, and limits in the order caps, vetoes, gates."""
    aggregate = draw(choices(Aggregate))
    what = {"model": draw(dotted)} if aggregate == "model" else {"terms": draw(several(terms, 1))}
    limits = [
        Limit(kind=kind, condition=draw(formulas), at=draw(formulas), because=draw(texts))
        for kind in ("cap", "veto", "gate")
        for _ in range(draw(st.integers(0, 2)))
    ]
    bands = several(st.builds(Band, id=ids, below=st.none() | formulas, title=texts))
    sampling = st.builds(Sampling, low=formulas, high=formulas, n=formulas)
    dwell = st.builds(Hysteresis, margin=st.none() | formulas, dwell_days=st.none() | formulas)
    return Scorecard(
        id=draw(ids),
        aggregate=aggregate,
        range=draw(ranges),
        limits=tuple(limits),
        bands=draw(bands),
        hysteresis=draw(st.none() | dwell),
        sampling=draw(st.none() | sampling),
        applies_when=draw(st.none() | formulas),
        unit=draw(texts),
        title=draw(texts),
        source=draw(_lists(labels)),
        **what,
    )


@st.composite
def tables(draw: st.DrawFn) -> DecisionTable:
    """A table of one to three inputs; its cells are conditions on them."""
    columns = draw(st.lists(formulas, min_size=1, max_size=2))

    def cells() -> tuple[Formula | None, ...]:
        texts_ = [draw(st.none() | st.sampled_from(_CELLS)) for _ in columns]
        trees = [text and parse_cell(text, column.tree) for text, column in zip(texts_, columns, strict=True)]
        return tuple(tree and Formula(text or "", tree) for text, tree in zip(texts_, trees, strict=True))

    outcome = st.one_of(labels, numbers, st.booleans())
    rows = [
        TableRow(id=id_, when=cells(), then=draw(outcome), because=draw(texts))
        for id_ in draw(st.lists(ids, min_size=1, max_size=2, unique=True))
    ]
    collect = draw(st.none() | choices(Collect))
    return DecisionTable(
        id=draw(ids),
        hit_policy="collect" if collect else draw(st.sampled_from(["first", "unique"])),
        collect=collect,
        inputs=tuple(TableInput(value=column) for column in columns),
        rows=tuple(rows),
        output=draw(ids),
        default=draw(st.none() | (st.lists(outcome, max_size=2).map(tuple) if collect == "list" else outcome)),
        level=draw(st.just("") | ids),
        doc=draw(texts),
    )


machines = st.builds(
    StateMachine,
    id=ids,
    initial=labels,
    transitions=several(
        st.builds(
            Transition,
            source=labels,
            target=labels,
            when=formulas,
            needs_decision=st.booleans(),
            at_once=st.booleans(),
            because=texts,
        ),
        by_id=False,
    ),
    min_dwell_days=st.none() | formulas,
    title=texts,
)
actions = st.builds(
    Action,
    id=ids,
    title=labels,
    doc=texts,
    audience=choices(Audience),
    group=texts,
    owner_role=texts,
    due_days=st.none() | st.integers(0, 1000),
    client_text=texts,
)


def _reached(part: Input, subject: str) -> Input:
    """Return an input whose answer reaches it: handed in, so into no field, and never below an account."""
    if subject in CHILDREN:
        return attrs.evolve(part, ask="", answer=None)
    return part if part.answer is None else attrs.evolve(part, answer=attrs.evolve(part.answer, field=""))


@st.composite
def rulesets(draw: st.DrawFn) -> Ruleset:
    """A whole ruleset; scores, tables and states have ids of their own."""
    made = {"scores": draw(keyed(scores())), "tables": draw(keyed(tables())), "states": draw(keyed(machines))}
    taken: set[str] = set()
    for section, parts in made.items():
        made[section] = {id_: part for id_, part in parts.items() if id_ not in taken}
        taken |= set(parts)
    conditions = draw(keyed(rules))
    subject = draw(choices(Subject))
    return Ruleset(
        id=draw(dotted),
        version=draw(st.sampled_from(["1.0.0", "0.12.3", "2.0.0-rc.1"])),
        title=draw(labels),
        subject=subject,
        precedence=draw(choices(Precedence)),
        source=draw(_lists(labels)),
        doc=draw(texts),
        on_request=draw(st.booleans()),
        applies_when=draw(st.none() | formulas),
        levels={
            level.name: level for level in draw(st.lists(levels(), max_size=2, unique_by=lambda level: level.name))
        },
        params=draw(keyed(params())),
        inputs={id_: _reached(part, subject) for id_, part in draw(keyed(inputs)).items()},
        facts=draw(keyed(facts)),
        rules=conditions,
        patterns={id_: part for id_, part in draw(keyed(patterns)).items() if id_ not in conditions},
        actions=draw(keyed(actions)),
        **made,
    )
