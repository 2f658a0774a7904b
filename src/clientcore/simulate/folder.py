"""A simulated book as a folder that takes its name only when all of it is there."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import attrs

from clientcore.arguments import path_of, require_made, require_text
from clientcore.errors import BookError, FactError, did_you_mean
from clientcore.simulate.book import SimulatedBook
from clientcore.simulate.latent import Truth
from clientcore.simulate.layout import COLUMNS
from clientcore.simulate.ledger import Row


def write_book(book: SimulatedBook, path: Path, file_format: str = "csv") -> None:
    """Write the tables into a folder, one file for each, and the truth into its subfolder `truth`.

    Args:
        book: What `simulate_book` returned.
        path: A folder that does not exist yet or is empty; it appears whole or not at all.
        file_format: `csv`, `jsonl` or `parquet`.

    Raises:
        FactError: An argument is of another kind, or there is no such format (CC403).
        BookError: Something is at `path` already, or it can't be written.
        MissingExtraError: Parquet needs the extra `batch`.
    """
    require_made("book", book, SimulatedBook, "hand in what `simulate_book` gives")
    target = path_of("path", path, "give the path of a new or an empty folder")
    require_text("file_format", file_format, f"give one of: {', '.join(_ENCODERS)}")
    if file_format not in _ENCODERS:
        raise FactError(f"CC403 no format `{file_format}`; {did_you_mean(file_format, _ENCODERS)}")
    encode = _ENCODERS[file_format]
    with _whole_folder(target) as draft:
        for table, rows in book.tables.items():
            (draft / f"{table}.{file_format}").write_bytes(encode(COLUMNS[table], rows))
        (draft / "truth").mkdir()
        columns = tuple(field.name for field in attrs.fields(Truth))
        hidden = [attrs.asdict(truth) for truth in book.truth]
        (draft / "truth" / f"truth.{file_format}").write_bytes(encode(columns, hidden))


@contextmanager
def _whole_folder(path: Path) -> Iterator[Path]:
    target = Path(os.path.realpath(path))
    draft = target.parent / f".{target.name}.{os.getpid()}.part"
    try:
        if target.is_file() or (target.is_dir() and any(target.iterdir())):
            raise BookError(f"CC608 can't write `{path}`: something is there already; name a new or an empty folder")
        draft.mkdir(parents=True)
        yield draft
        if target.is_dir():
            target.rmdir()
        draft.rename(target)
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        raise BookError(f"CC608 can't write `{path}`: {why}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _csv(columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row.values()] for row in rows)
    return text.getvalue().encode()


def _jsonl(columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    lines = [json.dumps({name: _written(row[name]) for name in columns if row[name] is not None}) for row in rows]
    return "".join(f"{line}\n" for line in lines).encode()


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return value


def _cell(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else _written(value)


def _parquet(columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    from clientcore.book.writing import parquet

    return parquet(columns, rows)


_ENCODERS: dict[str, Callable[[Sequence[str], Sequence[Row]], bytes]] = {
    "csv": _csv,
    "jsonl": _jsonl,
    "parquet": _parquet,
}

#: The formats that `write_book` knows.
FORMATS = tuple(_ENCODERS)
