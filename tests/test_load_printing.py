"""Printing a ruleset and reading it back gives an equal ruleset."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from clientcore.load import load_rulesets, print_ruleset, read_ruleset
from clientcore.load.text import Source, read_value
from clientcore.ruleset import Ruleset
from strategies_ruleset import rulesets

ROOT = Path(__file__).resolve().parents[1]
# a whole ruleset is a large example: a third as many as elsewhere
slow_to_generate = settings(
    max_examples=max(5, settings.default.max_examples // 3),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
BUNDLED = load_rulesets([ROOT / "rulesets"]).rulesets


def reread(text: str) -> Ruleset:
    ruleset, problems = read_ruleset(text, "printed.yaml")
    assert problems == ()
    assert ruleset is not None
    return ruleset


@slow_to_generate
@given(rulesets())
def test_printing_and_reading_round_trips(ruleset: Ruleset) -> None:
    printed = print_ruleset(ruleset)
    again = reread(printed)
    assert ruleset == again
    assert printed == print_ruleset(again)


@slow_to_generate
@given(rulesets())
def test_both_parsers_read_the_same(ruleset: Ruleset) -> None:
    printed = print_ruleset(ruleset)
    sources = [Source(printed, "printed.yaml") for _ in range(2)]
    values = [read_value(sources[0]), read_value(sources[1], yaml.SafeLoader)]
    assert sources[0].problems == sources[1].problems == []
    assert flat(values[0]) == flat(values[1])


def flat(value: object) -> object:
    """Return a value with its places, comparable."""
    if hasattr(value, "entries"):
        return [(flat(key), flat(item)) for key, item in value.entries.values()]
    if hasattr(value, "items"):
        return [flat(item) for item in value.items]
    return (value.text, value.style, value.line, value.col, value.start, value.end)  # type: ignore[attr-defined]


@pytest.mark.parametrize("ruleset", BUNDLED, ids=lambda ruleset: ruleset.id)
def test_bundled_rulesets_round_trip(ruleset: Ruleset) -> None:
    assert ruleset == reread(print_ruleset(ruleset))


def test_bundled_rulesets_load() -> None:
    assert load_rulesets([ROOT / "rulesets"]).problems == ()


def test_the_printed_form_is_readable() -> None:
    written = """\
format: clientcore/1
language: cel-profile/1
ruleset: a.b
version: '1.0.0'
title: "so: it's"
subject: account
rules:
  - id: r
    when: a > 5 && b == "x"
    effect:
      finding: {severity: high, actions: [call]}
    because: '{a} are more than five, which is more than anybody would think of as few'
scores:
  s:
    aggregate: sum
    range: [0, 100]
    terms:
      - {id: t, value: 5, range: [0, 10]}
    caps:
      - {when: 'a ? b : c', at: 50}
"""
    assert written == print_ruleset(reread(written))
