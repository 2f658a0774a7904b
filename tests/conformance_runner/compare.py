"""Compare an answer with what a row expects; numbers by their bits."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import attrs

from clientcore.decision import Decision
from conformance_runner.rows import RULESET


@attrs.frozen
class Difference:
    """One thing that is not as expected."""

    what: str
    expected: Any
    actual: Any

    def __str__(self) -> str:
        return f"{self.what}: expected {self.expected!r}, got {self.actual!r}"


def same(expected: Any, actual: Any) -> bool:
    """Return whether two values are the same: numbers by bits, true is not 1, order of lists counts."""
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if isinstance(expected, int | float) and isinstance(actual, int | float):
        return struct.pack("<d", expected) == struct.pack("<d", actual)
    if isinstance(expected, list | tuple) and isinstance(actual, list | tuple):
        return len(expected) == len(actual) and all(map(same, expected, actual))
    return type(expected) is type(actual) and expected == actual


def full(name: str, mark: str) -> str:
    """Return the full id of a part of a row's own ruleset; other ids are full already."""
    return name if "." in name else f"{RULESET}{mark}{name}"


KEYS = frozenset({
    "fired", "unknown", "scores", "outcomes", "states", "findings", "actions", "suppressed", "subject_id", "account_id",
    "problems", "because", "json", "probe", "each",
})  # fmt: skip


def differences(expect: Mapping[str, Any], decisions: Sequence[Decision]) -> Iterator[Difference]:
    """Yield what differs between the decisions of a step and what its row expects."""
    if set(expect) - KEYS:
        raise ValueError(f"unknown keys {sorted(set(expect) - KEYS)}")
    if "each" in expect:
        found = [decision.subject_id for decision in decisions]
        yield from _list("subjects", sorted(expect["each"]), sorted(found))
        for decision in decisions:
            yield from _decision(expect["each"].get(decision.subject_id, {}), decision)
    else:
        yield from _decision(expect, decisions[0])


def _decision(expect: Mapping[str, Any], decision: Decision) -> Iterator[Difference]:
    """Only what the row mentions is compared, and the problems."""
    for what in ("fired", "unknown"):
        if what in expect:
            yield from _list(what, [full(rule, "/") for rule in expect[what]], list(getattr(decision, what)))
    yield from _parts("scores", expect, decision.scores, "value")
    yield from _parts("outcomes", expect, decision.outcomes, "value")
    yield from _parts("states", expect, decision.states, "value")
    if "findings" in expect:
        yield from _findings(expect["findings"], decision)
    if "actions" in expect:
        yield from _list("actions", expect["actions"], [action.id for action in decision.actions])
    if "suppressed" in expect:
        given = {rule: list(by) for rule, by in decision.suppressed.items()}
        wanted = {full(rule, "/"): [full(one, "/") for one in by] for rule, by in expect["suppressed"].items()}
        yield from _list("suppressed", sorted(wanted.items()), sorted(given.items()))
    for key in ("subject_id", "account_id"):
        if key in expect:
            yield from _list(key, expect[key], getattr(decision, key))
    yield from _problems(expect.get("problems", []), decision)
    for rule, text in expect.get("because", {}).items():
        told = str(decision.why(full(rule, "/")))
        if text not in told:
            yield Difference(f"because of {rule}", text, told)
    if expect.get("json"):
        yield from _json(decision)
    if "probe" in expect:
        yield from _probe(expect["probe"], decision)


def _json(decision: Decision) -> Iterator[Difference]:
    text = decision.to_json()
    data = json.loads(text)
    yield from _list("format", "clientcore-decision/1", data.get("format"))
    again = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    yield from _list("keys in order and nothing but JSON", again, text)
    yield from _list("the text read back", decision, type(decision).from_json(text))
    yield from _list("the text written again", text, type(decision).from_json(text).to_json())


def _probe(expected: Any, decision: Decision) -> Iterator[Difference]:
    """The value itself, by its bits, where the executor can tell it."""
    values = [step.output for step in decision.trace if step.kind == "fact" and step.id == "probe"]
    expected = expected.isoformat() if isinstance(expected, date) else expected
    actual = values[0].isoformat() if values and isinstance(values[0], date) else values[0] if values else "no trace"
    if isinstance(expected, str) and expected.endswith("+00:00"):
        expected, actual = expected[:19], str(actual)[:19].replace(" ", "T")
    if not same(expected, actual):
        yield Difference("value in the trace", expected, actual)


def _list(what: str, expected: Any, actual: Any) -> Iterator[Difference]:
    if expected != actual:
        yield Difference(what, expected, actual)


def _problems(expected: Any, decision: Decision) -> Iterator[Difference]:
    codes = sorted(problem.code for problem in decision.problems)
    if expected == "some":
        if not codes:
            yield Difference("problems", "at least one", codes)
    elif expected != "any" and sorted(expected) != codes:
        yield Difference("problems", sorted(expected), [str(problem) for problem in decision.problems])


def _findings(expected: list[Any], decision: Decision) -> Iterator[Difference]:
    wanted = [full(one if isinstance(one, str) else one["rule"], "/") for one in expected]
    yield from _list("findings", wanted, [finding.rule for finding in decision.findings])
    for one, finding in zip(expected, decision.findings, strict=False):
        for key, value in one.items() if isinstance(one, dict) else ():
            if key == "rule":
                continue
            found = getattr(finding, key)
            found = list(found) if isinstance(found, tuple) else found
            if found != value:
                yield Difference(f"finding {finding.rule} {key}", value, found)


def _parts(what: str, expect: Mapping[str, Any], actual: Mapping[str, Any], main: str) -> Iterator[Difference]:
    for name, wanted in expect.get(what, {}).items():
        key = full(name, ".")
        if key not in actual:
            yield Difference(what, key, sorted(actual))
            continue
        spec = wanted if isinstance(wanted, dict) else {main: wanted}
        for part, value in spec.items():
            found = _readable(getattr(actual[key], part))
            if part == "possible" and found == [] and value != []:
                found = [_readable(actual[key].value)]  # nothing but what it is
            found, value = _unordered(part, found), _unordered(part, value)  # noqa: PLW2901 -- the same, in one order
            if not same(value, found):
                yield Difference(f"{key} {part}", value, found)


def _readable(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_readable(part) for part in value]
    return value if not isinstance(value, date) else date(value.year, value.month, value.day)


def _unordered(part: str, value: Any) -> Any:
    """Sort what has no order of its own: the possible bands, states and outcomes."""
    if part in {"possible", "bands_possible"} and isinstance(value, list):
        return sorted(value, key=repr)
    return value
