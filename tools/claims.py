"""Print docs/claims.md and docs/invariants.md:  python tools/claims.py [--check].

What the source documents claim stands in tools/claims.yaml. Where a claim lives is found: in the sources of rules,
event patterns, scores, tables and states, in sentences of facts and params that end with "(S1-18)", in docstrings of
functions, and in docstrings of tests that say "Holds: P3, S2-04".
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

import clientcore as cc
from clientcore.ruleset import Ruleset
from pages import write_pages

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
CLAIM = re.compile(r"\bS[0-4]-\d\d\b")
HELD = re.compile(r"Holds:\s*((?:(?:S[0-4]-\d\d|P\d+|and)[,\s]*)+)")
PRINTED = re.compile(r"<!-- printed: .*?<!-- end -->", re.DOTALL)
KINDS = {"F": "fact", "R": "rule", "S": "score", "P": "report", "I": "invariant"}
#: Order in which the parts of a ruleset are named.
PARTS = ("score", "table", "state", "rule", "pattern", "fact", "param", "ruleset")

CLAIMS = """\
# Claims

For whoever wants to know what the five source documents say and where clientcore does it.
This page is printed by `make docs` from `tools/claims.yaml`, the rulesets, the tests and the pages; a test holds it current.

Each row says a claim in our words, never in those of the document, and of which kind it is: a fact, a rule, a score, a report or an invariant.
*Where it lives* names everything whose source is the claim; what a claim leaves open, every threshold and every aggregator, is ours and says so (`basis: ours`).
*Held by* counts the tests that hold what must be true of it: [invariants](invariants.md) names them.

"""  # noqa: E501

INVARIANTS = """\
# Invariants

For whoever changes a ruleset or an executor and wants to know what must stay true, or relies on it.
This page is printed by `make docs` from `tools/claims.yaml` and the docstrings of the tests (`Holds: P3, S2-04`); a test holds it current, and that nothing here is without a test.

Most are properties that Hypothesis tries on many invented accounts.
Where a ruleset declares a direction (`monotone`) or a range, two of them hold every such declaration, and no claim needs a test of its own for it:
`test_more_of_a_fact_moves_no_score_against_its_direction` and `test_scores_stay_in_their_range`.
Such rows say *as declared* with the number of declarations that name the claim.

"""  # noqa: E501


def data() -> dict[str, Any]:
    """Return what stands in tools/claims.yaml."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "tools" / "claims.yaml").read_text(encoding="utf-8"))
    return found


@cache
def bundled() -> tuple[Ruleset, ...]:
    """Return the bundled rulesets."""
    return tuple(cc.Engine().rulesets)


@cache
def in_rulesets() -> dict[str, dict[str, dict[str, list[str]]]]:
    """Return claim → ruleset → kind of part → names."""
    found: dict[str, Any] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for ruleset in bundled():
        for kind, parts in (
            ("score", ruleset.scores),
            ("table", ruleset.tables),
            ("state", ruleset.states),
            ("rule", ruleset.rules),
            ("pattern", ruleset.patterns),
        ):
            for name, part in parts.items():
                for claim in part.source:
                    found[claim][ruleset.id][kind].append(name)
        for kind, said in (
            ("fact", {**ruleset.inputs, **ruleset.facts}),
            ("param", ruleset.params),
        ):
            for name, part in said.items():
                for claim in set(CLAIM.findall(part.doc)):
                    found[claim][ruleset.id][kind].append(name)
        for claim in set(CLAIM.findall(ruleset.doc)):
            found[claim][ruleset.id]["ruleset"].append(ruleset.id)
    return found


@cache
def declared() -> dict[str, int]:
    """Return for each claim how many declared directions of facts and terms name it."""
    found: dict[str, int] = defaultdict(int)
    for ruleset in bundled():
        for fact in (*ruleset.inputs.values(), *ruleset.facts.values()):
            for claim in set(CLAIM.findall(fact.doc)) if fact.monotone else ():
                found[claim] += 1
        for score in ruleset.scores.values():
            for claim in score.source:
                found[claim] += sum(term.monotone is not None for term in score.terms)
    return found


@cache
def in_functions() -> dict[str, list[str]]:
    """Return claim → functions and classes of the library and the plugins whose docstring names it."""
    found: dict[str, list[str]] = defaultdict(list)
    for top in ("src", "plugins"):
        for path in sorted((ROOT / top).rglob("*.py")):
            module = ".".join(path.relative_to(ROOT / top).with_suffix("").parts)
            for name, text in _docstrings(path):
                for claim in sorted(set(CLAIM.findall(text))):
                    found[claim].append(f"{module}.{name}".removesuffix(".").removesuffix(".__init__"))
    return found


