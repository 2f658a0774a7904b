"""Profiles: files that override params for one organisation, segment or tenant."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs

from clientcore.errors import Problem, Where, did_you_mean
from clientcore.load.files import in_order, open_source
from clientcore.load.form import REFUSED, fixed, text
from clientcore.load.part import Entry, derive
from clientcore.load.ruleset_format import PROFILE_FORMAT, param_problem
from clientcore.load.text import Entries, Source, read_value
from clientcore.load.values import PARAM_VALUE, mapping_of
from clientcore.ruleset import Profile, Ruleset

_LARGEST = 10**308
_REASONS = "a mapping from rulesets to reasons for their params"
_OTHERS = (("clientcore/", "a ruleset, not a profile"),)


def _settle(found: dict[str, Any], _value: Entries, _path: str, _source: Source) -> bool:
    del found["format"]
    return True


def _part() -> Any:
    overrides = mapping_of(PARAM_VALUE, "a mapping from params to values")
    part = derive(
        Profile,
        "profile",
        _settle,
        id=(Entry("profile", "id", text(empty=False), required=True),),
        params=mapping_of(overrides, "a mapping from rulesets to their params", ids=True),
        reasons=mapping_of(mapping_of(text(empty=False), "a mapping from params to reasons"), _REASONS, ids=True),
    )
    head = Entry("format", "format", fixed(PROFILE_FORMAT, _OTHERS), required=True)
    return attrs.evolve(part, entries=(head, *part.entries))


PROFILE = _part()


def load_profile(path: Path | str) -> tuple[Profile | None, tuple[Problem, ...]]:
    """Load one profile, format clientcore-profile/1.

    Args:
        path: The file.

    Returns:
        The profile, or None where something is wrong; and every problem, in order of place.

    Example:
        >>> print(load_profile("no/such.yaml")[1][0])
        no/such.yaml:1:1: CC101 no such file or folder
    """
    source, problems = open_source(Path(path))
    if source is None:
        return None, tuple(problems)
    value = read_value(source)
    made = REFUSED if value is None else PROFILE.read(value, "the file", "", source)
    if made is REFUSED or source.problems:
        return None, in_order(source.problems)
    return attrs.evolve(made, file=source.file, places=source.places), ()


def merge_profile(
    profile: Profile, rulesets: Iterable[Ruleset]
) -> tuple[dict[tuple[str, str], Any], tuple[Problem, ...]]:
    """Return what a profile sets, checked against the params of rulesets.

    Args:
        profile: As loaded, or built in Python.
        rulesets: Every ruleset that it may name.

    Returns:
        (ruleset id, param id) → value, for the sound overrides; and a problem for each unknown ruleset or param and
        each reason for what is not set (CC113), value of another kind (CC106) and value outside range or choices
        (CC107).

    Example:
        >>> values, problems = merge_profile(Profile("strict", {"a.b": {"floor": 0.9}}), [])
        >>> print(problems[0])
        CC113 profile `strict` sets params of `a.b`, which is no ruleset
    """
    known = {ruleset.id: ruleset for ruleset in rulesets}
    values: dict[tuple[str, str], Any] = {}
    problems: list[Problem] = []
    for ruleset_id, reasons in profile.reasons.items():
        for param_id in reasons.keys() - profile.params.get(ruleset_id, {}).keys():
            message = f"profile `{profile.id}` gives a reason for `{param_id}` of `{ruleset_id}` and does not set it"
            problems.append(Problem("CC113", message, _where(profile, f"reasons/{ruleset_id}/{param_id}")))
    for ruleset_id, params in profile.params.items():
        where = _where(profile, f"params/{ruleset_id}")
        if ruleset_id not in known:
            message = f"profile `{profile.id}` sets params of `{ruleset_id}`, which is no ruleset"
            problems.append(Problem("CC113", message, where, did_you_mean(ruleset_id, known)))
            continue
        declared = known[ruleset_id].params
        for param_id, value in params.items():
            where = _where(profile, f"params/{ruleset_id}/{param_id}")
            if param_id not in declared:
                message = f"ruleset `{ruleset_id}` has no param `{param_id}`"
                problems.append(Problem("CC113", message, where, did_you_mean(param_id, declared)))
                continue
            given = _internal(value)
            wrong = param_problem(declared[param_id], given)
            if wrong is not None:
                code, found, right = wrong
                problems.append(Problem(code, f"param `{param_id}` of `{ruleset_id}` {found}", where, right))
                continue
            values[ruleset_id, param_id] = given
    return values, tuple(problems)


def _internal(value: Any) -> Any:
    """Return a value given in Python as a file would give it: numbers as doubles, lists as tuples."""
    if isinstance(value, list | tuple):
        return tuple(_internal(item) for item in value)
    if not isinstance(value, int) or isinstance(value, bool):
        return value
    return float(value) if abs(value) <= _LARGEST else math.inf


def _where(profile: Profile, path: str) -> Where | None:
    return profile.places.get(path, Where(profile.file) if profile.file else None)
