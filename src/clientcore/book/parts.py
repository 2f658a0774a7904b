"""A book that is read part by part: so many accounts at a time, checked like the whole."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path

import attrs
import polars as pl

from clientcore.arguments import require_whole
from clientcore.book.accounts import Book
from clientcore.book.asked import lacking, subject_named
from clientcore.book.assembly import (
    assemble_part,
    references,
    references_lost,
    require_accounts,
    warn_of_lost,
)
from clientcore.book.cutting import Cut, Source, cut
from clientcore.book.files import Raw
from clientcore.book.notes import REJECTS_SCHEMA, Notes
from clientcore.book.owners import Owners
from clientcore.book.places import Places, each_once
from clientcore.book.words import strange_words, warn_of_words
from clientcore.entities import ENTITIES, SUBJECTS
from clientcore.errors import BookError, Problem, counted


@attrs.frozen(eq=False)
class Findings:
    """What was found wrong in all parts of a book.

    Args:
        rejects: As in a `Book`.
        problems: As in a `Book`.
        unattached: As in a `Book`.
        rows: As in a `Book`.
    """

    rejects: pl.DataFrame
    problems: tuple[Problem, ...]
    unattached: Mapping[str, int]
    rows: Mapping[str, int]


@attrs.frozen(eq=False, slots=False)
class BookInParts:
    """A book of Parquet files of which no more than some accounts are in memory at a time.

    Args:
        path: The folder.
        files: Table → Parquet file, with the columns that are wanted.
        unread: As in a `Book`.
        notes: What was found before any row was read.
        beside: Tables that nobody asked for, and that are only there to say to which account the rows of others belong.
    """

    path: Path
    files: Mapping[str, Source]
    unread: Mapping[str, frozenset[str]]
    notes: tuple[Problem, ...] = ()
    beside: frozenset[str] = frozenset()

    def __str__(self) -> str:
        rows = sum(source.height for source in self.files.values())
        size = f"{counted(rows, 'row')} in {counted(len(self.files), 'table')}"
        return f"{self.path}: {counted(self.count(), 'account')}, {size}, read in parts"

    @classmethod
    def of(
        cls,
        path: Path,
        tables: Mapping[str, Path],
        unread: Mapping[str, frozenset[str]],
        beside: frozenset[str],
        notes: Notes,
    ) -> BookInParts:
        """Look at the files of a book.

        Args:
            path: The folder.
            tables: Table → its Parquet file.
            unread: Table → fields that nobody asked for.
            beside: Tables of which only that is looked at which says whose the rows of others are.
            notes: What was found so far.

        Raises:
            BookError: A file is no Parquet file, or there are no accounts; all problems are told.
        """
        files: dict[str, Source] = {}
        problems: list[Problem] = []
        messages: list[str] = []
        for table, file in tables.items():
            try:
                own = {"id", "account_id", *ENTITIES[table].parents} if table in beside else set()
                files[table] = Source.of(table, file, unread.get(table, frozenset()) - own)
            except BookError as error:
                problems.extend(error.problems)
                messages.append(error.message)
        if messages:
            raise BookError("\n".join(messages), problems)
        require_accounts({name: one.columns for name, one in files.items()}, {n: one.file for n, one in files.items()})
        return cls(path, files, unread, tuple(notes.problems), beside)

    def count(self, kind: str = "account") -> int:
        """Return how many accounts there are, or how many rows stand in the table of other subjects.

        Raises:
            FactError: There is no such kind (CC403).
        """
        table = subject_named(kind).table
        if kind == "account":
            return len(self._accounts[0])
        return self.files[table].height if table in self.files else 0

    def follows(self, kind: str, size: int) -> bool:
        """Return whether parts give all subjects of a kind in the order of their table.

        Accounts do. Others do where each stands there once and has an account, and none stands before one of an
        earlier part.

        Args:
            kind: account, opportunity, workstream or organisation.
            size: How many accounts a part has.

        Raises:
            FactError: There is no such kind, or `size` is no whole number from 1 on (CC403).
            BookError: The file is not whole (CC608).
        """
        subject_named(kind)
        require_whole("size", size, 1)
        if kind == "account" or SUBJECTS[kind].table not in self.files:
            return kind == "account"
        source = self.files[SUBJECTS[kind].table]
        with tempfile.TemporaryDirectory(prefix="clientcore-") as name:
            places = Places(self._accounts[0], size, sound=self._accounts[1])
            found = cut(source, places, Owners(self.files), Path(name))
        known = found.known
        if found.copies or not known.unique or not known.attached or not {"id", "account_id"} <= known.sound:
            return False
        rows = source.chunks(["id", "account_id"])
        return not any(frame.null_count().sum_horizontal().item() for _, frame in rows)

    def lacks(self, tables: Mapping[str, Iterable[str]]) -> list[str]:
        """Return those of some columns, as `table.column`, that were not asked for when the book was opened.

        Raises:
            FactError: There is no such table, or no such column of it (CC403).
        """
        return lacking(self.unread, tables)

    @property
    def rejects(self) -> pl.DataFrame:
        """What was set aside in all parts; they are gone through for it, unless that was done before."""
        return self._all().rejects

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What concerns whole files, likewise."""
        return self._all().problems

    @property
    def unattached(self) -> Mapping[str, int]:
        """Table → how many of its rows belong to no account, likewise."""
        return self._all().unattached

    @property
    def rows(self) -> Mapping[str, int]:
        """Table → how many rows of it are left, likewise."""
        return self._all().rows

    def read(self) -> Book:
        """Return the whole book, as `read_book` gives it otherwise.

        Raises:
            BookError: A file is not whole (CC608).
        """
        (book,) = self.parts(max(1, self.count()))
        found = self._all()
        return attrs.evolve(book, rejects=found.rejects, problems=found.problems, unattached=found.unattached)

    def parts(self, size: int) -> Generator[Book]:
        """Yield the book in parts, in the order of its accounts, each with all that belongs to them.

        Each is a checked book of its own; only references to what lies in another part are not looked at.

        Args:
            size: How many accounts a part has, 1 or more; the last one has fewer.

        Raises:
            FactError: `size` is no whole number from 1 on (CC403).
            BookError: A file is not whole (CC608).
        """
        require_whole("size", size, 1)
        return self._parts(size)

    def _parts(self, size: int) -> Generator[Book]:
        with tempfile.TemporaryDirectory(prefix="clientcore-") as name:
            places = Places(self._accounts[0], size, sound=self._accounts[1])
            owners = Owners(self.files)
            cuts = self._cuts(places, owners, Path(name))
            known = {table: one.known for table, one in cuts.items()}
            unread = {table: frozenset(source.columns) - source.wanted for table, source in self.files.items()}
            found = _Found(self.notes, owners)
            for at in range(places.many):
                notes = Notes()
                raws = {table: Raw(*one.part(at), one.source.file) for table, one in cuts.items()}
                tables, unattached = assemble_part(raws, "UTC", notes, unread, self.beside, owners.held, known)
                del raws
                found.add(tables, notes, unattached)
                yield Book(
                    self.path,
                    tables,
                    notes.rejects(),
                    tuple(notes.problems),
                    unattached,
                    whole=False,
                    unread=self.unread,
                )
                del tables
            self._kept["findings"] = found.findings(self.files, self.beside)

    def _all(self) -> Findings:
        if "findings" not in self._kept:
            for _ in self.parts(_AT_A_TIME):
                pass
        return self._kept["findings"]

    def _cuts(self, places: Places, owners: Owners, folder: Path) -> dict[str, Cut]:
        """Find out where the rows of each part are, in several files at once: most of it is work of one processor."""
        longest_first = sorted(self.files.values(), key=lambda source: -source.height)
        with ThreadPoolExecutor(_FILES_AT_ONCE, "clientcore-read") as readers:
            cuts = readers.map(lambda source: cut(source, places, owners, folder), longest_first)
            found = dict(zip((source.table for source in longest_first), cuts, strict=True))
        return {table: found[table] for table in self.files}

    @cached_property
    def _accounts(self) -> tuple[pl.Series, bool]:
        """The ids of the accounts, each once, and whether they are what stands in the file."""
        file = self.files["accounts"]
        written = file.read(0, file.height, ["id"])["id"]
        ids = each_once(written)
        return ids, ids is written

    @cached_property
    def _kept(self) -> dict[str, Findings]:
        return {}


