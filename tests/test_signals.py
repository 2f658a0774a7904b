"""The bundled signals: on frames and record alike, and on both matchers."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import clientcore as cc
from clientcore.load import load_cases
from clientcore.simulate import simulate_book, write_book
from durable_rules import DURABLE

ROOT = Path(__file__).resolve().parents[1]
DAY = date(2026, 6, 30)
#: What is a missed promise is a function of the spectrum.
PLUGINS = ["clientcore_spectrum", "clientcore_signals"]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> cc.Book:
    folder = tmp_path_factory.mktemp("book")
    write_book(simulate_book(150, 11, DAY), str(folder / "book"))
    return cc.read_book(folder / "book")


@pytest.fixture(scope="module")
def watching() -> cc.Engine:
    return cc.Engine(plugins=PLUGINS, discover=False)


def test_what_frames_cannot_do_is_computed_on_request_only(watching: cc.Engine) -> None:
    computed = {step.key[1] for step in watching.plan().steps if step.key[0] == "rule"}
    assert {name for name in computed if name.startswith("signals.")} == {"signals.trouble"}
    asked = {step.key[1] for step in watching.plan(only=["signals.*"]).steps if step.key[0] == "rule"}
    assert asked == {"signals.trouble", "signals.watch"}


def test_frames_say_what_record_says(book: cc.Book) -> None:
    engine = cc.Engine(plugins=PLUGINS, discover=False)
    by_columns = engine.evaluate_book(book, as_of=DAY, only=["signals.trouble"])
    assert by_columns.equals(engine.evaluate_book(book, as_of=DAY, only=["signals.trouble"], executor="record"))
    for rule in ("missed_and_complaint", "escalation_after_low_answer", "sponsor_left_before_tender"):
        assert by_columns[f"signals_trouble__{rule}"].null_count() < by_columns.height


def test_what_is_watched_for_runs_one_by_one(book: cc.Book, watching: cc.Engine) -> None:
    with pytest.raises(cc.UnsupportedError, match=r"CC401 rule `signals\.watch/"):
        watching.evaluate_book(book, as_of=DAY, only=["signals.*"])
    frame = watching.evaluate_book(book, as_of=DAY, only=["signals.*"], executor="record")
    for rule in ("complaint_unanswered", "new_management_not_met", "lost_twice_to_one_competitor"):
        values = frame[f"signals_watch__{rule}"]
        assert not values.all()
        assert values.null_count() < len(values)


def test_both_matchers_give_the_same_decisions(book: cc.Book, watching: cc.Engine) -> None:
    if not DURABLE:
        pytest.skip("durable-rules could not be built here")
    from clientcore.executors.durable import DurableMatcher

    with DurableMatcher(patience=60.0) as durable:
        for account in book.accounts():
            plain = watching.evaluate(account, as_of=DAY, only=["signals.*"])
            found = watching.evaluate(account, as_of=DAY, only=["signals.*"], matcher=durable)
            assert found.to_json() == plain.to_json()
        for path in sorted((ROOT / "rulesets" / "clientcore_signals").glob("*.cases.yaml")):
            read, problems = load_cases(path)
            assert problems == ()
            assert read is not None
            for case in read.cases:
                given = {"as_of": case.as_of, "only": ["signals.*"]}
                found = watching.evaluate(case.account, matcher=durable, **given)
                assert found.to_json() == watching.evaluate(case.account, **given).to_json()
        assert durable.reports == ()
        assert durable.asked > 0


def live_events() -> list[dict[str, Any]]:
    """Return the events that the page on signals shows."""
    text = (ROOT / "docs" / "signals.md").read_text(encoding="utf-8")
    lines = text.partition("<!-- file: year.jsonl -->\n```json\n")[2].partition("```")[0].splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("matcher", ["python", *(["durable"] if DURABLE else [])])
def test_every_signal_is_raised_live(watching: cc.Engine, matcher: Any, tmp_path: Path) -> None:
    with watching.open_session(tmp_path / "live.sqlite", only=["signals.*"], matcher=matcher) as session:
        signals = [signal for event in live_events() for signal in session.post(event)]
        assert matcher == "python" or (session.matcher.asked > 0 and session.matcher.reports == ())  # type: ignore[union-attr]
    named = [f"{one.day:%m-%d} {one.kind} {one.name.rpartition('.')[2]}" for one in signals if "signal" in one.kind]
    assert named == [
        "03-06 signal_raised service_trouble",
        "03-12 signal_raised complaint_open",
        "03-12 signal_cleared service_trouble",
        "03-25 signal_raised escalation",
        "03-30 signal_raised influence_lost",
        "04-20 signal_raised competitor_wins",
        "05-01 signal_raised new_management",
        "06-05 signal_cleared complaint_open",
        "06-19 signal_cleared escalation",
    ]
    raised = {one.name.rpartition("/")[2] for one in signals if one.kind == "finding_raised"}
    assert raised == {
        "missed_and_complaint",
        "complaint_unanswered",
        "escalation_after_low_answer",
        "sponsor_left_before_tender",
        "lost_twice_to_one_competitor",
        "new_management_not_met",
    }
