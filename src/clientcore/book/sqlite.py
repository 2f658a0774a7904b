"""The tables of a SQLite file, read through ADBC."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from clientcore.book.columns import kinds_of, refusal
from clientcore.book.files import Raw
from clientcore.book.notes import Notes, file_name, row_numbers
from clientcore.errors import BookError, missing_extra

#: What the driver takes for a column of numbers, of texts and of bytes.
_WHOLE, _NUMBER, _TEXT, _BYTES = "0", "0.5", "''", "x''"
#: Begins the name of a column of what is set aside of another one.
_ASIDE = "@aside "


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
    samples comes first, what is mixed is made text with all of its digits, and a cell of bytes, or of a fraction where
    texts and ids stand, is set aside alone.
    """
    table = _quoted(name)
    titles = _rows(path, f"SELECT * FROM {table} LIMIT 0").columns  # noqa: S608 (quoted)
    columns = [_quoted(title) for title in titles]
    asked = ", ".join(f"group_concat(DISTINCT typeof({column}))" for column in columns)
    found = _rows(path, f"SELECT {asked} FROM {table}").row(0)  # noqa: S608 (as above)
    kinds = [frozenset(str(told).split(",")) - {"null"} for told in found]
    aside = [_aside(kind, kinds_of(name).get(title, "")) for title, kind in zip(titles, kinds, strict=True)]
    read = [_reading(*one) for one in zip(columns, kinds, aside, strict=True)]
    # behind the columns stands what is set aside of each, if anything is
    read += [(_TEXT, _shown(column, out)) for column, out in zip(columns, aside, strict=True) if out]
    names = [*columns, *(_quoted(f"{_ASIDE}{title}") for title, out in zip(titles, aside, strict=True) if out)]
    first = ", ".join(f"{sample} AS {column}" for column, (sample, _) in zip(names, read, strict=True))
    rest = ", ".join(cell for _, cell in read)
    file = file_name(path)

    def tell(column: str, cells: list[bytes | None]) -> None:
        lost = {at: cell for at, cell in enumerate(cells) if cell is not None and _decoded(cell) is None}
        shown = pl.Series([cell.decode("utf-8", "replace") for cell in lost.values()], dtype=pl.String)
        # the row of samples is none of the table
        notes.reject(name, file, pl.Series([*lost], dtype=pl.Int64), column, shown, "CC602", "not UTF-8")

    frame = _rows(path, f"SELECT {first} UNION ALL SELECT {rest} FROM {table}", tell).slice(1)  # noqa: S608 (as above)
    rows = row_numbers(frame.height)
    for column in frame.get_columns()[len(titles) :]:
        title, lost = column.name.removeprefix(_ASIDE), column.is_not_null()
        notes.reject(name, file, rows.filter(lost), title, column.filter(lost), *refusal(name, title))
    return Raw(frame.select(titles), rows, file)


def _aside(kinds: frozenset[str], wanted: str) -> frozenset[str]:
    """Return the kinds of cells that can't stay: bytes beside others, a number with a fraction among texts and ids."""
    out = {"blob"} if len(kinds) > 1 else set()
    return kinds & (out | {"real"} if wanted in {"id", "text"} else out)


def _shown(column: str, aside: frozenset[str]) -> str:
    """Return the expression that gives what is set aside, as people may read it."""
    told = {"real": f"printf('%!.17g', {column})", "blob": "'bytes'"}
    cases = (f"WHEN '{kind}' THEN {told[kind]}" for kind in sorted(aside))
    return f"CASE typeof({column}) {' '.join(cases)} END"


def _reading(column: str, kinds: frozenset[str], aside: frozenset[str]) -> tuple[str, str]:
    """Return a sample of what a column gives, and the expression that gives it."""
    left = kinds - aside
    if "blob" in left:
        return _BYTES, column
    sample, cell = (_NUMBER if "real" in left else _WHOLE), column
    if "text" in left:
        sample, cell = _TEXT, f"CAST({column} AS TEXT)" if "integer" in left else column
        if "real" in left:
            cell = f"CASE typeof({column}) WHEN 'real' THEN printf('%!.17g', {column}) ELSE CAST({column} AS TEXT) END"
    if aside:
        others = ", ".join(f"'{kind}'" for kind in sorted(aside))
        cell = f"CASE WHEN typeof({column}) NOT IN ({others}) THEN {cell} END"
    return sample, cell


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
