"""The records of one table, from what callers hand in to rows of internal values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import attrs

from clientcore.errors import Problem, did_you_mean
from clientcore.intake.layout import Column, Layout, column_of
from clientcore.intake.objects import as_mapping, rows_of
from clientcore.intake.values import LARGEST, NAN, SMALLEST, UnfitError, absent, describe, plain

#: How many problems of one field of one table are told one by one.
MOST = 5
_DAY_MICROS = 86_400_000_000
_EPOCH_ORDINAL = 719163


@attrs.frozen
class Day:
    """The day of the decision as both limits: its ordinal, and the first instant after it."""

    ordinal: int
    end: int

    @classmethod
    def of(cls, ordinal: int) -> Day:
        """Return the limits of the day with this ordinal."""
        return cls(ordinal, (ordinal + 1 - _EPOCH_ORDINAL) * _DAY_MICROS)


class Findings:
    """The problems of one subject: the first few of a field are told one by one, the rest are counted."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str], Problem] = {}
        self._count: dict[tuple[str, str, str], int] = {}

    def add(self, place: tuple[str, str], code: str, message: str, help_: str = "") -> None:
        """Add a problem at a place: table and field; the same one twice is one."""
        if (code, message) in self._told:
            return
        key = (*place, code)
        self._count[key] = self._count.get(key, 0) + 1
        if self._count[key] <= MOST:
            severity: Literal["error", "warning"] = "warning" if code in {"CC601", "CC607"} else "error"
            self._told[code, message] = Problem(code, message, None, help_, severity)

    def about(self, table: str, field: str) -> bool:
        """Return whether there is a problem of a field."""
        return any(place[:2] == (table, field) for place in self._count)

    @property
    def told(self) -> tuple[Problem, ...]:
        """Those that are told one by one."""
        return tuple(self._told.values())

    @property
    def more(self) -> tuple[Problem, ...]:
        """One for each field that had more than are told."""
        return tuple(
            Problem(code, f"`{table}`: {count - MOST} more problems of `{field}`")
            for (table, field, code), count in self._count.items()
            if count > MOST
        )

    def problems(self) -> tuple[Problem, ...]:
        """Return all of them, and one more for each field that had more than are told."""
        return (*self.told, *self.more)


@attrs.frozen
class Batch:
    """Some records of one table, with what names them in a problem.

    Args:
        title: The table, or the kind of subject.
        records: The records as mappings.
    """

    title: str
    records: list[Mapping[Any, Any]]

    def name(self, at: int) -> str:
        """Return how a problem names the record at this place."""
        given = self.records[at].get("id")
        usable = isinstance(given, (str, int)) and not isinstance(given, bool) and given != ""
        return (
            f"`{self.title}` record {describe(str(given)).removeprefix('the text ')}"
            if usable
            else (f"`{self.title}` record without a usable id, number {at + 1}")
        )


@attrs.frozen
class Holder:
    """The subject in which records are nested.

    Args:
        names: Field of a record → the id that it may have there, if it has any.
        currency: Currency of the subject.
    """

    names: Mapping[str, str] = attrs.field(factory=dict)
    currency: str | None = None


@attrs.frozen
class Table:
    """What was read from one related table.

    Args:
        rows: One tuple for each seen record, in the order asked for.
        ids: Their ids; None where a record has none.
        references: The columns asked for that refer to another table.
        unseen: Ids of the records of which nobody knew on the day; None where one has none.
    """

    rows: tuple[tuple[Any, ...], ...]
    ids: tuple[str | None, ...] = ()
    references: Mapping[str, tuple[str | None, ...]] = attrs.field(factory=dict)
    unseen: tuple[str | None, ...] = ()


def read_table(layout: Layout, given: Any, day: Day, holder: Holder, findings: Findings) -> Table | None:
    """Return the seen records of a related table, None where the table is missing.

    Args:
        layout: What is read.
        given: What the caller handed in.
        day: The day of the decision.
        holder: The subject.
        findings: Takes the problems.
    """
    records = _records(layout, given, findings)
    if records:
        records = _owned(layout, records, holder, findings)
    if not records:
        return None if records is None else Table(())
    batch = _seen(layout, Batch(layout.entity.table, records), day, findings)
    unseen = _ids_of_others(layout, records, batch) if len(batch.records) < len(records) else ()
    batch, ids = _told_apart(layout, batch, findings)
    read = read_columns(layout, batch, day, holder.currency, findings)
    places: dict[str | int, list[int]] = {}
    for at, id_ in enumerate(ids):
        places.setdefault(at if id_ is None else id_, []).append(at)
    if len(places) < len(ids):
        ids = tuple(ids[at[0]] for at in places.values())
        read = {name: _agreed(values, places.values(), layout.columns[name]) for name, values in read.items()}
    if not layout.wanted:
        return Table(((),) * len(ids), ids, unseen=unseen)
    references = {name: tuple(read[name]) for name in layout.references}
    return Table(tuple(zip(*(read[name] for name in layout.wanted), strict=True)), ids, references, unseen)


