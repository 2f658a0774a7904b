"""Decision tables and state machines."""

from __future__ import annotations

import pytest

from check_samples import problems_of, ruleset, shown
from clientcore.check import check

INPUTS = """\
levels: {mode: {order: [low, mid, high]}}
params: {floor: {value: 10}}
inputs: {n: {kind: number, range: [0, 100]}, n2: {kind: number}, m: {kind: level, level: mode}, ok: {kind: boolean}}
facts: {d: {value: contacts.size()}, e: {value: d + 1}}
"""


def table(policy: str, inputs: str, *rows: str, more: str = "") -> list[str]:
    """Return the problems of a table; its first row is line 1."""
    listed = "".join(f"      - {{id: r{at}, {row}}}\n" for at, row in enumerate(rows, 1))
    text = f"{INPUTS}tables:\n  t:\n    hit_policy: {policy}\n    inputs: {inputs}\n{more}    rows:\n{listed}"
    first = text[: text.index("- {id: r1")].count("\n")
    moved = [one.split(":", 2) for one in problems_of(text)]
    return [f"{int(line) - first}:{rest}" for _, line, rest in moved]


def rows(cells: str, *more: str) -> list[str]:
    return [f"when: {one}, then: {{o: A}}" for one in (cells, *more)]


@pytest.mark.parametrize(
    ("policy", "thens", "more", "expected"),
    [
        ("first", ["A", "B"], "", []),
        ("first", ["A", "2"], "", ["-3:3: CC309 outcomes of table `t` are of several kinds; "
                                   "write only texts, only numbers or only `true` and `false`"]),
        ("first", ["low", "hihg"], "    level: mode\n",
         ["2:39: CC206 `hihg` is not a label of level `mode`; did you mean `high`?"]),
        ("first", ["low", "high"], "    level: mode\n    default: none\n",
         ["-1:14: CC206 `none` is not a label of level `mode`; one of: high, low, mid"]),
        ("first", ["low", "high"], "    level: mod\n",
         ["-1:12: CC201 unknown level `mod` of table `t`; did you mean `mode`?"]),
        ("collect(sum)", ["1", "2"], "", []),
        ("collect(sum)", ["A", "B"], "",
         ["-2:17: CC309 table `t` collects sum of outcomes that are no numbers; "
          "write numbers, or `collect(list)` or `collect(count)`"]),
        ("collect(count)", ["A", "B"], "", []),
    ],
)  # fmt: skip
def test_outcomes(policy: str, thens: list[str], more: str, expected: list[str]):
    cells = [f'when: ["> {at}"], then: {{o: {then}}}' for at, then in enumerate(thens)]

    assert table(policy, "[n]", *cells, more=more) == expected


@pytest.mark.parametrize(
    ("policy", "values", "kind"),
    [
        ("first", ["A", "B"], "level `a.t`"),
        ("first", ["1", "2"], "number"),
        ("first", ["true", "false"], "boolean"),
        ("collect(list)", ["A", "B"], "list of level `a.t`"),
        ("collect(max)", ["1", "2"], "number"),
        ("collect(count)", ["A", "B"], "number"),
    ],
)
def test_kind_of_the_outcome(policy: str, values: list[str], kind: str):
    listed = "".join(f'      - {{id: r{at}, when: ["> {at}"], then: {{o: {one}}}}}\n' for at, one in enumerate(values))
    text = f"{INPUTS}tables:\n  t:\n    hit_policy: {policy}\n    inputs: [n]\n    rows:\n{listed}"

    assert str(check([ruleset(text)]).scope.outcomes["a", "t"]) == kind


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("\"'gold'\"", "1:26: CC203 `'gold'` compares a number with a text; write the number without quotes"),
        ("params.flor", "1:25: CC201 unknown param `params.flor`; did you mean `params.floor`?"),
    ],
)
def test_cells_that_do_not_fit_their_input(cell: str, expected: str):
    assert table("first", "[n]", *rows(f"[{cell}]")) == [expected]


