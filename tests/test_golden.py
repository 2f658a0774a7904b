"""What users read, word for word: each file under tests/golden is written anew by `make golden` and then reviewed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import clientcore as cc
from clientcore.cli import main
from clientcore.simulate import simulate_book, write_book

Golden = Callable[[str, str], None]
DAY = date(2026, 6, 30)
# these two and no others, so that a new bundled plugin changes nothing here
PLUGINS = ["clientcore_spectrum", "clientcore_starter"]
AUDIENCES = ("internal", "account_team", "executive", "client")
#: The first is known well; of the second a plain CRM knows little; of the third nothing is known.
ACCOUNTS = ("a-0008", "crm", "new")

BROKEN = """\
format: clientcore/1
language: cel-profile/1
ruleset: acme.broken
version: 1.0.0
subject: account
title: All that can go wrong
params:
  floor: {value: 120, range: [0, 100], doc: a floor}
inputs:
  nps: {kind: number, range: [-100, 100]}
  tier: {kind: txt}
facts:
  a: {value: b + 1}
  b: {value: a + 1}
rules:
  - id: habit
    when: nps > 5 and nps < 9
  - id: near
    when: npss > params.flor
  - id: kinds
    when: nps == 'high'
    effect: {finding: {severity: hgih, actions: [call]}}
  - id: habit
    when: nps = 3
  - id: always
    when: nps > 5 || nps <= 5
scores:
  s:
    aggregate: mean
    range: [0, 100]
    terms: [{id: t, value: nps}]
    bands: [{id: low, below: 60}, {id: mid, below: 40}, {id: high}]
tables:
  t:
    hit_policy: first
    inputs: [nps]
    rows:
      - {id: any, when: ["-"], then: {t: A}}
      - {id: never, when: ["> 5"], then: {t: B}}
      - {id: two, when: ["> 5", "< 9"], then: {u: 3}}
states:
  m: {initial: off, transitions: [{from: off, to: on, when: nps}]}
actions:
  kall: {title: Call the client, audience: client, client_text: Your habit is at risk}
"""


#: It loads, and the checker refuses it.
UNSOUND = """\
format: clientcore/1
language: cel-profile/1
ruleset: acme.unsound
version: 1.0.0
subject: account
title: What only the checker finds
params:
  floor: {value: 50, range: [0, 100], doc: a floor}
inputs:
  nps: {kind: number, range: [-100, 100]}
facts:
  a: {value: b + 1}
  b: {value: a + 1}
rules:
  - id: near
    when: npss > params.flor
  - id: kinds
    when: nps == 'high'
    effect: {finding: {severity: high, actions: [call]}}
  - id: always
    when: nps > 5 || nps <= 5
  - id: lists
    when: cases.exists(c, c.statuss == 'open')
scores:
  s:
    aggregate: geometric_mean
    range: [0, 100]
    terms: [{id: t, value: nps, range: [-100, 100]}]
    bands: [{id: low, below: 60}, {id: mid, below: 40}, {id: high}]
tables:
  t:
    hit_policy: first
    inputs: [nps]
    default: []
    rows:
      - {id: any, when: ["-"], then: {t: A}}
      - {id: never, when: ["> 5"], then: {t: B}}
states:
  m: {initial: off, transitions: [{from: off, to: on, when: nps}]}
actions:
  kall: {title: Call the client, audience: client, client_text: We always call}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder with an invented book of 40 accounts in it."""
    place = tmp_path_factory.mktemp("golden")
    write_book(simulate_book(40, 7, DAY), place / "book")
    return place


@pytest.fixture(scope="module")
def decisions(folder: Path) -> dict[str, cc.Decision]:
    """Return the decisions of the three accounts."""
    crm: dict[str, Any] = {
        "id": "crm",
        "name": "Crisp & Co",
        "contacts": [{"id": "c1"}, {"id": "c2"}],
        "account_contact_roles": [{"id": "r1", "contact_id": "c1", "role": "decision_maker"}],
        "interactions": [{"id": "i1", "occurred_on": "2026-06-10", "kind": "meeting", "contact_id": "c1"}],
        "opportunities": [{"id": "o1", "opened_on": "2026-01-05", "close_on": "2026-05-01", "is_closed": False}],
        "cases": [],
    }
    engine = cc.Engine(plugins=PLUGINS, discover=False)
    found = cc.read_book(folder / "book").account(ACCOUNTS[0])
    return {account["id"]: engine.evaluate(account, as_of=DAY) for account in (found, crm, {"id": "new"})}


def told(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    """Return what a command says, errors after output, with the folder left out."""
    main([str(word) for word in words])
    captured = capsys.readouterr()
    return captured.out + captured.err


@pytest.mark.parametrize("account", ACCOUNTS)
@pytest.mark.parametrize("audience", AUDIENCES)
def test_a_decision_for_an_audience(
    decisions: dict[str, cc.Decision], golden: Golden, account: str, audience: str
) -> None:
    golden(f"render/{account}.{audience}.txt", decisions[account].render(audience) + "\n")


@pytest.mark.parametrize("account", ACCOUNTS)
def test_why_and_why_not(decisions: dict[str, cc.Decision], golden: Golden, account: str) -> None:
    decision = decisions[account]
    asked = ("engagement_mode", "ties", "single_threaded", "mentoring_switch", "threads_90d")
    parts = [f"why {name}\n{decision.why(name)}\n\nwhy not {name}\n{decision.why_not(name)}\n" for name in asked]
    asks = [f"  {one.ask} ({one.whom}; {len(one.settles)})" for one in decision.questions(10)]
    golden(f"why/{account}.txt", "\n".join([*parts, "questions", *asks]) + "\n")


def test_the_explanation_of_an_account(folder: Path, golden: Golden, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["explain", folder / "book", ACCOUNTS[0], "--as-of", DAY, "--no-discover", "--plugins", *PLUGINS]
    golden("explain.txt", told(capsys, *map(str, command)))


def test_the_check_of_a_broken_ruleset(
    tmp_path: Path, golden: Golden, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in (("broken", BROKEN), ("unsound", UNSOUND)):
        Path(f"{name}.yaml").write_text(text, encoding="utf-8")
        golden(f"check/{name}.txt", told(capsys, "check", f"{name}.yaml", "--no-discover"))


def test_the_summary_of_a_book(
    folder: Path, golden: Golden, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    command = ["evaluate", "book", "--as-of", str(DAY), "--no-discover", "--plugins", *PLUGINS]
    golden("evaluate.txt", told(capsys, *command))


def test_a_plan(golden: Golden) -> None:
    engine = cc.Engine(plugins=PLUGINS, discover=False)
    golden("plan.txt", f"{engine.plan()}\n\n{engine.plan(only=['starter.account.ties'])}\n")


def test_the_picture_of_the_demo(golden: Golden, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "-n", "120"]) == 0
    golden("demo.txt", capsys.readouterr().out.partition("one account explained")[0])
