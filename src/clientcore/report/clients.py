"""Reports are about those whom we supply: accounts that supply us are left out of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import polars as pl

if TYPE_CHECKING:
    from clientcore.book import Book


def vendors_of(book: Book) -> frozenset[str]:
    """Return the ids of the accounts of a book that supply us."""
    accounts = book.tables["accounts"]
    if "direction" not in accounts.columns:
        return frozenset()
    return frozenset(accounts.filter(pl.col("direction").cast(pl.String) == "vendor")["id"])


def without(frame: pl.DataFrame, accounts: frozenset[str]) -> pl.DataFrame:
    """Return a frame without the rows of some accounts; rows of no account stay."""
    if not accounts or "account_id" not in frame.columns:
        return frame
    theirs = pl.col("account_id").is_in(pl.Series(sorted(accounts), dtype=pl.String).implode())
    return frame.filter(~theirs.fill_null(value=False))


def book_without(book: Book, accounts: frozenset[str]) -> Book:
    """Return a book without some accounts and what belongs to them."""
    if not accounts:
        return book
    tables = {name: without(frame, accounts) for name, frame in book.tables.items()}
    left = set(tables["accounts"]["id"]) - accounts
    return attrs.evolve(book, tables=tables).only("account", left)
