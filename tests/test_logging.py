"""What a program that embeds the library hears without asking: nothing, and no cell where it prints a book."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import clientcore as cc

WARNS = "import logging; {first}; logging.getLogger('clientcore.plugins').warning('a hook raised')"


@pytest.mark.parametrize(
    ("first", "heard"),
    [
        ("import clientcore", ""),
        ("from clientcore.cli import main; main(['plugins', '--no-discover'])", "a hook raised\n"),
    ],
)
def test_warnings_are_written_by_the_command_line_only(first: str, heard: str) -> None:
    code = WARNS.format(first=first)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stderr == heard


def test_the_repr_of_a_book_holds_no_cell(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("id,name,discount\na-17,Miller,x\n", encoding="utf-8")
    book = cc.read_book(tmp_path)
    assert "Miller" in str(book.tables["accounts"])
    assert "Miller" not in repr(book)
    assert "a-17" not in repr(book)
