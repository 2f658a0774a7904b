"""Connections to databases: which tables are there, and what a statement gives, as a Polars frame."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, Protocol

import attrs
import polars as pl

from clientcore.entities import ENTITIES
from clientcore.errors import BookError, FactError
from clientcore.executors.sql.sources import FACT_TABLES

Columns = dict[str, dict[str, str]]
#: Name of the temporary table with what subjects start from.
LENT = "clientcore_previous"
_POSTGRES_TYPES = {"Float64": "double precision", "Boolean": "boolean", "Date": "date"}
#: The JIT compiler of PostgreSQL takes longer for a statement of this size than the statement itself.
_SETTING = "SET LOCAL jit = off"
_ZONE = "spark.sql.session.timeZone"
#: Tables that a statement may read.
_NAMED = frozenset(ENTITIES) | FACT_TABLES
_POSTGRES_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, NULL)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND a.attnum > 0 AND NOT a.attisdropped
  AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND CASE WHEN $1 = '' THEN pg_catalog.pg_table_is_visible(c.oid) ELSE n.nspname = $1 END
"""
_DUCKDB_COLUMNS = """
SELECT table_name, column_name, lower(data_type) FROM duckdb_columns()
WHERE NOT internal AND database_name IN (current_database(), 'temp')
  AND (database_name = 'temp' OR schema_name = CASE WHEN $1 = '' THEN current_schema() ELSE $1 END)
"""


class Connected(Protocol):
    """A connection of some driver, as statements are run on it."""

    @property
    def dialect(self) -> str:
        """Name of the dialect that it speaks."""

    def columns(self, schema: str) -> Columns:
        """Return table → column → type, in lower case, of a schema; of what is found without a name if it is empty."""

    def frame(self, text: str) -> pl.DataFrame:
        """Run a statement that reads, and return its rows."""

    def lent(self, frame: pl.DataFrame) -> AbstractContextManager[str]:
        """Lend a frame to the database as a temporary table, and give its name."""


def connected(connection: Any) -> Connected:
    """Return a connection in one form, whatever its driver.

    Args:
        connection: A connection of `duckdb`, of `adbc_driver_postgresql` or of `psycopg`, or a Spark session.

    Raises:
        FactError: It is none of these (CC403).
    """
    made = _DRIVERS.get(type(connection).__module__.split(".")[0])
    if made is None:
        found = f"{type(connection).__module__}.{type(connection).__qualname__}"
        known = "a connection of duckdb, adbc_driver_postgresql or psycopg, or a Spark session"
        raise FactError(f"CC403 can't evaluate in `{found}`; give {known}")
    return made(connection)


@contextmanager
def _told(*errors: type[Exception]) -> Iterator[None]:
    """Turn what a driver raises into our error, with the first lines of what the database says."""
    try:
        yield
    except errors as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        said = next((line for line in lines if "ERROR" in line), lines[0] if lines else type(error).__name__)
        raise BookError(f"CC404 the database refuses: {said[:300]}") from error


def _gathered(rows: Sequence[Sequence[str]]) -> Columns:
    found: Columns = {}
    for table, column, type_ in rows:
        found.setdefault(table, {})[column] = type_.lower()
    return found


@attrs.frozen
class _DuckDb:
    connection: Any
    dialect: str = "duckdb"

    def columns(self, schema: str) -> Columns:
        import duckdb

        with _told(duckdb.Error):
            return _gathered(self.connection.execute(_DUCKDB_COLUMNS, [schema]).fetchall())

    def frame(self, text: str) -> pl.DataFrame:
        import duckdb

        # `connection.sql` warns of nothing, but reads and binds the statement twice: a second more for a large one
        with _told(duckdb.Error), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Arrow output on a DB-API result", UserWarning)
            return _frame(self.connection.execute(text).to_arrow_table())

    @contextmanager
    def lent(self, frame: pl.DataFrame) -> Iterator[str]:
        self.connection.register(LENT, frame.to_arrow())
        try:
            yield LENT
        finally:
            self.connection.unregister(LENT)


