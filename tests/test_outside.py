"""Code of plugins that wants to end the program ends nothing but itself; a signal or a person still does."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, NoReturn

import pytest

import clientcore as cc
from clientcore.outside import says

DAY = date(2026, 6, 30)
RULESET = """\
format: clientcore/1
language: cel-profile/1
ruleset: acme.rfm
version: 1.0.0
subject: account
title: T
inputs: {nps: {kind: number}}
rules: [{id: low, when: nps < 0}]
scores: {s: {aggregate: model, model: acme.rfm, range: [0, 100]}}
"""


class Model:
    id = "acme.rfm"
    version = "1.0.0"
    needs = ("nps",)
    returns = ("points", 0.0, 100.0)
    monotone: Mapping[str, str] = {}

    def __init__(self, does: Callable[[], object]) -> None:
        self.does = does

    def score(self, facts: Mapping[str, Any]) -> float:
        del facts
        self.does()
        return 1.0


class Written(Model):
    def expression(self) -> str:
        self.does()
        return "nps"

    score = None  # type: ignore[assignment]


class Unspeakable(Exception):  # noqa: N818 (as a plugin author names it)
    def __str__(self) -> str:  # noqa: PLE0307 (that is the point)
        sys.exit("no text")


def engine(tmp_path: Path, model: Model) -> cc.Engine:
    path = tmp_path / "r.yaml"
    path.write_text(RULESET)
    plugin = ModuleType("acme")
    plugin.clientcore_register_models = cc.hookimpl(specname="clientcore_register_models")(  # type: ignore[attr-defined]
        lambda register: register(model)
    )
    return cc.Engine(rulesets=[path], plugins=[plugin], discover=False)


def leave() -> NoReturn:
    sys.exit("bye")


def unspeakable() -> NoReturn:
    raise Unspeakable


@pytest.mark.parametrize(("does", "told"), [(leave, "SystemExit: bye"), (unspeakable, "Unspeakable")])
def test_a_model_that_leaves_makes_its_score_unknown(tmp_path: Path, does: Callable[[], NoReturn], told: str) -> None:
    made = engine(tmp_path, Model(does))
    decision = made.evaluate({"id": "a"}, facts={"nps": -5}, as_of=DAY)
    assert [str(problem) for problem in decision.problems] == [
        f"CC504 model `acme.rfm` raised {told}; its score is unknown"
    ]
    assert decision.fired == ("acme.rfm/low",)
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "accounts.csv").write_text("id\na\nb\n")
    frame = made.evaluate_book(cc.read_book(tmp_path / "book"), as_of=DAY, executor="record")
    assert frame["error"].to_list() == [str(decision.problems[0])] * 2


@pytest.mark.parametrize(("does", "told"), [(leave, "SystemExit: bye"), (unspeakable, "Unspeakable")])
def test_an_expression_that_leaves_is_a_problem_of_the_ruleset(
    tmp_path: Path, does: Callable[[], NoReturn], told: str
) -> None:
    with pytest.raises(cc.RulesetError, match=rf"CC504 in model `acme.rfm`: `expression\(\)` raised {told}"):
        engine(tmp_path, Written(does))


@pytest.fixture
def handled() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, stop)
    yield
    signal.signal(signal.SIGTERM, before)


def stop(signum: int, frame: FrameType | None) -> NoReturn:
    del frame
    sys.exit(128 + signum)


@pytest.mark.usefixtures("handled")
def test_a_signal_that_meets_a_model_at_work_ends_the_program(tmp_path: Path) -> None:
    made = engine(tmp_path, Model(lambda: os.kill(os.getpid(), signal.SIGTERM)))
    with pytest.raises(SystemExit, match=str(128 + signal.SIGTERM)):
        made.evaluate({"id": "a"}, as_of=DAY)


def test_and_so_does_a_person(tmp_path: Path) -> None:
    made = engine(tmp_path, Model(lambda: os.kill(os.getpid(), signal.SIGINT)))
    with pytest.raises(KeyboardInterrupt):
        made.evaluate({"id": "a"}, as_of=DAY)


def test_what_an_error_says_is_one_line() -> None:
    assert [says(error) for error in (ValueError("a\nb"), ValueError(), Unspeakable())] == [
        "ValueError: a",
        "ValueError",
        "Unspeakable",
    ]
