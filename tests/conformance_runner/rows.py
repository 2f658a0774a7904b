"""Read the conformance files: every row becomes one ruleset (or several) and the steps that it goes through.

Two shapes of rows (docs: the README of tests/conformance):

* an expression: `expr` over handed-in `facts` and the `account`, and the value that it has (`want`; `null` is missing,
  `unknown` is the unknown boolean), or `want_error`, the code that refuses it. `cases` lists values for the names in
  `over` with the wanted value last; `exprs` lists pairs of expression and wanted value;
* a ruleset: `ruleset` or `rulesets` without their header, `account`, `facts`, or a `history` of steps that each are
  handed the decision before, and what to `expect`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import attrs
import yaml

FOLDER = Path(__file__).parent.parent / "conformance"
AS_OF = date(2026, 6, 30)
#: Id of a row's ruleset where the row names none.
RULESET = "t.r"
UNKNOWN = "unknown"


@attrs.frozen
class Step:
    """One evaluation: the day, what is handed in, and what is expected of the answer."""

    as_of: date
    account: Mapping[str, Any]
    facts: Mapping[str, Any] | None
    expect: Mapping[str, Any]


@attrs.frozen
class Row:
    """One row, ready to run.

    Args:
        id: topic:number, unique.
        note: What it holds.
        meanings: The lines of the settled meanings that it holds.
        rulesets: Whole rulesets, as in a file.
        steps: What is evaluated, in turn.
        error: The code that the rulesets are refused with; empty where they are fine.
        raises: The code that the last step raises.
        subject: `account`, or the kind of child subject that is evaluated.
        profile: A profile, as in a file.
    """

    id: str
    note: str
    meanings: tuple[str, ...]
    rulesets: tuple[Mapping[str, Any], ...]
    steps: tuple[Step, ...]
    error: str = ""
    raises: str = ""
    subject: str = "account"
    profile: Mapping[str, Any] | None = None

    def __str__(self) -> str:
        return f"{self.id} {self.note}"


class _Loader(yaml.SafeLoader):
    """YAML where only true, false, null and numbers as JSON writes them are no text; days and instants are read."""


_Loader.yaml_implicit_resolvers = {}
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))?")
for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("null", r"null|~", "n~"),
    ("float", r"-?(?:0|[1-9]\d*)(?:\.\d+(?:[eE][+-]?\d+)?|[eE][+-]?\d+)|\.nan|-?\.inf", "-.0123456789"),
    ("int", r"-?(?:0|[1-9]\d*)", "-0123456789"),
    ("timestamp", _DATE.pattern, "0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first))


def _timestamp(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> date:
    text = str(loader.construct_scalar(node))
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _timestamp)


def read_rows(folder: Path = FOLDER) -> tuple[Row, ...]:
    """Return every row of every file, in order."""
    rows: list[Row] = []
    for path in sorted(folder.glob("*.yaml")):
        data = yaml.load(path.read_text(encoding="utf-8"), _Loader)
        flat = [one for raw in data["rows"] for one in _expanded(raw)]
        rows.extend(_row(f"{path.stem}:{number}", raw) for number, raw in enumerate(flat, 1))
    return tuple(rows)


_FIELDS = {
    "note", "meaning", "source", "expr", "facts", "inputs", "params", "levels", "account", "as_of", "want",
    "want_error", "ruleset", "rulesets", "history", "expect", "raises", "subject", "profile", "truth",
}  # fmt: skip


def _expanded(raw: dict[str, Any]) -> Iterator[dict[str, Any]]:
    rest = {key: value for key, value in raw.items() if key not in {"over", "cases", "exprs"}}
    for values in raw.get("cases", ()):
        facts = dict(zip(raw["over"], values[:-1], strict=True))
        yield rest | {"facts": raw.get("facts", {}) | facts, "want": values[-1], "note": f"{raw['note']}: {values}"}
    for text, want in raw.get("exprs", ()):
        key = "want_error" if isinstance(want, str) and want.startswith("CC") else "want"
        yield rest | {"expr": text, key: want, "note": f"{raw['note']}: {text}"}
    if "cases" not in raw and "exprs" not in raw:
        yield rest


def _row(row_id: str, raw: dict[str, Any]) -> Row:
    unknown = set(raw) - _FIELDS
    if unknown:
        raise ValueError(f"{row_id}: unknown keys {sorted(unknown)}")
    meaning = raw["meaning"] if isinstance(raw["meaning"], list) else [raw["meaning"]]
    if "expr" in raw:
        rulesets, expect = _probe(raw)
    else:
        parts = raw.get("rulesets", [raw.get("ruleset", {})])
        rulesets, expect = tuple(_headed(part, raw.get("subject", "account")) for part in parts), raw.get("expect", {})
    history = raw.get("history") or [{}]
    steps = tuple(
        Step(
            as_of=step.get("as_of", raw.get("as_of", AS_OF)),
            account=_filled(step.get("account", raw.get("account", {"id": "acme"}))),
            facts=_filled(step.get("facts", raw.get("facts"))),
            expect=step.get("expect", expect if at == len(history) - 1 else {"problems": "any"}),
        )
        for at, step in enumerate(history)
    )
    return Row(
        id=row_id,
        note=str(raw["note"]),
        meanings=tuple(str(line) for line in meaning),
        rulesets=rulesets,
        steps=steps,
        error=raw.get("want_error", ""),
        raises=raw.get("raises", ""),
        subject=raw.get("subject", "account"),
        profile=raw.get("profile"),
    )


def _headed(part: Mapping[str, Any], subject: str) -> dict[str, Any]:
    header = {
        "format": "clientcore/1",
        "language": "cel-profile/1",
        "ruleset": RULESET,
        "version": "1.0.0",
        "subject": subject,
        "title": "A conformance row",
    }
    rules = [rule if isinstance(rule, dict) else {"id": f"r{at}", "when": rule}
             for at, rule in enumerate(part.get("rules", ()), 1)]  # fmt: skip
    inputs = {name: spec if isinstance(spec, dict) else {"kind": spec} for name, spec in part.get("inputs", {}).items()}
    facts = {name: spec if isinstance(spec, dict) else {"value": spec} for name, spec in part.get("facts", {}).items()}
    params = {
        name: spec if isinstance(spec, dict) else {"value": spec} for name, spec in part.get("params", {}).items()
    }
    given = {"rules": rules, "inputs": inputs, "facts": facts, "params": params}
    return header | dict(part) | {key: value for key, value in given.items() if value}


def _probe(raw: Mapping[str, Any]) -> tuple[tuple[dict[str, Any], ...], dict[str, Any]]:
    """Wrap an expression in a fact, and in rules that every executor can answer."""
    want = raw.get("want")
    declared = raw.get("inputs", {})
    handed = {name: value for name, value in raw.get("facts", {}).items() if name not in declared and value is not None}
    inputs = {name: _kind_of(value) for name, value in handed.items()}
    rules = {"there": "has(probe)"}
    truth = isinstance(want, bool) or want == UNKNOWN or raw.get("truth", False)
    if truth:
        rules |= {"direct": raw["expr"], "via": "probe"}
    elif want is not None and not isinstance(want, list) and "want_error" not in raw:
        rules["equal"] = f"probe == {literal(want)}"
    part = {
        "inputs": inputs | declared,
        "facts": {"probe": raw["expr"]},
        "rules": [{"id": rule, "when": text} for rule, text in rules.items()],
        "params": raw.get("params", {}),
        "levels": raw.get("levels", {}),
    }
    there = want is not None and want != UNKNOWN
    yes = want is True
    fired = [rule for rule, holds in (("there", there), ("direct", yes), ("via", yes), ("equal", True))
             if rule in rules and holds]  # fmt: skip
    unknown = [rule for rule in ("direct", "via") if rule in rules and want in {None, UNKNOWN}] if truth else []
    expect = {"fired": sorted(fired), "unknown": unknown, "probe": None if want == UNKNOWN else want}
    expect |= {"problems": raw["expect"]["problems"]} if "expect" in raw else {}
    header = _headed({key: value for key, value in part.items() if value}, raw.get("subject", "account"))
    return (header,), expect


def _kind_of(value: Any) -> str:
    if isinstance(value, dict):
        return "text" if "repeat" in value else _kind_of(value.get("value"))
    if isinstance(value, list):
        return f"list of {_kind_of(value[0])}"
    found = {bool: "boolean", int: "number", float: "number", str: "text", datetime: "instant", date: "day"}
    return found[type(value)]


def literal(value: Any) -> str:
    """Return a value as a literal of the condition language."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f"instant('{value.isoformat().replace('+00:00', 'Z')}')"
    if isinstance(value, date):
        return f"day('{value.isoformat()}')"
    if isinstance(value, str):
        body = "".join(c if c.isascii() and c.isprintable() and c not in "'\\" else f"\\U{ord(c):08x}" for c in value)
        return f"'{body}'"
    return repr(float(value))


def _filled(value: Any) -> Any:
    """Write out `{repeat: [text, times]}`."""
    if isinstance(value, dict):
        if set(value) == {"repeat"}:
            return value["repeat"][0] * value["repeat"][1]
        return {key: _filled(part) for key, part in value.items()}
    return [_filled(part) for part in value] if isinstance(value, list) else value
