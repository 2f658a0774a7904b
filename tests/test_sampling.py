"""Sampling error of a score: where it is told, where not, and what it leaves alone."""

from __future__ import annotations

import json
import tempfile
import types
from datetime import date
from pathlib import Path
from typing import Any

import attrs
import polars as pl
import pytest

import clientcore as cc
from built import engine_of
from clientcore.decision import Decision
from clientcore.executors.record.compile import compile_plan
from clientcore.hooks import hookimpl
from clientcore.report import run_report
from clientcore.review import review_pack
from strategies_rulesets import HEADER

DAY = date(2026, 6, 30)
TERMS = [{"id": "rate", "value": "rate", "range": [0, 1]}]
SAMPLING = {"low": "rate - half", "high": "rate + half", "n": "asked"}
KNOWN: dict[str, Any] = {"rate": 0.8, "half": 0.3, "asked": 12}


def ruleset(**scores: dict[str, Any]) -> dict[str, Any]:
    number = {"kind": "number"}
    return {
        **HEADER,
        "ruleset": "x.kept",
        "title": "Kept",
        "inputs": {"rate": number, "half": number, "asked": number},
        "scores": {
            name: {"aggregate": "min", "range": [0, 1], "terms": TERMS, **card} for name, card in scores.items()
        },
        "rules": [{"id": "good", "when": "x.kept.told > 0.5"}],
    }


@pytest.fixture(scope="module")
def engine() -> cc.Engine:
    bands = [{"id": "poor", "below": 0.5}, {"id": "good"}]
    return engine_of([ruleset(told={"sampling": SAMPLING, "bands": bands}, plain={})])


def decide(engine: cc.Engine, **facts: Any) -> Decision:
    return engine.evaluate({"id": "acme"}, facts=facts, as_of=DAY)


def test_people_read_it_beside_the_score(engine: cc.Engine) -> None:
    decision = decide(engine, **KNOWN)
    line = "x.kept.told is 80% (good), sampling interval 50% to 100% (n = 12), 100% known"
    assert decision.why("x.kept.told").summary == decision.why_not("x.kept.told").summary == line
    assert line.replace(" is ", ": ") in decision.render()
    assert "x.kept.plain: 80%, 100% known" in decision.render(audience="executive")
    assert decision.render(audience="client") == ""


def test_where_it_is_not_known_nothing_is_said_of_it(engine: cc.Engine) -> None:
    assert decide(engine, rate=0.8, half=0.3).why("x.kept.told").summary == "x.kept.told is 80% (good), 100% known"
    assert "sampling" not in decide(engine, half=0.3, asked=12).render()


def test_nobody_is_asked_for_it_where_the_score_is_known(engine: cc.Engine) -> None:
    assert [question.fact for question in decide(engine, rate=0.8).questions()] == []
    assert [question.fact for question in decide(engine).questions()] == ["rate"]


def test_what_reads_the_score_does_not_turn_on_it(engine: cc.Engine) -> None:
    found = decide(engine, rate=0.4, half=0.3, asked=12).what_would_change("good")
    assert [change.text for change in found.changes] == ["rate: 0.4 → at least 0.5000000005"]
    assert found.untried == ()


def test_a_saved_decision_has_it(engine: cc.Engine) -> None:
    decision = decide(engine, **KNOWN)
    read = Decision.from_json(decision.to_json())
    assert read == decision
    assert read.to_json() == decision.to_json()
    score = read.scores["x.kept.told"]
    assert (score.ci_low, score.ci_high, score.n) == (0.5, 1.0, 12.0)
    assert attrs.evolve(score, ci_low=None, ci_high=None, n=None, band=None) != score


def test_only_scores_that_declare_it_have_columns(engine: cc.Engine, tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("id\nacme\nbolt\n", encoding="utf-8")
    (tmp_path / "facts.csv").write_text("account_id,rate,half,asked\nacme,0.8,0.3,12\nbolt,0.8,,12\n", encoding="utf-8")
    book = cc.read_book(tmp_path)
    frames = [engine.evaluate_book(book, as_of=DAY, executor=one) for one in ("columnar", "record", "durable")]
    for frame in frames:
        assert [name for name in frame.columns if name.endswith(("_ci_low", "_ci_high", "_n"))] == [
            "x_kept_told_ci_low",
            "x_kept_told_ci_high",
            "x_kept_told_n",
        ]
        assert frame.schema["x_kept_told_n"] == pl.Float64
        assert frame.select("x_kept_told_ci_low", "x_kept_told_ci_high", "x_kept_told_n").rows() == [
            (0.5, 1.0, 12.0),
            (None, None, None),
        ]
    before = frames[0].drop("x_kept_told_ci_low", "x_kept_told_ci_high", "x_kept_told_n")
    later = engine.evaluate_book(book, as_of=date(2026, 7, 1), previous=before)  # a frame from before there was any
    assert later["x_kept_told_ci_low"].to_list() == [0.5, None]


def test_programs_of_other_scores_are_as_they_would_be_without(engine: cc.Engine) -> None:
    def text(plan: Any) -> str:
        return compile_plan(plan).text

    alone = engine_of([ruleset(told={}, plain={})])
    assert text(engine.plan(only=["x.kept.plain"])) == text(alone.plan(only=["x.kept.plain"]))
    assert "sampled(" in text(engine.plan())
    assert "sampled(" not in text(alone.plan())


@attrs.frozen
class Model:
    """A scoring model in Python, which no frame can run."""

    id: str = "kept"
    version: str = "1.0.0"
    needs: tuple[str, ...] = ("rate",)
    returns: tuple[str, float, float] = ("ratio", 0.0, 1.0)
    monotone: dict[str, str] = attrs.field(factory=dict)

    def score(self, facts: dict[str, Any]) -> float | None:
        rate: float | None = facts["rate"]
        return rate


def test_a_score_of_a_model_has_one_too() -> None:
    plugin = types.ModuleType("kept")
    plugin.bring = hookimpl(specname="clientcore_register_models")(lambda register: register(Model()))  # type: ignore[attr-defined]
    card = {"aggregate": "model", "model": "kept", "range": [0, 1], "sampling": SAMPLING}
    made = ruleset()
    made["scores"] = {"told": card}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kept.yaml"
        path.write_text(json.dumps(made), encoding="utf-8")
        engine = cc.Engine(rulesets=[path], plugins=[plugin], discover=False)
    score = decide(engine, **KNOWN).scores["x.kept.told"]
    assert (score.value, score.ci_low, score.ci_high, score.n) == (0.8, 0.5, 1.0, 12.0)
    assert decide(engine, half=0.3, asked=12).scores["x.kept.told"].n is None


def test_reviews_print_it_in_the_unit_of_the_score(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("id\nacme\n", encoding="utf-8")
    rows = [f"s{at},acme,nps,c{at},2026-05-01,9,client_stated" for at in range(5)]
    head = "id,account_id,kind,contact_id,responded_on,value,source"
    (tmp_path / "survey_responses.csv").write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    engine, book = cc.Engine(), cc.read_book(tmp_path)
    told = "Net promoter score: +100, sampling interval +17 to +100 (n = 5)"
    assert told in str(review_pack(engine, book, "acme", as_of=DAY))
    frame = run_report(engine, book, "R20", as_of=DAY, account="acme")
    (stands,) = frame.filter(pl.col("topic") == "What the client says")["stands"]
    assert "Net promoter score: 100.00, sampling interval 17.49 to 100.00 (n = 5)" in stands
