"""A whole book through the record executor: one decision after the other, gathered into a frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from clientcore.book.frame import Shape, bases_of, frame_of
from clientcore.decision import Base, Decision
from clientcore.entities import Fact
from clientcore.errors import BookError, FactError
from clientcore.plan import Plan, RuleStep, ScoreStep, StateStep, TableStep

if TYPE_CHECKING:
    import polars as pl

    from clientcore.book import Book

Progress = Callable[[int, int], None]
_MARKS = ("__source", "__n", "__observed_at")


class Decides(Protocol):
    """What decides the accounts of a book: an Engine."""

    @property
    def plan(self) -> Callable[..., Plan]:
        """The plan of a kind of subject."""

    @property
    def evaluate(self) -> Callable[..., Decision]:
        """Decides one account or organisation."""

    @property
    def evaluate_subjects(self) -> Callable[..., tuple[Decision, ...]]:
        """Decides the children of one account."""


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
        on_progress: Called with (done, total) now and then.

    Returns:
        One row per subject, in input order; `clientcore.book.frame.frame_of` lists the columns.

    Raises:
        FactError: Misuse, as for `Engine.evaluate`.
        BookError: The frame before is no frame of decisions (CC608).
        MissingExtraError: polars is not installed.
    """
    plan = engine.plan(subject, only=only)
    shape = shape_of(plan, lists=lists)
    bases = {} if previous is None else bases_of(_frame(previous), shape, as_of)
    options = _Options(engine, book, as_of, subject, only, profile, profile_by)
    decisions = _children(options, bases) if plan_has_parent(subject) else _tops(options, plan, bases)
    return frame_of(_watched(decisions, len(book.ids(subject)), on_progress), shape)


@attrs.frozen
class _Options:
    engine: Decides
    book: Book
    as_of: date
    subject: str
    only: Sequence[str] | None
    profile: str | None
    profile_by: str | None

    def profile_of(self, account: Mapping[str, Any]) -> str | None:
        named = account.get(self.profile_by) if self.profile_by else None
        return self.profile if named is None else str(named)


def plan_has_parent(subject: str) -> bool:
    """Return whether a kind of subject belongs to an account."""
    return subject in {"opportunity", "workstream"}


def shape_of(plan: Plan, *, lists: bool) -> Shape:
    """Return the columns that the decisions of a plan have; the order is that of their ids."""
    scores = {".".join(step.key[1:]): step for step in plan.steps if isinstance(step, ScoreStep)}
    tables = {".".join(step.key[1:]): step for step in plan.steps if isinstance(step, TableStep)}
    return Shape(
        subject=plan.subject,
        scores=tuple(sorted(scores)),
        banded=frozenset(name for name, step in scores.items() if step.score.bands),
        outcomes={name: tables[name].kind.name for name in sorted(tables)},
        states=tuple(sorted(".".join(step.key[1:]) for step in plan.steps if isinstance(step, StateStep))),
        rules=tuple(sorted("/".join(step.key[1:]) for step in plan.steps if isinstance(step, RuleStep))),
        lists=lists,
    )


def _tops(options: _Options, plan: Plan, bases: Mapping[str, Base]) -> Iterator[Decision]:
    facts = facts_of(options.book)
    needed = set(plan.tables)
    for account in options.book.subjects(options.subject, tables=needed):
        yield options.engine.evaluate(
            account,
            as_of=options.as_of,
            subject=options.subject,
            facts=facts.get(str(account["id"])),
            previous=bases.get(str(account["id"])),
            only=options.only,
            profile=options.profile_of(account),
        )


def _children(options: _Options, bases: Mapping[str, Base]) -> Iterator[Decision]:
    facts = facts_of(options.book)
    for account in options.book.accounts():
        yield from options.engine.evaluate_subjects(
            account,
            subject=options.subject,
            as_of=options.as_of,
            facts=facts.get(str(account["id"])),
            previous=bases,
            only=options.only,
            profile=options.profile_of(account),
        )


def facts_of(book: Book) -> dict[str, dict[str, Any]]:
    """Return account id → facts handed in, from the book's `facts` table.

    Columns `F__source`, `F__n` and `F__observed_at` say where the value of column `F` comes from.
    """
    frame = book.facts
    if frame is None:
        return {}
    names = [name for name in frame.columns if name != "account_id" and not name.endswith(_MARKS)]
    found: dict[str, dict[str, Any]] = {}
    for row in frame.iter_rows(named=True):
        given = {name: _fact(row, name) for name in names if row[name] is not None}
        found[str(row["account_id"])] = given
    return found


def _fact(row: Mapping[str, Any], name: str) -> Any:
    source, n, observed = (row.get(f"{name}{mark}") for mark in _MARKS)
    if source is None and n is None and observed is None:
        return row[name]
    day = date.fromisoformat(observed[:10]) if isinstance(observed, str) else observed
    return Fact(row[name], source=source or "supplier_record", n=None if n is None else int(n), observed_at=day)


def _watched(decisions: Iterator[Decision], total: int, on_progress: Progress | None) -> Iterator[Decision]:
    step = max(1, total // 200)
    done = 0
    for decision in decisions:
        yield decision
        done += 1
        if on_progress is not None and done % step == 0:
            on_progress(done, total)
    if on_progress is not None:
        on_progress(done, total)


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
