"""Forms that were filled in wrongly, files that are none, and declarations that do not fit."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

import clientcore as cc
from clientcore.answers import Answers

ENGINE = cc.Engine()
GOOD = {
    "account_id": "a",
    "fact": "risk_appetite",
    "level": "2",
    "source": "supplier_self_assessed",
    "answered_on": "2026-06-01",
    "answered_by": "management",
}


def read(tmp_path: Path, *rows: Mapping[str, str]) -> Answers:
    path = tmp_path / "form.csv"
    names = dict.fromkeys([*GOOD, "subject", "subject_id", "value", "evidence", "applies"])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)
    return cc.read_answers(path, ENGINE)


@pytest.mark.parametrize(
    ("changed", "column", "code"),
    [
        ({"fact": "risk_apetite"}, "fact", "CC601"),
        ({"fact": "divergent_consented"}, "fact", "CC601"),
        ({"subject": "firm"}, "subject", "CC602"),
        ({"subject": "workstream", "subject_id": "w"}, "subject", "CC601"),
        ({"account_id": ""}, "account_id", "CC605"),
        ({"level": "4"}, "level", "CC603"),
        ({"level": "much"}, "level", "CC602"),
        ({"level": "", "value": "0,5"}, "value", "CC602"),
        ({"level": "", "value": "nan"}, "value", "CC602"),
        ({"level": "", "value": "1.5"}, "value", "CC603"),
        ({"value": "0.5"}, "value", "CC602"),
        ({"source": "hearsay"}, "source", "CC602"),
        ({"fact": "named_partner"}, "source", "CC604"),
        ({"fact": "client_visible_text"}, "level", "CC602"),
        ({"answered_on": "1.6.2026"}, "answered_on", "CC602"),
        ({"answered_by": ""}, "answered_by", "CC602"),
        ({"answered_by": "someone@example.org"}, "answered_by", "CC602"),
        ({"applies": "no"}, "applies", "CC602"),
        ({"applies": "perhaps"}, "applies", "CC602"),
        ({"level": "", "applies": "yes"}, "applies", "CC602"),
        ({"fact": "budget_evidenced", "subject": "opportunity", "subject_id": ""}, "subject_id", "CC605"),
    ],
)
def test_a_wrong_cell_is_told_with_file_line_and_column(
    tmp_path: Path, changed: Mapping[str, str], column: str, code: str
) -> None:
    answers = read(tmp_path, GOOD, {"fact": "risk_appetite"}, {**GOOD, **changed})
    assert (len(answers.given), answers.empty) == (1, 1)
    assert [(one.file, one.line, one.column, one.code) for one in answers.rejects] == [("form.csv", 4, column, code)]
    assert answers.rejects[0].value == {**dict.fromkeys(["value", "subject_id"], ""), **GOOD, **changed}[column]


@pytest.mark.parametrize(
    ("changed", "columns"),
    [
        # a day that can't be read hides nothing of the answer itself
        (
            {"answered_on": "1.6.2026", "level": "7", "source": "", "answered_by": ""},
            "source answered_on answered_by level",
        ),
        ({"answered_on": "", "level": "", "value": "much"}, "answered_on value"),
        ({"level": "x", "value": "y", "applies": "perhaps"}, "applies level value"),
        ({"applies": "no", "value": "1.5", "level": ""}, "applies value"),
        ({"fact": "nobody", "subject": "firm", "account_id": "", "source": ""}, "fact subject subject_id source"),
    ],
)
def test_all_that_is_wrong_in_one_row_is_told_at_once(tmp_path: Path, changed: Mapping[str, str], columns: str) -> None:
    answers = read(tmp_path, {**GOOD, **changed})
    assert [one.column for one in answers.rejects] == columns.split()
    assert answers.given == ()


def test_lines_are_those_that_an_editor_shows(tmp_path: Path) -> None:
    wrong = {**GOOD, "level": "7"}
    answers = read(tmp_path, {**GOOD, "evidence": "two\nlines"}, wrong)
    assert [str(one).partition(": CC")[0] for one in answers.rejects] == ["form.csv: line 4, column level"]
    (tmp_path / "blank.csv").write_text((tmp_path / "form.csv").read_text().replace("\na,", "\n\na,"))
    assert [one.line for one in cc.read_answers(tmp_path / "blank.csv", ENGINE).rejects] == [6]
    question = {**{name: GOOD[name] for name in ("account_id", "fact")}, "answers": [GOOD]}
    whole = {"format": "clientcore-form/1", "questions": [question, {**question, "answers": [wrong]}]}
    text = json.dumps(whole, indent=1)
    (tmp_path / "form.json").write_text(text)
    (reject,) = cc.read_answers(tmp_path / "form.json", ENGINE).rejects
    before = text[: text.index('"level": "7"')]
    assert reject.line == before[: before.rindex(' {\n   "account_id"')].count("\n") + 1
    late = cc.read_answers(tmp_path / "form.json", ENGINE).at(date(2026, 1, 1)).problems[0]
    assert str(late).startswith("form.json:4:1: warning CC612 ")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("form.txt", "x", "is no form"),
        ("form.csv", "", "no names of columns"),
        (
            "form.csv",
            "fact,level\n",
            "are missing or there twice: `value`, `source`, `answered_on`, `answered_by`; keep",
        ),
        ("form.csv", '"' + "x" * 131_073 + '",level', "can't be read as CSV"),
        ("form.json", "{", "is no JSON"),
        ("form.json", '{"format": "clientcore-form/1", "questions": ["\\ud800"]}', "is no JSON"),
        ("form.json", '{"questions": [], "questions": []}', "key `questions` is given twice in a record"),
        ("form.json", "{}", "is no form of format"),
        ("form.json", '{"format": "clientcore-form/1", "questions": [1]}', "question 1 has no list `answers`"),
    ],
)
def test_a_file_that_is_no_form_is_refused(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(cc.BookError, match=f"CC608 .*{message}"):
        cc.read_answers(tmp_path / name, ENGINE)


HEAD = "format: clientcore/1\nlanguage: cel-profile/1\nruleset: t.t\nversion: '1.0.0'\nsubject: SUBJECT\ntitle: T\n"


@pytest.mark.parametrize(
    ("subject", "declared", "problem"),
    [
        ("account", "kind: day, answer: {anchors: [{value: 1, means: m, example: e}]}", "CC106 `f` is of kind day"),
        ("account", "kind: number, answer: {anchors: [{value: 1, means: m, example: e}]}", "CC107 `f` has one anchor"),
        (
            "account",
            "kind: number, range: [0, 1], answer: {anchors: [{value: 0, means: m, example: e}, "
            "{value: 2, means: m, example: e}]}",
            "CC107 level 1 of `f` is 2, outside its range; from 0 to 1",
        ),
        (
            "account",
            "kind: number, answer: {anchors: [{value: 0, means: m, example: e}, {value: much, means: m, example: e}]}",
            "CC106 level 1 of `f` is not a number",
        ),
        (
            "account",
            "kind: number, answer: {anchors: [{value: 0, means: m, example: e}, {value: 0, means: m, example: e}]}",
            "CC111 level 1 of `f` has the value of another level",
        ),
        ("opportunity", "kind: number, answer: {evidence: x}", "CC105 key `field` is missing in the answer of `f`"),
        ("opportunity", "kind: number, answer: {field: budget_levl}", "did you mean `budget_level`?"),
    ],
)
def test_what_does_not_fit_an_answer_is_told(tmp_path: Path, subject: str, declared: str, problem: str) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(f"{HEAD.replace('SUBJECT', subject)}inputs:\n  f: {{{declared}}}\n")
    with pytest.raises(cc.RulesetError) as error:
        cc.Engine([path], discover=False)
    assert problem in str(error.value)
    assert ":8:" in str(error.value)
