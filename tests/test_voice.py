"""What the client says and is worth: intervals of few answers, contracts that came and went."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clientcore as cc
from clientcore.ruleset import Profile

AS_OF = date(2026, 6, 30)
PLUGINS = ["clientcore_spectrum", "clientcore_voice"]
ENGINE = cc.Engine(plugins=PLUGINS, discover=False)
ONLY = ["voice.*"]
few = settings(max_examples=60, deadline=None)


def decided(account: dict[str, Any] | None = None, facts: dict[str, Any] | None = None, **params: float) -> cc.Decision:
    engine = ENGINE
    if params:
        profile = Profile("p", {"voice.value": params})
        engine = cc.Engine(plugins=PLUGINS, discover=False, profiles=[profile], profile="p")
    return engine.evaluate({"id": "a"} | (account or {}), facts=facts or {}, as_of=AS_OF, only=ONLY)


def nps(promoters: int, answers: int, detractors: int) -> tuple[float, float, float]:
    stated = {"nps_promoters": float(promoters), "nps_detractors": float(detractors)}
    facts: dict[str, Any] = {name: cc.Fact(value, source="client_stated") for name, value in stated.items()}
    score = decided(facts=facts | {"nps_answers": float(answers)}).scores["voice.answers.recommended"]
    low, value, high = score.ci_low, score.value, score.ci_high
    assert score.n == answers
    assert low is not None
    assert value is not None
    assert high is not None
    return low, value, high


@pytest.mark.parametrize(
    ("counted", "expected"),
    [
        ((5, 5, 0), (17, 100, 100)),
        ((3, 5, 1), (-30, 40, 80)),
        ((18, 36, 5), (11, 36, 56)),
        ((450, 1000, 200), (20, 25, 30)),
    ],
)
def test_intervals_are_those_of_the_reference(
    counted: tuple[int, int, int], expected: tuple[float, float, float]
) -> None:
    assert tuple(round(value) for value in nps(*counted)) == expected


@st.composite
def answers(draw: st.DrawFn) -> tuple[int, int, int]:
    promoters, detractors, others = (draw(st.integers(0, 40)) for _ in range(3))
    return promoters, max(5, promoters + detractors + others), detractors


@few
@given(answers())
def test_an_interval_holds_its_score_and_stays_within_what_is_possible(counted: tuple[int, int, int]) -> None:
    """Holds: P24, S4-16."""
    low, value, high = nps(*counted)
    assert -100 <= low <= value <= high <= 100


@pytest.mark.parametrize("answers", [0, 1, 4])
def test_under_five_answers_nothing_is_told_of_how_many(answers: int) -> None:
    facts = {name: cc.Fact(0.0, source="client_stated") for name in ("nps_promoters", "nps_detractors")}
    facts |= {"csat_satisfied": cc.Fact(0.0, source="client_stated"), "ces_easy": cc.Fact(0.0, source="client_stated")}
    decision = decided(facts={**facts, **{f"{kind}_answers": float(answers) for kind in ("nps", "csat", "ces")}})
    for name in ("recommended", "satisfied", "easy"):
        score = decision.scores[f"voice.answers.{name}"]
        assert (score.value, score.ci_low, score.ci_high, score.n) == (None, None, None, None)


@few
@given(answers())
def test_more_of_the_same_answers_narrow_the_interval(counted: tuple[int, int, int]) -> None:
    low, _, high = nps(*counted)
    lower, _, higher = nps(*(4 * count for count in counted))
    assert higher - lower <= high - low


@few
@given(answers())
def test_each_kind_of_answer_pulls_its_way(counted: tuple[int, int, int]) -> None:
    """Holds: P24, S4-16."""
    promoters, count, detractors = counted
    before = nps(promoters, count, detractors)[1]
    assert nps(promoters + 1, count + 1, detractors)[1] >= before
    assert nps(promoters, count + 1, detractors + 1)[1] <= before
    assert abs(nps(promoters, count + 1, detractors)[1]) <= abs(before)


@few
@given(st.integers(5, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.sampled_from(["csat", "ces"]))
def test_shares_lie_in_their_intervals(counted: tuple[int, int], kind: str) -> None:
    name, yes = {"csat": ("satisfied", "csat_satisfied"), "ces": ("easy", "ces_easy")}[kind]
    facts = {f"{kind}_answers": float(counted[1]), yes: cc.Fact(float(counted[0]), source="client_stated")}
    score = decided(facts=facts).scores[f"voice.answers.{name}"]
    assert score.n == counted[1]
    assert 0 <= score.ci_low <= score.value <= score.ci_high <= 1


DAYS = st.none() | st.integers(-900, 300).map(lambda back: AS_OF + timedelta(days=back))
CONTRACTS = st.lists(
    st.fixed_dictionaries(
        {"starts_on": st.integers(-1500, 200).map(lambda back: AS_OF + timedelta(days=back))},
        optional={
            "ends_on": DAYS,
            "terminated_on": DAYS,
            "auto_renew": st.booleans(),
            "previous_annual_value": st.integers(0, 10**7).map(float),
        },
    ).flatmap(lambda one: st.integers(0, 10**7).map(lambda value: one | {"annual_value": float(value)})),
    max_size=6,
)


@few
@given(CONTRACTS)
def test_what_is_kept_is_never_above_what_there_is(contracts: list[dict[str, Any]]) -> None:
    """Holds: P23."""
    rows = [{"id": f"k{number}"} | one for number, one in enumerate(contracts)]
    scores = decided({"contracts": rows}).scores
    kept, net = scores["voice.value.gross_retention"].value, scores["voice.value.net_retention"].value
    assert (kept is None) == (net is None)
    if kept is not None and net is not None:
        assert 0 <= kept <= min(1, net)


def lifetime(margin: float, **params: float) -> float:
    account = {"contracts": [{"id": "k", "starts_on": "2024-01-01", "annual_value": 1000.0}]}
    value = decided(account, {"order_margin": margin}, **params).scores["voice.value.lifetime_value"].value
    assert value is not None
    return value


def test_lifetime_value_goes_with_margin_and_retention_and_against_the_discount() -> None:
    """Holds: S4-17."""
    assert lifetime(0.2) == pytest.approx(900.0, abs=0)
    assert lifetime(0.1) < lifetime(0.2) < lifetime(0.3)
    assert lifetime(0.2, retention=0.8) < lifetime(0.2) < lifetime(0.2, retention=0.95)
    assert lifetime(0.2, discount=0.2) < lifetime(0.2) < lifetime(0.2, discount=0.05)


def test_a_loss_turns_the_interval_of_lifetime_value_round() -> None:
    account = {"contracts": [{"id": "k", "starts_on": "2024-01-01", "annual_value": 1000.0}]}
    scores = decided(account, {"order_margin": -0.2}).scores
    low, value, high = (scores[f"voice.value.lifetime_value{end}"].value for end in ("_least", "", "_most"))
    assert low is not None
    assert value is not None
    assert high is not None
    assert low < value < high < 0