@attrs.frozen
class _Adbc:
    connection: Any
    dialect: str = "postgres"

    def columns(self, schema: str) -> Columns:
        import adbc_driver_manager

        with _told(adbc_driver_manager.Error), self.connection.cursor() as cursor:
            cursor.execute(_POSTGRES_COLUMNS, (schema,))
            return _gathered(cursor.fetchall())

    def frame(self, text: str) -> pl.DataFrame:
        import adbc_driver_manager

        with _told(adbc_driver_manager.Error), self.connection.cursor() as cursor:
            cursor.execute(_SETTING)
            cursor.execute(text)
            return _frame(cursor.fetch_arrow_table())

    @contextmanager
    def lent(self, frame: pl.DataFrame) -> Iterator[str]:
        import adbc_driver_manager

        with _told(adbc_driver_manager.Error), self.connection.cursor() as cursor:
            plain = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
            cursor.adbc_ingest(LENT, plain, mode="create", temporary=True)
        try:
            yield LENT
        finally:
            # after an error the transaction is void, and the table with it
            with suppress(adbc_driver_manager.Error), self.connection.cursor() as cursor:
                cursor.execute(f"DROP TABLE {LENT}")


@attrs.frozen
class _Psycopg:
    connection: Any
    dialect: str = "postgres"

    def columns(self, schema: str) -> Columns:
        import psycopg

        with _told(psycopg.Error), self.connection.transaction(), psycopg.RawCursor(self.connection) as cursor:
            return _gathered(cursor.execute(_POSTGRES_COLUMNS, [schema]).fetchall())

    def frame(self, text: str) -> pl.DataFrame:
        import psycopg

        with _told(psycopg.Error), self.connection.transaction(), psycopg.RawCursor(self.connection) as cursor:
            cursor.execute(_SETTING)
            rows = cursor.execute(text).fetchall()
            names = [column.name for column in cursor.description or ()]
        return pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None)

    @contextmanager
    def lent(self, frame: pl.DataFrame) -> Iterator[str]:
        import psycopg

        columns = [f'"{name}" {_POSTGRES_TYPES.get(str(kind), "text")}' for name, kind in frame.schema.items()]
        with _told(psycopg.Error), self.connection.transaction(), psycopg.RawCursor(self.connection) as cursor:
            cursor.execute(f"CREATE TEMPORARY TABLE {LENT} ({', '.join(columns)}) ON COMMIT DROP")
            with cursor.copy(f"COPY {LENT} FROM STDIN") as copy:
                for row in frame.iter_rows():
                    copy.write_row(row)
            yield LENT
            cursor.execute(f"DROP TABLE {LENT}")


@attrs.frozen
class _Spark:
    connection: Any
    dialect: str = "spark"

    def columns(self, schema: str) -> Columns:
        from pyspark.errors import PySparkException

        # a catalogue may hold thousands of tables, and each of them takes a question of its own
        quoted = f"`{schema.replace('`', '``')}`" if schema else ""
        with _told(PySparkException):
            listed = self.connection.sql(f"SHOW TABLES IN {quoted}" if schema else "SHOW TABLES").collect()
            # a view of the session alone is in no schema
            names = [one.tableName for one in listed if one.namespace or not schema]
            asked = [name for name in names if name in _NAMED]
            frames = {name: self.connection.table(f"{quoted}.`{name}`" if schema else name) for name in asked}
            return {name: {} for name in names} | {name: dict(frame.dtypes) for name, frame in frames.items()}

    def frame(self, text: str) -> pl.DataFrame:
        from pyspark.errors import PySparkException

        # the days of instants are those of the session's time zone there
        conf = self.connection.conf
        zone = conf.get(_ZONE)
        with _told(PySparkException):
            conf.set(_ZONE, "UTC")
            try:
                return _frame(self.connection.sql(text).toArrow())
            finally:
                conf.set(_ZONE, zone)

    @contextmanager
    def lent(self, frame: pl.DataFrame) -> Iterator[str]:
        plain = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        self.connection.createDataFrame(plain).createOrReplaceTempView(LENT)
        try:
            yield LENT
        finally:
            self.connection.catalog.dropTempView(LENT)


def _frame(table: Any) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame


_DRIVERS: dict[str, Callable[[Any], Connected]] = {
    "_duckdb": _DuckDb,
    "duckdb": _DuckDb,
    "adbc_driver_manager": _Adbc,
    "psycopg": _Psycopg,
    "pyspark": _Spark,
}
