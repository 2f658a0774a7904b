"""The matcher that asks durable-rules: the same answers as the one in Python, whatever becomes of the engine."""

from __future__ import annotations

import json
import logging
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Self

import attrs

from clientcore.errors import Problem, counted
from clientcore.executors.durable.correlating import Asked, asked, refusal
from clientcore.executors.durable.native import library
from clientcore.executors.durable.process import NotStartedError, Worker, WorkerError
from clientcore.matching import Answer, PythonMatcher, Search, run, told

_LOG = logging.getLogger("clientcore")
#: Deaths on one question after which the matcher in Python answers it; questions that are remembered for that.
DEATHS, REMEMBERED = 3, 1_000


@attrs.frozen
class Report:
    """A question on which the engine died three times; it holds numbers only, no value of a record.

    Args:
        rules: The ruleset that the engine was given, as JSON.
        facts: The messages, as JSON.
        deaths: What happened each time, for example `died (SIGSEGV)` or `hung`.
    """

    rules: str
    facts: tuple[str, ...]
    deaths: tuple[str, ...]

    @property
    def problem(self) -> Problem:
        """The report as a problem (CC405)."""
        text = f"durable-rules failed {counted(len(self.deaths), 'time')} on one question ({', '.join(self.deaths)})"
        return Problem("CC405", text, help="the matcher in Python answers it; report the question", severity="warning")


class DurableMatcher:
    """Answers event patterns by durable-rules in a process of its own, and else as the matcher in Python does.

    If the process dies or hangs it is started again and asked again; after three deaths on one question the matcher in
    Python answers it, now and later, and where it can't even start, all of them. What is outside the subset in which
    the engine is right is never asked of it.

    Args:
        patience: Seconds after which an answer is no longer waited for, more than 0.
        on_report: Called with each report, in the thread that asked.

    Raises:
        MissingExtraError: durable-rules is not installed (CC402).

    Example:
        >>> from clientcore.matching import EventShape, Row, Search, Shape
        >>> shape = Shape((EventShape("a", "cases", "day", False, 0), EventShape("b", "issues", "day", False, 0)))
        >>> rows = ((Row(738990.0, "k", 0, True),), (Row(738999.0, "i", 1, True),))
        >>> with DurableMatcher() as matcher:
        ...     answer = matcher.answer(Search(shape, 739000, (30.0,), rows))
        >>> answer.truth, answer.events
        (True, (((738990.0, 'k'),), ((738999.0, 'i'),)))
    """

    def __init__(self, patience: float = 5.0, on_report: Callable[[Report], None] | None = None) -> None:
        library()
        self._worker = Worker(patience)
        self._on_report = on_report
        self._lock = Lock()
        self._python = PythonMatcher()
        self._lost: OrderedDict[tuple[str, tuple[str, ...]], None] = OrderedDict()
        self._reports: list[Report] = []
        self._gone = False
        self.asked = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def reports(self) -> tuple[Report, ...]:
        """The last questions on which the engine died three times, at most 1,000."""
        return tuple(self._reports)

    @property
    def worker(self) -> Worker:
        """The process that answers."""
        return self._worker

    def close(self) -> None:
        """End the process; a later question starts another one."""
        with self._lock:
            self._worker.close()

    def answer(self, search: Search) -> Answer:
        """Return whether a pattern holds, and by which records."""
        if refusal(search):
            return self._python.answer(search)
        found, cut = self._run(search, sure=True)
        if found is not None:
            return Answer(truth=True, events=found)
        if _settled(search):
            return Answer(truth=None if cut else False)
        found, cut_too = self._run(search, sure=False)
        if found is not None or cut or cut_too:
            return Answer(truth=None, events=found or ())
        return Answer(truth=False)

    def _run(self, search: Search, *, sure: bool) -> tuple[tuple[tuple[tuple[float, str], ...], ...] | None, bool]:
        question = asked(search, sure=sure)
        matches = None if question is None else self._ask(question)
        if question is None or matches is None:
            return run(search, sure=sure)
        taking: list[dict[tuple[float, str], None]] = [{} for _ in search.shape.events]
        for match in matches:
            for message in json.loads(match)["match"].values():
                at, row = question.owners[message["id"]]
                taking[at][row.day, row.id] = None
        return (told(taking) if matches else None), False

    def _ask(self, question: Asked) -> list[str] | None:
        key = (question.rules, question.facts)
        with self._lock:
            if self._gone or key in self._lost:
                return None
            deaths: list[WorkerError] = []
            for _ in range(DEATHS):
                try:
                    self.asked += 1
                    return self._worker.ask(*key)
                except WorkerError as error:
                    deaths.append(error)
            self._gone = all(isinstance(death, NotStartedError) for death in deaths)
            self._lost[key] = None
            if len(self._lost) > REMEMBERED:
                self._lost.popitem(last=False)
            report = Report(question.rules, question.facts, tuple(map(str, deaths)))
            self._reports = [*self._reports[-REMEMBERED + 1 :], report]
        _LOG.warning("%s; rules %s, messages %s", report.problem, report.rules, ",".join(report.facts))
        if self._on_report is not None:
            self._on_report(report)
        return None


def _settled(search: Search) -> bool:
    """Return whether nothing is unknown, so that what surely does not hold does not hold."""
    return all(
        row.sure and row.day == row.day and None not in row.key and None not in row.values
        for rows in search.rows
        for row in rows or ()
    )
