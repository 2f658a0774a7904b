"""What is hidden in a simulated book shows in the scores: rank correlation with the trait behind each model."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("polars")

import recovered

PAGE = Path(__file__).parents[1] / "docs" / "recovery.md"
#: Two sums of the same numbers may differ in the last place.
ROUNDING = 1e-12
#: Models of the catalogue.
MODELS = {f"M{number}" for number in range(1, 26)}


@pytest.fixture(scope="module")
def found() -> dict[str, recovered.Measured]:
    frames = recovered.frames()
    return {line.title: recovered.measured(frames, line) for line in recovered.LINES}


def test_scores_recover_the_order_of_what_is_hidden(found: dict[str, recovered.Measured]) -> None:
    weak = [line.title for line in recovered.LINES if not found[line.title].correlation > line.floor]
    assert {title: found[title] for title in weak} == {}
    assert {title: one.known for title, one in found.items() if one.known < 300} == {}
    assert [title for title, one in found.items() if one.correlation > one.most + ROUNDING] == []


def test_each_model_is_recovered_or_says_why_not() -> None:
    told = {line.models for line in recovered.LINES} | set(recovered.LEFT_OUT)
    assert MODELS - told == set()


def test_the_page_is_current(found: dict[str, recovered.Measured]) -> None:
    assert recovered.printed(found) in PAGE.read_text(encoding="utf-8")
