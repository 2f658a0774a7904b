"""What is hidden in a simulated book shows in the scores: rank correlation with the trait behind each model."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from clientcore.simulate.latent import Truth
from clientcore.simulate.supplier import Supplier

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
    return {line.key: recovered.measured(frames, line) for line in recovered.LINES}


def test_scores_recover_the_order_of_what_is_hidden(found: dict[str, recovered.Measured]) -> None:
    weak = [line.key for line in recovered.LINES if not found[line.key].correlation > line.floor]
    assert {title: found[title] for title in weak} == {}
    assert {title: one.known for title, one in found.items() if one.known < 300} == {}
    assert [title for title, one in found.items() if one.correlation > one.most + ROUNDING] == []


def test_each_model_is_recovered() -> None:
    assert MODELS - {line.models for line in recovered.LINES} == set()


def test_each_hidden_trait_is_recovered_by_something() -> None:
    drawn = {field.name for one in (Truth, Supplier) for field in attrs.fields(one)}
    no_trait = {"account_id", "organisation_id", "lifecycle", "industry", "since"}
    held = {line.trait for line in recovered.LINES}
    assert {recovered.COMBINED.get(name, name) for name in drawn - no_trait} - held == set()


def test_the_page_is_current(found: dict[str, recovered.Measured]) -> None:
    assert recovered.printed(found) in PAGE.read_text(encoding="utf-8")
