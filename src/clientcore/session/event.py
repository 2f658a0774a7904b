"""Events: what a session is told, checked at the door and turned into one form."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NoReturn, cast
from uuid import UUID

import attrs

from clientcore.entities import SOURCES, SUBJECTS, Fact
from clientcore.errors import Problem, SessionError, did_you_mean
from clientcore.intake.values import UnfitError, day, describe, identifier, instant, text
from clientcore.pairs import RepeatedKeyError, each_once

#: Related tables of an account, each of them a type of event.
TABLES: frozenset[str] = frozenset(SUBJECTS["account"].tables)
#: Types of events besides the related tables.
TYPES = ("account", "facts", "removed", "day")
#: What a session writes into its journal itself; nobody may post it.
ERASED = "erased"
#: The largest event, in bytes of its JSON text.
LARGEST = 1_048_576
#: The order of what is written: (microseconds since 1970, id of the event).
Stamp = tuple[float, str]

_KEYS = {"id", "account", "at", "type", "data"}
_FACT_KEYS = frozenset(field.name for field in attrs.fields(Fact))
#: Whole numbers of more binary digits can't be written as text.
_BITS = 14_000
_DAY_MICROS = 86_400_000_000
_EPOCH_ORDINAL = 719163
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _name(given: str | int | UUID) -> str:
    """Let type checkers know what an id may be; it is read once the rest of the event is there."""
    return cast("str", given)


def _when(given: str | date) -> str:
    """Let type checkers know what a moment may be; it is read once the id of the event is."""
    return cast("str", given)


@attrs.frozen(kw_only=True)
class Event:
    """Something that happened at an account, or that is now known of it.

    Args:
        id: Id of the event; the same event may be posted any number of times and counts once.
        type: A related table (`commitments`, `cases`, …): one record of it, new or changed, named by its `id`;
            `account`: fields of the account, and related tables as lists of records; `facts`: handed-in facts;
            `removed`: a record is gone; `day`: the clock moves on.
        at: When it happened: an instant or a day, or the text of one. Its day is the day in UTC.
        account: Id of the account; empty for `day`.
        data: What is known: values of JSON, days and instants. What is not named stays as it was.

    Raises:
        SessionError: It is not well formed (CC701), or of no known type (CC702).

    Example:
        >>> event = Event(id="e1", type="cases", at="2026-06-30T09:30:00Z", account="acme", data={"id": "c1"})
        >>> event.day
        datetime.date(2026, 6, 30)
    """

    id: str = attrs.field(converter=_name)
    type: str
    at: str = attrs.field(converter=_when)
    account: str = attrs.field(default="", converter=_name)
    data: Mapping[str, Any] = attrs.field(factory=dict)
    micros: int = attrs.field(init=False, repr=False)
    body: str = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        set_ = object.__setattr__
        set_(self, "id", _id(self.id, "id"))
        if not isinstance(self.type, str):
            raise _wrong(
                f"`type` is {describe(self.type)}", "write the name of a related table, or one of " + _named(TYPES)
            )
        if self.type not in TABLES and self.type not in TYPES:
            message = f"event `{self.id}`: unknown type {describe(self.type).removeprefix('the text ')}"
            raise SessionError(problems=[Problem("CC702", message, help=did_you_mean(self.type, {*TABLES, *TYPES}))])
        set_(self, "account", "" if self.type == "day" else _id(self.account, "account"))
        micros = _moment(self.at, self.id)
        set_(self, "micros", micros)
        set_(self, "at", iso(micros))
        if not isinstance(self.data, Mapping):
            raise _wrong(f"event `{self.id}`: `data` is {describe(self.data)}", "write a record")
        data = {_key(key, self.id): _plain(value, self.id) for key, value in self.data.items()}
        set_(self, "data", data)
        _fits(self)
        body = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        set_(self, "body", body)

    @classmethod
    def of(cls, given: Event | Mapping[str, Any]) -> Event:
        """Return an event from a mapping, as a line of JSON gives it.

        Args:
            given: An event, or a mapping with `id`, `type`, `at`, `account` and `data`.

        Raises:
            SessionError: As for the class.

        Example:
            >>> Event.of({"id": 7, "type": "day", "at": "2026-07-01"}).id
            '7'
        """
        if isinstance(given, Event):
            return given
        if not isinstance(given, Mapping):
            raise _wrong(f"the event is {describe(given)}", "hand in an Event or a record")
        for key in given:
            if key not in _KEYS:
                shown = describe(str(key)).removeprefix("the text ")
                raise _wrong(f"unknown key {shown}", did_you_mean(str(key), _KEYS))
        missing = [key for key in ("id", "type", "at") if given.get(key) is None]
        if missing:
            raise _wrong(f"the event has no {_named(missing)}", "write `id`, `type`, `at`, `account` and `data`")
        return cls(
            id=given["id"],
            type=given["type"],
            at=given["at"],
            account=given.get("account") or "",
            data={} if given.get("data") is None else given["data"],
        )

    @property
    def day(self) -> date:
        """The day on which it happened, in UTC."""
        return date.fromordinal(self.ordinal)

    @property
    def ordinal(self) -> int:
        """The day as a number of days since the year 1."""
        return self.micros // _DAY_MICROS + _EPOCH_ORDINAL

    @property
    def stamp(self) -> Stamp:
        """What says which of two events knows better: the later one, and of the same moment the greater id."""
        return (float(self.micros), self.id)

    @property
    def digest(self) -> bytes:
        """What two events with one id must have in common to be the same event."""
        told = json.dumps([self.type, self.at, self.account, self.body])
        return hashlib.blake2b(told.encode(), digest_size=16).digest()


def read_line(line: bytes, largest: int = LARGEST) -> Event:
    """Return the event of a line of JSON Lines.

    Args:
        line: The line.
        largest: The most bytes that it may have.

    Raises:
        SessionError: It is too large (CC705), no UTF-8, no JSON, or no event (CC701, CC702).

    Example:
        >>> read_line(b'{"id": "d", "type": "day", "at": "2026-07-01"}').type
        'day'
    """
    if len(line) > largest:
        raise SessionError(problems=[too_large(largest)])
    try:
        return Event.of(_JSON.decode(line.decode("utf-8")))
    except UnicodeDecodeError as error:
        raise _wrong(f"the line is no UTF-8: byte {error.start + 1} does not fit", "write UTF-8") from None
    except RecursionError:
        raise _wrong("the event is nested too deeply", "write records of plain values") from None
    except RepeatedKeyError as error:
        raise _wrong(f"{error} in the line", "leave one of the two") from None
    except ValueError as error:
        raise _wrong(f"the line is no JSON: {error}", "write one event as JSON on each line") from None


def id_in(line: bytes) -> str:
    """Return the id that a refused line gives its event; empty where none can be read.

    Example:
        >>> id_in(b'{"id": 7, "type": "nonsense"}')
        '7'
    """
    try:
        told = json.loads(line)
        return identifier(told.get("id")) if isinstance(told, dict) else ""
    except (ValueError, RecursionError, UnfitError):
        return ""


def too_large(largest: int) -> Problem:
    """Return the problem of an event that is too large."""
    return Problem("CC705", f"the event has more than {largest:,} bytes", help="post its records one by one")


def fact_of(value: Any) -> Any:
    """Return a handed-in fact as an engine takes it: a record with `value` becomes a Fact."""
    return Fact(**value) if isinstance(value, dict) else value


def _fits(event: Event) -> None:
    data = event.data
    if event.type in TABLES:
        _record(data, event, "data")
    elif event.type == "account":
        if "id" in data and _id(data["id"], "data.id") != event.account:
            raise _wrong(f"event `{event.id}`: `data.id` is not the account", "leave it out, or write the same id")
        for table in data.keys() & TABLES:
            if not isinstance(data[table], list):
                raise _wrong(f"event `{event.id}`: `{table}` is {describe(data[table])}", "write a list of records")
            for record in data[table]:
                _record(record, event, table)
    elif event.type == "removed":
        if not isinstance(data.get("table"), str) or data["table"] not in TABLES:
            raise _wrong(
                f"event `{event.id}`: `data.table` names no related table", "write `table` and `id` of the record"
            )
        data["id"] = _id(data.get("id"), "data.id")  # type: ignore[index]
    elif event.type == "facts":
        for name, value in data.items():
            if isinstance(value, dict):
                _fact(name, value, event)


def _record(record: Any, event: Event, place: str) -> None:
    if not isinstance(record, dict):
        raise _wrong(f"event `{event.id}`: `{place}` is {describe(record)}", "write a record")
    record["id"] = _id(record.get("id"), f"{place}.id")
    belongs = record.get("account_id")
    if belongs is not None and _id(belongs, f"{place}.account_id") != event.account:
        raise _wrong(
            f"event `{event.id}`: `account_id` is not the event's account", "leave it out, or write the same id"
        )


def _fact(name: str, value: dict[str, Any], event: Event) -> None:
    if "value" not in value or not value.keys() <= _FACT_KEYS:
        raise _wrong(f"event `{event.id}`: fact `{name}` is a record without `value`, or with more than a fact has",
                "write " + _named(_FACT_KEYS))  # fmt: skip
    if value.get("source", SOURCES[0]) not in SOURCES:
        raise _wrong(f"event `{event.id}`: fact `{name}` has no source that there is", "one of " + _named(SOURCES))
    try:
        day("2000-01-01" if value.get("observed_at") is None else value["observed_at"])
    except UnfitError as unfit:
        message = f"event `{event.id}`: fact `{name}` has an `observed_at` that is {unfit.found}"
        raise _wrong(message, f"write {unfit.want}") from None
    if not isinstance(value.get("applicable", True), bool) or isinstance(value.get("n", 1), str | list | dict):
        raise _wrong(f"event `{event.id}`: fact `{name}` has an `applicable` or `n` of the wrong kind",
                     "write `true` or `false`, and a whole number")  # fmt: skip


def _id(value: Any, place: str) -> str:
    if isinstance(value, int) and value.bit_length() > _BITS:
        raise _wrong(f"`{place}` is a number of {value.bit_length():,} binary digits", f"write at most {_BITS:,}")
    try:
        return identifier(value)
    except UnfitError as unfit:
        raise _wrong(f"`{place}` is {'missing' if value is None else unfit.found}", f"write {unfit.want}") from None


def _moment(at: Any, id_: str) -> int:
    try:
        return instant(at)
    except UnfitError as unfit:
        raise _wrong(
            f"event `{id_}`: `at` is {unfit.found}", "write a day or an instant, as 2026-06-30T09:30:00Z"
        ) from None


def iso(micros: int) -> str:
    """Return the text of a moment that is so many microseconds after 1970 began."""
    return (_EPOCH + timedelta(microseconds=micros)).isoformat().replace("+00:00", "Z")


def _key(name: Any, id_: str) -> str:
    if not isinstance(name, str):
        raise _wrong(f"event `{id_}`: a name is {describe(name)}", "write names as text")
    return str(_plain(name, id_))


def _plain(value: Any, id_: str, depth: int = 0) -> Any:
    """Return a value as JSON has it; days and instants become their texts."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if value.bit_length() <= _BITS:
            return value
        raise _wrong(f"event `{id_}`: a number has {value.bit_length():,} binary digits", f"write at most {_BITS:,}")
    if isinstance(value, str):
        try:
            return text(value)
        except UnfitError as unfit:
            raise _wrong(f"event `{id_}`: a text is {unfit.found}", f"write {unfit.want}") from None
    if isinstance(value, float) and value - value == 0.0:
        return value
    if isinstance(value, date):
        return value.isoformat()
    if depth < 4:
        if isinstance(value, Mapping):
            return {_key(key, id_): _plain(item, id_, depth + 1) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [_plain(item, id_, depth + 1) for item in value]
        if isinstance(value, Fact):
            if isinstance(value.value, Fact):
                raise _wrong(f"event `{id_}`: the value of a `Fact` is another `Fact`", "write the value itself")
            told = {name: getattr(value, name) for name in _FACT_KEYS if getattr(value, name) is not None}
            return _plain(told, id_, depth + 1)
    raise _wrong(
        f"event `{id_}`: a value is {describe(value)}", "write text, numbers, true, false, days, lists or records"
    )


def _no_number(name: str) -> NoReturn:
    raise _wrong(f"the line holds {name}, which is no number", "write null where a number is missing")


_JSON = json.JSONDecoder(parse_constant=_no_number, object_pairs_hook=each_once)


def _named(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in (names if isinstance(names, list | tuple) else sorted(names)))


def _wrong(message: str, help_: str) -> SessionError:
    return SessionError(problems=[Problem("CC701", message, help=help_)])
