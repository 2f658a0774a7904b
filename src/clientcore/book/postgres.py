"""A PostgreSQL database as the container of a book, read through ADBC into Arrow."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import polars as pl

from clientcore.book.files import Raw
from clientcore.book.notes import Notes, file_name, row_numbers
from clientcore.errors import BookError, missing_extra

SCHEMES = ("postgresql://", "postgres://")
#: Types that arrive in Arrow as what they are; every other one is read as its text.
_PLAIN = frozenset({
    "boolean", "smallint", "integer", "bigint", "real", "double precision", "text", "character varying", "date",
    "timestamp with time zone", "timestamp without time zone",
})  # fmt: skip
_COLUMNS = """
SELECT CAST(c.relname AS TEXT) AS title, quote_ident(c.relname) AS quoted, quote_ident(a.attname) AS field,
  format_type(a.atttypid, NULL) AS type
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND a.attnum > 0 AND NOT a.attisdropped
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND pg_catalog.pg_table_is_visible(c.oid)
ORDER BY c.relname, a.attnum
"""


def shown_url(url: str) -> str:
    """Return a URL as it may be shown: without user, password and options.

    Example:
        >>> shown_url("postgresql://ann:secret@db.example:5432/crm?sslmode=require")
        'postgresql://db.example:5432/crm'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def postgres_tables(url: str) -> dict[str, partial[Raw]]:
    """Return the tables and views that the URL's search path finds, each with what reads it.

    Raises:
        BookError: The server can't be reached, or refuses (CC608).
        MissingExtraError: The driver is not installed.
    """
    tables = {}
    for (title, quoted), columns in _rows(url, _COLUMNS).group_by("title", "quoted", maintain_order=True):
        fields = [
            field if type_ in _PLAIN else f"CAST({field} AS TEXT) AS {field}"
            for field, type_ in columns.select("field", "type").iter_rows()
        ]
        tables[str(title)] = partial(_table, url, f"SELECT {', '.join(fields)} FROM {quoted}")  # noqa: S608 (quoted)
    return tables


def _table(url: str, query: str, _notes: Notes) -> Raw:
    frame = _rows(url, query)
    return Raw(frame, row_numbers(frame.height), file_name(Path(urlsplit(url).path)))


def _rows(url: str, query: str) -> pl.DataFrame:
    try:
        import adbc_driver_manager
        import adbc_driver_postgresql.dbapi as postgres
    except ImportError as error:
        raise missing_extra("adbc-driver-postgresql", "batch", "reading a PostgreSQL book") from error
    try:
        with postgres.connect(url) as con, con.cursor() as cursor:
            cursor.execute(query)
            frame: Any = pl.from_arrow(cursor.fetch_arrow_table())
    except (adbc_driver_manager.Error, OSError, ValueError) as error:  # Arrow's own errors are of the latter two
        said = " ".join(line.strip() for line in str(error).splitlines() if line.strip())
        raise BookError(f"CC608 `{shown_url(url)}` can't be read: {said[:300]}") from error
    assert isinstance(frame, pl.DataFrame)
    return frame
