"""A third-party plugin inside an engine: what it brings decides, and when it fails nothing else changes."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from math import inf, nan
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientcore.book import read_book
from clientcore.catalog import FactSpec, Function
from clientcore.decision import Decision
from clientcore.engine import Engine
from clientcore.errors import PluginError, RulesetError
from clientcore.hooks import hookimpl
from clientcore.plugins.objects import fact_faults, function_faults, model_faults

DAY = date(2026, 6, 30)

RULESET = """
format: clientcore/1
language: cel-profile/1
ruleset: acme.recency
version: 1.0.0
subject: account
title: How soon the contract renews
rules:
  - {id: soon, when: "within(days_to_renewal, 90)"}
scores:
  recency: {aggregate: model, model: acme.recency, range: [0, 100]}
"""

OTHER = """
format: clientcore/1
language: cel-profile/1
ruleset: other.rules
version: 1.0.0
subject: account
title: Something else
inputs:
  nps: {kind: number, unit: points, range: [-100, 100]}
rules:
  - {id: unhappy, when: nps < 0}
scores:
  mood: {aggregate: sum, range: [-100, 100], terms: [{id: nps, value: nps, range: [-100, 100]}]}
"""


class Linear:
    id = "acme.recency"
    version = "2.0.0"
    needs = ("days_to_renewal",)
    returns = ("points", 0.0, 100.0)
    monotone: Mapping[str, str] = {"days_to_renewal": "up"}

    def expression(self) -> str:
        return "days_to_renewal / 50"


class Recency:
    id = "acme.recency"
    version = "1.0.0"
    needs = ("days_to_renewal",)
    returns = ("points", 0.0, 100.0)
    monotone: Mapping[str, str] = {"days_to_renewal": "up"}

    def score(self, facts: Mapping[str, Any]) -> float:
        if facts["days_to_renewal"] > 1000:
            raise RuntimeError("beyond my data")
        return min(100.0, max(0.0, facts["days_to_renewal"]))


def acme(file: Path, *, fails: str = "", seen: list[Decision] | None = None, model: object = Recency()) -> ModuleType:
    """Return a plugin that uses five of the hooks; `fails` names the hook that raises."""
    module = ModuleType("acme")

    def implement(hook: str, body: Callable[[Any], None]) -> None:
        def bring(register: Any) -> None:
            body(register)
            if hook == fails:
                raise RuntimeError("licence has ended")

        def look(decision: Decision) -> None:
            body(decision)
            if hook == fails:
                raise RuntimeError("disk is full")

        setattr(module, hook, hookimpl(specname=hook)(look if hook == "clientcore_after_decision" else bring))

    implement(
        "clientcore_register_facts",
        lambda register: register(FactSpec(id="days_to_renewal", kind="number", range=(0, 5000))),
    )
    implement(
        "clientcore_register_functions",
        lambda register: register(Function(id="within", params=("x", "most"), body="x >= 0 && x <= most")),
    )
    implement("clientcore_register_models", lambda register: register(model))
    implement("clientcore_register_rulesets", lambda register: register(file))
    implement("clientcore_after_decision", lambda decision: seen.append(decision) if seen is not None else None)
    return module


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("rules")
    paths = folder / "recency.yaml", folder / "other.yaml"
    for path, text in zip(paths, (RULESET, OTHER), strict=True):
        path.write_text(textwrap.dedent(text).lstrip(), encoding="utf-8")
    return paths


def engine(files: tuple[Path, Path], *plugins: object) -> Engine:
    return Engine(rulesets=[files[1]], plugins=plugins, discover=False)


@cache
def built(files: tuple[Path, Path], fails: str | None = None) -> Engine:
    """Return the engine for many examples of a property: without the plugin, or with one that fails so."""
    return engine(files) if fails is None else engine(files, acme(files[0], fails=fails))


def test_what_a_plugin_brings_decides(files: tuple[Path, Path]) -> None:
    seen: list[Decision] = []
    decision = engine(files, acme(files[0], seen=seen)).evaluate(
        {"id": "a"}, facts={"days_to_renewal": 30, "nps": 10}, as_of=DAY
    )
    assert decision.fired == ("acme.recency/soon",)
    assert decision.scores["acme.recency.recency"].value == 30.0
    assert decision.plugins == {"acme": "", "model acme.recency": "1.0.0"}
    assert decision.problems == ()
    assert seen == [decision]


def test_a_model_with_an_expression_decides_by_it(files: tuple[Path, Path]) -> None:
    with_it = engine(files, acme(files[0], model=Linear()))
    decision = with_it.evaluate({"id": "a"}, facts={"days_to_renewal": 200}, as_of=DAY)
    assert decision.problems == ()
    assert decision.scores["acme.recency.recency"].value == 4.0
    score = with_it.evaluate({"id": "a"}, as_of=DAY).scores["acme.recency.recency"]
    assert (score.value, score.low, score.high) == (None, 0.0, 100.0)


@pytest.mark.parametrize("hook", ["facts", "functions", "models", "rulesets"])
@given(nps=st.none() | st.integers(-100, 100))
def test_a_plugin_that_fails_while_it_registers_changes_nothing_else(
    files: tuple[Path, Path], hook: str, nps: int | None
) -> None:
    """Holds: P21."""
    broken = built(files, f"clientcore_register_{hook}")
    call: dict[str, Any] = {"facts": {"nps": nps}, "as_of": DAY}
    with_it = broken.evaluate({"id": "a"}, **call)
    without = built(files).evaluate({"id": "a"}, **call)
    assert [problem.code for problem in with_it.problems if problem not in without.problems] == ["CC504"]
    for part in ("scores", "outcomes", "states", "findings", "actions", "fired", "unknown", "rulesets", "plugins"):
        assert getattr(with_it, part) == getattr(without, part)


@given(days=st.integers(0, 5000), nps=st.none() | st.integers(-100, 100))
def test_a_model_that_raises_leaves_its_score_unknown_and_the_rest_as_it_is(
    files: tuple[Path, Path], days: int, nps: int | None
) -> None:
    """Holds: P21."""
    facts = {"days_to_renewal": days, "nps": nps}
    decision = built(files, "").evaluate({"id": "a"}, facts=facts, as_of=DAY)
    without = built(files).evaluate({"id": "a"}, facts={"nps": nps}, as_of=DAY)
    score = decision.scores["acme.recency.recency"]
    if days > 1000:
        assert (score.value, score.low, score.high) == (None, 0.0, 100.0)
        (problem,) = [problem for problem in decision.problems if problem.code == "CC504"]
        assert "beyond my data" in problem.message
    else:
        assert score.value == min(100.0, days)
        assert [problem for problem in decision.problems if problem.code == "CC504"] == []
    assert decision.scores["other.rules.mood"] == without.scores["other.rules.mood"]
    assert ("other.rules/unhappy" in decision.fired) == ("other.rules/unhappy" in without.fired)


def test_a_plugin_that_raises_after_a_decision_does_not_disturb_it(
    files: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    """Holds: P21."""
    decision = engine(files, acme(files[0], fails="clientcore_after_decision")).evaluate({"id": "a"}, as_of=DAY)
    assert decision == engine(files, acme(files[0])).evaluate({"id": "a"}, as_of=DAY)
    (message,) = caplog.messages
    assert message.startswith("plugin acme raised RuntimeError in clientcore_after_decision")


@pytest.mark.parametrize("executor", ["columnar", "record"])
def test_no_plugin_is_told_of_the_rows_of_a_book(
    files: tuple[Path, Path], tmp_path: Path, executor: Literal["columnar", "record"]
) -> None:
    """Nor of the few that are decided once more, one by one, to tell their problems."""
    seen: list[Decision] = []
    decides = engine(files, acme(files[0], seen=seen, model=Linear()))
    (tmp_path / "accounts.csv").write_text("id\na\nb\n")
    (tmp_path / "facts.csv").write_text("account_id,days_to_renewal\na,soon\nb,9\n")
    frame = decides.evaluate_book(read_book(tmp_path), as_of=DAY, executor=executor)
    assert [error is None for error in frame["error"]] == [False, True]
    assert seen == []
    assert [decides.evaluate({"id": "a"}, as_of=DAY)] == seen


def test_a_ruleset_that_needs_a_plugin_which_failed_says_so(files: tuple[Path, Path]) -> None:
    with pytest.raises(RulesetError) as caught:
        Engine(
            rulesets=[files[0]],
            plugins=[acme(files[1], fails="clientcore_register_facts")],
            discover=False,
        )
    assert {problem.code for problem in caught.value.problems} >= {"CC201"}
    assert "licence has ended" in str(caught.value)


def test_a_text_for_the_list_of_plugins_is_refused() -> None:
    with pytest.raises(PluginError, match=r"hand in a list: plugins=\['acme'\]"):
        Engine(plugins="acme", discover=False)


def test_a_body_that_is_no_text_is_told() -> None:
    found = function_faults(Function(id="f", params=(), body=len))  # type: ignore[arg-type]
    told = "the body of function `f` is the text of an expression, not an object of `builtin_function_or_method`"
    assert found == [told]


@pytest.mark.parametrize(
    ("field", "given", "fault"),
    [
        (
            "range",
            object(),
            "fact `x` has range an object of `object`, which is no pair of a lowest and a highest number",
        ),
        ("value", 5, "fact `x` has value 5, which is no text"),
        ("doc", None, "fact `x` has doc None, which is no text"),
        ("monotone", "more", "fact `x` has monotone 'more', which is none of up, down"),
        ("requires_source", "crm", "fact `x` has requires_source 'crm', which is no list of names"),
    ],
)
def test_a_field_of_another_kind_is_told(field: str, given: Any, fault: str) -> None:
    assert fact_faults(FactSpec(**{"id": "x", "kind": "number", field: given})) == [fault]


def test_params_that_are_no_list_are_told() -> None:
    found = function_faults(Function(id="f", params=5, body="a"))  # type: ignore[arg-type]
    assert found == ["function `f` has params 5, which is no list of names"]


@pytest.mark.parametrize(
    ("field", "given", "fault"),
    [
        ("needs", 5, "model `acme.rfm` has needs 5, which is no list of fact names"),
        ("returns", 5, "model `acme.rfm` returns 5, which is not (unit, lowest, highest)"),
        ("monotone", {"n": ["up"]},
         "model `acme.rfm` has monotone {'n': ['up']}, which does not map facts to `up` or `down`"),
    ],
)  # fmt: skip
def test_a_model_of_which_a_field_is_of_another_kind_is_told(field: str, given: Any, fault: str) -> None:
    right = {"id": "acme.rfm", "version": "1.0.0", "needs": ("n",), "returns": ("points", 0.0, 1.0), "monotone": {}}
    assert model_faults(SimpleNamespace(**right | {field: given}, expression=lambda: "n")) == [fault]


def bringing(name: str, *, file: Path | None = None, fact: FactSpec | None = None) -> ModuleType:
    """Return a plugin that brings one ruleset, or one fact."""
    module = ModuleType(name)

    def bring(register: Any) -> None:
        register(file or fact)

    hook = "clientcore_register_rulesets" if file else "clientcore_register_facts"
    setattr(module, hook, hookimpl(specname=hook)(bring))
    return module


def test_facts_that_differ_are_told_with_both_plugins_and_files(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(OTHER.replace("nps", "nps_benchmark").replace("points", "percent"), encoding="utf-8")
    with pytest.raises(RulesetError) as caught:
        Engine(plugins=["clientcore_voice", bringing("acme", file=file)], discover=False)
    (told,) = (line for line in str(caught.value).splitlines() if "CC302" in line)
    assert f"{file}:" in told
    for said in ("CC302 input `nps_benchmark`", "plugin `acme`", "plugin `clientcore_voice`", "answers.yaml:"):
        assert said in told
    fact = FactSpec(id="nps_benchmark", kind="number", unit="percent")
    with pytest.raises(RulesetError) as caught:
        Engine(plugins=["clientcore_voice", bringing("desk", fact=fact)], discover=False)
    (told,) = (line for line in str(caught.value).splitlines() if "CC302" in line)
    assert "of plugin `clientcore_voice` is also declared by plugin `desk`, with another unit" in told


class Answers(Linear):
    """A model that answers what it was made with."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def score(self, facts: Mapping[str, Any]) -> Any:  # noqa: ARG002 (as the hook has it)
        return self.answer

    expression = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("answer", "want"),
    [
        (7, (7.0, 7.0, 7.0)),
        (Decimal("7.5"), (7.5, 7.5, 7.5)),
        (np.int64(7), (7.0, 7.0, 7.0)),
        (0.1 + 0.2, (0.3, 0.3, 0.3)),
        (500, (100.0, 100.0, 100.0)),
        (-3.5, (0.0, 0.0, 0.0)),
        ((20, 500), (None, 20.0, 100.0)),
        ((200, 500), (100.0, 100.0, 100.0)),
        (None, (None, 0.0, 100.0)),
        ((None, 3), (None, 0.0, 100.0)),
    ],
)
def test_what_a_model_answers_is_rounded_and_in_its_range(
    files: tuple[Path, Path], answer: Any, want: tuple[float | None, float, float]
) -> None:
    """As every aggregate is, and as an expression is that gives the same."""
    decides = engine(files, acme(files[0], model=Answers(answer)))
    decision = decides.evaluate({"id": "a"}, facts={"days_to_renewal": 5}, as_of=DAY)
    score = decision.scores["acme.recency.recency"]
    assert (score.value, score.low, score.high) == want
    assert decision.problems == ()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("high", "the text `high`, which is not a number"),
        ("5", "the text `5`, which is not a number"),
        (True, "`true`, which is not a number"),
        ([1, 2], "a list, which is not a number"),
        (nan, "nan to nan, which is no interval"),
        ((80, 20), "80.0 to 20.0, which is no interval"),
        (inf, "the number `inf`, which is not a number between -1e18 and 1e18"),
    ],
)
def test_an_answer_that_is_no_number_is_told(files: tuple[Path, Path], answer: Any, told: str) -> None:
    decides = engine(files, acme(files[0], model=Answers(answer)))
    decision = decides.evaluate({"id": "a"}, facts={"days_to_renewal": 5}, as_of=DAY)
    score = decision.scores["acme.recency.recency"]
    assert (score.value, score.low, score.high) == (None, 0.0, 100.0)
    help_ = "give a finite number, or (low, high); its score is unknown"
    assert [str(problem) for problem in decision.problems] == [f"CC504 model `acme.recency` gave {told}; {help_}"]


def test_a_hook_that_returns_what_it_should_register_is_refused() -> None:
    """What a register hook returns is ignored, so that nothing of it would be there, without a word."""
    lent = ModuleType("lent")
    lent.clientcore_register_facts = hookimpl(specname="clientcore_register_facts")(  # type: ignore[attr-defined]
        lambda: [FactSpec(id="margin", kind="number")]
    )
    with pytest.raises(PluginError) as caught:
        Engine(plugins=[lent], discover=False)
    (problem,) = caught.value.problems
    told = "plugin `lent`, facts: `clientcore_register_facts` returns something and registers nothing"
    assert (problem.code, problem.message, problem.help) == ("CC505", told, "hand each thing to `register(…)`")
    lent.clientcore_register_facts = hookimpl(specname="clientcore_register_facts")(  # type: ignore[attr-defined]
        lambda register: register(FactSpec(id="margin", kind="number")) or "done"
    )
    assert "margin" in Engine(plugins=[lent], discover=False).fact_kinds
