"""Every argument of the public calls, handed in as every wrong kind: an error of ours that names it, never Python's."""

from __future__ import annotations

import asyncio
import inspect
import math
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

import clientcore as cc
from clientcore import answers, batch, book, databases, decision, report, review, session, simulate, spark
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
#: Argument, or call and argument → which of them are right, or taken as they come.
RIGHT: dict[str, set[str]] = {
    "rulesets": {"nothing"}, "plugins": {"nothing"}, "lock": {"nothing"}, "profile": {"nothing"},
    "profiles": set(), "person_facts": set(), "doubt_margin": set(), "discover": {"flag"},
    "account": {"mapping", "numbered", "object", "function", "day", "instant", "path"}, "as_of": {"day"},
    "subject": set(), "facts": {"nothing", "mapping", "numbered"}, "facts_of": {"nothing"}, "previous": {"nothing"},
    "only": {"nothing", "mapping", "set"}, "executor": set(), "matcher": {"nothing"}, "book": {"nothing"},
    "profile_by": {"nothing"}, "lists": {"flag"}, "every": {"flag"},
    "sink": {"nothing", "text", "path"}, "at_a_time": {"nothing", "whole"}, "on_progress": {"nothing", "function"},
    "changed_since": {"nothing"}, "path": set(), "mapping": {"nothing"}, "tables": {"nothing"}, "rejects": {"nothing"},
    "journal": {"text", "path"}, "subjects": {"nothing"}, "keep": {"whole"}, "keep_records": {"whole"},
    "ahead_days": {"whole"}, "largest": {"whole"}, "retention_days": {"nothing", "whole"}, "horizon_days": {"whole"},
    "survive_power_loss": {"flag"},
    "dialect": set(), "name": {"text", "nul", "surrogate"}, "schema": {"text", "nul", "surrogate"}, "as_": set(),
    "Engine.to_sql as_of": {"nothing", "day"}, "Engine.to_sql previous": {"nothing", "text", "nul", "surrogate"},
    "connection": set(),
    "on_problem": {"nothing", "function"}, "kind": set(), "in_parts": {"flag"},
    "ids": {"texts", "numbers", "pair", "mapping", "numbered", "set"},
    "id_": {"whole", "text"}, "Book.account id_": set(), "size": {"whole"}, "Book.lacks tables": set(),
    "BookInParts.lacks tables": set(), "Engine.evaluate_spark tables": set(), "groups": set(),
    "Engine.evaluate_subjects previous": {"nothing", "mapping", "numbered"},
    "Taken.into book": set(), "Taken.unplaced book": set(),
    "Engine.questionnaire account": {
        "nothing", "mapping", "numbered", "object", "function", "day", "instant", "path"
    },
    "report id_": set(), "run_report id_": set(), "needed id_": set(), "limits_of id_": set(),
    "limits_by_account id_": set(), "limits_by_account book": set(), "run_report book": set(),
    "review_pack book": set(), "write_book book": set(), "frame": set(), "report account": {"nothing", "whole", "text"},
    "run_report account": {"nothing", "whole", "text"}, "scores": set(), "titles": {"nothing", "mapping", "numbered"},
    "needed scores": {"texts", "pair", "mapping", "set"},
    "limits": {"nothing"}, "limits_by": {"nothing"}, "everything": {"flag"}, "measures ids": set(),
    "account_id": set(), "accounts": {"whole"}, "seed": {"whole"}, "write_book path": {"text", "path"},
    "file_format": set(), "run_report previous": {"nothing"}, "report previous": {"nothing"},
    # whose profile holds is asked of what `evaluate` refuses; a `match` finds nothing there
    "Engine.profile_of account": set(WRONG), "named": {"nothing"}, "plan": set(), "call": set(),
    "Engine.decide executor": set(), "day": {"day"}, "contact": {"whole", "text"}, "event": set(), "after": set(),
    "Session.decision account": set(), "Session.decisions account": set(), "AsyncSession.decision account": set(),
    "AsyncSession.decisions account": set(), "Decision.why name": set(), "Decision.why_not name": set(),
    "Decision.what_would_change name": set(), "Decision.contributions name": set(), "Decision.adjustments name": set(),
    "audience": set(), "most": {"nothing", "whole"}, "text": set(), "engine": set(), "given": set(),
    "id": {"whole", "text"}, "type": set(), "at": {"day", "instant"}, "Event account": {"whole", "text"},
    "data": {"mapping"},
}  # fmt: skip
#: Names of something that is not there: the errors of these name what was looked for.
NAMES = {"text", "nul", "surrogate", "texts", "pair", "mapping", "numbered", "set", "path"}
#: Arguments that errors call by another name than their own, or that are themselves what the sentence is about.
TOLD_AS = {
    "account": "account", "connection": "", "plugins": "plugin", "named": "`profile", "event": "the event",
    "given": "the event", "id_": "account `5`", "account_id": "account `5`", "text": "no decision of format",
}  # fmt: skip
#: What holds data as it comes: what is wrong there is told by what takes it, as the tests named here hold.
HOLDS_DATA = {
    "Account": "a problem of the decision: test_bad_data.py", "Fact": "a problem of the decision: test_bad_data.py",
    "FactSpec": "CC505: test_plugins.py", "Function": "CC505: test_plugins.py",
}  # fmt: skip
#: What is made by clientcore alone, and handed out.
HANDED_OUT = {"Book", "Decision", "Problem", "Decision.of", "BookInParts.of", "hookimpl"}
#: Public call → what its `options` are those of.
OPTIONS: dict[str, Callable[..., Any]] = {
    "Engine.questionnaire": answers.questionnaire, "Engine.evaluate_book": batch.evaluate_book,
    "Engine.to_sql": databases.sql_text, "Engine.evaluate_in": databases.evaluate_in,
    "Engine.evaluate_spark": spark.evaluate_spark, "Engine.open_session": session.open_session,
    "Engine.aopen_session": session.open_session, "run_report": report.report,
}  # fmt: skip
#: What a call makes itself of the options beneath.
NOT_HANDED_ON = {"run_report": ("frame", "titles")}
#: Options that are handed on once more.
BEYOND = {"Engine.evaluate_spark": spark._OPTIONS}


