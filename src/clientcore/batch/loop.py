"""A whole book, one decision after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from clientcore.batch.asked import Asked, plan_has_parent
from clientcore.decision import Base, Decision
from clientcore.entities import SUBJECTS, Fact
from clientcore.plan import Plan

if TYPE_CHECKING:
    import polars as pl

Progress = Callable[[int, int], None]
#: What may stand beside a handed-in fact in the table of facts.
MARKS = ("__source", "__n", "__observed_at", "__applicable", "__assessed_by_role")
_MARK_KINDS = ("text", "number", "day", "boolean", "text")


def decisions_of(asked: Asked, plan: Plan, bases: Mapping[str, Base]) -> Iterator[Decision]:
    """Yield the decision of every subject, in input order."""
    return _children(asked, bases) if plan_has_parent(asked.subject) else _tops(asked, plan, bases)


def _tops(asked: Asked, plan: Plan, bases: Mapping[str, Base]) -> Iterator[Decision]:
    facts = facts_of(asked.book)
    needed = set(plan.tables)
    for account in asked.book.subjects(asked.subject, tables=needed):
        yield asked.engine.evaluate(
            account,
            as_of=asked.as_of,
            subject=asked.subject,
            facts=facts.get(str(account["id"])),
            previous=bases.get(str(account["id"])),
            only=asked.only,
            profile=asked.profile_of(account),
            executor=asked.one_by_one,
        )


def _children(asked: Asked, bases: Mapping[str, Base]) -> Iterator[Decision]:
    facts = facts_of(asked.book)
    for account in asked.book.accounts():
        yield from asked.engine.evaluate_subjects(
            account,
            subject=asked.subject,
            as_of=asked.as_of,
            facts=facts.get(str(account["id"])),
            previous=bases,
            only=asked.only,
            profile=asked.profile_of(account),
            executor=asked.one_by_one,
        )
    yield from _of_no_account(asked, bases)


def _of_no_account(asked: Asked, bases: Mapping[str, Base]) -> Iterator[Decision]:
    children = asked.book.tables.get(SUBJECTS[asked.subject].table)
    alone = () if children is None else children.filter(children["account_id"].is_null())["id"].drop_nulls().to_list()
    if not alone:
        return
    needed = set(asked.engine.plan(asked.subject, only=asked.only).tables)
    for child in asked.book.only(asked.subject, alone).subjects(asked.subject, tables=needed):
        yield asked.engine.evaluate(
            child,
            as_of=asked.as_of,
            subject=asked.subject,
            previous=bases.get(str(child["id"])),
            only=asked.only,
            profile=asked.profile,
            executor=asked.one_by_one,
        )


def facts_of(book: Any, account: str | None = None) -> dict[str, dict[str, Any]]:
    """Return account id → facts handed in, from the book's `facts` table; of one account only where it is named.

    Columns `F__source`, `F__n`, `F__observed_at` and `F__assessed_by_role` say where the value of column `F` comes
    from; where `F__applicable` is false, the question does not apply.
    """
    frame = book.facts
    if frame is None:
        return {}
    if account is not None:
        frame = frame.filter(frame["account_id"] == account)
    names = [name for name in frame.columns if name != "account_id" and not name.endswith(MARKS)]
    frame = frame.with_columns(marks_of(frame, names))
    found: dict[str, dict[str, Any]] = {}
    for row in frame.iter_rows(named=True):
        lost = {name for name in names if row.get(f"{name}{MARKS[3]}") is False}
        given = {name: _fact(row, name) for name in names if row[name] is not None or name in lost}
        found[str(row["account_id"])] = given
    return found


def marks_of(frame: pl.DataFrame, names: Iterable[str]) -> list[pl.Series]:
    """Return the columns beside some facts, each as its kind; what is none of it is as if it were not there."""
    from clientcore.book.columns import convert_as

    marked = [(f"{name}{mark}", kind) for name in names for mark, kind in zip(MARKS, _MARK_KINDS, strict=True)]
    return [convert_as(kind, frame[column], "UTC").values for column, kind in marked if column in frame.columns]


def _fact(row: Mapping[str, Any], name: str) -> Any:
    source, n, observed, applies, role = (row.get(f"{name}{mark}") for mark in MARKS)
    if applies is not False and source is n is observed is role is None:
        return row[name]
    return Fact(
        row[name],
        source=source or "supplier_record",
        n=None if n is None else int(n),
        observed_at=observed,
        assessed_by_role=role,
        applicable=applies is not False,
    )
