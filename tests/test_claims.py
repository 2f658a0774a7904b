"""Every claim of the source documents has its place, and every property a test; the pages say so."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import claims
import clientcore as cc

ROOT = Path(__file__).resolve().parents[1]
#: How many claims each of the five documents makes.
COUNTS = {"S0": 48, "S1": 21, "S2": 26, "S3": 33, "S4": 33}
IDS = [f"{document}-{number:02}" for document, count in COUNTS.items() for number in range(1, count + 1)]


CLAIMS = {name: claim for some in claims.data().values() for name, claim in some.items()}


def test_the_pages_are_current() -> None:
    ran = subprocess.run(  # as `make docs` runs it
        [sys.executable, ROOT / "tools" / "claims.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_every_claim_has_a_row_and_a_sentence() -> None:
    page = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| (S\d-\d\d) \|", page, re.MULTILINE) == IDS == list(CLAIMS)
    assert [name for name, claim in CLAIMS.items() if not claim["says"].endswith((".", "?"))] == []
    assert {letter for claim in CLAIMS.values() for letter in claim["kind"].split(", ")} == set(claims.KINDS)


def test_every_claim_lives_somewhere_or_says_why_not() -> None:
    rulesets, functions, tests = claims.in_rulesets(), claims.in_functions(), claims.in_tests()
    bare = [
        name
        for name, claim in CLAIMS.items()
        if not (name in rulesets or name in functions or name in tests or {"lives", "not_computed"} & set(claim))
    ]
    assert bare == []


def test_no_source_names_a_claim_that_nobody_makes() -> None:
    named = {*claims.in_rulesets(), *claims.in_functions(), *claims.in_pages(), *claims.in_tests()}
    assert {name for name in named if name.startswith("S")} - set(IDS) == set()


def test_a_ruleset_names_every_document_that_its_parts_cite() -> None:
    documents = {file: next(iter(some))[:2] for file, some in claims.data().items()}
    strange = [
        f"{ruleset.id}/{name}: {claim}"
        for ruleset in cc.Engine().rulesets
        for part in (ruleset.rules, ruleset.scores, ruleset.tables, ruleset.states)
        for name, one in part.items()
        for claim in one.source
        if claim in CLAIMS and not {file for file in documents if documents[file] == claim[:2]} & set(ruleset.source)
    ]
    assert strange == []


def test_every_property_has_a_test() -> None:
    tests = claims.in_tests()
    assert list(claims.properties()) == [f"P{number}" for number in range(1, 29)]
    assert [name for name in claims.properties() if name not in tests] == []


def test_every_claim_that_is_computed_is_held_by_a_test_or_as_declared() -> None:
    tests, declared = claims.in_tests(), claims.declared()
    computed = [name for name, claim in CLAIMS.items() if "not_computed" not in claim]
    bare = [name for name in computed if name not in tests and not declared.get(name)]
    assert bare == []


def test_no_row_of_the_page_is_empty() -> None:
    page = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| S")]
    assert [cells[0] for cells in rows if not cells[3].strip()] == []