def public_calls() -> dict[str, Callable[..., Any]]:
    """Return every public callable: functions, classes that callers make, methods of these and of what they get."""
    known = {name: getattr(part, name) for part in (answers, book, decision, session) for name in part.__all__}
    del known["Mapping"]  # in what a call says that it gives, it is the one of collections.abc
    found: dict[str, Callable[..., Any]] = {name: getattr(cc, name) for name in cc.__all__}
    for part in (report, review, simulate):  # documented, and imported by their own names
        found |= {name: getattr(part, name) for name in part.__all__ if inspect.isfunction(getattr(part, name))}
    left, seen = list(found.values()), set()
    while left:
        one = left.pop()
        if one in seen or not (inspect.isclass(one) or inspect.isfunction(one)) or is_error(one):
            continue
        seen.add(one)
        methods = (
            inspect.getmembers(one, lambda held: inspect.isfunction(held) or inspect.ismethod(held))
            if inspect.isclass(one)
            else []
        )
        told = [*(method for name, method in methods if not name.startswith("_")), *([] if methods else [one])]
        found |= {f"{one.__name__}.{name}": method for name, method in methods if not name.startswith("_")}
        for method in told:
            words = re.findall(r"\w+", str(inspect.signature(method).return_annotation))
            left += [known[word] for word in words if inspect.isclass(known.get(word))]
    return found


def is_error(one: Any) -> bool:
    return inspect.isclass(one) and issubclass(one, BaseException)


def public_arguments() -> set[tuple[str, str]]:
    """Return (call, argument) of every public callable, the options of one that hands them on among them."""
    found = set()
    for name, call in public_calls().items():
        if name in HANDED_OUT or name in HOLDS_DATA or is_error(call):
            continue
        given = inspect.signature(call).parameters
        if "options" in given:
            beneath = inspect.signature(OPTIONS[name]).parameters
            more = [one for one in beneath if one not in {"engine", "options", *NOT_HANDED_ON.get(name, ())}]
            found |= {(name, one) for one in [*more, *BEYOND.get(name, ())]}
        found |= {(name, one) for one in given if one not in {"self", "options"}}
    return found


