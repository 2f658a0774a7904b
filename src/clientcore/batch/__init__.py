"""A whole book: every subject decided, gathered into a frame."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import date, datetime
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Literal, TypeAlias

import attrs
import polars as pl

from clientcore.arguments import path_of, require_call, require_text, require_whole
from clientcore.batch.asked import Asked, Decides, naming, plan_has_parent, require_read, shape_of, tables_read
from clientcore.batch.changed import by_account, in_order, kept_rows
from clientcore.batch.chunks import Written, ahead, chunks, made_of, part_size, write_parts
from clientcore.batch.earlier import Earlier, bases_before, frame_before
from clientcore.batch.handed import facts_of
from clientcore.batch.loop import Progress, decisions_of
from clientcore.book import Book, BookInParts
from clientcore.book.frame import Shape, bases_of, frame_of
from clientcore.decision import Base
from clientcore.errors import FactError, did_you_mean

__all__ = [
    "Decides",
    "Executor",
    "Progress",
    "Written",
    "bases_before",
    "evaluate_book",
    "facts_of",
    "naming",
    "plan_has_parent",
    "shape_of",
    "tables_read",
]

Executor = Literal["columnar", "record", "durable"]
_Executed: TypeAlias = Callable[[Asked, Shape, Mapping[str, Base], int | None], Generator[pl.DataFrame]]
#: How many subjects are decided together at the most, and how many bytes their columns may take; these are counted as
#: if all columns were there at once, though most are dropped on the way.
AT_A_TIME, ROOM = 1_000_000, 3_000_000_000
#: As many subjects are decided together however large their columns are.
_FEW = 20_000
#: Parts that are decided at the same time: while Python plans one of them, Polars computes the other.
_AT_ONCE = 2
#: Subjects after which the record executor tells of its progress.
_TOLD = 500


def evaluate_book(
    engine: Decides,
    book: Book | BookInParts,
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
        book: The book, as `read_book` gives it; one that comes in parts is read now, some accounts at a time (whole for
            organisations, and for children of accounts that stand in another order than those).
        as_of: The day; nothing recorded later is seen.
        previous: The frame of an earlier run, or its file (.parquet, .csv, .jsonl).
        changed_since: Instant, with a time zone, at which the book of `previous` was read: rows of the same day are
            kept, but for accounts with a record whose `recorded_at` is not before it.
        subject: account, opportunity, workstream or organisation.
        only: Ids or patterns to compute; None for all.
        profile: Profile for every account.
        profile_by: Field of the account that names its profile, text; an account without one takes `profile`.
        lists: Whether fired, unknown, findings and actions come as columns of lists too.
        executor: `columnar` computes column by column; `record` decides one subject after the other, and can do what
            frames can't; `durable` does that too, and lets durable-rules answer the rules. All give the same frame.
        sink: Parquet file to write instead, part by part, so that the decisions are never all in memory; it is there
            only once it is whole.
        at_a_time: Subjects that are decided together, 1 or more; None for at most a million whose columns take 3 GB.
        on_progress: Called with (done, total) now and then.

    Returns:
        One row per subject, in input order; `clientcore.book.frame.frame_of` lists the columns. With `sink`, no rows.

    Raises:
        FactError: Misuse, as for `Engine.evaluate`; also a `book` that was read without what is needed, `profile_by`
            that is no field of an account with text, `changed_since` without `previous` or time zone (CC403).
        UnsupportedError: A rule can't run on frames, or on durable-rules (CC401); the text names it.
        BookError: The frame before is no frame of decisions, or with `changed_since` one of other rulesets (CC608).
        MissingExtraError: polars, or durable-rules, is not installed.
    """
    target = None if sink is None else path_of("sink", sink, "give the path of a Parquet file")
    if target is not None and target.suffix.lower() in {".csv", ".json", ".jsonl"}:
        raise FactError(f"CC403 `sink` is `{sink}`, and a Parquet file is written; end it in .parquet")
    require_call("on_progress", on_progress, "of how many subjects are done, and of how many")
    shape = shape_of(engine.plan(subject, only=only), lists=lists)
    require_read(engine, book, subject, only, profile_by)
    by_one = "durable" if executor == "durable" else "record"
    ask = partial(Asked, engine, as_of, subject, only, profile, profile_by, by_one)
    run = _Run(ask, shape, changed_since, _executed(executor, at_a_time), at_a_time)
    with closing(_parts(run, book, previous, on_progress)) as parts:
        return _gathered(parts) if target is None else write_parts(parts, target, frame_of((), shape))


