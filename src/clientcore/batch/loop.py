"""A whole book, one decision after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from clientcore.batch.asked import Asked, plan_has_parent
from clientcore.batch.handed import facts_of
from clientcore.decision import Base, Decision
from clientcore.entities import SUBJECTS
from clientcore.intake.children import is_seen
from clientcore.plan import Plan

Progress = Callable[[int, int], None]


def decisions_of(asked: Asked, plan: Plan, bases: Mapping[str, Base]) -> Iterator[Decision]:
    """Yield the decision of every subject, in input order."""
    return _children(asked, bases) if plan_has_parent(asked.subject) else _tops(asked, plan, bases)


def _tops(asked: Asked, plan: Plan, bases: Mapping[str, Base]) -> Iterator[Decision]:
    facts = facts_of(asked.book, asked.engine.fact_kinds)
    needed = set(plan.tables)
    for account in asked.book.subjects(asked.subject, tables=needed):
        yield asked.engine.unheard.evaluate(
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
    facts = facts_of(asked.book, asked.engine.fact_kinds)
    for account in asked.book.accounts():
        yield from asked.engine.unheard.evaluate_subjects(
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
        if not is_seen(child, asked.subject, asked.as_of):
            continue
        yield asked.engine.unheard.evaluate(
            child,
            as_of=asked.as_of,
            subject=asked.subject,
            previous=bases.get(str(child["id"])),
            only=asked.only,
            profile=asked.profile,
            executor=asked.one_by_one,
        )
