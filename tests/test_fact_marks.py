"""What stands beside the value of a handed-in fact and is none of its kind is told, and counts as not given."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
import pytest

import clientcore as cc
from built import engine_of
from clientcore.entities import SOURCES
from databases import Database
from strategies_rulesets import HEADER

DAY = date(2026, 6, 30)
RULESET: dict[str, Any] = {
    **HEADER,
    "ruleset": "t.f",
    "title": "F",
    "inputs": {
        "nps": {"kind": "number", "range": [-100, 100]},
        "ours": {"kind": "number", "requires_source": ["supplier_record"]},
        "theirs": {"kind": "number", "requires_source": ["client_stated"]},
        "any": {"kind": "number", "requires_source": list(SOURCES)},
    },
    "rules": [{"id": f"low_{name}", "when": f"{name} < 0"} for name in ("nps", "ours", "theirs", "any")],
}
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"source": 5}, "`source` of fact `nps` is the number `5`; it is left out; one of: client_behaviour, "),
    ({"source": "client_sated"}, "is the text `client_sated`; it is left out; did you mean `client_stated`?"),
    ({"n": -1}, "`n` of fact `nps` is the number `-1`; it is left out; write a whole number, 0 or more"),
    ({"n": 2.5}, "the number `2.5`"),
    ({"n": float("inf")}, "the number `inf`"),
    ({"n": True}, "`n` of fact `nps` is `true`"),
    ({"n": "5"}, "the text `5`"),
    ({"applicable": "no"}, "`applicable` of fact `nps` is the text `no`; it is left out; write `true` or `false`"),
    ({"applicable": 0}, "the number `0`"),
    ({"assessed_by_role": 7}, "`assessed_by_role` of fact `nps` is the number `7`; it is left out; write text"),
    ({"source": [1], "n": np.array([1, 2])}, "`source` of fact `nps` is a list"),
]
FITTING: list[dict[str, Any]] = [
    {"source": None, "n": None, "applicable": None, "assessed_by_role": None},
    {"n": 0},
    {"n": 5.0},
    {"n": np.int64(5)},
    {"n": float("nan"), "source": float("nan")},
    {"applicable": np.bool_(True)},
]


@pytest.mark.parametrize(("marks", "told"), WRONG)
def test_what_is_none_beside_a_value_is_a_problem(marks: dict[str, Any], told: str) -> None:
    decision = engine_of([RULESET]).evaluate({"id": "a"}, facts={"nps": cc.Fact(-5, **marks)}, as_of=DAY)
    assert [problem.code for problem in decision.problems] == ["CC602"] * len(marks)
    assert told in str(decision.problems[0])
    assert decision.fired == ("t.f/low_nps",)
    assert "as handed in (supplier_record)" in str(decision.why("nps"))


@pytest.mark.parametrize("marks", FITTING)
def test_what_is_absent_or_fits_is_none(marks: dict[str, Any]) -> None:
    decision = engine_of([RULESET]).evaluate({"id": "a"}, facts={"nps": cc.Fact(-5, **marks)}, as_of=DAY)
    assert (decision.problems, decision.fired) == ((), ("t.f/low_nps",))


def test_a_fact_that_does_not_apply_by_numpy() -> None:
    fact = cc.Fact(-5, applicable=np.bool_(False))  # type: ignore[arg-type]
    decision = engine_of([RULESET]).evaluate({"id": "a"}, facts={"nps": fact}, as_of=DAY)
    assert (decision.problems, decision.fired) == ((), ())


SOURCED = {"a": "client_stated", "b": "client_sated", "c": "", "d": None, "e": "supplier_record"}
NAMES = ("ours", "theirs", "any")
FIRED = {"ours": [None, True, True, True, True], "theirs": [True, None, None, None, None], "any": [True] * 5}


@pytest.mark.parametrize("id_", SOURCED)
def test_a_source_that_there_is_not_is_as_if_none_were_named(id_: str) -> None:
    facts = {name: cc.Fact(-5, source=SOURCED[id_] or None) for name in NAMES}  # type: ignore[arg-type]
    decision = engine_of([RULESET]).evaluate({"id": id_}, facts=facts, as_of=DAY)
    at = list(SOURCED).index(id_)
    assert decision.fired == tuple(sorted(f"t.f/low_{name}" for name in NAMES if FIRED[name][at]))


def facts() -> pl.DataFrame:
    columns: dict[str, Any] = {"account_id": list(SOURCED)}
    for name in NAMES:
        columns |= {name: [-5.0] * 5, f"{name}__source": list(SOURCED.values())}
    return pl.DataFrame(columns)


@pytest.mark.parametrize("executor", ["columnar", "record"])
def test_so_it_is_in_a_book(tmp_path: Path, executor: Literal["columnar", "record"]) -> None:
    pl.DataFrame({"id": list(SOURCED)}).write_parquet(tmp_path / "accounts.parquet")
    counts = {"nps": [-5] * 5, "nps__n": [1.0, -1.0, 2.5, None, 0.0]}
    facts().with_columns(**{name: pl.Series(values) for name, values in counts.items()}).write_parquet(
        tmp_path / "facts.parquet"
    )
    book = cc.read_book(tmp_path)
    frame = engine_of([RULESET]).evaluate_book(book, as_of=DAY, executor=executor)
    assert {name: frame[f"t_f__low_{name}"].to_list() for name in NAMES} == FIRED
    assert frame["t_f__low_nps"].to_list() == [True] * 5
    known = ", ".join(sorted(SOURCES))
    assert book.rejects.select("row", "column", "value", "message").rows() == [
        (2, "any__source", "client_sated", f"not one of: {known}"),
        (2, "nps__n", "-1.0", "not a whole number, 0 or more"),
        (2, "ours__source", "client_sated", f"not one of: {known}"),
        (2, "theirs__source", "client_sated", f"not one of: {known}"),
        (3, "nps__n", "2.5", "not a whole number, 0 or more"),
    ]
    refused = "CC604 fact `ours` has source `client_stated` and is ignored; it takes supplier_record only"
    other = "CC604 fact `theirs` has source `supplier_record` and is ignored; it takes client_stated only"
    assert frame["error"].to_list() == [refused, other, other, other, other]


def test_so_it_is_in_a_database(database: Database) -> None:
    database.load({"accounts": pl.DataFrame({"id": list(SOURCED)}), "facts": facts()})
    frame = engine_of([RULESET]).evaluate_in(database.connection, as_of=DAY)
    assert {name: frame[f"t_f__low_{name}"].to_list() for name in NAMES} == FIRED
