"""Rulesets from files: the model, the place of every part, and every mistake with its exact message."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from clientcore.load import Loaded, load_rulesets, read_ruleset
from clientcore.ruleset import Ruleset
from clientcore.slots import slots

HEAD = "format: clientcore/1\nlanguage: cel-profile/1\nruleset: a.b\nversion: 1.0.0\nsubject: account\ntitle: T\n"
WHOLE = (
    HEAD
    + """\
levels: {mode: {order: [low, high], branches: {aside: {above: [low]}}, unordered: [off]}}
params:
  floor: {value: 0.8, range: [0, 1], unit: ratio}
  names: {value: [a, b]}
inputs:
  nps: {kind: number, range: [-100, 100], requires_source: [client_stated]}
facts:
  due: {value: "commitments.size()", applies_when: nps > 0}
rules:
  - id: late
    when: >-
      due > 3 &&
      nps < params.floor
    effect: {finding: {severity: high, actions: [call]}}
    because: "{due} were due"
scores:
  trust:
    aggregate: weighted_mean
    range: [0, 100]
    terms: [{id: kept, value: 'nps * 100', weight: 3, range: [0, 100]}]
    gates: [{requires: due < 9, at: 40}]
    caps: [{when: due > 5, at: params.floor}]
    bands: [{id: poor, below: 40}, {id: good}]
    hysteresis: {margin: 2}
tables:
  tier:
    hit_policy: collect(sum)
    inputs: [nps, due]
    rows:
      - {id: top, when: ["> 5", -], then: {points: 1}}
      - {id: rest, when: [-, 5], then: {points: -0.0}}
states:
  switch: {initial: off, transitions: [{from: off, to: on, when: due > 1}], min_dwell_days: 180}
actions:
  call: {title: Call, due_days: 5}
