"""One value, or one column of them, from what callers hand in to the internal form of its kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import PurePath
from typing import Any
from uuid import UUID

import attrs

#: The missing number, day or instant.
NAN = float("nan")
#: The largest and the smallest size of a number that may enter.
LARGEST = 1e18
SMALLEST = 1e-18

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?", re.ASCII
)
_NONE = type(None)
#: Converts one value, or raises UnfitError.
One = Callable[[Any], Any]
#: Converts a column of values of these types, or returns None where it must go value by value.
Many = Callable[[Sequence[Any], set[type]], Sequence[Any] | None]
#: Scalars of pandas that stand for missing; told by name, so that pandas need not be there.
_MISSING_TYPES = frozenset({"NAType", "NaTType"})


class UnfitError(Exception):
    """A value that does not fit its kind.

    Args:
        found: What was found, in the words of the glossary.
        want: What would be right.
        code: A key of `clientcore.errors.CODES`.
    """

    def __init__(self, found: str, want: str, code: str = "CC602") -> None:
        super().__init__(found)
        self.found = found
        self.want = want
        self.code = code


@attrs.frozen
class Unreadable:
    """Stands for the value of an attribute that raised when it was read.

    Args:
        error: Name of the class of what it raised.
    """

    error: str


def describe(value: Any) -> str:
    """Return what a value is, in the words of the glossary, cut to a readable length."""
    if isinstance(value, Unreadable):
        return f"unreadable: reading it raised `{value.error}`"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, PurePath):
        return f"the path `{_short(str(value))}`"
    if isinstance(value, str):
        return f"the text `{_short(value)}`"
    if isinstance(value, (int, float, Decimal, Fraction)):
        return f"the number `{_short(str(value))}`"
    if isinstance(value, datetime):
        return f"the instant `{value.isoformat()}`"
    if isinstance(value, date):
        return f"the day `{value.isoformat()}`"
    if isinstance(value, (list, tuple, set, frozenset)):
        return "a list"
    return "a record" if isinstance(value, dict) else "an object of another kind"


def _short(text: str, most: int = 40) -> str:
    clean = "".join(c if c.isprintable() and c != "`" else "?" for c in text[: most + 1])
    return clean if len(clean) <= most else clean[:most] + "…"


def plain(value: Any) -> Any:
    """Return the plain value of a numpy or pandas scalar or of an enumeration's member, None for their missing ones."""
    if isinstance(value, Enum):
        return value.value
    name = type(value).__name__
    if name in _MISSING_TYPES:
        return None
    if name == "datetime64":
        return value.astype("datetime64[us]").item()
    if isinstance(value, (float, str)) or not (hasattr(value, "item") and hasattr(value, "dtype")):
        return value
    return value.item()


def absent(value: Any) -> bool:
    """Return whether a value stands for missing: None, NaN, NaT, NA."""
    try:
        simple = plain(value)
        return simple is None or bool(simple != simple)
    except Exception:  # noqa: BLE001 (a value of any class may raise anything when it is looked at)
        return False


def number(value: Any) -> float:
    """Return a number as a double that may enter, NaN for NaN."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal, Fraction)):
        raise UnfitError(describe(value), "a number")
    try:
        given = float(value) + 0.0
    except OverflowError:
        given = LARGEST * 10
    if abs(given) > LARGEST:
        raise UnfitError(describe(value), "a number between -1e18 and 1e18", "CC603")
    return 0.0 if abs(given) < SMALLEST else given


def text(value: Any) -> str:
    """Return a text without NUL or lone surrogates."""
    if not isinstance(value, str):
        raise UnfitError(describe(value), "text")
    given = str.__str__(value)
    if not _clean(given):
        raise UnfitError(describe(given), "text without NUL or half a surrogate pair")
    return given


def identifier(value: Any) -> str:
    """Return an id: text that is not empty; whole numbers become decimal text, 12.0 does not."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(int(value))
    if isinstance(value, UUID):
        return str(value)
    if not isinstance(value, str):
        raise UnfitError(describe(value), "an id: text, or a whole number without a decimal point")
    given = text(value)
    if not given:
        raise UnfitError("empty", "an id: text that is not empty")
    return given


def boolean(value: Any) -> bool:
    """Return true or false; 0 and 1 are numbers."""
    if not isinstance(value, bool):
        raise UnfitError(describe(value), "`true` or `false`")
    return value


def day(value: Any) -> int:
    """Return the ordinal of a day; an instant becomes its day in UTC."""
    if isinstance(value, datetime):
        return _utc(value).toordinal()
    if isinstance(value, date):
        return value.toordinal()
    want = "a day, as YYYY-MM-DD"
    if not isinstance(value, str):
        raise UnfitError(describe(value), want)
    try:
        if _DAY.fullmatch(value):
            return date.fromisoformat(value).toordinal()
        if _INSTANT.fullmatch(value):
            return _utc(datetime.fromisoformat(value)).toordinal()
    except (ValueError, OverflowError):
        pass
    raise UnfitError(describe(value), want)


