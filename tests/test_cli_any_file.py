"""Every file that a command takes, empty, binary, a folder or not there: refused or read, never a defect of ours."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from clientcore.cli import main

RULES = """\
format: clientcore/1
language: cel-profile/1
ruleset: a
version: 1.0.0
subject: account
title: A
inputs: {n: {kind: number}}
rules: [{id: r, when: n > 1}]
"""
CASES = "cases: [{id: a, as_of: 2026-06-30, facts: {n: 3}, expect: {fired: [r]}}]\n"
WITH = "--as-of 2026-06-30 --no-discover --rulesets good.yaml"
#: `@` stands for the file.
CALLS = [
    f"evaluate @ {WITH}", f"evaluate book --mapping @ {WITH}", f"evaluate book --rejects @ {WITH}",
    f"evaluate book --previous @ {WITH}", "evaluate book --as-of 2026-06-30 --no-discover --rulesets @",
    f"evaluate book --profile @ {WITH}", f"evaluate book --lock @ {WITH}", f"evaluate book --answers @ {WITH}",
    f"evaluate book -o @ {WITH}", f"explain @ x {WITH}", f"explain book @ {WITH}", f"explain book x --why @ {WITH}",
    f"review @ x {WITH}", f"questions @ {WITH}", f"questions book @ {WITH}", f"questions book x -o @ {WITH}",
    f"answers @ {WITH}", f"report @ R1 {WITH}", f"report book R1 -o @ {WITH}", f"session --journal @ {WITH}",
    f"session @ --journal live {WITH}", f"session --journal live --book @ {WITH}",
    f"session --journal live --erase @ {WITH}", "check @ --no-discover", "check @ good.yaml --no-discover",
    "test @ --no-discover", "test good.yaml --no-discover --lock @", "plugins --no-discover --plugins @",
    "lock --no-discover -o @", "lock --no-discover --check -o @", "simulate -n 1 -o @",
    "sql --no-discover --rulesets good.yaml --tables @", "sql --no-discover --rulesets good.yaml --schema @",
    "sql --no-discover --rulesets good.yaml -o @", "schema @", "schema -o @",
]  # fmt: skip
BYTES = bytes(range(256)) * 4
FILES = {
    "empty.yaml": b"", "empty.parquet": b"", "bin.yaml": BYTES, "bin.csv": BYTES, "bin.sqlite": BYTES,
    "bin.json": BYTES,
    "nul.yaml": b"\0\0", "null.json": b"null", "list.yaml": b"- 1\n- 2\n", "broken.jsonl": b'{"a": 1', "plain": b"x",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.yaml").write_text(RULES)
    (tmp_path / "good.cases.yaml").write_text(CASES)
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "accounts.csv").write_text("id\nx\n")
    return tmp_path


@pytest.mark.parametrize("call", CALLS)
def test_no_file_brings_a_defect_out(
    call: str, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    not_there = ["dir.yaml", "dir", "dangling.yaml", "no/such.yaml", "/", "x" * 300, os.fsdecode(b"\xff"), "~"]
    for name in [*FILES, *not_there]:
        if (name == "/" and "--rulesets @" in call) or (name == "/" and call.startswith(("check", "test @"))):
            continue  # every file of the machine would be looked through
        for kept, content in FILES.items():
            (folder / kept).unlink(missing_ok=True)
            (folder / kept).write_bytes(content)
        (folder / "live").unlink(missing_ok=True)
        for made in ("dir", "dir.yaml"):
            (folder / made).mkdir(exist_ok=True)
        if not (folder / "dangling.yaml").is_symlink():
            (folder / "dangling.yaml").symlink_to("nowhere")
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
        code = main([name if part == "@" else part for part in call.split()])
        told = capsys.readouterr().err
        assert code in {0, 1, 2}, (name, told)
        assert "Traceback" not in told, (name, told)


def test_bytes_that_are_no_text_are_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["questions", str(folder / "book"), os.fsdecode(b"\xff"), *WITH.split()]) == 2
    assert "holds bytes that are no UTF-8; write it as UTF-8\n" in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_in_a_folder_of_rulesets_is_not_waited_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(folder / "pipe.yaml")
    assert main(["test", "good.yaml", "--no-discover"]) == 0
    assert main(["check", ".", "--no-discover"]) == 1
    assert "pipe.yaml:1:1: CC101 not a regular file" in capsys.readouterr().out
