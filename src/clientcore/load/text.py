"""Step 1 of loading: YAML text → values with their places; never an exception, whatever the text holds.

Reads PyYAML's stream of events instead of its node tree: nothing recurses, so depth is bounded here and not by the C
stack, and anchors, tags and second documents are seen before anything is built from them.
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias

import attrs
import yaml

from clientcore.errors import Problem, Where

MAX_BYTES = 10 * 1024 * 1024
MAX_DEPTH = 32

#: What YAML does not allow in a stream; checked here so that both parsers give the same place.
_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WORDS: dict[str, bool | None] = {"": None, "null": None, "~": None, "true": True, "false": False}
_LONGEST_WHOLE = 40

_QUOTE = "put the whole text in quotes"
_COLON = ("a text holds `: `", _QUOTE)
_AFTER = (
    "something stands where the next key should be",
    f"check the indentation; where a text starts with a quote, `[` or `{{` and goes on behind it, {_QUOTE}",
)
_COMMA = ("a list or mapping in brackets is not closed", "it ends with `]` or `}`, and commas stand between the items")
_DASH = ("a text is `-` or starts with `- `", _QUOTE)
#: Part of the parser's message (libyaml's and PyYAML's own differ) → what was found and what would be right.
_SYNTAX: tuple[tuple[str, tuple[str, str]], ...] = (
    ("mapping values are not allowed", _COLON),
    ("could not find expected ':'", ("a key has no value", "a key is followed by `: ` and its value")),
    ("cannot start any token", ("a text can't start with this character", _QUOTE)),
    ("block sequence entries are not allowed", _DASH),
    ("sequence entries are not allowed", _DASH),
    ("expected <block end>", _AFTER),
    ("did not find expected key", _AFTER),
    ("did not find expected '-' indicator", _AFTER),
    ("expected ',' or", _COMMA),
    ("end of stream", ("a quote is opened and not closed", "end the text with the same quote")),
    ("alphabetic or numeric character", ("a text starts with `&` or `*`", _QUOTE)),
    ("escape", ("a backslash starts no known escape", "use single quotes, or write two backslashes")),
    ("hexadecimal numbers", ("a backslash starts no known escape", "use single quotes, or write two backslashes")),
    ("expected a comment or a line break", ("text follows `|` or `>`", "it starts on the next line")),
    ("expected comment or line break", ("text follows `|` or `>`", "it starts on the next line")),
)


@attrs.define(eq=False)
class Scalar:
    """One scalar of the file.

    Args:
        text: What it says.
        style: Empty for plain, else `'`, `"`, `|` or `>`; `*` marks one that was refused already.
        line: From 1.
        col: From 1.
        start: Offset in the source.
        end: Offset behind it.
    """

    text: str
    style: str
    line: int
    col: int
    start: int = 0
    end: int = 0


@attrs.define(eq=False)
class Items:
    """A list of the file."""

    items: list[Value]
    line: int
    col: int


@attrs.define(eq=False)
class Entries:
    """A mapping of the file: key → (the key's scalar, value), in file order."""

    entries: dict[str, tuple[Scalar, Value]]
    line: int
    col: int


Value: TypeAlias = Scalar | Items | Entries


@attrs.define(eq=False)
class Source:
    """A file while it is read: its text, its name, everything found wrong so far, and the place of every part."""

    text: str
    file: str
    problems: list[Problem] = attrs.field(factory=list)
    places: dict[str, Where] = attrs.field(factory=dict)

    def where(self, value: Value) -> Where:
        """Return the place of a value."""
        return Where(self.file, value.line, value.col)

    def add(self, code: str, message: str, value: Value, help: str = "") -> None:  # noqa: A002 - as in Problem
        """Report a problem at the place of a value."""
        self.report(code, message, self.where(value), help)

    def report(self, code: str, message: str, where: Where, help: str = "") -> None:  # noqa: A002 - as in Problem
        """Report a problem at a place."""
        self.problems.append(Problem(code, message, where, help))


def scalar_value(scalar: Scalar) -> str | int | float | bool | None:
    """Return what a scalar says where no kind is wanted.

    Only `true`, `false`, `null`, `~`, nothing, and numbers written as in JSON are not text; so `NO`, `off`, `012`,
    `3:30` and `0x1F` stay text. A number may come out infinite.

    Example:
        >>> [scalar_value(Scalar(text, "", 1, 1)) for text in ("NO", "012", "12", "1e3", "~")]
        ['NO', '012', 12, 1000.0, None]
    """
    text = scalar.text
    if scalar.style:
        return text
    if text in _WORDS:
        return _WORDS[text]
    number = _NUMBER.fullmatch(text)
    if number is None:
        return text
    if number[1] is None and number[2] is None and len(text) <= _LONGEST_WHOLE:
        return int(text)
    return float(text)


def decode(data: bytes, file: str) -> tuple[str | None, list[Problem]]:
    """Return the text of a file, without a byte order mark and with one kind of line break."""
    if len(data) > MAX_BYTES:
        return None, [too_large(len(data), file)]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace").removeprefix("\ufeff")
        found = f"byte 0x{data[error.start]:02x} is not UTF-8"
        return None, [Problem("CC102", found, place_of(before, len(before), file), "save the file as UTF-8")]
    return text.replace("\r\n", "\n").replace("\r", "\n"), []


def too_large(size: int, file: str) -> Problem:
    """Return the problem of a file that is larger than MAX_BYTES."""
    return Problem("CC112", f"file of {size:,} bytes is too large", Where(file), f"at most {MAX_BYTES:,} bytes")


def read_value(source: Source, parser: Any = None) -> Value | None:
    """Return the one value of a YAML text; what is wrong goes to `source.problems`.

    Args:
        source: The text, as `decode` gives it.
        parser: Class of PyYAML's parser; by default the C one where it is there.

    Returns:
        The value, or None where the text is no YAML, is empty, or is nested too deeply.
    """
    control = _CONTROL.search(source.text)
    if control is not None:
        where = place_of(source.text, control.start(), source.file)
        message = f"character U+{ord(control[0]):04X} is not allowed in YAML"
        source.problems.append(Problem("CC102", message, where, "take it out"))
        return None
    try:
        stream = (parser or PARSER)(source.text)
        return _Builder(source).run(stream)
    except yaml.MarkedYAMLError as error:
        source.problems.append(_syntax(error, source))
    except yaml.YAMLError as error:  # pragma: no cover - a reader error that the check above does not foresee
        source.problems.append(Problem("CC102", f"not valid YAML: {one_line(str(error))}", Where(source.file)))
    return None


def _parser() -> Any:
    """Return libyaml's parser, six times as fast, or the one in Python: both give the same events."""
    try:
        from yaml.cyaml import CParser  # type: ignore[attr-defined]  # the stubs leave it out
    except ImportError:
        return yaml.SafeLoader
    return CParser


PARSER: Any = _parser()


class _Builder:
    """Turns events into values, with a stack of its own."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.stack: list[Items | Entries] = []
        self.keys: list[Scalar | None] = []
        self.root: Value | None = None

    def run(self, stream: Any) -> Value | None:
        documents = 0
        while True:
            event = stream.get_event()
            kind = type(event)
            if kind is yaml.ScalarEvent:
                self._put(self._scalar(event))
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                if not self._open(event, kind is yaml.MappingStartEvent):
                    return None
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                done = self.stack.pop()
                self.keys.pop()
                self._put(done)
            elif kind is yaml.AliasEvent:
                self._put(self._refused(event, f"`*{event.anchor}` is an alias", "write the value out"))
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    mark = Scalar("", "*", event.start_mark.line + 1, event.start_mark.column + 1)
                    advice = "a file holds one document: take out `---`"
                    self.source.add("CC102", "a second document starts here", mark, advice)
                    return self.root
            elif kind is yaml.StreamEndEvent:
                break
        if self.root is None:
            self.source.problems.append(Problem("CC102", "file is empty", Where(self.source.file)))
        return self.root

    def _scalar(self, event: Any) -> Scalar:
        start, end = event.start_mark, event.end_mark
        # libyaml's parser calls the plain style '', the one in Python None
        scalar = Scalar(event.value, event.style or "", start.line + 1, start.column + 1, start.index, end.index)
        if event.tag is not None:
            written = one_line(self.source.text[start.index : end.index].strip() or event.tag)
            advice = f"tags are not allowed; a text that starts with `!` needs quotes: '{written}'"
            return self._refused(event, f"`{written}` starts with a tag", advice)
        if event.anchor is not None:
            self._anchor(event)
        if scalar.style == '"' and _CONTROL.search(scalar.text) and ("\0" in scalar.text or not _encodes(scalar.text)):
            self.source.add("CC102", "text holds a NUL or half a character", scalar, "take the escape out")
            scalar.style = "*"
        return scalar

    def _refused(self, event: Any, message: str, help: str) -> Scalar:  # noqa: A002 - as in Problem
        mark = Scalar("", "*", event.start_mark.line + 1, event.start_mark.column + 1)
        self.source.add("CC109", message, mark, help)
        return mark

    def _anchor(self, event: Any) -> None:
        advice = "anchors are not allowed: write the value out where it is used"
        self._refused(event, f"`&{event.anchor}` is an anchor", advice)

    def _open(self, event: Any, mapping: bool) -> bool:
        line, col = event.start_mark.line + 1, event.start_mark.column + 1
        opened: Items | Entries = Entries({}, line, col) if mapping else Items([], line, col)
        if len(self.stack) >= MAX_DEPTH:
            self.source.add("CC112", f"nested more than {MAX_DEPTH} levels deep", opened, "take levels out")
            return False
        if event.tag is not None:
            self._refused(event, f"`{event.tag}` is a tag", "tags are not allowed: take it out")
        if event.anchor is not None:
            self._anchor(event)
        self.stack.append(opened)
        self.keys.append(None)
        return True

    def _put(self, value: Value) -> None:
        """Put a finished value where it belongs: root, item, key, or value of the waiting key."""
        if not self.stack:
            self.root = value
            return
        top = self.stack[-1]
        if isinstance(top, Items):
            top.items.append(value)
            return
        key = self.keys[-1]
        if key is None:
            self.keys[-1] = self._key(value)
            return
        self.keys[-1] = None
        if key.style == "*":
            return
        if key.text in top.entries:
            advice = f"the first is at line {top.entries[key.text][0].line}"
            self.source.add("CC103", f"key `{one_line(key.text)}` is given twice", key, advice)
            return
        top.entries[key.text] = (key, value)

    def _key(self, value: Value) -> Scalar:
        if not isinstance(value, Scalar):
            found = "a list" if isinstance(value, Items) else "a mapping"
            self.source.add("CC106", f"a key is {found}, not text", value, "a text that holds `{` or `[` needs quotes")
            return Scalar("", "*", value.line, value.col)
        if value.text == "<<" and not value.style:
            self.source.add("CC109", "`<<` merges another mapping", value, "merges are not allowed: write the keys out")
            value.style = "*"
        return value


def _encodes(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _syntax(error: yaml.MarkedYAMLError, source: Source) -> Problem:
    mark = error.problem_mark or error.context_mark
    said = error.problem or error.context or ""
    found, advice = next((words for part, words in _SYNTAX if part in said), (one_line(said), ""))
    where = Where(source.file)
    if mark is not None:
        where = Where(source.file, mark.line + 1, mark.column + 1)
        if source.text[mark.index : mark.index + 1] == "\t":
            found, advice = "a tab stands where spaces or a value should be", "indent with spaces"
    return Problem("CC102", f"not valid YAML: {found}", where, advice)


def one_line(text: str) -> str:
    """Return text cut to one short line, for messages."""
    flat = " ".join(text.split())
    return flat if len(flat) <= 60 else f"{flat[:57]}..."


def place_of(text: str, offset: int, file: str) -> Where:
    """Return the place of an offset in a text."""
    line_start = text.rfind("\n", 0, offset) + 1
    return Where(file, text.count("\n", 0, offset) + 1, offset - line_start + 1)
