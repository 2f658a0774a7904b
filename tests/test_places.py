"""Accounts are found in the order of a book, however the rows of a table stand."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientcore.book import places as module
from clientcore.book.places import Places

ACCOUNTS = [f"a{number}" for number in range(60)]
#: Rows as real tables have them: in order, several to an account, few accounts, none, unknown ones, any order.
ROWS = st.one_of(
    st.lists(st.sampled_from(range(60)), max_size=80).map(sorted).map(lambda found: [f"a{one}" for one in found]),
    st.lists(st.sampled_from([*ACCOUNTS, "stranger", None]), max_size=80),
)


@pytest.fixture(autouse=True)
def _looks_at_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let windows be so small that a table needs many of them."""
    monkeypatch.setattr(module, "_NEAR", 4)
    monkeypatch.setattr(module, "_MANY", 25)


@given(ROWS, st.sampled_from([1, 7, 60, 100]), st.integers(0, 5))
def test_each_row_is_found_as_one_by_one(rows: list[str | None], size: int, part: int) -> None:
    """Whatever is asked, and wherever the search begins, each account has the part that its place says."""
    keys = pl.Series("account_id", rows, dtype=pl.String)
    expected = [ACCOUNTS.index(one) // size if one in ACCOUNTS else None for one in rows]
    assert Places(pl.Series(ACCOUNTS), size, sound=True).at(keys, part).to_list() == expected


@given(ROWS, st.sampled_from([1, 7, 60]))
def test_runs_say_the_part_of_each_row_and_whether_all_accounts_are_there(rows: list[str | None], size: int) -> None:
    """Rows of no account are in the part before them; a name that is no account is told."""
    keys = pl.Series("account_id", rows, dtype=pl.String)
    places = Places(pl.Series(ACCOUNTS), size, sound=True)
    runs, there = places.runs(keys, 3)
    last, expected = 3, []
    for one in rows:
        last = ACCOUNTS.index(one) // size if one in ACCOUNTS else last
        expected.append(last)
    assert [part for part, many in runs.iter_rows() for _ in range(many)] == expected
    assert there == ("stranger" not in rows)
    if rows:
        assert places.parts(keys, 3).to_list() == expected


def test_hashes_that_meet_lose_no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where two accounts have one hash, all are looked up by their ids."""
    monkeypatch.setattr(pl.Series, "hash", lambda self: pl.Series([7], dtype=pl.UInt64).new_from_index(0, len(self)))
    keys = pl.Series("account_id", ["a3", "a3", None, "a59", "stranger", "a0"])
    assert Places(pl.Series(ACCOUNTS), 10, sound=True).at(keys).to_list() == [0, 0, None, 5, None, 0]
