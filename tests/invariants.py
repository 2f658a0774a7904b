"""Invariants that follow from what a ruleset declares: bounds, direction of terms and facts, provenance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import attrs
import yaml
from hypothesis import strategies as st

import clientcore as cc
from clientcore.expr import Name
from clientcore.ruleset import Scorecard

AS_OF = date(2026, 6, 30)


@attrs.frozen
class Property:
    """A property of every ruleset, as docs/invariants.md prints it.

    Attributes:
        says: What holds.
        but: Scores of which it does not hold → why.
    """

    says: str
    but: Mapping[str, str]


def properties() -> dict[str, Property]:
    """Return the properties P1 to P28 out of tools/properties.yaml."""
    text = (Path(__file__).resolve().parents[1] / "tools" / "properties.yaml").read_text(encoding="utf-8")
    return {
        name: Property(said, {}) if isinstance(said, str) else Property(said["says"], said["but"])
        for name, said in yaml.safe_load(text).items()
    }


@attrs.frozen
class Direction:
    """A term that reads one fact and says whether more of it is better.

    Attributes:
        score: Full id of the score.
        fact: The fact.
        range: Bounds of the term.
        up: Whether more raises the score; otherwise more lowers it.
    """

    score: str
    fact: str
    range: tuple[float, float]
    up: bool


def scorecards(engine: cc.Engine, prefix: str) -> Iterator[tuple[str, Scorecard]]:
    """Yield the full id and the declaration of every score of the rulesets whose id begins so."""
    for ruleset in engine.rulesets:
        if ruleset.id.startswith(prefix):
            for name, score in ruleset.scores.items():
                yield f"{ruleset.id}.{name}", score


def directions(engine: cc.Engine, prefix: str) -> Iterator[Direction]:
    """Yield the terms of these scores whose value is a fact by itself."""
    for name, score in scorecards(engine, prefix):
        for term in score.terms:
            if term.monotone and isinstance(term.value.tree, Name):
                yield Direction(name, term.value.tree.name, term.range, term.monotone == "up")


def facts_of(found: list[Direction]) -> st.SearchStrategy[dict[str, float]]:
    """Return values within range for some of the facts; those left out are not known."""
    ranges = {one.fact: one.range for one in found}
    return st.fixed_dictionaries({}, optional={name: st.floats(*edges) for name, edges in ranges.items()})


def sourced(facts: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Return facts that all come from one source."""
    return {name: cc.Fact(value=value, source=source) for name, value in facts.items()}


def evaluator(engine: cc.Engine) -> Callable[[Mapping[str, Any]], cc.Decision]:
    """Return a function that decides about an account of which these facts alone are known."""
    return lambda facts: engine.evaluate({"id": "a"}, facts=facts, as_of=AS_OF)


def assert_bounded(decision: cc.Decision, edges: Mapping[str, tuple[float, float]]) -> None:
    """Hold the value of each named score and its interval within the range that it declares."""
    for name, (low, high) in edges.items():
        score = decision.scores[name]
        for value in (score.value, score.low, score.high):
            assert value is None or low <= value <= high, f"{name}: {value}"


def assert_direction(one: Direction, less: cc.Decision, more: cc.Decision) -> None:
    """Hold both edges of a score's interval in the direction that the term declares."""
    first, second = (less, more) if one.up else (more, less)
    for edge in ("low", "high"):
        before, after = getattr(first.scores[one.score], edge), getattr(second.scores[one.score], edge)
        assert before is None or after is None or before <= after + 1e-9, f"{one.score} in {one.fact}: {edge}"
