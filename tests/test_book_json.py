"""Lines of JSON in a book: what stands there twice, and what is no text among texts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import clientcore as cc
from clientcore.book.columns import refusal


def book_of(folder: Path, cases: str) -> cc.Book:
    (folder / "accounts.csv").write_text("id\na\n")
    (folder / "cases.jsonl").write_text(cases)
    return cc.read_book(folder)


def test_a_key_that_stands_twice_in_a_line_of_json(tmp_path: Path) -> None:
    lines = (
        '{"id": "a", "account_id": "a", "id": "b"}\n{"id": "c", "account_id": "a"}\n'
        '{"id": "d", "account_id": "a", "kind": {"x": 1, "x": 1}}\n{"a`": 1, "a`": 1}\n'
        '{"\\ud800": 1, "\\ud800": 2}\n'
    )
    book = book_of(tmp_path, lines)
    assert book.rejects.select("row", "column", "value", "code", "message").rows() == [
        (at, "", lines.splitlines()[at - 1], "CC608", f"key `{key}` is given twice in the line; leave one of the two")
        for at, key in ((1, "id"), (3, "x"), (4, "a?"), (5, "?"))
    ]
    assert book.tables["cases"]["id"].to_list() == ["c"]


def test_a_cell_of_json_that_is_no_text_is_set_aside_alone(tmp_path: Path) -> None:
    """In a column of one kind all of them would be; one among others must not pass for text, nor take them along."""
    cells: list[Any] = [7, "b", True, 7.5, 8.0, [1], {"x": 1}, None, float("nan"), 10**30]
    rows = [{"id": f"c{at}", "account_id": "a", "title": cell} for at, cell in enumerate(cells)]
    more = [{"id": cell, "account_id": "a"} for cell in cells]
    lines = "".join(json.dumps(row) + "\n" for row in [*rows, *more])
    book = book_of(tmp_path, lines)
    kept = {"7": "7", "b": "b", "1" + "0" * 30: "1" + "0" * 30}
    found = book.tables["cases"]
    assert found["title"].to_list()[:10] == ["7", "b", *[None] * 7, "1" + "0" * 30]
    assert found["id"].to_list()[10:] == list(kept)
    told = book.rejects.drop_nulls("value").select("row", "column", "value", "code", "message").rows()
    lost = list(enumerate(["true", "7.5", "8.0", "[1]", '{"x": 1}'], start=3))
    assert told == [
        *((at, "title", cell, "CC602", "not text") for at, cell in lost),
        *((at + 10, "id", cell, "CC605", refusal("cases", "id")[1]) for at, cell in lost),
    ]


def test_lines_of_json_with_other_keys_each(tmp_path: Path) -> None:
    (tmp_path / "accounts.jsonl").write_text(
        '{"id": "a", "name": "n"}\n{"id": "b", "segment": "s"}\n{"name": "m"}\n{}\n'
    )
    found = cc.read_book(tmp_path).tables["accounts"]
    assert found.rows(named=True) == [
        {"id": "a", "name": "n", "segment": None},
        {"id": "b", "name": None, "segment": "s"},
    ]


@pytest.mark.parametrize("text", ['[{"id": "a"}]', '\n[\n{"id": "a"},\n]', "id,name\na,b\n", "[" * 100_000])
def test_a_file_without_one_record_says_what_is_wrong(tmp_path: Path, text: str) -> None:
    """Not that a column is missing."""
    (tmp_path / "accounts.jsonl").write_text(text)
    first = next(at for at, line in enumerate(text.splitlines(), start=1) if line)
    told = f"holds no record: line {first} is no JSON record; write one record on each line"
    with pytest.raises(cc.BookError, match=f"CC608 .*{told}"):
        cc.read_book(tmp_path)
