"""A book through an engine: the same answers as one by one, in input order, with history and handed-in facts."""

from __future__ import annotations

import csv
import itertools
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import clientcore as cc
from built import engine_of, loaded
from clientcore.batch import facts_of
from clientcore.cli.frames import write
from clientcore.relational import make_program
from strategies import AS_OF
from strategies_rulesets import HEADER

MADE: dict[str, Any] = {
    **HEADER,
    "ruleset": "b.one",
    "title": "B",
    "params": {"floor": {"value": 5, "range": [0, 100], "doc": "d"}},
    "inputs": {"n": {"kind": "number", "range": [0, 100]}, "said": {"kind": "text"}},
    "facts": {"open": {"value": "cases.filter(c, !c.is_closed).size()"}},
    "rules": [
        {"id": "high", "when": "n > params.floor", "effect": {"finding": {"severity": "high", "actions": ["call"]}}},
        {"id": "busy", "when": "open > 1"},
    ],
    "scores": {
        "s": {
            "aggregate": "sum",
            "range": [0, 100],
            "terms": [{"id": "n", "value": "n", "range": [0, 100]}],
            "bands": [{"id": "low", "below": 40}, {"id": "high"}],
            "hysteresis": {"margin": 5},
        }
    },
    "tables": {
        "t": {
            "hit_policy": "collect(list)",
            "inputs": ["open"],
            "default": [],
            "rows": [{"id": "r", "when": ["> 0"], "then": {"t": "some"}}],
        }
    },
    "actions": {"call": {"title": "Call"}},
}
CHILD: dict[str, Any] = {
    **HEADER,
    "ruleset": "b.two",
    "title": "C",
    "subject": "opportunity",
    "rules": [{"id": "large", "when": "amount > 100 && account.open > 0"}],
}
FILES = {
    "accounts": "id,segment\nb,x\na,y\nc,\n",
    "cases": "id,account_id,is_closed\n1,a,false\n2,a,false\n3,b,true\n",
    "facts": "account_id,n,n__source,n__n,n__observed_at\na,42,client_stated,5,2026-06-01\nb,3,,,\n",
    "opportunities": "id,account_id,amount\no2,a,500\no1,b,500\no3,a,50\n",
}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> cc.Book:
    place = tmp_path_factory.mktemp("book")
    for name, text in FILES.items():
        (place / f"{name}.csv").write_text(text, encoding="utf-8")
    return cc.read_book(place)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> cc.Engine:
    path = tmp_path_factory.mktemp("profiles") / "x.yaml"
    path.write_text("format: clientcore-profile/1\nprofile: x\nparams: {b.one: {floor: 1}}\n", encoding="utf-8")
    return cc.Engine(rulesets=loaded([MADE, CHILD]), plugins=[], discover=False, profiles=[path])


def test_rows_are_in_input_order_and_say_what_one_by_one_says(engine: cc.Engine, book: cc.Book) -> None:
    frame = engine.evaluate_book(book, as_of=AS_OF, lists=True)
    assert frame["account_id"].to_list() == ["b", "a", "c"]
    assert frame["as_of"].to_list() == [AS_OF] * 3
    facts = facts_of(book, engine.fact_kinds)
    for row in frame.iter_rows(named=True):
        id_ = row["account_id"]
        decision = engine.evaluate(book.account(id_), facts=facts.get(id_), as_of=AS_OF)
        score = decision.scores["b.one.s"]
        assert (row["b_one_s"], row["b_one_s_low"], row["b_one_s_band"]) == (score.value, score.low, score.band)
        assert row["b_one_t"] == list(decision.outcomes["b.one.t"].value)
        assert row["fired"] == list(decision.fired)
        assert row["findings"] == [finding.rule for finding in decision.findings]
        assert row["actions"] == [action.id for action in decision.actions]
        for rule in ("high", "busy"):
            wanted = None if f"b.one/{rule}" in decision.unknown else f"b.one/{rule}" in decision.fired
            assert row[f"b_one__{rule}"] is wanted


def test_facts_of_a_book_carry_where_they_come_from(engine: cc.Engine, book: cc.Book) -> None:
    assert facts_of(book, engine.fact_kinds) == {
        "a": {"n": cc.Fact(42.0, source="client_stated", n=5, observed_at=date(2026, 6, 1))},
        "b": {"n": 3.0},
    }


@pytest.mark.parametrize("name", ["facts.csv", "facts.jsonl"])
def test_a_list_among_texts_stands_as_json(tmp_path: Path, name: str) -> None:
    (tmp_path / "accounts.csv").write_text("id\na\nb\nc\n")
    rows = [("a", '["x", "y"]'), ("b", "x"), ("c", '{"x": 1}')]
    with (tmp_path / name).open("w", newline="") as file:
        if name.endswith("csv"):
            csv.writer(file).writerows([("account_id", "who"), *rows])
        else:
            texts = [
                f'{{"account_id": "{id_}", "who": {cell if cell != "x" else json.dumps(cell)}}}' for id_, cell in rows
            ]
            file.write("\n".join(texts))
    handed = facts_of(cc.read_book(tmp_path), {"who": "list"})
    assert (handed["a"], handed["b"]) == ({"who": ["x", "y"]}, {"who": "x"})
    assert not isinstance(handed["c"]["who"], list)


