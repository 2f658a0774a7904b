"""The accounts of all bundled cases, as one book: the same frame on every executor.

Cases are where rulesets meet what is rare: answers of nobody named, tables without rows, days that lie ahead.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import clientcore as cc
from clientcore.load import Case, load_cases
from databases import DuckDb
from same_answer import by, differences, in_database

ROOT = Path(__file__).resolve().parents[1]
DAY = date(2026, 6, 30)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> cc.Book:
    folder = tmp_path_factory.mktemp("cases")
    tables: dict[str, list[dict[str, Any]]] = {"accounts": []}
    for path in sorted((ROOT / "rulesets").rglob("*.cases.yaml")):
        cases, _ = load_cases(path)
        assert cases is not None
        for case in cases.cases:
            if whole(case):
                add(tables, f"{path.name.partition('.')[0]}-{case.id}", case.account or {})
    for name, rows in tables.items():
        text = "".join(f"{json.dumps(row, default=str)}\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    return cc.read_book(folder)


def whole(case: Case) -> bool:
    """Return whether a case is an account and nothing else."""
    return case.subject == "account" and case.as_of == DAY and not case.facts and case.previous is None


def add(tables: dict[str, list[dict[str, Any]]], whose: str, account: Mapping[str, Any]) -> None:
    """Put an account with its records into tables; ids, and fields that name one, begin with the account's."""
    related = {name: rows for name, rows in account.items() if isinstance(rows, list)}
    tables["accounts"].append({**own(whose, account), "id": whose})
    for name, rows in related.items():
        for row in rows:
            tables.setdefault(name, []).append({**own(whose, row), "account_id": whose})


def own(whose: str, record: Mapping[str, Any]) -> dict[str, Any]:
    fields = {name: value for name, value in record.items() if not isinstance(value, list)}
    ids = [name for name, value in fields.items() if (name == "id" or name.endswith("_id")) and value is not None]
    return fields | {name: f"{whose}-{fields[name]}" for name in ids}


@pytest.mark.parametrize("run", [by("columnar"), in_database(DuckDb())], ids=["columnar", "duckdb"])
def test_executors_agree_on_the_accounts_of_the_cases(book: cc.Book, run: Any) -> None:
    engine = cc.Engine()
    expected: pl.DataFrame = by("record")(engine, book, DAY, None, "account").sort("account_id")

    assert expected.height > 100
    # a database does not look where references lead
    found = run(engine, book, DAY, None, "account").sort("account_id")
    assert list(differences(expected, found, ["error"])) == []
