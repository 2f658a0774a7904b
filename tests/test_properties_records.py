"""What holds of the bundled rulesets for the records of an account, whatever they say."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

import clientcore as cc
from clientcore.entities import ENTITIES, SUBJECTS
from clientcore.expr import Call, Expr, Macro, Name, Select
from clientcore.expr.tree import children
from clientcore.ruleset import DerivedFact
from clientcore.simulate import simulate_book
from invariants import AS_OF, properties

ENGINE = cc.Engine()
TABLES = SUBJECTS["account"].tables
#: Every ruleset of an account, those too that are only computed where they are asked for.
ALL = [one.id for one in ENGINE.rulesets if one.subject == "account"]
Row = dict[str, Any]
numbers = st.integers(0, 39)
seeds = st.integers(0, 2**32 - 1)


@cache
def book() -> list[Row]:
    """Return forty simulated accounts, each with its related records inside; nothing in it may be changed."""
    tables = simulate_book(40, 5, AS_OF).tables
    related = {name: [row for row in tables.get(name, ()) if row.get("account_id")] for name in TABLES}
    return [
        {
            **account,
            **{
                name: [
                    {key: value for key, value in row.items() if value is not None}
                    for row in rows
                    if row["account_id"] == account["id"]
                ]
                for name, rows in related.items()
            },
        }
        for account in tables["accounts"]
    ]


def told(account: Row) -> str:
    """Return the decision about an account as JSON, without its id and what is said of records set aside."""
    decision = ENGINE.evaluate(account, as_of=AS_OF)
    return attrs.evolve(decision, subject_id="", account_id="", problems=()).to_json()


def changed(account: Row, change: Callable[[str, list[Row]], list[Row]]) -> Row:
    """Return the account with its related records changed, table by table."""
    return {key: change(key, value) if isinstance(value, list) else value for key, value in account.items()}


@settings(max_examples=25, deadline=None)
@given(numbers, seeds)
def test_order_of_records_changes_nothing(number: int, seed: int) -> None:
    """Holds: P6."""
    chance, account = random.Random(seed), book()[number]
    assert told(changed(account, lambda _, rows: chance.sample(rows, len(rows)))) == told(account)


@settings(max_examples=25, deadline=None)
@given(numbers)
def test_a_record_that_is_there_twice_counts_once(number: int) -> None:
    """Holds: P10."""
    account = book()[number]
    assert told(changed(account, lambda _, rows: [*rows, *map(dict, rows)])) == told(account)


@settings(max_examples=25, deadline=None)
@given(numbers, seeds)
def test_other_ids_and_other_names_of_topics_change_nothing(number: int, seed: int) -> None:
    """Holds: P7, S0-45, S1-10."""
    account = book()[number]
    names = {account["id"]} | {row["id"] for rows in account.values() if isinstance(rows, list) for row in rows}
    topics = {row["topic"] for row in account["interactions"] if "topic" in row}
    order = random.Random(seed).sample(sorted(names), len(names))
    other = {name: f"x{at}" for at, name in enumerate(order)} | {topic: f"topic {topic}" for topic in topics}

    def renamed(row: Row) -> Row:
        return {key: other.get(value, value) if isinstance(value, str) else value for key, value in row.items()}

    swapped = changed(renamed(account), lambda _, rows: [renamed(row) for row in rows])
    assert told(swapped) == told(account)


#: Table of an account → its fields in money that are in a currency of their own.
MONEY = {
    name: [field for field, one in ENTITIES[name].fields.items() if one.unit == "money"]
    for name in TABLES
    if {"currency", "fx_rate"} <= set(ENTITIES[name].fields)
}


@settings(max_examples=25, deadline=None)
@given(numbers, st.sampled_from([0.5, 2.0, 8.0]))
def test_another_currency_changes_nothing(number: int, rate: float) -> None:
    """Holds: P7."""
    account = book()[number]

    def converted(table: str, rows: list[Row]) -> list[Row]:
        if table not in MONEY:
            return rows
        own = [{key: row[key] * rate for key in MONEY[table] if key in row} for row in rows]
        return [{**row, **new, "currency": "XXX", "fx_rate": 1 / rate} for row, new in zip(rows, own, strict=True)]

    assert told(changed(account, converted)) == told(account)


def test_money_of_every_kind_is_converted_and_read() -> None:
    assert {name for name, fields in MONEY.items() if fields} >= {"contracts", "obligations", "orders", "opportunities"}
    there = {name for account in book() for name in MONEY for row in account[name] if row.keys() & set(MONEY[name])}
    assert there >= {"contracts", "orders", "opportunities"}


def counts() -> list[str]:
    """Return the facts that count rows of one table one by one, so that they add up over accounts."""
    found = []
    for name, fact in ENGINE.checked.scope.facts.items():
        match fact.declared:
            case DerivedFact(value=formula) if "account" in fact.subjects:
                match formula.tree:
                    case Call(function="size", target=Macro(name="filter", range=Name()) as filtered) if not nested(
                        filtered
                    ):
                        found.append(name)
                    case _:
                        pass
            case _:
                pass
    return found


def nested(filtered: Macro) -> bool:
    """Whether the condition of a filter looks at other rows, facts or fields of the account."""

    def looks(tree: Expr) -> bool:
        inner = isinstance(tree, Macro) or (
            isinstance(tree, Name) and tree.name not in {filtered.var, "params", "as_of"}
        )
        return inner or any(map(looks, children(tree)))

    return any(map(looks, filtered.args))


@settings(max_examples=25, deadline=None)
@given(numbers, numbers)
def test_accounts_merged_have_what_both_had(one: int, other: int) -> None:
    """Holds: P11."""
    first, second = book()[one], book()[other]
    if one == other:
        return
    # a record that names another account would not count
    moved = {name: [{**row, "account_id": first["id"]} for row in second[name]] for name in TABLES}
    both = {**first, **{name: [*first[name], *moved[name]] for name in TABLES}}

    def facts(account: Row) -> dict[str, Any]:
        return {step.id: step.output for step in ENGINE.evaluate(account, as_of=AS_OF).trace if step.kind == "fact"}

    there, here, merged = facts(first), facts(second), facts(both)
    for name in counts():
        if there.get(name) is not None and here.get(name) is not None:
            assert (name, merged[name]) == (name, there[name] + here[name])


def test_there_are_facts_that_add_up() -> None:
    assert len(counts()) >= 20


#: Scores that weigh or count records, as docs/invariants.md says.
OF_RECORDS = properties()["P18"].but
#: What two halves of a record share out between them.
HALVED = ("amount", "margin", "duration_minutes", "questions", "open_questions")


def split(account: Row, table: str, chosen: Callable[[], bool]) -> Row:
    """Return the account with some records of a table in two halves of the same day."""

    def halves(of: str, rows: list[Row]) -> list[Row]:
        if of != table:
            return rows
        found = []
        for row in rows:
            half = {**row, **{key: row[key] / 2 for key in HALVED if key in row}}
            found += [{**half, "id": f"{row['id']}{part}"} for part in "ab"] if chosen() else [row]
        return found

    return changed(account, halves)


def moved(account: Row, other: Row) -> set[str]:
    """Return the scores that two accounts differ in."""
    before, after = (ENGINE.evaluate(of, as_of=AS_OF, only=ALL).scores for of in (account, other))
    return {name for name, score in before.items() if after[name] != score}


@settings(max_examples=25, deadline=None)
@given(numbers, seeds)
def test_splitting_a_sale_changes_no_score(number: int, seed: int) -> None:
    """Holds: P18, S4-11.

    An order is split into two of half its money on the same day; the unit that is judged is the client. The quality of
    the data alone counts records.
    """
    chance, account = random.Random(seed), book()[number]
    assert moved(account, split(account, "orders", lambda: chance.random() < 0.5)) <= {"risk.data.quality"}


@settings(max_examples=25, deadline=None)
@given(numbers, seeds)
def test_splitting_a_conversation_changes_no_score(number: int, seed: int) -> None:
    """Holds: P18."""
    chance, account = random.Random(seed), book()[number]
    assert moved(account, split(account, "interactions", lambda: chance.random() < 0.4)) <= set(OF_RECORDS)


@settings(max_examples=25, deadline=None)
@given(numbers, seeds)
def test_splitting_a_deal_changes_only_what_counts_deals(number: int, seed: int) -> None:
    """Holds: P18, S4-11."""
    chance, account = random.Random(seed), book()[number]
    found = moved(account, split(account, "opportunities", lambda: chance.random() < 0.5))
    assert found <= set(OF_RECORDS)
    assert not found & {"spectrum.evidence.influence", "spectrum.inversion.standing"}


def test_each_score_that_is_left_out_counts_conversations_or_deals() -> None:
    """The reason why these are left out of P18 is true of each of them."""
    chance = random.Random(1)
    tables = ("interactions", "opportunities")
    found = [moved(one, split(one, table, lambda: chance.random() < 0.4)) for one in book() for table in tables]
    assert set().union(*found) | {"risk.data.quality"} == set(OF_RECORDS)


@settings(max_examples=10, deadline=None)
@given(numbers, st.sampled_from(["scrum", "kanban", "waterfall", None]))
def test_a_method_in_use_changes_nothing(number: int, method: str | None) -> None:
    """Holds: S2-26."""
    account = book()[number]
    streams = [{**row, "kind": method} for row in account.get("workstreams", ())]
    assert told({**account, "workstreams": streams}) == told(account)


@settings(max_examples=10, deadline=None)
@given(numbers)
def test_a_vendor_is_an_account_like_any_other(number: int) -> None:
    """Holds: S2-02."""
    account = book()[number]
    assert told({**account, "direction": "vendor"}) == told({**account, "direction": "client"})


def test_no_expression_reads_how_difficult_or_able_somebody_is() -> None:
    """Holds: S3-05, S3-06."""

    def fields(tree: Expr) -> set[str]:
        found = {tree.field} if isinstance(tree, Select) else set()
        return found.union(*map(fields, children(tree)))

    read: set[str] = set()
    for ruleset in ENGINE.rulesets:
        formulas = [fact.value for fact in ruleset.facts.values()] + [rule.when for rule in ruleset.rules.values()]
        for score in ruleset.scores.values():
            formulas += [term.value for term in score.terms] + [limit.condition for limit in score.limits]
        read = read.union(*(fields(formula.tree) for formula in formulas))
    assert "occurred_on" in read
    assert read & {"difficulty", "capability"} == set()
