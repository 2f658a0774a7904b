"""Executor sql: a program as one statement, for DuckDB, PostgreSQL, Spark SQL; Snowflake and BigQuery as text only."""

from clientcore.executors.sql.choosing import Choice, named_in
from clientcore.executors.sql.connections import connected
from clientcore.executors.sql.dialects import DIALECTS, Dialect, dialect_of
from clientcore.executors.sql.earlier import earlier_types
from clientcore.executors.sql.given import Given
from clientcore.executors.sql.kept import Statements
from clientcore.executors.sql.scalars import OPS, UNSUPPORTED
from clientcore.executors.sql.statement import select_of
from clientcore.executors.sql.strange import strange_cells, types_named
from clientcore.executors.sql.words import fitting
from clientcore.executors.sql.writing import require_subjects, written

__all__ = [
    "DIALECTS",
    "OPS",
    "UNSUPPORTED",
    "Choice",
    "Dialect",
    "Given",
    "Statements",
    "connected",
    "dialect_of",
    "earlier_types",
    "fitting",
    "named_in",
    "require_subjects",
    "select_of",
    "strange_cells",
    "types_named",
    "written",
]
