"""A book in parts of so many subjects: memory stays flat, progress is told, and a stop falls between two parts."""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

import attrs
import polars as pl

from clientcore.batch.asked import plan_has_parent
from clientcore.book.assembly import FACTS
from clientcore.entities import SUBJECTS
from clientcore.errors import BookError

if TYPE_CHECKING:
    from clientcore.book import Book, BookInParts

Part = TypeVar("Part")
Made = TypeVar("Made")
#: Bytes of the columns of a part as they are read, and of a cell; how many accounts it has at least and at most.
_ROOM, _CELL, _FEWEST, _MOST = 256_000_000, 16, 1000, 100_000


def part_size(book: BookInParts) -> int:
    """Return how many accounts of a book to read at a time, so that memory is the same for small and large books."""
    cells = sum(source.height * max(1, len(source.wanted)) for source in book.files.values())
    return min(_MOST, max(_FEWEST, int(_ROOM / max(1, cells * _CELL) * book.count())))


def ahead(parts: Generator[Part]) -> Generator[Part]:
    """Yield parts, and make the next one in a thread while the caller works on this one."""
    with closing(parts), ThreadPoolExecutor(1, "clientcore-ahead") as maker:
        making = maker.submit(next, parts, None)
        while (part := making.result()) is not None:
            making = maker.submit(next, parts, None)
            yield part
            del part  # two parts are held at the most


def made_of(parts: Iterable[Part], make: Callable[[Part], Made], *, at_once: int) -> Generator[Made]:
    """Yield what `make` makes of each part, in the order of the parts, with `at_once` of them worked on at a time."""
    making: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(at_once, "clientcore-make") as makers:
        for part in parts:
            making.append(makers.submit(make, part))
            del part
            if len(making) == at_once:
                yield making.popleft().result()
        while making:
            yield making.popleft().result()


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
        if frame.height == numbers.height and frame[key].equals(numbers["@holder"], null_equal=False):
            return cls(frame, numbers["@part"])  # row by row; what has no account may be of any child without one
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


def write_parts(parts: Iterable[pl.DataFrame], path: Path, empty: pl.DataFrame) -> pl.DataFrame:
    """Write frames one after the other as one Parquet file, which is there only once it is whole.

    Args:
        parts: Frames with the same columns.
        path: The file.
        empty: A frame with the same columns and no rows, which is returned.

    Raises:
        BookError: There is no place for it, or no more of it (CC608).
    """
    import pyarrow.parquet as pq

    if not path.name:
        raise BookError(f"CC608 can't write `{path}`: it names no file")
    draft = path.with_name(f".{path.name}.{uuid4().hex}.part")
    with _told(path):
        # not by `tempfile`, which would keep the file from everybody else
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    writer = None
    try:
        for part in parts:
            table = part.to_arrow(compat_level=pl.CompatLevel.oldest())
            with _told(path):
                writer = writer or pq.ParquetWriter(draft, table.schema)
                writer.write_table(table)
        with _told(path):
            if writer is not None:
                writer.close()
            if path.exists():
                draft.chmod(stat.S_IMODE(path.stat().st_mode))
            draft.replace(path)
    except BaseException:
        if writer is not None:
            with suppress(OSError):  # a full disk refuses the end of the file too
                writer.close()
        draft.unlink(missing_ok=True)
        raise
    return empty


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what the system refuses while a file is written into our error."""
    try:
        yield
    except OSError as error:
        # Arrow puts a text of its own in the place of the system's
        why = str(error) if error.errno is None else os.strerror(error.errno)
        raise BookError(f"CC608 can't write `{path}`: {why.lower()}") from error


@attrs.frozen(eq=False)
class Written:
    """Decisions that were written to a Parquet file, looked at column by column.

    The file stays open, so another process that writes the same one meanwhile changes nothing here.

    Args:
        file: The file, as pyarrow has it.
        schema: Column → its type.
        height: How many rows there are.
    """

    file: Any
    schema: Mapping[str, pl.DataType]
    height: int

    @classmethod
    def of(cls, path: Path) -> Written:
        """Look at a file that `evaluate_book` wrote."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        file = pq.ParquetFile(path)
        empty = pa.Table.from_batches([], schema=file.schema_arrow)  # `empty_table` would load pandas
        return cls(file, _frame(empty).schema, file.metadata.num_rows)

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(self.schema)

    def __getitem__(self, name: str) -> pl.Series:
        """Return a column."""
        return _frame(self.file.read(columns=[name]))[name]


def _frame(table: Any) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame
