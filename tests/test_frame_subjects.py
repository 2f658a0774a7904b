"""Frames about other subjects than accounts: whose row it is, and the history in it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
from polars.testing import assert_frame_equal

import clientcore as cc

RULESET = """\
format: clientcore/1
language: cel-profile/1
ruleset: t.own
version: 1.0.0
subject: organisation
title: The supplier
states:
  lead: {initial: none, transitions: [{from: none, to: led, when: founder_led}]}
"""


def test_a_row_of_an_organisation_names_it_and_its_state_goes_on(tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    (tmp_path / "own.yaml").write_text(RULESET)
    (tmp_path / "book" / "accounts.csv").write_text("id\nacme\n")
    (tmp_path / "book" / "organisations.csv").write_text("id,founder_led\nus,true\nthem,false\n")
    engine = cc.Engine(rulesets=[tmp_path / "own.yaml"], discover=False)
    book = cc.read_book(tmp_path / "book")
    first = engine.evaluate_book(book, as_of=date(2026, 6, 30), subject="organisation")
    rows = first.select("organisation_id", "account_id", "t_own_lead").rows()
    assert rows == [("us", None, "led"), ("them", None, "none")]
    later = engine.evaluate_book(book, as_of=date(2026, 7, 31), subject="organisation", previous=first)
    assert later["t_own_lead_since"].to_list() == [date(2026, 6, 30), date(2026, 6, 30)]


DEALS = """\
format: clientcore/1
language: cel-profile/1
ruleset: t.deal
version: 1.0.0
subject: opportunity
title: Deals
facts:
  large: {kind: boolean, value: amount > 15}
rules:
  - {id: large, title: It is large, when: large}
  - {id: decided, title: Somebody decides, when: "opportunity_contact_roles.exists(r, r.role == 'decider')"}
"""


def test_a_child_of_no_account_that_nobody_knew_of_is_not_there(tmp_path: Path) -> None:
    book = tmp_path / "book"
    book.mkdir()
    (tmp_path / "deal.yaml").write_text(DEALS)
    (book / "accounts.csv").write_text("id\na\n")
    (book / "opportunities.csv").write_text(
        "id,account_id,amount,recorded_at,occurred_on\n"
        "later,,10,2026-07-01T00:00:00Z,\nyet,,10,2026-06-30T23:59:59Z,2026-07-09\nto_come,,10,,2026-07-01\nnow,,10,,\n"
    )
    engine = cc.Engine(rulesets=[tmp_path / "deal.yaml"], discover=False)
    for executor in ("record", "columnar"):
        asked: Any = {"subject": "opportunity", "executor": executor}
        made = engine.evaluate_book(cc.read_book(book), as_of=date(2026, 6, 30), **asked)
        assert made["opportunity_id"].to_list() == ["yet", "now"]


def test_children_stand_in_the_order_of_the_book_with_what_is_told_of_each(tmp_path: Path) -> None:
    book = tmp_path / "book"
    book.mkdir()
    (tmp_path / "deal.yaml").write_text(DEALS)
    (book / "accounts.csv").write_text("id,currency\na,EUR\nb,\nc,CHF\n")
    (book / "opportunities.csv").write_text(
        "id,account_id,amount,currency,fx_rate\nb1,b,10,CHF,2\na1,a,10,CHF,\nlone,,10,CHF,2\na2,a,10,CHF,2\nc1,c,10,CHF,2\n"
    )
    engine = cc.Engine(rulesets=[tmp_path / "deal.yaml"], discover=False)

    def made(executor: str, **more: Any) -> pl.DataFrame:
        return engine.evaluate_book(
            cc.read_book(book), as_of=date(2026, 6, 30), subject="opportunity", executor=executor, **more
        )

    first = made("columnar")
    assert first.select("opportunity_id", "t_deal__large").rows() == [
        ("b1", True),
        ("a1", None),
        ("lone", False),
        ("a2", True),
        ("c1", False),
    ]
    told = {id_: error for id_, error in first.select("opportunity_id", "error").rows() if error}
    assert set(told) == {"a1"}
    assert told["a1"].startswith("CC614 `opportunity` record `a1`: amounts in `CHF` without a rate; the account's is")
    for executor in ("record", "columnar"):
        assert_frame_equal(made(executor), first)
        assert_frame_equal(made(executor, at_a_time=2), first)
