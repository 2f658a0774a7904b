"""One raw column of a book → the canonical type of its field, and which of its cells do not fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache

import attrs
import polars as pl

from clientcore.entities import ENTITIES, Field

#: Kind → type of its columns in a book.
TYPES: dict[str, pl.DataType] = {
    "text": pl.String(),
    "number": pl.Float64(),
    "boolean": pl.Boolean(),
    "day": pl.Date(),
    "instant": pl.Datetime("us", "UTC"),
}
_NUMBER = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_MOMENT = (
    r"^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)?"
    r" ?(?:(Z|UTC)|([+-])([0-9]{2}):?([0-9]{2})?)?)?$"
)
_WANT = {
    "text": "text",
    "id": "an id: text that is not empty, or a whole number without a decimal point",
    "number": "a number, as 1234.5",
    "boolean": "true or false",
    "day": "a day, as YYYY-MM-DD",
    "instant": "an instant, as YYYY-MM-DDThh:mm:ssZ",
}
#: Tables of handed-in facts, of whose columns only the rulesets know what they hold → their key.
_OWNED = {"facts": "account_id", "organisation_facts": "organisation_id"}
_TRUTHS = {"true": True, "1": True, "false": False, "0": False}
_LARGEST, _SMALLEST = 1e18, 1e-18
#: A negative zero, its bits read as a whole number. It is equal to zero, but not printed as that.
_NEGATIVE_ZERO = -(1 << 63)
_YEARS = (1, 9999)
_EPOCH = date(1970, 1, 1).toordinal()
#: Years from 1970 that Polars can surely write.
CALENDAR = 200_000
#: Unit → how many of it a day has. Nanoseconds reach no further than the calendar of Polars.
_UNITS = {"ms": 86_400_000, "us": 86_400_000_000}


@attrs.frozen
class Converted:
    """A column in its canonical type.

    Args:
        values: The column; what does not fit is null.
        bad: Which cells are of the wrong kind; None where no cell is.
        outside: Which cells are outside the range that may enter at all; None where no cell is.
        want: What would be right.
        strange: Which other cells are none that the field can hold by its meaning; None where no cell is.
    """

    values: pl.Series
    bad: pl.Series | None
    outside: pl.Series | None
    want: str
    strange: pl.Series | None = None


def convert(raw: pl.Series, field: Field, zone: str) -> Converted:
    """Convert a raw column.

    Args:
        raw: The column as the file has it.
        field: The field that it is.
        zone: Time zone in which instants become days; one without a zone of its own is in it.

    Returns:
        The column in its canonical type, and which cells do not fit.
    """
    made = convert_as(_kind_of(field), raw, zone)
    if field.range is None:
        return made
    strange = ~made.values.is_between(*field.range).fill_null(value=True)
    return attrs.evolve(made, values=_null_where(made.values, strange), strange=strange)


def canonical(frame: pl.DataFrame, fields: Mapping[str, Field]) -> frozenset[str]:
    """Return the names of the columns that are as they should be already.

    One look at all columns takes a third of what a look at each takes.

    Args:
        frame: Columns as the file has them.
        fields: Column → the field that it is.
    """
    looks = {}
    for name, dtype in frame.schema.items():
        field, cells = fields[name], pl.col(name)
        look = _look(_kind_of(field), dtype, cells)
        if look is not None:
            looks[name] = look if field.range is None else look & cells.is_between(*field.range).all()
    good = frame.select(**looks).row(0, named=True) if looks else {}
    return frozenset(name for name in good if good[name])


def _kind_of(field: Field) -> str:
    return "id" if field.name in {"id", "source_id"} or field.refers else field.kind.name


@cache
def kinds_of(table: str) -> Mapping[str, str]:
    """Return the columns of a table, as far as they are known, each with its kind or `id`.

    Example:
        >>> kinds_of("facts")
        {'account_id': 'id'}
    """
    if table in _OWNED:
        return {_OWNED[table]: "id"}
    fields = ENTITIES[table].fields.values() if table in ENTITIES else ()
    return {field.name: _kind_of(field) for field in fields}


def refusal(table: str, column: str) -> tuple[str, str]:
    """Return the code and the message of a cell that is of another kind than its column.

    Example:
        >>> refusal("accounts", "employees")
        ('CC602', 'not a number, as 1234.5')
    """
    want = _WANT.get(kinds_of(table).get(column, ""))
    return "CC605" if column == "id" else "CC602", f"not {want}" if want else "of another kind than the other cells"


def convert_as(kind: str, raw: pl.Series, zone: str) -> Converted:
    """Convert a raw column to a kind, or to `id`."""
    if isinstance(raw.dtype, (pl.Categorical, pl.Enum)):
        raw = raw.cast(pl.String)
    if kind in {"day", "instant"} and (far := beyond(raw, _YEARS[1])) is not None:
        near = convert_as(kind, raw.set(far, None), zone)
        return attrs.evolve(near, outside=far if near.outside is None else far | near.outside)
    if _fits(kind, raw):
        return Converted(raw, None, None, _WANT[kind])
    values = _CONVERTERS[kind](raw, zone).alias(raw.name)
    bad = None if kind == "number" and raw.dtype.is_numeric() else ~_blank(raw, kind) & values.is_null()
    outside = None
    if kind == "number":
        outside = (values.abs() > _LARGEST).fill_null(value=False)
        tidy = pl.when(pl.col("v").abs() < _SMALLEST).then(0.0).otherwise(pl.col("v"))
        values = pl.DataFrame({"v": _null_where(values, outside)}).select(tidy.alias(raw.name)).to_series()
    elif kind in {"day", "instant"}:
        outside = values.is_not_null() & ~values.dt.year().is_between(*_YEARS).fill_null(value=False)
        values = _null_where(values, outside)
    return Converted(values, bad, outside, _WANT[kind])


def beyond(raw: pl.Series, years: int) -> pl.Series | None:
    """Return which days or instants are more than so many years from 1970; None where none is.

    A database may hold `infinity`, and Polars panics at a day that its calendar lacks.
    """
    dtype = raw.dtype
    unit = 1 if dtype == pl.Date else _UNITS.get(dtype.time_unit) if isinstance(dtype, pl.Datetime) else None
    if unit is None:
        return None
    most = years * 366 * unit
    far = ~raw.to_physical().is_between(-most, most).fill_null(value=True)
    return far if far.any() else None


def is_whole(dtype: pl.DataType) -> bool:
    """Return whether a type holds whole numbers only; some are too long for any but a decimal without a fraction."""
    return dtype.is_integer() or (isinstance(dtype, pl.Decimal) and dtype.scale == 0)


def as_ids(frame: pl.DataFrame) -> tuple[pl.DataFrame, frozenset[str]]:
    """Convert columns of ids.

    Args:
        frame: The columns as the file has them.

    Returns:
        The columns, and the names of those that stay what they were.
    """
    columns = frame.get_columns()
    done = [convert_as("id", column, "UTC").values for column in columns]
    return pl.DataFrame(done), frozenset(a.name for a, b in zip(columns, done, strict=True) if a is b)


def _fits(kind: str, raw: pl.Series) -> bool:
    """Return whether a column is as it should be already: to look costs less than to make it anew."""
    look = _look(kind, raw.dtype, pl.col("v"))
    return look is not None and raw.to_frame("v").select(look).item()


def _look(kind: str, dtype: pl.DataType, cells: pl.Expr) -> pl.Expr | None:
    """Return what says whether cells are as they should be already; None where their type says that they are not."""
    match kind:
        case "boolean" if dtype == pl.Boolean:
            return pl.lit(value=True)
        case "number" if dtype == pl.Float64:
            size = cells.abs()  # NaN is above everything for Polars, so it is not within
            positive = cells.reinterpret(dtype=pl.Int64) != _NEGATIVE_ZERO
            return ((size <= _LARGEST) & ((size >= _SMALLEST) | (size == 0.0)) & positive).all()
        case "day" | "instant" if dtype == TYPES[kind]:
            unit = 1 if kind == "day" else _UNITS["us"]
            first, last = (one.toordinal() - _EPOCH for one in (date.min, date.max))
            return cells.to_physical().is_between(first * unit, (last + 1) * unit - 1).all()
        case "text" | "id" if dtype == pl.String:
            whole = ~cells.str.contains("\0", literal=True).any()
            return whole & ~(cells == "").any() if kind == "id" else whole
    return None


def _blank(raw: pl.Series, kind: str) -> pl.Series:
    """Return which cells hold nothing."""
    if raw.dtype == pl.String and kind not in {"text", "id"}:
        return raw.is_null() | (raw.str.strip_chars() == "")
    return raw.is_null() | raw.is_nan() if raw.dtype.is_float() else raw.is_null()


def _null_where(values: pl.Series, mask: pl.Series) -> pl.Series:
    return values.set(mask, None) if mask.any() else values


def _nothing(raw: pl.Series, kind: str) -> pl.Series:
    return pl.Series([None], dtype=TYPES[kind]).new_from_index(0, len(raw))


def _text(raw: pl.Series, _zone: str) -> pl.Series:
    if is_whole(raw.dtype):
        return raw.cast(pl.String)
    if raw.dtype != pl.String:
        return _nothing(raw, "text")
    return _null_where(raw, raw.str.contains("\0", literal=True).fill_null(value=False))


def _id(raw: pl.Series, zone: str) -> pl.Series:
    values = _text(raw, zone)
    return _null_where(values, (values == "").fill_null(value=False))


def _number(raw: pl.Series, _zone: str) -> pl.Series:
    if raw.dtype == pl.String:
        trimmed = raw.str.strip_chars()
        written = trimmed.str.contains(_NUMBER).fill_null(value=False)
        return _null_where(trimmed, ~written).cast(pl.Float64, strict=False)
    if not raw.dtype.is_numeric():
        return _nothing(raw, "number")
    return raw.cast(pl.Float64, strict=False).fill_nan(None)


def _boolean(raw: pl.Series, _zone: str) -> pl.Series:
    if raw.dtype == pl.Boolean:
        return raw
    if is_whole(raw.dtype):
        raw = raw.cast(pl.String)
    if raw.dtype != pl.String:
        return _nothing(raw, "boolean")
    lower = raw.str.strip_chars().str.to_lowercase()
    return lower.replace_strict(_TRUTHS, default=None, return_dtype=pl.Boolean)


def _day(raw: pl.Series, zone: str) -> pl.Series:
    if raw.dtype == pl.Date:
        return raw
    if raw.dtype == pl.String:
        trimmed = raw.str.strip_chars()
        if trimmed.str.contains(_DAY).fill_null(value=True).all():
            return trimmed.str.to_date("%Y-%m-%d", strict=False)
    elif not isinstance(raw.dtype, pl.Datetime):
        return _nothing(raw, "day")
    return _instant(raw, zone).dt.convert_time_zone(zone).dt.date()


def _instant(raw: pl.Series, zone: str) -> pl.Series:
    if raw.dtype == pl.Date:
        raw = raw.cast(pl.Datetime("us"))
    if isinstance(raw.dtype, pl.Datetime):
        moment = raw.dt.cast_time_unit("us")
        return (_in_zone(moment, zone) if moment.dtype.time_zone is None else moment).dt.convert_time_zone("UTC")  # type: ignore[attr-defined]
    return _written_instant(raw, zone) if raw.dtype == pl.String else _nothing(raw, "instant")


def _written_instant(raw: pl.Series, zone: str) -> pl.Series:
    """Read instants as text; one without an offset is in `zone`."""
    names = ("day", "minute", "second", "fraction", "utc", "sign", "hours", "minutes")
    groups = raw.str.strip_chars().str.extract_groups(_MOMENT).struct.rename_fields(list(names)).struct.unnest()
    text = pl.concat_str(
        pl.col("day"), pl.lit(" "), pl.col("minute").fill_null("00:00"), pl.lit(":"), pl.col("second").fill_null("00")
    )
    micros = pl.col("fraction").str.slice(0, 6).str.pad_end(6, "0").cast(pl.Int64, strict=False).fill_null(0)
    hours = pl.col("hours").cast(pl.Int64, strict=False).fill_null(0)
    minutes = pl.col("minutes").cast(pl.Int64, strict=False).fill_null(0)
    offset = (hours * 60 + minutes) * pl.when(pl.col("sign") == "-").then(-1).otherwise(1)
    parts = groups.select(
        local=text.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
        + pl.duration(microseconds=micros),
        offset=pl.duration(minutes=offset),
        zoned=pl.col("utc").is_not_null() | pl.col("sign").is_not_null(),
    )
    fixed = (parts["local"] - parts["offset"]).dt.replace_time_zone("UTC")
    floating = _in_zone(parts["local"], zone).dt.convert_time_zone("UTC")
    return (
        pl.DataFrame({"z": parts["zoned"], "a": fixed, "b": floating})
        .select(pl.when("z").then("a").otherwise("b").alias(raw.name))
        .to_series()
    )


def _in_zone(moment: pl.Series, zone: str) -> pl.Series:
    # In the hour that a clock goes back, the first of the two is meant; a time that the clock leaves out is none.
    return moment.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")


_CONVERTERS: dict[str, Callable[[pl.Series, str], pl.Series]] = {
    "text": _text,
    "id": _id,
    "number": _number,
    "boolean": _boolean,
    "day": _day,
    "instant": _instant,
}
