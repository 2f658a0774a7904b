"""Bad books: a clear error that tells everything at once, or a row in the rejects table; nothing dropped in silence."""

from __future__ import annotations

import sqlite3
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientcore.book import REJECTS_SCHEMA, Book, read_book
from clientcore.errors import BookError
from clientcore.intake import Need, take


def folder(tmp_path: Path, **files: str | bytes) -> Path:
    (tmp_path / "accounts.csv").write_text("id,industry\na,retail\nb,food\n")
    for name, content in files.items():
        path = tmp_path / name.replace("__", ".")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return tmp_path


def rejected(book: Book) -> list[tuple[object, ...]]:
    return book.rejects.select("file", "row", "column", "value", "code").rows()


def fails(path: Path, *expected: str, mapping: Path | None = None) -> None:
    with pytest.raises(BookError) as caught:
        read_book(path, mapping)
    lines = str(caught.value).replace(str(path), "BOOK").splitlines()
    assert len(lines) == len(expected), lines
    for line, start in zip(lines, expected, strict=True):
        assert start in line


def test_bad_cells_are_missing_and_rejected(tmp_path: Path) -> None:
    cases = "id,account_id,opened_at,handoffs,is_closed\n1,a,soon,many,true\n2,a,2026-01-01,1e19,perhaps\n"
    book = read_book(folder(tmp_path, cases__csv=cases))
    assert dict(book.rejects.schema) == REJECTS_SCHEMA
    assert book.rejects.rows() == [
        ("cases", "cases.csv", 2, "handoffs", "many", "CC602", "not a number, as 1234.5"),
        ("cases", "cases.csv", 2, "opened_at", "soon", "CC602", "not an instant, as YYYY-MM-DDThh:mm:ssZ"),
        ("cases", "cases.csv", 3, "handoffs", "1e19", "CC603", "outside the range of a number"),
        ("cases", "cases.csv", 3, "is_closed", "perhaps", "CC602", "not true or false"),
    ]
    assert book.tables["cases"].select("id", "handoffs", "is_closed").rows() == [("1", None, True), ("2", None, None)]


def test_bad_rows_are_left_out_and_rejected(tmp_path: Path) -> None:
    cases = b'id,account_id,title\n1,a\n2,a,x,y\n3,a,"q"z\n4,a,\xe4\n5,a,ok\n,a,none\n5,a,again\n6,c,lost\n7,b,"ok"\n'
    book = read_book(folder(tmp_path, cases__csv=cases))
    assert rejected(book) == [
        ("cases.csv", 2, "", "1,a", "CC608"),
        ("cases.csv", 3, "", "2,a,x,y", "CC608"),
        ("cases.csv", 4, "", '3,a,"q"z', "CC608"),
        ("cases.csv", 5, "", "4,a,?", "CC608"),
        ("cases.csv", 6, "title", "ok", "CC606"),
        ("cases.csv", 7, "", None, "CC605"),
        ("cases.csv", 8, "id", "5", "CC606"),
        ("cases.csv", 8, "title", "again", "CC606"),
        ("cases.csv", 9, "account_id", "c", "CC607"),
    ]
    assert book.tables["cases"]["id"].to_list() == ["5", "7"]


def test_a_file_cut_off_inside_a_quoted_cell(tmp_path: Path) -> None:
    book = read_book(folder(tmp_path, cases__csv='id,account_id,title\n1,a,x\n2,a,"half'))
    assert rejected(book) == [("cases.csv", 3, "", '2,a,"half', "CC608")]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_of_csv_are_those_that_an_editor_shows(tmp_path: Path, end: str) -> None:
    lines = ["id,name,employees", 'a,"two', 'lines",5', "b,x,many", "", "c,y", "d,z,1,2,3", 'e,"q ""r""",bad', "f,w,1"]
    (tmp_path / "accounts.csv").write_bytes(end.join(lines).encode())
    book = read_book(tmp_path)
    assert [(row, column) for _, row, column, _, _ in rejected(book)] == [
        (4, "employees"),
        (6, ""),
        (7, ""),
        (8, "employees"),
    ]
    for _, row, column, value, _ in rejected(book):
        assert (value in lines[row - 1].split(",")) if column else (value == lines[row - 1])  # type: ignore[operator]


