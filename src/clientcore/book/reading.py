"""Reading a book: container → raw tables → checked tables."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Collection, Iterable
from collections.abc import Mapping as MappingOf
from pathlib import Path
from typing import Literal, overload

import attrs
import polars as pl

from clientcore.arguments import path_of, require_flag
from clientcore.book.accounts import Book
from clientcore.book.asked import columns_named
from clientcore.book.assembly import FACTS, ORGANISATION_FACTS, assemble
from clientcore.book.belonging import holders
from clientcore.book.containers import Container, open_container, sheets, table_files
from clientcore.book.files import Raw
from clientcore.book.mapping import Mapping, read_mapping, run_mapping
from clientcore.book.notes import Notes, file_name
from clientcore.book.parts import BookInParts
from clientcore.entities import ENTITIES, SUBJECTS
from clientcore.errors import BookError, FactError, Problem, did_you_mean
from clientcore.plugins import load_plugins

#: Columns that say to whom a row belongs, whether it is seen yet and what its amounts are worth.
_ALWAYS = ("id", *(f"{kind}_id" for kind in SUBJECTS), "recorded_at", "occurred_on", "currency", "fx_rate")
#: How many tables are named where `accounts` is not among them, and what becomes of a file that is none.
_NAMED, _SAVE_AS = 8, "save it as CSV or Parquet"
_WRITERS: dict[str, Callable[[pl.DataFrame, io.BytesIO], object]] = {
    ".csv": lambda frame, file: frame.write_csv(file),
    ".jsonl": lambda frame, file: frame.write_ndjson(file),
    ".parquet": lambda frame, file: frame.write_parquet(file),
}


@overload
def read_book(
    path: str | os.PathLike[str],
    mapping: str | os.PathLike[str] | None = None,
    *,
    tables: Iterable[str] | MappingOf[str, Iterable[str]] | None = None,
    rejects: str | os.PathLike[str] | None = None,
    in_parts: Literal[False] = False,
) -> Book: ...
@overload
def read_book(
    path: str | os.PathLike[str],
    mapping: None = None,
    *,
    tables: Iterable[str] | MappingOf[str, Iterable[str]] | None = None,
    rejects: str | os.PathLike[str] | None = None,
    in_parts: Literal[True],
) -> BookInParts: ...
def read_book(
    path: str | os.PathLike[str],
    mapping: str | os.PathLike[str] | None = None,
    *,
    tables: Iterable[str] | MappingOf[str, Iterable[str]] | None = None,
    rejects: str | os.PathLike[str] | None = None,
    in_parts: bool = False,
) -> Book | BookInParts:
    r"""Read a book of accounts and check it.

    A bad cell is missing and a bad row is left out; both are in `Book.rejects` with file, row and column. What concerns
    a whole file is in `Book.problems`. Rows that belong to no account are kept and counted.

    Args:
        path: A folder with one CSV, Parquet or JSONL file for each table, named as the table; a SQLite file; a DuckDB
            file; or a PostgreSQL URL, `postgresql://user:password@host/database`.
        mapping: For tables of another system: a mapping file, or the name of one that an installed plugin brings, for
            example `northwind`.
        tables: Only these related tables; a mapping also says which of their columns, as `engine.plan().tables` does.
            `accounts` (all its columns, unless it is named) and `facts` are always read, and ids, `recorded_at` and
            currencies with each table. The others are not looked at: nothing of them is in `rejects` or `problems`, and
            `Book.unread` names them.
        rejects: Also write what was set aside to this file (`.csv`, `.jsonl` or `.parquet`); it appears whole or not at
            all.
        in_parts: Only look at the files, which must be Parquet, and read them while the book is evaluated, some
            accounts at a time; memory then stays flat however large the book is.

    Returns:
        The book, or with `in_parts` one that yields its parts.

    Raises:
        BookError: There is no book, a file of it or the mapping can't be read at all, it has no accounts table, or the
            rejects can't be written.
        FactError: `tables` names no table or no column of it, or the book can't be read in parts (CC403).
        MissingExtraError: A SQLite file or PostgreSQL needs a driver that is not installed.

    Example:
        >>> import tempfile, pathlib
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> _ = (folder / "accounts.csv").write_text("id,industry,employees\nacme,retail,many\n")
        >>> book = read_book(folder)
        >>> book.ids(), book.account("acme")["industry"]
        (['acme'], 'retail')
        >>> book.rejects.select("file", "row", "column", "value").row(0)
        ('accounts.csv', 2, 'employees', 'many')
    """
    require_flag("in_parts", in_parts)
    target = None if rejects is None else _writable(path_of("rejects", rejects, "give the path of a file"))
    unread = _unread(tables)
    found = path_of("path", path, "give the path of a folder or file, or a PostgreSQL URL")
    named = None if mapping is None else path_of("mapping", mapping, "give the path or the name of a mapping")
    book = _opened(found, named, unread) if in_parts else _whole(path, named, unread)
    if target is not None:
        _write(book.rejects, target)
    return book


def _whole(
    path: str | os.PathLike[str], mapping: str | os.PathLike[str] | None, unread: MappingOf[str, frozenset[str]]
) -> Book:
    notes = Notes()
    rules = Mapping() if mapping is None else read_mapping(mapping_file(mapping))
    left_out, beside = _left_out(unread)
    looked = {**unread, **{table: unread[table] - {"id", "account_id", *ENTITIES[table].parents} for table in beside}}
    container = open_container(path, {} if rules.entities else looked)
    if rules.entities:
        asked = {table: query for table, query in rules.entities.items() if table not in left_out}
        raws = run_mapping(attrs.evolve(rules, entities=asked), container, notes)
    else:
        raws = _read_tables(container, left_out, notes, beside)
    checked, unattached = assemble(raws, rules.time_zone, rules.currency, notes, looked, beside)
    return Book(container.path, checked, notes.rejects(), tuple(notes.problems), unattached, rules.whole_book, unread)


def _left_out(unread: MappingOf[str, frozenset[str]]) -> tuple[set[str], set[str]]:
    """Return the tables that are not looked at, and those of which only that is which says whose others' rows are."""
    left_out = {table for table, fields in unread.items() if "id" in fields}
    beside = holders(set(ENTITIES) - left_out) & left_out
    of_nobody = {ORGANISATION_FACTS} if "organisations" in left_out else set()
    return left_out - beside | of_nobody, beside


