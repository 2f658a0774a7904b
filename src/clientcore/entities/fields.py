"""Fields and records: the parts of every entity; the attrs classes are the one source that `Entity` is read from."""

# ruff: noqa: RUF009 (fields are declared by calls, as attrs does)
from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Literal

import attrs

from clientcore.expr.kinds import BOOLEAN, DAY, INSTANT, NUMBER, TEXT, Kind

#: Where knowledge may come from; rules may demand some of them.
SOURCES = (
    "client_stated",
    "client_behaviour",
    "contract_record",
    "supplier_record",
    "supplier_self_assessed",
    "third_party",
    "inferred",
)
#: Where a value comes from of which nobody says it.
BARE_SOURCE = "supplier_record"

#: No number that enters is larger.
LARGEST = 1e18
#: Least and greatest level of an answer.
LEVELS = (0.0, 3.0)

#: planned: an ordinary value, also in the future; happened: absent when later than the day of the decision.
Role = Literal["plain", "planned", "happened"]


_AND_OTHERS = ", …"
_PICKLIST = re.compile(rf"[a-z][a-z0-9_]*(, [a-z][a-z0-9_]*)+({_AND_OTHERS})?")


@attrs.frozen
class Field:
    """One field of an entity.

    Args:
        name: As written in conditions and as the column of a book.
        kind: Kind of its values. Picklists are text.
        role: `planned` or `happened` for days and instants, else `plain`.
        refers: Table that the id in it points to; empty where it is no reference.
        unit: `money` (in the record's currency), `hours`, `days`, `ratio` … for numbers.
        doc: One sentence.
        personal: Whether it is a judgement or a past of a person; it is missing unless the caller opts in to it.
        parent: Whether the record is part of what the id names; one that names no account belongs to the account of it.
        range: Least and greatest number that it can hold by its meaning; None where any number may stand.
    """

    name: str
    kind: Kind
    role: Role = "plain"
    refers: str = ""
    unit: str = ""
    doc: str = ""
    personal: bool = False
    parent: bool = False
    range: tuple[float, float] | None = None

    @property
    def within(self) -> str:
        """What a number in it has to be, in words; empty where any number may stand."""
        if self.range is None:
            return ""
        low, high = self.range
        return f"a number of {low:g} or more" if high == LARGEST else f"a number from {low:g} to {high:g}"

    @property
    def words(self) -> tuple[str, ...]:
        """The words of a picklist, as its doc lists them; empty for any other field."""
        if self.kind != TEXT or not _PICKLIST.fullmatch(self.doc):
            return ()
        return tuple(self.doc.removesuffix(_AND_OTHERS).split(", "))

    @property
    def whole(self) -> bool:
        """Whether it counts, or holds a level: only whole numbers mean something."""
        return not self.unit and self.range in {(0.0, LARGEST), LEVELS}

    @property
    def other_words(self) -> bool:
        """Whether a picklist may hold other words than it lists."""
        return self.doc.endswith(_AND_OTHERS)


@attrs.frozen
class Entity:
    """One entity: its class, its fields, and the tables that are nested in it when it is a subject.

    Args:
        name: Singular, for example `survey_response`.
        table: Plural, the name in conditions and of the table in a book.
        cls: The attrs class.
        fields: Every field by name, in the order of the class.
        tables: Related tables that a subject of this entity may hold.
    """

    name: str
    table: str
    cls: type[Record]
    fields: Mapping[str, Field]
    tables: tuple[str, ...] = ()

    @property
    def doc(self) -> str:
        """First sentence of the class."""
        return (self.cls.__doc__ or "").strip().split("\n")[0]

    @property
    def parents(self) -> dict[str, str]:
        """Field → table of the records that one of these is part of; without an account of its own it has theirs."""
        return {name: field.refers for name, field in self.fields.items() if field.parent}


def text(doc: str, *, refers: str = "", personal: bool = False, parent: bool = False) -> Any:
    """Declare a field of text; `refers` names the table that the id in it points to."""
    return _declare(Field("", TEXT, refers=refers, doc=doc, personal=personal, parent=parent))


def number(doc: str, *, unit: str = "", personal: bool = False, within: tuple[float, float] | None = None) -> Any:
    """Declare a field of numbers; `within` is for those alone that can hold no other by their meaning."""
    return _declare(Field("", NUMBER, unit=unit, doc=doc, personal=personal, range=within))


def share(doc: str, *, personal: bool = False) -> Any:
    """Declare a share, a probability or a degree, from 0 to 1."""
    return number(doc, unit="ratio", personal=personal, within=(0.0, 1.0))


def count(doc: str, *, unit: str = "") -> Any:
    """Declare what is counted, or measured in hours, minutes, days or years, and can't be less than nothing."""
    return number(doc, unit=unit, within=(0.0, LARGEST))


def money(doc: str) -> Any:
    """Declare an amount in the record's currency, or the account's where the record names none."""
    return number(doc, unit="money")


def boolean(doc: str, *, personal: bool = False) -> Any:
    """Declare a field that is true or false."""
    return _declare(Field("", BOOLEAN, doc=doc, personal=personal))


def planned(doc: str) -> Any:
    """Declare a day that may lie ahead."""
    return _declare(Field("", DAY, "planned", doc=doc))


def happened(doc: str) -> Any:
    """Declare a day on which something happened; absent when later than the day of the decision."""
    return _declare(Field("", DAY, "happened", doc=doc))


def planned_at(doc: str) -> Any:
    """Declare an instant that may lie ahead."""
    return _declare(Field("", INSTANT, "planned", doc=doc))


def happened_at(doc: str) -> Any:
    """Declare an instant at which something happened; absent when later than the day of the decision."""
    return _declare(Field("", INSTANT, "happened", doc=doc))


def _declare(field: Field) -> Any:
    return attrs.field(default=None, metadata={"field": field})


@attrs.frozen(kw_only=True)
class Record:
    """What every record has."""

    id: str = attrs.field(metadata={"field": Field("", TEXT, doc="id within the table; whole numbers become text")})
    account_id: str | None = text("account that the record belongs to", refers="accounts")
    occurred_on: date | None = happened("day on which it took place")
    recorded_at: datetime | None = happened_at("when it was written down; a later record is unseen")
    source: str | None = text(", ".join(SOURCES))
    source_system: str | None = text("system that it comes from")
    source_id: str | None = text("id in that system")


def fields_of(cls: type[Record]) -> Iterator[Field]:
    """Yield the declared fields of an entity class; nested tables are not among them."""
    for attribute in attrs.fields(cls):
        if "field" in attribute.metadata:
            yield attrs.evolve(attribute.metadata["field"], name=attribute.name)
