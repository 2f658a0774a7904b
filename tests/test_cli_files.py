"""Commands that read and write our own files: check, test, lock, schema, simulate, plugins; and the program itself."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from clientcore.cli import main
from clientcore.cli.files import output
from clientcore.cli.terminal import Progress, fit
from clientcore.errors import ClientcoreError

RULESET = """\
format: clientcore/1
language: cel-profile/1
ruleset: own.care
version: 1.0.0
subject: account
title: Care
params:
  floor: {value: 2, range: [0, 9], unit: count, basis: ours, doc: "calls that are enough"}
inputs:
  calls: {kind: number, unit: count, range: [0, 99], doc: "calls in the month"}
rules:
  - {id: cared_for, when: calls >= params.floor, because: "{calls} calls"}
scores:
  warmth:
    aggregate: sum
    range: [0, 10]
    terms: [{id: calls, value: calls, range: [0, 10]}]
    bands: [{id: cold, below: 5}, {id: warm}]
"""
CASES = """\
cases:
  - id: enough
    as_of: 2026-06-30
    facts: {calls: 3}
    expect: {fired: [cared_for], scores: {warmth: {value: 3, band: cold}}}
  - id: none_known
    as_of: 2026-06-30
    facts: {}
    expect: {unknown: [own.care/cared_for]}
