"""Every bundled plugin of rulesets: its cases, and what follows from what its rulesets declare."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clientcore as cc
from clientcore.cli import main
from clientcore.entities import ENTITIES, SUBJECTS
from clientcore.expr import Name
from clientcore.expr.tree import children
from clientcore.ruleset import Ruleset
from invariants import (
    Direction,
    assert_bounded,
    assert_direction,
    directions,
    evaluator,
    facts_of,
    scorecards,
    sourced,
)

ROOT = Path(__file__).resolve().parents[1]
PLUGINS = sorted(path.name for path in (ROOT / "rulesets").iterdir() if path.is_dir())
ENGINE = cc.Engine()
RULESETS = [ruleset for ruleset in ENGINE.rulesets if ruleset.subject == "account" and not ruleset.on_request]
DECIDE = evaluator(ENGINE)
DIRECTIONS = [one for ruleset in RULESETS for one in directions(ENGINE, ruleset.id)]
EDGES = {name: score.range for ruleset in RULESETS for name, score in scorecards(ENGINE, ruleset.id)}


@pytest.mark.parametrize("plugin", PLUGINS)
def test_cases_pass_and_bring_every_rule_out_in_every_way(plugin: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", str(ROOT / "rulesets" / plugin), "--coverage"]) == 0, capsys.readouterr().out


def test_check_finds_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(ROOT / "rulesets")]) == 0
    *notes, last = capsys.readouterr().out.splitlines()
    assert last.endswith(" 0 errors, 0 warnings, 3 notes")
    # silence and what came twice need the records of one account together; every other part runs everywhere
    assert [
        note for note in notes if "/watch.yaml:" not in note or " note CC401 rule `signals.watch/" not in note
    ] == []


@settings(max_examples=60, deadline=None)
@given(facts_of(DIRECTIONS))
def test_scores_stay_in_their_range(facts: dict[str, float]) -> None:
    """Holds: P1."""
    assert_bounded(DECIDE(sourced(facts, "client_stated")), EDGES)


@pytest.mark.parametrize("one", DIRECTIONS, ids=lambda one: f"{one.score}-{one.fact}")
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_term_moves_its_score_as_declared(one: Direction, data: st.DataObject) -> None:
    """Holds: P2."""
    facts = sourced(data.draw(facts_of(DIRECTIONS)), "client_stated")
    low, high = sorted(data.draw(st.tuples(st.floats(*one.range), st.floats(*one.range))))
    less = DECIDE(facts | sourced({one.fact: low}, "client_stated"))
    more = DECIDE(facts | sourced({one.fact: high}, "client_stated"))
    assert_direction(one, less, more)


def test_every_fact_is_read() -> None:
    derived = {name for ruleset in RULESETS for name in ruleset.facts}
    told = {pattern.asserts for ruleset in RULESETS for pattern in ruleset.patterns.values()}  # for rules of others
    assert derived - told - set(ENGINE.plan().handed) == set()


def test_pages_say_what_every_ruleset_needs_and_gives() -> None:
    ran = subprocess.run(  # as `make docs` runs it
        [sys.executable, ROOT / "tools" / "rulesets.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("plugin", sorted(path.name for path in (ROOT / "plugins").iterdir() if path.is_dir()))
def test_every_plugin_has_a_page(plugin: str) -> None:
    """It says what the plugin needs and gives, its params and where it comes from."""
    page = (ROOT / "docs" / f"{plugin.removeprefix('clientcore_')}.md").read_text(encoding="utf-8")
    page += (ROOT / "docs" / "spectrum-reference.md").read_text(encoding="utf-8") if "spectrum" in plugin else ""
    assert plugin in page
    asked = {
        "needs": r"### What it needs|## What it needs|It needs ",
        "gives": r"### What it gives|## What it gives|\| output \||It gives ",
        "params": r"### Params|## Params|\| param \||params of its own",
        "sources": r"Source: |## Sources|\| claims \||are ours",
    }
    assert [name for name, said in asked.items() if not re.search(said, page)] == []


@pytest.mark.parametrize("ruleset", ENGINE.rulesets, ids=lambda ruleset: ruleset.id)
def test_the_page_of_a_ruleset_names_every_record_and_ruleset_that_it_reads(ruleset: Ruleset) -> None:
    """Found by another way than the page is printed: names in the expressions, all the way down."""
    pages = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md"))
    section = re.search(rf"<!-- (?:printed|needs): {re.escape(ruleset.id)} -->\n(.*?)<!-- end -->", pages, re.DOTALL)
    assert section is not None
    names, owners = read_by(ruleset)
    tables = {name for name in names if name in ENTITIES and name != SUBJECTS[ruleset.subject].table}
    assert [table for table in sorted(tables) if f"| `{table}` |" not in section[1]] == []
    assert [one for one in sorted(owners - {ruleset.id}) if f"| `{one}` |" not in section[1]] == []


def read_by(ruleset: Ruleset) -> tuple[set[str], set[str]]:
    """Return the bare names that a ruleset reads by way of facts and scores, and the rulesets of these."""
    owners = {name: one.id for one in ENGINE.rulesets for name in (*one.inputs, *one.facts)}
    formulas = {name: fact.value for one in ENGINE.rulesets for name, fact in one.facts.items()}
    stack = [term.value.tree for score in ruleset.scores.values() for term in score.terms]
    stack += [rule.when.tree for rule in ruleset.rules.values()] + [fact.value.tree for fact in ruleset.facts.values()]
    names: set[str] = set()
    fields = SUBJECTS[ruleset.subject].fields if ruleset.subject == "organisation" else {}
    while stack:
        tree = stack.pop()
        stack += children(tree)
        if isinstance(tree, Name) and tree.name not in names and tree.name not in fields:
            names.add(tree.name)
            stack += [formulas[tree.name].tree] if tree.name in formulas else []
    return names, {owners[name] for name in names if name in owners}


@pytest.mark.parametrize("ruleset", ENGINE.rulesets, ids=lambda ruleset: ruleset.id)
def test_every_finding_has_an_action_with_an_owner_and_a_due_day(ruleset: Ruleset) -> None:
    actions = ruleset.actions.values()
    assert [action.id for action in actions if not action.owner_role or action.due_days is None] == []
    assert [rule.id for rule in ruleset.rules.values() if rule.finding and not rule.finding.actions] == []


@pytest.mark.parametrize("ruleset", ENGINE.rulesets, ids=lambda ruleset: ruleset.id)
def test_every_param_has_a_sentence_and_a_range_or_choices(ruleset: Ruleset) -> None:
    bare = [
        name
        for name, param in ruleset.params.items()
        if not param.doc or (isinstance(param.value, float) and (param.range is None or not param.unit))
    ]
    assert bare == []
