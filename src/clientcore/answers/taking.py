"""Which answers count on a day: the latest of each who answered, unless expired; where they differ, none of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import attrs

from clientcore.answers.given import Given
from clientcore.entities import SOURCES, Fact
from clientcore.errors import Problem, Where

if TYPE_CHECKING:
    from clientcore.book import Book


@attrs.frozen(kw_only=True)
class Difference:
    """Answers to one question that do not agree; none of them is taken, and they are never averaged.

    Args:
        subject: account, opportunity, workstream or organisation.
        subject_id: Its id.
        fact: The fact.
        given: The answers, the latest of each who answered.
        low: The least of them, where they are numbers.
        high: The greatest of them, where they are numbers.
    """

    subject: str
    subject_id: str
    fact: str
    given: tuple[Given, ...]
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        return f"`{self.fact}` of {self.subject} `{self.subject_id}`: {' against '.join(map(str, self.given))}"


@attrs.frozen(kw_only=True)
class Taken:
    """What counts of some answers on a day.

    Args:
        as_of: The day.
        facts: (account or organisation, id) → fact → Fact, to be handed to `evaluate`.
        fields: (subject, id) → field → the answer that goes into it.
        differences: Questions on which those who answered differ; the facts count as missing.
        expired: Answers that are too old.
        later: Answers that were given after the day, and are not seen.
    """

    as_of: date
    facts: Mapping[tuple[str, str], Mapping[str, Fact]] = attrs.field(factory=dict)
    fields: Mapping[tuple[str, str], Mapping[str, Given]] = attrs.field(factory=dict)
    differences: tuple[Difference, ...] = ()
    expired: tuple[Given, ...] = ()
    later: tuple[Given, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What does not count, and why."""
        return tuple(self._problems())

    def _problems(self) -> Iterator[Problem]:
        for one in self.differences:
            first = one.given[0]
            help_ = "they count as missing; let those who answered settle it"
            yield Problem("CC616", f"answers differ: {one}", Where(first.file, first.line), help_, "warning")
        for given in self.expired:
            text = f"the answer to `{given.fact}` of {given.subject} `{given.subject_id}` has expired: {given}"
            yield Problem("CC615", text, Where(given.file, given.line), "it counts as missing; ask again", "warning")
        for given in self.later:
            text = f"the answer to `{given.fact}` was given after {self.as_of}"
            yield Problem("CC612", text, Where(given.file, given.line), "it is unseen on that day", "warning")

    def into(self, book: Book) -> Book:
        """Return the book with these answers: facts among its handed-in facts, fields in their records.

        An answer wins over what the book's own table of facts says. Where answers differ, neither they nor that table
        count: what follows from the records does, if anything does.

        Args:
            book: The book. Answers about subjects that it does not have are left out; `unplaced` tells them.

        Raises:
            FactError: It is no book that is in memory (CC403).
        """
        from clientcore.answers.joining import joined

        return joined(self, book)

    def unplaced(self, book: Book) -> tuple[Problem, ...]:
        """Return whose answers `into` leaves out, since the book does not have them.

        Args:
            book: The book.

        Raises:
            FactError: It is no book that is in memory (CC403).
        """
        from clientcore.answers.joining import unplaced

        return tuple(unplaced(self, book))


def taken(given: Iterable[Given], as_of: date) -> Taken:
    """Return what counts of some answers on a day; their order is without effect but for what is shown."""
    groups: dict[tuple[str, str, str], list[Given]] = {}
    for one in given:
        groups.setdefault((one.subject, one.subject_id, one.fact), []).append(one)
    facts: dict[tuple[str, str], dict[str, Fact]] = {}
    fields: dict[tuple[str, str], dict[str, Given]] = {}
    differences: list[Difference] = []
    expired: list[Given] = []
    later: list[Given] = []
    for (subject, id_, fact), answers in groups.items():
        later += [one for one in answers if one.answered_on > as_of]
        seen = _latest([one for one in answers if one.answered_on <= as_of])
        expired += [one for one in seen if one.expired(as_of)]
        fresh = [one for one in seen if not one.expired(as_of)]
        if not fresh:
            continue
        if any((one.applicable, one.value) != (fresh[0].applicable, fresh[0].value) for one in fresh):
            differences.append(_difference(subject, id_, fact, fresh))
        elif fresh[0].field:
            fields.setdefault((subject, id_), {})[fresh[0].field] = max(fresh, key=lambda one: one.answered_on)
        else:
            facts.setdefault((subject, id_), {})[fact] = _fact(fresh)
    return Taken(
        as_of=as_of,
        facts=facts,
        fields=fields,
        differences=tuple(differences),
        expired=tuple(expired),
        later=tuple(later),
    )


def _latest(answers: Sequence[Given]) -> list[Given]:
    """Return the answers that nobody of the same role and source took back later; two of one day both stand."""
    last: dict[tuple[str, str], date] = {}
    for one in answers:
        rater = (one.source, one.answered_by)
        last[rater] = max(last.get(rater, one.answered_on), one.answered_on)
    kept = [one for one in answers if one.answered_on == last[one.source, one.answered_by]]
    return sorted(kept, key=lambda one: (one.answered_on, one.source, one.answered_by, str(one.value)))


def _difference(subject: str, id_: str, fact: str, answers: Sequence[Given]) -> Difference:
    numbers = [one.value for one in answers if isinstance(one.value, float)]
    return Difference(
        subject=subject,
        subject_id=id_,
        fact=fact,
        given=tuple(answers),
        low=min(numbers, default=None),
        high=max(numbers, default=None),
    )


def _fact(answers: Sequence[Given]) -> Fact:
    """Return the fact that some agreeing answers make: the strongest source, the latest day, all roles."""
    return Fact(
        answers[0].value,
        source=min((one.source for one in answers), key=SOURCES.index),
        observed_at=max(one.answered_on for one in answers),
        n=len(answers),
        assessed_by_role=", ".join(dict.fromkeys(one.answered_by for one in answers)),
        applicable=answers[0].applicable,
    )
