"""Parquet files cut by account: slices where the rows stand in the order of the accounts, sorted copies where not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import polars as pl

from clientcore.book.assembly import NOTHING, Known
from clientcore.book.belonging import one_voice
from clientcore.book.columns import as_ids
from clientcore.book.notes import file_name
from clientcore.book.places import PART, ROWS, Places
from clientcore.entities import ENTITIES
from clientcore.errors import BookError

if TYPE_CHECKING:
    from clientcore.book.owners import Owners

#: Rows that are looked at together where a whole file is gone through.
CHUNK = 1 << 19
_ROW = "@row"
_BUCKETS = 16


@attrs.frozen(eq=False)
class Source:
    """A Parquet file that holds a table of a book.

    Args:
        table: The table.
        path: The file.
        columns: All its columns, in their order.
        wanted: Those that are read; of the others only the names are told.
        height: How many rows it has.
    """

    table: str
    path: Path
    columns: tuple[str, ...]
    wanted: frozenset[str]
    height: int

    @classmethod
    def of(cls, table: str, path: Path, unread: frozenset[str]) -> Source:
        """Look at a file.

        Args:
            table: The table.
            path: The file.
            unread: Fields that nobody asked for.

        Raises:
            BookError: It is no Parquet file, or not whole (CC608).
        """
        try:
            if path.stat().st_size == 0:
                raise BookError(f"CC608 `{path}` is empty; write at least the names of the columns")
            scan = pl.scan_parquet(path, glob=False)
            height = scan.select(pl.len()).collect().item()
            columns = tuple(scan.collect_schema())
        except (pl.exceptions.PolarsError, OSError, ValueError) as error:
            raise _unreadable(path, error) from error
        known = ENTITIES[table].fields if table in ENTITIES else columns
        return cls(table, path, columns, frozenset(name for name in columns if name in known) - unread, height)

    @property
    def file(self) -> str:
        """The file, without the folder."""
        return file_name(self.path)

    def read(self, start: int, end: int, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Return some rows, in their order; columns that are not wanted are empty.

        Args:
            start: The first row, counted from 0.
            end: The row after the last.
            columns: Only these columns; None for all.

        Raises:
            BookError: The file is not whole (CC608).
        """
        taken = [name for name in columns or self.columns if name in self.wanted]
        try:
            frame = pl.scan_parquet(self.path, glob=False).select(taken).slice(start, end - start).collect()
        except (pl.exceptions.PolarsError, OSError, ValueError) as error:
            raise _unreadable(self.path, error) from error
        if columns is not None or len(taken) == len(self.columns):
            return frame
        if not taken:
            return pl.DataFrame(schema=dict.fromkeys(self.columns, pl.Null))
        return frame.select(name if name in self.wanted else pl.lit(None).alias(name) for name in self.columns)

    def chunks(self, columns: Sequence[str] | None = None) -> Iterator[tuple[pl.Series, pl.DataFrame]]:
        """Yield the rows of the file, so many at a time, with their numbers counted from 1."""
        for start in range(0, self.height, CHUNK):
            end = min(start + CHUNK, self.height)
            yield _numbers(start, end), self.read(start, end, columns)


def _unreadable(path: Path, error: Exception) -> BookError:
    first = str(error).strip().split("\n", maxsplit=1)[0][:200]
    return BookError(f"CC608 `{path}` is not whole, or no Parquet file: {first}")


def _numbers(start: int, end: int) -> pl.Series:
    return pl.arange(start + 1, end + 1, dtype=pl.Int64, eager=True)


@attrs.frozen(eq=False)
class Cut:
    """Where the rows of each part of a table are.

    Args:
        source: The file.
        starts: Row of the file at which each part starts, and the end; where its rows stand in order.
        copies: Files with the rows sorted by part, each with where the parts start in it; where they do not.
        known: What is known of the table now.
    """

    source: Source
    starts: Sequence[int] = ()
    copies: Sequence[tuple[Path, Sequence[int]]] = ()
    known: Known = NOTHING

    def part(self, number: int) -> tuple[pl.DataFrame, pl.Series]:
        """Return the rows of a part in the order of the file, and their numbers there, counted from 1."""
        if not self.copies:
            start, end = self.starts[number], self.starts[number + 1]
            frame = self.source.read(start, end)
            return frame, _numbers(start, start + frame.height)
        slices = [(path, starts[number], starts[number + 1]) for path, starts in self.copies]
        found = [pl.read_ipc(path)[start:end] for path, start, end in slices if start < end]
        frame = pl.concat(found) if found else pl.read_ipc(self.copies[0][0]).clear()
        return frame.drop(_ROW), frame[_ROW]