def instant(value: Any) -> int:
    """Return microseconds since 1970-01-01 UTC; an instant without a zone is UTC, a day is its first moment."""
    if isinstance(value, datetime):
        return micros(value)
    if isinstance(value, date):
        return (value.toordinal() - 719163) * 86_400_000_000
    want = "an instant, as YYYY-MM-DDThh:mm:ssZ"
    if not isinstance(value, str):
        raise UnfitError(describe(value), want)
    try:
        if _DAY.fullmatch(value) or _INSTANT.fullmatch(value):
            return micros(datetime.fromisoformat(value))
    except (ValueError, OverflowError):
        pass
    raise UnfitError(describe(value), want)


def micros(value: datetime) -> int:
    """Return microseconds since 1970-01-01 UTC."""
    return (_utc(value) - _EPOCH) // _TICK


def _utc(value: datetime) -> datetime:
    if type(value) is not datetime:  # pandas' own class counts nanoseconds and warns when it drops them
        value = datetime(
            value.year,
            value.month,
            value.day,
            value.hour,
            value.minute,
            value.second,
            value.microsecond,
            value.tzinfo,
        )
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:
        raise UnfitError(describe(value), "an instant between the years 1 and 9999 in UTC", "CC603") from None


def _clean(given: str) -> bool:
    if "\0" in given:
        return False
    if given.isascii():
        return True
    try:
        given.encode()
    except UnicodeEncodeError:
        return False
    return True


# The columns: one test of the types of the whole column, then one comprehension; None sends it value by value.


def numbers(column: Sequence[Any], types: set[type]) -> list[Any] | None:
    """Convert a column of plain numbers, or return None where that is not safe."""
    if not types <= {float, int, _NONE}:
        return None
    try:
        out = [NAN if v is None else v + 0.0 for v in column]
    except OverflowError:
        return None
    for v in out:
        if not (SMALLEST <= v <= LARGEST or v == 0.0 or -LARGEST <= v <= -SMALLEST or v != v):
            return None
    return out


def within(low: float, high: float, want: str) -> tuple[One, Many]:
    """Return the converters of numbers that have to lie within limits, both included.

    Args:
        low: The least.
        high: The greatest.
        want: What would be right.
    """

    def one(value: Any) -> float:
        given = number(value)
        if given < low or given > high:
            raise UnfitError(describe(value), want, "CC603")
        return given

    def many(column: Sequence[Any], types: set[type]) -> list[Any] | None:
        out = numbers(column, types)
        return out if out is None or all(low <= v <= high or v != v for v in out) else None

    return one, many


def texts(column: Sequence[Any], types: set[type]) -> Sequence[Any] | None:
    """Convert a column of plain texts, or return None where that is not safe."""
    if types <= {str, _NONE} and _clean("".join(filter(None, column))):
        return column
    return None


def identifiers(column: Sequence[Any], types: set[type]) -> Sequence[Any] | None:
    """Convert a column of ids, or return None where that is not safe."""
    if types <= {int, _NONE}:
        return [None if v is None else str(v) for v in column]
    # texts first: a value of another class may raise anything when it is compared
    return None if not types <= {str, _NONE} or "" in column else texts(column, types)


def booleans(column: Sequence[Any], types: set[type]) -> Sequence[Any] | None:
    """Convert a column of booleans, or return None where that is not safe."""
    return column if types <= {bool, _NONE} else None


def days(column: Sequence[Any], types: set[type]) -> list[Any] | None:
    """Convert a column of days or of their texts, or return None where that is not safe."""
    if types <= {date, _NONE}:
        return [NAN if v is None else v.toordinal() for v in column]
    if types <= {str, _NONE}:
        parse = date.fromisoformat
        try:
            if all(v is None or (len(v) == 10 and v[5] != "W" and v.isascii()) for v in column):
                return [NAN if v is None else parse(v).toordinal() for v in column]
        except ValueError:
            pass
    return None


def instants(column: Sequence[Any], types: set[type]) -> list[Any] | None:
    """Convert a column of plain instants, or return None where that is not safe."""
    # In the first and last year UTC may be another year, which only the way value by value tells apart.
    if not types <= {datetime, _NONE} or not all(v is None or 1 < v.year < 9999 for v in column):
        return None
    try:
        return [
            NAN if v is None else ((v if v.tzinfo is not None else v.replace(tzinfo=UTC)) - _EPOCH) // _TICK
            for v in column
        ]
    except TypeError:  # a zone that has no offset
        return None


#: Kind → (one value, one column, what stands for missing).
CONVERTERS: dict[str, tuple[One, Many, Any]] = {
    "number": (number, numbers, NAN),
    "text": (text, texts, None),
    "id": (identifier, identifiers, None),
    "boolean": (boolean, booleans, None),
    "day": (day, days, NAN),
    "instant": (instant, instants, NAN),
}
