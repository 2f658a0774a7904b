"""`clientcore session`: lines in, lines out."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from clientcore.cli import main
from session_world import day, engine, event, promise


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    engine(tmp_path)
    rulesets = ["--rulesets", str(tmp_path / "care.yaml"), "--no-discover"]
    return ["session", "--journal", str(tmp_path / "live.sqlite"), *rulesets]


def said(capsys: pytest.CaptureFixture[str]) -> tuple[list[dict[str, Any]], str]:
    captured = capsys.readouterr()
    return [json.loads(line) for line in captured.out.splitlines()], captured.err


def written(path: Path, *lines: Any) -> str:
    path.write_bytes(b"\n".join(one if isinstance(one, bytes) else json.dumps(one).encode() for one in lines) + b"\n")
    return str(path)


def test_signals_come_out_as_lines(options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path / "e.jsonl", promise("a", 0, 0), b"", promise("b", 0, 0), event("d", "day", 7))
    assert main([*options, "--acknowledge", file]) == 0
    lines, err = said(capsys)
    assert [one.get("kind", one.get("acknowledged")) for one in lines] == [
        "account_opened",
        "a",
        "finding_raised",
        "b",
        "action_due",
        "d",
    ]
    assert err == "3 events taken in, 0 refused, 3 signals\n"


def test_bad_lines_are_told_and_counted(options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    long = json.dumps({**promise("b", 0, 0), "x": "y" * 5_000_000}).encode()
    file = written(
        tmp_path / "e.jsonl",
        b"{bad",
        b"\xff\xfe",
        b'{"id": "n", "type": "facts", "account": "a", "at": "2026-03-01", "data": {"nps": NaN}}',
        b"[" * 100_000,
        long,
        {**promise("c", 0, 0), "type": "comitments"},
        promise("a", 0, 0),
        {**promise("a", 0, 0), "account": "other"},
        promise("far", 500, 0),
    )
    assert main([*options, "--as-of", day(0).isoformat(), file]) == 1
    lines, err = said(capsys)
    assert [(one["error"], one["line"], one.get("event")) for one in lines if "error" in one] == [
        ("CC701", 1, None),
        ("CC701", 2, None),
        ("CC701", 3, "n"),
        ("CC701", 4, None),
        ("CC705", 5, None),
        ("CC702", 6, "c"),
        ("CC703", 8, "a"),
        ("CC704", 9, "far"),
    ]
    assert err == "1 event taken in, 8 refused, 1 signal\n"


def test_signals_are_written_again_after_one(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path / "e.jsonl", promise("a", 0, 0), promise("b", 0, 0))
    main([*options, file])
    first, _ = said(capsys)
    assert main([*options, "--after", "1.0", file]) == 0
    again, err = said(capsys)
    assert again == first[1:]
    assert err.endswith("2 events taken in, 0 refused, 0 signals\n")
    assert main([*options, "--after", "x", file]) == 2


def test_standard_input_is_read(
    options: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = json.dumps(promise("a", 0, 0)).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line)))
    assert main(options) == 0
    assert [one["kind"] for one in said(capsys)[0]] == ["account_opened"]


def test_a_book_is_where_accounts_begin(options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "accounts.csv").write_text("id\nacme\n")
    (tmp_path / "book" / "commitments.csv").write_text(f"id,account_id,due_on\nold,acme,{day(0)}\n")
    file = written(tmp_path / "e.jsonl", promise("a", 0, 0))
    assert main([*options, "--book", str(tmp_path / "book"), file]) == 0
    assert [one["kind"] for one in said(capsys)[0]] == ["account_opened", "finding_raised"]


@pytest.mark.parametrize(
    ("more", "text"),
    [
        (["nowhere.jsonl"], "nowhere.jsonl"),
        (["--keep", "0"], "0"),
        (["--as-of", "soon"], "soon"),
        (["--only", "nothing.*"], "nothing"),
    ],
)
def test_wrong_usage_is_told(
    options: list[str], more: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*options, *more]) == 2
    captured = capsys.readouterr()
    assert text in captured.err
    assert "Traceback" not in captured.err
