"""A disk that fills up while something is written: one clean error, and neither half a file nor a draft is left."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Self

import polars as pl
import pyarrow.parquet as pq
import pytest

import clientcore as cc
from built import engine_of
from clientcore.cli import files, main
from clientcore.errors import BookError

AS_OF = date(2026, 6, 30)
FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
#: As Arrow says it.
OF_ARROW = OSError(errno.ENOSPC, "Error writing bytes to file. Detail: [errno 28] No space left on device")
HEAD = {"format": "clientcore/1", "language": "cel-profile/1", "ruleset": "t.r", "version": "1.0.0"}


@pytest.fixture
def engine() -> cc.Engine:
    rules = [{"id": "large", "when": "employees > 10.0"}]
    return engine_of([{**HEAD, "subject": "account", "title": "t", "rules": rules}])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "accounts.csv").write_text("id,employees\na,12\nb,many\n")
    (tmp_path / "out").mkdir()
    return tmp_path


def refusing(error: OSError, after: int = 0) -> Callable[..., Any]:
    """Return what stands in the place of a function and refuses from some call on."""
    calls = []

    def refuse(*_: object, **__: object) -> None:
        calls.append(1)
        if len(calls) > after:
            raise error

    return refuse


@pytest.mark.parametrize("there", [False, True], ids=["new", "in the place of another"])
@pytest.mark.parametrize("method", ["write_table", "close"])
def test_decisions_into_a_sink(
    engine: cc.Engine, folder: Path, monkeypatch: pytest.MonkeyPatch, method: str, there: bool
) -> None:
    sink = folder / "out" / "x.parquet"
    if there:
        sink.write_bytes(b"before")
    monkeypatch.setattr(pq.ParquetWriter, method, refusing(OF_ARROW))
    with pytest.raises(BookError, match=r"^CC608 can't write `.*x\.parquet`: no space left on device$"):
        engine.evaluate_book(cc.read_book(folder / "book"), as_of=AS_OF, sink=sink)
    assert [path.name for path in sink.parent.iterdir()] == ["x.parquet"] * there
    assert not there or sink.read_bytes() == b"before"


def test_what_fails_while_a_part_is_read_is_not_taken_for_the_output(
    engine: cc.Engine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = OSError(errno.EIO, "Input/output error")
    monkeypatch.setattr(pl.DataFrame, "to_arrow", refusing(lost))
    with pytest.raises(OSError, match="Input/output error"):
        engine.evaluate_book(cc.read_book(folder / "book"), as_of=AS_OF, sink=folder / "out" / "x.parquet")
    assert not list((folder / "out").iterdir())


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_rejects(folder: Path, monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    monkeypatch.setattr(Path, "write_bytes", refusing(FULL))
    with pytest.raises(BookError, match=r"^CC608 can't write `.*`: no space left on device$"):
        cc.read_book(folder / "book", rejects=folder / "out" / f"r.{ending}")
    assert not list((folder / "out").iterdir())


class Filling:
    """A file that holds some bytes and no more."""

    def __init__(self, file: Any) -> None:
        self.file = file

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def write(self, data: bytes) -> int:
        self.file.write(data[:5])
        raise FULL


COMMANDS = {
    "csv": ["evaluate", "book", "--as-of", "2026-06-30", "-o", "out/x.csv"],
    "jsonl": ["evaluate", "book", "--as-of", "2026-06-30", "-o", "out/x.jsonl"],
    "table": ["evaluate", "book", "--as-of", "2026-06-30", "-o", "out/x.txt", "--format", "table"],
    "sql": ["sql", "-o", "out/x.sql"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_files_of_commands(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    monkeypatch.chdir(folder)
    (folder / "r.yaml").write_text(
        "\n".join(f"{key}: {value}" for key, value in HEAD.items())
        + "\nsubject: account\ntitle: t\nrules: [{id: large, when: employees > 10.0}]\n"
    )
    opened = os.fdopen
    monkeypatch.setattr(files.os, "fdopen", lambda *args, **options: Filling(opened(*args, **options)))
    assert main([*COMMANDS[command], "--no-discover", "--rulesets", "r.yaml"]) == 2
    place = next(one for one in COMMANDS[command] if one.startswith("out/"))
    assert f"clientcore: can't write `{place}`: no space left on device\n" in capsys.readouterr().err
    assert not list((folder / "out").iterdir())


def test_a_simulated_book(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(folder / "out")
    monkeypatch.setattr(Path, "write_bytes", refusing(FULL, after=3))
    assert main(["simulate", "-n", "5", "-o", "invented"]) == 2
    assert capsys.readouterr().err.endswith("clientcore: CC608 can't write `invented`: no space left on device\n")
    assert not list((folder / "out").iterdir())
