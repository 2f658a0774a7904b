"""Scores: bands, weights, limits, models, with the default params."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import pytest

from check_samples import problems_of, ruleset, shown
from clientcore.catalog import Catalog
from clientcore.check import check

HEAD = """\
params:
  low: {value: 40}
  high: {value: 60}
  below: {value: -1, range: [-1, 1]}
  weight: {value: 2, range: [-3, 3]}
  nothing: {value: 0}
states: {m: {initial: x, transitions: [{from: x, to: y, when: credit_on_hold}]}}
tables: {t: {hit_policy: first, inputs: [employees], rows: [{id: r, when: ["> 1"], then: {o: A}}]}}
scores:
  s:
"""


def score(*lines: str) -> list[str]:
    """Return the problems of a score; its first line is line 1."""
    text = HEAD + "".join(f"    {line}\n" for line in lines)
    moved = [one.split(":", 2) for one in problems_of(text)]
    return [f"{int(line) - 10}:{rest}" for _, line, rest in moved]


TERMS = "terms: [{id: one, value: employees, range: [0, 100]}]"
FIT = ("aggregate: sum", "range: [0, 100]", TERMS)


@pytest.mark.parametrize(
    ("bands", "expected"),
    [
        ("[{id: a, below: params.low}, {id: b, below: params.high}, {id: c}]", []),
        ("[{id: a}]", []),
        ("[{id: a, below: 40}, {id: b, below: 90}]",
         ["4:48: CC303 the last band `b` of score `s` ends before the range does; the last band has no `below`"]),
        ("[{id: a}, {id: b}]", ["4:13: CC303 band `a` of score `s` has no `below`; only the last band has none"]),
        ("[{id: a, below: 60}, {id: b, below: params.low}, {id: c}]",
         ["4:48: CC303 band `b` ends at 40, not above 60, where `a` ends; bands go from low to high"]),
        ("[{id: a, below: 0}, {id: b, below: 120}, {id: c}]",
         ["4:28: CC303 band `a` ends at 0, outside the range of score `s`; between 0 and 100",
          "4:47: CC303 band `b` ends at 120, outside the range of score `s`; between 0 and 100"]),
    ],
)  # fmt: skip
def test_bands(bands: str, expected: list[str]):
    assert score(*FIT, f"bands: {bands}") == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("caps: [{when: credit_on_hold, at: params.low}]", []),
        ("caps: [{when: credit_on_hold, at: 120}]",
         ["4:39: CC107 cap at 120 lies outside the range of score `s`; from 0 to 100"]),
        ("gates: [{requires: credit_on_hold, at: params.below}]",
         ["4:44: CC107 gate at -1 lies outside the range of score `s`; from 0 to 100"]),
        ("hysteresis: {margin: 2}", ["0:3: CC303 score `s` has `hysteresis` and no bands; give it `bands`"]),
        ("bands: [{id: a, below: 3}, {id: b}]\n    hysteresis: {margin: -1, dwell_days: params.below}",
         ["5:26: CC107 `margin` is -1; 0 or more", "5:42: CC107 `dwell_days` is -1; 0 or more"]),
    ],
)  # fmt: skip
def test_limits_and_hysteresis(line: str, expected: list[str]):
    assert score(*FIT, line) == expected


@pytest.mark.parametrize(
    ("weight", "expected"),
    [
        ("3", []),
        ("params.low", []),
        ("\"a.m == 'x' ? 2 : params.low\"", []),
        ("\"a.t == 'A' ? 1 : 2\"", []),
        ("-1", ["3:59: CC310 the weight of term `one` can be -1; "
                "0 or more; above 0 where it depends on a state or an outcome"]),
        ("\"a.m == 'x' ? 2 : params.nothing\"",
         ["3:60: CC310 the weight of term `one` can be 0; "
          "0 or more; above 0 where it depends on a state or an outcome"]),
        ("params.weight", ["3:59: CC310 the weight of term `one` is a param that may be -3; "
                           "give the param a range from 0 on"]),
        ("params.nothing", ["3:12: CC310 all weights of score `s` are 0; give one term a weight above 0"]),
        ("\"a.m == 'x' && a.t == 'A' ? 2 : 1\"",
         ["3:74: CC310 the weight of term `one` reads 2 states and outcomes; "
          "at most one, so that the bounds stay exact"]),
        ("a.s", ["3:59: CC201 `a.s` can't stand here; only params, numbers, states and outcomes can"]),
    ],
)  # fmt: skip
def test_weights(weight: str, expected: list[str]):
    terms = f"terms: [{{id: one, value: 1, range: [0, 100], weight:  {weight}}}]"

    assert score("aggregate: weighted_mean", "range: [0, 100]", terms) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["sampling: {low: employees - 1, high: employees, n: 3}"], []),
        (["sampling: {low: employees, high: 3, n: 3}", "vetoes: [{when: credit_on_hold, at: 0}]"],
         ["4:15: CC310 score `s` has `sampling` and a veto; put its limits on a score that reads this one"]),
        (["sampling: {low: industry, high: credit_on_hold, n: emploees}"],
         ["4:21: CC203 a number is wanted, this is a text",
          "4:37: CC203 a number is wanted, this is a boolean; write `condition ? 1 : 0`",
          "4:56: CC201 unknown name `emploees`; did you mean `employees`?"]),
        (["sampling: {low: a.s.ci_low, high: 3, n: 3}"],
         ["4:21: CC201 score `a.s` has no part `ci_low`; its parts are low, high, band, coverage"]),
        (["sampling: {low: a.s, high: 3, n: 3}"],
         ["3:30: CC301 cycle: `a.s → a.s`; read what one of them reads instead, or use `previous.…`"]),
    ],
)  # fmt: skip
def test_sampling(lines: list[str], expected: list[str]):
    assert score(*FIT, *lines) == expected


def test_a_geometric_mean_has_equal_weights_and_no_negative_terms():
    terms = [
        "  - {id: one, value: employees, range: [0, 1], weight: 2}",
        "  - {id: two, value: employees, range: [-1, 1], weight: params.low}",
        "  - {id: three, value: employees, range: [0, 1], weight: 2}",
    ]

    assert score("aggregate: geometric_mean", "range: [0, 1]", "terms:", *terms) == [
        "5:44: CC310 term `two` can be -1; a geometric mean has no negative terms",
        "5:61: CC310 term `two` has another weight than `one`; a geometric mean has equal weights",
    ]
    assert score("aggregate: geometric_mean", "range: [0, 1]", "terms:", terms[0], terms[2]) == []


@pytest.mark.parametrize("how", ["geometric_mean", "product"])
def test_terms_that_are_multiplied_stay_within_what_an_executor_holds(how: str):
    terms = [f"  - {{id: t{at}, value: employees, range: [0, 1000]}}" for at in range(50)]
    assert score(f"aggregate: {how}", "range: [0, 1000]", "terms:", *terms) == []
    assert score(f"aggregate: {how}", "range: [0, 1]", "terms:", *terms, "  - {id: u, value: 1, range: [-2, 0]}")[
        -1:
    ] == [
        "54:34: CC310 the terms of score `s` up to `u` can multiply to 2e+150; "
        "at most 1e+150; give fewer terms or narrower ranges"
    ]


@attrs.frozen
class Model:
    id: str = "rfm"
    version: str = "1.0.0"
    needs: tuple[str, ...] = ("nps",)
    returns: tuple[str, float, float] = ("points", 0.0, 100.0)
    monotone: Mapping[str, str] = attrs.field(factory=dict)
    text: str = "nps + 50"

    def expression(self) -> str:
        if self.text == "raise":
            raise ValueError("no")
        return self.text


INPUTS = "inputs: {nps: {kind: number}}\n"
SCORE = "scores: {s: {aggregate: model, range: [0, 100], model: rfm}}\n"


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (Model(), []),
        (Model(id="rfx"), ["a.yaml:2:56: CC304 unknown model `rfm`; one of: rfx"]),
        (Model(needs=("npx",)),
         ["a.yaml:2:56: CC304 model `rfm` needs fact `npx`, which nothing declares for account; "
          "declare it as an input"]),
        (Model(needs=("npss",)),
         ["a.yaml:2:56: CC304 model `rfm` needs fact `npss`, which nothing declares for account; "
          "did you mean `nps`?"]),
        (Model(returns=("points", 0.0, 200.0)),
         ["a.yaml:2:56: CC310 model `rfm` returns 0 to 200, and score `s` holds 0 to 100; write `range: [0, 200]`"]),
        (Model(text="nps > 3"),
         ["a.yaml:2:56: CC203 in model `rfm`: a number is wanted, this is a boolean; write `condition ? 1 : 0`"]),
        (Model(text="nps >"),
         ["a.yaml:2:56: CC202 in model `rfm`: the end where a value, a name or `(` should stand"]),
        (Model(text="raise"), ["a.yaml:2:56: CC504 in model `rfm`: `expression()` raised ValueError: no"]),
        (Model(text="a.s"), [
            "a.yaml:2:10: CC301 cycle: `a.s → a.s`; read what one of them reads instead, or use `previous.…`"]),
    ],
)  # fmt: skip
def test_models(model: Model, expected: list[str]):
    assert problems_of(INPUTS + SCORE, catalog=Catalog(models={model.id: model})) == expected


def test_the_expression_of_a_model_is_a_tree_of_the_score():
    checked = check([ruleset(INPUTS + SCORE)], Catalog(models={"rfm": Model()}))

    assert shown(checked.nodes["a", "scores/s/model"]) == "add(fact=nps, literal=50.0)"


def test_without_plugins_no_model_is_known():
    assert problems_of(INPUTS + SCORE) == ["a.yaml:2:56: CC304 unknown model `rfm`; no plugin registers a model"]
