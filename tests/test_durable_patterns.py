"""Event patterns on durable-rules: the answers of the matcher in Python, and what happens when the engine dies."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import event as event_of
from hypothesis import strategies as st

from clientcore.executors.durable import DurableMatcher, Report, correlating
from clientcore.executors.durable import matcher as matchers
from clientcore.executors.durable.correlating import asked, refusal
from clientcore.executors.durable.lowering import written
from clientcore.executors.durable.process import Worker, WorkerError
from clientcore.matching import EventShape, Join, PythonMatcher, Row, Search, Shape
from conformance_runner import Row as Row_
from conformance_runner import build, differences, read_rows
from durable_rules import require_durable
from strategies_matching import AS_OF, delivered, searches

require_durable()

PYTHON = PythonMatcher()
EVENT_ROWS = [row for row in read_rows() if row.id.startswith("events:") and not row.error]
PING = {"ping": {"all": [{"p": {"ping": 1.0}}]}}
#: What the report on durable-rules found to end or stop a process, as (ruleset, message, what is seen).
SEGV = (written({"r": {"all": [{"m": {"t": 1.0}}]}} | PING), f'{{"id":"{"x" * 9_000_000}","sid":"s","t":1.0}}')
FPE = (
    written({"r": {"all": [{"m": {"$gt": {"a": {"$div": {"$l": {"$m": "a"}, "$r": {"$m": "b"}}}}}}]}} | PING),
    '{"id":"f","sid":"s","a":1,"b":0}',
)
LOOP = (
    written({f"r{at}": {"all": [{"m": {f"p{at}": 1.0}}]} for at in range(520)} | PING),
    '{"id":"f","sid":"s","p0":1.0}',
)


@pytest.fixture(scope="module")
def durable() -> Iterator[DurableMatcher]:
    with DurableMatcher(patience=30.0) as made:
        yield made


def pair(**more: object) -> Shape:
    return Shape((event("a"), event("b", "issues", **more)))


def event(name: str, table: str = "cases", **more: object) -> EventShape:
    return EventShape(name, table, "day", False, 0, **more)  # type: ignore[arg-type]


def one(number: int, *, day: float = AS_OF, sure: bool = True) -> Row:
    return Row(day, f"r{number}", number, sure)


QUESTION = Search(pair(), AS_OF, (30.0,), ((one(0),), (one(1, day=AS_OF - 3.0),)))


@given(searches(most=5))
@settings(max_examples=800, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_matchers_give_the_same_answer(durable: DurableMatcher, search: Search) -> None:
    before = durable.asked
    assert repr(durable.answer(search)) == repr(PYTHON.answer(search))
    assert durable.reports == ()
    event_of("asked" if durable.asked > before else "not asked")


@given(searches(most=5, missing=False), st.integers(0, 10_000))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_order_of_delivery_changes_nothing(durable: DurableMatcher, search: Search, seed: int) -> None:
    assert repr(durable.answer(delivered(search, random.Random(seed)))) == repr(durable.answer(search))


def test_a_question_is_asked(durable: DurableMatcher) -> None:
    before = durable.asked
    assert durable.answer(QUESTION) == PYTHON.answer(QUESTION)
    assert durable.asked == before + 1
    assert durable.worker.starts == 1


def test_what_is_not_asked_says_why() -> None:
    counted = Shape((event("a", count=1), event("b", "issues")))
    late = Shape((event("a"), event("b", "issues", none_for=1, after=0)))
    many = tuple(one(at) for at in range(40))
    joins = tuple(Join("x", "eq", 0, "x") for _ in range(21))
    for search, reason in (
        (Search(counted, AS_OF, (30.0, 4.0), ((), ())), "5 records have to be joined, and at most 4 are"),
        (Search(late, AS_OF, (30.0, 2e6), ((), ())), "a number of days is out of bounds"),
        (Search(pair(), AS_OF, (30.0,), ((), None)), "a table is missing, and the engine has no unknown"),
        (Search(pair(), AS_OF, (30.0,), (many, many)), "more than 100 records or 1,000 tuples would be kept"),
        (Search(pair(joins=joins), AS_OF, (30.0,), ((), ())), "more than 20 comparisons"),
        (QUESTION, ""),
    ):
        assert refusal(search) == reason


def test_only_small_whole_numbers_are_sent() -> None:
    search = Search(
        Shape(
            (event("a", same=("who",)), event("b", "issues", same=("who",), joins=(Join("x", "lt", 0, "x", "mul", 1),)))
        ),
        AS_OF,
        (30.0, 1e-7),
        ((Row(AS_OF, "secret", 0, True, ("ann\0",), (1e17,)),), (Row(AS_OF, "b", 1, True, ("ann\0",), (-3.25,)),)),
    )
    question = asked(search, sure=True)
    assert question is not None
    assert question.facts == (
        '{"id":"f0","sid":"s","t":0.0,"k":0.0,"d":0.0,"_":1.0,"g":0.0,"r0":1.0}',
        '{"id":"f1","sid":"s","t":1.0,"k":1.0,"d":0.0,"_":1.0,"g":0.0,"l0":0.0}',
    )


def test_no_two_names_look_the_same_to_the_engine() -> None:
    """It knows properties, ids and parts by a hash of 32 bits only."""
    parts = [f"e{at}_{copy}" for at in range(4) for copy in range(4)]
    names = ["id", "sid", "ping", "p", "match", "s", "$s", "t", "k", "d", "g", "_", *parts]
    names += [f"n{at}_{part}$not" for at in range(4) for part in parts]
    names += [f"n{at}_{part}" for at in range(4) for part in parts]
    names += [f"{side}{at}" for side in "lr" for at in range(correlating.JOINS)]
    names += [f"f{at}" for at in range(correlating.RECORDS * 4)]
    hashes = {_fnv(name) for name in names}
    assert len(hashes) == len(names)


def _fnv(name: str) -> int:
    found = 0x811C9DC5
    for byte in name.encode():
        found = ((found ^ byte) * 16777619) & 0xFFFFFFFF
    return found


@pytest.mark.parametrize(
    ("crash", "patience", "how"),
    [(SEGV, 30.0, "died (SIGSEGV)"), (FPE, 30.0, "died (SIGFPE)"), (LOOP, 1.0, "hung")],
    ids=["segmentation fault", "division by zero", "endless loop"],
)
def test_a_process_that_ends_is_started_again(crash: tuple[str, str], patience: float, how: str) -> None:
    worker = Worker(patience)
    with pytest.raises(WorkerError) as caught:
        worker.ask(crash[0], (crash[1],))
    assert str(caught.value) == how
    assert worker.pid is None
    question = asked(QUESTION, sure=True)
    assert question is not None
    assert len(worker.ask(question.rules, question.facts)) == 1
    assert worker.starts == 2
    worker.close()


def test_half_a_line_is_no_answer() -> None:
    worker = Worker(30.0)
    worker._lines.put(b'["half')
    with pytest.raises(WorkerError, match="died"):
        worker._answer(1.0)
    assert worker.pid is None


def test_a_process_that_is_killed_is_started_again() -> None:
    with DurableMatcher(patience=30.0) as durable:
        assert durable.answer(QUESTION).truth is True
        for killed in range(3):
            first = durable.worker.pid
            assert first is not None
            os.kill(first, signal.SIGKILL)
            assert durable.answer(QUESTION) == PYTHON.answer(QUESTION)
            assert durable.worker.starts == killed + 2
            assert durable.worker.pid != first
        assert durable.reports == ()


def test_a_process_that_is_killed_while_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is in an endless loop when the signal comes; the question is asked again of the next one."""
    with DurableMatcher(patience=60.0) as durable:
        durable.worker.ask(*_simple())
        pid = durable.worker.pid
        assert pid is not None
        ask, crashes = durable.worker.ask, [LOOP]

        def asking(rules: str, facts: tuple[str, ...]) -> list[str]:
            if crashes:
                threading.Timer(0.3, os.kill, (pid, signal.SIGKILL)).start()
                rules, *facts = crashes.pop()  # type: ignore[assignment]
            return ask(rules, facts)

        monkeypatch.setattr(durable.worker, "ask", asking)
        assert durable.answer(QUESTION) == PYTHON.answer(QUESTION)
        assert durable.worker.starts == 2
        assert durable.reports == ()


