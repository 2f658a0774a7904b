"""What one call of `evaluate_book` asks for, and the columns that it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from clientcore.arguments import refused, require_flag, require_text
from clientcore.book.frame import Shape
from clientcore.decision import Decision
from clientcore.entities import ENTITIES, SUBJECTS
from clientcore.errors import FactError, did_you_mean
from clientcore.plan import Plan, RuleStep, ScoreStep, StateStep, TableStep

if TYPE_CHECKING:
    from clientcore.book import Book, BookInParts
    from clientcore.executors.record import RecordExecutor
    from clientcore.recent import Recent


class Decides(Protocol):
    """What decides the accounts of a book: an Engine."""

    @property
    def fact_kinds(self) -> Mapping[str, str]:
        """Fact → name of its kind."""

    @property
    def unheard(self) -> Decides:
        """The same engine, of whose decisions no plugin is told."""

    @property
    def plan(self) -> Callable[..., Plan]:
        """The plan of a kind of subject."""

    @property
    def evaluate(self) -> Callable[..., Decision]:
        """Decides one account or organisation."""

    @property
    def evaluate_subjects(self) -> Callable[..., tuple[Decision, ...]]:
        """Decides the children of one account."""

    @property
    def executors(self) -> Callable[..., tuple[RecordExecutor, RecordExecutor | None]]:
        """The record executor of a kind of subject, and for children that of their account."""

    @property
    def params_of(self) -> Callable[..., Mapping[tuple[str, str], Any]]:
        """Values of the params of a plan under a profile."""

    @property
    def profile_of(self) -> Callable[..., str | None]:
        """The profile that holds for an account."""

    @property
    def profiles_vary(self) -> tuple[Any, ...]:
        """The profiles that may hold for some accounts without being named; empty: none."""

    @property
    def person_facts(self) -> frozenset[str]:
        """Person-level facts that are opted in to."""

    @property
    def programs(self) -> Recent[Any, Any]:
        """Programs made lately, by what they were made for."""


@attrs.frozen
class Asked:
    """One call of `evaluate_book`, for a book or a part of one; `one_by_one` is what decides one subject alone."""

    engine: Decides
    as_of: date
    subject: str
    only: Sequence[str] | None
    profile: str | None
    profile_by: str | None
    one_by_one: str
    book: Book

    def profile_of(self, account: Mapping[str, Any]) -> str | None:
        """Return the profile that an account names, else the one for all; an organisation names none."""
        named = account.get(self.profile_by) if self.profile_by and self.subject != "organisation" else None
        return self.profile if named is None else str(named)


def plan_has_parent(subject: str) -> bool:
    """Return whether a kind of subject belongs to an account."""
    return subject in {"opportunity", "workstream"}


def tables_read(engine: Decides, subject: str, only: Sequence[str] | None) -> dict[str, tuple[str, ...]]:
    """Return what deciding subjects of a kind reads of a book, beside handed-in facts: table → its columns."""
    if engine.profiles_vary and subject != "organisation":  # a `match` may read anything of an account
        tables = {"accounts", *SUBJECTS["account"].tables}
        return {table: tuple(ENTITIES[table].fields) for table in tables} | _whole(subject)
    executor, parent = engine.executors(subject, only)
    own = {"accounts": ()} if subject == "organisation" else _fields(executor.plan if parent is None else parent.plan)
    read: dict[str, tuple[str, ...]] = dict(own)
    for plan in (executor.plan, *(() if parent is None else (parent.plan,))):
        for table, columns in plan.tables.items():
            read[table] = tuple(dict.fromkeys((*read.get(table, ()), *columns)))
    return read | _whole(subject)


def _fields(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Return the fields of an account that a plan reads."""
    return {"accounts": tuple(name for name in plan.fields if name in ENTITIES["accounts"].fields)}


def require_read(
    engine: Decides, book: Book | BookInParts, subject: str, only: Sequence[str] | None, profile_by: str | None
) -> None:
    """Refuse what is no book, and a book that was read without what is needed: unread is not missing.

    Raises:
        FactError: It is no book, a column that is needed was not asked for, or `profile_by` is no field of an account
            with text (CC403).
    """
    _require_book(book)
    by = "" if profile_by is None or subject == "organisation" else naming(profile_by)
    if not book.unread:
        return
    named = {"accounts": (by,)} if by else {}
    lacking = [*book.lacks(tables_read(engine, subject, only)), *book.lacks(named)]
    if lacking:
        raise FactError(
            f"CC403 the book was read without `{lacking[0]}` (needed and lacking: {len(lacking)}); read it "
            "whole, or with the `tables` of the plan"
        )


def naming(field: str) -> str:
    """Return a field of an account that can name its profile.

    Raises:
        FactError: It is none, or holds no text (CC403).
    """
    require_text("profile_by", field, "give the name of a field of an account with text")
    fields = ENTITIES["accounts"].fields
    if field not in fields or fields[field].kind.name != "text":
        texts = [name for name, one in fields.items() if one.kind.name == "text"]
        raise FactError(
            f"CC403 `profile_by` is `{field}`, no field of an account with text; {did_you_mean(field, texts)}"
        )
    return field


def _require_book(book: object) -> None:
    from clientcore.book import Book, BookInParts

    if not isinstance(book, Book | BookInParts):
        read = f"read_book({str(book)!r})" if isinstance(book, str | Path) else "read_book(path)"
        raise refused("book", book, f"hand in what `{read}` gives")


def _whole(subject: str) -> dict[str, tuple[str, ...]]:
    table = SUBJECTS[subject].table
    return {} if subject == "account" else {table: tuple(ENTITIES[table].fields)}


def shape_of(plan: Plan, *, lists: bool) -> Shape:
    """Return the columns that the decisions of a plan have; the order is that of their ids."""
    require_flag("lists", lists)
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
        sampled=frozenset(name for name, step in scores.items() if step.sampling),
    )
