"""Every claim of the source documents has its place, and every property a test; the pages say so."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import clientcore as cc

ROOT = Path(__file__).resolve().parents[1]
#: How many claims each of the five documents makes.
COUNTS = {"S0": 48, "S1": 21, "S2": 26, "S3": 33, "S4": 33}
IDS = [f"{document}-{number:02}" for document, count in COUNTS.items() for number in range(1, count + 1)]


def tool() -> Any:
    """Return tools/claims.py as a module."""
    spec = importlib.util.spec_from_file_location("claims", ROOT / "tools" / "claims.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOL = tool()
CLAIMS = {name: claim for claims in TOOL.data().values() for name, claim in claims.items()}


def test_the_pages_are_current() -> None:
    ran = subprocess.run(  # as `make docs` runs it
        [sys.executable, ROOT / "tools" / "claims.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_every_claim_has_a_row_and_a_sentence() -> None:
    page = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| (S\d-\d\d) \|", page, re.MULTILINE) == IDS == list(CLAIMS)
    assert [name for name, claim in CLAIMS.items() if not claim["says"].endswith((".", "?"))] == []
    assert {letter for claim in CLAIMS.values() for letter in claim["kind"].split(", ")} == set(TOOL.KINDS)


def test_every_claim_lives_somewhere_or_says_why_not() -> None:
    rulesets, functions, tests = TOOL.in_rulesets(), TOOL.in_functions(), TOOL.in_tests()
    bare = [
        name
        for name, claim in CLAIMS.items()
        if not (name in rulesets or name in functions or name in tests or {"lives", "not_computed"} & set(claim))
    ]
    assert bare == []


def test_no_source_names_a_claim_that_nobody_makes() -> None:
    named = {*TOOL.in_rulesets(), *TOOL.in_functions(), *TOOL.in_pages(), *TOOL.in_tests()}
    assert {name for name in named if name.startswith("S")} - set(IDS) == set()


def test_a_ruleset_names_every_document_that_its_parts_cite() -> None:
    documents = {file: next(iter(claims))[:2] for file, claims in TOOL.data().items()}
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
    tests = TOOL.in_tests()
    assert list(TOOL.properties()) == [f"P{number}" for number in range(1, 29)]
    assert [name for name in TOOL.properties() if name not in tests] == []


def test_every_claim_that_is_computed_is_held_by_a_test_or_as_declared() -> None:
    tests, declared = TOOL.in_tests(), TOOL.declared()
    computed = [name for name, claim in CLAIMS.items() if "not_computed" not in claim]
    bare = [name for name in computed if name not in tests and not declared.get(name)]
    assert bare == []


def test_no_row_of_the_page_is_empty() -> None:
    page = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| S")]
    assert [cells[0] for cells in rows if not cells[3].strip()] == []
