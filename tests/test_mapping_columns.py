"""What is wrong with the SQL of a mapping is told at once: shapes, tables, and every column that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from clientcore.book import read_book
from clientcore.errors import BookError

HEAD = "format: clientcore-mapping/1\nentities:\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "kunden.csv").write_text("kundennummer,name,seit\n1,A,2020-01-01\n2,B,2021-01-01\n")
    (tmp_path / "in" / "anrufe.csv").write_text("nr,kundennummer,am,dauer\n1,1,2026-01-01,5\n")
    return tmp_path


def told(source: Path, **queries: str) -> list[str]:
    """Return the problems, without where the mapping lies."""
    body = "".join(
        f"  {table}: |\n" + re.sub("^", "    ", sql, flags=re.MULTILINE) + "\n" for table, sql in queries.items()
    )
    (source / "map.yaml").write_text(HEAD + body)
    try:
        read_book(source / "in", source / "map.yaml")
    except BookError as error:
        return [line.replace(f"{source / 'map.yaml'}:", "") for line in str(error).splitlines()]
    return []


def test_shapes_tables_and_columns_are_told_at_once(source: Path) -> None:
    found = told(
        source,
        accounts="select kundennumer as id, nam as name\nfrom kunden where sait > '2020'",
        cases="selec 1",
        interactions="select a.nummer as id, k.kundennummer as account_id, a.am as occurred_on\n"
        "from anrufe a join kunden k using (kundennummer)\n"
        "where a.dauer_in_minuten > 1 and strftime(a.an, '%Y') = '2026'",
        orders="select id from bestellungen",
        contacts="select seid as id from kunden; select 2",
    )

    assert found == [
        "3:3: CC613 table `bestellungen` is not in `in`; one of: anrufe, kunden",
        "3:3: CC613 the SQL of `accounts` names column `kundennumer`, which is not there, in its line 1; "
        "did you mean `kundennummer`?",
        "3:3: CC613 the SQL of `accounts` names column `nam`, which is not there, in its line 1; did you mean `name`?",
        "3:3: CC613 the SQL of `accounts` names column `sait`, which is not there, in its line 2; did you mean `seit`?",
        '6:3: CC613 the SQL of `cases` does not parse, in its line 1: syntax error at or near "selec"',
        "8:3: CC613 the SQL of `interactions` names column `a.nummer`, which is not there, in its line 1; "
        "one of: am, dauer, kundennummer, name, nr, seit",
        "8:3: CC613 the SQL of `interactions` names column `a.dauer_in_minuten`, which is not there, in its line 3; "
        "one of: am, dauer, kundennummer, name, nr, seit",
        "8:3: CC613 the SQL of `interactions` names column `a.an`, which is not there, in its line 3; "
        "one of: am, dauer, kundennummer, name, nr, seit",
        "14:3: CC613 the SQL of `contacts` is not one SELECT; write one SELECT",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("with k as (select kundennumer as id from kunden) select id, nam from k", ["kundennumer", "nam"]),
        ("select kundennummer as id from kunden order by seid", ["seid"]),
        ("select KUNDENNUMER as id, kundennumer as name from kunden", ["KUNDENNUMER"]),
        ("select id from (select kundennumer as id, zeit from kunden)", ["kundennumer", "zeit"]),
        ("select kundennummer as id from kunden union all select nr from anrufe where dauerr > 1", ["dauerr"]),
        ('select kundennummer as id, "näme" as name from kunden', ["näme"]),
    ],
)  # fmt: skip
def test_columns_that_are_not_there(source: Path, sql: str, expected: list[str]) -> None:
    found = told(source, accounts=sql)

    assert [re.findall("names column `(.*?)`", line)[0] for line in found] == expected


def test_what_may_come_of_a_wrong_column_is_not_told(source: Path) -> None:
    (problem,) = told(source, accounts="select kundennummer as id, year(sait) as name from kunden")

    assert "column `sait`" in problem


def test_columns_that_are_there_are_read(source: Path) -> None:
    assert told(source, accounts="select kundennummer as id, name from kunden") == []