def comes_in_parts(path: str | os.PathLike[str]) -> bool:
    """Return whether `read_book` can read a book in parts: a folder of Parquet files.

    Raises:
        BookError: There are no tables, or two files hold one (CC608).
    """
    folder = Path(path)
    return folder.is_dir() and all(file.suffix.lower() == ".parquet" for file in table_files(folder).values())


def _opened(path: Path, mapping: object, unread: MappingOf[str, frozenset[str]]) -> BookInParts:
    notes = Notes()
    if mapping is not None or not path.is_dir():
        raise FactError(f"CC403 `{path}` can't be read in parts, only a folder of Parquet files without a mapping can")
    files = table_files(path)
    known = _known(files, path, notes)
    left_out, beside = _left_out(unread)
    wanted = {name: file for name, file in files.items() if name in known and name not in left_out}
    if other := [file for file in wanted.values() if file.suffix.lower() != ".parquet"]:
        raise FactError(f"CC403 `{other[0]}` can't be read in parts; write it as Parquet, or leave `in_parts` out")
    return BookInParts.of(path, wanted, unread, frozenset(beside), notes)


def mapping_file(named: str | os.PathLike[str], brought: MappingOf[str, Path] | None = None) -> Path:
    """Return the file of a mapping that is named by its path or, where a plugin brings it, by its name.

    Args:
        named: Path or name; a file of that name wins.
        brought: Name → file of what plugins bring; None for the bundled and installed ones.

    Raises:
        BookError: It is neither (CC613).
    """
    if Path(named).exists():
        return Path(named)
    known = load_plugins().catalog.mappings if brought is None else brought
    if str(named) not in known:
        advice = did_you_mean(str(named), known)
        raise BookError(f"CC613 `{named}` is no file and no mapping of a plugin; {advice}".rstrip("; "))
    return known[str(named)]


def _unread(tables: Iterable[str] | MappingOf[str, Iterable[str]] | None) -> dict[str, frozenset[str]]:
    """Return what is left out: table → fields, all of them for a table that is not wanted."""
    if tables is None:
        return {}
    wanted = columns_named(tables)
    unread = {}
    for table, entity in ENTITIES.items():
        kept = {*_ALWAYS, *entity.parents, *wanted[table]} if table in wanted else set()
        if (table != "accounts" or table in wanted) and not kept >= set(entity.fields):
            unread[table] = frozenset(entity.fields) - kept
    return unread


def _read_tables(
    container: Container, left_out: Collection[str], notes: Notes, beside: Collection[str]
) -> dict[str, Raw]:
    """Read every table that a book may hold and somebody wants; tell all files that can't be read at once."""
    raws: dict[str, Raw] = {}
    problems: list[Problem] = []
    messages: list[str] = []
    known = _known(container.tables, container.path, notes)
    for name, read in container.tables.items():
        if name not in known or name in left_out:
            continue
        try:
            raws[name] = read(Notes() if name in beside else notes)
        except BookError as error:
            problems.extend(error.problems)
            messages.append(error.message)
    if messages:
        raise BookError("\n".join(messages), problems)
    return raws


def _known(tables: Iterable[str], path: Path, notes: Notes) -> frozenset[str]:
    """Return the tables that a book may hold; warn of others."""
    known = (*ENTITIES, FACTS, ORGANISATION_FACTS)
    if "accounts" not in tables:
        names = sorted(tables)
        more = f", ... and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        found = ", ".join(f"`{name}`" for name in names[:_NAMED]) + more
        near = next((name for name in tables if did_you_mean(name, ["accounts"]).startswith("did you mean")), None)
        help_ = "a mapping makes one of them" if near is None else f"rename `{near}` to `accounts`, or give a mapping"
        raise BookError(f"CC608 no table `accounts` in `{path}`, only {found}; {help_}")
    for name in tables:
        if name not in known:
            help_ = did_you_mean(name, known)
            notes.warn("CC601", f"unknown table `{name}`; it is not read", file_name(path), help_)
    for file in sheets(path) if path.is_dir() else ():
        table = file.partition(".")[0]
        if table.lower() in known and table not in tables:
            notes.warn(
                "CC601", f"`{file}` is no file that a book reads; `{table}` is missing", file_name(path), _SAVE_AS
            )
    return frozenset(known)


def _writable(path: Path) -> Path:
    if path.suffix.lower() not in _WRITERS:
        raise BookError(f"CC608 can't write the rejects to `{path}`; end its name in {', '.join(_WRITERS)}")
    if not path.parent.is_dir():
        raise BookError(f"CC608 can't write the rejects to `{path}`: there is no folder `{path.parent}`")
    return path


def _write(frame: pl.DataFrame, path: Path) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        # by way of memory, since Polars has errors of its own for a full disk
        kept = io.BytesIO()
        _WRITERS[path.suffix.lower()](frame, kept)
        draft.write_bytes(kept.getbuffer())
        draft.replace(path)
    except OSError as error:
        raise BookError(f"CC608 can't write `{path}`: {(error.strerror or str(error)).lower()}") from error
    finally:
        draft.unlink(missing_ok=True)
