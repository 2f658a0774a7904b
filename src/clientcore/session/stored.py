"""Where the memory of an account comes from: the journal, or a book."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from clientcore.intake.values import instant
from clientcore.session.journal import Journal, Row
from clientcore.session.memory import Memory

if TYPE_CHECKING:
    from clientcore.book import Book


def load_memory(journal: Journal, account: str, row: Row) -> tuple[Memory, int]:
    """Return the memory of an account, and how many events were read besides the one that the journal holds."""
    memory = Memory(account) if row.memory is None else Memory.from_text(account, row.memory)
    since = 0
    for _, id_, type_, at, data in journal.events(account, row.upto):
        since += 1
        if data is not None:
            memory.apply(type_, json.loads(data), (float(instant(at)), id_))
    return memory, since


def of_book(book: Book | None, account: str) -> Memory | None:
    """Return the memory of an account as a book has it; None where it has none."""
    if book is None or not book.holds(account):
        return None
    from clientcore.batch import facts_of  # where there is a book there is what reads it

    return Memory.of(book.account(account), facts_of(book, account).get(account, {}))
