"""Rows are given the numbers of their subjects, however they stand."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientcore.executors.columnar import Printer
from clientcore.executors.columnar.gathering import gathered
from clientcore.executors.columnar.keys import OF, numbers
from clientcore.relational import Aggregate, Scalar
from clientcore.relational.scalar import col, lit

IDS = [f"a{number}" for number in range(12)]
KEYS = st.one_of(
    st.lists(st.sampled_from(range(12)), max_size=30).map(sorted).map(lambda found: [f"a{one}" for one in found]),
    st.lists(st.sampled_from([*IDS, "stranger", None]), max_size=30),
)


@given(KEYS)
def test_the_number_is_the_row_of_the_subject(keys: list[str | None]) -> None:
    """A row of no subject has none; what is marked as sorted is."""
    found = numbers(pl.Series(IDS), pl.Series("account_id", keys, dtype=pl.String))
    assert found.to_list() == [IDS.index(one) if one in IDS else None for one in keys]
    assert found.dtype == pl.UInt32
    if found.flags["SORTED_ASC"]:
        assert found.to_list() == sorted(found.to_list(), key=lambda one: -1 if one is None else one)


@pytest.mark.parametrize(
    ("rows", "subjects", "expected"),
    [
        pytest.param([0, 0, 1], [0, 1], [2, 1], id="in the order of the subjects"),
        pytest.param([0, 0, 1], [1, 0], [1, 2], id="for rows of another order"),
        pytest.param([1, 0, 1], [0, 1], [1, 2], id="of rows in another order"),
        pytest.param([1, None, 1], [0, 1, None, 2], [0, 2, 0, 0], id="rows and subjects of none"),
        pytest.param([], [0, 1], [0, 0], id="no rows"),
    ],
)
def test_what_is_gathered_belongs_to_the_number(
    rows: list[int | None], subjects: list[int | None], expected: list[int]
) -> None:
    source = pl.DataFrame({OF: pl.Series(rows, dtype=pl.UInt32), "x": pl.Series([1.0] * len(rows), dtype=pl.Float64)})
    group = [
        Aggregate("accounts", "many", "cases", "count", (), None, Scalar("is_true", "boolean", (lit(True),))),
        Aggregate("accounts", "sum", "cases", "sum", (), col("x", "number")),
        Aggregate("accounts", "never", "cases", "count", (), None, Scalar("is_null", "boolean", (col("x", "number"),))),
    ]
    frame = pl.DataFrame({OF: pl.Series(subjects, dtype=pl.UInt32)})
    made = gathered(frame, source, [(OF, OF)], group, Printer({}, 0, frozenset()), tied=False)
    found = pl.concat(list(made), how="horizontal").collect()
    assert found["many"].to_list() == found["sum"].to_list() == expected
    assert found["never"].to_list() == [0] * len(subjects)
