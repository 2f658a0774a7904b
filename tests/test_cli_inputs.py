"""What a command reads is never written over by what it writes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clientcore.cli import main

RULESET = """\
format: clientcore/1
language: cel-profile/1
ruleset: own.r
version: 1.0.0
subject: account
title: T
inputs: {nps: {kind: number, ask: "How likely?"}}
rules: [{id: low, when: nps < 0}]
"""
ENGINE = ["--no-discover", "--rulesets", "rules"]
DAY = ["--as-of", "2026-06-30"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("book", "rules/deep"):
        Path(name).mkdir(parents=True)
    Path("book/accounts.csv").write_text("id\na\n,\n")
    Path("rules/own.yaml").write_text(RULESET)
    Path("rules/deep/more.yaml").write_text(RULESET.replace("own.r", "own.m").replace("inputs:", "doc: x\ninputs:"))
    Path("form.csv").write_text(
        "subject,subject_id,fact,field,level,value,source,answered_on,answered_by\naccount,a,nps,,,5,client_stated,2026-01-01,x\n"
    )
    Path("tables.json").write_text('{"accounts": ["id"]}')
    Path("same").symlink_to("book")
    return tmp_path


def state(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize(
    "words",
    [
        ["evaluate", "book", *DAY, *ENGINE, "-o", "book/accounts.csv"],
        ["evaluate", "book", *DAY, *ENGINE, "-o", "same/accounts.csv"],
        ["evaluate", "same/", *DAY, *ENGINE, "--rejects", "book/../book/accounts.csv"],
        ["evaluate", "book", *DAY, *ENGINE, "--answers", "form.csv", "-o", "form.csv"],
        ["explain", "book", "a", *DAY, *ENGINE, "--rejects", "book/accounts.csv"],
        ["questions", "book", *DAY, *ENGINE, "-o", "book/accounts.csv"],
        ["report", "book", "R1", *DAY, *ENGINE, "-o", "book/accounts.csv"],
        ["sql", *ENGINE, "-o", "rules/own.yaml"],
        ["sql", *ENGINE, "-o", "rules/deep/more.yaml"],
        ["sql", *ENGINE, "--tables", "tables.json", "-o", "tables.json"],
    ],
)
def test_what_is_read_is_not_written_over(folder: Path, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    before = state(folder)
    assert main(words) == 2
    told = capsys.readouterr().err
    assert told.startswith("clientcore: can't write `")
    assert told.endswith("names: this command reads it; name another\n")
    assert state(folder) == before


def test_two_things_are_not_written_to_one_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = state(folder)
    assert main(["evaluate", "book", *DAY, *ENGINE, "-o", "out.csv", "--rejects", "./out.csv"]) == 2
    told = "clientcore: -o and --rejects both name `out.csv`; give each a file of its own\n"
    assert capsys.readouterr().err == told
    assert state(folder) == before


@pytest.mark.usefixtures("folder")
def test_decisions_may_go_beside_the_tables_and_over_those_of_the_day_before() -> None:
    words = ["evaluate", "book", *DAY, *ENGINE, "-o", "book/decisions.csv"]
    assert [main(words), main(words), main([*words, "--previous", "book/decisions.csv"])] == [0, 0, 0]
    assert main(["evaluate", "book", *DAY, *ENGINE, "-o", os.devnull, "--format", "csv", "--rejects", "r.csv"]) == 0


@pytest.mark.parametrize("option", ["-o", "--rejects"])
def test_what_a_mapping_reads_is_not_written_over(
    folder: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    Path("crm").mkdir()
    Path("crm/Customer List.csv").write_text("key\na\n")
    Path("crm.yaml").write_text(
        "format: clientcore-mapping/1\nsources:\n  customer: {names: [customer_list]}\n"
        "entities:\n  accounts: SELECT key AS id FROM customer\n"
    )
    before = state(folder)
    words = ["evaluate", "crm", "--mapping", "crm.yaml", *DAY, *ENGINE, option]
    assert main([*words, "crm/Customer List.csv"]) == 2
    told = (
        f"clientcore: can't write `crm/Customer List.csv`, which {option} names: the mapping reads it; name another\n"
    )
    assert capsys.readouterr().err == told
    assert state(folder) == before
    assert [main([*words, "crm/decisions.csv"]), main([*words, "crm/decisions.csv"])] == [0, 0]


@pytest.mark.parametrize("given", ["", ",", " , "])
@pytest.mark.usefixtures("folder")
def test_a_list_that_names_nothing_is_refused(capsys: pytest.CaptureFixture[str], given: str) -> None:
    """As where a variable of the shell is empty; every account would be told, and nothing about it."""
    assert main(["evaluate", "book", *DAY, *ENGINE, "--only", given]) == 2
    assert "argument --only: it names nothing; write a comma list, or leave the option out" in capsys.readouterr().err
