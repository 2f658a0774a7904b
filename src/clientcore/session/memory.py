"""Working memory of one account: its fields, records and facts, each with the event that it was last told by."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import attrs

from clientcore.entities import Fact
from clientcore.session.event import TABLES, Stamp, fact_of

#: What a book says is older than anything that an event says.
NEVER: Stamp = (float("-inf"), "")


@attrs.define
class Kept:
    """Values by name, of a record, of the account itself, or of its facts.

    Each name keeps the value of the greatest stamp that wrote it, so the order in which events come changes nothing.

    Args:
        values: Name → value.
        stamps: Name → what wrote it; a name that a book brought has none.
        removed: When the record was removed; what is older is gone.
    """

    values: dict[str, Any] = attrs.field(factory=dict)
    stamps: dict[str, Stamp] = attrs.field(factory=dict)
    removed: Stamp = NEVER

    def write(self, data: Mapping[str, Any], stamp: Stamp) -> None:
        """Take in what an event says."""
        if stamp < self.removed:
            return
        for name, value in data.items():
            if stamp >= self.stamps.get(name, NEVER):
                self.values[name] = value
                self.stamps[name] = stamp

    def remove(self, stamp: Stamp) -> None:
        """Forget what is older than the stamp."""
        if stamp > self.removed:
            self.removed = stamp
            for name in [name for name in self.values if self.stamps.get(name, NEVER) < stamp]:
                del self.values[name]
                self.stamps.pop(name, None)


@attrs.define
class Memory:
    """What is known of one account.

    Args:
        id: The account.
        fields: Its own fields.
        facts: Facts handed in.
        tables: Related table → id of the record → the record; a table that is not there is missing.
        changed: Tables that were written since somebody last looked, for readers that keep what they read; `""` stands
            for the account's own fields.
    """

    id: str
    fields: Kept = attrs.field(factory=Kept)
    facts: Kept = attrs.field(factory=Kept)
    tables: dict[str, dict[str, Kept]] = attrs.field(factory=dict)
    changed: set[str] = attrs.field(factory=set)

    @classmethod
    def of(cls, account: Mapping[str, Any], facts: Mapping[str, Any]) -> Memory:
        """Return the memory of an account as a book has it.

        Args:
            account: The account with its related tables nested in it.
            facts: Facts handed in with it.
        """
        memory = cls(str(account["id"]))
        for name, value in account.items():
            if name in TABLES:
                if value is not None:
                    memory.tables[name] = dict(_records(value))
            elif name != "id" and value is not None:
                memory.fields.values[name] = _plain(value)
        memory.facts.values.update({name: _fact(value) for name, value in facts.items() if value is not None})
        return memory

    def apply(self, type_: str, data: Mapping[str, Any], stamp: Stamp) -> None:
        """Take in what an event of a type says."""
        if type_ == "account":
            self._account(data, stamp)
        elif type_ == "facts":
            self.facts.write(data, stamp)
        elif type_ == "removed":
            self._record(data["table"], data["id"]).remove(stamp)
        else:
            self._record(type_, data["id"]).write(data, stamp)

    def _account(self, data: Mapping[str, Any], stamp: Stamp) -> None:
        own = {name: value for name, value in data.items() if name not in TABLES and name != "id"}
        self.fields.write(own, stamp)
        self.changed.add("")
        for table in data.keys() & TABLES:
            self.tables.setdefault(table, {})
            self.changed.add(table)
            for record in data[table]:
                self._record(table, record["id"]).write(record, stamp)

    def _record(self, table: str, id_: str) -> Kept:
        self.changed.add(table)
        return self.tables.setdefault(table, {}).setdefault(id_, Kept())

    def rows(self, table: str) -> list[dict[str, Any]] | None:
        """Return the records of a table that are there; None where the table is missing."""
        records = self.tables.get(table)
        return None if records is None else [kept.values for kept in records.values() if kept.values]

    def account(self) -> dict[str, Any]:
        """Return the account with its related tables nested in it, as an engine takes it."""
        return {"id": self.id, **self.fields.values, **{table: self.rows(table) for table in self.tables}}

    def handed(self) -> dict[str, Any]:
        """Return the facts handed in, as an engine takes them."""
        return {name: fact_of(value) for name, value in self.facts.values.items() if value is not None}

    def to_text(self) -> str:
        """Return the memory as JSON text, which `from_text` reads."""
        stamps: dict[Stamp, int] = {}

        def told(kept: Kept) -> list[Any]:
            by = {name: stamps.setdefault(stamp, len(stamps)) for name, stamp in kept.stamps.items()}
            gone = None if kept.removed == NEVER else stamps.setdefault(kept.removed, len(stamps))
            return [kept.values, by] if gone is None else [kept.values, by, gone]

        tables = {table: {id_: told(kept) for id_, kept in rows.items()} for table, rows in self.tables.items()}
        data = {"fields": told(self.fields), "facts": told(self.facts), "tables": tables, "stamps": list(stamps)}
        return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)

    @classmethod
    def from_text(cls, id_: str, text: str) -> Memory:
        """Return the memory that `to_text` wrote."""
        data = json.loads(text)
        stamps: list[Stamp] = [(stamp[0], stamp[1]) for stamp in data["stamps"]]

        def kept(told: list[Any]) -> Kept:
            values, by, *gone = told
            written = {name: stamps[at] for name, at in by.items()}
            return Kept(values, written, stamps[gone[0]] if gone else NEVER)

        tables = {table: {key: kept(told) for key, told in rows.items()} for table, rows in data["tables"].items()}
        return cls(id_, kept(data["fields"]), kept(data["facts"]), tables)


def _records(rows: Any) -> Iterator[tuple[str, Kept]]:
    for at, row in enumerate(rows):
        values = {name: _plain(value) for name, value in row.items() if value is not None}
        values.pop("account_id", None)
        id_ = values.get("id")
        # a record without an id is kept, and no event can name it
        yield (f"\0{at}" if id_ is None else str(id_)), Kept(values)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _fact(value: Any) -> Any:
    if not isinstance(value, Fact):
        return _plain(value)
    told = attrs.asdict(value)
    return {name: _plain(item) for name, item in told.items() if item is not None}