@pytest.mark.parametrize(
    ("input_", "cell", "expected"),
    [
        ("n", "[5..1]", "26: warning CC306 `[5..1]` holds no value: its ends are 5 and 1; write the lesser end first"),
        ("n", "5, (3..3]", "29: warning CC306 `(3..3]` holds no value: its ends are 3 and 3; write the value alone"),
        ("n", "[params.floor..5.5)", "26: warning CC306 `[params.floor..5.5)` holds no value: its ends are 10 and 5.5; "
                                     "write the lesser end first"),
        ("n", "[-1..-5]", "26: warning CC306 `[-1..-5]` holds no value: its ends are -1 and -5; "
                          "write the lesser end first"),
        ("m", "['high'..'low']", "26: warning CC306 `['high'..'low']` holds no value: its ends are `high` and `low`; "
                                 "write the lesser end first"),
        ("m", "('low'..'mid')", "26: warning CC306 `('low'..'mid')` holds no value: its ends are `low` and `mid`; "
                                "close it with `[` or `]` where an end belongs to it"),
        ("as_of", "[day('2026-02-01')..day('2026-01-01')]",
         "26: warning CC306 `[day('2026-02-01')..day('2026-01-01')]` holds no value: "
         "its ends are `2026-02-01` and `2026-01-01`; write the lesser end first"),
        ("n", "[3..3]", ""),
        ("n", "[5..params.floor)", ""),
        ("m", "['low'..'low']", ""),
        ("n >= 5 && n <= 9", "true", ""),
    ],
)  # fmt: skip
def test_intervals_that_hold_no_value(input_: str, cell: str, expected: str):
    found = table("first", f'["{input_}"]', *rows(f'["{cell}"]'))

    assert found == ([f"1:{expected}"] if expected else [])


def test_a_wrong_input_is_told_once():
    assert table("first", "[zzz]", *rows('["> 1"]', '["> 2"]')) == [
        "-1:14: CC201 unknown name `zzz`; declare it under `inputs` or `facts`"
    ]


def test_cells_of_a_level():
    row = "{id: r, when: [\">= 'mid'\"], then: {o: A}}"
    text = f"{INPUTS}tables: {{t: {{hit_policy: first, inputs: [m], rows: [{row}]}}}}\n"

    assert shown(check([ruleset(text)]).nodes["a", "tables/t/rows/r/0"]) == "ge(fact=m, literal=mid)"
    assert table("first", "[m]", *rows("[\">= 'mod'\"]")) == [
        "1:26: CC206 `mod` is not a label of level `mode`; one of: high, low, mid"
    ]