@cache
def in_tests() -> dict[str, list[str]]:
    """Return claim or property → tests whose docstring says that they hold it."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").glob("test_*.py")):
        for name, text in _docstrings(path):
            for held in HELD.findall(text):
                for one in re.findall(r"S[0-4]-\d\d|P\d+", held):
                    found[one].append(f"{path.stem}.py::{name}")
    return found


@cache
def in_pages() -> dict[str, list[str]]:
    """Return claim → pages that name it outside of printed tables."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(DOCS.glob("*.md")):
        if path.stem not in {"claims", "invariants", "spectrum-reference"}:
            for claim in sorted(set(CLAIM.findall(PRINTED.sub("", path.read_text(encoding="utf-8"))))):
                found[claim].append(path.stem)
    return found


def _docstrings(path: Path) -> Iterator[tuple[str, str]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if text := ast.get_docstring(tree):
        yield "", text
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and (
            text := ast.get_docstring(node)
        ):
            yield node.name, text


def claims_page() -> str:
    """Return the page of claims."""
    rulesets, functions, tests, pages, by_declaration = (
        in_rulesets(),
        in_functions(),
        in_tests(),
        in_pages(),
        declared(),
    )
    parts = [CLAIMS]
    for document, claims in data().items():
        head = "| id | kind | the claim | where it lives | held by | told on |\n|---|---|---|---|---|---|\n"
        parts.append(f"## {document}\n\n{head}")
        for name, claim in claims.items():
            lives = [*_lives(rulesets.get(name, {})), *(f"`{one}`" for one in functions.get(name, ()))]
            lives += claim.get("lives", ())
            if "not_computed" in claim:
                lives.append(f"*Not computed.* {claim['not_computed']}")
            elif not lives and name in tests:
                lives.append("a property of the whole: [invariants](invariants.md)")
            held = [f"{len(tests[name])} tests" if len(tests[name]) > 1 else "1 test"] if name in tests else []
            if by_declaration.get(name):
                held.append("as declared")
            told = ", ".join(f"[{page}]({page}.md)" for page in pages.get(name, ()))
            kind = ", ".join(KINDS[letter] for letter in claim["kind"].split(", "))
            parts.append(_row(name, kind, claim["says"], "<br>".join(lives), ", ".join(held), told))
        parts.append("\n")
    return "".join(parts).rstrip("\n") + "\n"


def _lives(rulesets: dict[str, dict[str, list[str]]]) -> Iterator[str]:
    outputs = any(set(kinds) - {"param", "ruleset"} for kinds in rulesets.values())
    for ruleset, kinds in sorted(rulesets.items()):
        named = [kind for kind in PARTS if kind in kinds and (kind not in {"param", "ruleset"} or not outputs)]
        if named:
            said = "; ".join(
                f"{kind} {', '.join(f'`{name}`' for name in sorted(set(kinds[kind])))}"
                for kind in named
                if kind != "ruleset"
            )
            yield f"`{ruleset}`: {said or 'the whole'}"


def invariants_page() -> str:
    """Return the page of invariants."""
    tests, by_declaration = in_tests(), declared()
    parts = [INVARIANTS, "## Of every ruleset\n\n| id | what holds | held by |\n|---|---|---|\n"]
    for name, (says, but) in properties().items():
        left_out = [f"Not of `{score}`: {why}." for score, why in but.items()]
        parts.append(_row(name, "<br>".join([says, *left_out]), _tests(tests.get(name, []))))
    parts.append("\n## Of the claims\n\n| claim | what holds | held by |\n|---|---|---|\n")
    for claims in data().values():
        for name, claim in claims.items():
            held = _tests(tests.get(name, []))
            if by_declaration.get(name):
                held += f"{'<br>' if held else ''}as declared, {by_declaration[name]}"
            if "holds" in claim or name in tests:
                parts.append(_row(f"[{name}](claims.md)", claim.get("holds", claim["says"]), held))
    return "".join(parts)


def properties() -> dict[str, tuple[str, dict[str, str]]]:
    """Return the properties P1 to P28, each with the scores of which it does not hold and why."""
    found = yaml.safe_load((ROOT / "tools" / "properties.yaml").read_text(encoding="utf-8"))
    return {name: (one, {}) if isinstance(one, str) else (one["says"], one["but"]) for name, one in found.items()}


def _tests(names: list[str]) -> str:
    return "<br>".join(f"`{name}`" for name in names)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


if __name__ == "__main__":
    made = {DOCS / "claims.md": claims_page(), DOCS / "invariants.md": invariants_page()}
    sys.exit(write_pages("print docs/claims.md and docs/invariants.md", made))
