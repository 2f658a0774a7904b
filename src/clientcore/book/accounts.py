"""A book: the checked tables, and each account with its related records."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import attrs
import polars as pl

from clientcore.arguments import id_of, listed
from clientcore.book.asked import Tables, columns_named, lacking, subject_named
from clientcore.book.assembly import FACTS, ORGANISATION_FACTS
from clientcore.entities import SUBJECTS
from clientcore.errors import FactError, Problem, counted, did_you_mean

#: Subjects that are turned into mappings at a time: few enough that memory stays flat.
_CHUNK = 2000
_ALWAYS = ("id", "recorded_at", "occurred_on", "currency", "fx_rate")


@attrs.frozen(eq=False, slots=False)
class Book:
    """A set of accounts with everything related to them, as it was read.

    Args:
        path: Where it comes from.
        tables: Table → its rows: days as Date, instants as Datetime in UTC, numbers as Float64, text as String. Columns
            that the source lacks are absent; a table that it lacks is missing.
        rejects: What was set aside, with table, file, row (the line of a CSV or JSONL file, else counted from 1),
            column, value, code and message.
        problems: What concerns whole files.
        unattached: Table → how many of its rows belong to no account.
        whole: Whether these are all accounts there are.
        unread: Table → its fields that nobody asked for when the book was read, all of them for a whole table; whether
            the source has them, and what is wrong there, is not known.
    """

    path: Path
    tables: Mapping[str, pl.DataFrame] = attrs.field(repr=False)  # cells of clients do not belong into logs
    rejects: pl.DataFrame = attrs.field(repr=False)
    problems: tuple[Problem, ...] = ()
    unattached: Mapping[str, int] = attrs.field(factory=dict)
    whole: bool = False
    unread: Mapping[str, frozenset[str]] = attrs.field(factory=dict)

    def __str__(self) -> str:
        rows = sum(frame.height for frame in self.tables.values())
        size = f"{counted(rows, 'row')} in {counted(len(self.tables), 'table')}"
        return f"{self.path}: {counted(self.count(), 'account')}, {size}"

    @property
    def facts(self) -> pl.DataFrame | None:
        """The table of handed-in facts, by account_id; None where there is none."""
        return self.tables.get(FACTS)

    def with_facts_of(self, kind: str) -> Book:
        """Return the book with what was handed in about subjects of a kind as its table of facts.

        Facts about organisations stand in a table of their own, since one may have the id of an account. Children of an
        account are decided beside it, and read its facts.

        Args:
            kind: account, opportunity, workstream or organisation.

        Raises:
            FactError: There is no such kind (CC403).
        """
        subject_named(kind)
        if kind != "organisation":
            return self
        tables = {name: frame for name, frame in self.tables.items() if name not in {FACTS, ORGANISATION_FACTS}}
        if ORGANISATION_FACTS in self.tables:
            tables[FACTS] = self.tables[ORGANISATION_FACTS].rename({"organisation_id": "account_id"})
        return attrs.evolve(self, tables=tables)

    @property
    def rows(self) -> dict[str, int]:
        """Table → how many rows of it are left."""
        return {table: frame.height for table, frame in self.tables.items()}

    def count(self, kind: str = "account") -> int:
        """Return how many subjects of a kind there are.

        Raises:
            FactError: There is no such kind (CC403).
        """
        frame = self.tables.get(subject_named(kind).table)
        return 0 if frame is None else frame.height

    def ids(self, kind: str = "account") -> list[str]:
        """Return the ids of all subjects of a kind, in input order.

        Raises:
            FactError: There is no such kind (CC403).
        """
        frame = self.tables.get(subject_named(kind).table)
        return [] if frame is None else frame["id"].to_list()

    def holds(self, id_: str) -> bool:
        """Return whether there is an account with this id.

        Raises:
            FactError: It is no id (CC403).
        """
        return id_of("id_", id_) in self._known

    def lacks(self, tables: Mapping[str, Iterable[str]]) -> list[str]:
        """Return those of some columns, as `table.column`, that were not asked for when the book was read.

        Raises:
            FactError: There is no such table, or no such column of it (CC403).
        """
        return lacking(self.unread, tables)

    def account(self, id_: str) -> dict[str, Any]:
        """Return one account with its related records.

        Raises:
            FactError: There is no such account, or it is no id (CC403).
        """
        wanted = id_of("id_", id_)
        found = self.tables["accounts"].filter(pl.col("id") == wanted)
        if found.is_empty():
            raise FactError(f"CC403 no account `{wanted}` in `{self.path}`; {did_you_mean(wanted, self.ids())}")
        nested: dict[str, Any] = _dense(found).to_dicts()[0]
        for table in SUBJECTS["account"].tables:
            if table in self.tables:
                nested[table] = self.tables[table].filter(pl.col("account_id") == wanted).to_dicts()
        return nested

    def accounts(self, tables: Tables | None = None) -> Iterator[dict[str, Any]]:
        """Yield every account with its related records, in input order.

        Args:
            tables: Only these related tables; a mapping also says which of their columns.

        Raises:
            FactError: There is no such table, or no such column of it (CC403).
        """
        return self.subjects("account", tables)

    def subjects(self, kind: str, tables: Tables | None = None) -> Iterator[dict[str, Any]]:
        """Yield every subject of a kind with its related records, in input order.

        Args:
            kind: account, opportunity, workstream or organisation.
            tables: Only these related tables; a mapping also says which of their columns.

        Raises:
            FactError: There is no such kind, no such table, or no such column of it (CC403).
        """
        wanted: Mapping[str, Iterable[str] | None] = dict.fromkeys(subject_named(kind).tables)
        if tables is not None:
            named = columns_named(tables)
            wanted = named if isinstance(tables, Mapping) else dict.fromkeys(named)
        return self._each(kind, wanted)

    def _each(self, kind: str, wanted: Mapping[str, Iterable[str] | None]) -> Iterator[dict[str, Any]]:
        entity = SUBJECTS[kind]
        if entity.table not in self.tables:
            return
        subjects = _dense(self.tables[entity.table])
        related = {}
        for table, columns in wanted.items():
            if table in self.tables and table in entity.tables:
                related[table] = self._partition(table, kind, columns)
        for start in range(0, subjects.height, _CHUNK):
            chunk = subjects[start : start + _CHUNK].to_dicts()
            for table, (frame, starts) in related.items():
                low = starts[start]
                records = frame[low : starts[min(start + _CHUNK, subjects.height)]].to_dicts()
                for at, subject in enumerate(chunk, start):
                    subject[table] = records[starts[at] - low : starts[at + 1] - low]
            yield from chunk

    def only(self, kind: str, ids: Collection[str]) -> Book:
        """Return the same book with no other subjects of a kind, and no other accounts than theirs.

        Args:
            kind: account, opportunity, workstream or organisation.
            ids: Their ids; those that the book has not are passed over.

        Raises:
            FactError: There is no such kind, or an id is none (CC403).
        """
        entity = subject_named(kind)
        chosen = pl.Series("id", sorted({id_of("ids", one) for one in listed("ids", ids)}), dtype=pl.String)
        kept = self.tables[entity.table].filter(pl.col("id").is_in(chosen.implode()))
        tables = {**self.tables, entity.table: kept}
        if kind not in {"account", "organisation"}:
            accounts = self.tables["accounts"]
            tables["accounts"] = accounts.filter(pl.col("id").is_in(kept["account_id"].implode()))
        return attrs.evolve(self, tables=tables)

    def _partition(self, table: str, kind: str, columns: Iterable[str] | None) -> tuple[pl.DataFrame, list[int]]:
        """Return a table sorted by subject, and where the rows of each subject start."""
        frame, places = self._sorted(table, kind)
        if columns is not None:
            kept = dict.fromkeys((*_ALWAYS, *columns))
            frame = frame.select(name for name in kept if name in frame.columns)
        return frame, places

    def _sorted(self, table: str, kind: str) -> tuple[pl.DataFrame, list[int]]:
        if (table, kind) not in self._partitions:
            order = self._order(kind)
            key = f"{kind}_id"
            frame = self.tables[table]
            if key not in frame.columns:
                frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias(key))
            placed = frame.join(order, left_on=key, right_on="id", how="inner", maintain_order="left")
            placed = placed.sort("place", maintain_order=True)
            counts = order.join(placed.group_by("place").len(), on="place", how="left", maintain_order="left")["len"]
            ends = counts.fill_null(0).cum_sum().to_list()
            self._partitions[table, kind] = _dense(placed.drop("place")), [0, *ends]
        return self._partitions[table, kind]

    def _order(self, kind: str) -> pl.DataFrame:
        return self.tables[SUBJECTS[kind].table].select("id").with_row_index("place")

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.ids())

    @cached_property
    def _partitions(self) -> dict[tuple[str, str], tuple[pl.DataFrame, list[int]]]:
        return {}


def _dense(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame without the columns in which nothing stands."""
    return frame.select(column for column in frame if column.name == "id" or column.null_count() < frame.height)
