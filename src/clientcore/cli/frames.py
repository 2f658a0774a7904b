"""Decision frames as files and as text; takes any Polars frame and never imports Polars."""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from clientcore.errors import ClientcoreError, did_you_mean

if TYPE_CHECKING:
    import polars as pl

#: Ending of a file → its format.
ENDINGS = {".parquet": "parquet", ".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json"}
FORMATS = ("table", "json", "jsonl", "csv", "parquet")
#: Endings of columns that only the next evaluation reads.
_CARRIED = ("_since", "_pending", "_base", "_last")
_MOST_COLUMNS = 12
#: From this share of rows without a value on a column comes after those that are known.
_LACKING = 0.1


def add_output(parser: argparse.ArgumentParser) -> None:
    """Add where a frame is written to, and as what."""
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        type=Path,
        help="where to; its ending tells the format (default: the terminal)",
    )
    parser.add_argument("--format", choices=FORMATS, help="format of the output (default: by the ending, else table)")


def format_for(path: Path | None, asked: str | None) -> str:
    """Return the format to write: the one asked for, else what the ending says, else a table.

    Raises:
        ClientcoreError: The ending is none of ours, or one of Parquet and text is asked for and the other named.

    Example:
        >>> format_for(Path("out.csv"), None)
        'csv'
    """
    if asked is not None:
        meant = None if path is None else ENDINGS.get(path.suffix.lower())
        if meant not in {None, asked} and "parquet" in {meant, asked}:  # nobody can read the one as the other
            told = "give it an ending that fits, or leave --format out"
            raise ClientcoreError(f"--format {asked} does not fit the ending of `{path}`; {told}")
        return asked
    if path is None or str(path) == "-":
        return "table"
    if path.suffix.lower() not in ENDINGS:
        help_text = did_you_mean(path.suffix.lower(), ENDINGS)
        raise ClientcoreError(f"can't tell the format of `{path}` from its ending; {help_text}; or give --format")
    return ENDINGS[path.suffix.lower()]


def write(frame: pl.DataFrame, file: BinaryIO, file_format: str) -> None:
    """Write a frame in a machine's format: json is one list, jsonl one row to a line, csv has lists joined by `;`."""
    # By way of memory, since Polars hides what goes wrong with the file: a full disk, a pipe that nobody reads.
    kept = io.BytesIO()
    writers: dict[str, Callable[[], object]] = {
        "parquet": lambda: frame.write_parquet(kept),
        "csv": lambda: _flat(frame).write_csv(kept),
        "jsonl": lambda: frame.write_ndjson(kept),
        "json": lambda: kept.write(f"{frame.write_json()}\n".encode()),
    }
    writers[file_format]()
    file.write(kept.getbuffer())


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with its lists as text, since CSV has no lists."""
    lists = [name for name, dtype in frame.schema.items() if dtype.is_nested()]
    joined = [
        type(frame[name])(name, [None if row is None else ";".join(map(str, row)) for row in frame[name].to_list()])
        for name in lists
    ]
    return frame.with_columns(joined) if lists else frame


def as_table(frame: pl.DataFrame, width: int, whole: pl.DataFrame | None = None) -> tuple[str, int]:
    """Return the frame as a table for people, and how many columns there was no room for.

    The ids come first, then outcomes, states and bands that differ between rows, the most evenly spread first and what
    many rows lack last; then those that are all the same, and exact scores; what nobody knows is left to files, and
    so are the rules, unless there is nothing else.

    Args:
        frame: A decisions frame.
        width: Characters in a line, 20 or more.
        whole: All rows, by which the columns are chosen; None where `frame` is all.
    """
    whole = frame if whole is None else whole
    ids = [name for name in frame.columns if name.endswith("_id")]
    words = [name for name in frame.columns if _is_word(whole, name)]
    known = [name for name in words if whole[name].null_count() < whole.height]
    # plugins bring many bands: what was decided comes before them
    known.sort(key=lambda name: (whole[name].n_unique() == 1, name.endswith("_band"), *_telling(whole, name)))
    numbers = [name for name in frame.columns if f"{name}_low" in frame.columns]
    numbers = [name for name in numbers if whole[name].null_count() < whole.height]
    cells: dict[str, list[str]] = {}
    room = width
    rules = [] if known or numbers else [name for name, kind in frame.schema.items() if str(kind) == "Boolean"]
    for name in [*ids, *known, *numbers, *rules]:
        column = [name, *_cells(frame, name)]
        needed = max(map(len, column)) + 2
        if needed > room + 2 or len(cells) >= _MOST_COLUMNS:
            continue
        room -= needed
        cells[name] = [cell.ljust(needed) for cell in column]
    lines = ["".join(column[row] for column in cells.values()).rstrip() for row in range(frame.height + 1)]
    return "\n".join(lines), len(frame.columns) - len(cells)


def _telling(frame: pl.DataFrame, name: str) -> tuple[bool, int]:
    """Return whether many rows lack a column, and how many rows have its most frequent value."""
    return frame[name].null_count() > _LACKING * frame.height, max(frame[name].value_counts()["count"].to_list())


def _is_word(frame: pl.DataFrame, name: str) -> bool:
    worded = str(frame.schema[name]).startswith(("String", "Enum", "Categorical"))
    return worded and not name.endswith((*_CARRIED, "_id")) and not (name == "error" and frame[name].is_null().all())


def _cells(frame: pl.DataFrame, name: str) -> list[str]:
    """Return the cells of a column: scores as whole numbers, or as percentages where the whole column is shares."""
    values = frame[name].to_list()
    share = all(value is None or -1.0 <= value <= 1.0 for value in values if not isinstance(value, str))
    written = "{:.0%}" if share else "{:.0f}"
    return [_cell(value, written) for value in values]


def _cell(value: object, written: str) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return written.format(value) if isinstance(value, float) else str(value)
