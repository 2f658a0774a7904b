"""The ruleset format: what the annotations of the model do not tell about its keys, and the cross-checks of parts."""

from __future__ import annotations

import math
from typing import Any, Literal

import attrs

from clientcore.load.answers import ANSWER, settle_answer, settle_fields
from clientcore.load.form import REFUSED, TEXT, Form, choice, fixed, identifier, list_of, number, text, version
from clientcore.load.levels import LEVELS
from clientcore.load.part import EXPRESSION, ID, Entry, Part, by_id, derive, listed, numbered
from clientcore.load.patterns import PATTERN, add_asserted, own_facts
from clientcore.load.tables import TABLE
from clientcore.load.text import Entries, Source, Value
from clientcore.load.values import PARAM_VALUE
from clientcore.ruleset import (
    SOURCES,
    Action,
    Band,
    DerivedFact,
    FindingEffect,
    Hysteresis,
    Input,
    Limit,
    Param,
    Rule,
    Ruleset,
    Sampling,
    Scorecard,
    StateMachine,
    Term,
    Transition,
)

RULESET_FORMAT = "clientcore/1"
PROFILE_FORMAT = "clientcore-profile/1"
LANGUAGE = "cel-profile/1"
KINDS = ("number", "text", "boolean", "day", "instant", "level", "list of text", "list of number")
_NUMBERS = frozenset({"number", "list of number"})


def param_problem(param: Param, value: Any) -> tuple[str, str, str] | None:
    """Return (code, what is wrong, what would be right) with a value for a param, or None.

    Example:
        >>> param_problem(Param(id="floor", value=0.8, range=(0.0, 1.0)), 1.5)
        ('CC107', 'is 1.5, outside its range', 'from 0 to 1')
    """
    wanted, given = _kind_of(param.value, param), _kind_of(value, param)
    if given != wanted:
        return "CC106", f"is {given}", f"the param is {wanted}"
    for one in value if isinstance(value, tuple) else (value,):
        if param.range is not None and isinstance(one, float) and not param.range[0] <= one <= param.range[1]:
            return "CC107", f"is {one:g}, outside its range", f"from {param.range[0]:g} to {param.range[1]:g}"
        if param.choices and isinstance(one, str) and one not in param.choices:
            return "CC107", f"can't be `{one}`", f"one of: {', '.join(param.choices)}"
    return None


def _kind_of(value: Any, param: Param) -> str:
    """Return what a value is, in the words of messages."""
    if isinstance(value, tuple):
        if not value:
            return _empty_list(param)
        kinds = {_kind_of(one, param) for one in value}
        return f"a list of {kinds.pop()[2:]}s" if kinds in ({"a text"}, {"a number"}) else "a list of another kind"
    if isinstance(value, bool):
        return "`true` or `false`"
    if isinstance(value, str):
        return "a text"
    return "a number" if isinstance(value, float) and math.isfinite(value) else "a value of another kind"


def _empty_list(param: Param) -> str:
    """Return of what an empty list is: of what the declared one holds or, where that is empty, may hold."""
    if isinstance(param.value, tuple) and param.value:
        return _kind_of(param.value, param)
    if isinstance(param.value, tuple) and (param.choices or param.range):
        return "a list of texts" if param.choices else "a list of numbers"
    return "an empty list"


def _settle_param(found: dict[str, Any], _value: Entries, path: str, source: Source) -> bool:
    param = Param(**found)
    kind = _kind_of(param.value, param)
    if kind == "an empty list":
        message = f"param `{param.id}` is an empty list, and nothing tells of what"
        source.report("CC106", message, source.places[f"{path}/value"], "give `choices` for texts, `range` for numbers")
        return False
    if param.range is not None and "number" not in kind:
        source.report(
            "CC106", f"param `{param.id}` is {kind} and has a range", source.places[f"{path}/range"], "take it out"
        )
        return False
    if param.choices and "text" not in kind:
        advice = "choices are for texts"
        source.report(
            "CC106", f"param `{param.id}` is {kind} and has choices", source.places[f"{path}/choices"], advice
        )
        return False
    wrong = param_problem(param, param.value)
    if wrong is not None:
        code, found_, right = wrong
        source.report(code, f"`value` of param `{param.id}` {found_}", source.places[f"{path}/value"], right)
    return wrong is None


def _settle_fact(found: dict[str, Any], value: Entries, path: str, source: Source) -> bool:
    """Check that kind, level and range of an input or a fact fit each other."""
    kind, level = found.get("kind", ""), found.get("level", "")
    if kind == "level" and not level:
        source.add("CC105", f"key `level` is missing: `{found['id']}` is of kind level", value, "name the level")
        return False
    if level and kind not in {"", "level"}:
        message = f"`{found['id']}` is of kind {kind} and names a level"
        source.report("CC106", message, source.places[f"{path}/level"], "write `kind: level`, or take the level out")
        return False
    if "range" in found and kind not in _NUMBERS | {""}:
        message = f"`{found['id']}` is of kind {kind} and has a range"
        source.report("CC106", message, source.places[f"{path}/range"], "ranges are for numbers")
        return False
    return settle_answer(found, path, source)


