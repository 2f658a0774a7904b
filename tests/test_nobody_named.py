"""Records that name nobody: what is decided holds whomever they were of, and what holds in any case is decided."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest

import clientcore as cc

AS_OF = date(2026, 6, 30)
SEEDS = range(60)
#: Who is at the account and in no list of it: a record without a name may be of somebody else.
ELSE = "somebody else"
#: Who is in no record at all, and may be the one without a name.
UNHEARD_OF = "somebody unheard of"


@pytest.fixture(scope="module")
def engine() -> cc.Engine:
    return cc.Engine()


def ago(days: int) -> str:
    return (AS_OF - timedelta(days=days)).isoformat()


def truth(engine: cc.Engine, account: dict[str, Any], rule: str) -> bool | None:
    decision = engine.evaluate(account, as_of=AS_OF, only=[rule])
    assert {problem.code for problem in decision.problems} <= {"CC607"}  # somebody else is in no list of the account
    return True if rule in decision.fired else None if rule in decision.unknown else False


def named(account: dict[str, Any], table: str, column: str, choices: list[list[str]]) -> Iterator[dict[str, Any]]:
    """Yield the account with each way in which its records without a name may be of somebody, and marks be noted."""
    unmarked = [row for row in account.get("inductions", ()) if "security" not in row]
    for row in unmarked[:1]:
        for mark in (True, False):
            marked = [{**one, "security": mark} if one is row else one for one in account["inductions"]]
            yield from named({**account, "inductions": marked}, table, column, choices)
        return
    sure = [row for row in account[table] if column in row]
    open_ = [row for row in account[table] if column not in row]
    for whose in product(choices, repeat=len(open_)):
        more = [
            {**row, "id": f"{row['id']}-{who}", column: who}
            for row, all_ in zip(open_, whose, strict=True)
            for who in all_
        ]
        yield {**account, table: sure + more}


def some(chance: random.Random, column: str, people: list[str], **fields: list[Any]) -> list[dict[str, Any]]:
    """Return up to four records, two of them without a name at the most."""
    rows: list[dict[str, Any]] = []
    for at in range(chance.randint(0, 4)):
        row = {"id": f"s{at}", **{name: chance.choice(values) for name, values in fields.items()}}
        if chance.random() < 0.6 or sum(column not in one for one in rows) == 2:
            row[column] = chance.choice([*people, ELSE])
        rows.append({name: value for name, value in row.items() if value is not None})
    return rows


def surveyed(chance: random.Random) -> tuple[dict[str, Any], list[str]]:
    people = [f"c{at}" for at in range(chance.randint(1, 4))]
    roles = [{"id": f"r{at}", "contact_id": one, "role": "decision_maker"} for at, one in enumerate(people)]
    if chance.random() < 0.3:
        roles.append({"id": "r9", "contact_id": people[0], "role": "economic_buyer"})
    given = some(chance, "contact_id", people, kind=["nps", "nps", "employee"], responded_on=[ago(9), ago(9), ago(500)])
    return {"id": "a", "account_contact_roles": roles, "survey_responses": given}, people


def silent(chance: random.Random) -> tuple[dict[str, Any], list[str]]:
    people = [f"c{at}" for at in range(chance.randint(1, 4))]
    kinds = ["nps"] * 5 + ["employee"]
    before = some(
        chance, "contact_id", people, kind=kinds, invited_on=[ago(510)], responded_on=[ago(500), ago(500), None]
    )
    invited = some(chance, "contact_id", people, kind=kinds, invited_on=[ago(20)], responded_on=[ago(9), None, None])
    given = [
        {**row, "id": f"{row['id']}{at}"}
        for at, rows in enumerate((_told_first(before, people), _told_first(invited, people)))
        for row in rows
    ]
    return {"id": "a", "contacts": [{"id": one} for one in people], "survey_responses": given}, people


def _told_first(rows: list[dict[str, Any]], people: list[str]) -> list[dict[str, Any]]:
    """Name the first of them, so that a share of nobody is rare."""
    return [{**row, "contact_id": people[0]} if row is rows[0] else row for row in rows]


def using(chance: random.Random) -> tuple[dict[str, Any], list[str]]:
    people = [f"c{at}" for at in range(chance.randint(1, 2))]
    roles = some(
        chance, "contact_id", people, role=["consumer", "prescriber", "decision_maker"], is_active=[True, None]
    )
    taught = [{"id": f"i{at}", "occurred_on": ago(9), "is_education": at == 0} for at in range(5)]
    return {"id": "a", "industry": "retail", "account_contact_roles": roles, "interactions": taught}, people


def inducted(chance: random.Random) -> tuple[dict[str, Any], list[str]]:
    people = [f"t{at}" for at in range(chance.randint(1, 4))]
    team = [{"id": one, "first_worked_on": ago(chance.choice([20, 100, 400]))} for one in people]
    whole = {item: [True] for item in ("security", "protocols", "culture", "dos_and_donts")}
    days = [ago(30), ago(200), ago(450)]
    whole["security"] = [True, True, None]
    had = some(chance, "team_member_id", people, completed_on=days, expires_on=[None, ago(1), ago(-90)], **whole)
    return {"id": "a", "team_members": team, "inductions": had}, people


def heard(chance: random.Random) -> tuple[dict[str, Any], list[str]]:
    people = [f"c{at}" for at in range(chance.randint(1, 4))]
    contacts = [{"id": one, "influence": chance.choice([1, 0.5])} for one in people]
    talks = some(chance, "contact_id", people, occurred_on=[ago(9), ago(9), ago(500)])
    return {"id": "a", "contacts": contacts, "interactions": talks}, people


#: Rule → (what draws an account, the table with names missing, the column of names, whether one may be of several).
RULES: dict[str, tuple[Any, str, str, bool]] = {
    "voice.response/deciders_not_heard": (surveyed, "survey_responses", "contact_id", False),
    "voice.response/fallen_silent": (silent, "survey_responses", "contact_id", False),
    "spectrum.mode/gate_education": (using, "account_contact_roles", "contact_id", False),
    "culture.induction/works_uninducted": (inducted, "inductions", "team_member_id", False),
    "culture.induction/induction_lapsed": (inducted, "inductions", "team_member_id", False),
    "culture.success/some_overlooked": (heard, "interactions", "contact_id", True),
    "culture.success/far_reach_overlooked": (heard, "interactions", "contact_id", True),
}


@pytest.mark.parametrize("rule", RULES)
def test_what_is_decided_holds_whomever_the_records_were_of(engine: cc.Engine, rule: str) -> None:
    draw, table, column, several = RULES[rule]
    told = {True: 0, False: 0, None: 0}
    by_bounds = 0
    for seed in SEEDS:
        account, people = draw(random.Random(seed))
        choices = [[one] for one in (*people, ELSE, UNHEARD_OF)] + [people] * several
        now = truth(engine, account, rule)
        ways = {truth(engine, one, rule) for one in named(account, table, column, choices)}
        assert now is (ways.pop() if len(ways) == 1 else None), (seed, account)
        told[now] += 1
        by_bounds += now is not None and any(column not in row for row in account[table])
    assert min(*told.values(), by_bounds) > 0
