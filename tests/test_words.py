"""Words of picklists: what no list has is told, and what we ship keeps to the lists."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from clientcore.book import read_book
from clientcore.entities import ENTITIES
from clientcore.simulate import simulate_book, write_book

ROOT = Path(__file__).resolve().parents[1]


def test_words_of_a_picklist_are_told_where_rules_pass_them_by(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("id,lifecycle\na,client\nb,Client\n")
    (tmp_path / "interactions.csv").write_text("id,account_id,kind\n1,a,Meeting\n2,a,phone_call\n3,a,mail\n4,a,\n")
    (tmp_path / "commitments.csv").write_text("id,account_id,kind\n1,a,Delivery\n2,a,a_kind_of_our_own\n")
    book = read_book(tmp_path)
    assert book.rejects.is_empty()
    assert [str(problem).partition(" in table ")[0] for problem in book.problems] == [
        "accounts.csv:1:1: warning CC618 `Client` is no word of `lifecycle`",
        "interactions.csv:1:1: warning CC618 `Meeting` is no word of `kind`",
        "interactions.csv:1:1: warning CC618 `phone_call` is no word of `kind`",
        "commitments.csv:1:1: warning CC618 `Delivery` is no word of `kind`",
    ]
    assert "did you mean `meeting`?" in str(book.problems[1])


def test_many_strange_words_are_told_in_part(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("id,lifecycle\n" + "".join(f"a{at},w{at}\n" for at in range(9)))
    assert len(read_book(tmp_path).problems) == 5


def test_the_simulated_book_and_the_bundled_rulesets_use_words_of_the_picklists(tmp_path: Path) -> None:
    write_book(simulate_book(200, 3, date(2026, 6, 30)), tmp_path / "book", "csv")
    assert [str(problem) for problem in read_book(tmp_path / "book").problems] == []
    words = {
        (table, name): set(field.words)
        for table, entity in ENTITIES.items()
        for name, field in entity.fields.items()
        if field.words and not field.other_words
    }
    read = re.compile(r"(\w+)\.(?:filter|exists|all|exists_one)\((\w+), .*?\b\2\.(\w+) == '([^']*)'")
    used = [
        (table, name, word)
        for path in ROOT.glob("**/rulesets/**/*.yaml")
        for table, _, name, word in read.findall(path.read_text(encoding="utf-8"))
        if (table, name) in words
    ]
    assert len(used) > 20
    assert [one for one in used if one[2] not in words[one[0], one[1]]] == []
