"""CEL's evaluation cases through our checker and the record executor: each expression is a derived fact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from clientcore import Engine
from clientcore.check import check, reason
from clientcore.parse import ParseError, parse
from clientcore.ruleset import DerivedFact, Formula, Input, Rule, Ruleset

from .suite import Case

_KINDS = {"INT64": "number", "UINT64": "number", "DOUBLE": "number", "STRING": "text", "BOOL": "boolean"}
_NUMBERS = ("int64Value", "uint64Value", "doubleValue")
_ERROR = object()
_FOREIGN = object()


def checks(cases: Sequence[Case]) -> dict[str, str]:
    """Return `accepted`, or `refused` with code and reason, for each case, by its id."""
    return dict.fromkeys((case.id for case in cases), "accepted") | _refused({}, cases)


def values(cases: Sequence[Case]) -> dict[str, str]:
    """Return what becomes of each case, by its id.

    `equal`; `missing` where we have a missing value and CEL an error or another value; `different`; or `refused` with
    code and reason.
    """
    groups: dict[tuple[tuple[str, str], ...], list[Case]] = defaultdict(list)
    for case in cases:
        groups[tuple(sorted(_inputs(case).items()))].append(case)
    found: dict[str, str] = {}
    for kinds, group in groups.items():
        refused = _refused(dict(kinds), group)
        passed = [case for case in group if case.id not in refused]
        found |= refused | _evaluated(dict(kinds), passed)
    return found


def _refused(kinds: Mapping[str, str], cases: Sequence[Case]) -> dict[str, str]:
    """Return the outcome of every case that parser or checker refuses."""
    found: dict[str, str] = {}
    facts: dict[str, Case] = {}
    for at, case in enumerate(cases):
        try:
            parse(case.expr)
        except ParseError as problem:
            found[case.id] = f"refused {problem.code}"
        else:
            facts[f"case_{at}"] = case
    for problem in check([_ruleset(kinds, facts)]).problems:
        if problem.severity == "error":
            assert problem.where is not None
            found.setdefault(facts[problem.where.file].id, f"refused {problem.code} {reason(problem)}".strip())
    return found


def _evaluated(kinds: Mapping[str, str], cases: Sequence[Case]) -> dict[str, str]:
    """Return the outcome of cases that are accepted: one engine, one evaluation per set of bindings."""
    facts = {f"case_{at}": case for at, case in enumerate(cases)}
    engine = Engine([_ruleset(kinds, facts)], discover=False)
    bindings: dict[str, list[str]] = defaultdict(list)
    for name, case in facts.items():
        bindings[repr(case.said.get("bindings"))].append(name)
    found = {}
    for names in bindings.values():
        bound = _bound(facts[names[0]]).items()
        handed = {name: value for name, value in bound if name in kinds and value is not None}
        decision = engine.evaluate({"id": "acme"}, as_of=date(2026, 6, 30), facts=handed)
        given = {step.id: step.output for step in decision.trace if step.kind == "fact"}
        for name in names:
            kind = engine.checked.nodes["cel.suite", f"facts/{name}"].kind
            found[facts[name].id] = _outcome(facts[name], given[name], str(kind))
    return found


def _ruleset(kinds: Mapping[str, str], facts: Mapping[str, Case]) -> Ruleset:
    """Return a ruleset with one fact per case, and a rule that reads it; the fact's name is its file in problems."""
    probes = {name: f"has({name})" for name in facts}
    return Ruleset(
        id="cel.suite",
        version="1.0.0",
        title="CEL",
        subject="account",
        inputs={name: Input(id=name, kind=kind) for name, kind in kinds.items()},
        facts={name: DerivedFact(id=name, value=_formula(case.expr, name)) for name, case in facts.items()},
        rules={name: Rule(id=name, when=_formula(text, name)) for name, text in probes.items()},
    )


def _formula(text: str, name: str) -> Formula:
    return Formula(text, parse(text), file=name)


def _inputs(case: Case) -> dict[str, str]:
    """Return name → kind of the variables that our kinds can hold."""
    found = {}
    for entry in case.said.get("typeEnv", ()):
        kind = entry.get("ident", {}).get("type", {})
        plain = _KINDS.get(kind.get("primitive", ""))
        element = _KINDS.get(kind.get("listType", {}).get("elemType", {}).get("primitive", ""))
        if entry["name"].isidentifier() and entry["name"] not in {"true", "false", "null"} and (plain or element):
            found[entry["name"]] = plain or f"list of {element}"
    return found


def _bound(case: Case) -> dict[str, Any]:
    return {name: _value(bound.get("value", {})) for name, bound in case.said.get("bindings", {}).items()}


def _value(value: Mapping[str, Any]) -> Any:
    """Return a value of the suite in our kinds, or `_FOREIGN`."""
    ((kind, content),) = value.items()
    if kind in _NUMBERS:
        return float(content)
    if kind == "listValue":
        return [_value(item) for item in content.get("values", ())]
    return content if kind in {"boolValue", "stringValue", "nullValue"} else _FOREIGN


def _expected(case: Case) -> Any:
    said = case.said
    if "evalError" in said:
        return _ERROR
    return _value(said.get("value") or said.get("typedResult", {}).get("result") or {"boolValue": True})


def _outcome(case: Case, actual: Any, kind: str) -> str:
    if case.said.get("checkOnly"):
        deduced = case.said["typedResult"]["deducedType"]
        return "equal" if _KINDS.get(deduced.get("primitive", "")) == kind else "different"
    expected = _expected(case)
    if expected is _ERROR or not _same(expected, actual):
        return "missing" if actual is None else "different"
    return "equal"


def _same(expected: Any, actual: Any) -> bool:
    if isinstance(expected, list) and isinstance(actual, list | tuple):
        return len(expected) == len(actual) and all(map(_same, expected, actual))
    return isinstance(actual, bool) == isinstance(expected, bool) and expected == actual
