"""Hypothesis strategies for other subjects than accounts: children that read their account, and organisations."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from strategies import AS_OF, CURRENCIES, RATES, RELATED, accounts, days, facts, instants, numbers, texts
from strategies_rulesets import carried_by_books, ruleset_pairs

#: What the second of two rulesets reads of an account → of the account of a child.
_ABOVE = (
    r"\b(n[12]|s\d|b[123]|t1|d1|i\d|m\d|f\d|g0|g\.one\.\w+"
    r"|employees|credit_on_hold|client_since|industry|planning_cutoff_on)\b"
)
_ALL = {
    r"\(previous\.g\.one\.base < g\.one\.base\)": "(previous.g.two.top.high > 50)",
    r"fired\('g\.one/[rp]\d'\)": "g0",
}
#: Kind of subject → what its own fields and records stand for, in an order in which nothing is replaced twice.
_OWN: dict[str, dict[str, str]] = {
    "opportunity": {
        r"commitments\.latest\(c, c\.due_on\)\.effort_hours": "probes",
        r"commitments\.map\(c, c\.kept_on - c\.due_on\)\.max\(\)": "(close_on - as_of)",
        r"commitments\.map\(c, cases.filter\(k, k\.kind == c\.title\)\.size\(\)\)\.sum\(\)": "(amount * 1)",
        r"cases\.latest\(c, c\.opened_at\)\.handoffs": "(cases.latest(c, c.occurred_on).is_escalated ? 2 : 1)",
        r"has\(c\.handoffs\)": "has(c.contact_id)",
        r"has\(c\.closed_at\)": "has(c.occurred_on)",
        r"c\.closed_at - c\.opened_at > 1": "as_of - c.occurred_on > 1",
        r"c\.handoffs": "(c.is_escalated ? 3 : 0.1)",
        r"is_escalated": "is_primary",
        r"[ck]\.kind": "c.role",
        r"q\.handoffs": "(q.is_primary ? 1 : 7)",
        r"q\.kind": "q.role",
        r"\bcases\b": "opportunity_contact_roles",
        r"\bn0\b": "amount",
        r"\bb0\b": "is_won",
        r"\bt0\b": "stage",
        r"\bd0\b": "close_on",
    },
    "workstream": {
        r"([cq])\.handoffs": r"\1.questions",
        r"\)\.handoffs": ").questions",
        r"\.is_escalated": ".two_way",
        r"c\.closed_at": "c.planned_on",
        r"c\.opened_at": "c.occurred_on",
        r"\bcases\b": "interactions",
        r"\bn0\b": "planned_hours",
        r"\bb0\b": "is_joint",
        r"\bt0\b": "kind",
        r"\bd0\b": "ends_on",
    },
    "organisation": {
        r"\.handoffs": ".spent",
        r"\.is_escalated": ".is_funded",
        r"c\.closed_at": "c.declared_complete_on",
        r"c\.opened_at": "c.started_on",
        r"\bcases\b": "initiatives",
        r"c\.kept_on": "c.measured_on",
        r"c\.title": "c.metric",
        r"\.effort_hours": ".actual",
        r"\bcommitments\b": "goal_metrics",
        r"\bcredit_on_hold\b": "founder_led",
        r"\bemployees\b": "years_sales_focused",
        r"\bclient_since\b": "day('2026-06-20')",
        r"\bplanning_cutoff_on\b": "(as_of + 7)",
    },
}
KINDS_OF_SUBJECT = tuple(_OWN)


def about(pair: Sequence[Mapping[str, Any]], kind: str) -> list[dict[str, Any]]:
    """Return the same two rulesets about organisations, or the second one about children of the first one's account."""
    one, two = carried_by_books(list(map(dict, pair)))
    if kind == "organisation":
        return [{**_rewritten(each, _OWN[kind]), "subject": kind} for each in (one, two)]
    two.pop("inputs", None)
    above = {rf"(?<![\w.'])(?<!previous\.){_ABOVE}": r"account.\1"}
    child = {**_rewritten(two, {**_ALL, **_OWN[kind], **above}), "subject": kind}
    for machine in child.get("states", {}).values():
        for transition in machine["transitions"]:
            transition["needs_decision"] = False  # decisions of people are about accounts
    return [one, child]