def test_bad_lines_of_json(tmp_path: Path) -> None:
    lines = (
        b'{"id": 1, "account_id": "a"}\nnonsense\n[1]\n\n{"id": 12.0, "account_id": "a"}\n\xff\n{"id": {"x": 1}}\n{"id'
    )
    book = read_book(folder(tmp_path, cases__jsonl=lines))
    assert [(row, code) for _, row, _, _, code in rejected(book)] == [
        (2, "CC608"),
        (3, "CC608"),
        (5, "CC605"),
        (5, "CC605"),
        (6, "CC608"),
        (7, "CC605"),
        (7, "CC605"),
        (8, "CC608"),
    ]
    assert book.tables["cases"]["id"].to_list() == ["1"]
    numbers = read_book(folder(tmp_path, cases__jsonl=b'{"id": 1.0, "account_id": "a"}\n{"id": 2.5}\n'))
    assert {code for *_, code in rejected(numbers)} == {"CC605"}
    assert numbers.tables["cases"].is_empty()


def test_ids_that_are_numbers_with_a_point_are_rejected(tmp_path: Path) -> None:
    path = folder(tmp_path)
    pl.DataFrame({"id": [1.0, None], "account_id": ["a", "a"]}).write_parquet(path / "cases.parquet")
    book = read_book(path)
    assert [(row, column, code) for _, row, column, _, code in rejected(book)] == [
        (1, "", "CC605"),
        (1, "id", "CC605"),
        (2, "", "CC605"),
    ]


def test_duplicate_accounts_and_bad_facts(tmp_path: Path) -> None:
    path = folder(tmp_path, facts__csv="account_id,nps\na,1\na,2\nzz,3\n,4\n")
    (path / "accounts.csv").write_text("id\na\na\n12\n")
    book = read_book(path)
    assert book.ids() == ["a", "12"]
    assert [(file, row, code) for file, row, _, _, code in rejected(book)] == [
        ("accounts.csv", 3, "CC606"),
        ("facts.csv", 2, "CC606"),
        ("facts.csv", 3, "CC606"),
        ("facts.csv", 3, "CC606"),
        ("facts.csv", 4, "CC607"),
        ("facts.csv", 5, "CC605"),
    ]
    assert book.facts is not None
    assert book.facts.rows() == [("a", None)]


ROWS = st.tuples(st.sampled_from("abc"), st.sampled_from(["", "gold", "tin"]), st.sampled_from(["", "1", "2"]))


@given(st.lists(ROWS, min_size=1, max_size=7).flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows))))
def test_rows_with_one_id_count_as_one_in_any_order(orders: tuple[list[Any], list[Any]]) -> None:
    read, nested = [], []
    for rows in orders:
        with tempfile.TemporaryDirectory() as place:
            lines = "".join(f"{','.join(row)}\n" for row in rows)
            (Path(place) / "accounts.csv").write_text(f"id,segment,employees\n{lines}")
            (Path(place) / "cases.csv").write_text(
                "id,account_id,title,handoffs\n" + "".join(f"{i},a,{n},{m}\n" for i, n, m in rows)
            )
            book = read_book(place)
        read.append(sorted(book.tables["accounts"].rows(), key=repr))
        taken = take(
            {"id": "x", "cases": [{"id": i, "title": n, "handoffs": m or None} for i, n, m in rows]},
            Need((), {"cases": ("id", "title", "handoffs")}),
            date(2026, 6, 30),
        )
        nested.append(sorted((id_, repr(title), repr(number)) for id_, title, number in taken.tables["cases"] or ()))
        assert {code for *_, code in rejected(book)} <= {"CC606", "CC607"}
    assert read[0] == read[1]
    assert nested[0] == nested[1]
    assert [id_ for id_, *_ in read[0]] == [id_ for id_, *_ in nested[0]] == sorted({id_ for id_, *_ in orders[0]})


