"""What the command line shows of a decision: few words, nothing lost, everything under its name."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import polars as pl
import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st

from clientcore.cli import main
from clientcore.cli.frames import as_table
from clientcore.errors import counted
from clientcore.executors.sql.writing import in_lines

DAY = ["--as-of", "2026-06-30", "--no-discover"]
RULES = """\
format: clientcore/1
language: cel-profile/1
ruleset: own.NAME
version: 1.0.0
subject: account
title: Care
inputs:
  calls: {kind: number, unit: count, range: [0, 99], doc: calls, ask: How many calls?, whom: sales}
  worth: {kind: number, unit: EUR, range: [0, 1e12], doc: what it is worth}
facts:
  NAME_enough: {value: calls >= 3, doc: "whether there were calls enough (S1-02)"}
rules:
  - id: silent
    title: Silence
    when: calls < 1
    because: "{calls} calls"
    effect: {finding: {severity: high, title: Nobody calls}}
  - {id: poor, title: Not worth it, when: worth < 5, effect: {finding: {severity: medium}}}
  - {id: gate, title: Gate of care, when: NAME_enough && worth > 5}
scores:
  NAME_worth:
    title: Worth
    aggregate: sum
    range: [0, 1e12]
    terms: [{id: worth, value: worth, range: [0, 1e12]}]
tables:
  place:
    title: Place
    hit_policy: first
    inputs: ["fired('own.NAME/gate')"]
    rows: [{id: near, when: ["true"], then: {place: inside}}]
    default: outside