"""
)


def load(text: str) -> Ruleset:
    ruleset, problems = read_ruleset(text, "a.yaml")
    assert problems == ()
    assert ruleset is not None
    return ruleset


def problems_of(text: str) -> list[str]:
    ruleset, problems = read_ruleset(text, "a.yaml")
    assert ruleset is None
    return [str(problem) for problem in problems]


def test_a_whole_ruleset_becomes_the_model() -> None:
    ruleset = load(WHOLE)
    assert (ruleset.id, ruleset.version, ruleset.precedence) == ("a.b", "1.0.0", "other")
    assert ruleset.levels["mode"].labels == ("low", "high", "aside", "off")
    assert ruleset.params["floor"].value == 0.8
    assert ruleset.params["names"].value == ("a", "b")
    assert ruleset.inputs["nps"].range == (-100.0, 100.0)
    assert ruleset.rules["late"].when.text == "due > 3 && nps < params.floor"
    finding = ruleset.rules["late"].finding
    assert finding is not None
    assert finding.actions == ("call",)
    score = ruleset.scores["trust"]
    assert [(limit.kind, limit.at.text) for limit in score.limits] == [("cap", "params.floor"), ("gate", "40")]
    assert [band.below and band.below.text for band in score.bands] == ["40", None]
    table = ruleset.tables["tier"]
    assert (table.hit_policy, table.collect, table.output) == ("collect", "sum", "points")
    assert [[cell and cell.text for cell in row.when] for row in table.rows] == [["> 5", None], [None, "5"]]
    assert [str(row.then) for row in table.rows] == ["1.0", "0.0"]
    assert ruleset.states["switch"].labels == ("off", "on")
    assert ruleset.actions["call"].due_days == 5


def test_the_hash_is_of_the_text_without_mark_and_with_one_kind_of_line_break() -> None:
    expected = hashlib.sha256(WHOLE.encode()).hexdigest()
    assert expected == load(WHOLE).sha256
    assert expected == load("\ufeff" + WHOLE.replace("\n", "\r\n")).sha256


def test_every_part_and_formula_has_a_place_that_shows_it() -> None:
    ruleset = load(WHOLE)
    lines = WHOLE.split("\n")
    starts = {
        "rules/late": "id: late",
        "rules/late/finding/actions/0": "call]",
        "rules/late/because": '"{due}',
        "facts/due": "due:",
        "inputs/nps/requires_source/0": "client_stated",
        "scores/trust/terms/kept": "{id: kept",
        "scores/trust/limits/0": "{when: due > 5",
        "scores/trust/limits/1": "{requires",
        "scores/trust/bands/good": "{id: good",
        "tables/tier/rows/rest": "{id: rest",
        "states/switch/0": "{from: off",
        "levels/mode": "mode:",
        "actions/call": "call:",
        "id": "a.b",
    }
    for path, expected in starts.items():
        where = ruleset.where(path)
        assert lines[where.line - 1][where.col - 1 :].startswith(expected), path
    for slot in slots(ruleset):
        where = slot.formula.at()
        assert lines[where.line - 1][where.col - 1 :].startswith(slot.formula.text[:4]), slot.path
    assert ruleset.where("rules/late/no/such/part") == ruleset.where("rules/late")


@pytest.mark.parametrize(
    "written",
    [
        "when: due > 3 and x",
        "when: 'due > 3 and x'",
        "when: 'a == ''b'' and x'",
        'when: "a == \\"b\\" and x"',
        "when: due > 3\n      and x",
        "when: due > 3\n\n\n      and x",
        "when: |\n      due > 3\n        and x",
        "when: |2\n      due > 3 and x",
        "when: >-  # folded\n      due > 3\n\n      and x",
        'when: "due > 3\n      and x"',
        'when: "due > \\u0033 and x"',
        'when: "due > 3 \\\n      and x"',
    ],
)
def test_a_mistake_in_a_condition_has_its_exact_place(written: str) -> None:
    text = f"{HEAD}rules:\n  - id: r\n    {written}\n"
    before = text[: text.index("and x")]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    assert problems_of(text) == [f"a.yaml:{line}:{column}: CC202 `and` is not an operator; write `&&`"]


BAD = {
    "format": (
        HEAD.replace("clientcore/1", "clientcore/2"),
        "1:9: CC110 format `clientcore/2` is not supported; this version of clientcore reads `clientcore/1` here",
    ),
    "profile": (
        HEAD.replace("clientcore/1", "clientcore-profile/1"),
        "1:9: CC110 this is a profile, not a ruleset; this version of clientcore reads `clientcore/1` here",
    ),
    "language": (
        HEAD.replace("cel-profile/1", "cel"),
        "2:11: CC110 language `cel` is not supported; this version of clientcore reads `cel-profile/1` here",
    ),
    "ruleset id": (
        HEAD.replace("a.b", "a.b-c"),
        "3:10: CC108 `a.b-c` is not an id; "
        "an id is ASCII letters, digits and `_`, and starts with no digit, joined by dots",
    ),
    "reserved": (
        HEAD.replace("a.b", "a.in"),
        "3:10: CC108 `in` is a reserved word of the condition language and can't be an id; choose another name",
    ),
    "version": (
        HEAD.replace("1.0.0", "1.0"),
        "4:10: CC106 `version` must be a version, not the number `1.0`; "
        "write three numbers joined by dots, in quotes: '1.0.0'",
    ),
    "subject": (HEAD.replace("account", "acount"), "5:10: CC107 `subject` can't be `acount`; did you mean `account`?"),
    "no title": (HEAD.replace("title: T\n", ""), "1:1: CC105 key `title` is missing in this ruleset"),
    "null title": (HEAD.replace("T", ""), "6:7: CC106 `title` must be text, not null; write a text"),
    "not a mapping": ("- a\n", "1:1: CC106 `the file` must be a mapping, not a list"),
    "only text": ("just text\n", "1:1: CC106 `the file` must be a mapping, not the text `just text`"),
}
#: What follows HEAD, from line 7 on → the message.
BAD |= {
    name: (HEAD + written + "\n", f"7:{expected}")
    for name, (written, expected) in {
        "unknown key": ("rulse: []", "1: CC104 unknown key `rulse` in this ruleset; did you mean `rules`?"),
        "null doc": ("doc:", "5: CC106 `doc` must be text, not null; leave the key out"),
        "rules as mapping": ("rules: {a: 1}", "8: CC106 `rules` must be a list of rules, not a mapping"),
        "facts as list": ("facts: [a]", "8: CC106 `facts` must be a mapping from ids to facts, not a list"),
        "rule as text": ("rules: [a]", "9: CC106 `rules` must be a mapping, not the text `a`"),
        "rule without when": ("rules: [{id: r}]", "9: CC105 key `when` is missing in rule `r`"),
        "rule without id": ("rules: [{when: a}]", "9: CC105 key `id` is missing in this rule"),
        "unknown key of rule": (
            "rules: [{id: r, when: a, becuase: x}]",
            "26: CC104 unknown key `becuase` in rule `r`; did you mean `because`?",
        ),
        "expression that a comma ends": (
            "rules: [{id: r, when: a, b) > 2}]",
            "26: CC104 unknown key `b) > 2` in rule `r`; within braces a comma ends a value, so an expression with one "
            "stands in quotes",
        ),
        "rule twice": (
            "rules: [{id: r, when: a}, {id: r, when: b}]",
            "32: CC111 rule `r` is given twice; the first is at line 7",
        ),
        "id with digit first": (
            "facts: {5x: {value: a}}",
            "9: CC108 `5x` is not an id; an id is ASCII letters, digits and `_`, and starts with no digit",
        ),
        "id with accent": (
            "facts: {é: {value: a}}",
            "9: CC108 `é` is not an id; an id is ASCII letters, digits and `_`, and starts with no digit",
        ),
        "severity": (
            "rules: [{id: r, when: a, effect: {finding: {severity: hgh}}}]",
            "55: CC107 `severity` can't be `hgh`; did you mean `high`?",
        ),
        "empty effect": ("rules: [{id: r, when: a, effect: {}}]", "34: CC105 key `finding` is missing in this effect"),
        "confidence": (
            "rules: [{id: r, when: a, confidence: 2}]",
            "38: CC107 `confidence` is 2, outside its range; from 0 to 1",
        ),
        "quoted number": (
            "rules: [{id: r, when: a, confidence: '1'}]",
            "38: CC106 `confidence` must be a number, not the text `1`; take the quotes off",
        ),
        "huge number": (
            "rules: [{id: r, when: a, confidence: 1e999}]",
            "38: CC107 `confidence` is too large: `1e999`; at most 1e308",
        ),
        "list as text": (
            "rules: [{id: r, when: a, suppresses: b}]",
            "38: CC106 `suppresses` must be a list, not the text `b`; write it in brackets, [ ]",
        ),
        "item twice": (
            "rules: [{id: r, when: a, suppresses: [b, b]}]",
            "42: CC111 `b` is given twice in `suppresses`; take one out",
        ),
        "null condition": ("rules: [{id: r, when: }]", "23: CC106 `when` must be an expression, not null"),
        "list as condition": ("rules: [{id: r, when: [a]}]", "23: CC106 `when` must be an expression, not a list"),
        "flag": (
            "inputs: {a: {kind: text, person: yes}}",
            "34: CC106 `person` must be `true` or `false`, not the text `yes`",
        ),
        "kind": ("inputs: {a: {kind: nmber}}", "20: CC107 `kind` can't be `nmber`; did you mean `number`?"),
        "level missing": (
            "inputs: {a: {kind: level}}",
            "13: CC105 key `level` is missing: `a` is of kind level; name the level",
        ),
        "level of text": (
            "inputs: {a: {kind: text, level: x}}",
            "33: CC106 `a` is of kind text and names a level; write `kind: level`, or take the level out",
        ),
        "range of text": (
            "inputs: {a: {kind: text, range: [0, 1]}}",
            "33: CC106 `a` is of kind text and has a range; ranges are for numbers",
        ),
        "range upside down": (
            "inputs: {a: {kind: number, range: [1, 0]}}",
            "35: CC107 `range` goes from 1 to 0; write the lower bound first",
        ),
        "range of one": (
            "inputs: {a: {kind: number, range: [1]}}",
            "35: CC106 `range` must be two numbers, not a list; for example [0, 100]",
        ),
        "source": (
            "inputs: {a: {kind: text, requires_source: [client_said]}}",
            "44: CC107 `requires_source` can't be `client_said`; did you mean `client_stated`?",
        ),
        "no body": ("inputs: {a: }", "13: CC106 `a` must be a mapping, not null"),
    }.items()
}


@pytest.mark.parametrize("name", BAD)
def test_every_mistake_has_its_message(name: str) -> None:
    written, expected = BAD[name]
    assert [f"a.yaml:{expected}"] == problems_of(written)


def test_all_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(f"{HEAD}rulse: []\nfacts: {{a: {{value: 1 +}}}}\n")
    (tmp_path / "a.yaml").write_text("a: b: c\n")
    (tmp_path / "c.yaml").write_text(HEAD)
    loaded = load_rulesets([tmp_path])
    assert [one.id for one in loaded.rulesets] == ["a.b"]
    assert [(Path(p.where.file).name, p.where.line, p.code) for p in loaded.problems if p.where] == [
        ("a.yaml", 1, "CC102"),
        ("b.yaml", 7, "CC104"),
        ("b.yaml", 8, "CC202"),
    ]


def test_folders_are_walked_without_cases_profiles_and_what_is_hidden(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "deep" / "z.yaml").write_text(HEAD.replace("a.b", "z"))
    (tmp_path / "a.yaml").write_text(HEAD)
    (tmp_path / "a.cases.yaml").write_text("cases: []\n")
    (tmp_path / "strict.yaml").write_text("format: clientcore-profile/1\nprofile: strict\nparams: {}\n")
    (tmp_path / ".hidden" / "b.yaml").write_text("broken: [")
    loaded = load_rulesets([tmp_path, tmp_path / "a.yaml"])
    assert loaded.problems == ()
    assert [one.id for one in loaded.rulesets] == ["a.b", "z"]
    assert [one.file for one in loaded.rulesets] == [str(tmp_path / "a.yaml"), str(tmp_path / "deep" / "z.yaml")]


def test_order_of_files_changes_nothing(tmp_path: Path) -> None:
    files = []
    for name in ("x", "y", "z"):
        files.append(tmp_path / f"{name}.yaml")
        files[-1].write_text(HEAD.replace("a.b", name))
    expected = load_rulesets(files)
    assert expected == load_rulesets(reversed(files))


def test_a_ruleset_given_twice_names_the_first(tmp_path: Path) -> None:
    for name in ("x.yaml", "y.yaml"):
        (tmp_path / name).write_text(HEAD)
    (problem,) = load_rulesets([tmp_path]).problems
    expected = f"{tmp_path}/y.yaml:3:10: CC111 ruleset `a.b` is given twice; the first is {tmp_path}/x.yaml:3:10"
    assert expected == str(problem)


def test_files_that_can_not_be_read_are_problems(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "large.yaml").write_bytes(b"#" * (10 * 1024 * 1024 + 1))
    loaded = load_rulesets(
        [tmp_path / "empty", tmp_path / "none.yaml", tmp_path / "pipe.yaml", tmp_path / "large.yaml", "a\0b"]
    )
    assert [problem.code for problem in loaded.problems] == ["CC101", "CC101", "CC101", "CC112", "CC101"]
    assert [problem.message for problem in loaded.problems][:3] == [
        "the folder holds no `*.yaml`",
        "no such file or folder",
        "not a regular file",
    ]


def test_nothing_to_load_is_nothing() -> None:
    assert Loaded((), ()) == load_rulesets([])
