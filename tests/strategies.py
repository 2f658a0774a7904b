"""Hypothesis strategies that tests share: expressions, rulesets, facts, accounts and histories.

Everything is drawn as what a user writes: texts of expressions, rulesets as in a file, mappings.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

AS_OF = date(2026, 6, 30)
LABELS = ("servicing", "mining", "education", "consultative", "mentoring")
LEVELS = {
    "mode": {
        "order": ["servicing", "mining", "consultative", "mentoring"],
        "branches": {"education": {"above": ["mining"], "below": ["mentoring"]}},
    }
}
INPUTS: dict[str, dict[str, Any]] = {
    **{f"n{at}": {"kind": "number"} for at in range(3)},
    **{f"s{at}": {"kind": "number", "range": [0, 100]} for at in range(4)},
    **{f"b{at}": {"kind": "boolean"} for at in range(4)},
    **{f"t{at}": {"kind": "text"} for at in range(2)},
    **{f"d{at}": {"kind": "day"} for at in range(2)},
    "i0": {"kind": "instant"},
    "i1": {"kind": "instant"},
    "m0": {"kind": "level", "level": "mode"},
    "m1": {"kind": "level", "level": "mode"},
    "xs": {"kind": "list of number"},
    "ts": {"kind": "list of text"},
}
PARAMS = {
    "p0": {"value": 5, "range": [0, 100]},
    "p1": {"value": 0.25, "range": [0, 1]},
    "words": {"value": ["go", "é", "9"]},
    "steps": {"value": [0, 2.5, 7], "range": [-100, 100]},
}

numbers = st.one_of(
    st.integers(-20, 120).map(float),
    st.sampled_from([0.0, 0.1, 0.2, 0.3, 2.5, -2.5, 1 / 3, 1e-9, 1e17, -1e17, 1e-18, 0.5, 1.5, 99.999999999]),
    st.floats(-1e6, 1e6, allow_nan=False),
)
texts = st.sampled_from(["", "gold", "Gold", "go", "é", "\U0001f600", "silver", "10", "9"])
days = st.one_of(
    st.integers(-40, 40).map(lambda away: AS_OF + timedelta(days=away)),
    st.sampled_from([date(1, 1, 1), date(9999, 12, 31), date(2024, 2, 29)]),
)
instants = st.integers(-3 * 10**11, 3 * 10**11).map(
    lambda away: datetime(2026, 6, 30, 12, tzinfo=UTC) + timedelta(microseconds=away)
)
labels = st.sampled_from(LABELS)
CURRENCIES = st.sampled_from(["EUR", "CHF"])
RATES = st.sampled_from([0.5, 2.0, 1e-3, 0.0, 1 / 3])
VALUES = {
    "n": numbers,
    "s": st.one_of(st.integers(0, 100).map(float), st.floats(0, 100)),
    "b": st.booleans(),
    "t": texts,
    "d": days,
    "i": instants,
    "m": labels,
}


def _listed(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(values, max_size=4)


def value_of(name: str) -> st.SearchStrategy[Any]:
    """Return values for one of `INPUTS`."""
    if name in {"xs", "ts"}:
        return _listed(numbers if name == "xs" else texts)
    return VALUES[name[0]]


def facts(names: Sequence[str] = tuple(INPUTS)) -> st.SearchStrategy[dict[str, Any]]:
    """Return facts to hand in, each missing about every third time."""
    return st.fixed_dictionaries({}, optional={name: value_of(name) for name in names})


def _rows(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[list[dict[str, Any]] | None]:
    row = st.fixed_dictionaries(
        {},
        optional={**fields, "recorded_at": instants, "occurred_on": st.integers(-9, 9).map(_near)},
    )
    numbered = st.lists(row, max_size=4).map(lambda rows: [{"id": f"r{at}", **one} for at, one in enumerate(rows)])
    return st.one_of(st.none(), numbered)


def _near(away: int) -> date:
    return AS_OF + timedelta(days=away)


accounts = st.fixed_dictionaries(
    {"id": st.just("acme")},
    optional={
        "industry": texts,
        "employees": numbers.map(abs),
        "credit_on_hold": st.booleans(),
        "client_since": days,
        "planning_cutoff_on": days,
        "cases": _rows(
            handoffs=numbers.map(abs), is_escalated=st.booleans(), kind=texts, opened_at=instants, closed_at=instants
        ),
        "commitments": _rows(due_on=days, kept_on=days, title=texts, effort_hours=numbers.map(abs)),
        "currency": CURRENCIES,
        "orders": _rows(amount=numbers.map(abs), currency=CURRENCIES, fx_rate=RATES, ordered_on=days),
        "contacts": _rows(seniority=texts, left_on=days, influence=st.sampled_from([0, 0.1, 0.5, 1])),
        "interactions": _rows(contact_id=st.sampled_from(["r0", "r1", "r2"]), kind=texts, questions=numbers.map(abs)),
        "decision_records": _rows(
            machine=st.sampled_from(["g.two.m", "g.two.k"]),
            target=st.sampled_from(["a", "b", "c"]),
            decided_on=st.integers(-30, 30).map(_near),
        ),
    },
)

#: What is gathered from amounts, and by person.
RELATED = (
    "orders.map(o, o.amount).sum()",
    "orders.filter(o, o.amount > 2).size()",
    "orders.latest(o, o.ordered_on).amount",
    "interactions.map(i, i.contact_id).count_distinct()",
    "interactions.filter(i, contacts.exists(p, p.id == i.contact_id && p.influence > 0.3)).size()",
    "interactions.map(i, contacts.filter(p, p.id == i.contact_id).map(p, p.influence).max()).sum()",
    "contacts.filter(p, interactions.exists(i, i.contact_id == p.id && i.questions > 1)).size()",
    "contacts.filter(p, !interactions.exists(i, has(i.contact_id) && i.contact_id == p.id && i.questions > 1)).size()",
    "contacts.filter(p, interactions.filter(i, i.contact_id == p.id).size() > 1).size()",
    "contacts.filter(p, !has(p.left_on) && interactions.all(i, i.contact_id != p.id)).size()",
)
_NUMBERS = ["n0", "n1", "n2", "s0", "s1", "s2", "s3", "employees", "params.p0", "params.p1"]
_LITERALS = ["0", "1", "2", "2.5", "-3", "0.1", "100", "1e-9", "1000000"]
_BOOLEANS = ["b0", "b1", "b2", "b3", "credit_on_hold"]
_DAYS = ["d0", "d1", "as_of", "client_since", "planning_cutoff_on", "day(i0)", "day('2026-06-15')"]
_TEXTS = ["t0", "t1", "industry", "'gold'", "'é'"]
_TRUTHS = st.sampled_from(["exists", "all", "exists_one"])
_COMPARED = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])


@st.composite
def number_texts(draw: st.DrawFn, depth: int = 3, more: tuple[str, ...] = ()) -> str:
    """Return the text of a number expression."""
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from([*_NUMBERS, *more, *_LITERALS]))
    deeper = number_texts(depth=depth - 1, more=more)
    form = draw(st.integers(0, 9))
    if form <= 3:
        sign = draw(st.sampled_from(["+", "-", "*", "/", "%"]))
        return f"({draw(deeper)} {sign} {draw(deeper)})"
    if form == 4:
        name = draw(st.sampled_from(["abs({})", "floor({})", "ceil({})", "round({})", "round({}, 2)", "(-({}))"]))
        return name.format(draw(deeper))
    if form == 5:
        return f"({draw(boolean_texts(depth=depth - 1, more=more))} ? {draw(deeper)} : {draw(deeper)})"
    if form == 6:
        one, other = draw(st.sampled_from(_DAYS)), draw(st.sampled_from(_DAYS))
        return draw(st.sampled_from([f"({one} - {other})", f"business_days({one}, {other})", "(i0 - i1)"]))
    return draw(_aggregates(depth))


@st.composite
def _aggregates(draw: st.DrawFn, depth: int) -> str:
    function = draw(st.sampled_from(["sum", "mean", "min", "max", "count_distinct", "size"]))
    source = draw(st.integers(0, 4))
    if source == 0:
        return f"xs.{function}()"
    if source == 1:
        return f"xs.filter(x, x {draw(_COMPARED)} {draw(number_texts(depth=0))}).{function}()"
    condition = draw(_case_conditions(depth - 1))
    if source == 2:
        return f"cases.filter(c, {condition}).size()"
    if source == 3:
        return f"cases.filter(c, {condition}).map(c, c.handoffs).{function}()"
    return draw(
        st.sampled_from(
            [
                f"cases.map(c, c.handoffs + {draw(number_texts(depth=0))}).{function}()",
                "cases.latest(c, c.opened_at).handoffs",
                "commitments.latest(c, c.due_on).effort_hours",
                "commitments.map(c, c.kept_on - c.due_on).max()",
                "commitments.map(c, cases.filter(k, k.kind == c.title).size()).sum()",
                *RELATED,
            ]
        )
    )


@st.composite
def _case_conditions(draw: st.DrawFn, depth: int) -> str:
    form = draw(st.integers(0, 6))
    if depth > 0 and form == 0:
        return f"({draw(_case_conditions(depth - 1))} && {draw(_case_conditions(depth - 1))})"
    if depth > 0 and form == 1:
        return f"({draw(_case_conditions(depth - 1))} || {draw(boolean_texts(depth=0))})"
    return draw(
        st.sampled_from(
            [
                "c.is_escalated",
                "!c.is_escalated",
                "has(c.handoffs)",
                f"c.handoffs {draw(_COMPARED)} {draw(number_texts(depth=0))}",
                "c.kind == 'gold'",
                "c.kind != industry",
                "has(c.closed_at)",
                "c.closed_at - c.opened_at > 1",
                "params.words.exists(w, c.kind.startsWith(w))",
                "[c.kind, industry].all(w, w == 'gold')",
            ]
        )
    )


@st.composite
def boolean_texts(draw: st.DrawFn, depth: int = 3, more: tuple[str, ...] = (), extra: tuple[str, ...] = ()) -> str:
    """Return the text of a condition; `more` are further numbers, `extra` further conditions."""
    if depth == 0 or draw(st.integers(0, 4)) == 0:
        return draw(st.sampled_from([*_BOOLEANS, *extra]))
    deeper = boolean_texts(depth=depth - 1, more=more, extra=extra)
    form = draw(st.integers(0, 11))
    if form <= 3:
        return f"({draw(deeper)} {draw(st.sampled_from(['&&', '||']))} {draw(deeper)})"
    if form == 4:
        return f"!({draw(deeper)})"
    if form <= 6:
        number = number_texts(depth=depth - 1, more=more)
        return f"({draw(number)} {draw(_COMPARED)} {draw(number)})"
    if form == 7:
        return f"({draw(deeper)} ? {draw(deeper)} : {draw(deeper)})"
    if form == 8:
        return f"cases.{draw(_TRUTHS)}(c, {draw(_case_conditions(depth - 1))})"
    return draw(_tests())


@st.composite
def _tests(draw: st.DrawFn) -> str:
    day, other = draw(st.sampled_from(_DAYS)), draw(st.sampled_from(_DAYS))
    text, sign = draw(st.sampled_from(_TEXTS)), draw(_COMPARED)
    number = draw(number_texts(depth=1))
    return draw(
        st.sampled_from(
            [
                f"({day} {sign} {other})",
                f"({day} + {number} {sign} {other})",
                f"({text} {sign} {draw(st.sampled_from(_TEXTS))})",
                f"{text}.startsWith({draw(st.sampled_from(_TEXTS))})",
                f"({text}.lowerAscii() == 'gold')",
                f"{text}.matches('^[a-z]+$')",
                f"(m0 {sign} '{draw(labels)}')",
                f"(m0 {sign} m1)",
                f"(m0 in ['{draw(labels)}', '{draw(labels)}'])",
                f"({number} in [n0, 2, s0])",
                "(t0 in ts)",
                "(n0 in xs)",
                f"has({draw(st.sampled_from(['n0', 's1', 'b2', 'm0', 'xs', 'cases', 'industry']))})",
                f"(n0 {draw(st.sampled_from(['==', '!=']))} null)",
                f"(i0 {sign} i1)",
                f"xs.{draw(_TRUTHS)}(x, x {sign} {draw(number_texts(depth=0))})",
                f"params.words.{draw(_TRUTHS)}(w, {text}.startsWith(w) || w {sign} {draw(st.sampled_from(_TEXTS))})",
                f"params.steps.{draw(_TRUTHS)}(x, {draw(number_texts(depth=0))} {sign} n0 / x)",
                f"[{text}, {draw(st.sampled_from(_TEXTS))}].{draw(_TRUTHS)}(w, w {sign} 'gold')",
                f"(params.words.filter(w, {text}.startsWith(w)).size() {sign} 1)",
                f"[n0, {number}].{draw(_TRUTHS)}(x, params.steps.{draw(_TRUTHS)}(y, x {sign} y + 1))",
            ]
        )
    )
