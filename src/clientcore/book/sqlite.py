"""The tables of a SQLite file, read through ADBC."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from clientcore.book.files import Raw
from clientcore.book.notes import Notes, file_name, row_numbers
from clientcore.errors import BookError, missing_extra

#: What the driver takes for a column of numbers, of texts and of bytes.
_WHOLE, _NUMBER, _TEXT, _BYTES = "0", "0.5", "''", "x''"


def sqlite_tables(path: Path) -> dict[str, Callable[[Notes], Raw]]:
    """Return the tables and views of a file, each with what reads it.

    Raises:
        BookError: The file can't be read (CC608).
    """
    names = _rows(path, "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name")
    kept = [str(name) for name in names.to_series() if not str(name).startswith("sqlite_")]
    return {name: partial(_table, path, name) for name in kept}


def _table(path: Path, name: str, notes: Notes) -> Raw:
    """Read a table.

    SQLite checks no kinds, and the driver takes that of the first thousand cells of a column for the kind of all; it
    also writes a number beside a text with seven digits. So each column is asked for the kinds of its cells, a row of
    samples comes first, and what is mixed is made text with all of its digits.
    """
    table = _quoted(name)
    columns = [_quoted(column) for column in _rows(path, f"SELECT * FROM {table} LIMIT 0").columns]  # noqa: S608 (quoted)
    asked = ", ".join(f"group_concat(DISTINCT typeof({column}))" for column in columns)
    found = _rows(path, f"SELECT {asked} FROM {table}").row(0)  # noqa: S608 (as above)
    read = [_reading(column, str(kinds).split(",")) for column, kinds in zip(columns, found, strict=True)]
    first = ", ".join(f"{sample} AS {column}" for column, (sample, _) in zip(columns, read, strict=True))
    rest = ", ".join(cell for _, cell in read)
    file = file_name(path)

    def tell(column: str, cells: list[bytes | None]) -> None:
        lost = {at: cell for at, cell in enumerate(cells) if cell is not None and _decoded(cell) is None}
        shown = pl.Series([cell.decode("utf-8", "replace") for cell in lost.values()], dtype=pl.String)
        # the row of samples is none of the table
        notes.reject(name, file, pl.Series([*lost], dtype=pl.Int64), column, shown, "CC602", "not UTF-8")

    frame = _rows(path, f"SELECT {first} UNION ALL SELECT {rest} FROM {table}", tell).slice(1)  # noqa: S608 (as above)
    return Raw(frame, row_numbers(frame.height), file)


def _reading(column: str, kinds: list[str]) -> tuple[str, str]:
    """Return a sample of what a column gives, and the expression that gives it."""
    if "blob" in kinds:
        return _BYTES, column
    if "text" in kinds and "real" in kinds:
        return (
            _TEXT,
            f"CASE typeof({column}) WHEN 'real' THEN printf('%!.17g', {column}) ELSE CAST({column} AS TEXT) END",
        )
    if "text" in kinds:
        return _TEXT, f"CAST({column} AS TEXT)" if "integer" in kinds else column
    return (_NUMBER if "real" in kinds else _WHOLE), column


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _rows(path: Path, query: str, told: Callable[[str, list[bytes | None]], None] | None = None) -> pl.DataFrame:
    """Return what a query gives; `told` is called with each column that has cells that are not UTF-8, and these."""
    try:
        import adbc_driver_manager
        import adbc_driver_sqlite.dbapi as sqlite
    except ImportError as error:
        raise missing_extra("adbc-driver-sqlite", "batch", "reading a SQLite book") from error
    uri = path.resolve().as_uri() + "?mode=ro"
    try:
        with sqlite.connect(uri) as con, con.cursor() as cursor:
            cursor.execute(query)
            table = cursor.fetch_arrow_table()
            if told is None:
                table.validate(full=True)
            else:
                table = _readable(table, told)
            frame: Any = pl.from_arrow(table)
    except (adbc_driver_manager.Error, OSError, ValueError) as error:  # Arrow's own errors are of the latter two
        raise BookError(f"CC608 `{path}` can't be read: {str(error).splitlines()[0][:200]}") from error
    assert isinstance(frame, pl.DataFrame)
    return frame


def _readable(table: Any, told: Callable[[str, list[bytes | None]], None]) -> Any:
    """Return a table without texts that are not UTF-8, of which SQLite takes any bytes and Polars none."""
    import pyarrow as pa

    for at, field in enumerate(table.schema):
        if not pa.types.is_string(field.type):
            continue
        try:
            table.column(at).validate(full=True)
        except pa.ArrowInvalid:
            cells = table.column(at).cast(pa.binary()).to_pylist()
            table = table.set_column(at, field.name, pa.array([_decoded(cell) for cell in cells], pa.string()))
            told(field.name, cells)
    return table


def _decoded(cell: bytes | None) -> str | None:
    """Return the text of bytes; None where they are not UTF-8."""
    try:
        return None if cell is None else cell.decode()
    except UnicodeDecodeError:
        return None
