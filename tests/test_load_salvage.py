"""One reading tells all there is to tell: what is sound of a file with problems is checked too."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import clientcore as cc
from clientcore.check import check
from clientcore.cli import main
from clientcore.load import certain, load_rulesets

HEAD = """\
format: clientcore/1
language: cel-profile/1
ruleset: own.NAME
version: 1.0.0
subject: account
title: Care
"""
#: A line of a list of rules → the codes of what is wrong with it.
RULES = {
    "  - {id: r0, when: calls >= 3}": [],
    "  - {id: r1, when: calls >= 3 and calls < 5}": ["CC202"],
    "  - {id: r2, when: cals > 3}": ["CC201"],
    "  - {id: r3, when: calls == 'x'}": ["CC203"],
    "  - {id: r4, wen: calls > 1}": ["CC105", "CC104"],
    "  - {id: r5, when: [1, 2]}": ["CC106"],
    "  - {id: Not-An-Id, when: calls > 1}": ["CC108"],
    "  - {id: r6, when: \"fired('own.a/nobody')\"}": ["CC304"],
    "  - {id: r7, when: calls > 2, on_unknown: perhaps}": ["CC107"],
}
INPUTS = "inputs:\n  calls: {kind: number, range: [0, 99]}\n"


def problems_of(folder: Path, **texts: str) -> list[str]:
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(HEAD.replace("NAME", name) + text)
    loaded = load_rulesets([folder])
    partial = [one.ruleset for one in loaded.salvaged if one.ruleset is not None]
    checked = check([*loaded.rulesets, *partial])
    return sorted(problem.code for problem in (*loaded.problems, *certain(checked.problems, loaded.salvaged)))


@given(lines=st.lists(st.sampled_from(list(RULES)), unique=True, min_size=1))
def test_every_problem_of_every_rule_is_told_at_once(
    lines: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("salvage")
    expected = sorted(code for line in lines for code in RULES[line])
    assert problems_of(folder, a=INPUTS + "rules:\n" + "\n".join(lines) + "\n") == expected


@given(lines=st.lists(st.sampled_from(list(RULES)), unique=True, min_size=1))
def test_what_was_left_out_is_not_called_unknown(lines: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("salvage")
    read = [
        f"  - {{id: q{at}, when: \"fired('own.a/r{at}')\"}}"
        for at in range(8)
        if any(f"id: r{at}," in one for one in lines)
    ]
    expected = sorted(code for line in lines for code in RULES[line])
    second = "rules:\n" + "\n".join([*read, "  - {id: last, when: nobody_declares}"]) + "\n"
    found = problems_of(folder, a=INPUTS + "rules:\n" + "\n".join(lines) + "\n", b=second)
    assert found == sorted([*expected, "CC201"])


def test_a_lost_score_fact_or_param_is_not_called_unknown(tmp_path: Path) -> None:
    first = (
        "params:\n  floor: {value: 3, range: [9, 0]}\nfacts:\n  sad: {value: calls <}\n"
        "scores:\n  s: {aggregate: sum, terms: []}\n" + INPUTS
    )
    second = "rules:\n  - {id: one, when: own.a.s > 3 && sad}\n"
    first += "rules:\n  - {id: low, when: calls < params.floor}\n"
    assert problems_of(tmp_path, a=first, b=second) == ["CC105", "CC107", "CC202"]


def test_of_a_file_that_is_no_yaml_nothing_is_called_unknown(tmp_path: Path) -> None:
    second = "rules:\n  - {id: one, when: own.a.s > 3}\n  - {id: two, when: nobody_declares}\n"
    assert problems_of(tmp_path, a="scores: {s: [\n", b=second) == ["CC102", "CC201"]


def test_a_ruleset_that_is_given_twice_is_checked_once(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(HEAD.replace("NAME", "a") + INPUTS + "rules:\n  - {id: x, when: calls >}\n")
    assert problems_of(tmp_path, a=INPUTS) == ["CC202"]


def test_the_command_and_the_engine_tell_them_in_the_order_of_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(HEAD.replace("NAME", "a") + INPUTS + "rules:\n" + "\n".join(RULES) + "\n")
    assert main(["check", str(path), "--no-discover"]) == 1
    told = capsys.readouterr().out.splitlines()[:-1]
    assert [line.split(": ")[1][:5] for line in told] == [
        "CC202", "CC201", "CC203", "CC105", "CC104", "CC106", "CC108", "CC304", "CC107",
    ]  # fmt: skip
    with pytest.raises(cc.RulesetError) as raised:
        cc.Engine(rulesets=[path], discover=False)
    assert [str(problem) for problem in raised.value.problems] == told