#: Accounts of a part where nothing but what is wrong is looked for, and files that are gone through at the same time.
_AT_A_TIME, _FILES_AT_ONCE = 100_000, 2


class _Found:
    """What is found wrong, part after part."""

    def __init__(self, problems: Iterable[Problem], owners: Owners) -> None:
        self._owners = owners
        self._rejects: list[pl.DataFrame] = []
        self._problems = dict.fromkeys(problems)
        self._unattached: dict[str, int] = {}
        self._rows: dict[str, int] = {}
        self._lost: dict[tuple[str, str], list[pl.Series]] = {}
        self._words: dict[tuple[str, str], list[pl.Series]] = {}

    def add(self, tables: Mapping[str, pl.DataFrame], notes: Notes, unattached: Mapping[str, int]) -> None:
        """Take what was found in one part."""
        rejects = notes.rejects()
        self._rejects += [rejects] if rejects.height else []
        self._problems |= dict.fromkeys(notes.problems)
        for table, rows in unattached.items():
            self._unattached[table] = self._unattached.get(table, 0) + rows
        for table, frame in tables.items():
            self._rows[table] = self._rows.get(table, 0) + frame.height
        for table, name, lost in references_lost(tables):
            if lost.len():
                self._lost.setdefault((table, name), []).append(lost)
        for table, name, words in strange_words(tables):
            if words.len():
                self._words.setdefault((table, name), []).append(words)

    def findings(self, files: Mapping[str, Source], beside: frozenset[str]) -> Findings:
        """Return all that was found; what one part lacks may be in another."""
        notes = Notes()
        for table in ENTITIES:
            for name, target in references(table):
                if (table, name) in self._lost and target in files and target not in beside:
                    named = pl.concat(self._lost[table, name]).unique()
                    lost = named.filter(~named.is_in(self._owners.present(named, target).implode()))
                    warn_of_lost(table, name, lost, files[table].file, notes)
        for table in (name for name in ENTITIES if name in files):
            for name in ENTITIES[table].fields:
                if (table, name) in self._words:
                    warn_of_words(table, name, pl.concat(self._words[table, name]), files[table].file, notes)
        self._problems |= dict.fromkeys(notes.problems)
        rejects = pl.concat(self._rejects) if self._rejects else pl.DataFrame(schema=REJECTS_SCHEMA)
        ordered = rejects.sort("file", "table", "row", "column", maintain_order=True)
        return Findings(ordered, tuple(self._problems), self._unattached, self._rows)
