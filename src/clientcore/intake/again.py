"""An account that is read again and again: related tables that stay as they are were read once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any

import attrs

from clientcore.intake import Need, Taken, check_references, read_own
from clientcore.intake.layout import layout_of
from clientcore.intake.records import Day, Findings, Holder, Table, read_table

Rows = Callable[[str], Sequence[Mapping[str, Any]] | None]


@attrs.frozen
class Read:
    """What was read of one table.

    Args:
        table: The table.
        findings: What did not fit.
        day: The day for which it was read.
        settled: Whether it reads the same on every later day, as nothing in it lies ahead.
        holder: The account.
    """

    table: Table | None
    findings: Findings
    day: int
    settled: bool
    holder: Holder


@attrs.define
class Reader:
    """Reads one account; gives what `take` gives.

    Args:
        need: What to read.
    """

    need: Need
    _read: dict[str, Read] = attrs.field(factory=dict)
    _referring: dict[str, Findings] = attrs.field(factory=dict)

    def take(self, fields: Mapping[str, Any], rows: Rows, as_of: date, changed: Collection[str]) -> Taken:
        """Read the account.

        Args:
            fields: Its own fields, with its id.
            rows: Gives the records of a table; None where the table is missing.
            as_of: Day of the decision.
            changed: Tables that may have changed since the last time.
        """
        day, need = Day.of(as_of.toordinal()), self.need
        first = Findings()
        own = read_own(fields, day, layout_of("accounts", need.fields, need.person), "account", first)
        fresh = {table for table in need.tables if self._again(table, rows, day, own.holder, changed)}
        tables = {table: self._read[table].table for table in need.tables}
        for table in need.tables:
            if fresh and (table in fresh or fresh & self._targets(table)):
                self._referring[table] = Findings()
                check_references(need, table, tables, self._referring[table])
        parts = [first, *(self._read[table].findings for table in need.tables)]
        parts += [self._referring[table] for table in need.tables]
        problems = (*(one for part in parts for one in part.told), *(one for part in parts for one in part.more))
        seen = {table: None if found is None else found.rows for table, found in tables.items()}
        return Taken(own.id or "", own.account_id or "", own.values, seen, problems)

    def _again(self, table: str, rows: Rows, day: Day, holder: Holder, changed: Collection[str]) -> bool:
        """Read a table where that may give something new; return whether it was read."""
        old = self._read.get(table)
        if (
            old is not None
            and table not in changed
            and old.holder == holder
            and (old.day == day.ordinal or (old.settled and old.day < day.ordinal))
        ):
            return False
        layout, given, findings = layout_of(table, self.need.tables[table], self.need.person), rows(table), Findings()
        found = read_table(layout, given, day, holder, findings)
        moments = [
            name
            for name, column in layout.columns.items()
            if column.field.role == "happened" or name in {"recorded_at", "occurred_on"}
        ]
        settled = given is None or all(_past(record.get(name), day) for record in given for name in moments)
        self._read[table] = Read(found, findings, day.ordinal, settled, holder)
        return True

    def _targets(self, table: str) -> set[str]:
        layout = layout_of(table, self.need.tables[table], self.need.person)
        return {layout.entity.fields[name].refers for name in layout.references}


def _past(value: Any, day: Day) -> bool:
    """Return whether a day or instant, or its text, lies at the latest on a day; what is not sure does not."""
    if value is None:
        return True
    if not isinstance(value, str):
        return False
    # an instant may be of the next day in UTC
    last = date.fromordinal(day.ordinal).isoformat()
    return value <= last if len(value) == len(last) else value[: len(last)] < last