def _settle_score(found: dict[str, Any], value: Entries, path: str, source: Source) -> bool:
    """Check that a score has a model, or terms, as its aggregate says."""
    wanted, other = ("model", "terms") if found["aggregate"] == "model" else ("terms", "model")
    if not found.get(wanted):
        message = f"key `{wanted}` is missing in score `{found['id']}`"
        source.add("CC105", message, value, f"aggregate `{found['aggregate']}` needs it")
        return False
    if found.get(other):
        message = f"score `{found['id']}` with aggregate `{found['aggregate']}` has `{other}`"
        source.report("CC310", message, source.places[f"{path}/{other}"], "take it out")
        return False
    return True


def _settle_ruleset(found: dict[str, Any], _value: Entries, _path: str, source: Source) -> bool:
    """Check that what shares `ruleset.name`, or `ruleset/name`, has ids of its own; add the facts of patterns."""
    found.pop("format", None)
    found.pop("language", None)
    named = (("scores", "score"), ("tables", "table"), ("states", "state machine"))
    sound = _distinct(found, named, source) and _distinct(found, (("rules", "rule"), ("patterns", "pattern")), source)
    return add_asserted(found, source) and sound


def _distinct(found: dict[str, Any], sections: tuple[tuple[str, str], ...], source: Source) -> bool:
    seen: dict[str, str] = {}
    sound = True
    for section, word in sections:
        for id_ in found.get(section, {}):
            if id_ in seen:
                message = f"{word} `{id_}` has the id of a {seen[id_]}"
                source.report("CC111", message, source.places[f"{section}/{id_}"], "choose another id")
                sound = False
            seen[id_] = word
    return settle_fields(found, source) and sound


def _limits(key: str, kind: Literal["cap", "veto", "gate"], condition: str) -> Entry:
    """Return the entry of caps, vetoes or gates: they add up to one tuple of limits, in this order."""
    entries = (
        Entry(condition, "condition", EXPRESSION, required=True),
        Entry("at", "at", EXPRESSION, required=True),
        Entry("because", "because", TEXT),
    )

    def settle(found: dict[str, Any], _value: Entries, _path: str, _source: Source) -> bool:
        found["kind"] = kind
        return True

    def get(score: Scorecard) -> tuple[Limit, ...]:
        return tuple(limit for limit in score.limits if limit.kind == kind)

    return Entry(key, "limits", numbered(Part(Limit, kind, entries, settle)), get=get)


@attrs.frozen(kw_only=True)
class _Effect:
    """What a fired rule does."""

    finding: FindingEffect


def _effect() -> Entry:
    """Return the entry of `effect: {finding: …}`, which the model keeps as `finding`."""
    finding = derive(FindingEffect, "finding")
    part = Part(_Effect, "effect", (Entry("finding", "finding", finding.form, required=True, segment=""),))

    def read(value: Value, name: str, path: str, source: Source) -> Any:
        said = part.read(value, name, path, source)
        return said if said is REFUSED else said.finding

    form = Form(read, part.schema, lambda made: part.write(_Effect(finding=made)))
    return Entry("effect", "finding", form)


def _whole_ruleset() -> Part:
    sources = list_of(choice(SOURCES))
    terms = listed(derive(Term, "term", id=ID))
    dwell = derive(Hysteresis, "hysteresis").form
    score = derive(
        Scorecard,
        "score",
        _settle_score,
        id=(),
        terms=terms,
        limits=(
            _limits("caps", "cap", "when"),
            _limits("vetoes", "veto", "when"),
            _limits("gates", "gate", "requires"),
        ),
        bands=listed(derive(Band, "band", id=ID)),
        hysteresis=(Entry("hysteresis", "hysteresis", dwell, segment=""),),
        sampling=derive(Sampling, "sampling").form,
    )
    step = derive(
        Transition,
        "transition",
        source=(Entry("from", "source", LABEL, required=True),),
        target=(Entry("to", "target", LABEL, required=True),),
    )
    steps = (Entry("transitions", "transitions", numbered(step), required=True, segment=""),)
    rule = derive(Rule, "rule", id=ID, finding=(_effect(),), confidence=number(0, 1))
    fact = {"kind": choice(KINDS), "requires_source": sources, "answer": ANSWER.form}
    facts = by_id(derive(DerivedFact, "fact", _settle_fact, id=(), **fact))
    whole = derive(
        Ruleset,
        "ruleset",
        _settle_ruleset,
        id=(Entry("ruleset", "id", identifier(dotted=True), required=True),),
        version=version(),
        levels=LEVELS,
        params=by_id(derive(Param, "param", _settle_param, id=(), value=PARAM_VALUE)),
        inputs=by_id(derive(Input, "input", _settle_fact, id=(), **fact)),
        facts=(Entry("facts", "facts", facts, get=own_facts),),
        rules=listed(rule, keyed=True),
        patterns=listed(PATTERN, keyed=True),
        scores=by_id(score),
        tables=by_id(TABLE),
        states=by_id(derive(StateMachine, "state machine", id=(), transitions=steps)),
        actions=by_id(derive(Action, "action", id=())),
    )
    head = (
        Entry("format", "format", fixed(RULESET_FORMAT, OTHERS), required=True, get=lambda _: RULESET_FORMAT),
        Entry("language", "language", fixed(LANGUAGE), required=True, get=lambda _: LANGUAGE),
    )
    return attrs.evolve(whole, entries=(*head, *whole.entries))


OTHERS = (("clientcore-profile/", "a profile, not a ruleset"),)
LABEL = text(empty=False)
RULESET = _whole_ruleset()
