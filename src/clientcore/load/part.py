"""Parts: forms of whole attrs classes, derived from the classes themselves, so that the model is the one source."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from clientcore.errors import Problem, did_you_mean
from clientcore.expr import Expr
from clientcore.load.form import (
    FLAG,
    NUMBER,
    RANGE,
    REFUSED,
    TEXT,
    Form,
    Schema,
    Unquoted,
    choice,
    id_schema,
    identifier,
    is_text,
    list_of,
    number,
    read_id,
    refuse,
    text,
)
from clientcore.load.offsets import text_places
from clientcore.load.text import Entries, Items, Scalar, Source, Value, one_line, scalar_value
from clientcore.parse import ParseError, parse
from clientcore.ruleset import Formula

#: Cross-checks of a part: (attributes read, mapping, path, file) → whether all is well; may change the attributes.
Settle = Callable[[dict[str, Any], Entries, str, Source], bool]


def read_formula(scalar: Scalar, source: Source, to_tree: Callable[[str], Expr | None] = parse) -> Any:
    """Return the formula that a scalar holds, None where `to_tree` says so, or REFUSED."""
    places = text_places(scalar, source)
    try:
        tree = to_tree(scalar.text)
    except ParseError as error:
        where = Formula(scalar.text, Expr(), places, source.file).at(error.start)
        source.problems.append(Problem(error.code, error.message, where, error.help))
        return REFUSED
    return None if tree is None else Formula(scalar.text, tree, places, source.file)


def _read_expression(value: Value, name: str, _path: str, source: Source) -> Any:
    if not isinstance(value, Scalar) or not is_text(value):
        return refuse(value, name, "an expression", source)
    return read_formula(value, source)


def write_formula(formula: Formula) -> str:
    """Return the text of a formula; numbers and truth values need no quotes."""
    bare = scalar_value(Scalar(formula.text, "", 1, 1))
    return Unquoted(formula.text) if isinstance(bare, bool | int | float) else formula.text


EXPRESSION_SCHEMA: Schema = {"type": ["string", "number", "boolean"], "description": "an expression (cel-profile/1)"}
EXPRESSION = Form(_read_expression, lambda _: EXPRESSION_SCHEMA, write_formula)


@attrs.frozen
class Entry:
    """One key of a part.

    Args:
        key: As the file has it.
        attribute: As the model has it; entries that share one add up to a tuple.
        form: What may stand there.
        required: Whether the key must be there.
        segment: What it adds to the path of its parts; by default the attribute.
        get: Model object → the value to write; by default the attribute.
    """

    key: str
    attribute: str
    form: Form
    required: bool = False
    segment: str | None = None
    get: Callable[[Any], Any] | None = None


@attrs.frozen
class Part:
    """An attrs class as a mapping of a file."""

    made: type
    word: str
    entries: tuple[Entry, ...]
    settle: Settle | None = None

    @property
    def form(self) -> Form:
        """The form of this part alone, under a key of another."""
        return Form(self.read, self.schema, self.write)

    def read(self, value: Value, name: str, path: str, source: Source, **given: Any) -> Any:
        """Return the object; `given` are attributes known from elsewhere, such as the id."""
        if not isinstance(value, Entries):
            return refuse(value, name, "a mapping", source)
        found, sound, known = dict(given), True, 0
        for entry in self.entries:
            pair = value.entries.get(entry.key)
            if pair is None:
                if entry.required:
                    sound = False
                    source.add("CC105", f"key `{entry.key}` is missing in {self._label(value, given)}", value)
                continue
            known += 1
            segment = entry.attribute if entry.segment is None else entry.segment
            under = (f"{path}/{segment}" if path else segment) if segment else path
            if segment and entry.form is not EXPRESSION:
                source.places[under] = source.where(pair[1])
            said = entry.form.read(pair[1], entry.key, under, source)
            if said is REFUSED:
                sound = False
            elif entry.attribute in found:
                found[entry.attribute] += said
            else:
                found[entry.attribute] = said
        if known < len(value.entries):
            sound = self._unknown(value, given, source)
        if not sound or (self.settle is not None and not self.settle(found, value, path, source)):
            return REFUSED
        return self.made(**found)

    def write(self, made: Any) -> dict[str, Any]:
        """Return the mapping that reads as the object, without what is the default."""
        written: dict[str, Any] = {}
        for entry in self.entries:
            value = entry.get(made) if entry.get is not None else getattr(made, entry.attribute)
            default = _default(self.made, entry.attribute)
            # an empty list says something only where leaving it out would say nothing
            if entry.required or value not in ((None,) if default is None else (default, None, ())):
                written[entry.key] = entry.form.write(value)
        return written

    def schema(self, defs: Schema) -> Schema:
        """Return a reference to the JSON Schema of this part, which goes to `defs`."""
        name = self.word.replace(" ", "_")
        if name not in defs:
            defs[name] = whole = {"type": "object", "description": _summary(self.made), "additionalProperties": False}
            whole["properties"] = {entry.key: entry.form.schema(defs) for entry in self.entries}
            required = [entry.key for entry in self.entries if entry.required]
            if required:
                whole["required"] = required
        return {"$ref": f"#/$defs/{name}"}

    def _label(self, value: Entries, given: Mapping[str, Any]) -> str:
        known = given.get("id")
        key, own = value.entries.get("id", (None, None))
        if known is None and key is not None and isinstance(own, Scalar):
            known = own.text
        return f"{self.word} `{one_line(known)}`" if known else f"this {self.word}"

    def _unknown(self, value: Entries, given: Mapping[str, Any], source: Source) -> bool:
        keys = {entry.key for entry in self.entries}
        for name, (key, _) in value.entries.items():
            if name not in keys:
                message = f"unknown key `{one_line(name)}` in {self._label(value, given)}"
                # `{when: f(a, b) > 2}` has a key `b) > 2`
                cut = _CUT.search(name) is not None
                source.add("CC104", message, key, _QUOTE if cut else did_you_mean(name, keys - value.entries.keys()))
        return False


#: What stands in expressions and in no key.
_CUT = re.compile(r"[()\[\]<>=!&|?+*]")
_QUOTE = "within braces a comma ends a value, so an expression with one stands in quotes"


def _default(made: type, attribute: str) -> Any:
    field: Any = attrs.fields_dict(made).get(attribute)
    default = attrs.NOTHING if field is None else field.default
    return default.factory() if hasattr(default, "factory") else default


def _summary(made: type) -> str:
    return (made.__doc__ or "").strip().partition("\n")[0]


def derive(made: type, word: str, settle: Settle | None = None, **written: tuple[Entry, ...] | Form) -> Part:
    """Return the part of an attrs class: one key for each field that takes part in equality.

    Args:
        made: The class.
        word: What messages call it.
        settle: Cross-checks.
        written: Fields whose form the annotation does not tell: the form, or the entries that stand for the field.
    """
    entries: list[Entry] = []
    hints = typing.get_type_hints(made)
    for field in attrs.fields(made):
        if not field.eq:
            continue
        how = written.get(field.name)
        if isinstance(how, tuple):
            entries += how
            continue
        required = field.default is attrs.NOTHING
        form = how or _form_of(hints[field.name], required=required)
        entries.append(Entry(field.name, field.name, form, required))
    return Part(made, word, tuple(entries), settle)


def _form_of(hint: Any, *, required: bool) -> Form:
    """Return the form that an annotation tells."""
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        (hint,) = (one for one in typing.get_args(hint) if one is not type(None))
    plain = {bool: FLAG, float: NUMBER, int: number(0, whole=True), Formula: EXPRESSION, tuple[float, float]: RANGE}
    if hint in plain:
        return plain[hint]
    if hint is str:
        return text(empty=False) if required else TEXT
    if hint == tuple[str, ...]:
        return list_of(text(empty=False))
    if typing.get_origin(hint) is typing.Literal:
        return choice(typing.get_args(hint))
    raise TypeError(f"no form for {hint}: say in `written` how it is written")


def by_id(part: Part, *, labels: bool = False) -> Form:
    """Return the form of a mapping id → part, read as a dict; with `labels` the keys are any text."""

    def read(value: Value, name: str, path: str, source: Source) -> Any:
        if not isinstance(value, Entries):
            return refuse(value, name, f"a mapping from ids to {part.word}s", source)
        made: dict[str, Any] = {}
        sound = True
        for id_, (key, body) in value.entries.items():
            under = f"{path}/{id_}"
            source.places[under] = source.where(key)
            one = part.read(body, id_, under, source, id=id_)
            sound = sound and one is not REFUSED and (labels or read_id(key, source) is not REFUSED)
            made[id_] = one
        return made if sound else REFUSED

    def schema(defs: Schema) -> Schema:
        keys: Schema = {"minLength": 1} if labels else id_schema(defs)
        return {"type": "object", "propertyNames": keys, "additionalProperties": part.schema(defs)}

    return Form(read, schema, lambda made: {id_: part.write(one) for id_, one in made.items()})


def listed(part: Part, *, keyed: bool = False, least: int = 0) -> Form:
    """Return the form of a list of parts with an `id` of their own, read as a tuple, or as a dict where `keyed`."""

    def read(value: Value, name: str, path: str, source: Source) -> Any:
        if not isinstance(value, Items):
            return refuse(value, name, f"a list of {part.word}s", source)
        made: dict[str, Any] = {}
        firsts: dict[str, Value] = {}
        sound = True
        for at, item in enumerate(value.items):
            pair = item.entries.get("id") if isinstance(item, Entries) else None
            id_ = pair[1].text if pair is not None and isinstance(pair[1], Scalar) else None
            under = f"{path}/{at if id_ is None else id_}"
            source.places.setdefault(under, source.where(item))
            one = part.read(item, name, under, source)
            sound = sound and one is not REFUSED
            if id_ is None or pair is None:
                continue
            if id_ in firsts:
                advice = f"the first is at line {firsts[id_].line}"
                source.add("CC111", f"{part.word} `{one_line(id_)}` is given twice", pair[1], advice)
                sound = False
            firsts.setdefault(id_, item)
            made[id_] = one
        if len(value.items) < least:
            source.add("CC107", f"`{name}` is an empty list", value, f"write at least one {part.word}")
            return REFUSED
        if not sound:
            return REFUSED
        return made if keyed else tuple(made.values())

    return Form(read, _schema_of_list(part, least), lambda made: _write_all(part, made.values() if keyed else made))


def numbered(part: Part) -> Form:
    """Return the form of a list of parts without ids, read as a tuple; lists under one path are numbered on."""

    def read(value: Value, name: str, path: str, source: Source) -> Any:
        if not isinstance(value, Items):
            return refuse(value, name, f"a list of {part.word}s", source)
        made: list[Any] = []
        first = 0
        while f"{path}/{first}" in source.places:
            first += 1
        for at, item in enumerate(value.items, first):
            source.places[f"{path}/{at}"] = source.where(item)
            made.append(part.read(item, name, f"{path}/{at}", source))
        return REFUSED if REFUSED in made else tuple(made)

    return Form(read, _schema_of_list(part, 0), lambda made: _write_all(part, made))


def _schema_of_list(part: Part, least: int) -> Callable[[Schema], Schema]:
    def schema(defs: Schema) -> Schema:
        return {"type": "array", "items": part.schema(defs)} | ({"minItems": least} if least else {})

    return schema


def _write_all(part: Part, made: Any) -> list[Any]:
    return [part.write(one) for one in made]


ID = identifier()
