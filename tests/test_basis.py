"""What no source sets is our own choice, and everybody is told so: in the file, on the page and in each explanation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

import clientcore as cc
from clientcore.expr import Expr, Name, Select
from clientcore.expr.tree import children
from clientcore.ruleset import Ruleset

ROOT = Path(__file__).resolve().parents[1]
ENGINE = cc.Engine()
AS_OF = date(2026, 6, 30)
CLAIM = re.compile(r"\bS[0-4]-\d\d\b")
#: Params whose default is not our own choice → basis and value. Whoever adds one shows here where its number stands.
#: A document that says "one or two", "none", "all of them" or names the items sets it; one that says which way a thing
#: pulls does not, and neither does a measurement that shows no more than that.
SET_BY_A_SOURCE: dict[tuple[str, str], tuple[str, Any]] = {
    # fewer than 50 persons are a small enterprise: Commission Recommendation 2003/361/EC, annex, article 2
    ("culture.components", "small_below"): ("published", 50.0),
    ("culture.fit", "models_least"): ("seed", 1.0),
    ("culture.fit", "models_most"): ("seed", 2.0),
    ("culture.induction", "uninducted_most"): ("seed", 0.0),
    ("culture.success", "knocks_most"): ("seed", 0.0),
    ("organisation.change", "elements_all"): ("seed", 6.0),
    ("organisation.change", "foundations"): (
        "seed", ("communication", "metrics", "incentives", "strategy", "org_chart")),
    ("organisation.elements", "duties_full"): ("seed", 1.0),
    ("organisation.focus", "unchecked_most"): ("seed", 0.0),
    ("spectrum.mentoring", "direct_least"): ("seed", 0.0),
    ("spectrum.mentoring", "horizon_scopes"): ("seed", ("client", "industry", "economy", "ecology")),
    ("spectrum.mentoring", "tracking_most"): ("seed", 0.0),
    ("spectrum.mentoring", "unacknowledged_most"): ("seed", 0.0),
    ("spectrum.people", "no_risk"): ("seed", 0.0),
    ("trust.parts", "phases_open_most"): ("seed", 0.0),
    ("trust.parts", "streams_open_most"): ("seed", 0.0),
    ("trust.partner", "broken_most"): ("seed", 0.0),
    ("health.swot", "rating_middle"): ("published", 2.5),
    ("qualification.opportunity", "checklist"): ("published", "bant"),
    ("risk.register", "responses"): ("published", ("avoid", "reduce", "share", "accept")),
    ("trust.partner", "prior_all"): ("published", 2.0),
    ("trust.partner", "prior_kept"): ("published", 1.0),
    ("trust.partner", "z"): ("published", 1.96),
    ("voice.answers", "added_nps"): ("published", 3.0),
    ("voice.answers", "detractor_to"): ("published", 6.0),
    ("voice.answers", "easy_steps"): ("published", 2.0),
    ("voice.answers", "promoter_from"): ("published", 9.0),
    ("voice.answers", "top_steps"): ("published", 1.0),
    ("voice.answers", "z"): ("published", 1.96),
    ("voice.value", "kept_floor"): ("published", 0.85),
    ("voice.value", "retention"): ("published", 0.9),
    ("voice.value", "retention_high"): ("published", 0.95),
    ("voice.value", "retention_low"): ("published", 0.8),
}  # fmt: skip
FILES = sorted(path for path in (ROOT / "rulesets").glob("*/*.yaml") if not path.name.endswith(".cases.yaml"))
each_ruleset = pytest.mark.parametrize("ruleset", ENGINE.rulesets, ids=lambda one: one.id)


def test_every_default_that_is_not_ours_is_one_that_a_source_sets() -> None:
    found = {
        (ruleset.id, name): (param.basis, param.value)
        for ruleset in ENGINE.rulesets
        for name, param in ruleset.params.items()
        if param.basis != "ours"
    }
    assert found == SET_BY_A_SOURCE


@each_ruleset
def test_what_a_document_sets_names_the_claim(ruleset: Ruleset) -> None:
    seeds = {name: param.doc for name, param in ruleset.params.items() if param.basis == "seed"}
    assert [name for name, doc in seeds.items() if not CLAIM.search(doc)] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_param_says_its_basis_in_the_file(path: Path) -> None:
    params = yaml.safe_load(path.read_text(encoding="utf-8")).get("params", {})
    assert [name for name, param in params.items() if "basis" not in param] == []


@each_ruleset
def test_the_pages_say_the_basis_of_every_param(ruleset: Ruleset) -> None:
    rows = [
        line for page in (ROOT / "docs").glob("*.md") for line in page.read_text(encoding="utf-8").splitlines()
    ]  # fmt: skip
    for name, param in ruleset.params.items():
        doc = param.doc.replace("|", "\\|")
        assert any(
            row.startswith(f"| `{name}` |") and f"| {param.basis} |" in row and row.endswith(f"| {doc} |")
            for row in rows
        ), name


OWNER = {name: ruleset.id for ruleset in ENGINE.rulesets for name in ruleset.facts}
TREES = {
    name: [formula.tree for formula in (fact.value, fact.applies_when) if formula is not None]
    for one in ENGINE.rulesets
    for name, fact in one.facts.items()
}


def read_by(tree: Expr, ruleset: str, seen: frozenset[str] = frozenset()) -> Iterator[tuple[str, str]]:
    """Yield the params that an expression of a ruleset reads, by way of derived facts too."""
    match tree:
        case Select(operand=Name(name="params"), field=field):
            yield ruleset, field
        case Name(name=name) if name in TREES and name not in seen:
            for behind in TREES[name]:
                yield from read_by(behind, OWNER[name], seen | {name})
        case _:
            pass
    for part in children(tree):
        yield from read_by(part, ruleset, seen)


def said(basis: str) -> tuple[int, int]:
    """Return how many thresholds a sentence says are our own choice, and of how many."""
    first = basis.partition(";")[0]
    if not first:
        return 0, 0
    number = r"(?:all|none of the|\d+ of the) (\d+)"
    read = (
        1 if "the one" in first else 2 if "both" in first or "neither" in first else int(re.findall(number, first)[0])
    )
    none = "neither" in first or "none of" in first or "is not our own" in first
    some = re.match(r"(\d+) of the", first)
    return (0 if none else int(some[1]) if some else read), read


@each_ruleset
def test_an_explanation_says_how_many_thresholds_are_ours(ruleset: Ruleset) -> None:
    if ruleset.subject not in {"account", "organisation"}:
        return
    decision = ENGINE.evaluate({"id": "a"}, as_of=AS_OF, subject=ruleset.subject, only=[ruleset.id])
    bases = {(one.id, name): param.basis for one in ENGINE.rulesets for name, param in one.params.items()}
    for name, rule in ruleset.rules.items():
        read = set(read_by(rule.when.tree, ruleset.id))
        if ruleset.applies_when is not None:
            read |= set(read_by(ruleset.applies_when.tree, ruleset.id))
        ours = sum(bases[one] == "ours" for one in read)
        assert (name, said(decision.why(f"{ruleset.id}/{name}").basis)) == (name, (ours, len(read)))