#: Every call with arguments that are right; each argument is then replaced by every wrong kind.
Calls = dict[str, tuple[Callable[..., Any], dict[str, Any]]]


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Calls]:
    folder = tmp_path_factory.mktemp("calls")
    (folder / "a.yaml").write_text(RULES)
    (folder / "book").mkdir()
    pl.DataFrame({"id": ["x"]}).write_parquet(folder / "book" / "accounts.parquet")
    engine = cc.Engine(rulesets=[folder / "a.yaml"], plugins=[], discover=False)
    with engine.open_session(folder / "live.sqlite") as live:
        live.post(TOLD)
        yield (
            {"Engine": (cc.Engine, {"rulesets": [], "plugins": [], "discover": False})}
            | of_an_engine(engine, folder)
            | of_a_book(folder)
            | of_answers(engine, folder)
            | of_sessions(engine, live, folder)
            | of_a_decision(engine)
            | of_reports(folder)
        )


TOLD = {"id": "e1", "type": "account", "at": "2026-06-30", "account": "x"}
CHILD = {"account": "x", "subject": "opportunity"}


def of_an_engine(engine: cc.Engine, folder: Path) -> Calls:
    connection, whole = duckdb.connect(), cc.read_book(folder / "book")
    connection.execute("CREATE TABLE accounts AS SELECT 'x' AS id")
    one: dict[str, Any] = {"account": {"id": "x"}, "as_of": DAY}
    return {
        "Engine.evaluate": (engine.evaluate, one),
        "Engine.evaluate_subjects": (engine.evaluate_subjects, one | {"subject": "opportunity"}),
        "Engine.evaluate_book": (engine.evaluate_book, {"book": whole, "as_of": DAY}),
        "Engine.evaluate_in": (engine.evaluate_in, {"connection": connection, "as_of": DAY}),
        "Engine.evaluate_spark": (engine.evaluate_spark, {"tables": {}, "as_of": DAY}),
        "Engine.questionnaire": (engine.questionnaire, {"as_of": DAY}),
        "Engine.to_sql": (engine.to_sql, {}),
        "Engine.plan": (engine.plan, {}),
        "Engine.executors": (engine.executors, {"subject": "account"}),
        "Engine.params_of": (engine.params_of, {"plan": engine.plan(), "profile": None}),
        "Engine.profile_of": (engine.profile_of, one | {"named": None}),
        "Engine.decide": (engine.decide, {"executor": engine.executors("account")[0], "call": None}),
    }


def of_a_book(folder: Path) -> Calls:
    whole, parts = cc.read_book(folder / "book"), cc.read_book(folder / "book", in_parts=True)
    return {
        "read_book": (cc.read_book, {"path": folder / "book"}),
        "Book.account": (whole.account, {}),
        "Book.accounts": (all_of(whole.accounts), {}),
        "Book.subjects": (all_of(whole.subjects), {"kind": "account"}),
        "Book.only": (whole.only, {"kind": "account", "ids": ["x"]}),
        **{f"Book.{name}": (getattr(whole, name), {}) for name in ("count", "ids", "holds", "lacks", "with_facts_of")},
        "BookInParts.count": (parts.count, {}),
        "BookInParts.follows": (parts.follows, {"kind": "account", "size": 1}),
        "BookInParts.lacks": (parts.lacks, {}),
        "BookInParts.parts": (all_of(parts.parts), {}),
    }


def of_answers(engine: cc.Engine, folder: Path) -> Calls:
    form = folder / "form.csv"
    form.write_text(engine.questionnaire(as_of=DAY, every=True).to_csv())
    read = cc.read_answers(form, engine)
    return {
        "read_answers": (cc.read_answers, {"path": form, "engine": engine}),
        "Answers.at": (read.at, {}),
        "Taken.into": (read.at(DAY).into, {}),
        "Taken.unplaced": (read.at(DAY).unplaced, {}),
    }