def _simple() -> tuple[str, tuple[str, ...]]:
    question = asked(QUESTION, sure=True)
    assert question is not None
    return question.rules, question.facts


@pytest.mark.parametrize(
    ("crash", "patience", "how"),
    [(SEGV, 30.0, "died (SIGSEGV)"), (LOOP, 1.0, "hung")],
    ids=["segmentation fault", "endless loop"],
)
def test_after_three_deaths_python_answers_and_the_question_is_reported(
    crash: tuple[str, str], patience: float, how: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[Report] = []
    with DurableMatcher(patience=patience, on_report=told.append) as durable:
        ask = durable.worker.ask
        monkeypatch.setattr(durable.worker, "ask", lambda _rules, _facts: ask(crash[0], (crash[1],)))
        assert durable.answer(QUESTION) == PYTHON.answer(QUESTION)
        assert durable.worker.starts == 3
        (report,) = durable.reports
        assert told == [report]
        assert report.deaths == (how,) * 3
        assert (report.rules, report.facts) == _simple()
        assert str(report.problem).startswith(f"warning CC405 durable-rules failed 3 times on one question ({how}, ")
        assert "CC405" in caplog.text
        assert report.facts[0] in caplog.text
        # it is not asked again, and other questions are answered by the engine as before
        assert durable.answer(QUESTION) == PYTHON.answer(QUESTION)
        assert durable.worker.starts == 3
        monkeypatch.undo()
        other = Search(QUESTION.shape, AS_OF, (7.0,), QUESTION.rows)
        assert durable.answer(other) == PYTHON.answer(other)
        assert durable.worker.starts == 4


def test_a_process_that_never_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clientcore.executors.durable.process.sys.executable", "/bin/false")
    with DurableMatcher() as durable:
        assert durable.answer(QUESTION) == PYTHON.answer(QUESTION)
        assert [report.deaths for report in durable.reports] == [("did not start: died (status 1)",) * 3]
        # nothing that is asked later can be answered either, so nothing is tried again
        assert durable.answer(Search(QUESTION.shape, AS_OF, (7.0,), QUESTION.rows)).truth is True
        assert durable.worker.starts == 3
        assert len(durable.reports) == 1


def test_eight_threads_on_one_matcher(durable: DurableMatcher) -> None:
    found: list[str] = []

    def answer(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(20):
            days = [float(AS_OF - chance.randrange(40)) for _ in range(2)]
            search = Search(pair(), AS_OF, (30.0,), ((one(0, day=days[0]),), (one(1, day=days[1]),)))
            if durable.answer(search) != PYTHON.answer(search):
                found.append(repr(search))

    threads = [threading.Thread(target=answer, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == []


def test_a_closed_matcher_leaves_no_process() -> None:
    durable = DurableMatcher(patience=30.0)
    durable.answer(QUESTION)
    pid = durable.worker.pid
    assert pid is not None
    durable.close()
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists():
            break
        time.sleep(0.02)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_without_the_package_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    import clientcore as cc

    def missing() -> None:
        raise cc.MissingExtraError("CC402 the durable executor needs durable-rules")

    monkeypatch.setattr(matchers, "library", missing)
    with pytest.raises(cc.MissingExtraError, match="CC402"):
        DurableMatcher()
    assert PYTHON.answer(QUESTION).truth is True


@pytest.mark.parametrize("row", EVENT_ROWS, ids=str)
def test_conformance_rows_on_durable_rules(row: Row_, durable: DurableMatcher, tmp_path: Path) -> None:
    engine = build(row, tmp_path)
    for step in row.steps:
        given = {"as_of": step.as_of, "facts": step.facts, "previous": None}
        decision = engine.evaluate(step.account, matcher=durable, **given)
        assert list(differences(step.expect, (decision,))) == []
        plain = engine.evaluate(step.account, **given)
        assert decision.to_json() == plain.to_json()
        for rule in engine.rulesets[0].patterns:
            assert str(decision.why(rule)) == str(plain.why(rule))
