"""The form of event patterns, and the facts that they assert."""

from __future__ import annotations

from typing import Any

import attrs

from clientcore.errors import counted
from clientcore.load.form import REFUSED, Form, identifier, list_of, number, text
from clientcore.load.part import ID, Entry, Part, derive, listed
from clientcore.load.text import Entries, Source, Value
from clientcore.parse import parse
from clientcore.ruleset import DerivedFact, Event, FindingEffect, Formula, Pattern, Ruleset

_FEWEST, _MOST = 2, 4


@attrs.frozen(kw_only=True)
class _Effect:
    """What a pattern that holds does."""

    finding: FindingEffect | None = None
    raises: str = ""
    clears: str = ""
    asserts: str = ""


_PARTS = tuple(field.name for field in attrs.fields(_Effect))


def _effect() -> tuple[Entry, ...]:
    """Return the entry of `effect: {finding: …, raises: …}`, which the model keeps as fields of the pattern."""
    finding = derive(FindingEffect, "finding")
    entries = (Entry("finding", "finding", finding.form), *(Entry(name, name, identifier()) for name in _PARTS[1:]))
    part = Part(_Effect, "pattern effect", entries)

    def write(pattern: Pattern) -> dict[str, Any]:
        return part.write(_Effect(**{name: getattr(pattern, name) for name in _PARTS}))

    form = Form(part.read, part.schema, write)
    return (Entry("effect", "effect", form, segment="", get=_or_none),)


def _or_none(pattern: Pattern) -> Pattern | None:
    return pattern if any(getattr(pattern, name) for name in _PARTS) else None


def _events() -> Form:
    event = derive(Event, "event", id=ID, of=text(empty=False), on=identifier(), after=identifier())
    whole = listed(event)

    def read(value: Value, name: str, path: str, source: Source) -> Any:
        said = whole.read(value, name, path, source)
        if said is REFUSED or _FEWEST <= len(said) <= _MOST:
            return said
        source.add("CC107", f"a pattern with {counted(len(said), 'event')}", value, f"write {_FEWEST} to {_MOST}")
        return REFUSED

    def schema(defs: dict[str, Any]) -> dict[str, Any]:
        return whole.schema(defs) | {"minItems": _FEWEST, "maxItems": _MOST}

    return Form(read, schema, whole.write)


def _settle(found: dict[str, Any], _value: Entries, _path: str, _source: Source) -> bool:
    effect = found.pop("effect", None)
    if effect is not None:
        found |= {name: getattr(effect, name) for name in _PARTS}
    return True


PATTERN = derive(
    Pattern,
    "pattern",
    _settle,
    id=ID,
    events=(Entry("events", "events", _events(), required=True),),
    same=list_of(identifier()),
    finding=_effect(),
    raises=(),
    clears=(),
    asserts=(),
    confidence=number(0, 1),
)


def add_asserted(found: dict[str, Any], source: Source) -> bool:
    """Add the facts that patterns assert to those of the ruleset; False where one is declared already."""
    sound = True
    patterns: dict[str, Pattern] = found.get("patterns", {})
    for pattern in patterns.values():
        if not pattern.asserts:
            continue
        where = source.places[f"patterns/{pattern.id}"]
        facts = found.setdefault("facts", {})
        if pattern.asserts in facts:
            message = f"pattern `{pattern.id}` asserts fact `{pattern.asserts}`, which is declared already"
            source.report("CC111", message, where, "choose another name, or read `fired('ruleset/pattern')` in it")
            sound = False
            continue
        facts[pattern.asserts] = asserted(found["id"], pattern, (where.file, where.line, where.col))
        source.places.setdefault(f"facts/{pattern.asserts}", where)
    return sound


def asserted(ruleset: str, pattern: Pattern, place: tuple[str, int, int] = ("", 1, 1)) -> DerivedFact:
    """Return the fact that a pattern asserts: its truth."""
    said = f"fired('{ruleset}/{pattern.id}')"
    value = Formula(said, parse(said), ((0, *place[1:]),), place[0])
    return DerivedFact(id=pattern.asserts, value=value, doc=pattern.doc, basis=pattern.basis)


def own_facts(ruleset: Ruleset) -> dict[str, DerivedFact]:
    """Return the facts of a ruleset that no pattern asserts, as files write them."""
    stated = {pattern.asserts for pattern in ruleset.patterns.values()}
    return {name: fact for name, fact in ruleset.facts.items() if name not in stated}