def of_sessions(engine: cc.Engine, live: session.Session, folder: Path) -> Calls:
    number = count()

    def new_journal() -> dict[str, Any]:
        return {"journal": folder / f"{next(number)}.sqlite"}

    def opened(**options: Any) -> None:
        engine.open_session(**(new_journal() | options)).close()

    def aopened(**options: Any) -> None:
        async def run() -> None:
            await (await engine.aopen_session(**(new_journal() | options))).close()

        asyncio.run(run())

    def awaited(name: str) -> Callable[..., Any]:
        async def run(**options: Any) -> None:
            async with await engine.aopen_session(**new_journal()) as one:
                await one.post(TOLD)
                await getattr(one, name)(**options)

        return lambda **options: asyncio.run(run(**options))

    plain = ("post", "advance", "erase", "decision")
    return {
        "Engine.open_session": (opened, {}),
        "Engine.aopen_session": (aopened, {}),
        **{f"Session.{name}": (getattr(live, name), {}) for name in plain},
        "Session.decisions": (live.decisions, CHILD),
        "Session.signals": (all_of(live.signals), {}),
        **{f"AsyncSession.{name}": (awaited(name), {}) for name in (*plain, "signals")},
        "AsyncSession.decisions": (awaited("decisions"), CHILD),
        "Event": (cc.Event, {"id": "e", "type": "account", "at": "2026-06-30", "account": "x"}),
        "Event.of": (cc.Event.of, {}),
    }


def of_a_decision(engine: cc.Engine) -> Calls:
    made = engine.evaluate({"id": "x"}, as_of=DAY, facts={"n": 3})
    asked = ("why", "why_not", "what_would_change", "contributions", "adjustments", "render", "questions")
    return {f"Decision.{name}": (getattr(made, name), {}) for name in asked} | {
        "Decision.from_json": (cc.Decision.from_json, {})
    }


def of_reports(folder: Path) -> Calls:
    invented, number = simulate.simulate_book(1, 7, DAY), count()
    simulate.write_book(invented, folder / "invented")
    whole, engine = cc.read_book(folder / "invented"), cc.Engine(rulesets=[report.measures(["R6"])])
    frame = engine.evaluate_book(whole, as_of=DAY, only=report.needed("R6"))

    def written(**options: Any) -> None:
        simulate.write_book(**({"book": invented, "path": folder / f"w{next(number)}"} | options))

    return {
        "measures": (report.measures, {}),
        "needed": (report.needed, {"id_": "R6"}),
        "limits_of": (report.limits_of, {"engine": engine, "id_": "R6"}),
        "limits_by_account": (
            report.limits_by_account,
            {"engine": engine, "id_": "R6", "book": whole, "as_of": DAY},
        ),
        "titles_of": (report.titles_of, {}),
        "report": (report.report, {"id_": "R6", "frame": frame, "book": whole}),
        "run_report": (report.run_report, {"engine": engine, "book": whole, "id_": "R6", "as_of": DAY}),
        "review_pack": (review.review_pack, {"engine": engine, "book": whole, "account_id": "a-0001", "as_of": DAY}),
        "simulate_book": (simulate.simulate_book, {"accounts": 1, "seed": 7, "as_of": DAY}),
        "write_book": (written, {}),
    }


def all_of(call: Callable[..., Any]) -> Callable[..., Any]:
    return lambda **options: list(call(**options))


def test_every_public_call_is_among_them(calls: Calls) -> None:
    """A public function, method or option that is new is refused here until its arguments are looked at below."""
    assert {call for call, _ in public_arguments()} <= set(calls)
    assert set(HOLDS_DATA) | HANDED_OUT <= set(public_calls())


@pytest.mark.parametrize(("call", "argument"), sorted(public_arguments()))
def test_every_wrong_kind_is_refused_by_name(
    call: str, argument: str, calls: Calls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    taken = set()
    made, right = calls[call]
    for kind, value in WRONG.items():
        try:
            made(**(right | {argument: value}))
        except cc.MissingExtraError:
            assert call == "Engine.evaluate_spark", kind  # all is well, but for pyspark, which is not installed
        except cc.ClientcoreError as error:
            told = str(error)
            named = f"`{argument}" in told or TOLD_AS.get(argument, "no such thing") in told
            assert named or kind in NAMES, (kind, told)
            assert " at 0x" not in told, (kind, told)
        else:
            taken.add(kind)
    assert taken <= RIGHT[f"{call} {argument}" if f"{call} {argument}" in RIGHT else argument], taken


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
