"""Words that a picklist does not have: a rule that looks for one of its words passes them by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import polars as pl

from clientcore.book.notes import Notes
from clientcore.entities import ENTITIES
from clientcore.errors import did_you_mean

#: How many words of a column are told, and how much of each.
_MOST, _LONGEST = 5, 40


def strange_words(tables: Mapping[str, pl.DataFrame]) -> Iterator[tuple[str, str, pl.Series]]:
    """Yield table, column and the words there that the picklist does not have, each once."""
    for table, frame in tables.items():
        for name, field in ENTITIES[table].fields.items() if table in ENTITIES else ():
            if field.words and name in frame.columns:
                found = frame[name].unique().drop_nulls()
                yield table, name, found.filter(~found.is_in(list(field.words)))


def warn_of_words(table: str, name: str, words: pl.Series, file: str, notes: Notes) -> None:
    """Warn of words; of a picklist that may have others, only of those that are one of its own in other letters."""
    field = ENTITIES[table].fields[name]
    for word in words.unique().sort().head(_MOST):
        near = re.sub(r"[\W_]+", "_", word.strip().lower())
        if near in field.words or not field.other_words:
            message = f"`{word[:_LONGEST]}` is no word of `{name}` in table `{table}`; rules pass it by"
            notes.warn("CC618", message, file, did_you_mean(near, field.words))
