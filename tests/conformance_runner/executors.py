"""The table of executors that every row runs on, alone and in a batch."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import attrs

import clientcore as cc
from clientcore.decision import Decision
from conformance_runner.rows import Row, Step


@attrs.frozen
class Answer:
    """What an executor says about the steps of a row: one list of decisions (one per subject) for each step."""

    steps: tuple[tuple[Decision, ...], ...]


#: Answers a row alone or in a batch; `batch` puts its subject between two others.
Executor = Callable[["Row", cc.Engine, bool], Answer]


#: The row that was built last, and its engine: a row that runs alone and in a batch does so one after the other.
_LAST: list[tuple[Row, cc.Engine]] = []


def build(row: Row, folder: Path) -> cc.Engine:
    """Write the rulesets of a row to files (JSON is YAML) and build the engine from them, or return the last one's."""
    if not _LAST or _LAST[0][0] is not row:
        _LAST[:] = [(row, _built(row, folder))]
    return _LAST[0][1]


def _built(row: Row, folder: Path) -> cc.Engine:
    paths = []
    for number, ruleset in enumerate(row.rulesets):
        path = folder / f"{number}.yaml"
        path.write_text(json.dumps(ruleset, ensure_ascii=False, default=str), encoding="utf-8")
        paths.append(path)
    profiles = []
    if row.profile is not None:
        profile = folder / "profile.yaml"
        profile.write_text(json.dumps(row.profile, ensure_ascii=False), encoding="utf-8")
        profiles.append(profile)
    return cc.Engine(rulesets=paths, plugins=[], discover=False, profiles=profiles)


def handed(facts: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the facts as a caller hands them in; a mapping with `value` carries its provenance."""
    if facts is None:
        return None
    return {name: cc.Fact(**fact) if isinstance(fact, dict) else fact for name, fact in facts.items()}


def _evaluate(
    row: Row, engine: cc.Engine, step: Step, previous: tuple[Decision, ...], executor: Any
) -> tuple[Decision, ...]:
    if row.subject != "account":
        return engine.evaluate_subjects(step.account, subject=row.subject, as_of=step.as_of, executor=executor)
    profile = row.profile["profile"] if row.profile else None
    return (
        engine.evaluate(
            step.account,
            as_of=step.as_of,
            facts=handed(step.facts),
            previous=previous[0] if previous else None,
            profile=profile,
            executor=executor,
        ),
    )


def _one_by_one(executor: Any, row: Row, engine: cc.Engine, batch: bool) -> Answer:
    """Evaluate one account after another; in a batch, other accounts before and behind, and decisions as JSON."""
    done: list[tuple[Decision, ...]] = []
    before: tuple[Decision, ...] = ()
    for step in row.steps:
        if batch:
            _another(engine, date(2026, 1, 15), executor) if row.subject == "account" else None
            before = tuple(type(decision).from_json(decision.to_json()) for decision in before)
        before = _evaluate(row, engine, step, before, executor)
        if batch and row.subject == "account":
            _another(engine, step.as_of, executor)
        done.append(before)
    return Answer(tuple(done))


def _another(engine: cc.Engine, as_of: date, executor: Any) -> None:
    engine.evaluate({"id": "another"}, as_of=as_of, executor=executor)


EXECUTORS: dict[str, Executor] = {
    "record": partial(_one_by_one, "record"),
    "durable": partial(_one_by_one, "durable"),
}


def columnar(engine: cc.Engine, book: Any, as_of: date, previous: Any, subject: str, profile: str | None) -> Any:
    """Evaluate a book column by column."""
    return engine.evaluate_book(
        book, as_of=as_of, previous=previous, subject=subject, profile=profile, lists=True, executor="columnar"
    )
