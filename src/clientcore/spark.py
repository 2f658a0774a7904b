"""A book of Spark frames: related tables grouped by account, and the kernel of a whole book inside each group."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from clientcore.arguments import refused, require_record, require_text, require_whole
from clientcore.batch import plan_has_parent
from clientcore.batch.earlier import frame_before
from clientcore.book import REJECTS_SCHEMA, Book
from clientcore.book.assembly import FACTS, ORGANISATION_FACTS
from clientcore.book.belonging import holders_first
from clientcore.book.columns import TYPES, convert_as
from clientcore.entities import ENTITIES, SUBJECTS
from clientcore.errors import BookError, FactError, did_you_mean, missing_extra
from clientcore.intake.values import describe

if TYPE_CHECKING:
    import pyarrow as pa

#: Kind of a field → type of its columns in Spark.
_SPARK = {"text": "string", "number": "double", "boolean": "boolean", "day": "date", "instant": "timestamp"}
#: Kind of a field → how the names of the types begin whose columns travel as they are; any other travels as text.
_FITTING = {
    "text": ("",),
    "number": ("double", "float", "decimal", "tinyint", "smallint", "int", "bigint"),
    "boolean": ("boolean",),
    "day": ("date", "timestamp"),
    "instant": ("date", "timestamp"),
}
#: Type of a column of facts → kind.
_KINDS = {"string": "text", "boolean": "boolean", "date": "day", "timestamp": "instant", "timestamp_ntz": "instant"}
_OPTIONS = ("only", "profile", "profile_by", "lists", "executor")
#: What stands for the decisions of an earlier run among the tables.
_BEFORE = "@previous"
_ZONE = "spark.sql.session.timeZone"
#: Begins the key of a child of no account.
_ALONE = "@alone/"
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
        FactError: An argument is of another kind, the subject an organisation, which belongs to no account, or an
            option one that there is not (CC403).
        BookError: There is no table of accounts with ids, a table that no book has, or no decisions before (CC608).
        UnsupportedError: A rule can't run on frames (CC401); it is told before a job starts.
        MissingExtraError: pyspark is not installed.
    """
    asked = {"as_of": as_of, "subject": subject, **options}
    _require(engine, tables, previous, groups, asked)
    try:
        import pyspark.sql  # noqa: F401 (only to tell that it is not there)
    except ImportError as error:
        raise missing_extra("pyspark", "spark", "evaluating on Spark") from error
    with _in_utc(tables):
        tables = _attached(tables)
        layout = _layout(tables)
        schema = _decided(engine, layout, pl.DataFrame(schema=_schema(layout)), asked).schema
        if previous is not None:
            tables = {**tables, _BEFORE: _before(previous, tables["accounts"], f"{subject}_id", schema)}
            layout[_BEFORE] = _slots((name, kind) for name, kind in _typed(tables[_BEFORE]) if "__" not in name)
        packed = _packed(tables, layout, subject)
    kernel = _kernel(pickle.dumps(engine), layout, asked)
    ddl = ", ".join(f"`{name}` {_ddl(kind)}" for name, kind in schema.items())
    return packed.repartition(groups, "@key").mapInArrow(kernel, ddl)


def _require(engine: Any, tables: Any, previous: Any, groups: Any, asked: Mapping[str, Any]) -> None:
    """Refuse what is of another kind, before Spark is asked for anything."""
    require_record("tables", tables)
    for name, frame in tables.items():
        require_text("tables", name, "name each frame by the table that it is")
        if not _is_frame(frame):
            raise FactError(f"CC403 `tables` holds {describe(frame)} as `{name}`; it takes Spark frames")
    if not (previous is None or isinstance(previous, pl.DataFrame | str | Path) or _is_frame(previous)):
        raise refused("previous", previous, "hand in a Spark frame, a Polars frame or a file of decisions")
    require_whole("groups", groups, 1)
    if asked["subject"] == "organisation":
        raise FactError("CC403 an organisation belongs to no account; use `evaluate`")
    if unknown := [name for name in asked if name not in {"as_of", "subject", *_OPTIONS}]:
        raise FactError(f"CC403 `evaluate_spark` has no `{unknown[0]}`; {did_you_mean(unknown[0], _OPTIONS)}")
    nobody = Book(Path("spark"), {"accounts": pl.DataFrame(schema={"id": pl.String})}, pl.DataFrame())
    engine.evaluate_book(nobody, **asked)  # what it refuses of the rest is refused here, too


def _is_frame(given: Any) -> bool:
    return not isinstance(given, type) and hasattr(given, "sparkSession") and hasattr(given, "dtypes")


@contextmanager
def _in_utc(tables: Mapping[str, Any]) -> Iterator[None]:
    """Let casts be those of UTC: Spark takes the days of instants in the time zone of the session."""
    if not tables:
        yield
        return
    conf = next(iter(tables.values())).sparkSession.conf
    zone = conf.get(_ZONE)
    conf.set(_ZONE, "UTC")
    try:
        yield
    finally:
        conf.set(_ZONE, zone)


def _packed(tables: Mapping[str, Any], layout: Layout, subject: str) -> Any:
    """Return the rows of all tables below one another, each with the account or lone child that it is decided with."""
    from pyspark.sql import functions as sf

    slots = {slot: _kind_of(slot) for columns in layout.values() for _, slot, _ in columns}
    packed = None
    for table, columns in layout.items():
        held = {slot: sf.col(f"`{column}`").cast(_SPARK[slots[slot]]) for column, slot, _ in columns}
        shown = [held.get(slot, sf.lit(None).cast(_SPARK[kind])).alias(slot) for slot, kind in slots.items()]
        for rows, key, again in _keyed(table, tables, subject):
            marks = (sf.lit(table).alias("@table"), key.alias("@key"), sf.lit(again).alias("@again"))
            some = rows.where(key.isNotNull()).select(*marks, *shown)
            packed = some if packed is None else packed.unionAll(some)
    assert packed is not None
    return packed


