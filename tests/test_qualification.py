"""What counts as evidence of an opportunity, and who decides about it."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clientcore as cc

ENGINE = cc.Engine()
AS_OF = date(2026, 6, 30)
ELEMENTS = ("budget", "authority", "need", "timeframe")
OURS = ("supplier_record", "supplier_self_assessed", "inferred")
THEIRS = ("client_stated", "client_behaviour", "contract_record", "third_party")
DEAL: dict[str, Any] = {
    "id": "o",
    "is_closed": False,
    "formal_tender": False,
    "why_asked_on": AS_OF,
    "need_reason": "growth",
}
few = settings(max_examples=40)


def decide(**fields: Any) -> cc.Decision:
    account = {"id": "a", "opportunities": [DEAL | fields]}
    (decision,) = ENGINE.evaluate_subjects(account, subject="opportunity", as_of=AS_OF)
    return decision


def bounds(decision: cc.Decision) -> list[Any]:
    """Return what is known of the worth: its checklist, the whole, and what is advised."""
    scores = [decision.scores[f"qualification.opportunity.{name}"] for name in ("checklist", "worth")]
    return [(one.low, one.high, one.known_value) for one in scores] + [decision.outcomes]


def marked(element: str, level: float, source: str | None, days: int | None) -> dict[str, Any]:
    day = None if days is None else AS_OF - timedelta(days=days)
    return {f"{element}_level": level, f"{element}_source": source, f"{element}_answered_on": day}


unfounded = st.one_of(
    st.tuples(st.sampled_from([1, 2, 3]), st.sampled_from([None, *OURS]), st.none() | st.integers(0, 30)),
    st.tuples(st.sampled_from([1, 2, 3]), st.sampled_from(THEIRS), st.none() | st.integers(91, 4000)),
    st.tuples(st.just(1), st.sampled_from(THEIRS), st.integers(0, 90)),
)


@few
@given(st.dictionaries(st.sampled_from(ELEMENTS), unfounded, min_size=1), st.sampled_from([1, 4]))
def test_what_is_invented_changes_nothing(invented: dict[str, Any], stage: int) -> None:
    """Without a day that is not long ago, or on our own word, the highest level is as good as none. Holds: P12."""
    fields = {name: value for element, one in invented.items() for name, value in marked(element, *one).items()}
    assert bounds(decide(stage_rank=stage, **fields)) == bounds(decide(stage_rank=stage))


@few
@given(st.sampled_from(ELEMENTS), st.sampled_from([2, 3]), st.sampled_from(THEIRS), st.integers(0, 90))
def test_what_is_evidenced_lifts_what_is_sure(element: str, level: float, source: str, days: int) -> None:
    found = decide(**marked(element, level, source, days)).scores["qualification.opportunity.checklist"]
    assert (found.low, found.known_value) == (pytest.approx(level / 12), pytest.approx(level / 3))


@few
@given(st.sampled_from([None, *OURS, *THEIRS]), st.none() | st.integers(0, 90))
def test_a_no_counts_whoever_said_it_while_it_is_fresh(source: str | None, days: int | None) -> None:
    assert decide(**marked("need", 0, source, days)).scores["qualification.opportunity.worth"].high == 0.2


@few
@given(st.sampled_from([None, *OURS, *THEIRS]), st.integers(91, 4000))
def test_a_no_of_long_ago_is_no_no(source: str | None, days: int) -> None:
    assert bounds(decide(**marked("need", 0, source, days))) == bounds(decide())


def profile(path: Path, **values: Any) -> Path:
    """Write a profile that sets params of the ruleset."""
    params = f"params: {{qualification.opportunity: {json.dumps(values)}}}"
    path.write_text(f"format: clientcore-profile/1\nprofile: {path.stem}\n{params}\n")
    return path


@pytest.mark.parametrize("weight", [0.1, 0.6, 1])
def test_the_history_weighs_at_least_as_much_as_the_checklist(weight: float, tmp_path: Path) -> None:
    """One part of the history more lifts the worth at least as much as one answer more. Holds: S3-30."""
    engine = cc.Engine(profiles=[profile(tmp_path / "p.yaml", checklist_weight=weight)])

    def worth(history: int, answers: int) -> float:
        past = [float(at < history) for at in range(4)]
        deal = (
            DEAL
            | {"stage_rank": 1, "is_repeat": past[2] == 1, "joint_past": past[3] == 1}
            | marked("need", 3, "client_stated", 0)
        )
        for at, element in enumerate(("budget", "authority", "timeframe")):
            deal |= marked(element, 3 if at < answers else 0, "client_stated", 0)
        facts = {"delivered_trust": past[0], "business_understanding": past[1]}
        (decision,) = engine.evaluate_subjects(
            {"id": "a", "opportunities": [deal]}, subject="opportunity", facts=facts, as_of=AS_OF, profile="p"
        )
        value = decision.scores["qualification.opportunity.worth"].value
        assert value is not None
        return value

    for history in range(4):
        for answers in range(3):
            assert worth(history + 1, answers) >= worth(history, answers + 1) > worth(history, answers)


@pytest.mark.parametrize("weight", [1.01, 10, 0])
def test_a_checklist_that_weighs_more_is_refused(weight: float, tmp_path: Path) -> None:
    with pytest.raises(cc.ClientcoreError, match=r"CC107.*from 0.1 to 1"):
        cc.Engine(profiles=[profile(tmp_path / "p.yaml", checklist_weight=weight)])


@few
@given(st.sets(st.sampled_from(["dropped_on", "dropped_by_role", "drop_reason"])), st.sampled_from([0, 3]))
def test_nothing_is_dropped_without_who_when_and_why(written: set[str], need: int) -> None:
    whole = {"dropped_on": AS_OF, "dropped_by_role": "head of sales", "drop_reason": "no need"}
    fields = {name: value for name, value in whole.items() if name in written}
    decision = decide(**marked("need", need, "client_stated", 1), **fields)
    assert (decision.outcomes["qualification.opportunity.advice"].value == "drop") == (len(written) == len(whole))
    alone = "dropped_on" in written and len(written) < len(whole)
    assert ("qualification.opportunity/drop_without_a_record" in decision.fired) == alone


CHECKLISTS = {
    "bant": ELEMENTS,
    "meddpicc": (
        *("metrics", "economic_buyer", "decision_criteria", "decision_process"),
        *("paper_process", "pain", "champion", "competition"),
    ),
    "scotsman": (*ELEMENTS, "competition", "solution", "uniqueness", "size"),
    "cosmonauts": (*ELEMENTS, "competition", "solution", "uniqueness", "size", "objective"),
}
NEED = {"meddpicc": ("pain",)}
LATE = {"meddpicc": ("economic_buyer",)}


@pytest.mark.parametrize("checklist", CHECKLISTS)
def test_the_chosen_checklist_alone_qualifies_and_says_no(checklist: str, tmp_path: Path) -> None:
    """What is not on the checklist is neither needed nor a no; what is on it can refuse. Holds: S3-30."""
    engine = cc.Engine(profiles=[profile(tmp_path / "p.yaml", checklist=checklist)])
    whole = DEAL | {"is_repeat": True, "joint_past": True}
    for element in CHECKLISTS[checklist]:
        whole |= marked(element, 3, "client_stated", 0)

    def found(stage: int, refused: str | None = None) -> tuple[float, float, str]:
        deal = whole | {"stage_rank": stage} | (marked(refused, 0, "client_stated", 0) if refused else {})
        (decision,) = engine.evaluate_subjects(
            {"id": "a", "opportunities": [deal]},
            subject="opportunity",
            facts={"delivered_trust": 1.0, "business_understanding": 1.0},
            as_of=AS_OF,
            profile="p",
        )
        worth = decision.scores["qualification.opportunity.worth"]
        return worth.low, worth.high, str(decision.outcomes["qualification.opportunity.advice"].value)

    assert found(1) == found(4) == (1, 1, "qualify")
    everything = {element for elements in CHECKLISTS.values() for element in elements}
    need, late = NEED.get(checklist, ("need",)), LATE.get(checklist, ("authority", "budget"))
    for element in sorted(everything):
        refused = {4: element in need or element in late, 1: element in need}
        for stage, no in refused.items():
            assert (found(stage, element) == (0.2, 0.2, "decide")) == no, (element, stage)
            assert element in CHECKLISTS[checklist] or found(stage, element) == (1, 1, "qualify")