def seen_records(
    layout: Layout, records: list[Mapping[Any, Any]], day: Day, holder: Holder
) -> list[tuple[str | None, list[Mapping[Any, Any]]]]:
    """Return the records that `read_table` would read, with their ids, those of one id together; it tells nothing."""
    quiet = Findings()
    batch = _seen(layout, Batch(layout.entity.table, _owned(layout, records, holder, quiet)), day, quiet)
    batch, ids = _told_apart(layout, batch, quiet)
    found: dict[str | int, tuple[str | None, list[Mapping[Any, Any]]]] = {}
    for at, (id_, record) in enumerate(zip(ids, batch.records, strict=True)):
        found.setdefault(at if id_ is None else id_, (id_, []))[1].append(record)
    return list(found.values())


def read_columns(layout: Layout, batch: Batch, day: Day, currency: str | None, findings: Findings) -> dict[str, Any]:
    """Return the columns asked for; what happened after `day` is missing, amounts are in `currency`."""
    read: dict[str, Any] = {}
    for name in layout.wanted:
        column = layout.columns[name]
        values = convert(column, batch, findings)
        if column.field.role == "happened":
            last = day.ordinal if column.field.kind.name == "day" else day.end - 1
            values = [NAN if v > last else v for v in values]
        read[name] = values
    if layout.money and "fx_rate" in layout.columns:
        factors = _factors(layout, batch, currency, findings)
        if factors is not None:
            for name in layout.money:
                read[name] = [_exchanged(v, f) for v, f in zip(read[name], factors, strict=True)]
    return read


def convert(column: Column, batch: Batch, findings: Findings) -> Any:
    """Return one column of internal values; a value that does not fit is missing, and a problem."""
    name = column.field.name
    values = [record.get(name) for record in batch.records]
    fast = column.many(values, set(map(type, values)))
    if fast is not None:
        return fast
    out = []
    for at, value in enumerate(values):
        try:
            out.append(column.missing if absent(value) else column.one(plain(value)))
        except Exception as error:  # noqa: BLE001 (a value of any class may raise anything when it is looked at)
            unfit = error if isinstance(error, UnfitError) else UnfitError(describe(value), str(column.field.kind))
            code = "CC605" if name == "id" else unfit.code
            message = f"{batch.name(at)}: `{name}` is {unfit.found}"
            findings.add((batch.title, name), code, message, f"write {unfit.want}")
            out.append(column.missing)
    return out


def _records(layout: Layout, given: Any, findings: Findings) -> list[Mapping[Any, Any]] | None:
    """Return what was handed in for a table as mappings; what is no record is left out, and a problem."""
    table = layout.entity.table
    rows = rows_of(given)
    if not isinstance(rows, list):
        if given is not None:
            message = f"`{table}` is {describe(given if rows is None else rows)}"
            findings.add((table, ""), "CC602", message, "write a list of records")
        return None
    if set(map(type, rows)) != {dict}:
        mappings = []
        for at, row in enumerate(rows):
            mapping = as_mapping(row, layout.columns)
            if mapping is None:
                findings.add(
                    (table, ""), "CC602", f"`{table}` record number {at + 1} is {describe(row)}", "write a record"
                )
            else:
                mappings.append(mapping)
        rows = mappings
    for row in rows:
        if not layout.known.issuperset(row):
            unknown_fields(layout, table, row, findings)
    return rows


def _owned(
    layout: Layout, records: list[Mapping[Any, Any]], holder: Holder, findings: Findings
) -> list[Mapping[Any, Any]]:
    """Leave out the records that name another subject than the one in which they are nested."""
    for name, wanted in holder.names.items():
        if name not in layout.entity.fields or all(_same(record.get(name), wanted) for record in records):
            continue
        batch = Batch(layout.entity.table, records)
        named = convert(column_of(layout.entity.fields[name]), batch, Findings())  # what can't be read names nobody
        for at, found in enumerate(named):
            if found is not None and found != wanted:
                shown = describe(found).removeprefix("the text ")
                message = f"{batch.name(at)}: `{name}` is {shown} and the subject is `{wanted}`; it is left out"
                findings.add((batch.title, name), "CC607", message)
        records = [record for record, found in zip(records, named, strict=True) if found in {None, wanted}]
    return records


