"""Mistakes inside params, levels, scores, tables, states and actions, each with its exact message."""

from __future__ import annotations

import pytest

from clientcore.load import read_ruleset

HEAD = "format: clientcore/1\nlanguage: cel-profile/1\nruleset: a.b\nversion: 1.0.0\nsubject: account\ntitle: T\n"

#: What stands there, from line 7 on, and the messages: the column in the last line first.
BAD: dict[str, tuple[str, list[str]]] = {
    "param without value": ("params: {a: {unit: x}}", ["13: CC105 key `value` is missing in param `a`"]),
    "param out of range": (
        "params: {a: {value: 5, range: [0, 1]}}",
        ["21: CC107 `value` of param `a` is 5, outside its range; from 0 to 1"],
    ),
    "param out of choices": (
        "params: {a: {value: x, choices: [y, z]}}",
        ["21: CC107 `value` of param `a` can't be `x`; one of: y, z"],
    ),
    "param text with range": (
        "params: {a: {value: '5', range: [0, 9]}}",
        ["33: CC106 param `a` is a text and has a range; take it out"],
    ),
    "param number with choices": (
        "params: {a: {value: 5, choices: [a]}}",
        ["33: CC106 param `a` is a number and has choices; choices are for texts"],
    ),
    "param of mixed kinds": (
        "params: {a: {value: [1, b]}}",
        ["21: CC106 `value` must hold only texts or only numbers; for example [1, 2] or ['a', 'b']"],
    ),
    "param of nothing, and nothing tells of what": (
        "params: {a: {value: []}}",
        [
            "21: CC106 param `a` is an empty list, and nothing tells of what; "
            "give `choices` for texts, `range` for numbers"
        ],
    ),
    "param of no texts with range": (
        "params: {a: {value: [], choices: [b], range: [0, 1]}}",
        ["46: CC106 param `a` is a list of texts and has a range; take it out"],
    ),
    "param of truth values": (
        "params: {a: {value: [true]}}",
        ["21: CC106 `value` must hold only texts or only numbers; for example [1, 2] or ['a', 'b']"],
    ),
    "param null": (
        "params: {a: {value: null}}",
        ["21: CC106 `value` must be a number, a text, `true` or `false`, not null"],
    ),
    "param infinite": ("params: {a: {value: 1e999}}", ["21: CC107 `value` is too large: `1e999`; at most 1e308"]),
    "level empty": (
        "levels: {m: {}}",
        ["13: CC105 level `m` has no labels; write them under `order`, from low to high"],
    ),
    "label twice": (
        "levels: {m: {order: [a, b], unordered: [a]}}",
        ["13: CC111 label `a` is given twice in level `m`; take one out"],
    ),
    "label unknown": (
        "levels: {m: {order: [low, high], branches: {c: {above: [hihg]}}}}",
        ["57: CC206 `hihg` is not a label of level `m`; did you mean `high`?"],
    ),
    "level in a circle": (
        "levels: {m: {order: [a, b], branches: {c: {above: [b], below: [a]}}}}",
        ["13: CC301 a label of level `m` is above itself; take one `above` or `below` out"],
    ),
    "score without terms": (
        "scores: {s: {aggregate: sum, range: [0, 1]}}",
        ["13: CC105 key `terms` is missing in score `s`; aggregate `sum` needs it"],
    ),
    "score without model": (
        "scores: {s: {aggregate: model, range: [0, 1]}}",
        ["13: CC105 key `model` is missing in score `s`; aggregate `model` needs it"],
    ),
    "score with both": (
        "scores: {s: {aggregate: model, range: [0, 1], model: m, terms: [{id: a, value: 1, range: [0, 1]}]}}",
        ["64: CC310 score `s` with aggregate `model` has `terms`; take it out"],
    ),
    "sampling of one end": (
        "scores: {s: {aggregate: sum, range: [0, 1], terms: [{id: a, value: 1, range: [0, 1]}], "
        "sampling: {low: a, hgih: b}}}",
        [
            "98: CC105 key `high` is missing in this sampling",
            "98: CC105 key `n` is missing in this sampling",
            "107: CC104 unknown key `hgih` in this sampling; did you mean `high`?",
        ],
    ),
    "sampling that is no mapping": (
        "scores: {s: {aggregate: sum, range: [0, 1], terms: [{id: a, value: 1, range: [0, 1]}], sampling: 0.1}}",
        ["98: CC106 `sampling` must be a mapping, not the number `0.1`"],
    ),
    "aggregate": (
        "scores: {s: {aggregate: weighted, range: [0, 1], terms: []}}",
        ["25: CC107 `aggregate` can't be `weighted`; did you mean `weighted_mean`?"],
    ),
    "term twice": (
        "scores: {s: {aggregate: sum, range: [0, 1], terms: "
        "[{id: a, value: 1, range: [0, 1]}, {id: a, value: 1, range: [0, 1]}]}}",
        ["92: CC111 term `a` is given twice; the first is at line 7"],
    ),
    "cap with requires": (
        "scores: {s: {aggregate: model, model: m, range: [0, 1], caps: [{requires: a, at: 1}]}}",
        [
            "64: CC105 key `when` is missing in this cap",
            "65: CC104 unknown key `requires` in this cap; one of: because, when",
        ],
    ),
    "policy": (
        "tables: {t: {hit_policy: any, inputs: [a], rows: [{id: r, when: [-], then: {x: 1}}]}}",
        [
            "26: CC107 `hit_policy` can't be `any`; one of: collect(count), collect(list), collect(max), collect(min), "
            "collect(sum), first, unique"
        ],
    ),
    "empty table": (
        "tables: {t: {hit_policy: first, inputs: [], rows: []}}",
        [
            "41: CC107 `inputs` is an empty list; write at least one item",
            "51: CC107 `rows` is an empty list; write at least one row",
        ],
    ),
    "cells and inputs": (
        "tables: {t: {hit_policy: first, inputs: [a, b], rows: [{id: r, when: [-], then: {x: 1}}]}}",
        [
            "56: CC309 row `r` has 1 cell, and table `t` has 2 inputs; write one cell for each input; `-` for any",
        ],
    ),
    "two outputs": (
        "tables: {t: {hit_policy: first, inputs: [a], rows: [{id: r, when: [-], then: {x: 1, y: 2}}]}}",
        ["78: CC309 `then` has 2 outputs; a table has exactly one"],
    ),
    "other output": (
        "tables: {t: {hit_policy: first, inputs: [a], rows: "
        "[{id: r, when: [-], then: {x: 1}}, {id: s, when: [-], then: {y: 1}}]}}",
        ["112: CC309 row `s` sets `y`, and the first row sets `x`; a table has exactly one output"],
    ),
    "null outcome": (
        "tables: {t: {hit_policy: first, inputs: [a], rows: [{id: r, when: [-], then: {x: null}}]}}",
        ["82: CC106 `x` must be a number, a text, `true` or `false`, not null"],
    ),
    "empty cell": (
        "tables: {t: {hit_policy: first, inputs: [a], rows: [{id: r, when: [~], then: {x: 1}}]}}",
        ["68: CC106 `when` must be a list of cells, not null; write `-` for any, `null` for missing"],
    ),
    "list as cell": (
        "tables: {t: {hit_policy: first, inputs: [a], rows: [{id: r, when: [[1]], then: {x: 1}}]}}",
        ["68: CC106 `when` must be a list of cells, not a list; write `-` for any, `null` for missing"],
    ),
    "state null": (
        "states: {s: {initial: null, transitions: []}}",
        ["23: CC106 `initial` must be text, not null; write a text"],
    ),
    "transition without when": (
        "states: {s: {initial: a, transitions: [{from: a, to: b}]}}",
        ["40: CC105 key `when` is missing in this transition"],
    ),
    "empty title": ("actions: {a: {title: ''}}", ["22: CC106 `title` is empty; write a text"]),
    "negative days": (
        "actions: {a: {title: A, due_days: -1}}",
        ["35: CC107 `due_days` is -1, outside its range; at least 0"],
    ),
    "half days": (
        "actions: {a: {title: A, due_days: 1.5}}",
        ["35: CC106 `due_days` must be a whole number, not the number `1.5`"],
    ),
    "audience": (
        "actions: {a: {title: A, audience: all}}",
        ["35: CC107 `audience` can't be `all`; one of: account_team, client, executive, internal"],
    ),
    "score and table of one id": (
        "scores: {s: {aggregate: model, model: m, range: [0, 1]}}\nstates: {s: {initial: a, transitions: []}}",
        ["10: CC111 state machine `s` has the id of a score; choose another id"],
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_every_mistake_has_its_message(name: str) -> None:
    written, expected = BAD[name]
    text, line = f"{HEAD}{written}\n", 7 + written.count("\n")
    ruleset, problems = read_ruleset(text, "a.yaml")
    assert ruleset is None
    assert [f"a.yaml:{line}:{one}" for one in expected] == [str(problem) for problem in problems]


def test_a_cell_that_does_not_parse_is_shown_in_its_place() -> None:
    written = "tables: {t: {hit_policy: first, inputs: [a], rows: [{id: r, when: ['[1..'], then: {x: 1}}]}}"
    (problem,) = read_ruleset(f"{HEAD}{written}\n", "a.yaml")[1]
    assert problem.where is not None
    assert (problem.where.line, problem.where.col > written.index("'[1..'")) == (7, True)
    assert problem.code == "CC202"
