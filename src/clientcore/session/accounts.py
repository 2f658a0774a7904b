"""Working memory: the accounts that are at hand, read from the journal or a book when they are needed, then dropped."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import attrs

from clientcore.session.children import Children, bases_from_text, standings_from_text
from clientcore.session.deciding import Deciding, Live
from clientcore.session.erasure import forget_in_memory, places_in_memory
from clientcore.session.journal import Journal, Row
from clientcore.session.memory import Memory
from clientcore.session.signal import Signal
from clientcore.session.stored import load_memory, of_book

if TYPE_CHECKING:
    from clientcore.book import Book

#: Events of an account after which its memory is written anew, so that loading it never reads more than these.
SNAPSHOT = 64


@attrs.define
class Accounts:
    """The accounts of a session.

    Args:
        deciding: How they are decided.
        journal: Where they are kept.
        book: How they were before the session.
        keep: How many are at hand at the most.
        records: How many records they have together at the most.
        erased: Contacts of whom nothing may be known.
        held: How many records the accounts at hand have together.
    """

    deciding: Deciding
    journal: Journal
    book: Book | None
    keep: int
    records: int
    erased: set[str]
    lives: OrderedDict[str, Live] = attrs.field(factory=OrderedDict)
    held: int = 0

    def settle_on(self, fingerprint: str) -> None:
        """Go by what makes the decisions; where it is new, what was foreseen no longer holds."""
        if self.journal.get("rulesets") != fingerprint:
            with self.journal.writing():
                self.journal.foresee_nothing()
                self.journal.set("rulesets", fingerprint)

    def find(self, account: str) -> Live | None:
        """Return an account that the journal has; None where it has none."""
        live = self.lives.get(account)
        if live is not None:
            self.lives.move_to_end(account)
            return live
        row = self.journal.row(account)
        if row is None:
            return None
        memory, since = load_memory(self.journal, account)
        base, bases = bases_from_text(row.base)
        standing, standings = standings_from_text(row.standing)
        texts, children = (row.base, row.standing), Children(bases, standings)
        live = Live(memory, row.day, base, standing, since, texts=texts, kept=row.day, next=row.next, children=children)
        self.lives[account] = live
        self._weigh(live)
        return live

    def opened(self, account: str, day: int, seq: int) -> Live:
        """Return an account before its first event, which has a number; the journal has it from now on."""
        found = of_book(self.book, self.deciding.engine.fact_kinds, account)
        memory = found or Memory(account)
        if self.erased:
            forget_in_memory(memory, places_in_memory(memory, self.erased))
        live = self.lives[account] = self.deciding.opened(memory, day)
        self._weigh(live)
        if found is not None:
            self.remember(live, seq - 1)
        return live

    def drop(self, accounts: Iterable[str]) -> None:
        """Forget accounts whose memory may be ahead of the journal; they are read again when they are needed."""
        for account in accounts:
            live = self.lives.pop(account, None)
            self.held -= 0 if live is None else live.weight

    def clear(self) -> None:
        """Forget all accounts."""
        self.lives.clear()
        self.held = 0

    @property
    def too_many(self) -> bool:
        """Whether more is at hand than may be; the account that was needed last always stays."""
        return len(self.lives) > self.keep or (self.held > self.records and len(self.lives) > 1)

    def bound(self) -> None:
        """Drop the accounts that were not needed for longest, as far as there are too many, or too many records.

        What their next decisions start from is written, so that nothing must be decided again to know it.
        """
        while self.too_many:
            account, live = self.lives.popitem(last=False)
            self.held -= live.weight
            ahead = self.deciding.ahead(live)
            if ahead is not None:
                self.journal.foresee(account, ahead)

    def tell(
        self, live: Live, seq: int, event: str, found: Sequence[Mapping[str, Any]], first: int = 0
    ) -> tuple[Signal, ...]:
        """Write what changed at an account as signals of an event, numbered from `first`, and return them."""
        if not found:
            return ()
        day, account = date.fromordinal(live.day), live.memory.id
        signals = tuple(
            Signal(id=f"{seq}.{n}", event=event, account=account, day=day, **what)
            for n, what in enumerate(found, first)
        )
        self.journal.tell(seq, first, signals)
        return signals

    def save(self, live: Live) -> None:
        """Write where an account stands, as far as that is new."""
        before = live.texts
        if self.deciding.written(live) != before or live.kept != live.day or live.next is not None:
            self.journal.keep(live.memory.id, Row(live.day, *live.texts, None))
            live.kept, live.next = live.day, None
        self._weigh(live)

    def remember(self, live: Live, upto: int) -> None:
        """Write the memory of an account as it is after an event."""
        self.journal.remember(live.memory.id, live.memory.to_text(), upto)
        live.since = 0

    def _weigh(self, live: Live) -> None:
        weight = sum(map(len, live.memory.tables.values()))
        self.held += weight - live.weight
        live.weight = weight
