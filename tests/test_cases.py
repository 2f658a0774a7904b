"""Cases beside a ruleset: what goes in, what is expected, and every mistake."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from clientcore.load import Cases, load_cases

WHOLE = """\
cases:
  - id: all gates pass
    as_of: 2026-06-30
    account:
      id: 0012
      name: NO
      employees: 12
      revenue: 1.5
      commitments: [{id: c1, due_on: 2026-06-01, kept_on: null}]
    facts: {nps: 30, trusted: {value: true, source: client_stated}}
    previous: {as_of: 2026-05-31, scores: {a.s: {band: low}}}
    profile: wholesale
    expect:
      fired: [late]
      not_fired: []
      scores: {s: {value: 62.5, band: sound}, a.t: {value: null, low: 0, high: 100}}
      outcomes: {tier: A, points: 5, names: [a, b], open: null}
      states: {switch: off, other: null}
      problems: [CC602]
  - id: facts alone
    as_of: '2026-01-31'
    subject: workstream
    subject_id: w1
    facts: {}
    expect: {unknown: [late]}
"""


def load(tmp_path: Path, text: str) -> tuple[Cases | None, list[str]]:
    path = tmp_path / "a.cases.yaml"
    path.write_text(text, encoding="utf-8")
    cases, problems = load_cases(path)
    return cases, [str(problem).removeprefix(f"{tmp_path}/") for problem in problems]


def test_cases_are_read_as_they_are_written(tmp_path: Path) -> None:
    cases, problems = load(tmp_path, WHOLE)
    assert problems == []
    assert cases is not None
    first, second = cases.cases
    assert (first.id, first.as_of, first.subject, first.profile) == (
        "all gates pass",
        date(2026, 6, 30),
        "account",
        "wholesale",
    )
    assert first.account == {
        "id": "0012",
        "name": "NO",
        "employees": 12,
        "revenue": 1.5,
        "commitments": [{"id": "c1", "due_on": "2026-06-01", "kept_on": None}],
    }
    assert first.facts == {"nps": 30, "trusted": {"value": True, "source": "client_stated"}}
    assert first.previous == {"as_of": "2026-05-31", "scores": {"a.s": {"band": "low"}}}
    expect = first.expect
    assert (expect.fired, expect.not_fired, expect.unknown, expect.findings) == (("late",), (), None, None)
    assert expect.scores == {
        "s": {"value": 62.5, "band": "sound"},
        "a.t": {"value": None, "low": 0.0, "high": 100.0},
    }
    assert expect.outcomes == {"tier": "A", "points": 5.0, "names": ("a", "b"), "open": None}
    assert expect.states == {"switch": "off", "other": None}
    assert expect.problems == ("CC602",)
    assert (second.account, second.facts, second.subject, second.subject_id) == (None, {}, "workstream", "w1")
    assert cases.places["cases/facts alone"].line == 20


HEAD = "cases:\n  - id: c\n    as_of: 2026-06-30\n    facts: {}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cases: []\n", "1:8: CC107 `cases` is an empty list; write at least one case"),
        ("case: []\n", "1:1: CC105 key `cases` is missing in this cases file"),
        (HEAD, "2:5: CC105 key `expect` is missing in case `c`"),
        (
            f"{HEAD}    expect: {{}}\n",
            "5:13: CC105 the case expects nothing; write what fires, a score, an outcome or a state",
        ),
        (
            HEAD.replace("    facts: {}\n", "    expect: {fired: [a]}\n"),
            "2:5: CC105 key `account` is missing in case `c`; write `account`, `facts` or both",
        ),
        (
            HEAD.replace("06-30", "06-31") + "    expect: {fired: [a]}\n",
            "3:12: CC107 `as_of` is 2026-06-31, which is no day of the calendar",
        ),
        (
            HEAD.replace("2026-06-30", "30.6.2026") + "    expect: {fired: [a]}\n",
            "3:12: CC106 `as_of` must be a day, not the text `30.6.2026`; for example 2026-06-30",
        ),
        (
            f"{HEAD}    expect: {{fierd: [a], fired: [b], scores: {{}}}}\n",
            "5:14: CC104 unknown key `fierd` in this expect; one of: actions, findings, not_fired, outcomes, problems, "
            "signals, states, unknown",
        ),
        (
            f"{HEAD}    expect: {{scores: {{s: {{vale: 1}}}}}}\n",
            "5:27: CC104 unknown key `vale` in this expected score; did you mean `value`?",
        ),
        (
            f"{HEAD}    expect: {{scores: {{s: {{value: high}}}}}}\n",
            "5:34: CC106 `value` must be a number, not the text `high`",
        ),
        (f"{HEAD}    expect: {{states: {{s: [a]}}}}\n", "5:26: CC106 `s` must be text, not a list"),
        (
            f"{HEAD}    expect: {{outcomes: {{s: {{a: 1}}}}}}\n",
            "5:28: CC106 `s` must be a number, a text, `true` or `false`, not a mapping",
        ),
        (
            HEAD.replace("facts: {}", "facts: {a: 1e999}") + "    expect: {fired: [a]}\n",
            "4:16: CC107 `a` is too large: `1e999`; at most 1e308",
        ),
        (
            f"{HEAD}    expect: {{fired: [a]}}\n" + HEAD.removeprefix("cases:\n") + "    expect: {fired: [a]}\n",
            "6:9: CC111 case `c` is given twice; the first is at line 2",
        ),
    ],
)
def test_every_mistake_has_its_message(text: str, expected: str, tmp_path: Path) -> None:
    cases, problems = load(tmp_path, text)
    assert cases is None
    assert f"a.cases.yaml:{expected}" in problems
