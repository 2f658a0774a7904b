"""What `clientcore test FILE` loads: the ruleset beside the cases and what that stands on, not the whole folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from clientcore.cli.main import main

HEAD = "format: clientcore/1\nlanguage: cel-profile/1\nruleset: {id}\nversion: 1.0.0\nsubject: account\ntitle: T\n"
CARE = """\
inputs: {calls: {kind: number}}
rules:
  - {id: cared_for, when: calls > 2, effect: {finding: {severity: low}}, because: "{calls} calls, all is well"}
"""
CASES = "cases: [{id: a, as_of: 2026-06-30, facts: {calls: 3}, expect: {fired: [cared_for]}}]\n"
#: No YAML; a wrong key; an unknown name; the same input declared otherwise.
BROKEN = ["a: [\n", "rulse: []\n", "rules: [{id: r, when: nothing > calls}]\n", "inputs: {calls: {kind: text}}\n"]


def ruleset(folder: Path, name: str, body: str) -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(HEAD.format(id=f"own.{name}") + body)
    return path


@pytest.fixture
def care(tmp_path: Path) -> Path:
    ruleset(tmp_path, "care", CARE)
    path = tmp_path / "care.cases.yaml"
    path.write_text(CASES)
    return path


@pytest.mark.parametrize("body", BROKEN)
@pytest.mark.parametrize("named", ["care.yaml", "care.cases.yaml"])
def test_a_broken_neighbour_stops_nothing(
    care: Path, body: str, named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ruleset(care.parent, "well", body)
    (care.parent / "folder.yaml").mkdir()

    assert main(["test", str(care.with_name(named)), "--no-discover"]) == 0
    assert capsys.readouterr().out == "1 case: 1 passed, 0 failed\n"
    assert main(["test", str(care.parent), "--no-discover"]) == 2
    assert "well.yaml:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "given"),
    [
        ("  - {id: r, when: trusted}\n", "facts: {trusted: {value: deep}}\n"),
        ("  - {id: r, when: account.trusted}\n", "facts: {trusted: {value: deep}}\n"),
        ("  - {id: r, when: own.given.depth > 1}\n",
         "scores: {depth: {aggregate: sum, range: [0, 9], terms: [{id: t, value: 'deep ? 1 : 0', range: [0, 1]}]}}\n"),
        ("  - {id: r, when: \"fired('own.given/x')\"}\n", "rules: [{id: x, when: deep}]\n"),
        ("  - {id: r, when: calls > 1, effect: {finding: {severity: low, actions: [visit]}}}\n",
         "actions: {visit: {title: Go}}\nfacts: {dive: {value: deep}}\n"),
        ("tables: {t: {hit_policy: first, level: depth, inputs: [calls], "
         "rows: [{id: r, when: ['-'], then: {o: low}}]}}\n",
         "levels: {depth: {order: [low, high]}}\nfacts: {dive: {value: deep}}\n"),
    ],
)  # fmt: skip
def test_what_it_stands_on_is_loaded_and_what_that_stands_on(
    care: Path, more: str, given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is `given` reads an input of a third file; one that is broken is beside them."""
    subject = "opportunity" if "account." in more else "account"
    text = HEAD.format(id="own.care").replace("subject: account", f"subject: {subject}") + CARE + more
    if subject == "opportunity":
        care.write_text("cases: [{id: a, as_of: 2026-06-30, subject: opportunity, "
                        "account: {id: a, opportunities: [{id: o}]}, expect: {unknown: [cared_for]}}]\n")  # fmt: skip
    (care.parent / "care.yaml").write_text(text)
    ruleset(care.parent, "given", given)
    ruleset(care.parent, "sea", "inputs: {deep: {kind: boolean}}\n")
    ruleset(care.parent, "well", BROKEN[2])

    assert main(["test", str(care), "--no-discover"]) == 0, capsys.readouterr()


def test_what_the_cases_say_is_loaded(care: Path) -> None:
    ruleset(care.parent, "other", "inputs: {deep: {kind: boolean}}\nrules: [{id: dive, when: deep}]\n")
    care.write_text("cases: [{id: a, as_of: 2026-06-30, facts: {deep: true}, expect: {fired: [own.other/dive]}}]\n")

    assert main(["test", str(care), "--no-discover"]) == 0


def test_where_a_name_may_stand_in_what_can_not_be_read_all_is_told(
    care: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ruleset(care.parent, "care", CARE.replace("calls > 2", "calls > depth"))
    ruleset(care.parent, "given", "facts: {depth: {value: 1 +}}\n")

    assert main(["test", str(care), "--no-discover"]) == 2
    assert "given.yaml:7:" in capsys.readouterr().err


def test_coverage_is_that_of_the_ruleset_beside(care: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ruleset(care.parent, "other", "rules: [{id: many, when: calls > 9}]\n")
    ruleset(care.parent, "care", CARE + "  - {id: r, when: \"fired('own.other/many')\"}\n")

    assert main(["test", str(care), "--no-discover", "--coverage"]) == 1
    assert "own.other" not in capsys.readouterr().out


def test_cases_without_a_ruleset_of_their_name_are_of_the_folder(care: Path) -> None:
    care.rename(care.with_name("all.cases.yaml"))

    assert main(["test", str(care.with_name("all.cases.yaml")), "--no-discover"]) == 0


def test_a_short_name_means_the_ruleset_beside_the_cases(care: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another ruleset of the folder has a rule, a score, a table and a machine of the same names."""
    parts = """\
  - {id: other, when: calls > PLACE}
scores: {score: {aggregate: sum, range: [0, 9], terms: [{id: t, value: calls, range: [0, PLACE]}]}}
tables: {table: {hit_policy: first, inputs: [calls], rows: [{id: r, when: ["> 0"], then: {o: PLACE}}]}}
states: {machine: {initial: now, transitions: [{from: now, to: then, when: calls > PLACE}]}}
"""
    ruleset(care.parent, "care", CARE + parts.replace("PLACE", "1"))
    ruleset(care.parent, "well", CARE.replace("> 2", "> 3") + parts.replace("PLACE", "5"))
    expect = "fired: [cared_for, other], scores: {score: {value: 1}}, outcomes: {table: 1}, states: {machine: then}"
    text = CASES.replace("fired: [cared_for]", expect)
    care.write_text(text.replace("expect:", "previous: {as_of: 2026-06-29, states: {machine: then}}, expect:"))
    assert main(["test", str(care.parent), "--no-discover"]) == 0
    assert capsys.readouterr().out == "1 case: 1 passed, 0 failed\n"

    care.with_name("well.cases.yaml").write_text(text)
    assert main(["test", str(care.parent), "--no-discover"]) == 1
    assert "expected `own.well/cared_for` to fire" in capsys.readouterr().out

    care.rename(care.with_name("all.cases.yaml"))
    assert main(["test", str(care.parent), "--no-discover"]) == 1
    assert "`machine` is ambiguous; one of: own.care.machine, own.well.machine" in capsys.readouterr().out
