"""Answers about each kind of subject reach its decision, and none is dropped without a word."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import polars as pl
import pytest

import clientcore as cc
from clientcore.answers import Taken
from clientcore.cli import main

AS_OF = date(2026, 6, 30)
SUBJECTS = {"account": "a", "organisation": "a", "opportunity": "o", "workstream": "w"}
#: Fact → where its value comes from: handed in, or a field of the record.
FIELDS = {"opportunity": "budget_level", "workstream": "planned_hours"}

HEAD = """\
format: clientcore/1
language: cel-profile/1
ruleset: zeal.{subject}
version: 1.0.0
subject: {subject}
title: Zeal
{declared}
rules:
  - {{id: hot, when: zeal_{subject} > 0.5}}
"""


def ruleset(folder: Path, subject: str) -> Path:
    field = FIELDS.get(subject)
    rest = "ask: How much?, answer: {expires_days: 30EXTRA}"
    declared = (
        f"inputs:\n  zeal_{subject}: {{kind: number, range: [0, 1], {rest.replace('EXTRA', '')}}}"
        if field is None
        else f"facts:\n  zeal_{subject}: {{value: {field}, {rest.replace('EXTRA', f', field: {field}')}}}"
    )
    path = folder / f"{subject}.yaml"
    path.write_text(HEAD.format(subject=subject, declared=declared), encoding="utf-8")
    return path


@pytest.fixture
def engine(tmp_path: Path) -> cc.Engine:
    return cc.Engine([ruleset(tmp_path, subject) for subject in SUBJECTS], discover=False)


@pytest.fixture
def book(tmp_path: Path) -> cc.Book:
    """An account and an organisation of one id, with what belongs to the account."""
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "accounts.csv").write_text("id\na\n")
    (folder / "organisations.csv").write_text("id\na\n")
    (folder / "opportunities.csv").write_text("id,account_id\no,a\n")
    (folder / "workstreams.csv").write_text("id,account_id\nw,a\n")
    return cc.read_book(folder)


def form(tmp_path: Path, ids: Mapping[str, str] = SUBJECTS, day: str = "2026-06-01", value: str = "0.9") -> Path:
    lines = ["account_id,subject,subject_id,fact,level,value,source,answered_on,answered_by"]
    for subject, id_ in ids.items():
        lines.append(
            f"{'a' if subject != 'account' else id_},{subject},{id_},zeal_{subject},,{value},supplier_record,{day},lead"
        )
    path = tmp_path / "form.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def taken(tmp_path: Path, engine: cc.Engine, **more: object) -> Taken:
    answers = cc.read_answers(form(tmp_path, **more), engine)  # type: ignore[arg-type]
    assert answers.rejects == ()
    return answers.at(AS_OF)


@pytest.mark.parametrize("executor", ["columnar", "record"])
@pytest.mark.parametrize("subject", SUBJECTS)
def test_an_answer_reaches_the_decision(
    tmp_path: Path, engine: cc.Engine, book: cc.Book, subject: str, executor: str
) -> None:
    found = taken(tmp_path, engine)
    assert found.unplaced(book) == ()
    column = f"zeal_{subject}__hot"
    frames = [
        engine.evaluate_book(one, as_of=AS_OF, subject=subject, executor=executor) for one in (book, found.into(book))
    ]
    assert [frame[column].to_list() for frame in frames] == [[None], [True]]
    assert [frame["error"].to_list() for frame in frames] == [[None], [None]]


def test_an_organisation_reads_no_facts_of_an_account_with_its_id(
    tmp_path: Path, engine: cc.Engine, book: cc.Book
) -> None:
    only_account = taken(tmp_path, engine, ids={"account": "a"}).into(book)
    frame = engine.evaluate_book(only_account, as_of=AS_OF, subject="organisation")
    assert (frame["zeal_organisation__hot"].to_list(), frame["error"].to_list()) == ([None], [None])
    against = {"account": "0.9", "organisation": "0.1"}
    joined = book
    for subject, value in against.items():
        joined = taken(tmp_path, engine, ids={subject: "a"}, value=value).into(joined)
    assert [
        engine.evaluate_book(joined, as_of=AS_OF, subject=subject)[f"zeal_{subject}__hot"].item() for subject in against
    ] == [True, False]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_book_has_facts_about_organisations(tmp_path: Path, engine: cc.Engine, suffix: str) -> None:
    folder = tmp_path / "read"
    folder.mkdir()
    for name, rows in {
        "accounts": {"id": ["a", "b"]},
        "organisations": {"id": ["a"]},
        "organisation_facts": {"organisation_id": ["a", "z"], "zeal_organisation": [0.9, 0.9]},
    }.items():
        frame = pl.DataFrame(rows)
        if suffix == "csv":
            frame.write_csv(folder / f"{name}.csv")
        else:
            frame.write_parquet(folder / f"{name}.parquet")
    book = cc.read_book(folder)
    assert book.rejects.select("table", "row", "column", "value", "code").rows() == [
        ("organisation_facts", 3 if suffix == "csv" else 2, "organisation_id", "z", "CC607")
    ]
    assert engine.evaluate_book(book, as_of=AS_OF, subject="organisation")["zeal_organisation__hot"].item() is True
    assert cc.read_book(folder, tables=["opportunities"]).rejects.height == 0
    if suffix == "parquet":
        parts = cc.read_book(folder, in_parts=True)
        assert engine.evaluate_book(parts, as_of=AS_OF, subject="organisation")["zeal_organisation__hot"].item() is True
        assert engine.evaluate_book(parts, as_of=AS_OF, at_a_time=1)["zeal_account__hot"].to_list() == [None, None]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_whom_the_book_does_not_have_is_told(
    tmp_path: Path, engine: cc.Engine, book: cc.Book, subject: str, capsys: pytest.CaptureFixture[str]
) -> None:
    strangers = {subject: "zz"}
    problems = taken(tmp_path, engine, ids=strangers).unplaced(book)
    assert [(one.code, one.message) for one in problems] == [
        ("CC607", f"answers about `zz` are left out: the book has no such {subject}")
    ]
    rulesets = [str(tmp_path / f"{name}.yaml") for name in SUBJECTS]
    command = ["evaluate", str(tmp_path / "book"), "--as-of", "2026-06-30", "--no-discover", "--rulesets", *rulesets]
    assert main([*command, "--subject", subject, "--answers", str(form(tmp_path, strangers))]) == 0
    assert f"answers about `zz` are left out: the book has no such {subject}" in capsys.readouterr().err


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.usefixtures("book")
def test_what_was_answered_is_asked_again_once_it_has_expired(
    tmp_path: Path, engine: cc.Engine, subject: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rulesets = [str(tmp_path / f"{name}.yaml") for name in SUBJECTS]
    shared = ["--as-of", "2026-06-30", "--no-discover", "--rulesets", *rulesets]
    questions = ["questions", str(tmp_path / "book"), *shared, "--subject", subject, "--answers"]
    for day, asked in (("2026-05-31", 0), ("2026-05-30", 1)):  # thirty days and thirty-one
        path = str(form(tmp_path, {subject: SUBJECTS[subject]}, day))
        assert main([*questions, path]) == 0
        shown = capsys.readouterr()
        assert shown.out.startswith(f"{asked} question")
        told = f"the answer to `zeal_{subject}` of {subject} `{SUBJECTS[subject]}` has expired: 0.9 (lead"
        assert (told in shown.err) == bool(asked)
        assert main(["answers", path, *shared]) == 0
        assert ("1 answer expired" in capsys.readouterr().out) == bool(asked)
    assert taken(tmp_path, engine, day="2026-05-30").facts == {}


@pytest.mark.parametrize(
    ("subject", "declared", "problem"),
    [
        ("workstream", "kind: number, ask: How?", ":8:26: CC105 `f` is asked for, and nothing can be handed in"),
        (
            "opportunity",
            "kind: number, answer: {field: budget_level}",
            "CC107 an answer in `budget_level` does not reach",
        ),
        ("account", "kind: text, answer: {field: industry}", "CC107 an answer in `industry` does not reach"),
    ],
)
def test_what_nobody_could_answer_is_not_asked_for(tmp_path: Path, subject: str, declared: str, problem: str) -> None:
    path = tmp_path / "t.yaml"
    head = HEAD.partition("{declared}")[0].format(subject=subject)
    path.write_text(f"{head}inputs:\n  f: {{{declared}}}\n", encoding="utf-8")
    with pytest.raises(cc.RulesetError) as error:
        cc.Engine([path], discover=False)
    assert problem in str(error.value)