def _gathered(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    found = list(parts)
    return found[0] if len(found) == 1 else pl.concat(found)


@attrs.frozen
class _Run:
    """How the decisions of a book, or of a part of it, are made: what is asked of it, their columns, by what."""

    ask: Callable[[Book], Asked]
    shape: Shape
    changed_since: datetime | None
    executed: _Executed
    at_a_time: int | None


def _parts(
    run: _Run, book: Book | BookInParts, previous: pl.DataFrame | str | Path | None, on_progress: Progress | None
) -> Generator[pl.DataFrame]:
    """Return the frames of decisions, part after part; those that are kept from an earlier run come in one with all."""
    kind = run.shape.subject
    if isinstance(book, BookInParts) and book.follows(kind, size := run.at_a_time or part_size(book)):
        return _told(ahead(_streamed(run, book, size, previous)), book.count(kind), on_progress)
    before = None if previous is None else frame_before(previous)
    whole = book.read() if isinstance(book, BookInParts) else book
    return _decided(run, whole.with_facts_of(kind), before, on_progress)


def _decided(
    run: _Run, book: Book, before: pl.DataFrame | None, on_progress: Progress | None = None
) -> Generator[pl.DataFrame]:
    """Return the frames of decisions of a book that is in memory."""
    as_of = run.ask(book).as_of
    bases = {} if before is None else bases_of(before, run.shape, as_of)
    kept, left = None, book
    if run.changed_since is not None:
        if before is None:
            raise FactError("CC403 `changed_since` says which rows of `previous` to keep; give that frame too")
        kept, left = kept_rows(before, book, run.shape, as_of, run.changed_since)
    made = run.executed(run.ask(left), run.shape, bases, run.at_a_time)
    parts = _told(made, left.count(run.shape.subject), on_progress)
    # what is decided one after the other comes account by account
    if kept is None and (run.executed is _by_columns or by_account(book, run.shape.subject)):
        return parts
    whole = in_order([*parts] if kept is None else [kept, *parts], book, run.shape)
    return (frame for frame in (whole,))


def _streamed(
    run: _Run, book: BookInParts, size: int, previous: pl.DataFrame | str | Path | None
) -> Generator[pl.DataFrame]:
    """Yield the frames of decisions of a book that is read part by part, so many accounts at a time."""
    before: Earlier | None = None

    def decided(part: Book) -> list[pl.DataFrame]:
        return list(_decided(run, part, None if before is None else before.of_some(part.ids(run.shape.subject))))

    with closing(ahead(book.parts(size))) as parts:
        if (first := next(parts, None)) is None:
            return
        if previous is not None:
            before = Earlier.of(previous, run.shape, run.ask(first).as_of)
        by_columns = run.executed is _by_columns
        if run.at_a_time is None and by_columns:  # what fits of the first part does of the others
            run = attrs.evolve(run, at_a_time=_fitting(run.ask(first), {}))
        yield from decided(first)  # alone, since it makes the program that all others run
        del first
        with closing(made_of(parts, decided, at_once=_AT_ONCE if by_columns else 1)) as frames:
            yield from chain.from_iterable(frames)


def _executed(executor: str, at_a_time: int | None) -> _Executed:
    runs: dict[str, _Executed] = {"columnar": _by_columns, "record": _by_one, "durable": _by_one}
    require_text("executor", executor, f"give one of: {', '.join(runs)}")
    if executor not in runs:
        raise FactError(f"CC403 no executor `{executor}`; {did_you_mean(executor, runs)}")
    if at_a_time is not None:
        require_whole("at_a_time", at_a_time, 1)
    return runs[executor]


def _by_one(asked: Asked, shape: Shape, bases: Mapping[str, Base], at_a_time: int | None) -> Generator[pl.DataFrame]:
    decisions = decisions_of(asked, asked.engine.plan(asked.subject, only=asked.only), bases)
    size = min(at_a_time or _TOLD, _TOLD)
    yield frame_of(islice(decisions, size), shape)
    while some := list(islice(decisions, size)):
        yield frame_of(some, shape)


def _by_columns(
    asked: Asked, shape: Shape, bases: Mapping[str, Base], at_a_time: int | None
) -> Generator[pl.DataFrame]:
    from clientcore.batch.frames import frame_by_columns

    for part in chunks(asked.book, asked.subject, at_a_time or _fitting(asked, bases)):
        yield frame_by_columns(attrs.evolve(asked, book=part), shape, bases)


def _fitting(asked: Asked, bases: Mapping[str, Base]) -> int:
    """Return how many subjects are decided together."""
    from clientcore.batch.frames import row_bytes

    count = asked.book.count(asked.subject)
    if count <= _FEW:
        return AT_A_TIME
    most = max(_FEW, min(AT_A_TIME, int(ROOM / max(1.0, row_bytes(asked, bases)))))
    return -(-count // -(-count // most))  # equal parts


def _told(parts: Generator[pl.DataFrame], total: int, on_progress: Progress | None) -> Generator[pl.DataFrame]:
    done = 0
    with closing(parts):  # a stop must not wait for the end of whatever holds the traceback
        for part in parts:
            done += part.height
            if on_progress is not None:
                on_progress(done, total)
            yield part
