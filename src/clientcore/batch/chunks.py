"""A book in parts of so many subjects: memory stays flat, progress is told, and a stop falls between two parts."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import polars as pl

from clientcore.batch.asked import plan_has_parent
from clientcore.book.assembly import FACTS
from clientcore.entities import SUBJECTS

if TYPE_CHECKING:
    from clientcore.book import Book


def chunks(book: Book, subject: str, size: int) -> Iterator[Book]:
    """Yield a book in parts that hold so many subjects each, in their order, with all that belongs to them.

    Args:
        book: The book.
        subject: Kind of the subjects.
        size: How many subjects a part holds at the most.
    """
    main = book.tables.get(SUBJECTS[subject].table)
    if main is None or main.height <= size:
        yield book
        return
    for start in range(0, main.height, size):
        yield _part(book, subject, main[start : start + size])


def _part(book: Book, subject: str, subjects: pl.DataFrame) -> Book:
    tables = {**book.tables, SUBJECTS[subject].table: subjects}
    key = f"{subject}_id"
    ids = subjects.select(pl.col("id").alias(key))
    if plan_has_parent(subject):
        key, ids = "account_id", subjects.select("account_id").unique()
        tables["accounts"] = book.tables["accounts"].join(ids, left_on="id", right_on=key, how="semi")
    for name, frame in book.tables.items():
        column = "account_id" if name == FACTS else key
        if name not in {SUBJECTS[subject].table, "accounts"} and column in frame.columns:
            tables[name] = frame.join(ids, left_on=column, right_on=key, how="semi", maintain_order="left")
    return attrs.evolve(book, tables=tables)


def write_parts(parts: Iterable[pl.DataFrame], path: Path) -> None:
    """Write frames one after the other as one Parquet file, which is there only once it is whole.

    Args:
        parts: Frames with the same columns.
        path: The file.
    """
    import pyarrow.parquet as pq

    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    writer = None
    try:
        for part in parts:
            table = part.to_arrow(compat_level=pl.CompatLevel.oldest())
            writer = writer or pq.ParquetWriter(name, table.schema)
            writer.write_table(table)
        if writer is not None:
            writer.close()
        Path(name).replace(path)
    except BaseException:
        if writer is not None:
            writer.close()
        Path(name).unlink(missing_ok=True)
        raise