def _rewritten(value: Any, words: Mapping[str, str]) -> Any:
    """Return a part of a ruleset with other words in its expressions."""
    if isinstance(value, dict):
        return {key: one if key == "id" else _rewritten(one, words) for key, one in value.items()}
    if isinstance(value, list):
        return [_rewritten(one, words) for one in value]
    if not isinstance(value, str):
        return value
    for of_account in RELATED:  # nobody else has such records
        value = value.replace(of_account, "(n1 * 1)")
    for read, written in words.items():
        value = re.sub(read, written, value)
    return value


def _seen(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    near = st.integers(-9, 9).map(lambda away: AS_OF + timedelta(days=away))
    return st.fixed_dictionaries({}, optional={**fields, "recorded_at": instants, "occurred_on": near})


_COUNTS = st.integers(0, 9).map(float)
_CHILD = {
    "opportunity": _seen(
        amount=numbers.map(abs), currency=CURRENCIES, fx_rate=RATES,
        probes=_COUNTS, is_won=st.booleans(), stage=texts, close_on=days,
    ),
    "workstream": _seen(planned_hours=numbers.map(abs), is_joint=st.booleans(), kind=texts, ends_on=days),
}  # fmt: skip
_NESTED = {
    "opportunity": {
        "opportunity_contact_roles": _seen(
            role=texts, is_primary=st.booleans(), contact_id=st.sampled_from(["k1", "k2"])
        )
    },
    "workstream": {
        "interactions": _seen(questions=_COUNTS, two_way=st.booleans(), kind=texts, planned_on=days),
        "commitments": _seen(due_on=days, kept_on=days, title=texts, effort_hours=_COUNTS),
    },
}
#: Kind of subject, two rulesets, accounts or organisations, and what may be handed in for any of them.
World = tuple[str, list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]
TABLES = {"opportunity": "opportunities", "workstream": "workstreams"}


@st.composite
def families(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """Return an account with children of a kind; their records name them, and some no account."""
    account: dict[str, Any] = draw(accounts)
    many = draw(st.integers(0, 3))
    account[TABLES[kind]] = [
        {"id": f"c{at}", **draw(_CHILD[kind]), **draw(st.sampled_from([{}, {}, {}, {"account_id": None}]))}
        for at in range(many)
    ]
    for table, row in _NESTED[kind].items():
        if draw(st.integers(0, 4)) == 0:
            account.pop(table, None)
            continue
        named = st.sampled_from([f"c{at}" for at in range(many)]) if many else st.none()
        account[table] = [
            {
                "id": f"r{at}",
                **draw(row),
                f"{kind}_id": draw(named),
                **draw(st.sampled_from([{}, {}, {"account_id": None}])),
            }
            for at in range(draw(st.integers(0, 5)))
        ]
    return account


_ORGANISATION = {
    "founder_led": st.booleans(),
    "years_sales_focused": _COUNTS,
    "industry": texts,
    "currency": CURRENCIES,
}
_OF_ORGANISATIONS = {
    "initiatives": _seen(
        spent=numbers.map(abs), currency=CURRENCIES, fx_rate=RATES, is_funded=st.booleans(), kind=texts,
        started_on=days, declared_complete_on=days,
    ),
    "goal_metrics": _seen(due_on=days, measured_on=days, metric=texts, actual=numbers),
    "decision_records": _seen(
        machine=st.sampled_from(["g.two.m", "g.two.k"]), target=st.sampled_from(["a", "b", "c"]), decided_on=days
    ),
}  # fmt: skip


@st.composite
def organisations(draw: st.DrawFn) -> dict[str, Any]:
    """Return an organisation with its records, each table missing now and then."""
    own: dict[str, Any] = draw(st.fixed_dictionaries({}, optional=_ORGANISATION))
    for table, row in _OF_ORGANISATIONS.items():
        if draw(st.integers(0, 3)):
            own[table] = [{"id": f"r{at}", **draw(row)} for at in range(draw(st.integers(0, 4)))]
    return own


@st.composite
def worlds(draw: st.DrawFn, at_most: int = 4) -> World:
    """Return a kind of subject, two rulesets, what has subjects of that kind in it, and what may be handed in."""
    kind = draw(st.sampled_from(KINDS_OF_SUBJECT))
    rulesets = about(draw(ruleset_pairs(happens=kind != "organisation")), kind)
    holders = organisations() if kind == "organisation" else families(kind)
    some = draw(st.lists(holders, min_size=1, max_size=at_most))
    return kind, rulesets, some, draw(st.lists(facts(), min_size=1, max_size=2 * at_most))