@pytest.mark.parametrize(
    ("inputs", "cells", "expected"),
    [
        ("[n]", ['["< 5"]', '[">= 5"]'], None),
        ("[n]", ['["< 5"]', '["[3..9]"]'], "`n` = 3"),
        ("[n]", ['["[0..1]", ]', '["(1..2]"]'], None),
        ("[n]", ['["> 1"]', '["> 200"]'], None),  # no subject has more than 100
        ("[n2]", ['["> 1"]', '["> 200"]'], "`n2` = 201"),
        ("[n2]", ['["< 1"]', '["!= 5"]'], "`n2` = 0"),
        ("[n]", ['["<= params.floor"]', '["10"]'], "`n` = 10"),
        ("[n]", ['["-"]', '["null"]'], "`n` = null"),
        ("[n]", ['["!= null"]', '["null"]'], None),
        ("[m]", ["[\"'low', 'mid'\"]", "[\">= 'mid'\"]"], "`m` = 'mid'"),
        ("[m]", ["[\"< 'mid'\"]", "[\"> 'mid'\"]"], None),
        ("[m]", ["[\"!= 'low'\"]", "[\"'high'\"]"], "`m` = 'high'"),
        ("[ok]", ['["true"]', '["false"]'], None),
        ("[ok]", ['["true"]', '["!= false"]'], "`ok` = true"),
        ("[industry]", ["[\"'a', 'b'\"]", "[\"'b', 'c'\"]"], "`industry` = 'b'"),
        ("[industry]", ["[\"!= 'a'\"]", "[\"!= 'b'\"]"], "`industry` = another text"),
        ("[industry]", ["[\"'a'\"]", "[\"!= 'a'\"]"], None),
        ("[n, ok]", ['["< 5", "true"]', '["< 9", "false"]'], None),
        ("[n, ok]", ['["< 5", "-"]', '["> 3", "true"]'], "`n` = 4 and `ok` = true"),
        ("[d, n]", ['["> 3", "-"]', '["> 5", "-"]'], "`d` = 6"),
        ("[d, e]", ['["> 3", "-"]', '["-", "> 2"]'], None),  # both derived: not certain
        ("[n + 1]", ['["> 3"]', '["> 5"]'], None),  # an expression: not certain
        ("[as_of]", ["[\"> day('2026-01-01')\"]", "[\"> day('2026-02-01')\"]"], None),
    ],
)
def test_rows_of_a_unique_table(inputs: str, cells: list[str], expected: str | None):
    found = table("unique", inputs, *rows(cells[0], *cells[1:]))

    text = f"2:9: CC309 rows `r1` and `r2` of table `t` are both true for {expected}"
    text = f"{text}; narrow one of them, or choose `first`"
    assert found == ([text] if expected else [])


def test_two_rows_for_everything_overlap():
    assert table("unique", "[n]", *rows('["-"]', '["-"]')) == [
        "2:9: CC309 rows `r1` and `r2` of table `t` are both true; narrow one of them, or choose `first`"
    ]


def test_rows_that_never_decide():
    assert table("first", "[n, ok]", *rows('["> 1", "-"]', '["> 1", "-"]', '["-", "-"]', '["< 1", "-"]')) == [
        "2:9: warning CC309 row `r2` of table `t` never decides: row `r1` stands before it; move it up or take it out",
        "4:9: warning CC309 row `r4` of table `t` never decides: row `r3` stands before it; move it up or take it out",
    ]


@pytest.mark.parametrize(
    ("initial", "steps", "expected"),
    [
        ("x", [("x", "y"), ("y", "x")], []),
        ("x", [("x", "y"), ("y", "z"), ("z", "x")], []),
        ("w", [("x", "y")],
         ["a.yaml:3:14: CC308 state machine `m` never leaves its initial state `w`; one of: x"]),
        ("x", [("x", "y"), ("x", "x")], ["a.yaml:6:9: CC308 transition from `x` leads to itself; take it out"]),
        ("x", [("x", "y"), ("x", "y")],
         ["a.yaml:6:9: CC308 two transitions lead from `x` to `y`; join their conditions with `||`"]),
        ("armed", [("armed", "on"), ("amed", "off"), ("off", "armed")],
         ["a.yaml:2:3: CC308 state machine `m` never reaches `amed`, `off`; did you mean `armed`?"]),
        ("x", [("x", "y"), ("q", "x")],
         ["a.yaml:2:3: CC308 state machine `m` never reaches `q`; add a transition from one of: x, y"]),
    ],
)  # fmt: skip
def test_state_machines(initial: str, steps: list[tuple[str, str]], expected: list[str]):
    lines = "".join(f"      - {{from: {one}, to: {other}, when: credit_on_hold}}\n" for one, other in steps)

    assert problems_of(f"states:\n  m:\n    initial: {initial}\n    transitions:\n{lines}") == expected


def test_a_state_is_compared_with_its_labels():
    text = "states:\n  m:\n    initial: x\n    transitions: [{from: x, to: y, when: \"previous.a.m == 'z'\"}]\n"

    assert problems_of(text) == ["a.yaml:4:43: CC206 `z` is not a label of level `a.m`; one of: x, y"]
