"""A book of Spark frames: related tables grouped by account, and the kernel of a whole book inside each group."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from clientcore.batch.earlier import frame_before
from clientcore.book import REJECTS_SCHEMA, Book
from clientcore.book.assembly import FACTS, ORGANISATION_FACTS
from clientcore.book.belonging import holders_first
from clientcore.book.columns import TYPES
from clientcore.entities import ENTITIES
from clientcore.errors import BookError, FactError, did_you_mean, missing_extra

if TYPE_CHECKING:
    import pyarrow as pa

#: Kind of a field → type of its columns in Spark.
_SPARK = {"text": "string", "number": "double", "boolean": "boolean", "day": "date", "instant": "timestamp"}
#: Type of a column of facts → kind.
_KINDS = {"string": "text", "boolean": "boolean", "date": "day", "timestamp": "instant", "timestamp_ntz": "instant"}
_OPTIONS = ("only", "profile", "profile_by", "lists", "executor")
#: What stands for the decisions of an earlier run among the tables.
_BEFORE = "@previous"
#: Table → (column, the slot that it travels in, its kind).
Layout = dict[str, list[tuple[str, str, str]]]
_ENGINES: dict[bytes, Any] = {}


def evaluate_spark(
    engine: Any,
    tables: Mapping[str, Any],
    *,
    as_of: date,
    previous: Any = None,
    groups: int = 64,
    subject: str = "account",
    **options: Any,
) -> Any:
    """Decide every subject of a book of Spark frames.

    Args:
        engine: The engine; the workers need the packages of its plugins and, at the same paths, its files.
        tables: Table of a book → Spark frame.
        as_of: The day.
        previous: The decisions of an earlier run: a Spark frame, a Polars frame, or a file that the driver reads.
        groups: Into how many groups the accounts fall; each is decided at once, in the memory of one worker.
        subject: account, opportunity or workstream.
        options: What else `evaluate_book` takes: only, profile, profile_by, lists, executor.

    PySpark itself asks for pandas before it hands Arrow to Python; no data goes through it.

    Returns:
        A Spark frame with the columns of a decisions frame, in no order.

    Raises:
        FactError: The subject is an organisation, which belongs to no account, or an option that there is not (CC403).
        BookError: There is no table of accounts with ids, a table that no book has, or no decisions before (CC608).
        UnsupportedError: A rule can't run on frames (CC401); it is told before a job starts.
        MissingExtraError: pyspark is not installed.
    """
    try:
        from pyspark.sql import functions as sf
    except ImportError as error:
        raise missing_extra("pyspark", "spark", "evaluating on Spark") from error
    if subject == "organisation":
        raise FactError("CC403 an organisation belongs to no account; use `evaluate`")
    if unknown := [name for name in options if name not in _OPTIONS]:
        raise FactError(f"CC403 `evaluate_spark` has no `{unknown[0]}`; {did_you_mean(unknown[0], _OPTIONS)}")
    tables = _attached(tables)
    layout = _layout(tables)
    asked = {"as_of": as_of, "subject": subject, **options}
    schema = _decided(engine, layout, pl.DataFrame(schema=_schema(layout)), asked).schema
    if previous is not None:
        tables = {**tables, _BEFORE: _before(previous, tables["accounts"], f"{subject}_id", schema)}
        layout[_BEFORE] = _slots((name, kind) for name, kind in _typed(tables[_BEFORE]) if "__" not in name)
    slots = {slot: kind for columns in layout.values() for _, slot, kind in columns}
    packed = None
    for table, columns in layout.items():
        key = sf.col("id" if table == "accounts" else "account_id").cast("string")
        held = {slot: sf.col(f"`{column}`").cast(_SPARK[kind]) for column, slot, kind in columns}
        shown = [held.get(slot, sf.lit(None).cast(_SPARK[kind])).alias(slot) for slot, kind in slots.items()]
        rows = tables[table].where(key.isNotNull()).select(sf.lit(table).alias("@table"), key.alias("@key"), *shown)
        packed = rows if packed is None else packed.unionAll(rows)
    assert packed is not None
    kernel = _kernel(pickle.dumps(engine), layout, asked)
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


def _before(previous: Any, accounts: Any, key: str, schema: Mapping[str, Any]) -> Any:
    """Return decisions of an earlier run as a Spark frame, with the columns that a decision starts from."""
    if isinstance(previous, pl.DataFrame | str | Path):
        plain = frame_before(previous).to_arrow(compat_level=pl.CompatLevel.oldest())
        previous = accounts.sparkSession.createDataFrame(plain)
    missing = [name for name in ("account_id", key, "as_of") if name not in previous.columns]
    if missing:
        raise BookError(f"CC608 the frame before has no column `{missing[0]}`; give what an evaluation gave")
    return previous.select(*(f"`{name}`" for name in previous.columns if name in schema))


def _typed(frame: Any) -> Iterator[tuple[str, str]]:
    """Yield each column of a Spark frame that is no list, with its kind."""
    yield from ((name, _KINDS.get(type_, "number")) for name, type_ in frame.dtypes if not type_.startswith("array"))


def _slots(columns: Iterable[tuple[str, str]]) -> list[tuple[str, str, str]]:
    used: dict[str, int] = {}
    made = []
    for column, kind in columns:
        used[kind] = used.get(kind, 0) + 1
        made.append((column, f"{kind}{used[kind]}", kind))
    return made


def _layout(tables: Mapping[str, Any]) -> Layout:
    """Return which slot each column travels in: columns of one kind share slots over all tables."""
    if "accounts" not in tables or "id" not in tables["accounts"].columns:
        raise BookError("CC608 the book has no table `accounts` with a column `id`")
    layout: Layout = {}
    for table, frame in tables.items():
        if table in {"organisations", ORGANISATION_FACTS}:
            continue  # the supplier itself belongs to no account
        if table not in ENTITIES and table != FACTS:
            raise BookError(f"CC608 unknown table `{table}`; {did_you_mean(table, (*ENTITIES, FACTS))}")
        fields = ENTITIES[table].fields if table in ENTITIES else None
        if fields is None:
            layout[table] = _slots(_typed(frame))
        else:
            layout[table] = _slots((name, fields[name].kind.name) for name in frame.columns if name in fields)
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
        made = _decided(_ENGINES[engine], layout, frame, options)
        yield from _plain(made.to_arrow(compat_level=pl.CompatLevel.oldest())).to_batches()

    return decided


def _schema(layout: Layout) -> dict[str, Any]:
    """Return the columns in which rows travel."""
    slots = {slot: TYPES[kind] for columns in layout.values() for _, slot, kind in columns}
    return {"@table": pl.String, "@key": pl.String, **slots}


def _decided(engine: Any, layout: Layout, packed: pl.DataFrame, options: Mapping[str, Any]) -> pl.DataFrame:
    """Decide the subjects of rows that travelled together."""
    tables = {}
    for table, columns in layout.items():
        shown = [pl.col(slot).cast(TYPES[kind]).alias(name) for name, slot, kind in columns]
        rows = packed.filter(pl.col("@table") == table).select(shown)
        if "id" not in rows.columns and table in ENTITIES:
            rows = rows.insert_column(0, pl.Series("id", [None] * rows.height, dtype=pl.String))
        tables[table] = rows
    before = tables.pop(_BEFORE, None)
    book = Book(Path("spark"), tables, pl.DataFrame(schema=REJECTS_SCHEMA))
    made: pl.DataFrame = engine.evaluate_book(book, previous=before, **options)
    return made


def _plain(table: pa.Table) -> pa.Table:
    """Return a table without the wide texts and lists that Spark does not take."""
    import pyarrow as pa

    plain = {pa.large_string(): pa.string(), pa.large_list(pa.large_string()): pa.list_(pa.string())}
    fields = [pa.field(field.name, plain.get(field.type, field.type)) for field in table.schema]
    return table.cast(pa.schema(fields))


def _ddl(kind: Any) -> str:
    types = {pl.Float64: "double", pl.Boolean: "boolean", pl.Date: "date", pl.String: "string"}
    return next((name for type_, name in types.items() if kind == type_), "array<string>")
