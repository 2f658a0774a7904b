"""What a command tells is said in its options: no argument of the library, no class of Python."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from clientcore.cli.main import main
from clientcore.cli.words import in_options

RULES = """\
format: clientcore/1
language: cel-profile/1
ruleset: own.rules
version: 1.0.0
subject: account
title: Own
inputs:
  n: {kind: number}
rules:
  - {id: many, when: n > 1}
"""
EVALUATE = ["evaluate", "book", "--as-of", "2026-06-30", "--rulesets", "own.yaml", "--no-discover"]
#: What no user of a command has typed: keyword arguments, calls, classes of Python, and `a frame`.
OF_PROGRAMS = re.compile(
    r"`?\b(sink|as_of|changed_since|person_facts|horizon_days|retention_days|profile_by|at_a_time)\b|\w+=['\[`]|"
    r"`(only|previous|profile|lock|rejects|mapping|facts|facts_of)`|\w+\(\)|\bNoneType\b|\bdict\b|\bframe\b|\bstr\b"
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "accounts.csv").write_text("id\nx\n")
    (tmp_path / "book" / "facts.csv").write_text("account_id,n\nx,3\n")
    (tmp_path / "own.yaml").write_text(RULES)
    (tmp_path / "events.jsonl").write_text(
        '{"id": "d1", "type": "day", "at": "2026-01-01"}\n{"id": "d2", "type": "day", "at": "2027-12-31"}\n'
    )
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([*EVALUATE, "-o", "x.csv", "--format", "parquet"],
         "--format parquet does not fit the ending of `x.csv`; give it an ending that fits, or leave --format out"),
        ([*EVALUATE, "-o", "x.parquet", "--format", "csv"],
         "--format csv does not fit the ending of `x.parquet`; give it an ending that fits, or leave --format out"),
        (["report", "book", "R2", "--as-of", "2026-06-30", "-o", "x.csv", "--format", "parquet"],
         "--format parquet does not fit the ending of `x.csv`"),
        ([*EVALUATE, "--changed-since", "2026-06-30T06:00:00Z"],
         "--changed-since says which decisions of an earlier run are kept; give --previous FILE too"),
        ([*EVALUATE, "--only", "nosuch"], "CC403 --only names `nosuch`, which no ruleset of this subject has"),
        (["sql", "--only", "nosuch"], "CC403 --only names `nosuch`, which no ruleset of this subject has"),
        (["questions", "book", "--as-of", "2026-06-30", "--only", "nosuch"], "CC403 --only names `nosuch`"),
        ([*EVALUATE, "--person-facts", "nosuch"], "CC403 --person-facts names `nosuch`, which is no fact"),
        ([*EVALUATE, "--previous", "later.csv"], "CC608 the file of --previous is of 2026-07-30 for x, later than"),
        ([*EVALUATE, "--previous", "book/accounts.csv"],
         "CC608 the file of --previous has no columns `account_id`"),
        ([*EVALUATE, "--previous", "other.csv", "--changed-since", "2026-06-30T06:00:00Z"],
         "so its rows can't be kept; leave --changed-since out after a change of rulesets"),
        (["report", "book", "R5", "--as-of", "2026-06-30", "--previous", "2026-07-30"],
         "CC403 --previous is 2026-07-30, not earlier than 2026-06-30; give the day to compare with"),
        (["explain", "book", "x", "--as-of", "2026-06-30", "--only", "trust.parts.*", "--why", "trust.partner.status"],
         "name it with --only, as `trust.partner.*`"),
        (["session", "events.jsonl", "--journal", "live.sqlite", "--rulesets", "own.yaml", "--no-discover"],
         "check the year; where it is meant, open the session with a larger --horizon-days"),
    ],
)  # fmt: skip
def test_what_is_told_is_said_in_options(
    arguments: list[str], told: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "later.csv").write_text("account_id,as_of\nx,2026-07-30\n")
    (folder / "other.csv").write_text("account_id,as_of\nx,2026-06-30\n")
    assert main(arguments) != 0
    found = "".join(capsys.readouterr())
    assert told in found
    assert OF_PROGRAMS.search(found.replace("and `as_of`", "")) is None, found


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("own.yaml:3:4: CC403 `only` names `x`; y", "own.yaml:3:4: CC403 --only names `x`; y"),
        ("CC602 the value of `only` is `a`", "CC602 the value of `only` is `a`"),
        ("own.yaml:3:4: CC105 key `previous` is missing", "own.yaml:3:4: CC105 key `previous` is missing"),
        ("CC604 `mood` is about a person; name it in `person_facts` to opt in",
         "CC604 `mood` is about a person; name it with --person-facts to opt in"),
        ("use the record executor (executor='record')",
         "use the record executor (clientcore evaluate --executor record)"),
        ("name fewer rules by `only=`, and make a table of each part",
         "name fewer rules by --only, and make a table of each part"),
    ],
)  # fmt: skip
def test_words_of_the_user_stay(said: str, told: str) -> None:
    assert in_options(said) == told