def _same(named: Any, wanted: str) -> bool:
    return named is None or (type(named) is str and named == wanted)


def unknown_fields(layout: Layout, title: str, row: Mapping[Any, Any], findings: Findings) -> None:
    """Add a problem for each key that is no field."""
    for key in row:
        if key not in layout.known:
            shown = describe(str(key)).removeprefix("the text ")
            names = (*layout.entity.fields, *layout.entity.tables)
            findings.add(
                (title, str(key)),
                "CC601",
                f"`{title}`: unknown field {shown}",
                did_you_mean(str(key), names),
            )


def _seen(layout: Layout, batch: Batch, day: Day, findings: Findings) -> Batch:
    """Leave out the records of which nobody knew on the day."""
    if not any(r.get("recorded_at") is not None or r.get("occurred_on") is not None for r in batch.records):
        return batch
    quiet = Findings()  # both columns are told of below, for the seen records only
    recorded = convert(layout.columns["recorded_at"], batch, quiet)
    occurred = convert(layout.columns["occurred_on"], batch, quiet)
    keep = [
        at
        for at, (r, o) in enumerate(zip(recorded, occurred, strict=True))
        if (r < day.end if r == r else not o > day.ordinal)
    ]
    if len(keep) < len(batch.records):
        batch = Batch(batch.title, [batch.records[at] for at in keep])
    for name in ("recorded_at", "occurred_on"):
        if name not in layout.wanted and quiet.problems():
            convert(layout.columns[name], batch, findings)
    return batch


def _ids_of_others(layout: Layout, records: Sequence[Mapping[Any, Any]], seen: Batch) -> tuple[str | None, ...]:
    """Return the ids of the records that are not among those seen."""
    there = {id(record) for record in seen.records}
    others = [record for record in records if id(record) not in there]
    return tuple(convert(layout.columns["id"], Batch(seen.title, others), Findings()))


def _told_apart(layout: Layout, batch: Batch, findings: Findings) -> tuple[Batch, tuple[str | None, ...]]:
    """Leave out records whose id can't be used; return the ids of the others, and tell which are there twice."""
    ids = convert(layout.columns["id"], batch, findings)
    if None not in ids and len(set(ids)) == len(ids):
        return batch, tuple(ids)
    keep: list[int] = []
    known: set[str] = set()
    for at, found in enumerate(ids):
        if found is None:
            if absent(batch.records[at].get("id")):
                keep.append(at)
        else:
            if found in known:
                message = f"{batch.name(at)} is there twice"
                findings.add((batch.title, "id"), "CC606", message, "they count as one; what they differ in is missing")
            known.add(found)
            keep.append(at)
    return Batch(batch.title, [batch.records[at] for at in keep]), tuple(ids[at] for at in keep)


def _agreed(values: Sequence[Any], places: Iterable[list[int]], column: Column) -> list[Any]:
    """Return one value for each record: what its rows say with one voice, missing where they differ."""
    agreed = []
    for at in places:
        said = [v for v in (values[each] for each in at) if v is not None and v == v]
        agreed.append(said[0] if said and said.count(said[0]) == len(said) else column.missing)
    return agreed


def _factors(layout: Layout, batch: Batch, currency: str | None, findings: Findings) -> list[float] | None:
    """Return the rate of each record into the subject's currency, None where all amounts are in it already."""
    named = convert(layout.columns["currency"], batch, findings)
    if all(name is None or name == currency for name in named):
        return None
    factors = []
    for at, (name, rate) in enumerate(zip(named, convert(layout.columns["fx_rate"], batch, findings), strict=True)):
        if name is None or name == currency:
            factors.append(1.0)
        elif rate > 0:
            factors.append(rate)
        else:
            factors.append(NAN)
            kept = f"the account's is `{currency}`" if currency else "the account names none"
            message = f"{batch.name(at)}: amounts in {describe(name).removeprefix('the text ')} without a rate; {kept}"
            findings.add(
                (batch.title, "currency"), "CC614", message, "give `fx_rate`, the rate into the account's currency"
            )
    return factors


def rate_of(layout: Layout, record: Mapping[Any, Any], currency: str | None) -> float | None:
    """Return what the amounts of a record were multiplied by, None where that is not known and they are missing."""
    if not layout.money or "fx_rate" not in layout.columns:
        return 1.0
    (rate,) = _factors(layout, Batch("", [record]), currency, Findings()) or (1.0,)
    return rate if rate > 0 else None


def _exchanged(amount: float, rate: float) -> float:
    given = amount * rate
    if abs(given) > LARGEST:
        return NAN
    return 0.0 if abs(given) < SMALLEST else given
