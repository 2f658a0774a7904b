"""Files of data → raw frames: every table as it stands there, with the numbers of its rows."""

from __future__ import annotations

import csv
import json
import math
import os
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import attrs
import duckdb
import polars as pl

from clientcore.book.columns import kinds_of, refusal
from clientcore.book.lines import lines_of
from clientcore.book.notes import Notes, file_name, row_numbers
from clientcore.errors import BookError
from clientcore.pairs import RepeatedKeyError, each_once

_DELIMITERS = ",;\t|"
_ADVICE = {
    "MISSING COLUMNS": "the row has too few cells",
    "TOO MANY COLUMNS": "the row has too many cells",
    "UNQUOTED VALUE": "a quote is not closed, or text follows one that is",
    "LINE SIZE OVER MAXIMUM": "the row is too long",
}
_GARBLED = "INVALID ENCODING"
#: What JSON may write of half a character, or of a whole one in two halves.
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
#: A key that stands twice in a record says two things, of which a reader would keep the last.
_JSON = json.JSONDecoder(object_pairs_hook=each_once)
#: How many columns of one name are named.
_SHOWN = 3


@attrs.frozen(eq=False)
class Raw:
    """A table as it stands in its file.

    Args:
        frame: Its columns, of whatever types.
        rows: Numbers of its rows: lines of a file that has lines, else counted from 1.
        file: Its file, without the folder.
    """

    frame: pl.DataFrame
    rows: pl.Series
    file: str


def read_file(path: Path, table: str, unread: frozenset[str], notes: Notes) -> Raw:
    """Read one file of a folder.

    Args:
        path: A file that ends in a key of `READERS`.
        table: The table that it holds.
        unread: Columns that nobody needs; Parquet leaves them where they are.
        notes: Takes rows that can't be read.

    Raises:
        BookError: The file can't be read at all.
    """
    try:
        if path.stat().st_size == 0:
            raise BookError(f"CC608 `{path}` is empty; write at least the names of the columns")
        return READERS[path.suffix.lower()](path, table, unread, notes)
    except OSError as error:
        raise BookError(f"CC608 `{path}` can't be read: {(error.strerror or str(error)).lower()}") from error


def _read_csv(path: Path, table: str, _unread: frozenset[str], notes: Notes) -> Raw:
    names, delimiter = _header(path)
    _require_names(path, names)
    columns = {f"c{at}": "VARCHAR" for at in range(len(names))}  # names that differ in case are one to DuckDB
    query = (
        "SELECT * FROM read_csv($path, auto_detect=false, header=true, columns=$columns, delim=$delimiter, "
        "quote='\"', escape='\"', encoding='utf-8', store_rejects=true, rejects_limit=0)"
    )
    with _duckdb(os.getpid()).cursor() as con:
        given = {"path": _literal(path), "columns": columns, "delimiter": delimiter}
        try:
            frame = pl.from_arrow(con.sql(query, params=given).to_arrow_table())
            faults = con.execute("SELECT line, error_type, csv_line FROM reject_errors ORDER BY line").fetchall()
        except duckdb.Error as error:
            raise BookError(f"CC608 `{path}` can't be read: {_first_line(error)}") from error
    assert isinstance(frame, pl.DataFrame)
    frame.columns = names
    file = file_name(path)
    at = {int(record): (kind, text) for record, kind, text in reversed(faults)}
    garbled = any(str(kind) == _GARBLED for kind, _ in at.values())
    advice = {**_ADVICE, _GARBLED: f"the row is not UTF-8; {_met(path)}"} if garbled else _ADVICE
    rows, wrong = lines_of(path, delimiter, frame.height, sorted(at))
    for line, record in zip(wrong, sorted(at), strict=True):
        kind, text = at[record]
        message = advice.get(str(kind), "the row can't be read")
        notes.reject(table, file, pl.Series([line]), "", pl.Series([str(text).strip()]), "CC608", message)
    return Raw(frame, rows, file)


def _require_names(path: Path, names: Sequence[str]) -> None:
    if re.fullmatch("sep=.?", names[0], re.IGNORECASE):
        raise BookError(f"CC608 `{path}` begins with a line `sep=` for Excel; take that line away")
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if "" in names or twice:
        which = f"; there twice: {', '.join(f'`{name}`' for name in twice[:_SHOWN])}" if twice else ""
        nameless = f"; without a name: column {names.index('') + 1}" if "" in names else ""
        raise BookError(
            f"CC608 `{path}` has columns without a name or with the same one{nameless}{which}; "
            "give each a name of its own"
        )


@cache
def _duckdb(_process: int) -> duckdb.DuckDBPyConnection:
    """Return what reads the CSV files of a process: to start it takes longer than to read most of them."""
    return duckdb.connect(config={"threads": 1})  # with more, the order of rows is not the file's


def _met(path: Path) -> str:
    """Return in which encoding a file that is not UTF-8 seems to be, by its first byte that UTF-8 does not allow."""
    with path.open("rb") as file:
        for line in file:
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                return _seems(line, error.start)
    return "save the file as UTF-8"


def _seems(text: bytes, at: int) -> str:
    byte = text[at : at + 1]
    # the bytes that Latin-1 leaves to control characters are letters and marks of Windows-1252
    name = "Windows-1252" if b"\x80" <= byte < b"\xa0" else "Latin-1 (ISO 8859-1, Windows-1252)"
    sign = byte.decode("cp1252", "replace")
    return f"byte 0x{byte.hex().upper()} is `{sign}` in {name}, which it seems to be; save the file as UTF-8"


