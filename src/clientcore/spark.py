"""A book of Spark frames: related tables grouped by account, and the kernel of a whole book inside each group."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from clientcore.batch import shape_of
from clientcore.book import REJECTS_SCHEMA, Book
from clientcore.book.assembly import FACTS
from clientcore.book.belonging import holders_first
from clientcore.book.columns import TYPES
from clientcore.book.frame import schema_of
from clientcore.entities import ENTITIES
from clientcore.errors import BookError, FactError, did_you_mean, missing_extra

if TYPE_CHECKING:
    import pyarrow as pa

#: Kind of a field → type of its columns in Spark.
_SPARK = {"text": "string", "number": "double", "boolean": "boolean", "day": "date", "instant": "timestamp"}
#: Type of a column of facts → kind.
_KINDS = {"string": "text", "boolean": "boolean", "date": "day", "timestamp": "instant", "timestamp_ntz": "instant"}
#: Table → (column, the slot that it travels in, its kind).
Layout = dict[str, list[tuple[str, str, str]]]
_ENGINES: dict[bytes, Any] = {}


def evaluate_spark(
    engine: Any, tables: Mapping[str, Any], *, as_of: date, groups: int = 64, subject: str = "account", **options: Any
) -> Any:
    """Decide every subject of a book of Spark frames.

    Args:
        engine: The engine; the workers need the packages of its plugins and, at the same paths, its files.
        tables: Table of a book → Spark frame.
        as_of: The day.
        groups: Into how many groups the accounts fall; each is decided at once, in the memory of one worker.
        subject: account, opportunity or workstream.
        options: What else `evaluate_book` takes: only, profile, profile_by, lists.

    PySpark itself asks for pandas before it hands Arrow to Python; no data goes through it.

    Returns:
        A Spark frame with the columns of a decisions frame, in no order.

    Raises:
        FactError: The subject is an organisation, which belongs to no account (CC403).
        BookError: There is no table of accounts with ids, or a table that no book has (CC608).
        MissingExtraError: pyspark is not installed.
    """
    try:
        from pyspark.sql import functions as sf
    except ImportError as error:
        raise missing_extra("pyspark", "spark", "evaluating on Spark") from error
    if subject == "organisation":
        raise FactError("CC403 an organisation belongs to no account; use `evaluate`")
    tables = _attached(tables)
    layout = _layout(tables)
    slots = {slot: kind for columns in layout.values() for _, slot, kind in columns}
    packed = None
    for table, columns in layout.items():
        key = sf.col("id" if table == "accounts" else "account_id").cast("string")
        held = {slot: sf.col(column).cast(_SPARK[kind]) for column, slot, kind in columns}
        shown = [held.get(slot, sf.lit(None).cast(_SPARK[kind])).alias(slot) for slot, kind in slots.items()]
        rows = tables[table].where(key.isNotNull()).select(sf.lit(table).alias("@table"), key.alias("@key"), *shown)
        packed = rows if packed is None else packed.unionAll(rows)
    assert packed is not None
    schema = schema_of(shape_of(engine.plan(subject, only=options.get("only")), lists=options.get("lists", False)))
    kernel = _kernel(pickle.dumps(engine), layout, {"as_of": as_of, "subject": subject, **options})
    ddl = ", ".join(f"`{name}` {_ddl(kind)}" for name, kind in schema.items())
    return packed.repartition(groups, "@key").mapInArrow(kernel, ddl)


def _attached(tables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tables with an account for each row (SEMANTICS 26), without rows that contradict themselves."""
    from pyspark.sql import functions as sf

    found = dict(tables)
    if "accounts" not in tables or "id" not in tables["accounts"].columns:
        return found
    accounts = tables["accounts"].select(sf.col("id").cast("string").alias("@account")).distinct()
    for table in holders_first(one for one in tables if one in ENTITIES):
        frame = tables[table]
        parents = {
            name: above
            for name, above in ENTITIES[table].parents.items()
            if name in frame.columns and {"id", "account_id"} <= set(found[above].columns if above in found else ())
        }
        if not parents:
            continue
        own = sf.col("account_id").cast("string") if "account_id" in frame.columns else sf.lit(None).cast("string")
        whose = [sf.nullif(own, sf.lit("")), *(sf.col(f"@{name}") for name in parents)]
        agrees = sf.lit(True)
        for at, (name, above) in enumerate(parents.items()):
            key, owner = sf.col("id").cast("string"), sf.col("account_id").cast("string")
            one = sf.when(sf.min(owner) == sf.max(owner), sf.min(owner)).alias(f"@{name}")
            known = found[above].join(accounts, owner == sf.col("@account"), "left_semi")
            known = known.groupBy(key.alias(f"@{at}")).agg(one)
            frame = frame.join(known, sf.col(name).cast("string") == sf.col(f"@{at}"), "left")
            agrees &= sf.coalesce(sf.col(f"@{name}") == sf.coalesce(*whose), sf.lit(True))
        made = frame.where(agrees).withColumn("account_id", sf.coalesce(*whose))
        found[table] = made.drop(*(name for name in made.columns if name.startswith("@")))
    return found


