"""Input that does not fit: told in one way, with what would be right, and never passed over in silence."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from clientcore.cli import main

DAY = ["--as-of", "2026-06-30"]
PLAIN = [*DAY, "--no-discover"]
RULES = """\
format: clientcore/1
language: cel-profile/1
ruleset: own.care
version: 1.0.0
subject: account
title: Care
facts:
  engaged: {value: "interactions.map(i, i.duration_minutes * 2).sum()", unit: minutes, doc: minutes}
rules:
  - {id: talkative, when: engaged > 5}
scores:
  care_mode: {aggregate: sum, range: [0, 10], terms: [{id: engaged, value: engaged, range: [0, 10]}]}
  care: {aggregate: sum, range: [0, 10], terms: [{id: engaged, value: engaged, range: [0, 10]}]}
"""


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "accounts.csv").write_text("id,name\nacme,Acme\n")
    (tmp_path / "own.yaml").write_text(RULES)
    return folder


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.splitlines()


def test_a_book_in_latin_1_is_told_with_its_encoding(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (book / "accounts.csv").write_bytes("id,name\nacme,Müller\n".encode("latin-1"))
    assert main(["evaluate", "book", *PLAIN]) == 1
    told = capsys.readouterr().err
    assert (
        "byte 0xFC is `ü` in Latin-1 (ISO 8859-1, Windows-1252), which it seems to be; save the file as UTF-8" in told
    )
    assert "clientcore: every row of `accounts` was set aside, so nothing of it is known\n" in told


def test_what_only_windows_writes_is_told_so(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (book / "accounts.csv").write_bytes("id,name\nacme,5 €\nbolt,Bolt\n".encode("cp1252"))
    assert main(["evaluate", "book", *PLAIN]) == 0  # one account is left
    assert "byte 0x80 is `€` in Windows-1252, which it seems to be" in capsys.readouterr().err


def test_a_related_table_that_is_lost_is_no_fine_answer(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (book / "interactions.csv").write_bytes("id,account_id,subject\n1,acme,Grüße\n".encode("latin-1"))
    options = ["--rulesets", "own.yaml", *PLAIN]
    assert main(["evaluate", "book", *options]) == 1
    assert main(["explain", "book", "acme", *options]) == 1
    assert capsys.readouterr().err.count("every row of `interactions` was set aside") == 2


@pytest.mark.parametrize("command", ["evaluate", "explain", "questions", "review", "report"])
def test_an_empty_path_is_no_book(command: str, book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert book
    assert "it is empty; name a folder, a file or a PostgreSQL URL" in refused(capsys, command, "", *DAY)[-1]


def test_a_folder_without_files_is_not_checked(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, "check", str(book)) == [f"clientcore: {book}: no file `*.yaml` in this folder"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["R3", "--account", "acme"], "report R3 takes no --account; leave it out, or ask for one of: R20"),
        (["R3", "--horizon", "30"], "report R3 takes no --horizon; leave it out, or ask for one of: R7, R18"),
        (["R3", "--scores", "a.b"], "report R3 takes no --scores"),
        (["r5", "--previous", "2026-06-30"], "--previous is 2026-06-30, not earlier than 2026-06-30"),
        (["r5", "--previous", "2026-07-31"], "--previous is 2026-07-31, not earlier than 2026-06-30"),
        (["R99"], "no report `R99`"),
    ],
)
def test_a_report_takes_only_what_it_reads(
    arguments: list[str], told: str, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (line,) = refused(capsys, "report", str(book), *arguments, *DAY)
    assert told in line


def test_a_back_test_waits_until_its_horizon_has_passed(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (book / "accounts.csv").write_text("id,client_since,former_since\nacme,2020-01-01,2026-03-01\n")
    (book / "interactions.csv").write_text("id,account_id,occurred_on\n1,acme,2026-06-29\n")
    options = ["report", "book", "r18", "--as-of", "2025-12-31", "--scores", "starter.account.ties"]
    assert "was lost until 2026-12-31, and nothing in the book is later than 2026-06-29" in refused(capsys, *options)[0]
    assert main([*options, "--horizon", "180"]) == 0


def test_a_file_with_the_name_of_a_profile_is_hinted_at(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.yaml").write_text("format: clientcore-profile/1\nprofile: mine\n")
    told = refused(capsys, "evaluate", str(book), "--profile", "mine", *PLAIN)
    assert told == [
        "clientcore: CC113 unknown profile `mine`",
        "clientcore: there is a file `mine.yaml`: --profile mine.yaml",
    ]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("sql --no-discover --rulesets own.yaml --name v",
         "--name names a view or a table; give --as view or --as table"),
        ("session --journal live.sqlite --no-discover --mapping northwind",
         "--mapping says how to read a book; give --book"),
        ("report --list --format json", "--list prints names and titles; leave --format and -o out"),
    ],
)  # fmt: skip
def test_an_option_that_would_say_nothing_is_told(
    command: str, expected: str, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert book
    assert refused(capsys, *command.split()) == [f"clientcore: {expected}"]


def test_a_statement_names_its_subjects(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert book
    assert main(["sql", "--no-discover", "--rulesets", "own.yaml", "--subject", "opportunity"]) == 0
    assert capsys.readouterr().out.startswith("-- clientcore: opportunities as of the day on which it runs")


def test_cases_are_found_beside_a_ruleset(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (told,) = refused(capsys, "test", "own.yaml", "--no-discover")
    assert told.endswith("`own.yaml` is a ruleset, and there are no cases beside it; write them into `own.cases.yaml`")
    assert book
    Path("own.cases.yaml").write_text(
        "cases: [{id: a, as_of: 2026-06-30, account: {id: a, interactions: []}, expect: {not_fired: [talkative]}}]\n"
    )
    assert main(["test", "own.yaml", "--no-discover"]) == 0


def test_a_word_of_a_name_is_enough_for_a_hint(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["explain", str(book), "acme", "--rulesets", "own.yaml", *PLAIN]
    assert "did you mean one of: `own.care.care_mode`" in refused(capsys, *options, "--why", "mode")[0]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_facts_that_nobody_knows_are_told_for_a_book(
    book: Path, ending: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (book / "accounts.csv").write_text("id\na\nb\nc\n")
    (book / "facts.csv").write_text("account_id,engagd\na,3\nb,2\nc,1\n")
    assert main(["evaluate", "book", "--rulesets", "own.yaml", *PLAIN, "-o", f"out.{ending}"]) == 0
    assert capsys.readouterr().err.splitlines() == [
        "3 accounts: CC601 unknown fact `engagd` handed in; did you mean `engaged`?",
        "problems of 3 accounts are in the column `error`",
    ]


def test_what_frames_can_not_do_is_told_with_the_option(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    longest = "interactions.exists(i, interactions.filter(o, o.duration_minutes > i.duration_minutes).size() > 2)"
    Path("own.yaml").write_text(RULES.replace("engaged > 5", f'"{longest}"'))
    options = ["evaluate", str(book), "--rulesets", "own.yaml", *PLAIN]
    (told,) = refused(capsys, *options)
    assert told.startswith("clientcore: CC401 ")
    assert told.endswith("use the record executor (clientcore evaluate --executor record)")
    assert main([*options, "--executor", "record"]) == 0


def test_every_line_of_an_error_stands_behind_a_place_or_the_program(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("bad.yaml").write_text("format: clientcore/1\nruleset: own.bad\n")
    told = refused(capsys, "evaluate", str(book), "--rulesets", "bad.yaml", "--profile", "nobody", *PLAIN)
    assert len(told) > 2
    assert all(line.startswith(("bad.yaml:", "clientcore: ")) for line in told)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["evaluate", "book", "--rejects", "no/r.csv"],
            "CC608 can't write the rejects to `no/r.csv`: there is no folder",
        ),
        (["sql", "--tables", "no.json"], "CC608 `no.json` can't be read: no such file or directory"),
        (["sql", "--tables", "book"], "CC608 `book` can't be read: is a directory"),
        (["session", "--journal", "book"], "`book` is a folder; name a file in it, as --journal book/live.sqlite"),
        (["session", "--journal", "no/live.sqlite"], "there is no folder `no` for the journal; make it first"),
    ],
)
def test_what_the_system_refuses_is_told_in_our_words(
    arguments: list[str], told: str, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert book
    more = DAY if arguments[0] == "evaluate" else []
    (line,) = refused(capsys, *arguments, *more, "--no-discover")
    assert line.startswith(f"clientcore: {told}")
    assert "rrno" not in line
    assert "os error" not in line


def test_a_session_says_what_moved_nothing(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert book
    Path("none.jsonl").write_text("")
    event = {"id": "1", "type": "record", "account": "acme", "at": "2026-06-30", "data": {"accounts": {"id": "acme"}}}
    Path("one.jsonl").write_text(json.dumps(event) + "\n")
    options = ["session", "--journal", "live.sqlite", "--no-discover"]
    main([*options, "one.jsonl"])
    capsys.readouterr()
    assert main([*options, "--as-of", "2026-06-30", "none.jsonl"]) == 0
    assert "moves nothing" not in capsys.readouterr().err
    assert main([*options, "--as-of", "2026-06-01", "--after", "99.0", "--erase", "nobody", "none.jsonl"]) == 0
    told = capsys.readouterr().err
    assert "no signal comes after `99.0`" in told
    assert "no account knows a contact `nobody`, so nothing was erased" in told
    assert "the clock stands at 2026-06-30 and never goes back; --as-of 2026-06-01 moves nothing" in told
    assert main([*options, "--erase", "nobody", "none.jsonl"]) == 0
    assert "contact `nobody` was erased before" in capsys.readouterr().err


def test_an_interrupt_while_modules_load_is_no_traceback() -> None:
    code = """
import sys
import clientcore.__main__ as way_in


class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name == "clientcore.cli":
            raise KeyboardInterrupt


sys.meta_path.insert(0, Interrupts())
sys.exit(way_in.main())
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (130, "\nclientcore: interrupted; nothing was begun\n")
