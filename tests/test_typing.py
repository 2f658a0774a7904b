"""Types as an embedder sees them: mypy reads this file too, and an ignore that nothing needs is an error."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal, assert_type
from uuid import UUID

import polars as pl
import pytest

import clientcore as cc
from clientcore.answers import Questionnaire
from clientcore.catalog import ScoringModel
from clientcore.engine import Engine
from clientcore.session import AsyncSession, Session, open_session
from clientcore.session.aside import Options

DAY = date(2026, 6, 30)
ENGINE = cc.Engine(rulesets=[], discover=False)


class Calm:
    """A model of which nothing is annotated."""

    id = "acme.calm"
    version = "1.0.0"
    needs = ("days_to_end",)
    returns = ("points", 0, 100)
    monotone = {"days_to_end": "up"}  # noqa: RUF012 (as people write it)

    def expression(self) -> str:
        return "days_to_end"


class Strict(Calm):
    """A model of which everything is."""

    needs: tuple[str] = ("days_to_end",)
    monotone: Mapping[str, Literal["up", "down"]] = {"days_to_end": "up"}  # type: ignore[assignment]


def test_a_model_is_one_for_type_checkers_too() -> None:
    models: list[ScoringModel] = [Calm(), Strict()]
    assert all(isinstance(model, ScoringModel) for model in models)


def test_type_checkers_know_the_options_of_every_method_of_an_engine(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        ENGINE.evaluate_book(None, as_of=DAY, onyl=["x"])  # type: ignore[call-arg,arg-type]
    with pytest.raises(TypeError):
        ENGINE.evaluate_in(None, as_of=DAY, onyl=["x"])  # type: ignore[call-arg]
    with pytest.raises(cc.FactError, match="did you mean `only`"):
        ENGINE.evaluate_spark({}, as_of=DAY, onyl=["x"])
    with pytest.raises(TypeError):
        ENGINE.to_sql("duckdb", onyl=["x"])  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        ENGINE.questionnaire(as_of=DAY, onyl=["x"])  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        ENGINE.open_session(tmp_path / "a.sqlite", retention_day=3)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        asyncio.run(ENGINE.aopen_session(tmp_path / "a.sqlite", retention_day=3))  # type: ignore[call-arg]


def test_and_what_each_of_them_gives(tmp_path: Path) -> None:
    def unused(book: cc.Book) -> None:
        assert_type(ENGINE.evaluate_book(book, as_of=DAY, only=["x.*"], lists=True), pl.DataFrame)
        assert_type(ENGINE.to_sql("duckdb", as_of=DAY), str)

    assert callable(unused)
    assert_type(ENGINE.questionnaire({"id": "a"}, as_of=DAY, every=True), Questionnaire)
    with ENGINE.open_session(tmp_path / "a.sqlite", keep=5, retention_days=7) as session:
        assert_type(session, Session)

    async def opened() -> AsyncSession:
        return assert_type(await ENGINE.aopen_session(tmp_path / "a.sqlite", keep=5), AsyncSession)

    assert inspect.iscoroutinefunction(opened)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("questionnaire", "clientcore.answers:questionnaire"),
        ("evaluate_book", "clientcore.batch:evaluate_book"),
        ("to_sql", "clientcore.databases:sql_text"),
        ("evaluate_in", "clientcore.databases:evaluate_in"),
        ("evaluate_spark", "clientcore.spark:evaluate_spark"),
        ("open_session", "clientcore.session:open_session"),
        ("aopen_session", "clientcore.session:aopen_session"),
    ],
)
def test_a_method_takes_what_the_function_behind_it_takes(name: str, function: str) -> None:
    """Type checkers are shown the function in the place of the method; what stands before the options is said twice."""
    module, _, called = function.partition(":")
    behind = inspect.signature(getattr(__import__(module, fromlist=["_"]), called)).parameters.values()
    own = inspect.signature(getattr(Engine, name)).parameters.values()
    said = [(one.name, one.kind, one.default) for one in own if one.kind is not inspect.Parameter.VAR_KEYWORD][1:]
    assert said == [(one.name, one.kind, one.default) for one in behind][1 : len(said) + 1]
    more = [one.kind for one in behind][len(said) + 1 :]
    assert set(more) <= {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}


def test_an_awaited_session_takes_the_options_of_a_session() -> None:
    awaited = {name: getattr(kind, "__forward_arg__", kind) for name, kind in Options.__annotations__.items()}
    taken = inspect.signature(open_session).parameters.values()
    assert {one.name: one.annotation for one in taken if one.kind is one.KEYWORD_ONLY} == awaited


@pytest.mark.parametrize("at", [DAY, datetime(2026, 6, 30, tzinfo=UTC), "2026-06-30", "2026-06-30T00:00:00Z"])
def test_an_event_may_be_made_of_values_of_a_program(at: str | date) -> None:
    event = cc.Event(id=UUID(int=7), type="cases", at=at, account=12, data={"id": "k"})
    assert_type(event.at, str)
    assert (event.id, event.account, event.at) == (str(UUID(int=7)), "12", "2026-06-30T00:00:00Z")
