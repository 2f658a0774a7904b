"""Forms: what may stand at one place of a file. Each form reads a value, writes it back, and tells its JSON Schema."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, TypeAlias

import attrs

from clientcore.errors import did_you_mean
from clientcore.load.text import Entries, Items, Scalar, Source, Value, one_line, scalar_value

Schema: TypeAlias = dict[str, Any]

#: What `read` returns where it refused the value and reported why.
REFUSED: Any = object()

#: CEL's reserved words; none of them can be an id, since ids are names in expressions.
RESERVED = frozenset(
    {"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop"}
    | {"namespace", "null", "package", "return", "true", "var", "void", "while"}
)
_NULLS = frozenset({"", "null", "~"})
_ID = "[A-Za-z_][A-Za-z0-9_]*"
_ID_PATTERN = re.compile(_ID)
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?")


class Unquoted(str):
    """Text that is printed without quotes, although it reads as a number: it stands where any scalar is text."""

    __slots__ = ()


def _as_is(value: Any) -> Any:
    return value


@attrs.frozen
class Form:
    """What may stand at one place of a file.

    Args:
        read: (value, key for messages, path of the part for `Source.places`, file) → what the value says, or REFUSED
            with the reason in `Source.problems`.
        schema: (definitions, to which parts add theirs) → JSON Schema.
        write: What `read` returns → plain data (text, numbers, lists, mappings) that reads as the same.
    """

    read: Callable[[Value, str, str, Source], Any]
    schema: Callable[[Schema], Schema]
    write: Callable[[Any], Any] = _as_is


def describe(value: Value) -> str:
    """Return what a value is, in the words of messages."""
    if isinstance(value, Items):
        return "a list"
    if isinstance(value, Entries):
        return "a mapping"
    said = scalar_value(value)
    if said is None:
        return "null"
    if isinstance(said, bool):
        return f"`{value.text}`"
    return f"the {'text' if isinstance(said, str) else 'number'} `{one_line(value.text)}`"


def refuse(value: Value, name: str, wanted: str, source: Source, help: str = "") -> Any:  # noqa: A002 - as in Problem
    """Report a value of the wrong kind and return REFUSED; a value that was refused already is passed over."""
    if not (isinstance(value, Scalar) and value.style == "*"):
        source.add("CC106", f"`{name}` must be {wanted}, not {describe(value)}", value, help)
    return REFUSED


def is_text(value: Value) -> bool:
    """Return whether a value is a scalar other than null, and not refused already."""
    return isinstance(value, Scalar) and value.style != "*" and (bool(value.style) or value.text not in _NULLS)


def text(*, empty: bool = True) -> Form:
    """Return the form of text; a plain scalar is taken as it is written."""

    def read(value: Value, name: str, _path: str, source: Source) -> Any:
        if not isinstance(value, Scalar):
            return refuse(value, name, "text", source)
        if not is_text(value):
            return refuse(value, name, "text", source, "leave the key out" if empty else "write a text")
        if not empty and not value.text.strip():
            source.add("CC106", f"`{name}` is empty", value, "write a text")
            return REFUSED
        return value.text

    schema: Schema = {"type": "string"} if empty else {"type": "string", "minLength": 1}
    return Form(read, lambda _: schema)


def read_id(scalar: Scalar, source: Source, *, dotted: bool = False) -> Any:
    """Return the id that a scalar (a value or a key) holds, or REFUSED."""
    for word in scalar.text.split(".") if dotted else (scalar.text,):
        if _ID_PATTERN.fullmatch(word) is None:
            joined = ", joined by dots" if dotted else ""
            advice = f"an id is ASCII letters, digits and `_`, and starts with no digit{joined}"
            source.add("CC108", f"`{one_line(scalar.text)}` is not an id", scalar, advice)
            return REFUSED
        if word in RESERVED:
            message = f"`{word}` is a reserved word of the condition language and can't be an id"
            source.add("CC108", message, scalar, "choose another name")
            return REFUSED
    return scalar.text


def identifier(*, dotted: bool = False) -> Form:
    """Return the form of an id: an ASCII identifier that is no reserved word; with `dotted`, several joined by dots."""

    def read(value: Value, name: str, _path: str, source: Source) -> Any:
        if not isinstance(value, Scalar) or not is_text(value):
            return refuse(value, name, "an id", source)
        return read_id(value, source, dotted=dotted)

    return Form(read, lambda defs: id_schema(defs, dotted=dotted))


def id_schema(defs: Schema, *, dotted: bool = False) -> Schema:
    """Return the JSON Schema of an id, as a value or as a key."""
    if dotted:
        return {"type": "string", "pattern": rf"^{_ID}(\.{_ID})*$"}
    defs["id"] = {"type": "string", "pattern": f"^{_ID}$", "not": {"enum": sorted(RESERVED)}}
    return {"$ref": "#/$defs/id"}


def version() -> Form:
    """Return the form of a semantic version."""

    def read(value: Value, name: str, _path: str, source: Source) -> Any:
        if isinstance(value, Scalar) and is_text(value) and _VERSION.fullmatch(value.text):
            return value.text
        return refuse(value, name, "a version", source, "write three numbers joined by dots, in quotes: '1.0.0'")

    return Form(read, lambda _: {"type": "string", "pattern": f"^{_VERSION.pattern}$"})


def choice(options: tuple[str, ...]) -> Form:
    """Return the form of one of a few texts."""

    def read(value: Value, name: str, _path: str, source: Source) -> Any:
        if not isinstance(value, Scalar) or not is_text(value):
            return refuse(value, name, f"one of {', '.join(options)}", source)
        if value.text not in options:
            advice = did_you_mean(value.text, options)
            source.add("CC107", f"`{name}` can't be `{one_line(value.text)}`", value, advice)
            return REFUSED
        return value.text

    return Form(read, lambda _: {"enum": list(options)})


def fixed(wanted: str, others: tuple[tuple[str, str], ...] = ()) -> Form:
    """Return the form of a format or language; `others` are (prefix, what the file is) of other files of ours."""

    def read(value: Value, name: str, _path: str, source: Source) -> Any:
        if not isinstance(value, Scalar) or not is_text(value):
            return refuse(value, name, f"`{wanted}`", source)
        if value.text != wanted:
            other = next((what for prefix, what in others if value.text.startswith(prefix)), "")
            found = f"this is {other}" if other else f"{name} `{one_line(value.text)}` is not supported"
            source.add("CC110", found, value, f"this version of clientcore reads `{wanted}` here")
            return REFUSED
        return value.text

    return Form(read, lambda _: {"const": wanted}, lambda _: wanted)


def number(low: float = -math.inf, high: float = math.inf, *, whole: bool = False) -> Form:
    """Return the form of a finite number between two bounds, inclusive; with `whole`, without a fraction."""
    wanted = "a whole number" if whole else "a number"
    schema: Schema = {"type": "integer" if whole else "number"}
    schema |= {key: bound for key, bound in (("minimum", low), ("maximum", high)) if math.isfinite(bound)}

    def read(value: Value, name: str, _path: str, source: Source) -> Any:
        said = scalar_value(value) if isinstance(value, Scalar) else None
        if not isinstance(value, Scalar) or said is None or isinstance(said, str | bool):
            return refuse(value, name, wanted, source, "take the quotes off" if _quoted_number(value) else "")
        if not math.isfinite(said):
            source.add("CC107", f"`{name}` is too large: `{one_line(value.text)}`", value, "at most 1e308")
            return REFUSED
        if whole and said != int(said):
            return refuse(value, name, wanted, source)
        if not low <= said <= high:
            bounds = f"from {low:g} to {high:g}" if math.isfinite(high) else f"at least {low:g}"
            source.add("CC107", f"`{name}` is {value.text}, outside its range", value, bounds)
            return REFUSED
        return int(said) if whole else float(said) + 0.0

    return Form(read, lambda _: schema)


def _quoted_number(value: Value) -> bool:
    if not isinstance(value, Scalar) or value.style not in {"'", '"'}:
        return False
    bare = scalar_value(Scalar(value.text, "", value.line, value.col))
    return isinstance(bare, int | float) and not isinstance(bare, bool)


def _read_flag(value: Value, name: str, _path: str, source: Source) -> Any:
    said = scalar_value(value) if isinstance(value, Scalar) else None
    return said if isinstance(said, bool) else refuse(value, name, "`true` or `false`", source)


def _read_range(value: Value, name: str, path: str, source: Source) -> Any:
    if not isinstance(value, Items) or len(value.items) != 2:
        return refuse(value, name, "two numbers", source, "for example [0, 100]")
    low, high = (NUMBER.read(item, name, path, source) for item in value.items)
    if low is REFUSED or high is REFUSED:
        return REFUSED
    if low >= high:
        source.add("CC107", f"`{name}` goes from {low:g} to {high:g}", value, "write the lower bound first")
        return REFUSED
    return (low, high)


def list_of(form: Form, *, least: int = 0, distinct: bool = True, wanted: str = "a list") -> Form:
    """Return the form of a list of at least `least` values of one form, none of them twice where `distinct`."""

    def read(value: Value, name: str, path: str, source: Source) -> Any:
        if not isinstance(value, Items):
            return refuse(value, name, wanted, source, "write it in brackets, [ ]" if is_text(value) else "")
        said: list[Any] = []
        for at, item in enumerate(value.items):
            source.places[f"{path}/{at}"] = source.where(item)
            one = form.read(item, name, f"{path}/{at}", source)
            if distinct and one is not REFUSED and one in said:
                source.add("CC111", f"`{one_line(str(one))}` is given twice in `{name}`", item, "take one out")
                one = REFUSED
            said.append(one)
        if len(said) < least:
            source.add("CC107", f"`{name}` is an empty list", value, "write at least one item")
            return REFUSED
        return REFUSED if REFUSED in said else tuple(said)

    def schema(defs: Schema) -> Schema:
        whole: Schema = {"type": "array", "items": form.schema(defs)}
        return whole | ({"minItems": least} if least else {}) | ({"uniqueItems": True} if distinct else {})

    return Form(read, schema, lambda value: [form.write(item) for item in value])


TEXT = text()
NUMBER = number()
FLAG = Form(_read_flag, lambda _: {"type": "boolean"})
RANGE = Form(
    _read_range,
    lambda _: {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    list,
)