LABELS = """\
format: clientcore/1
language: cel-profile/1
ruleset: b.labels
version: 1.0.0
subject: account
title: Labels that look like numbers, and lists
inputs: {n: {kind: number}}
states: {w: {initial: calm, transitions: [{from: calm, to: hot, when: n > 50}]}}
tables:
  g: {hit_policy: first, inputs: [n], rows: [{id: a, when: ["> 50"], then: {g: '1'}}], default: '2'}
  l:
    hit_policy: collect(list)
    inputs: [n]
    rows: [{id: a, when: ["> 5"], then: {l: x}}, {id: b, when: ["> 50"], then: {l: y}}]
    default: []
rules:
  - {id: was, when: "previous.b.labels.g == '1'"}
  - {id: high, when: n > 50}
"""


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_file_of_any_form_stands_for_the_frame_before(tmp_path: Path, form: str) -> None:
    """Ids and labels of digits stay text, days and truth values are what they were, rows are kept with their lists."""
    (tmp_path / "labels.yaml").write_text(LABELS, encoding="utf-8")
    engine = cc.Engine(rulesets=[tmp_path / "labels.yaml"], discover=False)
    tables = {
        "accounts": pl.DataFrame({"id": ["007", "7", "8"], "recorded_at": [datetime(2026, 6, 1, tzinfo=UTC)] * 3})
    }
    facts = {"account_id": ["007", "7", "8"], "n": [90.0, 1.0, None], "n__observed_at": [date(2026, 6, 1)] * 3}
    book = cc.Book(tmp_path, {**tables, "facts": pl.DataFrame(facts)}, pl.DataFrame())
    first = engine.evaluate_book(book, as_of=AS_OF - timedelta(days=1), lists=True)
    frame = engine.evaluate_book(book, as_of=AS_OF, lists=True, previous=first)
    assert frame["b_labels__was"].to_list() == [True, False, None]
    file = tmp_path / f"before.{form}"
    for before, day in ((first, AS_OF), (frame, AS_OF), (frame, AS_OF + timedelta(days=1))):
        with file.open("wb") as out:
            write(before, out, form)
        told = engine.evaluate_book(book, as_of=day, lists=True, previous=before)
        assert_frame_equal(engine.evaluate_book(book, as_of=day, lists=True, previous=file), told)
        since = {"changed_since": datetime(2026, 6, 15, tzinfo=UTC)}
        assert_frame_equal(engine.evaluate_book(book, as_of=day, lists=True, previous=file, **since), told)  # type: ignore[arg-type]


def test_a_sink_is_no_file_of_text(engine: cc.Engine, book: cc.Book, tmp_path: Path) -> None:
    with pytest.raises(cc.FactError, match=r"CC403 `sink` is `.*out.csv`, and a Parquet file is written"):
        engine.evaluate_book(book, as_of=AS_OF, sink=tmp_path / "out.csv")


def test_what_is_not_asked_for_has_no_column(engine: cc.Engine, book: cc.Book) -> None:
    frame = engine.evaluate_book(book, as_of=AS_OF, only=["b.one/busy"])
    assert frame.columns == ["account_id", "as_of", "b_one__busy", "_base", "error"]
    assert frame["b_one__busy"].to_list() == [False, True, False]


def test_a_field_of_the_account_names_its_profile(engine: cc.Engine, book: cc.Book) -> None:
    with pytest.raises(cc.ClientcoreError, match="CC113 unknown profile `y`"):
        engine.evaluate_book(book, as_of=AS_OF, profile_by="segment")
    with pytest.raises(cc.FactError, match=r"CC403 `profile_by` is `segmnt`, no .* with text; did you mean `segment`"):
        engine.evaluate_book(book, as_of=AS_OF, profile_by="segmnt")
    named = engine.evaluate_book(book, as_of=AS_OF, profile="x", only=["b.one/high"])
    assert named["b_one__high"].to_list() == [True, True, None]
    assert engine.evaluate_book(book, as_of=AS_OF, only=["b.one/high"])["b_one__high"].to_list() == [False, True, None]


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl", None])
def test_the_run_before_goes_on_in_every_format(
    engine: cc.Engine, book: cc.Book, tmp_path: Path, ending: str | None
) -> None:
    first = engine.evaluate_book(book, as_of=AS_OF)
    before: Any = first
    if ending is not None:
        before = tmp_path / f"first.{ending}"
        with before.open("wb") as file:
            write(first, file, ending)
    day = AS_OF + timedelta(days=30)
    held = engine.evaluate_book(book, as_of=day, previous=before)
    assert held["b_one_s_since"].to_list()[:2] == [AS_OF, AS_OF]
    assert engine.evaluate_book(book, as_of=day, previous=held)["_base"].to_list() == held["_base"].to_list()


