"""What commands decide about: `--subject`, `--only` and `--answers` of explain, questions and review."""

from __future__ import annotations

import csv
import json
import shlex
import sqlite3
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest

from clientcore.cli import main

DAY = ["--as-of", "2026-06-30"]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("subjects") / "book"
    assert main(["simulate", "-n", "12", "--seed", "5", "-o", str(folder)]) == 0
    return str(folder)


@pytest.fixture(scope="module")
def form(book: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a form of a-0001 in which each question with levels is answered with level 2."""
    path = tmp_path_factory.mktemp("forms") / "form.csv"
    assert main(["questions", book, "a-0001", *DAY, "-o", str(path)]) == 0
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    rows = [row for row in rows if row["level_2"]]
    for row in rows:
        source = row["sources"].partition(" or ")[0] or "client_stated"
        row |= {"level": "2", "source": source, "answered_on": "2026-06-01", "answered_by": "buyer", "evidence": "said"}
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main([*arguments, *DAY]) == 0
    return capsys.readouterr().out


def first_open_opportunity(book: str) -> str:
    frame = pl.read_csv(f"{book}/opportunities.csv")
    return str(frame.filter(~pl.col("is_closed"))["id"][0])


def test_what_is_on_request_is_explained_when_it_is_named(book: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "health.composite" not in told(capsys, "explain", book, "a-0001")
    assert "(health.composite.purpose)" in told(capsys, "explain", book, "a-0001", "--only", "health.*")
    assert main(["explain", book, "a-0001", *DAY, "--why", "health.composite.health"]) == 2
    assert "was not computed: name it with --only, as `health.composite.*`" in capsys.readouterr().err


def test_an_opportunity_is_explained(book: str, capsys: pytest.CaptureFixture[str]) -> None:
    id_ = first_open_opportunity(book)
    shown = told(capsys, "explain", book, id_, "--subject", "opportunity")
    assert shown.startswith(f"opportunity {id_}, as of 2026-06-30\n")
    assert "qualification.opportunity.advice" in shown
    data = json.loads(told(capsys, "explain", book, id_, "--subject", "opportunity", "--format", "json"))
    assert (data["decision"]["subject"], data["decision"]["subject_id"]) == ("opportunity", id_)


def test_an_explained_opportunity_is_decided_as_in_the_book(
    book: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "deals.parquet"
    told(capsys, "evaluate", book, "--subject", "opportunity", "-o", str(out))
    id_ = first_open_opportunity(book)
    row = pl.read_parquet(out).filter(pl.col("opportunity_id") == id_).row(0, named=True)
    data = json.loads(told(capsys, "explain", book, id_, "--subject", "opportunity", "--format", "json"))
    scores = data["decision"]["scores"]
    assert scores
    for name, score in scores.items():
        assert (row[f"{name.replace('.', '_')}_low"], row[f"{name.replace('.', '_')}_high"]) == (
            score["low"],
            score["high"],
        )


def test_the_only_organisation_needs_no_name(book: str, capsys: pytest.CaptureFixture[str]) -> None:
    unnamed = told(capsys, "explain", book, "--subject", "organisation")
    assert unnamed.startswith("organisation org-1, as of 2026-06-30\n")
    assert unnamed == told(capsys, "explain", book, "org-1", "--subject", "organisation")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name the account after the book; one of: a-0001, a-0002, a-0003, a-0004, a-0005, ... and 7 more"),
        (["org-1"], "it is an organisation: give --subject organisation"),
        (["a-0001", "--subject", "opportunity"], "it is an account: give --subject account"),
        (["org-2", "--subject", "organisation"], "did you mean `org-1`?"),
        (["a-0001", "--only", "nosuch.*"], "nosuch"),
        (["a-0001", "--why", "qualification.opportunity.advice"], "it is about the subject opportunity"),
    ],
)
def test_what_names_no_subject_is_told(
    book: str, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", book, *arguments, *DAY]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""


def test_an_opportunity_without_an_account_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "accounts.csv").write_text("id\nacme\n")
    (tmp_path / "opportunities.csv").write_text("id,account_id,recorded_at\no1,,\no2,acme,2026-07-15T00:00:00Z\n")
    options = ["--subject", "opportunity", *DAY]
    assert main(["explain", str(tmp_path), "o1", *options]) == 2
    assert "opportunity `o1` belongs to no account" in capsys.readouterr().err
    assert main(["explain", str(tmp_path), "o2", *options]) == 2
    assert "opportunity `o2` was not known on 2026-06-30" in capsys.readouterr().err


def test_answers_count_in_an_explanation(book: str, form: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with form.open(newline="") as file:
        answered = next(csv.DictReader(file))["fact"]
    asked = ["explain", book, "a-0001", "--why", answered]
    assert f"{answered} is unknown" in told(capsys, *asked)
    assert "as handed in" in told(capsys, *asked, "--answers", str(form))


def test_what_is_answered_is_not_asked_again(
    book: str, form: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left = tmp_path / "left.csv"
    told(capsys, "questions", book, "a-0001", "--answers", str(form), "-o", str(left))
    with form.open(newline="") as before, left.open(newline="") as after:
        given = {row["fact"] for row in csv.DictReader(before)}
        asked = {row["fact"] for row in csv.DictReader(after)}
    assert given
    assert not given & asked


def test_answers_count_in_a_review(book: str, form: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "review", book, "a-0001") != told(capsys, "review", book, "a-0001", "--answers", str(form))


def test_what_does_not_apply_is_not_unknown(book: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = told(capsys, "evaluate", book, "--subject", "opportunity", "-o", str(tmp_path / "deals.parquet"))
    closed = int(pl.read_csv(f"{book}/opportunities.csv")["is_closed"].sum())
    line = next(line for line in shown.splitlines() if "qualification.opportunity.advice" in line)
    assert line.endswith(f", does not apply {closed}")
    assert "unknown" not in line


def test_the_command_that_evaluate_names_explains_as_it_evaluated(
    book: str, form: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    june = tmp_path / "june.parquet"
    plugins = ["--no-discover", "--plugins", "clientcore_trust", "clientcore_spectrum"]
    options = ["--only", "trust.*", "--answers", str(form), *plugins]
    told(capsys, "evaluate", book, *options, "-o", str(june))
    assert main(["evaluate", book, "--as-of", "2026-07-31", "--previous", str(june), *options]) == 0
    line = capsys.readouterr().out.splitlines()[-1]
    words = shlex.split(line.partition(": clientcore ")[2])
    assert words[:3] == ["explain", book, "a-0001"]
    assert words[words.index("--previous") + 1] == str(june)
    july = tmp_path / "july.parquet"
    assert main(["evaluate", book, "--as-of", "2026-07-31", "--previous", str(june), *options, "-o", str(july)]) == 0
    capsys.readouterr()
    assert main([*words, "--format", "json"]) == 0
    decision = json.loads(capsys.readouterr().out)["decision"]
    row = pl.read_parquet(july).row(0, named=True)
    assert json.loads(row["_base"]) == decision["base"]
    assert {name: state["value"] for name, state in decision["states"].items()} == {
        name: row[name.replace(".", "_")] for name in decision["states"]
    }


RULES = """\
format: clientcore/1
language: cel-profile/1
ruleset: own.{name}
version: 1.0.0
subject: {subject}
title: Own
"""
STATES = """\
states:
  mood: {initial: calm, transitions: [{from: calm, to: upset, when: employees > 5}]}
"""
TABLES = """\
tables:
  advice:
    title: Advice
    hit_policy: first
    inputs: [account.own.above.mood]
    rows: [{id: upset, when: ["'upset'"], then: {advice: wait}}]
    default: go on
"""


def test_a_table_may_stand_on_what_was_decided_of_the_account(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "accounts.csv").write_text("id\nacme\n")
    (tmp_path / "opportunities.csv").write_text("id,account_id\no1,acme\n")
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "above.yaml").write_text(RULES.format(name="above", subject="account") + STATES)
    (rules / "below.yaml").write_text(RULES.format(name="below", subject="opportunity") + TABLES)
    options = ["--subject", "opportunity", "--rulesets", str(rules), "--no-discover"]
    assert "  Advice: not settled: wait or go on  (own.below.advice)\n" in told(
        capsys, "explain", str(tmp_path), *options
    )


@pytest.mark.parametrize(
    ("subject", "table", "keys"),
    [
        ("opportunity", "opportunities", "the columns `id` and `account_id`"),
        ("workstream", "workstreams", "the columns `id` and `account_id`"),
        ("organisation", "organisations", "the column `id`"),
    ],
)
def test_a_book_without_subjects_of_a_kind_says_which_table_it_lacks(
    tmp_path: Path, subject: str, table: str, keys: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "accounts.csv").write_text("id\na\n")
    options = [str(tmp_path), *DAY, "--subject", subject]
    lacks = f"`{tmp_path}` has no table `{table}`, so there is no {subject}; put a file `{table}.csv` "
    for command in ("evaluate", "questions"):
        assert main([command, *options]) == 0
        captured = capsys.readouterr()
        (line,) = [one for one in captured.err.splitlines() if table in one]
        assert line.startswith(lacks)
        assert line.endswith(f"with at least {keys}")
        assert "why" not in captured.out
    assert main(["explain", *options, "--format", "json"]) == 2
    assert lacks in capsys.readouterr().err
    (tmp_path / f"{table}.csv").write_text("id,account_id\n" if "account" in keys else "id\n")
    assert main(["evaluate", *options]) == 0
    assert f"table `{table}` of `{tmp_path}` holds no row" in capsys.readouterr().err


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_book_with_subjects_lacks_nothing(tmp_path: Path, ending: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "accounts.csv").write_text("id\na\n")
    options = [str(folder), *DAY, "--no-discover", "-o", str(tmp_path / f"out.{ending}")]
    assert main(["evaluate", *options]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert "1 account, 0 rulesets" in captured.out
    (folder / "accounts.csv").write_text("id\n")
    assert main(["evaluate", *options]) == 0
    assert capsys.readouterr().err == "accounts.csv:1:1: warning CC605 the book has no accounts\n"


def test_a_book_in_one_file_is_told_where_the_table_would_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(tmp_path / "crm.db")) as connection:
        connection.execute("CREATE TABLE accounts (id TEXT)")
        connection.commit()
    options = ["evaluate", str(tmp_path / "crm.db"), *DAY, "--subject", "opportunity"]
    assert main(options) == 0
    assert "add it to the database, or give a mapping" in capsys.readouterr().err
    (tmp_path / "ours.yaml").write_text("format: clientcore-mapping/1\nentities: {accounts: SELECT id FROM accounts}\n")
    assert main([*options, "--mapping", str(tmp_path / "ours.yaml")]) == 0
    assert f"give mapping `{tmp_path / 'ours.yaml'}` a query for it" in capsys.readouterr().err


def test_the_command_after_a_form_is_the_one_that_works(
    book: str, form: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It takes the same day, rulesets and plugins; otherwise the answers are about facts that nobody knows."""
    own = tmp_path / "our own.yaml"
    own.write_text(
        "format: clientcore/1\nlanguage: cel-profile/1\nruleset: our.own\nversion: 1.0.0\nsubject: account\n"
        "title: Ours\ninputs:\n  lights_on: {kind: boolean, doc: whether the lights are on, ask: Are the lights on?}\n"
        "rules:\n  - {id: lit, when: lights_on}\n"
    )
    given = ["--rulesets", str(own), "--plugins", "no:clientcore_risk", "--answers", str(form)]
    out = tmp_path / "left open.csv"
    line = told(capsys, "questions", book, "a-0001", *given, "-o", str(out))
    words = shlex.split(line.partition(", then: ")[2])
    assert words[:3] == ["clientcore", "evaluate", book]
    assert words[words.index("--as-of") + 1] == DAY[1]
    assert words[words.index("--answers") + 1 :][:2] == [str(form), str(out)]
    assert main([*words[1:], "-o", str(tmp_path / "decisions.parquet")]) == 0
    assert "CC6" not in capsys.readouterr().err
    columns = pl.read_parquet(tmp_path / "decisions.parquet").columns
    assert "our_own__lit" in columns
    assert not [name for name in columns if name.startswith("risk_")]
