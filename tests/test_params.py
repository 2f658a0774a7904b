"""Params at evaluation: defaults, profiles that are named, that match, and the order among them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import clientcore as cc
from built import loaded
from clientcore.params import internal
from strategies import AS_OF
from strategies_rulesets import HEADER

MADE: dict[str, Any] = {
    **HEADER,
    "ruleset": "q.one",
    "title": "Q",
    "params": {
        "floor": {"value": 50, "range": [0, 100], "doc": "d"},
        "kinds": {"value": ["a", "b"], "doc": "d"},
        "strict": {"value": False, "doc": "d"},
    },
    "inputs": {"n": {"kind": "number"}},
    "rules": [
        {"id": "high", "when": "n > params.floor"},
        {"id": "listed", "when": "segment in params.kinds"},
        {"id": "strict", "when": "params.strict"},
    ],
}
WHOLESALE = "match: segment == 'wholesale'\nparams: {q.one: {floor: 10, kinds: [wholesale], strict: true}}\n"
LARGE = "match: employees > 1000\nparams: {q.one: {floor: 90}}\n"


def engine(tmp_path: Path, **profiles: str) -> cc.Engine:
    paths = []
    for name, text in profiles.items():
        paths.append(tmp_path / f"{name}.yaml")
        paths[-1].write_text(f"format: clientcore-profile/1\nprofile: {name}\n{text}", encoding="utf-8")
    return cc.Engine(rulesets=loaded([MADE]), plugins=[], discover=False, profiles=paths)


def fired(one: cc.Engine, *, profile: str | None = None, **account: Any) -> list[str]:
    decision = one.evaluate({"id": "a", **account}, facts={"n": 50}, as_of=AS_OF, profile=profile)
    return [name.removeprefix("q.one/") for name in decision.fired]


def test_a_profile_holds_where_it_is_named_or_matches(tmp_path: Path) -> None:
    one = engine(tmp_path, wholesale=WHOLESALE)
    assert fired(one, segment="a") == ["listed"]
    assert fired(one, segment="wholesale") == ["high", "listed", "strict"]
    assert fired(one, segment="a", profile="wholesale") == ["high", "strict"]
    assert fired(one) == []  # whether it matches is unknown, so it does not hold


def test_of_several_that_match_the_first_given_holds_and_a_named_one_wins(tmp_path: Path) -> None:
    both = {"segment": "wholesale", "employees": 5000}
    assert "high" in fired(engine(tmp_path, wholesale=WHOLESALE, large=LARGE), **both)
    one = engine(tmp_path, large=LARGE, wholesale=WHOLESALE)
    assert fired(one, **both) == []
    assert "high" in fired(one, profile="wholesale", **both)


def test_a_profile_overrides_only_what_it_names(tmp_path: Path) -> None:
    one = engine(tmp_path, large=LARGE)
    assert fired(one, profile="large", segment="a") == ["listed"]


def test_an_unknown_profile(tmp_path: Path) -> None:
    with pytest.raises(cc.ClientcoreError, match=r"CC113 unknown profile `wholesal`; did you mean `wholesale`\?"):
        fired(engine(tmp_path, wholesale=WHOLESALE), profile="wholesal")
    with pytest.raises(cc.RulesetError, match="CC113 unknown profile `none`"):
        cc.Engine(rulesets=loaded([MADE]), plugins=[], discover=False, profile="none")


def test_what_a_profile_says_wrong_stops_the_engine(tmp_path: Path) -> None:
    with pytest.raises(cc.RulesetError) as caught:
        engine(
            tmp_path,
            a="match: segmen == 'x'\nparams: {q.one: {floor: 900}}\n",
            b="params: {q.one: {flor: 9}, q.two: {x: 1}}\n",
        )
    assert sorted(problem.code for problem in caught.value.problems) == ["CC107", "CC113", "CC113", "CC201"]


def test_the_profile_of_an_engine_holds_unless_an_evaluation_names_another(tmp_path: Path) -> None:
    path = tmp_path / "low.yaml"
    path.write_text("format: clientcore-profile/1\nprofile: low\nparams: {q.one: {floor: 1}}\n", encoding="utf-8")
    high = tmp_path / "high.yaml"
    high.write_text("format: clientcore-profile/1\nprofile: high\nparams: {q.one: {floor: 99}}\n", encoding="utf-8")
    one = cc.Engine(rulesets=loaded([MADE]), plugins=[], discover=False, profiles=[path, high], profile="low")
    assert fired(one) == ["high"]
    assert fired(one, profile="high") == []


def test_whole_numbers_are_doubles_inside_and_truths_are_not() -> None:
    assert [type(one) for one in internal((1, True, "a", 2.5))] == [float, bool, str, float]