def test_unknown_columns_and_tables_are_problems(tmp_path: Path) -> None:
    path = folder(tmp_path, casess__csv="id\n1\n", cases__csv="id,account_id,titel\n1,a,x\n", notes__txt="x")
    messages = [str(problem) for problem in read_book(path).problems]
    assert messages == [
        f"{path.name}:1:1: warning CC601 unknown table `casess`; it is not read; did you mean `cases`?",
        "cases.csv:1:1: warning CC601 unknown column `titel` in table `cases`; it is not read; did you mean `title`?",
    ]


def test_dangling_references_are_problems_and_the_rows_stay(tmp_path: Path) -> None:
    rows = "".join(f"{at},a,x{at}\n" for at in range(5))
    book = read_book(
        folder(tmp_path, contacts__csv="id,account_id\nx0,a\n", cases__csv=f"id,account_id,contact_id\n{rows}")
    )
    assert [problem.message for problem in book.problems] == [
        "`cases`: `contact_id` `x1`, `x2`, `x3` and 1 more: not among `contacts`"
    ]
    assert book.tables["cases"].height == 5


def test_tables_without_keys_are_problems(tmp_path: Path) -> None:
    book = read_book(folder(tmp_path, cases__csv="title\nx\ny\n"))
    assert [problem.code for problem in book.problems] == ["CC605", "CC607"]
    assert (book.unattached, book.tables["cases"].columns) == ({"cases": 2}, ["id", "account_id", "title"])


def test_a_book_without_accounts_is_empty_but_a_book(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("id,industry\n")
    book = read_book(tmp_path)
    assert (book.ids(), list(book.accounts())) == ([], [])
    assert [problem.message for problem in book.problems] == ["the book has no accounts"]


def test_what_can_not_be_read_at_all(tmp_path: Path) -> None:
    fails(tmp_path / "none", "no book at")
    (tmp_path / "empty").mkdir()
    fails(tmp_path / "empty", "CC608 no tables in `BOOK`; put one file for each table into it")
    (tmp_path / "empty" / "accounts.xlsx").write_bytes(b"PK")
    fails(tmp_path / "empty", "CC608 no tables in `BOOK`, and `accounts.xlsx` can't be read; put one file for each")
    (tmp_path / "empty" / "Accounts.csv").write_text("id\n")
    fails(tmp_path / "empty", "only `Accounts`; rename `Accounts` to `accounts`, or give a mapping")
    book = folder(tmp_path, cases__csv="id\n1\n", cases__parquet=b"x")
    fails(book, "CC608 `BOOK` holds the table `cases` twice, as `cases.csv` and `cases.parquet`; take one away")
    fails(book / "cases.csv", "is one table; name the folder that it lies in")
    (tmp_path / "a.bin").write_bytes(b"nothing of ours")
    fails(tmp_path / "a.bin", "is no book")


def test_all_files_that_can_not_be_read_are_told_at_once(tmp_path: Path) -> None:
    whole = tmp_path / "whole.parquet"
    pl.DataFrame({"id": ["1"] * 1000}).write_parquet(whole)
    cut = whole.read_bytes()[:-100]
    whole.unlink()
    fails(
        folder(
            tmp_path,
            cases__csv=b"",
            contacts__csv="id\n".encode("utf-16"),
            contracts__parquet=cut,
            interactions__csv="id,id\n1,2\n",
            orders__csv="\n\n",
            risks__csv=b"id,\xe4\n",
        ),
        "`BOOK/cases.csv` is empty",
        "`BOOK/contacts.csv` is UTF-16; save it as UTF-8",
        "`BOOK/contracts.parquet` is not whole, or no Parquet file",
        "`BOOK/interactions.csv` has columns without a name or with the same one",
        "`BOOK/orders.csv` has no names of columns in its first line",
        "`BOOK/risks.csv` is not UTF-8 in its first line; byte 0xE4 is `ä` in Latin-1",
    )


def test_accounts_are_needed(tmp_path: Path) -> None:
    (tmp_path / "Customers.csv").write_text("id\n1\n")
    fails(tmp_path, "CC608 no table `accounts` in `BOOK`, only `Customers`; a mapping makes one of them")
    (tmp_path / "accounts.csv").write_text("ID,name\n1,x\n")
    fails(tmp_path, "CC608 `accounts.csv` has no column `id`")


def test_files_that_no_book_reads_are_told(tmp_path: Path) -> None:
    for name in ("cases.xlsx", "contacts.csv.gz", "notes.txt"):
        (tmp_path / name).write_bytes(b"PK")
    (tmp_path / "accounts.csv").write_text("id,Id,ID\na,b,c\n")
    told = [problem.message for problem in read_book(tmp_path).problems]
    assert told == [
        "`cases.xlsx` is no file that a book reads; `cases` is missing",
        "`contacts.csv.gz` is no file that a book reads; `contacts` is missing",
        "unknown column `Id` in table `accounts`; it is not read",
        "unknown column `ID` in table `accounts`; it is not read",
    ]
    (tmp_path / "accounts.csv").unlink()
    for at in range(12):
        (tmp_path / f"t{at:02}.csv").write_text("id\n1\n")
    fails(tmp_path, "only `t00`, `t01`, `t02`, `t03`, `t04`, `t05`, `t06`, `t07`, ... and 4 more; a mapping")


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ("sep=;\r\nid;name", "begins with a line `sep=` for Excel; take that line away"),
        ("id,name,name,x,x", "or with the same one; there twice: `name`, `x`; give each a name of its own"),
        ("id,,name", "or with the same one; without a name: column 2; give each"),
        ("id,na\0me", "holds a NUL near its start, as no text in UTF-8 does; save it as UTF-8"),
    ],
)
def test_heads_that_name_no_columns(tmp_path: Path, head: str, told: str) -> None:
    (tmp_path / "accounts.csv").write_text(f"{head}\na,b\n")
    fails(tmp_path, told)