def cut(source: Source, places: Places, owners: Owners, folder: Path) -> Cut:
    """Find out where the rows of each part of a table are.

    Rows with the same id count as one, also where they name accounts of several parts: all of them are put in one.

    Args:
        source: The file.
        places: In which part each account is.
        owners: Say whose a row is.
        folder: Takes copies of what does not stand in order.
    """
    columns = ["id"] if source.table == "accounts" else owners.columns(source.table)
    if places.many == 1 or not source.height or (columns in ([], ["id"]) and source.table != "accounts"):
        return Cut(source, [0, *[source.height] * places.many])
    if source.table == "accounts" and len(places.ids) == source.height:  # each once, so in their own order
        sound = frozenset({"id"} if places.sound else ())
        return Cut(source, [*range(0, source.height, places.size), source.height], known=Known(sound, unique=True))
    twice = _Twice(folder, source.table) if "id" in columns and source.table != "accounts" else None
    counts = pl.Series([0], dtype=pl.UInt32).new_from_index(0, places.many)
    last, in_order, attached, sound = 0, True, True, frozenset(columns)
    for _, frame in source.chunks(columns):
        ids, fit = as_ids(frame)
        sound &= fit
        runs, there = places.runs(owners.accounts(source.table, ids), last)
        attached = attached and there
        in_order = in_order and runs[PART][0] >= last and runs[PART].is_sorted()
        last = runs[PART][-1]
        if twice is not None:
            twice.add(ids["id"])
        counts += _counted(runs, places.many)
    hashes = None if twice is None else twice.hashes()
    moved = None if hashes is None else _moved(source, places, owners, hashes)
    unique = hashes is not None and hashes.is_empty()
    known = Known(sound, unique=unique, attached=attached and moved is None)
    if in_order and moved is None:
        return Cut(source, [0, *counts.cum_sum().to_list()], known=known)
    return Cut(source, copies=list(_copies(source, places, owners, moved, folder)), known=known)


def _counted(runs: pl.DataFrame, many: int) -> pl.Series:
    counted = runs.group_by(PART).agg(pl.col(ROWS).sum().cast(pl.UInt32))
    every = pl.DataFrame({PART: pl.arange(0, many, dtype=pl.UInt32, eager=True)})
    return every.join(counted, on=PART, how="left", maintain_order="left")[ROWS].fill_null(0)


def _copies(
    source: Source, places: Places, owners: Owners, moved: pl.DataFrame | None, folder: Path
) -> Iterator[tuple[Path, Sequence[int]]]:
    """Write the rows sorted by part, so many to a file that memory stays flat."""
    last, columns = 0, owners.columns(source.table)
    for at, (rows, frame) in enumerate(source.chunks()):
        ids, _ = as_ids(frame.select(columns))
        part = places.parts(owners.accounts(source.table, ids), last)
        last = part[-1]
        numbered = frame.with_columns(rows.alias(_ROW), part.alias(PART))
        if moved is not None:
            home = numbered.select(_ROW).join(moved, on=_ROW, how="left", maintain_order="left")["@home"]
            numbered = numbered.with_columns(home.fill_null(numbered[PART]).alias(PART))
        ordered = numbered.sort(PART, maintain_order=True)
        path = folder / f"{source.table}-{at}.arrow"
        ordered.drop(PART).write_ipc(path, compression="uncompressed")  # so that a slice is read where it lies
        yield path, _starts(ordered[PART], places.many)


def _starts(ordered: pl.Series, many: int) -> list[int]:
    return ordered.search_sorted(pl.arange(0, many + 1, dtype=pl.UInt32, eager=True)).to_list()


def _moved(source: Source, places: Places, owners: Owners, hashes: pl.Series) -> pl.DataFrame | None:
    """Return the rows whose id stands in several parts, with the part in which they become one: their account's."""
    if hashes.is_empty():
        return None
    last, found = 0, []
    for rows, frame in source.chunks(owners.columns(source.table)):
        ids, _ = as_ids(frame)
        part = places.parts(owners.accounts(source.table, ids), last)
        last = part[-1]
        held = ids.with_columns(rows.alias(_ROW), part.alias(PART))
        found.append(held.filter(held["id"].is_not_null() & held["id"].hash().is_in(hashes.implode())))
    several = pl.concat(found).filter(pl.col(PART).n_unique().over("id") > 1)
    if several.is_empty():
        return None
    merged = one_voice(several.drop(_ROW, PART))
    homes = merged.select("id", places.at(owners.accounts(source.table, merged)).alias("@home"))
    first = pl.col(PART).first().over("id")
    return several.join(homes, on="id").select(_ROW, pl.col("@home").fill_null(first))


class _Twice:
    """Finds ids that stand in a table more than once, in flat memory: by their hashes, sorted on disk.

    Each sort takes one processor, since another table is gone through at the same time.
    """

    def __init__(self, folder: Path, table: str) -> None:
        self._folder, self._table = folder, table
        self._files: list[tuple[Path, list[int]]] = []

    def add(self, ids: pl.Series) -> None:
        """Take the ids of some rows."""
        hashes = (ids.hash().filter(ids.is_not_null()) if ids.null_count() else ids.hash()).sort(multithreaded=False)
        path = self._folder / f"{self._table}-ids-{len(self._files)}.arrow"
        hashes.alias("hash").to_frame().write_ipc(path, compression="uncompressed")
        edges = pl.Series([at << (64 - _BUCKETS.bit_length() + 1) for at in range(_BUCKETS)], dtype=pl.UInt64)
        self._files.append((path, [*hashes.search_sorted(edges).to_list(), len(hashes)]))

    def hashes(self) -> pl.Series:
        """Return the hashes of ids that may stand there more than once."""
        found = [pl.Series("hash", [], dtype=pl.UInt64)]
        if len(self._files) == 1:  # no more than one look at rows: they are sorted
            ((path, starts),) = self._files
            self._files = [(path, [starts[0], starts[-1]])]
        for at in range(len(self._files[0][1]) - 1):
            held = pl.concat([pl.read_ipc(path)["hash"][starts[at] : starts[at + 1]] for path, starts in self._files])
            held = held if len(self._files) == 1 else held.sort(multithreaded=False)
            found.append(held.filter((held == held.shift()).fill_null(value=False)))
        for path, _ in self._files:
            path.unlink()
        return pl.concat(found).unique()
