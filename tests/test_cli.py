"""Commands that read a book: evaluate, explain, demo; good input and bad."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from clientcore.cli import main
from clientcore.cli.frames import as_table
from clientcore.decision import condition_shown

DAY = "2026-06-30"
READERS = {"parquet": pl.read_parquet, "csv": pl.read_csv, "jsonl": pl.read_ndjson, "json": pl.read_json}
MODE = "spectrum_mode_engagement_mode"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "book"
    assert main(["simulate", "-n", "60", "--seed", "5", "-o", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def june(book: Path) -> Path:
    """Return a folder with the decisions of the book in every format."""
    folder = book.parent / "june"
    folder.mkdir()
    for ending in READERS:
        assert main(["evaluate", str(book), "--as-of", DAY, "--lists", "-o", str(folder / f"d.{ending}")]) == 0
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"d.{ending}" for ending in READERS)
    return folder


@pytest.fixture
def small(tmp_path: Path) -> Path:
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "accounts.csv").write_text("id,name\nacme,Acme\nbolt,Bolt\n")
    return folder


def run(*arguments: str, **settings: object) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "clientcore", *arguments]
    return subprocess.run(command, capture_output=True, check=False, **settings)  # type: ignore[call-overload, no-any-return]


def test_evaluate_shows_a_table(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(book), "--as-of", DAY]) == 0
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert lines[0].startswith("account_id ")
    assert MODE in lines[0]
    assert lines[21] == ""
    assert re.fullmatch(r"60 accounts, [0-9]+ rulesets", lines[22])
    assert lines[-1] == f"why, and what to ask: clientcore explain {book} a-0001 --as-of {DAY}"
    assert re.search(r"40 of 60 rows and [0-9]+ of [0-9]+ columns are not shown", captured.err)


def test_a_table_is_as_wide_as_its_room(june: Path) -> None:
    text, hidden = as_table(pl.read_parquet(june / "d.parquet"), 60)
    assert max(map(len, text.splitlines())) <= 60
    assert hidden > 0


@pytest.mark.parametrize("ending", READERS)
def test_every_format_holds_the_same_rows(june: Path, ending: str) -> None:
    frame = READERS[ending](june / f"d.{ending}")
    assert (frame.height, frame["account_id"][0]) == (60, "a-0001")
    assert {"fired", "unknown", MODE, "spectrum_mode__gate_mining"} <= set(frame.columns)
    assert frame[MODE].to_list() == pl.read_parquet(june / "d.parquet")[MODE].to_list()


def test_the_same_command_writes_the_same_bytes(book: Path, june: Path, tmp_path: Path) -> None:
    out = tmp_path / "d.csv"
    assert main(["evaluate", str(book), "--as-of", DAY, "--lists", "-o", str(out)]) == 0
    assert out.read_bytes() == (june / "d.csv").read_bytes()


def test_machine_output_on_standard_output_is_nothing_else(book: Path) -> None:
    done = run("evaluate", str(book), "--as-of", DAY, "--format", "json", "--only", "spectrum.mode.*")
    assert done.returncode == 0
    assert done.stderr == b""
    rows = json.loads(done.stdout)
    assert len(rows) == 60
    assert not any(name.startswith("starter") for name in rows[0])


def test_only_computes_just_what_is_asked(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(book), "--as-of", DAY, "--only", "starter.*", "--format", "csv"]) == 0
    header = next(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert any(name.startswith("starter_") for name in header)
    assert MODE not in header


def test_decisions_of_an_earlier_day_are_read_back(book: Path, june: Path, tmp_path: Path) -> None:
    read = []
    for ending in ("parquet", "csv", "jsonl"):
        out = tmp_path / f"from_{ending}.csv"
        previous = str(june / f"d.{ending}")
        assert main(["evaluate", str(book), "--as-of", "2026-07-31", "--previous", previous, "-o", str(out)]) == 0
        read.append(out.read_bytes())
    assert read[0] == read[1] == read[2]


def test_decisions_of_a_later_day_are_refused(book: Path, june: Path, capsys: pytest.CaptureFixture[str]) -> None:
    previous = str(june / "d.parquet")
    assert main(["evaluate", str(book), "--as-of", "2026-05-31", "--previous", previous]) == 2
    assert "later than 2026-05-31" in capsys.readouterr().err


def test_a_profile_changes_a_threshold(book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    profile = tmp_path / "strict.yaml"
    profile.write_text(
        "format: clientcore-profile/1\nprofile: strict\n"
        "params: {spectrum.mode: {understanding_floor: 1, trust_floor: 1}}\n"
    )
    options = ["evaluate", str(book), "--as-of", DAY, "--only", "spectrum.mode.engagement_mode", "--format", "csv"]
    passed = []
    for more in ([], ["--profile", str(profile)]):
        assert main([*options, *more]) == 0
        passed.append(capsys.readouterr().out.count("strategic_fit"))
    assert passed[1] < passed[0]


def test_the_rules_find_the_hidden_mode_of_most_accounts(book: Path, june: Path) -> None:
    truth = pl.read_csv(book / "truth" / "truth.csv")["mode"].to_list()
    found = pl.read_parquet(june / "d.parquet")[MODE].to_list()
    assert sum(a == b for a, b in zip(found, truth, strict=True)) / len(truth) > 0.75


def test_explain_tells_gates_scores_and_questions(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(book), "a-0001", "--as-of", DAY]) == 0
    told = capsys.readouterr().out
    assert told.startswith(f"account a-0001, as of {DAY}\n")
    heads = ["\nfound\n", "\nto do\n", "\nnot known\n", "\nask next\n", "\nwhere it stands\n", "\nscores\n"]
    places = [told.index(head) for head in heads]
    assert places == sorted(places)
    for part in ("Engagement mode: ", "(spectrum.mode.engagement_mode)", "(spectrum.mode/gate_mining)"):
        assert part in told
    assert any(mark in told for mark in ("  [holds] ", "  [does not hold] "))
    assert "reaches(" not in told
    assert "thresholds read here are our own choice: no source sets them" in told


def conditions(reason: dict[str, Any]) -> list[str]:
    return [text for part in reason["parts"] for text in conditions(part)] or [reason["text"]]


def test_details_tell_every_score_and_condition(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["explain", str(book), "a-0001", "--as-of", DAY]
    assert main([*options, "--details"]) == 0
    told = capsys.readouterr().out
    assert main([*options, "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    decision = said["decision"]
    scores = told[told.index("\nscores\n") :]
    assert all(f"({name})" in scores for name in decision["scores"])
    assert all(f"({finding['rule']})" in told for finding in decision["findings"])
    gates = [gate for found in said["gates"].values() for gate in found]
    texts = [text for gate in gates for reason in gate["reasons"] for text in conditions(reason)]
    assert texts
    assert all(condition_shown(text) in told for text in texts)
    assert "reaches(" not in told
    assert "1,000,000,000,000" not in told


def test_explain_as_json(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(book), "a-0001", "--as-of", DAY, "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    gates = {gate["id"]: gate["truth"] for gate in said["gates"]["spectrum.mode.engagement_mode"]}
    assert set(gates) >= {"spectrum.mode/gate_mining", "spectrum.mode/gate_consultative"}
    assert said["decision"]["account_id"] == "a-0001"
    assert set(said["questions"][0]) == {"fact", "ask", "whom", "settles", "on_form"}


def test_why_and_why_not(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["explain", str(book), "a-0001", "--as-of", DAY]
    assert main([*options, "--why", "influence", "--why-not", "gate_consultative"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("spectrum.evidence.influence ")
    assert "\n\nspectrum.mode/gate_consultative " in told
    assert main([*options, "--why", "infuence"]) == 2
    assert "did you mean" in capsys.readouterr().err


def test_what_would_change(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["explain", str(book), "a-0001", "--as-of", DAY, "--what-would-change"]
    assert main([*options, "risk.warning/invoices_overdue", "--why", "invoices_overdue"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("risk.warning/invoices_overdue ")
    assert "\n\nrisk.warning/invoices_overdue " in told
    assert "overdue_share: " in told.partition("\n\n")[2]
    assert main([*options, "invoices_overdu"]) == 2
    assert "did you mean `invoices_overdue`?" in capsys.readouterr().err
    assert main([*options, "engagement_mode"]) == 2
    assert "is no rule" in capsys.readouterr().err
    assert main([*options, "invoices_overdue", "--audience", "client"]) == 2


def test_a_client_reads_no_label(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(book), "a-0001", "--as-of", DAY, "--audience", "client"]) == 0
    told = capsys.readouterr().out
    for word in ("spectrum", "servicing", "mining", "consultative", "mentor", "gate_"):
        assert word not in told


def test_a_client_gets_no_json_of_what_is_internal(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["explain", str(book), "a-0001", "--as-of", DAY, "--audience", "client"]
    assert main([*options, "--format", "json"]) == 2
    assert main([*options, "--why", "influence"]) == 2
    assert "only for --audience internal" in capsys.readouterr().err


def test_demo_draws_the_spectrum_and_explains_one_account(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "-n", "40"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("an invented book: 40 accounts, ")
    assert [line.split()[0] for line in told.splitlines()[4:10]] == [
        "servicing", "account", "strategic", "consultative", "education", "mentoring",
    ]  # fmt: skip
    assert "\nwhat weighs most among what was found, and on how many accounts\n\n" in told
    explained = told.partition("\none account explained, ")[2]
    assert explained.partition("\n")[2].startswith("\naccount a-")
    assert all(f"\n{part}\n" in explained for part in ("found", "to do", "not known", "ask next", "where it stands"))


def test_today_is_taken_and_told(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(small), "--no-discover", "--format", "csv"]) == 0
    assert "choose another day with --as-of" in capsys.readouterr().err


BAD_BOOKS = {
    "nothing there": (None, "CC608"),
    "an empty folder": ({}, "CC608"),
    "an empty file": ({"accounts.csv": b""}, "CC608"),
    "not Parquet": ({"accounts.parquet": b"PAR1 not really"}, "CC608"),
    "no accounts": ({"contacts.csv": b"id,account_id\np1,acme\n"}, "accounts"),
    "no id": ({"accounts.csv": b"name\nAcme\n"}, "id"),
}


@pytest.mark.parametrize("name", BAD_BOOKS)
@pytest.mark.parametrize("command", ["evaluate", "explain"])
def test_a_book_that_can_not_be_read(
    name: str, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files, told = BAD_BOOKS[name]
    folder = tmp_path / "bad"
    if files is not None:
        folder.mkdir()
        for file, data in files.items():
            (folder / file).write_bytes(data)
    account = ["acme"] if command == "explain" else []
    code = main([command, str(folder), *account, "--as-of", DAY, "--no-discover"])
    captured = capsys.readouterr()
    assert (code, captured.out) == (2, "")
    assert told in captured.err
    assert "Traceback" not in captured.err


def test_bad_rows_are_told_and_kept_apart(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (small / "accounts.csv").write_text("id,employees\nacme,many\nacme,3\nbolt,4\n")
    rejects = small.parent / "rejects.csv"
    options = ["evaluate", str(small), "--no-discover", "--as-of", DAY, "--format", "csv"]
    assert main([*options, "--rejects", str(rejects)]) == 0
    captured = capsys.readouterr()
    assert "accounts.csv: line 2, column employees" in captured.err
    assert f"were set aside; all are in {rejects}" in captured.err
    assert "many" in rejects.read_text()
    assert captured.out.startswith("account_id,as_of")


def test_text_that_is_not_utf8_is_told(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (small / "accounts.csv").write_bytes("id,name\nacme,Müller\n".encode("latin-1"))
    code = main(["evaluate", str(small), "--no-discover", "--as-of", DAY])
    assert "Traceback" not in (told := capsys.readouterr().err)
    assert code == 1
    assert told


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--rulesets", "BAD"], "bad.yaml:1:1: CC105"),
        (["--rulesets", "no/such.yaml"], "no/such.yaml:1:1: CC101 no such file or folder"),
        (["--plugins", "no_such_plugin"], "CC501"),
        (["--profile", "no/such.yaml"], "no/such.yaml:1:1: CC101"),
        (["--lock", "no.lock"], "CC101"),
        (["--mapping", "nortwind"], "CC613 `nortwind` is no file and no mapping of a plugin"),
        (["--previous", "no.parquet"], "no.parquet"),
        (["--previous", "no.txt"], "no.txt"),
        (["--only", "no.such"], "no.such"),
        (["-o", "out.xlsx"], "can't tell the format of `out.xlsx`"),
        (["-o", "no/such/folder/out.csv"], "can't write `no/such/folder/out.csv`: no such file or directory"),
        (["--format", "csv", "-o", "."], "it is a folder"),
    ],
)
def test_bad_options_are_told_with_exit_code_2(
    small: Path, options: list[str], told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(small.parent)
    (small.parent / "bad.yaml").write_text("format: clientcore/1\nruleset: own.bad\n")
    before = sorted(path.name for path in small.parent.rglob("*"))
    given = [str(small.parent / "bad.yaml") if option == "BAD" else option for option in options]
    assert main(["evaluate", str(small), "--as-of", DAY, *given]) == 2
    captured = capsys.readouterr()
    assert told in captured.err
    assert "Traceback" not in captured.err
    assert captured.out == ""
    assert sorted(path.name for path in small.parent.rglob("*")) == before


def test_every_problem_of_every_ruleset_is_listed(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("one", "two"):
        (small.parent / f"{name}.yaml").write_text(f"format: clientcore/1\nruleset: own.{name}\nrulse: []\n")
    paths = [str(small.parent / f"{name}.yaml") for name in ("one", "two")]
    assert main(["evaluate", str(small), "--rulesets", *paths]) == 2
    told = capsys.readouterr().err
    assert all(f"{path}:3:1: CC104 unknown key `rulse`" in told for path in paths)


def test_an_unknown_account_is_told_with_a_near_id(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(book), "a-00001", "--as-of", DAY]) == 2
    assert "no account `a-00001`" in (told := capsys.readouterr().err)
    assert "did you mean `a-000" in told


def test_standard_output_by_its_name(book: Path) -> None:
    """A pipe has no other name than this."""
    if not Path("/dev/stdout").exists():
        pytest.skip("this system has no /dev/stdout")
    done = run("evaluate", str(book), "--as-of", DAY, "--format", "csv", "-o", "/dev/stdout")
    assert (done.returncode, done.stdout) == (0, run("evaluate", str(book), "--as-of", DAY, "--format", "csv").stdout)


def test_a_full_disk_leaves_nothing_behind(book: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    done = run("evaluate", str(book), "--as-of", DAY, "--format", "csv", "-o", "/dev/full")
    assert (done.returncode, done.stderr) == (2, b"clientcore: can't write `/dev/full`: no space left on device\n")


@pytest.mark.parametrize("wait", [0.2, 1.0])
def test_an_interrupt_ends_with_130_and_nothing_half_written(book: Path, tmp_path: Path, wait: float) -> None:
    out = tmp_path / "d.csv"
    command = [sys.executable, "-m", "clientcore", "evaluate", str(book), "--as-of", DAY, "-o", str(out)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        time.sleep(wait)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
        assert process.returncode in {0, 130, -signal.SIGINT}, told
    assert [path.name for path in tmp_path.iterdir()] in ([], ["d.csv"])


def test_an_ascii_terminal_gets_an_ascii_picture() -> None:
    done = run("demo", "-n", "12", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.isascii()
    assert b"servicing       #" in done.stdout