def test_half_characters_and_giant_numbers_in_json(tmp_path: Path) -> None:
    lines = [
        '{"id": "a", "name": "\\ud83d\\ude00", "employees": 0.5}',
        '{"id": "b", "name": "x\\ud800", "employees": 1' + "0" * 400 + "}",
        '{"id": "c", "\\udfff": 1}',
    ]
    (tmp_path / "accounts.jsonl").write_text("\n".join(lines) + "\n")
    book = read_book(tmp_path)
    assert [row[:3] for row in book.rejects.select("row", "column", "code", "value").rows()] == [
        (2, "employees", "CC603"),
        (2, "name", "CC602"),
        (3, "", "CC608"),
    ]
    assert [account["name"] for account in book.accounts()] == ["\U0001f600", None]


def test_broken_databases(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "book.db") as con:
        con.execute("CREATE TABLE accounts (id, employees)")
        con.executemany("INSERT INTO accounts VALUES (?, ?)", [(f"a{at}", at) for at in range(3000)])
        con.execute("INSERT INTO accounts VALUES ('last', 'many')")
    con.close()
    book = read_book(tmp_path / "book.db")
    assert rejected(book) == [("book.db", 3001, "employees", "many", "CC602")]
    assert book.tables["accounts"]["employees"].sum() == sum(range(3000))
    (tmp_path / "cut.db").write_bytes((tmp_path / "book.db").read_bytes()[:3000])
    fails(tmp_path / "cut.db", "CC608 `BOOK` can't be read")
    with duckdb.connect(str(tmp_path / "book.duckdb")) as duck:
        duck.execute("CREATE TABLE accounts AS SELECT 'a' AS id")
    (tmp_path / "cut.duckdb").write_bytes((tmp_path / "book.duckdb").read_bytes()[:5000])
    fails(tmp_path / "cut.duckdb", "CC608 `BOOK` can't be read")


