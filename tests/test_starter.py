"""The starter needs six tables and nothing else, and knows most of its outcomes on the first day."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import pytest

import clientcore_starter
from clientcore import Decision, Engine
from clientcore.entities import ENTITIES
from clientcore.simulate import simulate_book

AS_OF = date(2026, 6, 30)
NEEDED = ("contacts", "account_contact_roles", "opportunities", "interactions", "cases")
FORBIDDEN = ("mentor", "servicing", "mining", "consultative")


@pytest.fixture(scope="module")
def starter() -> Engine:
    return Engine(plugins=[clientcore_starter], discover=False)


@pytest.fixture(scope="module")
def decisions(starter: Engine) -> list[Decision]:
    book = simulate_book(200, 3, AS_OF)
    rows: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for table in NEEDED:
        for row in book.tables[table]:
            rows[row["account_id"]][table].append(row)
    accounts = [{**head, **{table: rows[head["id"]][table] for table in NEEDED}} for head in book.tables["accounts"]]
    return [starter.evaluate(account, as_of=AS_OF) for account in accounts]


def test_it_stands_alone_and_reads_nothing_but_the_six_tables(starter: Engine) -> None:
    assert [ruleset.id for ruleset in starter.rulesets] == ["starter.account"]
    read = {node.value for tree in starter.checked.nodes.values() for node in tree.walk() if node.op == "table"}
    assert read == set(NEEDED)
    assert set(NEEDED) <= set(ENTITIES)


def test_a_plain_crm_gets_mostly_known_outcomes(decisions: list[Decision]) -> None:
    rules = 7
    unknown = sum(len(decision.unknown) for decision in decisions)
    assert unknown / (rules * len(decisions)) < 0.05
    placed = [decision.outcomes["starter.account.preliminary_place"].value for decision in decisions]
    assert placed.count(None) / len(placed) < 0.1
    assert {"servicing_so_far", "mining_or_above"} <= set(placed)
    assert not any(decision.problems for decision in decisions)


def test_coverage_is_always_exact(starter: Engine, decisions: list[Decision]) -> None:
    name = "starter.account.coverage"
    assert all(decision.scores[name].value is not None for decision in decisions)
    assert starter.evaluate({"id": "a"}, as_of=AS_OF).scores[name].value == 0


def test_clients_read_plain_words(decisions: list[Decision]) -> None:
    texts = [decision.render(audience="client").lower() for decision in decisions]
    assert any(texts)
    assert [text for text in texts if any(word in text for word in FORBIDDEN)] == []
