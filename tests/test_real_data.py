"""Whole books of other systems: what the mappings give is what SQL says on the source itself."""

from __future__ import annotations

import csv
import os
import re
import sqlite3
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

import clientcore as cc
from clientcore.book import Book, read_book
from clientcore.intake import Need, take

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("CLIENTCORE_SHARED_DATA", ROOT.parent / "shared" / "data"))
MAPPINGS = ROOT / "plugins" / "clientcore_mappings" / "mappings"
AS_OF = date(1998, 6, 30)


def book(source: str, mapping: str) -> Book:
    path = DATA / source
    if not path.exists():
        pytest.skip(f"no third-party data at {path}; set CLIENTCORE_SHARED_DATA")
    return read_book(path, MAPPINGS / f"{mapping}.yaml")


@pytest.fixture(scope="module")
def northwind() -> Book:
    return book("northwind/northwind.db", "northwind")


@pytest.fixture(scope="module")
def maven() -> Book:
    return book("maven_crm", "maven")


@pytest.fixture(scope="module")
def vendor_seeds() -> Book:
    return book("dbt_salesforce", "salesforce")


def sql(query: str) -> list[Any]:
    with sqlite3.connect(DATA / "northwind" / "northwind.db") as con:
        rows = con.execute(query).fetchall()
    con.close()
    return rows


