"""A book in parts of so many subjects: memory stays flat, progress is told, and a stop falls between two parts."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
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
    own = "account_id" if plan_has_parent(subject) else f"{subject}_id"
    holders = main["account_id" if plan_has_parent(subject) else "id"]
    numbers = pl.DataFrame({"@holder": holders, "@part": pl.arange(0, main.height, eager=True) // size})
    # children of no account are found by their own ids
    alone = numbers.select(pl.lit(main["id"]).alias("@holder"), "@part").filter(holders.is_null())
    cuts = {}
    for name, frame in book.tables.items():
        key = "account_id" if name == FACTS else "id" if name == "accounts" else own
        if name != SUBJECTS[subject].table and key in frame.columns:
            cuts[name] = _Cut.of(frame, {f"{subject}_id": alone, key: numbers})
    for at in range(-(-main.height // size)):
        tables = {**book.tables, SUBJECTS[subject].table: main[at * size : (at + 1) * size]}
        yield attrs.evolve(book, tables=tables | {name: cut.part(at) for name, cut in cuts.items()})


@attrs.frozen
class _Cut:
    """A table in the order of its parts, so that each is a slice: looked up once, however many parts there are.

    Args:
        frame: Rows, part after part, in their order within each.
        parts: Number of the part of each row, ascending.
    """

    frame: pl.DataFrame
    parts: pl.Series

    @classmethod
    def of(cls, frame: pl.DataFrame, keys: Mapping[str, pl.DataFrame]) -> _Cut:
        """Return a table cut by what its columns name; a row can be in several parts, and is once in each."""
        *_, (key, numbers) = keys.items()
        if frame.height == numbers.height and frame[key].equals(numbers["@holder"]):
            return cls(frame, numbers["@part"])
        found = pl.concat(
            frame.select(pl.col(name).alias("@holder")).with_row_index("@row").join(some.unique(), on="@holder")
            for name, some in keys.items()
            if name in frame.columns and not some.is_empty()
        )
        found = found.select("@row", "@part").unique().sort("@part", "@row")
        in_order = found["@row"].equals(pl.arange(0, frame.height, dtype=pl.UInt32, eager=True).alias("@row"))
        return cls(frame if in_order else frame[found["@row"]], found["@part"])

    def part(self, number: int) -> pl.DataFrame:
        """Return the rows of one part."""
        first, last = (self.parts.search_sorted(number, side=side) for side in ("left", "right"))
        return self.frame[first:last]


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
