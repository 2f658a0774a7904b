"""The review of an account: twenty items, each filled or with a question, and nothing that was not known on the day."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import clientcore as cc
from clientcore.cli import main
from clientcore.errors import FactError
from clientcore.review import AGENDA, Pack, review_pack
from clientcore.simulate import simulate_book, write_book
from demeaning import demeaning

pytest.importorskip("polars")
DAY = date(2026, 6, 30)
ENGINE = cc.Engine()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("review") / "book"
    write_book(simulate_book(12, 7, DAY), path)
    return path


def item(pack: Pack, name: str) -> Any:
    return next(one for one in pack.items if one.id == name)


def test_the_agenda_has_twenty_items_and_names_what_there_is() -> None:
    assert len(AGENDA) == len({topic.id for topic in AGENDA}) == 20
    outputs = {
        f"{ruleset.id}.{name}"
        for ruleset in ENGINE.rulesets
        for parts in (ruleset.scores, ruleset.tables, ruleset.states)
        for name in parts
    }
    rules = {f"{ruleset.id}/{name}" for ruleset in ENGINE.rulesets for name in ruleset.rules}
    rulesets = {ruleset.id for ruleset in ENGINE.rulesets}
    assert {name for topic in AGENDA for name in topic.figures} <= outputs
    assert {name for topic in AGENDA for name in topic.findings} <= rules | rulesets


def test_every_item_says_something_or_what_to_ask(folder: Path) -> None:
    """Holds: S3-30."""
    book = cc.read_book(folder)
    for account in book.ids():
        pack = review_pack(ENGINE, book, account, as_of=DAY)
        assert [one.number for one in pack.items] == list(range(1, 21))
        assert [one.id for one in pack.items if not one.is_known and not one.ask] == []
        assert all(ask.endswith("?") and whom for one in pack.items for ask, whom in one.ask)
        names = {row["name"] for row in book.tables["contacts"].to_dicts() if row["name"]}
        assert [name for name in names if name in str(pack)] == []  # people are counted, never named
        assert demeaning(str(pack)) == []


def test_of_an_account_of_which_nothing_is_known_every_item_asks(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("id\na\n")
    pack = review_pack(ENGINE, cc.read_book(tmp_path), "a", as_of=DAY)
    assert [one.id for one in pack.items if one.records] == []
    asked = {topic.id: (topic.ask, topic.whom) for topic in AGENDA}
    assert {one.id: one.ask[0] for one in pack.items if not one.is_known}.items() <= asked.items()
    assert {"contracts", "debtors", "competitors", "hospitality"} <= {one.id for one in pack.items if not one.is_known}


def test_records_are_those_of_the_day(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("id,currency,overdue_60,management_changed_on\na,EUR,120,2026-07-15\n")
    (tmp_path / "reviews.csv").write_text(
        "id,account_id,kind,held_on,recorded_at,actions_agreed,actions_closed\n"
        "r1,a,account_review,2026-03-01,2026-03-01,4,3\n"
        "r2,a,account_review,2026-07-01,2026-07-01,9,9\n"
        "r3,a,artefact,2026-06-01,2026-06-01,,\n"
    )
    (tmp_path / "opportunities.csv").write_text(
        "id,account_id,name,amount,is_closed,closed_on,recorded_at\n"
        "o1,a,second line,5000,false,,2026-01-01\no2,a,third line,9000,false,,2026-08-01\n"
        "o3,a,first line,1000,true,2026-02-01,2026-01-01\n"
    )
    (tmp_path / "risks.csv").write_text(
        "id,account_id,title,probability,impact,response,closed_on\n"
        "x1,a,a part comes late,0.2,1000,reduce,\nx2,a,a strike,0.5,1000,,\nx3,a,an old one,0.9,9000,,2026-01-01\n"
    )
    pack = review_pack(ENGINE, cc.read_book(tmp_path), "a", as_of=DAY)
    assert item(pack, "previous_actions").records == ("last review on 2026-03-01, 4 actions agreed, 3 of them closed",)
    assert item(pack, "debtors").records == ("overdue 31 to 60 days: 120 EUR",)
    assert item(pack, "organisation_changes").records == ()
    assert item(pack, "opportunities").records == ("second line, 5,000 EUR",)
    assert item(pack, "risk").records == (
        "a strike, probability 50%, 1,000 EUR if it happens, no response noted",
        "a part comes late, probability 20%, 1,000 EUR if it happens, reduce",
    )


def test_the_order_of_records_changes_nothing(folder: Path, tmp_path: Path) -> None:
    """Holds: P6."""
    simulated = simulate_book(12, 7, DAY)
    for rows in simulated.tables.values():
        rows.reverse()
    write_book(simulated, tmp_path / "turned")
    one, other = cc.read_book(folder), cc.read_book(tmp_path / "turned")
    for account in ("a-0001", "a-0007"):
        assert review_pack(ENGINE, one, account, as_of=DAY) == review_pack(ENGINE, other, account, as_of=DAY)


def test_without_rulesets_the_records_alone_fill_it(folder: Path) -> None:
    pack = review_pack(cc.Engine(discover=False), cc.read_book(folder), "a-0001", as_of=DAY)
    assert [one.id for one in pack.items if one.figures or one.findings] == []
    assert item(pack, "contacts").records != ()


def test_the_command_prints_text_or_data(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", str(folder), "a-0003", "--as-of", "2026-06-30"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("review of a-0003, as of 2026-06-30\n\n 1. Actions of the last review\n")
    assert main(["review", str(folder), "a-0003", "--as-of", "2026-06-30", "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["format"], data["account_id"], data["as_of"]) == ("clientcore-review/1", "a-0003", "2026-06-30")
    assert data["items"] == review_pack(ENGINE, cc.read_book(folder), "a-0003", as_of=DAY).to_dict()["items"]


def test_an_account_that_is_not_there_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(FactError, match="CC403 no account `a-003`"):
        review_pack(ENGINE, cc.read_book(folder), "a-003", as_of=DAY)
    assert main(["review", str(folder), "a-003", "--as-of", "2026-06-30"]) == 2
    assert "no account `a-003`" in capsys.readouterr().err


def test_amounts_are_in_one_currency_and_contracts_that_run_are_told(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("id,currency\na,EUR\n")
    (tmp_path / "contracts.csv").write_text(
        "id,account_id,kind,status,starts_on,ends_on,auto_renew,annual_value,currency,fx_rate\n"
        "k1,a,msa,active,2025-01-01,2025-12-31,true,100,,\n"  # it renewed itself
        "k2,a,sow,active,2025-07-01,2026-06-30,false,100,USD,0.5\n"  # today is its last day
        "k3,a,nda,active,2026-01-01,,,1000,GBP,\n"  # no rate
        "k4,a,next,active,2026-08-01,,,100,,\n"
        "k5,a,old,active,2024-01-01,2025-12-31,false,100,,\n"
    )
    (tmp_path / "orders.csv").write_text(
        "id,account_id,ordered_on,amount,currency,fx_rate\no1,a,2026-05-01,10,EUR,\no2,a,2026-05-02,10,USD,0.5\n"
        "o3,a,2026-05-03,10,GBP,\n"
    )
    pack = review_pack(ENGINE, cc.read_book(tmp_path), "a", as_of=DAY)
    head, *rest = item(pack, "contracts").records
    assert head == "running contracts: 3, 150 EUR a year where noted"
    assert [line.partition(",")[0] for line in rest] == ["msa", "sow", "nda"]
    assert item(pack, "sales").records == ("orders within a year: 3, 15 EUR where noted",)


def test_what_stands_there_is_words_in_one_unit(folder: Path) -> None:
    """No id of a row, no bound of a range, no coverage where all is known, no sentence with a hole in it."""
    book = cc.read_book(folder)
    rows = {
        str(row.then)
        for ruleset in ENGINE.rulesets
        if ruleset.id.startswith("health.")
        for table in ruleset.tables.values()
        for row in table.rows
    }
    told = [line for account in book.ids() for line in str(review_pack(ENGINE, book, account, as_of=DAY)).splitlines()]
    figures = [line for line in told if line.startswith("    ") and not line.strip().startswith("not known")]
    assert [line for line in figures if "100% known" in line or "unknown" in line or "000,000,000" in line] == []
    assert [
        line for line in figures if any(word in line.replace(",", "").split() for word in rows if "_" in word)
    ] == []
    ways = {
        "Net revenue retention (NRR)": "%", "Gross revenue retention (GRR)": "%", "Lifetime value": "EUR",
        "Expected loss before any response": "EUR", "Ties with the client today": "of 100",
        "Components that are kept up to date": "of 13",
    }  # fmt: skip
    for title, unit in ways.items():
        said = [line.partition(": ")[2] for line in figures if line.startswith(f"    {title}: ")]
        assert said, title
        assert [line for line in said if unit not in line] == []


def test_steps_that_contradict_each_other_are_not_both_recommended() -> None:
    """Holds: S1-13, S1-19."""
    account: dict[str, Any] = {
        "id": "a",
        "intent_evidence": [
            {"id": "e1", "occurred_on": "2026-06-01", "side": "client", "strength": 0.2},
            {"id": "e2", "occurred_on": "2026-06-01", "side": "supplier", "strength": 0.9},
        ],
    }
    told = [
        {"id": f"i{n}", "occurred_on": "2026-06-01", "nature": "directive", "is_challenge": False} for n in range(4)
    ]
    account |= {"interactions": told, "opportunities": [], "account_contact_roles": []}
    decision = ENGINE.evaluate(account, facts={"delivered_trust": 0.4}, as_of=DAY)
    assert decision.suppressed == {"spectrum.next_steps/bring_an_idea": ("relationship.intent/we_are_ahead",)}
    assert {"relationship.intent/we_are_ahead", "trust.parts/deliver_before_growing"} <= set(decision.fired)
    steps = {action.id for action in decision.actions}
    assert "keep_what_was_promised" in steps
    assert steps.isdisjoint({"suggest_extension", "bring_one_idea"})


def test_the_frame_asks_for_nothing_that_the_records_say(folder: Path) -> None:
    from clientcore.report import run_report

    book = cc.read_book(folder)
    for account in book.ids():
        frame = run_report(ENGINE, book, "R20", as_of=DAY, account=account)
        pack = review_pack(ENGINE, book, account, as_of=DAY)
        assert frame["records"].to_list() == ["; ".join(one.records) for one in pack.items]
        assert [
            row for row in frame.to_dicts() if row["ask"] and (row["records"] or row["stands"] or row["found"])
        ] == []
