"""Names across files: declarations that differ, names that clash, columns of a frame that would share a name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from clientcore.catalog import FactSpec
from clientcore.check.checked import Checked
from clientcore.check.functions import BUILT_IN
from clientcore.check.macros import MACRO_FORMS
from clientcore.check.operators import OPERATORS
from clientcore.check.order import bare_names
from clientcore.check.refusals import FUNCTIONS
from clientcore.check.resolving import near
from clientcore.check.scope import SPECIAL, FactMeaning
from clientcore.errors import Problem
from clientcore.expr import Level
from clientcore.ruleset import Action, DerivedFact, Input, Ruleset
from clientcore.slots import slots

Declared = Input | DerivedFact | FactSpec
#: What a frame has for each score, besides its value.
SCORE_COLUMNS = (
    *("known", "low", "high", "band", "coverage", "since", "last"),
    *("pending", "pending_band", "pending_days"),
)
#: Likewise, where it declares its sampling error.
SAMPLING_COLUMNS = ("ci_low", "ci_high", "n")


def facts(checked: Checked) -> Iterator[Problem]:
    """Find facts and inputs that are declared twice and not alike, or have the name of something else."""
    first: dict[str, tuple[Ruleset | None, Declared]] = {
        name: (None, fact) for name, fact in checked.catalog.facts.items()
    }
    for ruleset in _own_last(checked):
        both: tuple[Input | DerivedFact, ...] = (*ruleset.inputs.values(), *ruleset.facts.values())
        for fact in both:
            word = _word(fact)
            where = ruleset.where(f"{word}s/{fact.id}")
            clash = _clash(checked, ruleset, fact.id)
            if clash:
                yield Problem("CC302", f"{word} `{fact.id}` has the name of {clash}", where, "choose another name")
            if fact.id not in first:
                first[fact.id] = (ruleset, fact)
                continue
            why = _difference(checked, *first[fact.id], ruleset, fact)
            if why:
                owner, other = first[fact.id]
                said = _whose(checked, owner, f"{_word(other)}s/{fact.id}", fact.id)
                text = f"{word} `{fact.id}`{_of_plugin(checked, ruleset)} is also declared by {said}, {why}"
                yield Problem("CC302", text, where, _apart(checked, owner, ruleset))


def _own_last(checked: Checked) -> list[Ruleset]:
    """Return the rulesets, those of plugins first: where two differ, it is told of the one that can be mended."""
    brought = _brought(checked)
    return sorted(checked.rulesets, key=lambda ruleset: ruleset.file not in brought)


def _brought(checked: Checked) -> frozenset[str]:
    return frozenset(str(file) for _, file in checked.catalog.rulesets)


def _of_plugin(checked: Checked, ruleset: Ruleset) -> str:
    """Return which plugin brought a ruleset, in words; empty for one that was given by itself."""
    plugin = next((name for name, file in checked.catalog.rulesets if str(file) == ruleset.file), "")
    return f" of plugin `{plugin}`" if plugin else ""


def _whose(checked: Checked, owner: Ruleset | None, path: str, name: str) -> str:
    """Return who declared something, with its plugin and its place in the file."""
    if owner is None:
        return f"plugin `{checked.catalog.fact_owners[name]}`" if name in checked.catalog.fact_owners else "a plugin"
    return f"ruleset `{owner.id}`{_of_plugin(checked, owner)} ({owner.where(path)})"


def _apart(checked: Checked, owner: Ruleset | None, ruleset: Ruleset) -> str:
    brought = _brought(checked)
    if owner is not None and owner.file in brought and ruleset.file not in brought:
        return "make both alike, give yours another name, or leave bundled rulesets out (discover=False, --no-discover)"
    return "make both alike, or give one another name"


def _word(fact: Declared) -> str:
    return "input" if isinstance(fact, Input) else "fact"


def _clash(checked: Checked, ruleset: Ruleset, name: str) -> str:
    names = checked.scope.subjects[ruleset.subject]
    if name in names.fields:
        return f"a field of {ruleset.subject}"
    if name in names.tables:
        return "a related table"
    return "something else in the language" if name in SPECIAL else ""


def _difference(checked: Checked, owner: Ruleset | None, first: Declared, ruleset: Ruleset, second: Declared) -> str:
    """Return in what two declarations differ; empty where they mean the same."""
    if isinstance(first, FactSpec) and isinstance(second, Input) and first.value is None:
        parts = [
            name for name in ("kind", "unit", "range", "requires_source") if _part(first, name) != _part(second, name)
        ]
        return f"with another {', '.join(parts)}" if parts else ""
    if type(first) is not type(second):
        return "once to be handed in and once derived" if isinstance(second, Input | DerivedFact) else ""
    if first != second:
        return f"with another {', '.join(_differing(first, second))}"
    if not isinstance(second, DerivedFact) or owner is None:
        return ""
    if owner.subject != ruleset.subject:
        return f"once for {owner.subject} and once for {ruleset.subject}"
    node = checked.nodes.get((ruleset.id, f"facts/{second.id}"))
    reads_params = node is not None and any(part.op == "param" for part in node.walk())
    return "and both read params of their own ruleset" if reads_params else ""


def _part(fact: Any, name: str) -> Any:
    return getattr(fact, name)


def _differing(first: Any, second: Any) -> list[str]:
    return [
        field.name for field in attrs.fields(type(first)) if getattr(first, field.name) != getattr(second, field.name)
    ]


def shared(checked: Checked) -> Iterator[Problem]:
    """Find levels and actions, which all rulesets share, that are declared twice and not alike."""
    for section in ("levels", "actions"):
        first: dict[str, tuple[Ruleset, Level | Action]] = {}
        for ruleset in _own_last(checked):
            declared: dict[str, Level | Action] = dict(getattr(ruleset, section))
            for name, one in declared.items():
                owner, other = first.setdefault(name, (ruleset, one))
                if other != one:
                    word = section[:-1]
                    said = _whose(checked, owner, f"{section}/{name}", name)
                    text = f"{word} `{name}`{_of_plugin(checked, ruleset)} differs from that of {said}"
                    help_text = f"all rulesets share their {section}: make both alike, or give one another name"
                    yield Problem("CC302", text, ruleset.where(f"{section}/{name}"), help_text)


def columns(checked: Checked) -> Iterator[Problem]:
    """Find two results that would have one name as columns of a frame."""
    seen: dict[tuple[str, str], str] = {}
    told: set[tuple[str, str]] = set()
    for ruleset in checked.rulesets:
        for fixed in ("account_id", f"{ruleset.subject}_id", "error"):
            seen[ruleset.subject, fixed] = f"the column `{fixed}` of every frame"
        for column, what, path in _columns(ruleset):
            key = (ruleset.subject, column)
            other = seen.setdefault(key, what)
            if other != what and (what, other) not in told:
                told.add((what, other))
                text = f"{what} and {other} would both be column `{column}` of a frame"
                yield Problem("CC302", text, ruleset.where(path), "give one of them another id")


def _columns(ruleset: Ruleset) -> Iterator[tuple[str, str, str]]:
    stem = ruleset.id.replace(".", "_")
    for score, card in ruleset.scores.items():
        for part in ("", *SCORE_COLUMNS, *(SAMPLING_COLUMNS if card.sampling is not None else ())):
            name = f"{stem}_{score}_{part}" if part else f"{stem}_{score}"
            yield name, f"score `{ruleset.id}.{score}`", f"scores/{score}"
    for table in ruleset.tables:
        yield f"{stem}_{table}", f"table `{ruleset.id}.{table}`", f"tables/{table}"
    for machine in ruleset.states:
        for part in ("", "_since", "_base"):
            yield f"{stem}_{machine}{part}", f"state machine `{ruleset.id}.{machine}`", f"states/{machine}"
    for rule in ruleset.rules:
        yield f"{stem}__{rule}", f"rule `{ruleset.id}/{rule}`", f"rules/{rule}"
    for pattern in ruleset.patterns:
        yield f"{stem}__{pattern}", f"pattern `{ruleset.id}/{pattern}`", f"patterns/{pattern}"


def functions(checked: Checked) -> Iterator[Problem]:
    """Find functions of plugins that have the name of a built-in one, or read what nothing knows.

    Of what kind the arguments are only a call says, so kinds are looked at there. So are the names of a function that
    is called, where the place of the call is told with them; while nothing calls it, it stops nothing.
    """
    scope, called = checked.scope, _called(checked)
    for name in checked.catalog.functions:
        told = scope.function_named(name)
        if name in BUILT_IN or name in MACRO_FORMS:
            yield Problem("CC302", f"{told} is built in", None, "give it another name")
        elif name in scope.functions and name not in called:
            params, body = scope.functions[name]
            for read in sorted(bare_names(body) - {*params, "as_of"}):
                yield from _unread(read, told, (*params, "as_of"), checked)


def _called(checked: Checked) -> set[str]:
    """Return the functions that rulesets call, also from within another one."""
    functions = checked.scope.functions
    texts = [slot.formula.tree for ruleset in checked.rulesets for slot in slots(ruleset)]
    called: set[str] = set()
    while texts:
        new = {read[:-2] for tree in texts for read in bare_names(tree) if read.endswith("()")} & functions.keys()
        texts = [functions[name][1] for name in new - called]
        called |= new
    return called


def _unread(read: str, told: str, names: tuple[str, ...], checked: Checked) -> Iterator[Problem]:
    """Yield the problem of a name, or of a call as `name()`, that the body of a function can't read."""
    called = read.removesuffix("()")
    if called == read:
        help_text = near(read, names, "a function reads only its arguments and `as_of`")
        yield Problem("CC201", f"in {told}: unknown name `{read}`", None, help_text, "warning")
    elif called not in {*OPERATORS, *BUILT_IN, *MACRO_FORMS, *FUNCTIONS, *checked.catalog.functions}:
        choices = (*BUILT_IN, *checked.catalog.functions)
        help_text = near(called, choices, "see the operators page for the functions that there are")
        yield Problem("CC201", f"in {told}: unknown function `{called}`", None, help_text, "warning")


def plugin_facts(checked: Checked) -> Iterator[Problem]:
    """Find plugins' facts that have the name of a field or a related table."""
    for name, fact in checked.catalog.facts.items():
        meaning = checked.scope.facts.get(name, FactMeaning(id=name, kind=None, declared=fact))
        for subject in sorted(meaning.subjects):
            names = checked.scope.subjects[subject]
            if name in names.fields or name in names.tables or name in SPECIAL:
                text = f"fact `{name}` of a plugin has the name of a field or table of {subject}"
                yield Problem("CC302", text, None, "give it another name")
                break