def _literal(path: Path) -> str:
    """Return a path in which DuckDB finds no pattern."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in str(path.resolve()))


def _header(path: Path) -> tuple[list[str], str]:
    """Return the names of the columns and what separates them."""
    with path.open("rb") as file:
        start = file.read(1 << 20)
    if start[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise BookError(f"CC608 `{path}` is UTF-16; save it as UTF-8")
    if b"\0" in start[:1000]:
        raise BookError(f"CC608 `{path}` holds a NUL near its start, as no text in UTF-8 does; save it as UTF-8")
    line = start.decode("utf-8-sig", "replace").splitlines()[:1]
    if not line or not line[0].strip():
        raise BookError(f"CC608 `{path}` has no names of columns in its first line")
    if "\ufffd" in line[0]:
        raise BookError(f"CC608 `{path}` is not UTF-8 in its first line; {_met(path)}")
    delimiter = max(_DELIMITERS, key=line[0].count)
    return [name.strip() for name in next(csv.reader(line, delimiter=delimiter))], delimiter


def _read_parquet(path: Path, _table: str, unread: frozenset[str], _notes: Notes) -> Raw:
    try:
        names = [name for name in pl.read_parquet_schema(path) if name not in unread] if unread else None
        frame = pl.read_parquet(path, columns=names, glob=False)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        raise BookError(f"CC608 `{path}` is not whole, or no Parquet file: {_first_line(error)}") from error
    return Raw(frame, row_numbers(frame.height), file_name(path))


def _read_jsonl(path: Path, table: str, _unread: frozenset[str], notes: Notes) -> Raw:
    file = file_name(path)
    columns: dict[str, list[Any]] = {}
    rows: list[int] = []
    strange = 0
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        if not line.strip():
            continue
        record, wrong = None, "the line is no JSON record in UTF-8"
        try:
            record = _JSON.decode(line.decode("utf-8-sig" if number == 1 else "utf-8"))
        except RepeatedKeyError as repeated:
            wrong = f"{repeated} in the line; leave one of the two"
        except (ValueError, RecursionError):
            strange = strange or number
        else:
            strange = strange or (0 if isinstance(record, dict) else number)
        if isinstance(record, dict) and _HALF.search(line):
            record = _whole_texts(record, table, file, number, notes)
        if not isinstance(record, dict):
            shown = pl.Series([line.decode("utf-8", "replace")])
            notes.reject(table, file, pl.Series([number]), "", shown, "CC608", wrong)
            continue
        for name, value in record.items():
            cells = columns.get(name)
            if cells is None:
                cells = columns[name] = []
            if len(cells) < len(rows):  # lines before had no such key
                cells.extend([None] * (len(rows) - len(cells)))
            cells.append(value)
        rows.append(number)
    if strange and not rows:  # as a JSON list over several lines, or a file of another kind
        told = f"line {strange} is no JSON record; write one record on each line"
        raise BookError(f"CC608 `{path}` holds no record: {told}")
    numbers, kinds, made = pl.Series(rows, dtype=pl.Int64), kinds_of(table), []
    for name, cells in columns.items():
        cells.extend([None] * (len(rows) - len(cells)))
        texts = kinds.get(name) in {"id", "text"}
        kept = _only_texts(cells, name, table, file, numbers, notes) if texts else cells
        made.append(series_of(name, kept))
    return Raw(pl.DataFrame(made), numbers, file)


def _only_texts(
    cells: list[Any], name: str, table: str, file: str, rows: pl.Series, notes: Notes
) -> list[str | int | None]:
    """Return the cells of a column of texts or ids that are text or a whole number; the others are set aside."""
    if {*map(type, cells)} <= {str, int, type(None)}:
        return cells
    bad = [at for at, cell in enumerate(cells) if not (cell is None or cell != cell or type(cell) in {str, int})]
    shown = pl.Series([json.dumps(cells[at]) for at in bad], dtype=pl.String)
    notes.reject(table, file, rows.gather(bad), name, shown, *refusal(table, name))
    return [cell if type(cell) in {str, int} else None for cell in cells]


def _whole_texts(record: dict[str, Any], table: str, file: str, line: int, notes: Notes) -> dict[str, Any] | None:
    """Return a record without texts that hold half a character, which no UTF-8 has; None where a name holds one."""
    if not all(_is_whole(name) for name in record):
        return None
    made = dict(record)
    for name, value in record.items():
        if isinstance(value, str) and not _is_whole(value):
            shown = pl.Series([value.encode("utf-8", "replace").decode()])
            notes.reject(table, file, pl.Series([line]), name, shown, "CC602", "not text: it holds half a character")
            made[name] = None
    return made


def _is_whole(text: str) -> bool:
    return not any("\ud800" <= sign <= "\udfff" for sign in text)


def series_of(name: str, cells: list[Any]) -> pl.Series:
    """Return a column of JSON values: of one type where they are, else as text, lists and records as nested values."""
    types = {type(cell) for cell in cells if cell is not None}
    if types <= {int, float} and float in types:
        return pl.Series(name, [None if cell is None else _double(cell) for cell in cells], dtype=pl.Float64)
    if types <= {str} or types == {bool}:
        return pl.Series(name, cells, dtype=pl.Boolean if types == {bool} else pl.String)
    if types == {int} and all(cell is None or abs(cell) < 1 << 62 for cell in cells):
        return pl.Series(name, cells, dtype=pl.Int64)
    return pl.Series(name, [cell if cell is None or isinstance(cell, str) else json.dumps(cell) for cell in cells])


def _double(number: float) -> float:
    try:
        return float(number)
    except OverflowError:  # a whole number of more than 308 digits
        return math.inf if number > 0 else -math.inf


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", maxsplit=1)[0][:200]


#: Ending of a file → its reader.
READERS: dict[str, Callable[[Path, str, frozenset[str], Notes], Raw]] = {
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".parquet": _read_parquet,
    ".jsonl": _read_jsonl,
    ".ndjson": _read_jsonl,
}
