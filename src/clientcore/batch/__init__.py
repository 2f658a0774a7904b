"""A whole book: every subject decided, gathered into a frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import attrs

from clientcore.batch.asked import Asked, Decides, plan_has_parent, require_read, shape_of, tables_read
from clientcore.batch.loop import Progress, decisions_of, facts_of
from clientcore.book.frame import Shape, bases_of, frame_of
from clientcore.decision import Base
from clientcore.errors import BookError, FactError, did_you_mean

if TYPE_CHECKING:
    import polars as pl

    from clientcore.book import Book

__all__ = [
    "Decides",
    "Executor",
    "Progress",
    "bases_before",
    "evaluate_book",
    "facts_of",
    "plan_has_parent",
    "shape_of",
    "tables_read",
]

Executor = Literal["columnar", "record", "durable"]
#: Subjects that are decided before the next ones are looked at, unless their columns would take more than this.
AT_A_TIME, ROOM = 1_000_000, 1_000_000_000
_FEW = 20_000
_TOLD = 500  # of the record executor, so that progress moves


def evaluate_book(
    engine: Decides,
    book: Book,
    *,
    as_of: date,
    previous: pl.DataFrame | str | Path | None = None,
    changed_since: datetime | None = None,
    subject: str = "account",
    only: Sequence[str] | None = None,
    profile: str | None = None,
    profile_by: str | None = None,
    lists: bool = False,
    executor: Executor = "columnar",
    sink: str | Path | None = None,
    at_a_time: int | None = None,
    on_progress: Progress | None = None,
) -> pl.DataFrame:
    """Decide every subject of a book.

    Args:
        engine: The engine.
        book: The book, as `read_book` gives it.
        as_of: The day; nothing recorded later is seen.
        previous: The frame of an earlier run, or its file (.parquet, .csv, .jsonl).
        changed_since: Instant, with a time zone, at which the book of `previous` was read: rows of the same day are
            kept, but for accounts with a record whose `recorded_at` is not before it.
        subject: account, opportunity, workstream or organisation.
        only: Ids or patterns to compute; None for all.
        profile: Profile for every account.
        profile_by: Field of the account that names its profile; an account without one takes `profile`.
        lists: Whether fired, unknown, findings and actions come as columns of lists too.
        executor: `columnar` computes column by column; `record` decides one subject after the other, and can do what
            frames can't; `durable` does that too, and lets durable-rules answer the rules. All give the same frame.
        sink: Parquet file to write instead, part by part, so that the decisions are never all in memory; it is there
            only once it is whole.
        at_a_time: Subjects that are decided together, 1 or more; None for at most a million whose columns take 1 GB.
        on_progress: Called with (done, total) now and then.

    Returns:
        One row per subject, in input order; `clientcore.book.frame.frame_of` lists the columns. With `sink`, no rows.

    Raises:
        FactError: Misuse, as for `Engine.evaluate`; also a `book` that is none, or was read without what is needed,
            and `changed_since` without `previous` or time zone (CC403).
        UnsupportedError: A rule can't run on frames, or on durable-rules (CC401); the text names it.
        BookError: The frame before is no frame of decisions, or with `changed_since` one of other rulesets (CC608).
        MissingExtraError: polars, or durable-rules, is not installed.
    """
    shape = shape_of(engine.plan(subject, only=only), lists=lists)
    asked = Asked(engine, book, as_of, subject, only, profile, profile_by)
    parts = _parts(asked, shape, (previous, changed_since), executor, at_a_time, on_progress)
    if sink is None:
        import polars as pl

        found = list(parts)
        return found[0] if len(found) == 1 else pl.concat(found)
    from clientcore.batch.chunks import write_parts

    write_parts(parts, Path(sink))
    return frame_of((), shape)


def _parts(
    asked: Asked,
    shape: Shape,
    earlier: tuple[pl.DataFrame | str | Path | None, datetime | None],
    executor: Executor,
    at_a_time: int | None,
    on_progress: Progress | None,
) -> Iterator[pl.DataFrame]:
    """Return the frames of decisions, part after part; those that are kept from an earlier run come in one with all."""
    require_read(asked)
    previous, changed_since = earlier
    book, before = asked.book, None if previous is None else _frame(previous)
    bases = bases_before(before, shape, asked.as_of)
    kept = None
    if changed_since is not None:
        kept, left = _kept(before, book, shape, asked.as_of, changed_since)
        asked = attrs.evolve(asked, book=left)
    if executor == "durable":
        asked = attrs.evolve(asked, one_by_one=executor)
    run = _run(executor, at_a_time)
    parts = _told(run(asked, shape, bases, at_a_time), asked.book.count(asked.subject), on_progress)
    if kept is None:
        return parts
    from clientcore.batch.changed import in_order

    return iter([in_order([kept, *parts], book, shape, by_account=executor != "columnar")])


def _kept(
    before: pl.DataFrame | None, book: Book, shape: Shape, as_of: date, changed_since: datetime
) -> tuple[pl.DataFrame, Book]:
    if before is None:
        raise FactError("CC403 `changed_since` says which rows of `previous` to keep; give that frame too")
    from clientcore.batch.changed import kept_rows

    return kept_rows(before, book, shape, as_of, changed_since)


def _run(
    executor: str, at_a_time: int | None
) -> Callable[[Asked, Shape, Mapping[str, Base], int | None], Iterator[pl.DataFrame]]:
    runs = {"columnar": _by_columns, "record": _by_one, "durable": _by_one}
    if executor not in runs:
        raise FactError(f"CC403 no executor `{executor}`; {did_you_mean(executor, runs)}")
    if at_a_time is not None and at_a_time < 1:
        raise FactError(f"CC403 `at_a_time` is {at_a_time}; give 1 or more")
    return runs[executor]


def _by_one(asked: Asked, shape: Shape, bases: Mapping[str, Base], at_a_time: int | None) -> Iterator[pl.DataFrame]:
    decisions = decisions_of(asked, asked.engine.plan(asked.subject, only=asked.only), bases)
    size = min(at_a_time or _TOLD, _TOLD)
    yield frame_of(islice(decisions, size), shape)
    while some := list(islice(decisions, size)):
        yield frame_of(some, shape)


def _by_columns(asked: Asked, shape: Shape, bases: Mapping[str, Base], at_a_time: int | None) -> Iterator[pl.DataFrame]:
    from clientcore.batch.chunks import chunks
    from clientcore.batch.frames import frame_by_columns, row_bytes

    size = at_a_time or AT_A_TIME
    if at_a_time is None and asked.book.count(asked.subject) > _FEW:
        size = max(_FEW, min(AT_A_TIME, int(ROOM / max(1.0, row_bytes(asked, bases)))))
    for part in chunks(asked.book, asked.subject, size):
        yield frame_by_columns(attrs.evolve(asked, book=part), shape, bases)


def _told(parts: Iterator[pl.DataFrame], total: int, on_progress: Progress | None) -> Iterator[pl.DataFrame]:
    done = 0
    for part in parts:
        done += part.height
        if on_progress is not None:
            on_progress(done, total)
        yield part


def bases_before(previous: pl.DataFrame | str | Path | None, shape: Shape, as_of: date) -> dict[str, Base]:
    """Return what each subject starts from: the frame of an earlier run, or its file; nothing without one.

    Raises:
        FactError: The file is of no known format (CC403).
        BookError: It is no frame of decisions (CC608).
    """
    return {} if previous is None else bases_of(_frame(previous), shape, as_of)


def _frame(previous: pl.DataFrame | str | Path) -> pl.DataFrame:
    import polars as pl

    if isinstance(previous, pl.DataFrame):
        return previous
    path = Path(previous)
    readers: dict[str, Callable[[Path], pl.DataFrame]] = {
        ".parquet": pl.read_parquet,
        ".csv": lambda file: pl.read_csv(file, infer_schema_length=None),
        ".jsonl": pl.read_ndjson,
    }
    reader = readers.get(path.suffix)
    if reader is None:
        raise FactError(f"CC403 `{path}` ends in `{path.suffix}`; give a .parquet, .csv or .jsonl file")
    try:
        return reader(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BookError(f"CC608 `{path}` can't be read as decisions: {first}") from error
