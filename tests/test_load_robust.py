"""Whatever stands in a file, loading it ends in a ruleset or in problems with places; it never raises."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientcore.load import load_cases, load_profile, load_rulesets, read_ruleset
from clientcore.load.text import Source, read_value
from clientcore.load.values import plain_data

ROOT = Path(__file__).resolve().parents[1]
TEXT = """\
format: clientcore/1
language: cel-profile/1
ruleset: a.b
version: 1.0.0
subject: account
title: T
applies_when: a
levels: {mode: {order: [low, high], branches: {aside: {above: [low]}}, unordered: [off]}}
params: {floor: {value: 0.8, range: [0, 1]}, names: {value: [a, b], choices: [a, b]}}
inputs: {nps: {kind: level, level: mode, requires_source: [client_stated]}}
facts: {due: {value: "commitments.size()", range: [0, 1]}}
rules: [{id: late, when: due > 3, effect: {finding: {severity: high, actions: [call]}}, suppresses: [x]}]
scores:
  trust:
    aggregate: weighted_mean
    range: [0, 100]
    terms: [{id: kept, value: nps * 100, weight: 3, range: [0, 100]}]
    gates: [{requires: due < 9, at: 40}]
    caps: [{when: due > 5, at: params.floor}]
    bands: [{id: poor, below: 40}, {id: good}]
    hysteresis: {margin: 2}
tables: {tier: {hit_policy: first, inputs: [nps], rows: [{id: top, when: ["> 5"], then: {points: 1}}]}}
states: {switch: {initial: off, transitions: [{from: off, to: on, when: due > 1}], min_dwell_days: 180}}
actions: {call: {title: Call, due_days: 5}}
"""


def data() -> Any:
    source = Source(TEXT, "a.yaml")
    value = read_value(source)
    assert value is not None
    return plain_data(value, "the file", source)


def paths(value: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [above, *(path for key, one in inside for path in paths(one, (*above, key)))]


FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | st.integers(-5, 10**25) | FLOATS | st.text(max_size=5)
ANYTHING = st.recursive(
    SCALARS,
    lambda inside: st.lists(inside, max_size=2) | st.dictionaries(st.text(max_size=3), inside, max_size=2),
    max_leaves=4,
)


def replaced(path: tuple[Any, ...], new: Any) -> Any:
    """Return the data of TEXT with another value at a path."""
    if not path:
        return new
    whole = data()
    holder = whole
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = new
    return whole


def outcome(text: str) -> None:
    ruleset, problems = read_ruleset(text, "a.yaml")
    assert (ruleset is None) == bool(problems)
    lines = text.split("\n")
    for problem in problems:
        assert problem.where is not None
        assert problem.where.line <= len(lines) + 1
        assert "\n" not in str(problem)


def test_the_text_itself_is_sound() -> None:
    assert read_ruleset(TEXT, "a.yaml")[1] == ()


@given(st.sampled_from(paths(data())), ANYTHING)
def test_any_value_in_any_place_ends_in_a_ruleset_or_in_problems(path: tuple[Any, ...], new: Any) -> None:
    outcome(json.dumps(replaced(path, new), ensure_ascii=False))


@given(st.integers(0, len(TEXT)), st.integers(0, 12), st.text("ab:{}[]'\"|>&*!%@`#-? \n\t,0\\\0", max_size=6))
def test_any_damage_ends_in_a_ruleset_or_in_problems(at: int, length: int, new: str) -> None:
    outcome(TEXT[:at] + new + TEXT[at + length :])


@given(st.binary(max_size=60))
def test_any_bytes_end_in_problems(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.yaml"
    path.write_bytes(content)
    assert load_rulesets([path]).problems
    assert load_profile(path)[1]
    assert load_cases(path)[1]


def test_a_truncated_file_ends_in_problems_at_every_length() -> None:
    for length in range(0, len(TEXT), 7):
        outcome(TEXT[:length])


def test_a_text_with_half_characters_is_refused() -> None:
    (problem,) = read_ruleset("title: \ud800", "a.yaml")[1]
    assert problem.code == "CC102"
