"""Books: many accounts at once, read from files or a database, checked, typed, with everything bad set aside."""

from __future__ import annotations

from clientcore.errors import missing_extra

try:
    from clientcore.book.accounts import Book
    from clientcore.book.mapping import Mapping, read_mapping
    from clientcore.book.notes import REJECTS_SCHEMA
    from clientcore.book.parts import BookInParts
    from clientcore.book.reading import comes_in_parts, mapping_file, read_book
except ModuleNotFoundError as _error:
    if _error.name not in {"duckdb", "polars", "pyarrow"}:
        raise
    raise missing_extra(_error.name, "batch", "reading a book") from _error

__all__ = [
    "REJECTS_SCHEMA",
    "Book",
    "BookInParts",
    "Mapping",
    "comes_in_parts",
    "mapping_file",
    "read_book",
    "read_mapping",
]
