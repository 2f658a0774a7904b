"""Decisions as plain data and JSON, format clientcore-decision/1."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from math import isfinite
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs

from clientcore.decision.parts import Base
from clientcore.errors import ClientcoreError, did_you_mean

FORMAT = "clientcore-decision/1"


def to_dict(decision: Any) -> dict[str, Any]:
    """Return plain data of a decision: texts, numbers, booleans, None, lists and dicts."""
    return {"format": FORMAT, **_plain(decision)}


def to_json(value: Any) -> str:
    """Return the JSON text of a decision or of one of its parts."""
    data = _plain(value) if isinstance(value, Base) else to_dict(value)
    return json.dumps(data, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if attrs.has(type(value)):
        data = {name: getattr(value, name) for name in _data_fields(type(value))}
        silent = _SILENT.setdefault(type(value), _silent(type(value)))
        return {name: _plain(item) for name, item in data.items() if item or name not in silent}
    return value


def from_json(cls: type[Any], text: str) -> dict[str, Any]:
    """Return the arguments of a Decision from its JSON text.

    Args:
        cls: Decision; its annotations say what must stand where.
        text: What `to_json` gave.

    Raises:
        ClientcoreError: The text is no decision of this format (CC403); it says where it is not.
    """
    if not isinstance(text, str):
        raise ClientcoreError("CC403 `text` is no text; hand in what `to_json` of a decision gave")
    try:
        data = _loaded(text)
        if not isinstance(data, dict) or data.pop("format", None) != FORMAT:
            raise _UnfitError("", f"has no `format` that is `{FORMAT}`")
        return _arguments(data, cls, "")
    except (_UnfitError, ValueError, TypeError, RecursionError) as error:
        raise ClientcoreError(f"CC403 this is no decision of format {FORMAT}: {error}") from error


class _UnfitError(Exception):
    """Something stands where something else should."""

    def __init__(self, place: str, what: str) -> None:
        super().__init__(f"`{place.lstrip('.')}` {what}" if place else f"it {what}")


def _loaded(text: str) -> Any:
    def refuse(name: str) -> Any:
        raise _UnfitError("", f"holds {name}, which is no number")

    return json.loads(text, parse_constant=refuse)


def _silent(cls: Any) -> frozenset[str]:
    """Return the fields that are left out where they are empty: those that came later than the format."""
    return frozenset(field.name for field in attrs.fields(cls) if "silent" in field.metadata)


_SILENT: dict[Any, frozenset[str]] = {}
#: Class of ours → field → annotation; private fields hold no data.
_FIELDS: dict[Any, dict[str, Any]] = {}


def _data_fields(cls: Any) -> dict[str, Any]:
    """Return field → annotation of a class of ours."""
    found = _FIELDS.get(cls)
    if found is None:
        hints = get_type_hints(cls)
        names = [field.name for field in attrs.fields(cls) if not field.name.startswith("_")]
        found = _FIELDS[cls] = {name: hints[name] for name in names}
    return found


def _arguments(data: Any, cls: type[Any], place: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise _UnfitError(place, "is no record")
    hints = _data_fields(cls)
    needed = {field.name for field in attrs.fields(cls) if field.name in hints and field.default is attrs.NOTHING}
    for name in data:
        if name not in hints:
            raise _UnfitError(f"{place}.{name}", f"is not known; {did_you_mean(name, hints)}")
    for name in sorted(needed - data.keys()):
        raise _UnfitError(f"{place}.{name}", "is missing")
    return {name: _read(item, hints[name], f"{place}.{name}") for name, item in data.items()}


def _read(data: Any, hint: Any, place: str) -> Any:
    """Return data as what an annotation says; lists become tuples, ISO text a day where one is due."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint is Any:
        return _open(data, place)
    if origin in {Union, UnionType}:
        (kind,) = (one for one in inner if one is not NoneType)
        return None if data is None else _read(data, kind, place)
    if origin is Literal:
        if data in inner:
            return data
        raise _UnfitError(place, f"is none of {', '.join(inner)}")
    if origin is tuple:
        return _row(data, inner, place)
    if origin is Mapping:
        if not isinstance(data, dict):
            raise _UnfitError(place, "is no record")
        return {name: _read(item, inner[1], f"{place}.{name}") for name, item in data.items()}
    if attrs.has(hint):
        return hint(**_arguments(data, hint, place))
    return _scalar(data, hint, place)


def _row(data: Any, inner: tuple[Any, ...], place: str) -> tuple[Any, ...]:
    if not isinstance(data, list):
        raise _UnfitError(place, "is no list")
    if inner[-1] is ...:
        inner = (inner[0],) * len(data)
    if len(inner) != len(data):
        raise _UnfitError(place, f"has {len(data)} parts instead of {len(inner)}")
    return tuple(_read(item, kind, f"{place}[{at}]") for at, (item, kind) in enumerate(zip(data, inner, strict=True)))


_WORDS = {str: "text", bool: "true or false", int: "a whole number", float: "a number", date: "a day"}


def _scalar(data: Any, kind: type[Any], place: str) -> Any:
    if kind is float and type(data) in {int, float} and isfinite(data):
        return float(data)
    if kind is date and isinstance(data, str):
        try:
            return date.fromisoformat(data)
        except ValueError:
            pass
    elif type(data) is kind and kind is not float:
        return data
    raise _UnfitError(place, f"is not {_WORDS[kind]}")


def _open(data: Any, place: str) -> Any:
    """Return a value of any kind that outcomes may have."""
    if isinstance(data, list):
        return tuple(_open(item, place) for item in data)
    if isinstance(data, dict) or (isinstance(data, float) and not isfinite(data)):
        raise _UnfitError(place, "is no value of an outcome")
    return data