"""


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("book").mkdir()
    Path("book/accounts.csv").write_text("id\n" + "".join(f"a{at:02}\n" for at in range(30)))
    Path("book/facts.csv").write_text("account_id,calls\n" + "".join(f"a{at:02},{at % 2}\n" for at in range(30)))
    Path("care.yaml").write_text(RULES.replace("NAME", "care"))
    return "book"


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 0
    return capsys.readouterr().out


def test_numbers_have_their_plural() -> None:
    words = ("ruleset", "opportunity", "day", "query")
    assert [counted(1, word) for word in words] == ["1 ruleset", "1 opportunity", "1 day", "1 query"]
    plural = ["2 rulesets", "2 opportunities", "2 days", "2 queries"]
    assert [counted(2, word) for word in words] == plural


def test_the_summary_names_one_ruleset_and_its_profile(book: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.yaml").write_text("format: clientcore-profile/1\nprofile: mine\nparams: {}\n")
    told = shown(capsys, "evaluate", book, "--rulesets", "care.yaml", "--profile", "mine.yaml", *DAY)
    assert "\n30 accounts, 1 ruleset, profile mine.yaml\n" in told


def test_a_rule_that_is_unknown_for_all_is_named(book: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = shown(capsys, "evaluate", book, "--rulesets", "care.yaml", *DAY)
    assert "unknown for all, since what they stand on is missing: 1 of 2 findings\n" in told
    assert "  medium    own.care/poor (Not worth it)\n" in told


def test_a_finding_is_called_by_what_titles_there_are(book: str, capsys: pytest.CaptureFixture[str]) -> None:
    bare = RULES.replace("NAME", "care").replace("    title: Silence\n", "")
    Path("care.yaml").write_text(bare)
    told = shown(capsys, "evaluate", book, "--rulesets", "care.yaml", *DAY)
    assert "own.care/silent (Nobody calls)\n" in told


def test_few_rows_are_shown_and_all_are_written(book: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", book, "--rulesets", "care.yaml", *DAY]) == 0
    captured = capsys.readouterr()
    assert "a19 " in captured.out
    assert "a20 " not in captured.out
    assert "10 of 30 rows" in captured.err
    shown(capsys, "evaluate", book, "--rulesets", "care.yaml", *DAY, "-o", "all.csv")
    with Path("all.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 30


def test_only_what_changed_is_decided_anew(book: str, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["evaluate", book, "--rulesets", "care.yaml", *DAY]
    Path("book/accounts.csv").write_text("id,recorded_at\na00,2026-06-29T00:00:00Z\na01,2026-06-30T09:00:00Z\n")
    shown(capsys, *options, "-o", "before.parquet")
    Path("book/facts.csv").write_text("account_id,calls\na00,0\na01,0\n")
    again = ["--previous", "before.parquet", "--changed-since", "2026-06-30T06:00:00Z", "-o", "after.parquet"]
    shown(capsys, *options, *again)
    assert pl.read_parquet("before.parquet")["own_care__silent"].to_list() == [True, False]
    assert pl.read_parquet("after.parquet")["own_care__silent"].to_list() == [True, True]
    for wrong in ("2026-06-30", "2026-06-30T06:00:00", "soon"):
        assert main([*options, "--previous", "before.parquet", "--changed-since", wrong]) == 2
        assert f"`{wrong}` is no instant with its zone" in capsys.readouterr().err
    assert main([*options, "--changed-since", "2026-06-30T06:00:00Z"]) == 2
    assert "give --previous FILE too" in capsys.readouterr().err


def test_what_tells_most_is_shown_first() -> None:
    columns = {"gaps": ["p", "q", None, "q"], "same": ["a"] * 4, "one_off": ["c", "c", "c", "d"], "even": list("eeff")}
    frame = pl.DataFrame({"account_id": list("abcd"), **columns})
    assert as_table(frame, 60)[0].splitlines()[0].split() == ["account_id", "even", "one_off", "gaps", "same"]


def test_rules_are_shown_where_there_is_nothing_else() -> None:
    frame = pl.DataFrame({"account_id": ["a", "b", "c"], "own__late": [True, False, None]})
    assert [line.split() for line in as_table(frame, 60)[0].splitlines()] == [
        ["account_id", "own__late"],
        ["a", "yes"],
        ["b", "no"],
        ["c", "unknown"],
    ]


def test_an_explanation_has_titles_and_open_intervals(book: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = shown(capsys, "explain", book, "a00", "--rulesets", "care.yaml", *DAY)
    assert "\nfound\n  high      Nobody calls: 0 calls  (own.care/silent)\n" in told
    assert "  medium    Not worth it?  (own.care/poor)\n" in told
    assert "    [does not hold] Gate of care  (own.care/gate)\n      not so: there were calls enough\n" in told
    assert "      unknown: worth > 5  (worth = unknown)\n" in told
    assert "  Worth: 0 or more, 0% known  (own.care.care_worth)\n" in told


def test_facts_that_no_ruleset_reads_are_one_line(book: str, capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"nobody_reads_{at}" for at in range(9)]
    Path("book/facts.csv").write_text(f"account_id,{','.join(names)}\na00,{','.join('1' * 9)}\n")
    told = shown(capsys, "explain", book, "a00", "--rulesets", "care.yaml", *DAY)
    (line,) = [line for line in told.splitlines() if "CC601" in line]
    assert "CC601 9 unknown facts handed in: `nobody_reads_0`" in line
    assert line.endswith("... and 4 more; none of the rulesets here reads them")


def test_answers_that_are_set_aside_are_counted_and_shown(book: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("form.csv").write_text(
        "account_id,fact,level,value,source,answered_on,answered_by\n"
        "a00,calls,,3,supplier_record,2026-06-01,sales\na01,calls,,many,supplier_record,2026-06-01,sales\n"
    )
    assert main(["answers", "form.csv", "--rulesets", "care.yaml", *DAY]) == 1
    captured = capsys.readouterr()
    assert captured.out.splitlines()[0] == "1 answer, 0 questions without one, 1 row set aside"
    assert captured.err.startswith("form.csv: line 3, column value: CC602 ")
    assert book


@given(
    columns=st.lists(st.sampled_from(["a", "'x, y'", "'it''s, (so'", '"p, q"', "f(a, b)", "(a, b)"]), min_size=1),
    dialect=st.sampled_from(["duckdb", "postgres", "spark", "snowflake", "bigquery"]),
)
def test_a_statement_in_lines_is_the_same_statement(columns: list[str], dialect: str) -> None:
    whole = f"WITH s AS (SELECT {', '.join(columns)} FROM t), u AS (SELECT a FROM s) SELECT {', '.join(columns)} FROM u"
    text = sqlglot.parse_one(whole, dialect="duckdb").sql(dialect=dialect)
    broken = in_lines(text, dialect)
    assert broken.replace(",\n", ", ") == text
    assert sqlglot.parse_one(broken, dialect=dialect) == sqlglot.parse_one(text, dialect=dialect)
    assert broken.count("\n") > 2 * (len(columns) - 1)


def test_sql_names_only_the_rulesets_of_its_columns(book: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert book
    Path("more.yaml").write_text(RULES.replace("NAME", "more"))
    rulesets = ["--rulesets", "care.yaml", "more.yaml", "--no-discover"]
    told = shown(capsys, "sql", *rulesets, "--only", "own.more.*")
    assert "-- own.more 1.0.0 " in told
    assert "-- own.care" not in told
    assert len(told.splitlines()) > 20


def test_a_long_statement_is_followed_by_how_to_narrow_it(book: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert book
    assert main(["sql", "--only", "trust.*"]) == 0
    captured = capsys.readouterr()
    assert captured.out.endswith(";\n")
    assert re.fullmatch(r"a statement of 0\.\d MB; -o FILE writes it to a file\n", captured.err)
    Path("own.yaml").write_text(RULES.replace("NAME", "own"))
    assert main(["sql", "--rulesets", "own.yaml", "--no-discover"]) == 0
    assert capsys.readouterr().err == ""
