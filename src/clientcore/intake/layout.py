"""What is read from one table, settled once for each set of columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import attrs

from clientcore.entities import ENTITIES, Entity, Field
from clientcore.intake.values import CONVERTERS, within

#: Columns read besides those asked for: they decide which records are seen.
ALWAYS = ("id", "recorded_at", "occurred_on")


@attrs.frozen(eq=False)
class Column:
    """One column: its field and the converters of its kind.

    Args:
        field: The field.
        one: Converter of one value.
        many: Converter of a whole column; None where it must go value by value.
        missing: What stands for missing.
    """

    field: Field
    one: Callable[[Any], Any]
    many: Callable[[Sequence[Any], set[type]], Sequence[Any] | None]
    missing: Any


@attrs.frozen(eq=False)
class Layout:
    """What is read from one table.

    Args:
        entity: The entity.
        columns: Every column that is read, by name.
        wanted: The columns asked for, in that order.
        money: Those of them that are amounts.
        references: Those of them that refer to a related table.
        known: Every key that a record may have without a problem.
    """

    entity: Entity
    columns: dict[str, Column]
    wanted: tuple[str, ...]
    money: tuple[str, ...]
    references: tuple[str, ...]
    known: frozenset[str]


@lru_cache(maxsize=4096)
def layout_of(table: str, wanted: tuple[str, ...], person: frozenset[str] = frozenset()) -> Layout:
    """Return the layout of a table, or of a subject given by its table, for the columns asked for.

    Args:
        table: The table.
        wanted: Its columns, in the order in which they are asked for.
        person: What the caller opted in to; a personal field is missing unless its `table.field` is among it.

    Raises:
        KeyError: There is no such table or field; a plan never asks for one.
    """
    entity = ENTITIES[table]
    money = tuple(name for name in wanted if entity.fields[name].unit == "money")
    extra = ("currency", "fx_rate") if money else ()
    names = dict.fromkeys((*ALWAYS, *(name for name in extra if name in entity.fields), *wanted))
    columns = {name: column_of(entity.fields[name]) for name in names}
    for name, column in columns.items():
        if column.field.personal and f"{table}.{name}" not in person:
            columns[name] = _left_out(column)
    # A subject of its own may hold its parent; a nested record may hold its own related tables.
    known = frozenset(entity.fields) | frozenset(entity.tables) | {"account"}
    references = tuple(name for name in wanted if entity.fields[name].refers not in {"", "accounts"})
    return Layout(entity, columns, wanted, money, references, known)


def _left_out(column: Column) -> Column:
    """Return a column that is missing whatever stands there."""
    return attrs.evolve(
        column, one=lambda _value: column.missing, many=lambda values, _kinds: [column.missing] * len(values)
    )


def column_of(field: Field) -> Column:
    """Return a field with the converters of its kind; ids and references to ids are ids."""
    is_id = field.name in {"id", "source_id"} or bool(field.refers)
    one, many, missing = CONVERTERS["id" if is_id else field.kind.name]
    if field.range is not None:
        one, many = within(*field.range, field.within)
    return Column(field, one, many, missing)