"""
PROFILE = "format: clientcore-profile/1\nprofile: strict\nparams: {own.care: {floor: 5}}\n"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "care.yaml").write_text(RULESET)
    (folder / "care.cases.yaml").write_text(CASES)
    return folder


def run(*arguments: str, **settings: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "clientcore", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **settings)  # type: ignore[call-overload, no-any-return]


def test_help_has_an_example_for_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    listed = capsys.readouterr().out
    for name in ("evaluate", "explain", "check", "test", "plugins", "lock", "simulate", "demo", "schema"):
        assert f"\n    {name} " in listed
        assert main([name, "--help"]) == 0
        assert f"examples:\n  clientcore {name}" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("clientcore ")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["evalute"], "clientcore: no command `evalute`; did you mean `evaluate`?; see `clientcore --help`\n"),
        (["evaluate", "book", "--asof", "2026-06-30"], "clientcore: no option `--asof`, did you mean `--as-of`?; see "),
        (["check", "a", "-x", "--fromat=json"], "no option `-x`; no option `--fromat`, did you mean `--format`?"),
        (["explain", "book", "a", "b"], "clientcore: one argument too many: `b`; see `clientcore explain --help`\n"),
        (["evaluate", "book", "--as-of", "2026-02-30"], "`2026-02-30` is no day; write it as YYYY-MM-DD"),
        (["evaluate", "book", "--as-of", "20260630"], "`20260630` is no day"),
        (["simulate", "-n", "0", "-o", "x"], "`0` is no whole number of 1 or more"),
        (["simulate", "-n", "9" * 5000, "-o", "x"], "is too much; give a whole number of at most 9 digits"),
        (["simulate", "-n", "1" + "0" * 20, "-o", "x"], "is too much; give a whole number of at most 9 digits"),
        (["simulate", "--seed", "-1", "-o", "x"], "--seed"),
        (["simulate", "--format", "xlsx", "-o", "x"], "invalid choice: 'xlsx'"),
    ],
)
def test_wrong_usage_is_told_with_exit_code_2(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert told in captured.err
    assert len(captured.err.splitlines()) == 1
    assert captured.out == ""


def test_check_of_sound_files(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(rules)]) == 0
    assert capsys.readouterr().out.endswith("2 files: 0 errors, 0 warnings\n")


def test_check_lists_every_problem_with_its_place(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (rules / "care.yaml").write_text(RULESET.replace("calls >= params.floor", "cals >= params.flor"))
    (rules / "more.yaml").write_text("format: clientcore/1\nruleset: own.more\n")
    assert main(["check", str(rules)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith(f"{rules / 'care.yaml'}:12:") and "CC201" in line for line in lines)
    assert any(line.startswith(f"{rules / 'more.yaml'}:1:1: CC105") for line in lines)
    assert lines[-1].startswith("3 files: ")


def test_check_as_json(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (rules / "care.yaml").write_text(RULESET.replace("calls >=", "cals >="))
    assert main(["check", str(rules / "care.yaml"), "--format", "json"]) == 1
    (problem,) = json.loads(capsys.readouterr().out)
    assert (problem["code"], problem["line"], problem["severity"]) == ("CC201", 12, "error")


def test_check_reads_profiles_and_cases_too(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (rules / "strict.yaml").write_text(PROFILE.replace("floor", "flor"))
    (rules / "care.cases.yaml").write_text("cases: [{id: a}]\n")
    assert main(["check", str(rules)]) == 1
    told = capsys.readouterr().out
    assert "CC113 ruleset `own.care` has no param `flor`" in told
    assert "care.cases.yaml:1:" in told


def test_check_of_nothing_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path / "no.yaml")]) == 2
    assert capsys.readouterr().err == f"clientcore: {tmp_path / 'no.yaml'}: no such file or folder\n"


def test_cases_that_hold(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", str(rules), "--no-discover"]) == 0
    assert capsys.readouterr().out == "2 cases: 2 passed, 0 failed\n"


def test_a_case_may_start_from_a_decision_before(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = RULESET + "    hysteresis: {margin: 2}\nstates:\n  care:\n    initial: off\n    transitions:\n"
    (rules / "care.yaml").write_text(text + "      - {from: off, to: on, when: calls > 90}\n")
    before = "{as_of: 2026-05-31, scores: {warmth: {band: warm, since: 2026-01-01}}, states: {care: on}}"
    case = f"{{id: kept, as_of: 2026-06-30, facts: {{calls: 4}}, previous: {before}, "
    (rules / "care.cases.yaml").write_text(
        f"cases:\n  - {case}expect: {{scores: {{warmth: {{band: warm}}}}, states: {{care: on}}}}}}\n"
        f"  - {case.replace('kept', 'bad').replace('2026-05-31', 'May')}expect: {{states: {{care: on}}}}}}\n"
    )
    assert main(["test", str(rules), "--no-discover"]) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[0].endswith("case `bad`: `May` in `previous` is no day; write it as YYYY-MM-DD")
    assert told[1:] == ["2 cases: 1 passed, 1 failed"]


def test_cases_that_do_not_hold_say_expected_and_got(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (rules / "care.cases.yaml").write_text(
        CASES.replace("value: 3, band: cold", "value: 4, band: warm").replace("unknown: [own", "fired: [own")
    )
    assert main(["test", str(rules), "--no-discover"]) == 1
    place = rules / "care.cases.yaml"
    assert capsys.readouterr().out.splitlines() == [
        f"{place}:2:5: case `enough`: expected value of `own.care.warmth` to be 4; got 3",
        f"{place}:2:5: case `enough`: expected band of `own.care.warmth` to be `warm`; got `cold`",
        f"{place}:6:5: case `none_known`: expected `own.care/cared_for` to fire; it is unknown",
        "2 cases: 0 passed, 2 failed",
    ]


def test_a_case_that_names_nothing_fails_with_the_near_name(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (rules / "care.cases.yaml").write_text(CASES.replace("fired: [cared_for]", "fired: [own.care/caredfor]"))
    assert main(["test", str(rules), "--no-discover"]) == 1
    assert "did you mean `own.care/cared_for`?" in capsys.readouterr().out


def test_a_profile_holds_for_cases(rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "strict.yaml").write_text(PROFILE)
    assert main(["test", str(rules), "--no-discover", "--profile", str(tmp_path / "strict.yaml")]) == 1
    assert "expected `own.care/cared_for` to fire; it did not fire" in capsys.readouterr().out


def test_two_profiles_that_hold_everywhere_are_refused(
    rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [tmp_path / f"{name}.yaml" for name in ("one", "two")]
    for path in paths:
        path.write_text(PROFILE.replace("strict", path.stem))
    assert main(["test", str(rules), "--no-discover", "--profile", *map(str, paths)]) == 2
    assert "profiles `one`, `two` would all hold everywhere" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "cases: [\n", "cases: [{id: a, as_of: soon, facts: {}, expect: {fired: []}}]\n"])
def test_cases_that_can_not_be_read(rules: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    (rules / "care.cases.yaml").write_text(text)
    assert main(["test", str(rules)]) == 2
    assert capsys.readouterr().err.startswith(f"{rules / 'care.cases.yaml'}:")


def test_a_folder_without_cases_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", str(tmp_path)]) == 2
    assert "no file `*.cases.yaml`" in capsys.readouterr().err


def test_lock_and_its_check(rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lock = str(tmp_path / "a.lock")
    options = ["--no-discover", "--rulesets", str(rules / "care.yaml"), "-o", lock]
    assert main(["lock", *options]) == 0
    assert main(["lock", "--check", *options]) == 0
    (rules / "care.yaml").write_text(RULESET.replace("title: Care", "title: Caring"))
    assert main(["lock", "--check", *options]) == 1
    assert "ruleset `own.care` 1.0.0 is not the locked 1.0.0" in capsys.readouterr().out
    assert main(["test", str(rules), "--no-discover", "--lock", lock]) == 2
    assert "CC114" in capsys.readouterr().err


def test_lock_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lock", "--no-discover", "-o", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["rulesets"] == {}


def test_check_of_a_lock_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lock", "--check", "-o", str(tmp_path / "no.lock")]) == 2
    assert "CC101" in capsys.readouterr().err


def test_plugins_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins"]) == 0
    assert "clientcore_spectrum" in capsys.readouterr().out
    assert main(["plugins", "--no-discover", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_an_unknown_plugin_is_told_with_a_near_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins", "--plugins", "clientcore_spectrun"]) == 2
    assert "CC501" in (told := capsys.readouterr().err)
    assert "did you mean `clientcore_spectrum`?" in told


@pytest.mark.parametrize("written", ["./own_rules.py", "folder/own_rules/"])
def test_a_plugin_is_named_not_its_file(written: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins", "--plugins", written, "--no-discover"]) == 2
    said = capsys.readouterr().err
    assert f"CC501 `{written}` is a file, not the name of a plugin or module; write the module's name" in said
    assert "`own_rules`" in said


def test_what_a_case_got_passes_when_it_is_written_down() -> None:
    from clientcore.cli.expected import _same, _shown

    for value in (190 / 3, 1e6 / 7, 2.0, 0.1 + 0.2):
        assert _same(float(_shown(value)), value)


def test_columns_that_no_book_has_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    have = tmp_path / "have.json"
    have.write_text(json.dumps({"accounts": ["id"], "comitments": ["id"], "interactions": ["id", "occured_on"]}))
    assert main(["sql", "--only", "starter.*", "--tables", str(have), "-o", str(tmp_path / "x.sql")]) == 0
    assert capsys.readouterr().err.splitlines() == [
        "`comitments` is no table of a book; did you mean `commitments`?",
        "`occured_on` is no column of `interactions` in a book; did you mean `occurred_on`?",
    ]
    have.write_text(json.dumps({"accouns": ["id"]}))
    assert main(["sql", "--only", "starter.*", "--tables", str(have)]) == 2
    assert "CC404 the database has no table `accounts`; did you mean `accouns`?" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["ruleset", "profile", "cases", "account"])
def test_schemas_are_json(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", name]) == 0
    shown = capsys.readouterr().out
    assert json.loads(shown)["$schema"].startswith("https://json-schema.org/")
    assert main(["schema", name, "-o", str(tmp_path / "s.json")]) == 0
    assert (tmp_path / "s.json").read_text() == shown


def test_simulate_writes_a_book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = tmp_path / "book"
    assert main(["simulate", "-n", "5", "-o", str(book)]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith(f"{book}: 5 accounts, ")
    assert captured.err == ""
    assert len((book / "accounts.csv").read_text().splitlines()) == 6
    assert main(["simulate", "-n", "5", "-o", str(book)]) == 2
    assert "something is there already" in capsys.readouterr().err


def test_output_takes_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    target.write_text("before")
    with pytest.raises(TypeError), output(target) as file:
        file.writelines([b"half", "no bytes"])  # type: ignore[list-item]
    assert target.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["out.txt"]


def test_output_keeps_the_permissions_and_follows_links(tmp_path: Path) -> None:
    target, link = tmp_path / "out.txt", tmp_path / "link.txt"
    target.write_text("before")
    target.chmod(0o640)
    link.symlink_to(target)
    with output(link) as file:
        file.write(b"after")
    assert link.is_symlink()
    assert (target.read_text(), target.stat().st_mode & 0o777) == ("after", 0o640)


@pytest.mark.parametrize("place", ["no/such/folder/out.txt", "."])
def test_output_that_can_not_be_written(tmp_path: Path, place: str) -> None:
    with pytest.raises(ClientcoreError, match="can't write"), output(tmp_path / place):
        pass


def test_a_folder_without_permission(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refused)
    assert main(["schema", "-o", str(tmp_path / "s.json")]) == 2
    assert capsys.readouterr().err == f"clientcore: can't write `{tmp_path / 's.json'}`: permission denied\n"
    assert list(tmp_path.iterdir()) == []


def test_text_fits_the_stream() -> None:
    ascii_only = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    utf8 = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    assert fit("█▏ 3 ≥ 2 → ok", utf8) == "█▏ 3 ≥ 2 → ok"
    assert fit("█▏ 3 ≥ 2 → ok", ascii_only) == "#| 3 >= 2 -> ok"
    assert fit("Łódź", ascii_only) == "\\u0141\\xf3d\\u017a"
    assert fit("a\x1b[2Jb\r", utf8) == "a\\x1b[2Jb\\r"


def test_no_bar_is_drawn_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("accounts") as progress:
        progress(1, 2)
    assert capsys.readouterr().err == ""


def test_a_defect_of_ours_asks_for_a_report(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("clientcore.cli.simulate.simulate_book", broken)
    assert main(["simulate", "-o", str(tmp_path / "b")]) == 3
    told = capsys.readouterr().err
    assert told.startswith("clientcore: a defect of clientcore, not of your input: ZeroDivisionError: oh\n")
    assert "Traceback" not in told
    assert main(["simulate", "-o", str(tmp_path / "b"), "--debug"]) == 3
    assert "Traceback" in capsys.readouterr().err


def test_an_interrupt_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", interrupted)
    assert main(["simulate", "-n", "1", "-o", str(tmp_path / "b")]) == 130
    assert "interrupted" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_has_gone_is_no_error() -> None:
    command = f"{sys.executable} -m clientcore schema account | head -c 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout in {"{0\n", "{141\n"}


def test_an_ascii_terminal_gets_ascii(rules: Path) -> None:
    (rules / "care.yaml").write_text(RULESET.replace("calls >=", "cälls >="), encoding="utf-8")
    done = run("check", str(rules / "care.yaml"), env={**os.environ, "PYTHONIOENCODING": "ascii", "NO_COLOR": "1"})
    assert done.returncode == 1
    assert done.stdout.isascii()
    assert done.stderr == ""
