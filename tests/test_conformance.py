"""Every row of tests/conformance on every executor, alone and in a batch, with and without a trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from clientcore.errors import ClientcoreError, RulesetError, UnsupportedError
from conformance_runner import EXECUTORS, Row, build, differences, read_rows
from conformance_runner.books import NotCarriedError, answers
from conformance_runner.executors import columnar
from durable_rules import require_durable

ROWS = read_rows()
#: The numbered lines of the settled meanings (docs/semantics.md), but those of the days of a session.
LINES = ["0", "1", "1a", *map(str, range(2, 18)), "17a", *map(str, range(18, 33)), "37"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "executor" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--executors", default=None) or ",".join(EXECUTORS)
        metafunc.parametrize("executor", chosen.split(","))


@pytest.mark.parametrize("batch", [False, True], ids=["alone", "batch"])
@pytest.mark.parametrize("row", [row for row in ROWS if not row.error], ids=str)
def test_row(row: Row, executor: str, batch: bool, tmp_path: Path) -> None:
    if executor == "durable":
        require_durable()
    engine = build(row, tmp_path)
    if row.raises:
        with pytest.raises(ClientcoreError, match=row.raises):
            EXECUTORS[executor](row, engine, batch)
        return
    answer = EXECUTORS[executor](row, engine, batch)
    found = [
        f"step {at}: {difference}"
        for at, (step, decisions) in enumerate(zip(row.steps, answer.steps, strict=True), 1)
        for difference in differences(step.expect, decisions)
    ]
    assert found == [], row.note


@pytest.mark.parametrize("batch", [False, True], ids=["alone", "batch"])
@pytest.mark.parametrize("row", [row for row in ROWS if not row.error and not row.raises], ids=str)
def test_row_on_frames(row: Row, batch: bool, tmp_path: Path) -> None:
    engine = build(row, tmp_path)
    try:
        found = [f"step {at}: {difference}" for at, difference in answers(engine, row, batch, columnar)]
    except (NotCarriedError, UnsupportedError) as error:
        pytest.skip(str(error))
    assert found == [], row.note


@pytest.mark.parametrize("row", [row for row in ROWS if not row.error and not row.raises], ids=str)
def test_a_trace_changes_nothing(row: Row, tmp_path: Path) -> None:
    engine = build(row, tmp_path)
    plain = EXECUTORS["record"](row, engine, False)
    traced = EXECUTORS["record"](row, engine, False)
    for step in traced.steps:
        for decision in step:
            assert isinstance(decision.trace, tuple)
    again = EXECUTORS["record"](row, engine, False)
    decided_by_it = build(row, tmp_path)
    for executor in filter(None, decided_by_it.executors(row.subject)):
        executor.compiled.trace_first()
    first = EXECUTORS["record"](row, decided_by_it, False)
    texts = [[[one.to_json() for one in step] for step in answer.steps] for answer in (plain, traced, again, first)]
    assert texts[1:] == texts[:1] * 3


@pytest.mark.parametrize("row", [row for row in ROWS if row.error], ids=str)
def test_row_is_refused(row: Row, tmp_path: Path) -> None:
    with pytest.raises(RulesetError) as caught:
        build(row, tmp_path)
    codes = sorted({problem.code for problem in caught.value.problems if problem.severity == "error"})
    assert [code for code in codes if not code.startswith(tuple(row.error.split("|")))] == [], str(caught.value)


def test_every_line_has_rows() -> None:
    held = {line for row in ROWS for line in row.meanings}
    assert [line for line in LINES if line not in held] == []
    assert sorted(held - set(LINES)) == []


def test_rows_have_their_own_ids() -> None:
    ids = [str(row) for row in ROWS]
    assert len(set(ids)) == len(ids)
