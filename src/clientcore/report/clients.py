"""Reports are about those whom we supply: accounts that supply us are left out of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import polars as pl

if TYPE_CHECKING:
    from clientcore.book import Book


def clients_only(
    book: Book, frame: pl.DataFrame, previous: pl.DataFrame | None
) -> tuple[Book, pl.DataFrame, pl.DataFrame | None]:
    """Return a book and decisions on it without the accounts that supply us, and without what belongs to them."""
    accounts = book.tables["accounts"]
    if "direction" not in accounts.columns:
        return book, frame, previous
    supplies = (pl.col("direction").cast(pl.String) == "vendor").fill_null(value=False)
    vendors = accounts.filter(supplies)["id"]
    if not len(vendors):
        return book, frame, previous
    tables = {name: _without(table, vendors) for name, table in book.tables.items()}
    tables["accounts"] = accounts.filter(~supplies)
    earlier = None if previous is None else _without(previous, vendors)
    return attrs.evolve(book, tables=tables), _without(frame, vendors), earlier


def _without(frame: pl.DataFrame, accounts: pl.Series) -> pl.DataFrame:
    """Return a frame without the rows of some accounts; rows of no account stay."""
    if "account_id" not in frame.columns:
        return frame
    return frame.filter(~pl.col("account_id").is_in(accounts.implode()).fill_null(value=False))