def _layout(tables: Mapping[str, Any]) -> Layout:
    """Return which slot each column travels in: columns of one kind share slots over all tables."""
    if "accounts" not in tables or "id" not in tables["accounts"].columns:
        raise BookError("CC608 the book has no table `accounts` with a column `id`")
    layout: Layout = {}
    for table, frame in tables.items():
        if table not in ENTITIES and table != FACTS:
            raise BookError(f"CC608 unknown table `{table}`; {did_you_mean(table, (*ENTITIES, FACTS))}")
        if table == "organisations":
            continue  # the supplier itself belongs to no account
        used: dict[str, int] = {}
        layout[table] = []
        fields = ENTITIES[table].fields if table in ENTITIES else None
        for column, type_ in frame.dtypes:
            if fields is not None and column not in fields:
                continue
            kind = fields[column].kind.name if fields is not None else _KINDS.get(type_, "number")
            used[kind] = used.get(kind, 0) + 1
            layout[table].append((column, f"{kind}{used[kind]}", kind))
        if table != "accounts" and "account_id" not in frame.columns:
            raise BookError(f"CC608 table `{table}` has no column `account_id`")
    return layout


def _kernel(
    engine: bytes, layout: Layout, options: Mapping[str, Any]
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return what a worker does with all rows of its accounts, as they come in batches."""

    def decided(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        rows_in = list(batches)
        if not rows_in:
            return
        frame = pl.from_arrow(rows_in)
        assert isinstance(frame, pl.DataFrame)
        if engine not in _ENGINES:
            _ENGINES[engine] = pickle.loads(engine)  # noqa: S301 (our own engine, from the driver)
        tables = {}
        for table, columns in layout.items():
            shown = [pl.col(slot).cast(TYPES[kind]).alias(name) for name, slot, kind in columns]
            rows = frame.filter(pl.col("@table") == table).select(shown)
            if "id" not in rows.columns and table != FACTS:
                rows = rows.insert_column(0, pl.Series("id", [None] * rows.height, dtype=pl.String))
            tables[table] = rows
        book = Book(Path("spark"), tables, pl.DataFrame(schema=REJECTS_SCHEMA))
        made: pl.DataFrame = _ENGINES[engine].evaluate_book(book, **options)
        yield from _plain(made.to_arrow(compat_level=pl.CompatLevel.oldest())).to_batches()

    return decided


def _plain(table: pa.Table) -> pa.Table:
    """Return a table without the wide texts and lists that Spark does not take."""
    import pyarrow as pa

    plain = {pa.large_string(): pa.string(), pa.large_list(pa.large_string()): pa.list_(pa.string())}
    fields = [pa.field(field.name, plain.get(field.type, field.type)) for field in table.schema]
    return table.cast(pa.schema(fields))


def _ddl(kind: Any) -> str:
    types = {pl.Float64: "double", pl.Boolean: "boolean", pl.Date: "date", pl.String: "string"}
    return next((name for type_, name in types.items() if kind == type_), "array<string>")
