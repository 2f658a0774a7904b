"""What a caller names of a book: kinds of subjects, tables and their columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from clientcore.arguments import listed, require_record, require_text
from clientcore.entities import ENTITIES, SUBJECTS, Entity
from clientcore.errors import FactError, did_you_mean

#: Tables, or for each of them its columns.
Tables: TypeAlias = Iterable[str] | Mapping[str, Iterable[str]]


def subject_named(kind: Any) -> Entity:
    """Return a kind of subject by its name.

    Raises:
        FactError: There is none (CC403).
    """
    require_text("kind", kind, f"give one of: {', '.join(SUBJECTS)}")
    if kind not in SUBJECTS:
        raise FactError(f"CC403 no subject `{kind}`; {did_you_mean(kind, SUBJECTS)}")
    return SUBJECTS[kind]


def columns_named(tables: Tables) -> dict[str, tuple[str, ...]]:
    """Return the tables that are named, each with its columns: those that are named, else all.

    Raises:
        FactError: There is no such table, or no such column of it (CC403).
    """
    wanted = {}
    for table in listed("tables", tables):
        if table not in ENTITIES:
            raise FactError(f"CC403 no table `{table}` in a book; {did_you_mean(table, ENTITIES)}".rstrip("; "))
        fields = ENTITIES[table].fields
        wanted[table] = listed("columns", tables[table]) if isinstance(tables, Mapping) else tuple(fields)
        if strange := [name for name in wanted[table] if name not in fields]:
            advice = did_you_mean(strange[0], fields)
            raise FactError(f"CC403 no column `{strange[0]}` in table `{table}`; {advice}".rstrip("; "))
    return wanted


def lacking(unread: Mapping[str, frozenset[str]], tables: Any) -> list[str]:
    """Return those of some columns, as `table.column`, that were not asked for when a book was read.

    Raises:
        FactError: It is no mapping, or there is no such table or column (CC403).
    """
    require_record("tables", tables)
    named = columns_named(tables)
    return [f"{table}.{name}" for table, names in named.items() for name in names if name in unread.get(table, ())]
