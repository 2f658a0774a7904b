"""The whole account at one look: asked for only, gates in sight, purposes apart, every executor alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clientcore as cc
from clientcore.simulate import simulate_book, write_book
from invariants import AS_OF, Direction, assert_bounded, assert_direction, directions, facts_of, scorecards, sourced
from same_answer import differences

ENGINE = cc.Engine()
OURS = ("health.composite", "health.scorecard", "health.swot")
HEALTH, BEFORE = "health.composite.health", "health.composite.before_gates"
DIRECTIONS = [one for name in OURS for one in directions(ENGINE, name)]
EDGES = {name: score.range for ruleset in OURS for name, score in scorecards(ENGINE, ruleset)}
#: Facts that a gate stands on → a value by which it is failed.
FAILED: dict[str, dict[str, Any]] = {
    "duties": {"contract_fulfilment": 0.5, "critical_missed": 1, "duties_missed": 1, "duties_due": 4},
    "satisfaction": {"stated_satisfaction": 0.1},
    "mistake": {"mistake_severity": 1.0, "delivered_trust": 0.1},
}
#: The gate that a profile switches on.
LEFT_OUT = {"people_at_work": 4, "people_inducted_first": 3}
SHARE = st.floats(0, 1)
PARTS = ("trust_time", "intent_shown_client", "intent_shown_supplier", "culture_understand", "primary_strength")
MORE = ("reliability_stated", "nps", "revenue_kept", "together_share", "client_accepts_us", "influencer_strength")


def decide(facts: dict[str, Any], *only: str, engine: cc.Engine = ENGINE, **options: Any) -> cc.Decision:
    handed = sourced(facts, "client_stated")
    return engine.evaluate({"id": "a"}, facts=handed, as_of=AS_OF, only=only or ("health.*",), **options)


@st.composite
def some_facts(draw: st.DrawFn) -> dict[str, Any]:
    return draw(st.fixed_dictionaries({}, optional=dict.fromkeys((*PARTS, *MORE), SHARE)))


def test_nothing_of_it_is_computed_unless_it_is_asked_for() -> None:
    facts = {"reliability": 1.0}
    decision = ENGINE.evaluate({"id": "a"}, facts=facts, as_of=AS_OF)
    told = [*decision.scores, *decision.outcomes, *decision.fired, *decision.unknown]
    assert [name for name in told if name.startswith("health.")] == []
    assert {name for name in decide(facts).scores if name.startswith("health.")} == set(EDGES)


@settings(max_examples=40, deadline=None)
@given(facts_of(DIRECTIONS))
def test_scores_stay_in_their_range(facts: dict[str, float]) -> None:
    """Holds: P1."""
    assert_bounded(decide(facts), EDGES)


@pytest.mark.parametrize("one", DIRECTIONS, ids=lambda one: f"{one.score}-{one.fact}")
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_a_term_moves_its_score_as_declared(one: Direction, data: st.DataObject) -> None:
    """Holds: P2."""
    facts = data.draw(some_facts())
    low, high = sorted(data.draw(st.tuples(SHARE, SHARE)))
    assert_direction(one, decide(facts | {one.fact: low}, one.score), decide(facts | {one.fact: high}, one.score))


@pytest.mark.parametrize("gate", FAILED)
@settings(max_examples=25, deadline=None)
@given(facts=some_facts())
def test_a_failed_gate_is_never_hidden(gate: str, facts: dict[str, Any]) -> None:
    """Holds: P4, S3-02, S3-27."""
    decision = decide(facts | FAILED[gate])
    found = decision.scores[HEALTH]
    assert found.high is not None
    assert found.high <= 0.35
    assert found.band == "at_risk"
    assert "health.composite/gate_failed" in decision.fired
    assert "health.composite/gate_failed" in {finding.rule for finding in decision.findings}
    failed = decision.outcomes["health.composite.failed_gates"]
    assert gate in failed.rows or gate in (failed.value or ())
    assert all(gate in (option or ()) for option in failed.possible)


@settings(max_examples=40, deadline=None)
@given(some_facts(), st.sampled_from([*PARTS, *MORE]), SHARE)
def test_what_becomes_known_stays_within_what_was_possible(facts: dict[str, Any], name: str, known: float) -> None:
    """Holds: P12."""
    before = decide({key: value for key, value in facts.items() if key != name}, HEALTH).scores[HEALTH]
    after = decide(facts | {name: known}, HEALTH).scores[HEALTH]
    assert None not in {before.low, before.high, after.low, after.high}
    assert before.low <= after.low + 1e-9  # type: ignore[operator]
    assert after.high <= before.high + 1e-9  # type: ignore[operator]


def weights(path: Path, purpose: str, **found: float | str) -> cc.Engine:
    said = ", ".join(f"{name}: {value}" for name, value in found.items())
    path.write_text(
        "format: clientcore-profile/1\nprofile: one\nparams:\n"
        f"  health.composite: {{purpose: {purpose}{', ' if said else ''}{said}}}\n"
    )
    return cc.Engine(profiles=[path], profile="one")


def test_the_purpose_is_said_and_chooses_what_counts(tmp_path: Path) -> None:
    predicting = weights(tmp_path / "p.yaml", "predict")
    facts = {"nps": 100.0, "stated_satisfaction": 1.0, "reliability": 0.2, "revenue_kept": 1.0}
    for engine, purpose in ((ENGINE, "act"), (predicting, "predict")):
        decision = decide(facts, engine=engine)
        assert decision.outcomes["health.composite.purpose"].value == purpose
    acting, foretelling = decide(facts).scores[BEFORE], decide(facts, engine=predicting).scores[BEFORE]
    assert acting.low is not None
    assert foretelling.low is not None
    assert acting.low < foretelling.low
    assert decide({**facts, "revenue_kept": 0.0}).scores[BEFORE] == acting  # money has no weight where we act


def test_a_model_without_weight_is_left_out_and_scaling_all_weights_changes_nothing(tmp_path: Path) -> None:
    """Holds: P20, P21."""
    names = ("delivery", "bond", "will", "value", "said", "money")
    only_will = weights(tmp_path / "w.yaml", "act", **{f"act_{name}": float(name == "will") for name in names})
    facts = {"intent_shown_client": 0.4, "intent_shown_supplier": 0.7, "goal_mutuality": 0.6}
    assert decide(facts, engine=only_will).scores[BEFORE].value == 0.5
    doubled = {"delivery": 6, "bond": 4, "will": 2, "value": 4, "said": 2, "money": 0}
    twice = weights(tmp_path / "t.yaml", "act", **{f"act_{name}": value for name, value in doubled.items()})
    known = facts | {"nps": 20.0, "reliability": 0.7, "together_share": 0.3}
    found, again = decide(known).scores[BEFORE], decide(known, engine=twice).scores[BEFORE]
    assert (found.low, found.high, found.known_value) == (again.low, again.high, again.known_value)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> cc.Engine:
    """Return an engine of which inductions are the only gate."""
    return weights(tmp_path_factory.mktemp("gates") / "strict.yaml", "act", gates="[induction]")


@settings(max_examples=25, deadline=None)
@given(facts=some_facts())
def test_a_gate_counts_where_the_profile_names_it(strict: cc.Engine, facts: dict[str, Any]) -> None:
    """Holds: P4, S3-07."""
    for gate, failing in {**FAILED, "induction": LEFT_OUT}.items():
        decision, counts = decide(facts | failing, engine=strict), gate == "induction"
        failed, found = decision.outcomes["health.composite.failed_gates"], decision.scores[HEALTH]
        assert list(failed.value or ()) == (["induction"] if counts else [])
        assert ("health.composite/gate_failed" in decision.fired) == counts
        before = decision.scores[BEFORE]
        assert before.low is not None
        assert before.high is not None
        held = (min(before.low, 0.35), min(before.high, 0.35)) if counts else (before.low, before.high)
        assert (found.low, found.high) == held or (not counts and failed.possible)
    by_default = decide(facts | LEFT_OUT)  # a finding of its own, and no gate
    assert "culture.induction/works_uninducted" in by_default.fired
    assert "induction" not in by_default.outcomes["health.composite.failed_gates"].rows


MEASURES = [term.id for name, score in scorecards(ENGINE, "health.scorecard") if ".in_" in name for term in score.terms]
MANDATORY = ["reviews_held", "not_overdue", "all_inducted", "duties_met", "client_satisfied", "why_asked"]


@settings(max_examples=40, deadline=None)
@given(st.fixed_dictionaries({name: st.sampled_from([True, False]) for name in MEASURES}))
def test_no_mandatory_measure_is_made_up_for(met: dict[str, bool]) -> None:
    """Holds: P4, S3-30."""
    decision = decide(met, "health.scorecard")
    missed = [name for name in MANDATORY if not met[name]]
    whole = decision.scores["health.scorecard.whole"].value
    assert whole is not None
    assert list(decision.outcomes["health.scorecard.missed"].value) == missed
    assert ("health.scorecard/mandatory_missed" in decision.fired) == bool(missed)
    assert not missed or whole <= 0.5


def test_both_ways_of_putting_together_hold_every_measure_once() -> None:
    categories = [
        term.id
        for name, score in scorecards(ENGINE, "health.scorecard")
        if ".in_" not in name and not name.endswith("whole")
        for term in score.terms
    ]
    assert sorted(categories) == sorted(MEASURES) == sorted(set(MEASURES))
    assert set(MANDATORY) <= set(MEASURES)


@settings(max_examples=40, deadline=None)
@given(some_facts())
def test_nothing_is_both_a_strength_and_a_weakness(facts: dict[str, Any]) -> None:
    decision = decide(facts, "health.swot")
    strengths, weaknesses = (
        set(decision.outcomes[f"health.swot.{side}"].value) for side in ("strengths", "weaknesses")
    )
    assert strengths & weaknesses == set()
    fired = {name.rpartition("/")[2] for name in decision.fired}
    pairs = {
        "use_strengths": {"strength", "chance"},
        "mend_to_grow": {"weakness", "chance"},
        "guard": {"strength", "threat"},
        "step_back": {"weakness", "threat"},
    }
    assert {move for move, both in pairs.items() if both <= fired} == fired & set(pairs)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 400), st.integers(-100, 100), st.integers(0, 300))
def test_splitting_an_order_in_two_changes_nothing(amount: int, margin: int, before: int) -> None:
    """Holds: P18, S4-11."""

    def health(orders: list[dict[str, Any]]) -> Any:
        account = {"id": "a", "lifecycle": "client", "orders": orders}
        decision = ENGINE.evaluate(account, as_of=AS_OF, only=["health.*"])
        return {name: one for name, one in decision.scores.items() if name.startswith("health.")}

    old = {"id": "0", "ordered_on": "2025-05-01", "amount": float(before), "margin": 20.0}
    whole = {"id": "1", "ordered_on": "2026-05-01", "amount": 2.0 * amount, "margin": 2.0 * margin}
    halves = [whole | {"id": name, "amount": float(amount), "margin": float(margin)} for name in ("2", "3")]
    assert health([old, whole]) == health([old, *halves])


SIMULATED = simulate_book(150, 7, AS_OF)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> cc.Book:
    pytest.importorskip("polars")
    folder = tmp_path_factory.mktemp("health") / "book"
    write_book(SIMULATED, folder, "parquet")
    return cc.read_book(folder)


def test_the_middle_of_the_figure_recovers_the_order_of_trust(book: cc.Book) -> None:
    pl = pytest.importorskip("polars")
    frame = ENGINE.evaluate_book(book, as_of=AS_OF, only=[BEFORE])
    middle = pl.col("health_composite_before_gates_low") + pl.col("health_composite_before_gates_high")
    trust = pl.Series("trust", [truth.trust for truth in SIMULATED.truth])
    assert frame.with_columns(trust).select(pl.corr(middle, "trust", method="spearman")).item() > 0.6  # measured: 0.71


def test_every_executor_says_the_same(book: cc.Book) -> None:
    duckdb = pytest.importorskip("duckdb")
    expected = ENGINE.evaluate_book(book, as_of=AS_OF, only=["health.*"], executor="record")
    assert list(differences(expected, ENGINE.evaluate_book(book, as_of=AS_OF, only=["health.*"]))) == []
    names = [name for name in expected.columns if name.startswith("health_")]
    assert len(names) > 50
    with duckdb.connect() as connection:
        for table, frame in book.tables.items():
            connection.register("given", frame.to_arrow())
            connection.execute(f'CREATE TABLE "{table}" AS SELECT * FROM given')
        there = ENGINE.evaluate_in(connection, as_of=AS_OF, only=["health.*"])
    assert list(differences(expected.sort("account_id"), there.sort("account_id"))) == []


@pytest.mark.parametrize(
    ("changed", "advice"), [("2020-01-01", "find_the_root_cause"), ("2026-06-01", "plan_the_new_start")]
)
def test_an_account_at_risk_is_looked_into_unless_a_new_start_is_possible(changed: str, advice: str) -> None:
    facts = sourced({"stated_satisfaction": 0.3}, "client_stated")
    only = ["health.composite.*", "health.composite/*", "culture.success/*"]
    account = {"id": "a", "management_changed_on": changed, "owner_changed_on": "2020-01-01"}
    found = ENGINE.evaluate(account, facts=facts, as_of=AS_OF, only=only)
    actions = {action.id.rpartition("/")[2] for action in found.actions}
    assert {"find_the_root_cause", "plan_the_new_start"} & actions == {advice}
    assert "health.composite/at_risk" in found.fired