def test_what_can_not_be_the_run_before(engine: cc.Engine, book: cc.Book, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a\n1\n")
    (tmp_path / "x.parquet").write_text("no")
    for name, code in (("x.csv", "CC608"), ("x.parquet", "CC608"), ("gone.csv", "CC608"), ("x.xlsx", "CC403")):
        with pytest.raises(cc.ClientcoreError, match=code):
            engine.evaluate_book(book, as_of=AS_OF, previous=tmp_path / name)
    later = engine.evaluate_book(book, as_of=AS_OF + timedelta(days=1))
    with pytest.raises(cc.BookError, match="CC608 the frame before is of 2026-07-01 for b, later than 2026-06-30"):
        engine.evaluate_book(book, as_of=AS_OF, previous=later)
    runs = pl.concat([engine.evaluate_book(book, as_of=AS_OF - timedelta(days=day)) for day in (60, 30)])
    runs.write_parquet(tmp_path / "runs.parquet")
    (tmp_path / "book").mkdir()
    for name, frame in book.tables.items():
        frame.write_parquet(tmp_path / "book" / f"{name}.parquet")
    for some in (book, cc.read_book(tmp_path / "book", in_parts=True)):
        for before in (runs, tmp_path / "runs.parquet"):
            with pytest.raises(cc.BookError, match=r"CC608 the frame before has two rows of `[abc]`; give the frame"):
                engine.evaluate_book(some, as_of=AS_OF, previous=before)


def test_children_come_with_their_accounts(engine: cc.Engine, book: cc.Book) -> None:
    frame = engine.evaluate_book(book, as_of=AS_OF, subject="opportunity")
    rows = set(frame.select("opportunity_id", "account_id", "b_two__large").rows())
    assert rows == {("o2", "a", True), ("o3", "a", False), ("o1", "b", False)}


def test_progress_ends_at_the_total(engine: cc.Engine, book: cc.Book) -> None:
    seen: list[tuple[int, int]] = []
    engine.evaluate_book(book, as_of=AS_OF, on_progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (3, 3)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_bad_data_of_one_account_stops_no_other(engine: cc.Engine, book: cc.Book) -> None:
    tables = {**book.tables, "facts": pl.DataFrame({"account_id": ["a", "b"], "n": ["many", "3"]})}
    broken = cc.Book(book.path, tables, book.rejects)
    frame = engine.evaluate_book(broken, as_of=AS_OF)
    assert [error is None for error in frame["error"]] == [True, False, True]
    assert "CC602 fact `n` is the text `many`" in frame["error"][1]
    assert frame["b_one__busy"].to_list() == [False, True, False]


def test_few_programs_serve_parts_whose_facts_lie_out_of_range_in_ever_other_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = "abcd"
    engine = engine_of(
        [
            {
                **HEADER,
                "ruleset": "e.ways",
                "title": "W",
                "inputs": {name: {"kind": "number", "range": [0, 10]} for name in names},
                "rules": [{"id": name, "when": f"{name} > 5"} for name in names],
            }
        ]
    )
    ways = list(itertools.product((7, 70), repeat=len(names)))
    (tmp_path / "accounts.csv").write_text("id\n" + "".join(f"k{at:02}\n" for at in range(len(ways))))
    rows = [f"k{at:02},{','.join(map(str, way))}\n" for at, way in enumerate(ways)]
    (tmp_path / "facts.csv").write_text(f"account_id,{','.join(names)}\n{''.join(rows)}")
    made: list[frozenset[str]] = []

    def counted(*args: Any, **options: Any) -> Any:
        made.append(options["clean"])
        return make_program(*args, **options)

    monkeypatch.setattr("clientcore.batch.frames.make_program", counted)
    book = cc.read_book(tmp_path)
    frame = engine.evaluate_book(book, as_of=AS_OF, at_a_time=1)
    assert len(made) == len(set(made)) == 5
    assert_frame_equal(frame, engine.evaluate_book(book, as_of=AS_OF, executor="record"))
    assert frame["e_ways__a"].to_list() == [way[0] == 7 or None for way in ways]


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "x"])
def test_so_many_at_a_time_is_a_whole_number(engine: cc.Engine, book: cc.Book, wrong: Any) -> None:
    with pytest.raises(cc.FactError, match=r"CC403 `at_a_time` is .*; give a whole number, 1 or more"):
        engine.evaluate_book(book, as_of=AS_OF, at_a_time=wrong)


def test_a_sink_that_names_no_file_is_refused(engine: cc.Engine, book: cc.Book) -> None:
    with pytest.raises(cc.BookError, match="CC608 can't write `/`: it names no file"):
        engine.evaluate_book(book, as_of=AS_OF, sink="/")