def _keyed(table: str, tables: Mapping[str, Any], subject: str) -> Iterator[tuple[Any, Any, bool]]:
    """Yield rows of a table, with the column of whom they are decided with, and whether they may be there already.

    A child of no account is decided by itself, with the rows that name it; they may belong to an account as well.
    """
    from pyspark.sql import functions as sf

    rows, own = tables[table], f"{subject}_id"
    account = sf.col("id" if table == "accounts" else "account_id").cast("string")
    main = SUBJECTS[subject].table
    if not plan_has_parent(subject) or main not in tables:
        yield rows, account, False
        return
    if table in {main, _BEFORE}:
        alone = sf.concat(sf.lit(_ALONE), sf.col("id" if table == main else own).cast("string"))
        yield rows, sf.coalesce(account, alone), False
        return
    yield rows, account, False
    if own in rows.columns and table != FACTS:
        child = sf.col(own).cast("string")
        lone = tables[main].where(sf.col("account_id").isNull()).select(sf.col("id").cast("string").alias("@lone"))
        yield rows.join(lone.distinct(), child == sf.col("@lone"), "left_semi"), sf.concat(sf.lit(_ALONE), child), True


def _attached(tables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tables with an account for each row (SEMANTICS 26), without rows that contradict themselves."""
    from pyspark.sql import functions as sf

    found = {name: _without_blanks(frame) for name, frame in tables.items()}
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
        whose = [own, *(sf.col(f"@{name}") for name in parents)]
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


def _without_blanks(frame: Any) -> Any:
    """Return a table in which an empty cell names no account."""
    from pyspark.sql import functions as sf

    if "account_id" not in frame.columns:
        return frame
    return frame.withColumn("account_id", sf.nullif(sf.col("account_id").cast("string"), sf.lit("")))


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


def _slots(columns: Iterable[tuple[str, str]], types: Mapping[str, str] | None = None) -> list[tuple[str, str, str]]:
    """Return (column, the slot that it travels in, its kind); what has another type is read by the worker, as text."""
    used: dict[str, int] = {}
    made = []
    for column, kind in columns:
        fits = types is None or types[column].startswith(_FITTING[kind])
        travels = kind if fits else "text"
        used[travels] = used.get(travels, 0) + 1
        made.append((column, f"{travels}{used[travels]}", kind))
    return made


def _kind_of(slot: str) -> str:
    return slot.rstrip("0123456789")


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
            held = ((name, fields[name].kind.name) for name in frame.columns if name in fields)
            layout[table] = _slots(held, dict(frame.dtypes))
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
    slots = {slot: TYPES[_kind_of(slot)] for columns in layout.values() for _, slot, _ in columns}
    return {"@table": pl.String, "@key": pl.String, "@again": pl.Boolean, **slots}


def _decided(engine: Any, layout: Layout, packed: pl.DataFrame, options: Mapping[str, Any]) -> pl.DataFrame:
    """Decide the subjects of rows that travelled together."""
    tables = {}
    for table, columns in layout.items():
        rows = packed.filter(pl.col("@table") == table)
        if rows["@again"].any():  # in one group with the account that they belong to they would count twice
            there = rows.filter(~pl.col("@again"))["@key"]
            slot = next(slot for name, slot, _ in columns if name == "account_id")
            rows = rows.filter(~(pl.col("@again") & pl.col(slot).is_in(there.implode())).fill_null(value=False))
        rows = _within(table, pl.DataFrame([_column(rows[slot], kind).alias(name) for name, slot, kind in columns]))
        if "id" not in rows.columns and table in ENTITIES:
            rows = rows.insert_column(0, pl.Series("id", [None] * rows.height, dtype=pl.String))
        tables[table] = rows
    before = tables.pop(_BEFORE, None)
    book = Book(Path("spark"), tables, pl.DataFrame(schema=REJECTS_SCHEMA))
    made: pl.DataFrame = engine.evaluate_book(book, previous=before, **options)
    return made


def _column(values: pl.Series, kind: str) -> pl.Series:
    """Return a column as its kind; text is read as a book reads it, and is missing where it is none."""
    if kind != "text" and values.dtype == pl.String:
        return convert_as(kind, values, "UTC").values
    return values.cast(TYPES[kind])


def _within(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows without the numbers that a field can't hold by its meaning."""
    fields = ENTITIES[table].fields if table in ENTITIES else {}
    limits = {name: fields[name].range for name in rows.columns if name in fields}
    inside = [
        pl.when(pl.col(name).is_between(*range_)).then(pl.col(name)).alias(name)
        for name, range_ in limits.items()
        if range_ is not None
    ]
    return rows.with_columns(inside)


def _plain(table: pa.Table) -> pa.Table:
    """Return a table without the wide texts and lists that Spark does not take."""
    import pyarrow as pa

    plain = {pa.large_string(): pa.string(), pa.large_list(pa.large_string()): pa.list_(pa.string())}
    fields = [pa.field(field.name, plain.get(field.type, field.type)) for field in table.schema]
    return table.cast(pa.schema(fields))


def _ddl(kind: Any) -> str:
    types = {pl.Float64: "double", pl.Boolean: "boolean", pl.Date: "date", pl.String: "string"}
    return next((name for type_, name in types.items() if kind == type_), "array<string>")
