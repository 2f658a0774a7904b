"""In which order a statement computes: nothing before what it reads, joins as few as there are hops."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

import clientcore as cc
from built import engine_of
from clientcore.databases import _Asked
from clientcore.errors import UnsupportedError
from clientcore.executors.sql.inlining import inlined
from clientcore.executors.sql.staging import spread
from clientcore.relational import Aggregate, Definition, Phases, Program, phases_of
from strategies_rulesets import carried_by_books, ruleset_pairs

Column = tuple[str, str]


def ready(engine: cc.Engine) -> Program:
    return spread(inlined(_Asked.of(engine, "account", None, None).program(None, history=False)))


def mistakes(program: Program, order: Phases) -> list[str]:
    """Walk through the order and tell each column that is read before it is there, or after it was dropped."""
    there = {(source.frame, source.name) for frame in program.frames.values() for source in frame.sources}
    found = []
    for at, phases in enumerate(order.phases):
        before = set(there)
        for phase in phases:
            own = set(before)
            for step, parts in enumerate((phase.joins, *phase.levels)):
                known = own if step else before
                for read in (read for one in parts for read in one.reads):
                    reader = (at, max(step - 1, 0)) if read[0] == phase.frame else (at, -1)
                    if read not in known or order.last[read] < reader:
                        found.append(f"{read} is read in phase {at}, step {step}, where it is not")
                own = own | {(one.frame, one.name) for one in parts}
            there |= own
    return found + [f"no {name}" for name, _ in program.outputs.values() if (program.main, name) not in there]


def hops(program: Program) -> int:
    """Return how often a column waits for another frame, one after the other."""
    depth: dict[Column, int] = {}
    for one in (one for stage in program.stages for one in stage):
        own = 0 if isinstance(one, Definition) else 1
        depth[one.frame, one.name] = own + max((depth.get(read, 0) for read in one.reads), default=0)
    return max(depth.values(), default=0)


@settings(max_examples=40, deadline=None)
@given(ruleset_pairs())
def test_nothing_before_what_it_reads(pair: list[dict[str, Any]]) -> None:
    try:
        program = ready(engine_of(carried_by_books(pair)))
    except UnsupportedError:
        return
    assert mistakes(program, phases_of(program)) == []


def test_bundled_rulesets_take_few_joins() -> None:
    program = ready(cc.Engine())
    order = phases_of(program)
    assert mistakes(program, order) == []
    assert len(order.phases) == hops(program) + 1


def test_what_is_gathered_is_gathered_together() -> None:
    """Nearly all that the subjects read of a table comes by one group-by, behind the last lookup."""
    order = phases_of(ready(cc.Engine()))
    gathered = [
        (at, one)
        for at, phases in enumerate(order.phases)
        for phase in phases
        for one in phase.joins
        if isinstance(one, Aggregate) and phase.frame == "accounts"
    ]
    last = [one for at, one in gathered if at == len(order.phases) - 1]
    assert len(last) > 0.9 * len(gathered)


@pytest.mark.parametrize(
    ("dialect", "fence", "other"),
    [("duckdb", " AS MATERIALIZED (", "OFFSET 0"), ("postgres", "OFFSET 0", "MATERIALIZED")],
)
def test_each_step_is_planned_alone(dialect: str, fence: str, other: str) -> None:
    """DuckDB would plan all bundled rulesets for a quarter of a minute, PostgreSQL write a step into each reader."""
    rule = {"id": "busy", "when": "cases.exists(c, c.is_closed == false)"}
    made = {"format": "clientcore/1", "language": "cel-profile/1", "ruleset": "acme.tiny", "version": "1.0.0"}
    engine = engine_of([{**made, "subject": "account", "title": "Open cases", "rules": [rule]}])
    text = engine.to_sql(dialect, tables={"accounts": ["id"], "cases": ["id", "account_id", "is_closed"]})
    assert fence in text
    assert other not in text
