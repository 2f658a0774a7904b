"""Forms of values that are no parts: outcomes, params, days, free mappings, and data that is handed on as it is."""

from __future__ import annotations

import math
import re
from datetime import date
from typing import Any

from clientcore.load.form import REFUSED, Form, Schema, id_schema, is_text, read_id, refuse
from clientcore.load.text import Entries, Items, Scalar, Source, Value, one_line, scalar_value

_PLAIN: Schema = {"type": ["string", "number", "boolean"]}
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WANTED = "a number, a text, `true` or `false`"


def _read_plain(value: Value, name: str, _path: str, source: Source) -> Any:
    said = scalar_value(value) if isinstance(value, Scalar) and is_text(value) else None
    if said is None or not isinstance(value, Scalar):
        return refuse(value, name, _WANTED, source)
    if isinstance(said, str | bool):
        return said
    if not math.isfinite(said):
        source.add("CC107", f"`{name}` is too large: `{one_line(value.text)}`", value, "at most 1e308")
        return REFUSED
    return float(said) + 0.0


#: A text, a number or a truth value: the outcome of a table.
PLAIN = Form(_read_plain, lambda _: _PLAIN)


def _read_param(value: Value, name: str, path: str, source: Source) -> Any:
    if not isinstance(value, Items):
        return PLAIN.read(value, name, path, source)
    said = [PLAIN.read(item, name, path, source) for item in value.items]
    if REFUSED in said:
        return REFUSED
    if {type(one) for one in said} not in (set(), {str}, {float}):
        source.add("CC106", f"`{name}` must hold only texts or only numbers", value, "for example [1, 2] or ['a', 'b']")
        return REFUSED
    return tuple(said)


#: The value of a param: plain, or a list of texts or of numbers, which may be empty.
PARAM_VALUE = Form(
    _read_param,
    lambda _: {"anyOf": [_PLAIN, {"type": "array", "items": {"type": ["string", "number"]}}]},
    lambda value: list(value) if isinstance(value, tuple) else value,
)


def _read_default(value: Value, name: str, path: str, source: Source) -> Any:
    if not isinstance(value, Items):
        return PLAIN.read(value, name, path, source)
    said = [PLAIN.read(item, name, path, source) for item in value.items]
    return REFUSED if REFUSED in said else tuple(said)


#: The outcome of a table where no row is true: as of a row, or for `collect(list)` a list, which may be empty.
DEFAULT_OUTCOME = Form(
    _read_default,
    lambda _: {"anyOf": [_PLAIN, {"type": "array", "items": _PLAIN}]},
    lambda value: list(value) if isinstance(value, tuple) else value,
)


def plain_data(value: Value, name: str, source: Source) -> Any:
    """Return a value as dicts, lists, texts, whole and other numbers, truth values and None."""
    if isinstance(value, Entries):
        made = {key: plain_data(item, key, source) for key, (_, item) in value.entries.items()}
        return REFUSED if REFUSED in made.values() else made
    if isinstance(value, Items):
        items = [plain_data(item, name, source) for item in value.items]
        return REFUSED if REFUSED in items else items
    if value.style == "*":
        return REFUSED
    said = scalar_value(value)
    if isinstance(said, float) and not math.isfinite(said):
        source.add("CC107", f"`{name}` is too large: `{one_line(value.text)}`", value, "at most 1e308")
        return REFUSED
    return said


def data(schema: Schema | None = None) -> Form:
    """Return the form of a mapping whose content somebody else reads; `schema` is its JSON Schema."""

    def read(value: Value, name: str, _path: str, source: Source) -> Any:
        if not isinstance(value, Entries):
            return refuse(value, name, "a mapping", source)
        return plain_data(value, name, source)

    return Form(read, lambda _: schema or {"type": "object"})


def _read_day(value: Value, name: str, _path: str, source: Source) -> Any:
    if not isinstance(value, Scalar) or not is_text(value) or not _DAY.fullmatch(value.text):
        return refuse(value, name, "a day", source, "for example 2026-06-30")
    try:
        return date.fromisoformat(value.text)
    except ValueError:
        source.add("CC107", f"`{name}` is {value.text}, which is no day of the calendar", value)
        return REFUSED


DAY = Form(_read_day, lambda _: {"type": "string", "format": "date", "pattern": f"^{_DAY.pattern}$"}, date.isoformat)


def nullable(form: Form) -> Form:
    """Return the form of a value of `form`, or `null`."""

    def read(value: Value, name: str, path: str, source: Source) -> Any:
        if isinstance(value, Scalar) and value.style == "" and not is_text(value):
            return None
        return form.read(value, name, path, source)

    return Form(read, lambda defs: {"anyOf": [form.schema(defs), {"type": "null"}]})


def mapping_of(form: Form, what: str, *, ids: bool = False) -> Form:
    """Return the form of a mapping of any texts, or with `ids` of ruleset ids, to values of one form."""

    def read(value: Value, name: str, path: str, source: Source) -> Any:
        if not isinstance(value, Entries):
            return refuse(value, name, what, source)
        made: dict[str, Any] = {}
        for key, (scalar, item) in value.entries.items():
            source.places[f"{path}/{key}"] = source.where(scalar)
            sound = not ids or read_id(scalar, source, dotted=True) is not REFUSED
            said = form.read(item, key, f"{path}/{key}", source)
            made[key] = said if sound else REFUSED
        return REFUSED if REFUSED in made.values() else made

    def schema(defs: Schema) -> Schema:
        keys: Schema = {"propertyNames": id_schema(defs, dotted=True)} if ids else {}
        return {"type": "object", "additionalProperties": form.schema(defs)} | keys

    return Form(read, schema)