def facts(book: Book, table: str, columns: tuple[str, ...], as_of: date) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of a related table for each account, as the executors see them."""
    need = Need((), {table: columns})
    taken = [take(account, need, as_of) for account in book.accounts(need.tables)]
    assert [problem for one in taken for problem in one.problems] == []
    return {one.id: list(one.tables[table] or ()) for one in taken}


def test_northwind_is_read_whole_and_clean(northwind: Book) -> None:
    assert northwind.rejects.is_empty()
    assert northwind.problems == ()
    assert northwind.unattached == {}
    assert northwind.whole
    (customers,), (orders,) = sql("SELECT count(*) FROM Customers"), sql("SELECT count(*) FROM Orders")
    assert (northwind.tables["accounts"].height, northwind.tables["orders"].height) == (customers[0], orders[0])


def test_northwind_late_orders_of_each_client(northwind: Book) -> None:
    expected = dict(
        sql(
            "SELECT c.CustomerID, (SELECT count(*) FROM Orders o WHERE o.CustomerID = c.CustomerID"
            " AND o.ShippedDate > o.RequiredDate) FROM Customers c"
        )
    )
    rows = facts(northwind, "commitments", ("due_on", "kept_on"), AS_OF)
    assert {id_: sum(kept > due for due, kept in found) for id_, found in rows.items()} == expected
    assert sum(expected.values()) == 37


def test_northwind_open_and_broken_commitments_on_a_day(northwind: Book) -> None:
    day = date(1998, 2, 1)
    expected = dict(
        sql(
            "SELECT c.CustomerID, (SELECT count(*) FROM Orders o WHERE o.CustomerID = c.CustomerID"
            f" AND date(o.OrderDate) <= '{day}' AND date(o.RequiredDate) <= '{day}'"
            f" AND (o.ShippedDate IS NULL OR date(o.ShippedDate) > '{day}')) FROM Customers c"
        )
    )
    rows = facts(northwind, "commitments", ("due_on", "kept_on"), day)
    missed = {id_: sum(due <= day.toordinal() and kept != kept for due, kept in found) for id_, found in rows.items()}
    assert missed == expected
    assert sum(expected.values()) > 0


def test_northwind_own_staff_of_each_client(northwind: Book) -> None:
    expected = dict(sql("SELECT CustomerID, count(DISTINCT EmployeeID) FROM Orders GROUP BY CustomerID"))
    rows = facts(northwind, "team_members", ("id",), AS_OF)
    assert {id_: len(found) for id_, found in rows.items() if found} == expected
    edges = facts(northwind, "interactions", ("team_member_id",), AS_OF)
    assert {id_: len(set(found)) for id_, found in edges.items() if found} == expected


def test_northwind_revenue_of_each_client(northwind: Book) -> None:
    expected = dict(
        sql(
            "SELECT o.CustomerID, sum(d.UnitPrice * d.Quantity * (1 - d.Discount)) FROM Orders o"
            ' JOIN "Order Details" d USING (OrderID) GROUP BY o.CustomerID'
        )
    )
    rows = facts(northwind, "orders", ("amount",), AS_OF)
    found = {id_: sum(amount for (amount,) in amounts) for id_, amounts in rows.items() if amounts}
    assert found == pytest.approx(expected)


def pipeline() -> list[dict[str, str]]:
    with (DATA / "maven_crm" / "sales_pipeline.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_maven_won_and_lost_of_each_account(maven: Book) -> None:
    expected: dict[str, Counter[str]] = defaultdict(Counter)
    for row in pipeline():
        expected[row["account"]][row["deal_stage"]] += 1
    rows = facts(maven, "opportunities", ("is_won", "is_closed"), date(2017, 12, 31))
    assert {
        id_: (sum(won for won, _ in found), sum(closed and not won for won, closed in found))
        for id_, found in rows.items()
    } == {id_: (count["Won"], count["Lost"]) for id_, count in expected.items() if id_}


def test_maven_opportunities_of_no_account_are_counted(maven: Book) -> None:
    assert (
        maven.unattached == {"opportunities": sum(not row["account"] for row in pipeline())} == {"opportunities": 1425}
    )
    assert maven.tables["opportunities"].height == 8800
    assert maven.rejects.is_empty()
    assert maven.problems == ()


def test_maven_slips_are_repaired(maven: Book) -> None:
    assert "GTX Pro" in maven.tables["opportunities"]["name"]
    assert "GTXPro" not in maven.tables["opportunities"]["name"]
    industries = Counter(maven.tables["accounts"]["industry"])
    assert (industries["technology"], industries["technolgy"]) == (12, 0)
    assert "Philippines" in maven.tables["accounts"]["country"]
    parents = set(maven.tables["accounts"]["parent_id"].drop_nulls())
    assert parents <= set(maven.ids())


def test_maven_value_won_and_staff_of_each_account(maven: Book) -> None:
    won: dict[str, float] = defaultdict(float)
    staff: dict[str, set[str]] = defaultdict(set)
    for row in pipeline():
        if row["account"]:
            won[row["account"]] += float(row["close_value"] or 0)
            staff[row["account"]].add(row["sales_agent"])
    amounts = facts(maven, "opportunities", ("amount",), date(2017, 12, 31))
    assert {id_: sum(a for (a,) in found if a == a) for id_, found in amounts.items()} == dict(won)
    team = facts(maven, "team_members", ("id",), date(2017, 12, 31))
    assert {id_: len(found) for id_, found in team.items()} == {id_: len(agents) for id_, agents in staff.items()}


def rows_of(name: str) -> list[tuple[Any, ...]]:
    path = DATA / "dbt_salesforce" / f"sf_{name}_data.csv"
    query = "SELECT id, lower(coalesce(is_deleted, 'false')) FROM read_csv($path, all_varchar=true) "
    with duckdb.connect() as con:
        there = {
            column.lower()
            for column, *_ in con.execute("DESCRIBE FROM read_csv($path)", {"path": str(path)}).fetchall()
        }
        only = "WHERE coalesce(_fivetran_active, 'true') = 'true'" if "_fivetran_active" in there else ""
        return con.execute(query + only, {"path": str(path)}).fetchall()


def test_every_live_row_of_the_vendor_seeds_is_in_a_table_or_rejected(vendor_seeds: Book) -> None:
    sources = {
        "accounts": ("account",),
        "contacts": ("contact",),
        "opportunities": ("opportunity",),
        "orders": ("order",),
    }
    for table, names in (*sources.items(), ("interactions", ("task", "event"))):
        live = [id_ for name in names for id_, deleted in rows_of(name) if deleted != "true"]
        set_aside = vendor_seeds.rejects.filter(vendor_seeds.rejects["table"] == table)["row"].n_unique()
        assert vendor_seeds.tables[table].height + set_aside == len(live), table
    assert set(vendor_seeds.rejects["code"]) == {"CC607"}


def test_every_column_of_the_mapping_is_one_of_salesforce() -> None:
    """A column of the mapping is a field that the describes or the seeds know, or a custom one."""
    if not (DATA / "salesforce_describe").exists():
        pytest.skip(f"no third-party data at {DATA}; set CLIENTCORE_SHARED_DATA")
    from clientcore.book import read_mapping

    loose = re.compile(r"[\s_]+")
    known: dict[str, set[str]] = defaultdict(set)
    for path in (DATA / "salesforce_describe").glob("*.json"):
        fields = re.findall(r'"name": ?"(\w+)"', path.read_text(encoding="utf-8"))
        known[path.stem.lower()] |= {loose.sub("", field).lower() for field in fields}
    for path in (DATA / "dbt_salesforce").glob("sf_*_data.csv"):
        with path.open(encoding="utf-8") as file:
            header = next(csv.reader(file))
        known[path.stem.removeprefix("sf_").removesuffix("_data")] |= {loose.sub("", name).lower() for name in header}
    # Fields that exist only with several currencies, or in objects that the data lacks.
    elsewhere = {"currencyisocode", "yearstarted"}
    for source in read_mapping(MAPPINGS / "salesforce.yaml").sources.values():
        fields = known.get(source.names[0].lower())
        for column in source.columns if fields else ():
            name = loose.sub("", column).lower()
            assert name in (fields or ()) or name in elsewhere or column.endswith("_c") or column[0] == "_", (
                source.id,
                column,
            )


def test_a_data_export_of_salesforce(tmp_path: Path) -> None:
    files = {
        "Account": "Id,Name,Type,OwnerId,IsDeleted,NumberOfEmployees\n001A,Acme,Customer - Direct,005X,false,12\n"
        "001B,Best,Prospect,005Y,FALSE,\n001C,Gone,Customer,005X,true,\n",
        "Contact": "Id,AccountId,FirstName,LastName,Title\n"
        "003A,001A,Ann,Lee,Chief Financial Officer\n003B,001A,,Ray,Clerk\n",
        "AccountContactRelation": "Id,AccountId,ContactId,Roles\n07kA,001A,003A,Decision Maker;Influencer\n",
        "Opportunity": "Id,AccountId,Name,StageName,IsWon,IsClosed,Amount,Probability,CloseDate,OwnerId,CreatedDate,"
        "Loss_Reason__c\n"
        "006A,001A,Deal,Closed Lost,false,true,100,0,2026-02-01,005Z,2026-01-01T00:00:00.000+0000,price\n"
        "006B,001A,Next,Proposal,false,false,50,60,2026-09-01,005X,2026-03-01T00:00:00.000+0000,\n",
        "OpportunityContactRole": "Id,OpportunityId,ContactId,Role,IsPrimary\n00KA,006A,003A,Economic Buyer,true\n",
        "Task": "Id,WhatId,WhoId,OwnerId,TaskSubtype,CallType,CallDurationInSeconds,IsClosed,ActivityDate\n"
        "00TA,006A,003A,005X,Call,Inbound,120,true,2026-04-01\n00TB,,003B,005X,Email,,,false,2026-08-01\n",
        "Case": "Id,AccountId,Priority,IsClosed,IsEscalated,CreatedDate\n"
        "500A,001A,High,false,true,2026-05-01T10:00:00Z\n",
        "User": "Id,FirstName,LastName,Title,IsActive\n005X,Sam,Hill,Account Manager,true\n",
    }
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    book = read_book(tmp_path, MAPPINGS / "salesforce.yaml")
    assert book.rejects.is_empty()
    assert book.ids() == ["001A", "001B"]
    assert not {"assets", "contracts", "orders"} & set(book.tables)
    acme = next(book.accounts())
    assert (acme["lifecycle"], acme["employees"], acme["owner_id"]) == ("client", 12.0, "001A/005X")
    assert [(contact["name"], contact["seniority"]) for contact in acme["contacts"]] == [
        ("Ann Lee", "executive"),
        ("Ray", "staff"),
    ]
    assert [role["role"] for role in acme["account_contact_roles"]] == ["decision_maker", "influencer"]
    lost, following = acme["opportunities"]
    assert (lost["is_won"], lost["lost_reason"], lost["closed_on"]) == (False, "price", date(2026, 2, 1))
    assert (following["closed_on"], following["close_on"], following["probability"]) == (None, date(2026, 9, 1), 0.6)
    assert [(role["role"], role["is_primary"]) for role in acme["opportunity_contact_roles"]] == [
        ("economic_buyer", True)
    ]
    call, mail = acme["interactions"]
    assert (call["kind"], call["direction"], call["two_way"], call["occurred_on"]) == (
        "call",
        "inbound",
        True,
        date(2026, 4, 1),
    )
    assert (mail["kind"], mail["two_way"], mail["occurred_on"], mail["planned_on"]) == (
        "mail",
        None,
        None,
        date(2026, 8, 1),
    )
    assert [(case["priority"], case["is_escalated"]) for case in acme["cases"]] == [("high", True)]
    team = {member["id"]: (member["name"], member["is_focal"]) for member in acme["team_members"]}
    assert team == {"001A/005X": ("Sam Hill", True), "001A/005Z": (None, False)}


def test_states_of_salesforce_are_ours(tmp_path: Path) -> None:
    files = {
        "Account": "Id,Name\n001A,Acme\n",
        "Order": "Id,AccountId,Status,EffectiveDate\n801A,001A,Draft,2026-01-01\n801B,001A,Activated,2026-01-02\n"
        "801C,001A,Cancelled,2026-01-03\n801D,001A,,2026-01-04\n",
        "Asset": "Id,AccountId,Status\n02iA,001A,Obsolete\n02iB,001A,Purchased\n02iC,001A,\n",
        "Contract": "Id,AccountId,Status\n800A,001A,Terminated\n800B,001A,In Approval Process\n",
    }
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    acme = next(read_book(tmp_path, MAPPINGS / "salesforce.yaml").accounts())
    states = {table: [(one["id"], one["status"]) for one in acme[table]] for table in ("orders", "assets", "contracts")}
    assert states == {
        "orders": [("801B", "open"), ("801C", "cancelled"), ("801D", None)],
        "assets": [("02iA", "retired"), ("02iB", "installed"), ("02iC", None)],
        "contracts": [("800A", "terminated"), ("800B", "draft")],
    }


@pytest.mark.parametrize(("name", "as_of"), [("northwind", date(2016, 6, 30)), ("maven", date(2017, 12, 31))])
def test_every_bundled_ruleset_decides(name: str, as_of: date, request: pytest.FixtureRequest) -> None:
    engine = cc.Engine()
    decided = engine.evaluate_book(request.getfixturevalue(name), as_of=as_of)
    assert decided.height == request.getfixturevalue(name).tables["accounts"].height
    assert decided["error"].null_count() == decided.height
    account = [one for one in engine.rulesets if one.subject == "account" and not one.on_request]
    missing = [
        f"{one.id}/{rule}"
        for one in account
        for rule in one.rules
        if f"{one.id}/{rule}".replace("/", "__").replace(".", "_") not in decided.columns
    ]
    assert len(account) > 20
    assert missing == []


def test_maven_opportunities_are_decided(maven: Book) -> None:
    """Of each open deal the book says nothing that is evidenced, so nothing is settled; closed ones are left alone."""
    engine, end = cc.Engine(), date(2017, 12, 31)
    decided = engine.evaluate_book(maven, as_of=end, subject="opportunity")
    assert decided["opportunity_id"].to_list() == [row["opportunity_id"] for row in pipeline()]
    assert decided["error"].null_count() == decided.height == 8800
    for ruleset in (one for one in engine.rulesets if one.subject == "opportunity"):
        names = [f"{ruleset.id}__{rule}" for rule in ruleset.rules]
        names += [f"{ruleset.id}.{score}" for score in (*ruleset.scores, *ruleset.tables)]
        assert {name.replace(".", "_") for name in names} <= set(decided.columns)
    stages = {row["opportunity_id"]: row["deal_stage"] for row in pipeline()}
    assert Counter(stages.values()) == {"Won": 4238, "Lost": 2473, "Engaging": 1589, "Prospecting": 500}
    for row in decided.iter_rows(named=True):
        is_open = stages[row["opportunity_id"]] in {"Engaging", "Prospecting"}
        assert (row["qualification_opportunity__too_much_unknown"], row["qualification_opportunity_advice"]) == (
            (True, "work") if is_open else (False, None)
        )
        for score in ("checklist", "history", "worth"):
            ends = tuple(row[f"qualification_opportunity_{score}{end}"] for end in ("", "_low", "_high", "_coverage"))
            assert ends == ((None, 0.0, 0.4 if score == "worth" else 1.0, 0.0) if is_open else (None, None, None, 0.0))


def test_maven_opportunities_one_by_one(maven: Book) -> None:
    """The record executor says of the deals of an account what the frame says."""
    engine, end = cc.Engine(), date(2017, 12, 31)
    frame = engine.evaluate_book(maven, as_of=end, subject="opportunity", lists=True)
    rows = {row["opportunity_id"]: row for row in frame.iter_rows(named=True)}
    account = next(one for one in maven.accounts() if one["id"] == "Konex")
    decisions = engine.evaluate_subjects(account, subject="opportunity", as_of=end)
    assert len(decisions) == sum(row["account"] == "Konex" for row in pipeline()) == 178
    for decision in decisions:
        row = rows[decision.subject_id]
        assert tuple(row["fired"]) == decision.fired
        for name, score in decision.scores.items():
            column = name.replace(".", "_")
            assert (row[f"{column}_low"], row[f"{column}_high"]) == (score.low, score.high)
