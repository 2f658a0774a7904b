"""What is hidden in a simulated book shows in the scores: rank correlation with the trait behind each model."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("polars")

import recovered

PAGE = Path(__file__).parents[1] / "docs" / "recovery.md"
#: Models of the catalogue.
MODELS = {f"M{number}" for number in range(1, 26)}


@pytest.fixture(scope="module")
def found() -> dict[str, tuple[int, float]]:
    frames = recovered.frames()
    return {line.title: recovered.measured(frames, line) for line in recovered.LINES}


def test_scores_recover_the_order_of_what_is_hidden(found: dict[str, tuple[int, float]]) -> None:
    assert {line.title: found[line.title] for line in recovered.LINES if not found[line.title][1] > line.floor} == {}
    assert {title: known for title, (known, _) in found.items() if known < 300} == {}


def test_each_model_is_recovered_or_says_why_not() -> None:
    told = {line.models for line in recovered.LINES} | set(recovered.LEFT_OUT)
    assert MODELS - told == set()


def test_the_page_is_current(found: dict[str, tuple[int, float]]) -> None:
    assert recovered.printed(found) in PAGE.read_text(encoding="utf-8")
