"""A whole book: every subject decided, gathered into a frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from clientcore.batch.asked import Asked, Decides, plan_has_parent, shape_of
from clientcore.batch.loop import Progress, decisions_of, facts_of, watched
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
]

Executor = Literal["columnar", "record"]


def evaluate_book(
    engine: Decides,
    book: Book,
    *,
    as_of: date,
    previous: pl.DataFrame | str | Path | None = None,
    subject: str = "account",
    only: Sequence[str] | None = None,
    profile: str | None = None,
    profile_by: str | None = None,
    lists: bool = False,
    executor: Executor = "columnar",
    on_progress: Progress | None = None,
) -> pl.DataFrame:
    """Decide every subject of a book.

    Args:
        engine: The engine.
        book: The book, as `read_book` gives it.
        as_of: The day; nothing recorded later is seen.
        previous: The frame of an earlier run, or its file (.parquet, .csv, .jsonl).
        subject: account, opportunity, workstream or organisation.
        only: Ids or patterns to compute; None for all.
        profile: Profile for every account.
        profile_by: Field of the account that names its profile; an account without one takes `profile`.
        lists: Whether fired, unknown, findings and actions come as columns of lists too.
        executor: `columnar` computes column by column; `record` decides one subject after the other, and can do what
            frames can't. Both give the same frame.
        on_progress: Called with (done, total) now and then.

    Returns:
        One row per subject, in input order; `clientcore.book.frame.frame_of` lists the columns.

    Raises:
        FactError: Misuse, as for `Engine.evaluate`.
        UnsupportedError: A rule can't run on frames (CC401); the text names it.
        BookError: The frame before is no frame of decisions (CC608).
        MissingExtraError: polars is not installed.
    """
    plan = engine.plan(subject, only=only)
    shape = shape_of(plan, lists=lists)
    bases = bases_before(previous, shape, as_of)
    if executor not in {"columnar", "record"}:
        raise FactError(f"CC403 no executor `{executor}`; {did_you_mean(executor, ['columnar', 'record'])}")
    asked = Asked(engine, book, as_of, subject, only, profile, profile_by)
    if executor == "record":
        return frame_of(watched(decisions_of(asked, plan, bases), len(book.ids(subject)), on_progress), shape)
    from clientcore.batch.frames import frame_by_columns

    frame = frame_by_columns(asked, shape, bases)
    if on_progress is not None:
        on_progress(frame.height, frame.height)
    return frame


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
