"""Frames about other subjects than accounts: whose row it is, and the history in it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

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
