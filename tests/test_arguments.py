"""Every argument of the public calls, handed in as every wrong kind: an error of ours that names it, never Python's."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pytest

import clientcore as cc
from clientcore.arguments import listed, path_of, require_call, require_whole

DAY = date(2026, 6, 30)
RULES = """\
format: clientcore/1
language: cel-profile/1
ruleset: a
version: 1.0.0
subject: account
title: A
inputs: {n: {kind: number}}
rules: [{id: r, when: n > 1}]
"""


class Thing:
    """Of no kind that an argument has."""


WRONG: dict[str, Any] = {
    "nothing": None, "whole": 5, "fraction": 2.5, "nan": math.nan, "flag": True, "text": "abc", "bytes": b"abc",
    "texts": ["abc"], "numbers": [1], "nothings": [None], "pair": ("a", "b"), "mapping": {"a": 1}, "numbered": {1: 2},
    "set": {"a"}, "object": Thing(), "class": Thing, "function": lambda *_: 1, "day": DAY,
    "instant": datetime(2026, 1, 1),  # noqa: DTZ001
    "path": Path("no/such"), "nul": "a\0b", "surrogate": "\ud800",
}  # fmt: skip
#: Argument → which of them are right, or taken as they come.
RIGHT: dict[str, set[str]] = {
    "rulesets": {"nothing"}, "plugins": {"nothing"}, "lock": {"nothing"}, "profile": {"nothing"},
    "profiles": set(), "person_facts": set(), "doubt_margin": set(),
    "account": {"mapping", "numbered", "object", "function", "day", "instant", "path"}, "as_of": {"day"},
    "subject": set(), "facts": {"nothing", "mapping", "numbered"}, "previous": {"nothing"},
    "only": {"nothing", "mapping", "set"}, "executor": set(), "matcher": {"nothing"}, "book": {"nothing"},
    "profile_by": {"nothing"},
    "sink": {"nothing", "text", "path"}, "at_a_time": {"nothing", "whole"}, "on_progress": {"nothing", "function"},
    "changed_since": {"nothing"}, "path": set(), "mapping": {"nothing"}, "tables": {"nothing"}, "rejects": {"nothing"},
    "journal": {"text", "path"}, "subjects": {"nothing"}, "keep": {"whole"}, "keep_records": {"whole"},
    "ahead_days": {"whole"}, "largest": {"whole"}, "retention_days": {"nothing", "whole"}, "horizon_days": {"whole"},
    "dialect": set(), "name": {"text", "nul", "surrogate"}, "schema": {"text", "nul", "surrogate"}, "as_": set(),
    "to_sql as_of": {"nothing"}, "to_sql previous": {"text", "nul", "surrogate"}, "connection": set(),
    "on_problem": {"nothing", "function"},
}  # fmt: skip
#: Names of something that is not there: the errors of these name what was looked for.
NAMES = {"text", "nul", "surrogate", "texts", "pair", "mapping", "set", "path"}


@pytest.fixture
def calls(tmp_path: Path) -> dict[str, Callable[..., Any]]:
    (tmp_path / "a.yaml").write_text(RULES)
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "accounts.csv").write_text("id\nx\n")
    engine, book = (
        cc.Engine(rulesets=[tmp_path / "a.yaml"], plugins=[], discover=False),
        cc.read_book(tmp_path / "book"),
    )
    connection, number = duckdb.connect(), count()
    connection.execute("CREATE TABLE accounts AS SELECT 'x' AS id")

    def opened(**options: Any) -> None:
        engine.open_session(**({"journal": tmp_path / f"{next(number)}.sqlite"} | options)).close()

    def built(**options: Any) -> cc.Engine:
        return cc.Engine(**({"rulesets": [], "plugins": [], "discover": False} | options))

    one: dict[str, Any] = {"account": {"id": "x"}, "as_of": DAY}
    return {
        "Engine": built,
        "evaluate": lambda **options: engine.evaluate(**(one | options)),
        "evaluate_subjects": lambda **options: engine.evaluate_subjects(**(one | {"subject": "opportunity"} | options)),
        "evaluate_book": lambda **options: engine.evaluate_book(**({"book": book, "as_of": DAY} | options)),
        "read_book": lambda **options: cc.read_book(**({"path": tmp_path / "book"} | options)),
        "open_session": opened,
        "to_sql": engine.to_sql,
        "evaluate_in": lambda **options: engine.evaluate_in(**({"connection": connection, "as_of": DAY} | options)),
        "plan": engine.plan,
    }


ARGUMENTS = {
    "Engine": "rulesets plugins profiles profile lock person_facts doubt_margin",
    "evaluate": "account as_of subject facts previous only profile executor matcher",
    "evaluate_subjects": "account subject as_of facts only profile executor",
    "evaluate_book": "book as_of previous changed_since subject only profile profile_by executor sink at_a_time "
                     "on_progress",
    "read_book": "path mapping tables rejects",
    "open_session": "journal book only subjects profile keep keep_records ahead_days largest retention_days "
                    "horizon_days matcher",
    "to_sql": "dialect as_of subject only profile tables previous as_ name schema",
    "evaluate_in": "connection as_of previous subject only profile profile_by schema on_problem",
    "plan": "subject only",
}  # fmt: skip


@pytest.mark.parametrize(
    ("call", "argument"), [(call, one) for call, some in ARGUMENTS.items() for one in some.split()]
)
def test_every_wrong_kind_is_refused_by_name(
    call: str, argument: str, calls: dict[str, Callable[..., Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    taken = set()
    for kind, value in WRONG.items():
        try:
            calls[call](**{argument: value})
        except cc.ClientcoreError as error:
            told = str(error)
            named = f"`{argument}" in told or argument in {"account", "connection", "plugins"}
            assert named or kind in NAMES, (kind, told)
            assert " object at 0x" not in told, (kind, told)
        else:
            taken.add(kind)
    assert taken <= RIGHT[argument] | RIGHT.get(f"{call} {argument}", set()), taken


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: listed("only", Thing), "`only` is an object of another kind; hand in a list of ids or patterns"),
        (lambda: listed("plugins", 5), "`plugins` is the number `5`; hand in a list of modules, objects or names"),
        (lambda: listed("tables", "cases"), "`tables` is the text `cases`; hand in a list: tables=['cases']"),
        (lambda: path_of("lock", None, "give a file"), "`lock` is nothing; give a file"),
        (lambda: path_of("lock", "a\0", "give a file"),
         "`lock` is the text `a?`; it holds a character that no path may have; give a file"),
        (lambda: require_whole("keep", 0, 1), "`keep` is the number `0`; give a whole number, 1 or more"),
        (lambda: require_whole("keep", True, 1), "`keep` is `true`; give a whole number, 1 or more"),
        (lambda: require_call("on_problem", 5, "of a problem"),
         "`on_problem` is the number `5`; hand in a function of a problem"),
    ],
)  # fmt: skip
def test_what_is_told(call: Callable[[], Any], told: str) -> None:
    with pytest.raises(cc.FactError) as raised:
        call()
    assert str(raised.value) == f"CC403 {told}"


def test_what_a_decision_is_asked_wrongly(calls: dict[str, Callable[..., Any]]) -> None:
    decision = calls["evaluate"](facts={"n": 3})
    for value in (5, None, ["a/r"], {"a": 1}):
        with pytest.raises(cc.FactError, match="CC403 `name` is "):
            decision.why(value)
    for value in ("x", 2.5, True, -1, [1]):
        with pytest.raises(cc.FactError, match="CC403 `most` is "):
            decision.questions(value)
