"""Rows are given the numbers of their subjects, however they stand."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from clientcore.executors.columnar.keys import numbers

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