HEAD = "format: clientcore-mapping/1\n"
ACCOUNTS = HEAD + "entities:\n  accounts: select id from accounts\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["CC1"]),
        ("format: clientcore/1\n", ["1:9: CC110 format `clientcore/1` is not supported"]),
        (
            HEAD + "zone: UTC\ntime_zone: Berlin\n",
            ["2:1: CC104 unknown key `zone`", "3:12: CC107 no time zone `Berlin`"],
        ),
        (
            HEAD + "entities:\n  acounts: select 1\n",
            ["3:3: CC613 no table `acounts` in a book; did you mean `accounts`?"],
        ),
        (
            ACCOUNTS + "  cases: select 1; select 2\n",
            ["4:3: CC613 the SQL of `cases` is not one SELECT; write one SELECT"],
        ),
        (ACCOUNTS + "  cases: drop table accounts\n", ["4:3: CC613 the SQL of `cases` is not one SELECT"]),
        (ACCOUNTS + "  cases: selec 1\n", ["4:3: CC613 the SQL of `cases` does not parse, in its line 1"]),
        (ACCOUNTS + "  cases: select * from case\n", ["4:3: CC613 the SQL of `cases` does not parse"]),
        (
            ACCOUNTS + "  cases: select * from acounts\n",
            ["CC613 table `acounts` is not in `in`; did you mean `accounts`?"],
        ),
        (
            ACCOUNTS + "  cases: select nme from accounts\n",
            ["4:3: CC613 the SQL of `cases` names column `nme`, which is not there, in its line 1; one of: id"],
        ),
        (
            ACCOUNTS + "  cases: select upperr(id) from accounts\n",
            ["4:3: CC613 the SQL of `cases` does not run: Catalog Error"],
        ),
        (
            ACCOUNTS + "  cases: select * from read_csv('x.csv')\n",
            ["4:3: CC613 the SQL of `cases` does not run: Permission"],
        ),
        (
            HEAD + "entities:\n  cases: select id from accounts\n",
            ["CC608 the book has no table `accounts`; found: cases"],
        ),
    ],
)
def test_bad_mappings(text: str, expected: list[str], tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "map.yaml").write_text(text)
    fails(folder(tmp_path / "in"), *expected, mapping=tmp_path / "map.yaml")


def test_the_rejects_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = folder(tmp_path, cases__csv="id,account_id,handoffs\n1,a,many\n")
    (tmp_path / "out").mkdir()
    for suffix, read in (("csv", pl.read_csv), ("parquet", pl.read_parquet), ("jsonl", pl.read_ndjson)):
        book = read_book(path, rejects=tmp_path / "out" / f"r.{suffix}")
        assert read(tmp_path / "out" / f"r.{suffix}").rows() == book.rejects.rows()
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["r.csv", "r.jsonl", "r.parquet"]
    with pytest.raises(BookError, match=r"end its name in \.csv, \.jsonl, \.parquet"):
        read_book(path, rejects=tmp_path / "r.txt")
    with pytest.raises(BookError, match="can't write"):
        read_book(path, rejects=tmp_path / "no" / "such" / "r.csv")


BYTES = st.binary(max_size=200)
CELLS = st.text(st.sampled_from('a1,;"\n\r\\.\0é{}:')).map(str.encode)


@given(
    content=BYTES
    | BYTES.map(b"id,employees\n".__add__)
    | CELLS.map(b"id,employees\n".__add__)
    | CELLS.map(b'{"id": '.__add__),
    suffix=st.sampled_from(["csv", "jsonl", "parquet"]),
)
def test_any_bytes_are_an_error_or_a_book(
    content: bytes, suffix: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("any")
    (path / f"accounts.{suffix}").write_bytes(content)
    try:
        book = read_book(path)
    except BookError as error:
        told = str(error)
    else:
        told = str(book)
        assert len(book.ids()) == len(list(book.accounts()))
    assert str(path) in told or "accounts" in told
