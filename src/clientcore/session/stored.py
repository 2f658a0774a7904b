"""Where the memory of an account comes from: the journal, or a book."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from clientcore.arguments import refused
from clientcore.session.journal import Journal
from clientcore.session.memory import Memory

if TYPE_CHECKING:
    from clientcore.book import Book


def load_memory(journal: Journal, account: str) -> tuple[Memory, int]:
    """Return the memory of an account, and how many events were read besides the one that the journal holds."""
    text, upto = journal.memory(account)
    memory = Memory(account) if text is None else Memory.from_text(account, text)
    events = journal.events(account, upto)
    said = [event for event in events if event[4] is not None]
    # one list is read in half the time that its parts take
    for (_, id_, type_, at, _), data in zip(
        said, json.loads(f"[{','.join(str(one[4]) for one in said)}]"), strict=True
    ):
        memory.apply(type_, data, (float(at), id_))
    return memory, len(events)


def require_book(book: object) -> None:
    """Refuse what is no book that is in memory; no book at all is fine.

    Raises:
        FactError: It is another thing (CC403).
    """
    if book is None:
        return
    from clientcore.book import Book  # where there is a book there is what reads it

    if not isinstance(book, Book):
        raise refused("book", book, "hand in what `read_book(path)` gives, read whole")


def of_book(book: Book | None, kinds: Mapping[str, str], account: str) -> Memory | None:
    """Return the memory of an account as a book has it; None where it has none."""
    if book is None or not book.holds(account):
        return None
    from clientcore.batch import facts_of  # where there is a book there is what reads it

    return Memory.of(book.account(account), facts_of(book, kinds, account).get(account, {}))
