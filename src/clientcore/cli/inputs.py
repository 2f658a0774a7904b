"""What a command reads: no file of that is written over by what the command writes."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from clientcore.entities import ENTITIES
from clientcore.errors import ClientcoreError

#: Options that name a file to write, or several files to read; `--previous` may be written anew, day after day.
_WRITTEN = {"output": "-o", "rejects": "--rejects"}
_READ = ("mapping", "lock", "tables", "rulesets", "answers", "profile", "forms", "paths")
#: Tables of a book that are no entities, and endings of tables.
_MORE, _TABLES = {"facts", "organisation_facts"}, {".csv", ".tsv", ".parquet", ".jsonl", ".ndjson"}


def spare_inputs(args: argparse.Namespace) -> None:
    """Refuse to write where the command reads, or two things to one file.

    Args:
        args: What the command was called with.

    Raises:
        ClientcoreError: A file to write is one that is read, or is named twice.
    """
    written = [(option, getattr(args, name, None)) for name, option in _WRITTEN.items()]
    named = [(option, path, _real(path)) for option, path in written if path and str(path) != "-"]
    for option, path, real in named:
        if real.is_file() and any(_holds(name, given, real) for name, given in _given(args)):
            raise ClientcoreError(f"can't write `{path}`, which {option} names: this command reads it; name another")
    places = [real for _, _, real in named if real.is_file() or not real.exists()]  # devices take one after the other
    if len({*places}) < len(places):
        raise ClientcoreError(f"-o and --rejects both name `{named[0][1]}`; give each a file of its own")


def spare_sources(args: argparse.Namespace, mapping: Path) -> None:
    """Refuse to write over a table that a mapping makes the book from.

    Args:
        args: What the command was called with.
        mapping: The file of the mapping.

    Raises:
        ClientcoreError: A file to write is such a table.
    """
    from clientcore.book.mapping import read_mapping, reads

    for name, option in _WRITTEN.items():
        path = getattr(args, name, None)
        real = _real(path) if path else None
        if real is None or not real.is_file() or real.parent != _real(args.book) or real.suffix.lower() not in _TABLES:
            continue
        if reads(read_mapping(mapping), real.stem):
            raise ClientcoreError(f"can't write `{path}`, which {option} names: the mapping reads it; name another")


def _real(path: str | Path) -> Path:
    return Path(os.path.realpath(path))


def _given(args: argparse.Namespace) -> Iterator[tuple[str, Path]]:
    for name in ("book", *_READ):
        found = getattr(args, name, None)
        yield from ((name, _real(one)) for one in (found if isinstance(found, list | tuple) else [found]) if one)


def _holds(name: str, given: Path, file: Path) -> bool:
    """Return whether what is read is a file, or a folder that the file belongs to."""
    if given == file or not given.is_dir():
        return given == file
    if name != "book":
        return file.suffix == ".yaml" and given in file.parents
    # other tables in the folder of a book, as decisions written there before, are read by a mapping only
    is_table = file.suffix.lower() in _TABLES and (file.stem in ENTITIES or file.stem in _MORE)
    return file.parent == given and is_table
