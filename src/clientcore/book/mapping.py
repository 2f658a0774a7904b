"""Mapping files: SQL that makes the tables of a book from the tables of another system."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Mapping as MappingOf
from pathlib import Path
from typing import Any

import attrs
import duckdb
import polars as pl

from clientcore.book.columns import CALENDAR, beyond
from clientcore.book.containers import Container, fetched
from clientcore.book.files import Raw
from clientcore.book.notes import Notes, file_name, row_numbers
from clientcore.book.queries import Query, does_not_run, misfits, parsed
from clientcore.entities import ENTITIES
from clientcore.errors import BookError, Problem, Where, did_you_mean
from clientcore.load.files import in_order, open_source
from clientcore.load.form import REFUSED, Form, fixed, refuse, text
from clientcore.load.part import Entry, by_id, derive
from clientcore.load.text import Entries, Source, Value, read_value

#: The format of mapping files.
MAPPING_FORMAT = "clientcore-mapping/1"
_SETTINGS: dict[str, Any] = {
    "threads": 1,  # with more, the order of rows is not the table's
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "enable_external_access": False,  # the SQL sees the tables of the source and nothing else
}


@attrs.frozen(kw_only=True)
class ForeignTable:
    """A table of the other system, under the name that the SQL uses.

    Args:
        id: Name in the SQL.
        names: What the table or its file may be called, without ending; compared without case, spaces and underscores.
            By default its id.
        columns: Columns that the SQL may use; each is text, and null where the table has none of that name. By default
            the columns are those of the table, of their own types.
        optional: Whether the table may be absent; it is empty then. A table of the book that comes out empty while one
            of its sources is absent is missing.
    """

    id: str
    names: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    optional: bool = False


@attrs.frozen(kw_only=True)
class Mapping:
    """How a book is made from another system.

    Args:
        title: What the mapping is for.
        doc: What one has to know.
        time_zone: Zone in which instants become days; instants without a zone are in it.
        whole_book: Whether the source holds every account, so that shares of the book mean something.
        currency: Currency of the accounts that name none.
        sources: Tables that have other names, or may be absent, by their name in the SQL.
        entities: Table of the book → one SELECT; `facts` and `organisation_facts` too. Without any, the tables are read
            as they are.
        places: Where each part stands in the file.
        file: The mapping's file.
    """

    title: str = ""
    doc: str = ""
    time_zone: str = "UTC"
    whole_book: bool = False
    currency: str = ""
    sources: MappingOf[str, ForeignTable] = attrs.field(factory=dict)
    entities: MappingOf[str, str] = attrs.field(factory=dict)
    places: MappingOf[str, Where] = attrs.field(factory=dict, eq=False, repr=False)
    file: str = attrs.field(default="", eq=False)

    def where(self, path: str) -> Where:
        """Return the place of a part of the mapping."""
        return self.places.get(path, Where(self.file))


def read_mapping(path: Path) -> Mapping:
    """Read a mapping file.

    Args:
        path: The file, format clientcore-mapping/1.

    Raises:
        BookError: The file can't be read or has problems; all of them are told.
    """
    source, problems = open_source(path)
    if source is None:
        raise BookError(problems=problems)
    value = read_value(source)
    made = REFUSED if value is None else _WHOLE.read(value, "mapping", "", source)
    if source.problems or made is REFUSED:
        raise BookError(problems=in_order(source.problems))
    assert isinstance(made, Mapping)
    return attrs.evolve(made, places=source.places, file=str(path))


def _read_entities(value: Value, name: str, path: str, source: Source) -> Any:
    if not isinstance(value, Entries):
        return refuse(value, name, "a mapping from tables to SQL", source)
    made: dict[str, str] = {}
    choices = (*ENTITIES, "facts", "organisation_facts")
    for table, (key, body) in value.entries.items():
        if table not in choices:
            source.add("CC613", f"no table `{table}` in a book", key, did_you_mean(table, choices))
            continue
        source.places[f"{path}/{table}"] = source.where(key)
        made[table] = text(empty=False).read(body, table, f"{path}/{table}", source)
    return REFUSED if REFUSED in made.values() else made


def _read_zone(value: Value, name: str, path: str, source: Source) -> Any:
    zone = text(empty=False).read(value, name, path, source)
    if zone is not REFUSED and zone not in zoneinfo.available_timezones():
        source.add("CC107", f"no time zone `{zone}`", value, did_you_mean(zone, zoneinfo.available_timezones(), most=3))
        return REFUSED
    return zone


def _settle(found: dict[str, Any], _value: Entries, _path: str, _source: Source) -> bool:
    found.pop("format", None)
    return True


_WHOLE = derive(
    Mapping,
    "mapping",
    _settle,
    title=(
        Entry("format", "format", fixed(MAPPING_FORMAT), required=True),
        Entry("title", "title", text()),
    ),
    time_zone=Form(_read_zone, lambda _: {"type": "string"}),
    sources=by_id(derive(ForeignTable, "source", id=())),
    entities=Form(_read_entities, lambda _: {"type": "object"}),
)


def run_mapping(mapping: Mapping, container: Container, notes: Notes) -> dict[str, Raw]:
    """Make the tables of a book.

    Args:
        mapping: With at least one entity.
        container: Where the foreign tables are.
        notes: Takes what can't be read and which optional tables are absent.

    Returns:
        Table of the book → what its query gave.

    Raises:
        BookError: A table that is needed is absent, or a query does not run; all of them are told.
    """
    problems: list[Problem] = []
    made: dict[str, Raw] = {}
    with duckdb.connect(config=_SETTINGS) as con:
        con.execute("SET lock_configuration = true")
        read = [parsed(con, table, sql, mapping.where(f"entities/{table}")) for table, sql in mapping.entities.items()]
        queries = [one for one in read if isinstance(one, Query)]
        problems += [one for one in read if isinstance(one, Problem)]
        names = sorted(frozenset[str]().union(*(query.reads for query in queries)))
        present = _register(con, mapping, container, notes, names, problems)
        for query in queries:
            if all(name.lower() in present for name in query.reads):
                problems += misfits(con, query)
        if problems:
            raise BookError(problems=in_order(problems))
        for query in queries:
            try:
                frame = fetched(con.sql(query.text))
            except duckdb.Error as error:
                problems.append(does_not_run(query, error))
                continue
            if frame.is_empty() and not all(present[name.lower()] for name in query.reads):
                continue
            made[query.table] = Raw(frame, row_numbers(frame.height), f"{file_name(mapping.file)}#{query.table}")
    if problems:
        raise BookError(problems=in_order(problems))
    return made


def reads(mapping: Mapping, table: str) -> bool:
    """Return whether a mapping reads a table of the other system, as its file is called without ending."""
    with duckdb.connect(config=_SETTINGS) as con:
        read = [parsed(con, name, sql, mapping.where(f"entities/{name}")) for name, sql in mapping.entities.items()]
    sources = {id_.lower(): source for id_, source in mapping.sources.items()}
    named = {name.lower() for query in read if isinstance(query, Query) for name in query.reads}
    called = [sources[name].names or (name,) if name in sources else (name,) for name in named]
    return any(_loose(table) == _loose(name) for names in called for name in names)


def _register(
    con: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    container: Container,
    notes: Notes,
    names: list[str],
    problems: list[Problem],
) -> dict[str, bool]:
    """Hand the foreign tables to DuckDB; return, in lower case, whether each is there, but for those in want."""
    there = {_loose(name): name for name in container.tables}
    sources = {id_.lower(): source for id_, source in mapping.sources.items()}
    present: dict[str, bool] = {}
    for name in names:
        source = sources.get(name.lower()) or ForeignTable(id=name)
        found = next((there[_loose(n)] for n in (source.names or (source.id,)) if _loose(n) in there), None)
        if found is not None:
            frame = container.tables[found](notes).frame
        elif source.optional:
            message, where = f"no table `{name}` in `{container.path.name}`", mapping.where(f"sources/{source.id}")
            notes.problems.append(Problem("CC613", message, where, "what is made of it alone is missing", "warning"))
            frame = pl.DataFrame()
        else:
            where = mapping.where(f"sources/{source.id}" if source.id in mapping.sources else "entities")
            advice = did_you_mean(name, container.tables)
            problems.append(Problem("CC613", f"table `{name}` is not in `{container.path.name}`", where, advice))
            continue
        present[name.lower()] = found is not None
        if source.columns:
            frame = _as_listed(frame, source.columns)
        elif not frame.width:
            frame = pl.DataFrame({"absent": pl.Series([], dtype=pl.String)})
        con.register(name, frame.to_arrow())
    return present


def _as_listed(frame: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    """Return the listed columns as text, null where the frame has none of that name."""
    there = {_loose(name): name for name in reversed(frame.columns)}
    return pl.DataFrame(
        [
            _written(frame[there[_loose(name)]]).alias(name)
            if _loose(name) in there
            else pl.Series(name, [None], dtype=pl.String).new_from_index(0, frame.height)
            for name in columns
        ]
    )


def _written(column: pl.Series) -> pl.Series:
    """Return a column as text; a day that the calendar lacks is none."""
    far = beyond(column, CALENDAR)
    return (column if far is None else column.set(far, None)).cast(pl.String, strict=False)


def _loose(name: str) -> str:
    """Return a name without what exports change: case, spaces, underscores."""
    return re.sub(r"[\s_]+", "", name).lower()
