"""Words that nobody should read of themselves, and where texts are looked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import attrs

#: Beginnings of words, and phrases, that nobody should read of themselves.
DEMEANING = (
    "arrogan", "career suicide", "clueless", "dead wood", "deadwood", "deceit", "deceiv", "difficult ",
    "dishonest", "dumb", "exhausting", "hopeless", "idiot", "impossible people", "impossible person", "incapab",
    "incompeten", "inferior", "lazy", "liar", "loser", "lying", "misfit", "moron", "nonconform", "on his way out",
    "on her way out", "problem people", "problem person", "rambling", "resister", "stupid", "toxic", "troublemak",
    "underperform", "useless", "weak person", "weak performer", "worst employee",
)  # fmt: skip
_PATTERN = re.compile(r"(?<![a-z])(?:" + "|".join(map(re.escape, DEMEANING)) + ")", re.IGNORECASE)


def demeaning(text: str) -> list[str]:
    """Return the demeaning words in a text; the name of a field of the records is none."""
    return _PATTERN.findall(text.replace("difficult_people", "").replace("_", " "))


def written(value: Any) -> Iterator[str]:
    """Yield every text in a ruleset: titles, reasons, questions, anchors, labels, ids."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from written(key)
            yield from written(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from written(item)
    elif attrs.has(type(value)):
        for field in attrs.fields(type(value)):
            if field.name not in {"places", "file", "tree"}:
                yield from written(getattr(value, field.name))
