"""What a report is asked with: arguments of another kind are refused by their names, before anything is counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from clientcore.arguments import (
    id_of,
    listed,
    refused,
    require_made,
    require_record,
    require_text,
    require_whole,
)
from clientcore.errors import FactError, did_you_mean
from clientcore.report.catalogue import REPORTS
from clientcore.report.registry import Report

if TYPE_CHECKING:
    from clientcore.book import Book


def named(id_: Any, argument: str = "id_") -> Report:
    """Return a report by its id.

    Args:
        id_: R1 to R21.
        argument: What was handed in so.

    Raises:
        FactError: There is none (CC403).
    """
    require_text(argument, id_, "give the id of a report, R1 to R21")
    if id_ not in REPORTS:
        raise FactError(f"CC403 no report `{id_}`; {did_you_mean(id_, REPORTS)}")
    return REPORTS[id_]


def require_engine(engine: Any) -> None:
    """Refuse what decides nothing.

    Raises:
        FactError: It is no engine (CC403).
    """
    if isinstance(engine, type) or not hasattr(engine, "rulesets"):
        raise refused("engine", engine, "hand in the engine that the report is evaluated with")


def require_book(book: Any) -> None:
    """Refuse what is no book in memory.

    Raises:
        FactError: It is none (CC403).
    """
    from clientcore.book import Book  # reads with Polars, which the command line does without until it is needed

    require_made("book", book, Book, "hand in what `read_book(path)` gives")


def require_given(
    found: Report, book: Book | None, frames: Mapping[str, Any], account: Any, horizon_days: Any, **options: Any
) -> None:
    """Refuse options of another kind, and a report without what it needs.

    Args:
        found: The report.
        book: The book, if there is one.
        frames: The decisions, and those of an earlier day if there are any.
        account: The account, if there is one.
        horizon_days: Days to look ahead.
        options: `scores`, `titles`, `limits` and `limits_by` of a report.

    Raises:
        FactError: Something is of another kind, or is not there (CC403).
    """
    import polars as pl

    for name, frame in frames.items():
        if frame is not None or name == "frame":
            require_made(name, frame, pl.DataFrame, "hand in what `evaluate_book` gave")
    if book is not None:
        require_book(book)
    if account is not None:
        id_of("account", account)
    require_whole("horizon_days", horizon_days, 1)
    listed("scores", options["scores"])
    if options["titles"] is not None:
        require_record("titles", options["titles"])
    for name, limits in {"limits": options["limits"], **_each(options["limits_by"])}.items():
        if limits is not None:
            require_limits(name, limits)
    given = {"account": account, "previous": frames["previous"]}
    for option in found.needs:
        if given[option] is None:
            raise FactError(f"CC403 report {found.id} needs `{option}`")
    if found.tables and book is None:
        raise FactError(f"CC403 report {found.id} reads the book too; hand it in as `book`")
    if found.tables and book is not None and book.unread:
        raise FactError(f"CC403 report {found.id} reads the whole book; leave `tables` out of `read_book`")


def require_limits(name: str, limits: Any) -> None:
    """Refuse what does not map limits to numbers.

    Raises:
        FactError: It does not (CC403).
    """
    require_record(name, limits)
    for limit, value in limits.items():
        require_text(name, limit, "map the names of limits to numbers")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise refused(f"{name}[{limit!r}]", value, "give a number")


def _each(limits_by: Any) -> dict[str, Any]:
    if limits_by is None:
        return {}
    require_record("limits_by", limits_by)
    return {f"limits_by[{account!r}]": limits for account, limits in limits_by.items()}
