"""Where a book comes from: files, SQLite, DuckDB, PostgreSQL. Each lists its tables and reads them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import attrs
import duckdb
import polars as pl

from clientcore.book.files import READERS, Raw, read_file
from clientcore.book.notes import Notes, file_name, row_numbers
from clientcore.book.postgres import SCHEMES, postgres_tables, shown_url
from clientcore.book.sqlite import sqlite_tables
from clientcore.errors import BookError

#: Endings of what people take for tables, and how many such files are named.
_SHEETS = (".xlsx", ".xls", ".xlsm", ".ods", ".numbers", ".json", ".txt", ".zip", ".gz")
_SHOWN = 3
#: Kinds of DuckDB that Polars refuses to take, alone or in a list, or takes wrongly: half of UHUGEINT as less than 0.
_NO_POLARS = ("INTERVAL", "UNION(", "UHUGEINT", "BIGNUM", "VARIANT")


@attrs.frozen(eq=False)
class Container:
    """The tables that are there, each with what reads it.

    Args:
        path: The folder or file.
        tables: Name → reader of the whole table.
    """

    path: Path
    tables: Mapping[str, Callable[[Notes], Raw]]


def open_container(
    place: str | os.PathLike[str], unread: Mapping[str, frozenset[str]] = MappingProxyType({})
) -> Container:
    """Find out what a path or URL is, and which tables it holds.

    Args:
        place: Path or URL.
        unread: Table → columns that nobody needs.

    Raises:
        BookError: There is nothing, it is of no known kind, or two files hold one table.
    """
    if str(place).startswith(SCHEMES):
        return Container(Path(shown_url(str(place)).partition("://")[2]), postgres_tables(str(place)))
    path = Path(place)
    if path.is_dir():
        return _folder(path, unread)
    if not path.is_file():
        raise BookError(f"CC608 no book at `{path}`; name a folder, a SQLite or DuckDB file, or a PostgreSQL URL")
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError as error:
        raise BookError(f"CC608 `{path}` can't be read: {(error.strerror or str(error)).lower()}") from error
    if start.startswith(b"SQLite format 3"):
        return Container(path, sqlite_tables(path))
    if start[8:12] == b"DUCK":
        return _duckdb(path)
    if path.suffix.lower() in READERS:
        raise BookError(f"CC608 `{path}` is one table; name the folder that it lies in")
    raise BookError(f"CC608 `{path}` is no book; name a folder, a SQLite or DuckDB file, or a PostgreSQL URL")


def table_files(path: Path) -> dict[str, Path]:
    """Return the tables that a folder holds, each with its file.

    Raises:
        BookError: There are none, or two files hold one table (CC608).
    """
    found: dict[str, Path] = {}
    for file in sorted(path.iterdir()):
        if file.suffix.lower() not in READERS or file.name.startswith(".") or not file.is_file():
            continue
        if file.stem in found:
            both = f"`{found[file.stem].name}` and `{file.name}`"
            raise BookError(f"CC608 `{path}` holds the table `{file.stem}` twice, as {both}; take one away")
        found[file.stem] = file
    if not found:
        kinds = ", ".join(READERS)
        others = [f"`{name}`" for name in sheets(path)]
        only = f", and {', '.join(others[:_SHOWN])} can't be read" if others else ""
        raise BookError(f"CC608 no tables in `{path}`{only}; put one file for each table into it ({kinds})")
    return found


def sheets(path: Path) -> list[str]:
    """Return the names of the files of a folder that people take for tables, and that no book reads."""
    return sorted(file.name for file in path.iterdir() if file.suffix.lower() in _SHEETS)


def _folder(path: Path, unread: Mapping[str, frozenset[str]]) -> Container:
    found = table_files(path)
    return Container(
        path, {name: partial(read_file, file, name, unread.get(name, frozenset())) for name, file in found.items()}
    )


def _duckdb(path: Path) -> Container:
    query = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'main' ORDER BY table_name"
    names = _duckdb_rows(path, query).to_series()
    return Container(path, {str(name): partial(_duckdb_table, path, str(name)) for name in names})


def _duckdb_table(path: Path, name: str, _notes: Notes) -> Raw:
    quoted = name.replace('"', '""')
    frame = _duckdb_rows(path, f'SELECT * FROM "{quoted}"')  # noqa: S608 (quoted)
    return Raw(frame, row_numbers(frame.height), file_name(path))


def _duckdb_rows(path: Path, query: str) -> pl.DataFrame:
    settings: dict[str, Any] = {"threads": 1, "autoinstall_known_extensions": False, "autoload_known_extensions": False}
    try:
        with duckdb.connect(str(path), read_only=True, config=settings) as con:
            return fetched(con.sql(query))
    except duckdb.Error as error:
        told = str(error).splitlines()[0][:200]
        if "same database file" in told:  # DuckDB opens a file in one way only within a process
            told = "this process has it open; close that connection first, or decide by it: `engine.evaluate_in`"
        raise BookError(f"CC608 `{path}` can't be read: {told}") from error


def fetched(relation: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """Return the rows of a relation; a kind that Polars lacks, as the time between two days, comes as text.

    Raises:
        duckdb.Error: It does not run.
    """
    kinds = [str(kind) for kind in relation.types]
    if any(lacking in kind for kind in kinds for lacking in _NO_POLARS):
        columns = ['"' + name.replace('"', '""') + '"' for name in relation.columns]
        relation = relation.project(
            ", ".join(
                f"CAST({column} AS VARCHAR) AS {column}" if any(lacking in kind for lacking in _NO_POLARS) else column
                for column, kind in zip(columns, kinds, strict=True)
            )
        )
    frame = pl.from_arrow(relation.to_arrow_table())
    assert isinstance(frame, pl.DataFrame)
    return frame
