"""Print docs/entities.md: every table of a book with its fields, from the entities themselves."""

from __future__ import annotations

import sys
from pathlib import Path

from clientcore.entities import ENTITIES, Entity, Field, Record
from clientcore.entities.fields import LARGEST, fields_of
from pages import write_pages

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "entities.md"
_COMMON = tuple(field.name for field in fields_of(Record))
HEAD = """\
# Tables and fields

For whoever maps data of another system to a book, or writes conditions over it.
This page is printed by `make docs` from the entities; a test holds it current.
[Books](books.md) says how tables are read; the meaning of each field also stands in `clientcore schema account`.

Behind each field stands its kind, where it is not text.
A *happened* day or instant is missing while it lies after the day of the decision; a *planned* one is a plain value.
A *personal* field is a judgement or a past of a person, and missing unless the engine's `person_facts` names it.
[People](people.md) says more about those.
`→ table` is a reference; a record that names no account belongs to the account of what it is *part of*.
Words with dots between them are all that a picklist has, in small letters; `…` allows others too.
Reading a book warns of any other word ([CC618](errors.md)).
A number outside of the limits behind its field is missing ([CC603](errors.md)); the limits belong to it.
*money* is an amount in the record's `currency`, or the account's where the record names none.

## What every record has

| field | kind | meaning |
|---|---|---|
"""


def said(field: Field) -> str:
    """Return a field with its kind, as the tables show it."""
    words = [] if field.kind.name == "text" else [field.kind.name]
    if field.words and field.name not in _COMMON:
        words = [" · ".join((*field.words, "…") if field.other_words else field.words)]
    if field.role != "plain":
        words.append(field.role)
    if field.unit == "money":
        words = ["money"]
    elif field.unit:
        words.append(field.unit)
    if field.range is not None:
        low, high = field.range
        words.append(f"{low:g} or more" if high == LARGEST else f"{low:g} to {high:g}")
    if field.refers:
        words = [f"→ {field.refers}"]
    if field.parent:
        words.append("part of")
    if field.personal:
        words.append("personal")
    return f"`{field.name}`" + (f" ({', '.join(words)})" if words else "")


def section(entity: Entity) -> str:
    """Return the heading, the sentence and the fields of one table."""
    own = [said(field) for field in entity.fields.values() if field.name not in _COMMON]
    lines = [f"\n## {entity.table}\n\n{entity.doc}\n\n{', '.join(own)}\n"]
    if entity.tables and entity.name == "account":
        lines.append("\nAs a subject it holds every table below but `organisations`.\n")
    elif entity.tables:
        lines.append(f"\nAs a subject it holds {', '.join(f'`{name}`' for name in entity.tables)}.\n")
    return "".join(lines)


def page() -> str:
    """Return the page."""
    rows = "".join(f"| `{f.name}` | {f.kind.name}, {f.role} | {f.doc} |\n" for f in fields_of(Record))
    return HEAD + rows.replace(", plain", "") + "".join(section(entity) for entity in ENTITIES.values())


if __name__ == "__main__":
    sys.exit(write_pages("print docs/entities.md from the entities", {PAGE: page()}))
