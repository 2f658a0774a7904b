"""The frame of an earlier run, or its file: what the subjects start from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

import attrs
import polars as pl

from clientcore.arguments import path_of
from clientcore.book.frame import Shape, bases_of
from clientcore.decision import Base
from clientcore.errors import BookError, FactError

Rows = TypeVar("Rows")


def frame_before(previous: pl.DataFrame | str | Path) -> pl.DataFrame:
    """Return the frame of an earlier run, read from its file if that is given.

    Raises:
        FactError: It is neither, or the file is of no known format (CC403).
        BookError: It can't be read (CC608).
    """
    return previous if isinstance(previous, pl.DataFrame) else _read(previous, _collected)


def bases_before(previous: pl.DataFrame | str | Path | None, shape: Shape, as_of: date) -> dict[str, Base]:
    """Return what each subject starts from: the frame of an earlier run, or its file; nothing without one.

    Raises:
        FactError: The file is of no known format (CC403).
        BookError: It is no frame of decisions (CC608).
    """
    return {} if previous is None else bases_of(frame_before(previous), shape, as_of)


@attrs.frozen(eq=False)
class Earlier:
    """The frame of an earlier run, of which only the rows of some accounts are looked at; a Parquet file stays closed.

    Args:
        rows: All its rows.
        key: The column of the subjects' ids.
    """

    rows: pl.LazyFrame
    key: str

    @classmethod
    def of(cls, previous: pl.DataFrame | str | Path, shape: Shape, as_of: date) -> Earlier:
        """Look at an earlier run, and refuse one that is not earlier.

        Raises:
            FactError: The file is of no known format (CC403).
            BookError: It is no frame of decisions, or a row is of a later day (CC608).
        """
        rows = previous.lazy() if isinstance(previous, pl.DataFrame) else _read(previous, lambda lazy: lazy)
        key = f"{shape.subject}_id"
        if {key, "as_of"} <= set(rows.collect_schema()):
            day = pl.col("as_of").cast(pl.String).str.head(10)
            late = rows.filter(day.is_null() | (day > as_of.isoformat())).head(1)
            bases_of(late.collect(), shape, as_of)
        else:
            bases_of(pl.DataFrame(schema=rows.collect_schema()), shape, as_of)
        return cls(rows, key)

    def of_some(self, ids: list[str]) -> pl.DataFrame:
        """Return the rows of some subjects, in their order."""
        wanted = pl.Series(ids, dtype=pl.String)
        return self.rows.filter(pl.col(self.key).cast(pl.String).is_in(wanted.implode())).collect()


def _collected(lazy: pl.LazyFrame) -> pl.DataFrame:
    return lazy.collect()


def _read(previous: str | Path, taken: Callable[[pl.LazyFrame], Rows]) -> Rows:
    path = path_of("previous", previous, "give the frame of an earlier run, or the path of its file")
    readers: dict[str, Callable[[Path], pl.LazyFrame]] = {
        ".parquet": lambda file: pl.scan_parquet(file, glob=False),
        ".csv": lambda file: pl.read_csv(file, infer_schema=False).lazy(),
        ".jsonl": lambda file: pl.read_ndjson(file).lazy(),
    }
    reader = readers.get(path.suffix)
    if reader is None:
        raise FactError(f"CC403 `{path}` ends in `{path.suffix}`; give a .parquet, .csv or .jsonl file")
    try:
        lazy = reader(path)
        lazy.collect_schema()
        return taken(lazy)
    except (OSError, pl.exceptions.PolarsError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BookError(f"CC608 `{path}` can't be read as decisions: {first}") from error
