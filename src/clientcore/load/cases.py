"""Cases: examples of what a ruleset decides, in `NAME.cases.yaml` beside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import attrs

from clientcore.errors import Problem, Where
from clientcore.load.files import in_order, open_source
from clientcore.load.form import NUMBER, REFUSED, Form, Schema, list_of, text
from clientcore.load.part import Entry, Part, derive, listed
from clientcore.load.text import Entries, Items, Source, Value, read_value
from clientcore.load.values import DAY, PLAIN, data, mapping_of, nullable
from clientcore.ruleset import Subject


class StatedScore(dict[str, Any]):
    """What a case says of a score: only the keys that it states, as `_STATED` lists them."""


@attrs.frozen(kw_only=True)
class Expect:
    """What a case expects; None where it says nothing.

    Things are named by full ids or by short ones: `trust.reliability/overcommitted` or `overcommitted`. A short one
    means what the ruleset beside the cases has of that name, or else the one thing of all rulesets that has it.

    Args:
        fired: Rules that fire.
        not_fired: Rules that do not.
        unknown: Rules whose condition is unknown.
        scores: Score → what is stated of it.
        outcomes: Table → outcome; a list for `collect(list)`, None for an unknown one.
        states: State machine → state, None for an unknown one.
        findings: Rules of the findings, in their order.
        actions: Recommended actions, in their order.
        problems: Codes of the problems with the data.
        signals: Signals that event patterns raise for sure, by id.
    """

    fired: tuple[str, ...] | None = None
    not_fired: tuple[str, ...] | None = None
    unknown: tuple[str, ...] | None = None
    scores: Mapping[str, StatedScore] = attrs.field(factory=dict)
    outcomes: Mapping[str, Any] = attrs.field(factory=dict)
    states: Mapping[str, str | None] = attrs.field(factory=dict)
    findings: tuple[str, ...] | None = None
    actions: tuple[str, ...] | None = None
    problems: tuple[str, ...] | None = None
    signals: tuple[str, ...] | None = None


@attrs.frozen(kw_only=True)
class Case:
    """One example: what goes in, and what is expected.

    Args:
        id: Its name in reports.
        as_of: Day of the decision.
        expect: What is expected.
        account: The account as a nested mapping (for `subject: organisation` the organisation); values are as YAML
            has them, days as text: the intake converts them by kind. None where only facts are handed in.
        facts: Handed-in facts.
        subject: What the decision is about.
        subject_id: Which of the account's opportunities or workstreams; empty where there is one.
        previous: The decision before, as a mapping.
        profile: Profile to use.
        note: Why the case is there.
    """

    id: str
    as_of: date
    expect: Expect
    account: Mapping[str, Any] | None = None
    facts: Mapping[str, Any] | None = None
    subject: Subject = "account"
    subject_id: str = ""
    previous: Mapping[str, Any] | None = None
    profile: str = ""
    note: str = ""


@attrs.frozen
class Cases:
    """The cases of one file.

    Args:
        cases: In file order.
        file: The file.
        places: Place of every part, `cases/ID`.
    """

    cases: tuple[Case, ...]
    file: str = attrs.field(default="", eq=False)
    places: Mapping[str, Where] = attrs.field(factory=dict, eq=False, repr=False)


def _read_outcome(value: Value, name: str, path: str, source: Source) -> Any:
    return (_OUTCOMES if isinstance(value, Items) else nullable(PLAIN)).read(value, name, path, source)


def _outcome_schema(defs: Schema) -> Schema:
    plain = PLAIN.schema(defs)
    return {"anyOf": [plain, {"type": "null"}, {"type": "array", "items": plain}]}


_OUTCOMES = list_of(PLAIN, distinct=False)
_STATED = tuple(
    Entry(key, key, nullable(form))
    for key, form in (
        ("value", NUMBER),
        ("known_value", NUMBER),
        ("low", NUMBER),
        ("high", NUMBER),
        ("ci_low", NUMBER),
        ("ci_high", NUMBER),
        ("n", NUMBER),
        ("band", text(empty=False)),
    )
)


def _settle_expect(found: dict[str, Any], value: Entries, _path: str, source: Source) -> bool:
    if not found:
        source.add("CC105", "the case expects nothing", value, "write what fires, a score, an outcome or a state")
    return bool(found)


def _settle_case(found: dict[str, Any], value: Entries, _path: str, source: Source) -> bool:
    if "account" in found or "facts" in found:
        return True
    source.add("CC105", f"key `account` is missing in case `{found['id']}`", value, "write `account`, `facts` or both")
    return False


def _cases() -> Part:
    expect = derive(
        Expect,
        "expect",
        _settle_expect,
        scores=mapping_of(
            Part(StatedScore, "expected score", _STATED).form, "a mapping from scores to what is expected"
        ),
        outcomes=mapping_of(Form(_read_outcome, _outcome_schema), "a mapping from tables to outcomes"),
        states=mapping_of(nullable(text(empty=False)), "a mapping from state machines to states"),
    )
    case = derive(
        Case,
        "case",
        _settle_case,
        as_of=DAY,
        expect=expect.form,
        account=data({"$ref": "account.schema.json"}),
        facts=data(),
        previous=data(),
    )
    return derive(Cases, "cases file", cases=(Entry("cases", "cases", listed(case, least=1), required=True),))


CASES = _cases()


def load_cases(path: Path | str) -> tuple[Cases | None, tuple[Problem, ...]]:
    """Load a file of cases.

    Args:
        path: The file, `NAME.cases.yaml`.

    Returns:
        The cases, or None where something is wrong; and every problem, in order of place.

    Example:
        >>> print(load_cases("no.cases.yaml")[1][0])
        no.cases.yaml:1:1: CC101 no such file or folder
    """
    source, problems = open_source(Path(path))
    if source is None:
        return None, tuple(problems)
    value = read_value(source)
    made = REFUSED if value is None else CASES.read(value, "the file", "", source)
    if made is REFUSED or source.problems:
        return None, in_order(source.problems)
    return attrs.evolve(made, file=source.file, places=source.places), ()
