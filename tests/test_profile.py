"""Profiles: reading them, and merging them into the params of rulesets."""

from __future__ import annotations

from pathlib import Path

import pytest

from clientcore.load import load_profile, merge_profile
from clientcore.ruleset import Param, Profile, Ruleset

HEAD = "format: clientcore-profile/1\nprofile: wholesale\n"
RULESET = Ruleset(
    id="trust.reliability",
    version="1.0.0",
    title="T",
    subject="account",
    params={
        param.id: param
        for param in (
            Param(id="kept_floor", value=0.8, range=(0.0, 1.0)),
            Param(id="tier", value="gold", choices=("gold", "silver")),
            Param(id="strict", value=False),
            Param(id="names", value=("a", "b")),
            Param(id="edges", value=(1.0, 2.0), range=(0.0, 10.0)),
        )
    },
)


def load(tmp_path: Path, text: str) -> tuple[Profile | None, list[str]]:
    path = tmp_path / "p.yaml"
    path.write_text(text, encoding="utf-8")
    profile, problems = load_profile(path)
    return profile, [str(problem).removeprefix(f"{tmp_path}/") for problem in problems]


def test_a_profile_is_read_with_places(tmp_path: Path) -> None:
    text = f"{HEAD}match: segment == 'wholesale'\nparams: {{trust.reliability: {{kept_floor: 0.9, names: [x]}}}}\n"
    profile, problems = load(tmp_path, text)
    assert problems == []
    assert profile is not None
    assert (profile.id, profile.params) == ("wholesale", {"trust.reliability": {"kept_floor": 0.9, "names": ("x",)}})
    assert profile.match is not None
    assert profile.match.text == "segment == 'wholesale'"
    assert (profile.places["params/trust.reliability/kept_floor"].line, profile.match.at().col) == (4, 8)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEAD, "1:1: CC105 key `params` is missing in this profile"),
        (
            HEAD.replace("-profile", "") + "params: {}\n",
            "1:9: CC110 this is a ruleset, not a profile; this version of clientcore reads `clientcore-profile/1` here",
        ),
        (f"{HEAD}params: [a]\n", "3:9: CC106 `params` must be a mapping from rulesets to their params, not a list"),
        (f"{HEAD}params: {{a: 5}}\n", "3:13: CC106 `a` must be a mapping from params to values, not the number `5`"),
        (
            f"{HEAD}params: {{a b: {{}}}}\n",
            "3:10: CC108 `a b` is not an id; "
            "an id is ASCII letters, digits and `_`, and starts with no digit, joined by dots",
        ),
        (
            f"{HEAD}params: {{a: {{b: null}}}}\n",
            "3:17: CC106 `b` must be a number, a text, `true` or `false`, not null",
        ),
        (f"{HEAD}params: {{}}\nmatch: a and b\n", "4:10: CC202 `and` is not an operator; write `&&`"),
        (f"{HEAD}params: {{}}\nmatsch: a\n", "4:1: CC104 unknown key `matsch` in this profile; did you mean `match`?"),
        ("a: b: c", "1:5: CC102 not valid YAML: a text holds `: `; put the whole text in quotes"),
    ],
)
def test_every_mistake_has_its_message(text: str, expected: str, tmp_path: Path) -> None:
    assert load(tmp_path, text) == (None, [f"p.yaml:{expected}"])


def test_overrides_are_merged_and_the_rest_is_left() -> None:
    profile = Profile("p", {"trust.reliability": {"kept_floor": 1, "tier": "silver", "edges": [3, 4]}})
    expected = {
        ("trust.reliability", "kept_floor"): 1.0,
        ("trust.reliability", "tier"): "silver",
        ("trust.reliability", "edges"): (3.0, 4.0),
    }
    assert (expected, ()) == merge_profile(profile, [RULESET])


def test_a_list_may_be_emptied(tmp_path: Path) -> None:
    profile, problems = load(tmp_path, f"{HEAD}params: {{trust.reliability: {{names: [], edges: []}}}}\n")
    assert problems == []
    assert profile is not None
    expected = {("trust.reliability", "names"): (), ("trust.reliability", "edges"): ()}
    assert (expected, ()) == merge_profile(profile, [RULESET])


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        (
            {"trust.reliabilty": {}},
            "CC113 profile `p` sets params of `trust.reliabilty`, which is no ruleset; "
            "did you mean `trust.reliability`?",
        ),
        (
            {"trust.reliability": {"kept_flor": 1}},
            "CC113 ruleset `trust.reliability` has no param `kept_flor`; did you mean `kept_floor`?",
        ),
        (
            {"trust.reliability": {"kept_floor": 1.5}},
            "CC107 param `kept_floor` of `trust.reliability` is 1.5, outside its range; from 0 to 1",
        ),
        (
            {"trust.reliability": {"edges": [1, 11]}},
            "CC107 param `edges` of `trust.reliability` is 11, outside its range; from 0 to 10",
        ),
        (
            {"trust.reliability": {"tier": "bronze"}},
            "CC107 param `tier` of `trust.reliability` can't be `bronze`; one of: gold, silver",
        ),
        (
            {"trust.reliability": {"kept_floor": "0.9"}},
            "CC106 param `kept_floor` of `trust.reliability` is a text; the param is a number",
        ),
        (
            {"trust.reliability": {"kept_floor": True}},
            "CC106 param `kept_floor` of `trust.reliability` is `true` or `false`; the param is a number",
        ),
        (
            {"trust.reliability": {"strict": 1}},
            "CC106 param `strict` of `trust.reliability` is a number; the param is `true` or `false`",
        ),
        (
            {"trust.reliability": {"names": [1]}},
            "CC106 param `names` of `trust.reliability` is a list of numbers; the param is a list of texts",
        ),
        *(
            (
                {"trust.reliability": {"kept_floor": strange}},
                "CC106 param `kept_floor` of `trust.reliability` is a value of another kind; the param is a number",
            )
            for strange in (None, float("nan"), 10**400, {})
        ),
        (
            {"trust.reliability": {"kept_floor": []}},
            "CC106 param `kept_floor` of `trust.reliability` is an empty list; the param is a number",
        ),
    ],
)
def test_what_does_not_fit_is_told(params: dict[str, dict[str, object]], expected: str) -> None:
    values, problems = merge_profile(Profile("p", params), [RULESET])
    assert values == {}
    assert [expected] == [str(problem) for problem in problems]


def test_problems_of_a_file_have_places(tmp_path: Path) -> None:
    profile, _ = load(tmp_path, f"{HEAD}params:\n  trust.reliability:\n    kept_floor: 2\n  other: {{a: 1}}\n")
    assert profile is not None
    _, problems = merge_profile(profile, [RULESET])
    assert [(one.code, one.where and (one.where.line, one.where.col)) for one in problems] == [
        ("CC107", (5, 5)),
        ("CC113", (6, 3)),
    ]
