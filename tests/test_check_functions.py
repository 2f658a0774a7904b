"""Functions of plugins that can't be right are told with their plugin, also while no ruleset calls them."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

import clientcore as cc

RULESET = """\
format: clientcore/1
language: cel-profile/1
ruleset: own.r
version: 1.0.0
subject: account
title: T
inputs: {n: {kind: number}}
rules: [{id: r, when: RULE}]
"""


def engine(folder: Path, rule: str, bodies: dict[str, str]) -> cc.Engine:
    plugin = ModuleType("acme")

    def bring(register: object) -> None:
        for name, body in bodies.items():
            register(cc.Function(id=name, params=("x", "xs"), body=body))  # type: ignore[operator]

    hook = cc.hookimpl(specname="clientcore_register_functions")(bring)
    plugin.clientcore_register_functions = hook  # type: ignore[attr-defined]
    (folder / "r.yaml").write_text(RULESET.replace("RULE", f'"{rule}"'))
    return cc.Engine(rulesets=[folder / "r.yaml"], plugins=[plugin], discover=False)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("x < limit", "unknown name `limit`; a function reads only its arguments and `as_of`"),
        ("x < as_off", "unknown name `as_off`; did you mean `as_of`?"),
        ("rond(x) < 5", "unknown function `rond`; did you mean `round`?"),
        ("beyond(x)", "unknown function `beyond`; see the operators page for the functions that there are"),
    ],
)
def test_what_a_function_can_not_read_is_told_before_it_is_called(tmp_path: Path, body: str, told: str) -> None:
    made = engine(tmp_path, "n > 1", {"acme_f": body})
    assert [str(one) for one in made.warnings] == [f"warning CC201 in function `acme_f` of plugin `acme`: {told}"]


@pytest.mark.parametrize("rule", ["acme_f(n, [1])", "acme_g(n, [1])"])
def test_where_it_is_called_the_call_is_told(tmp_path: Path, rule: str) -> None:
    with pytest.raises(cc.RulesetError) as caught:
        engine(tmp_path, rule, {"acme_f": "x < limit", "acme_g": "acme_f(x, xs)"})
    (problem,) = caught.value.problems
    assert problem.where is not None
    assert (problem.where.line, problem.code) == (8, "CC201")
    assert problem.message == "in function `acme_f` of plugin `acme`: unknown name `limit`"


def test_a_body_that_is_no_expression_names_its_plugin(tmp_path: Path) -> None:
    with pytest.raises(cc.RulesetError, match="CC202 in function `acme_f` of plugin `acme`: the end where"):
        engine(tmp_path, "n > 1", {"acme_f": "x <"})


def test_what_a_function_may_read_is_no_problem(tmp_path: Path) -> None:
    bodies = {
        "acme_a": "xs.exists(c, has(c.kind) && c.kind in ['a', 'b']) ? x + 1 : -x",
        "acme_b": "xs.filter(c, c > x).map(c, c * 2).sum() + xs.size() + [x].max()",
        "acme_c": "x == null || !(x >= day('2026-01-31') - 3) || x < instant('2026-01-31T00:00:00Z')",
        "acme_d": "acme_a(x, xs) / abs(round(x, 2)) % 2 == business_days(x, as_of)",
        "acme_e": "xs.latest(c, c.opened_on).kind.matches('a+') && xs.all(c, xs.exists_one(d, d == c))",
    }
    assert engine(tmp_path, "n > 1", bodies).warnings == ()


def test_a_ruleset_whose_plugin_is_not_there_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(RULESET.replace("RULE", "acme_soon(n)"))
    with pytest.raises(cc.RulesetError, match=r"unknown function `acme_soon`; .*or load the plugin that brings it"):
        cc.Engine(rulesets=[tmp_path / "r.yaml"], plugins=[], discover=False)
