"""The bundled state machines, live: steps, dwell, decisions of people, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

import clientcore as cc
from clientcore.session import Session

SWITCH, PARTNER, WINDOW = "spectrum.switch.mentoring_switch", "trust.partner.status", "culture.success.turnaround"
STAGE = "relationship.stage.stage"
START = date(2026, 1, 1)


@pytest.fixture(scope="module")
def bundled() -> cc.Engine:
    return cc.Engine()


@pytest.fixture
def session(bundled: cc.Engine, tmp_path: Path) -> Iterator[Session]:
    options: dict[str, Any] = {"only": [SWITCH, PARTNER, WINDOW, STAGE], "horizon_days": 400}
    with bundled.open_session(tmp_path / "live.sqlite", **options) as opened:
        opened.advance(START)
        yield opened


class Story:
    """Posts what happens at one account, day after day, and keeps how its machines moved."""

    def __init__(self, session: Session) -> None:
        self.session, self.count = session, 0

    def on(self, offset: int, type_: str = "", **data: Any) -> list[tuple[str, str | None, str | None]]:
        day = START + timedelta(days=offset)
        signals = self.session.advance(day)
        if type_:
            self.count += 1
            event = {"id": f"e{self.count}", "type": type_, "at": day.isoformat(), "account": "acme", "data": data}
            signals += self.session.post(event)
        return [(one.name, one.before, one.after) for one in signals if one.kind == "state_changed"]


def test_the_mentoring_switch_goes_round(session: Session) -> None:
    story = Story(session)
    sure: dict[str, Any] = dict.fromkeys(
        ("position_sponsor", "position_time", "position_mandate", "position_escalation", "position_succession"), True
    )
    sure |= {"executive_commitment": True, "risk_appetite": 0.6, "rfps_24m": 0, "suggestions_linked_12m": 0}
    sure |= {"advice_sought_share": 0.9, "advice_taken_share": 0.9, "horizon_introductions_12m": 4}
    sure |= {"horizon_uptake": 0.9, "horizon_coverage": 1}
    assert story.on(0, "account", decision_records=[]) == []
    # of the first day: no state has lasted yet, so none has to last
    assert story.on(0, "facts", **sure) == [(SWITCH, "off", "armed")]
    assert story.on(100) == []  # nobody has decided it
    decided = {"machine": SWITCH, "target": "on", "decided_on": (START + timedelta(days=101)).isoformat()}
    assert story.on(101, "decision_records", id="d1", **decided) == [(SWITCH, "armed", "on")]  # that waits for nothing
    assert story.on(102, "facts", horizon_coverage=0.5) == []  # gone, and on for a day
    assert story.on(280) == []
    assert story.on(281) == [(SWITCH, "on", "off")]
    assert story.on(600, "facts", horizon_coverage=1) == [(SWITCH, "off", "armed")]
    assert story.on(1000) == []  # the decision of the first time opens nothing a second time
    decided["decided_on"] = (START + timedelta(days=1001)).isoformat()
    assert story.on(1001, "decision_records", id="d2", **decided) == [(SWITCH, "armed", "on")]


def test_only_the_client_makes_us_its_partner(session: Session) -> None:
    story = Story(session)
    sure = {"business_understanding": 1, "reliability": 1, "promise_visibility": 1, "changes_effective": 1}
    assert story.on(0, "facts", **sure, surprise_rate=0, client_days=900) == [(PARTNER, "supplier", "ready")]
    ours, theirs = ({"value": True, "source": source} for source in ("supplier_self_assessed", "client_stated"))
    assert story.on(150, "facts", named_partner=ours) == []
    assert story.on(151, "facts", named_partner=theirs) == [(PARTNER, "ready", "partner")]
    # the way down waits for nothing, the next step up for its days
    assert story.on(152, "facts", reliability=0, business_understanding=0) == [(PARTNER, "partner", "supplier")]
    assert story.on(153, "facts", reliability=1, business_understanding=1) == []
    assert story.on(241) == []
    assert story.on(242) == [(PARTNER, "supplier", "ready")]


def test_the_window_for_a_new_start_opens_and_closes_with_time(session: Session) -> None:
    story = Story(session)
    assert story.on(0, "facts", stated_satisfaction={"value": 0.3, "source": "client_stated"}) == []
    changed = (START + timedelta(days=10)).isoformat()
    assert story.on(10, "account", management_changed_on=changed, owner_changed_on="2020-01-01") == [
        (WINDOW, "closed", "open")
    ]
    assert story.on(50) == []
    assert story.on(140) == [(WINDOW, "open", "closed")]
    changed = (START + timedelta(days=150)).isoformat()
    assert story.on(150, "account", management_changed_on=changed) == [(WINDOW, "closed", "open")]
    content = {"value": 0.9, "source": "client_stated"}
    assert story.on(151, "facts", stated_satisfaction=content) == [(WINDOW, "open", "closed")]


def test_the_stage_of_the_relationship_goes_step_by_step(session: Session) -> None:
    """Holds: S1-12, S1-13, S1-14."""
    story = Story(session)
    wide: dict[str, Any] = {"tie_edges": 8, "tie_supplier_width": 4, "tie_client_width": 4, "focal_people": 1}
    wide |= {"tie_supplier_hub": 0.25, "tie_client_hub": 0.25, "tie_peers": 4, "tie_peer_functions": 2}
    wide |= {"intent_shown_client": 0.9, "intent_shown_supplier": 0.9, "delivered_trust": 0.9}
    assert story.on(0, "account", decision_records=[]) == []
    # a diamond from the first day: up to where people have to decide
    assert story.on(0, "facts", **wide) == [(STAGE, "none", "one_on_many")]
    assert story.on(120) == []
    decided = {"machine": STAGE, "target": "cotton_reel", "decided_on": (START + timedelta(days=121)).isoformat()}
    assert story.on(121, "decision_records", id="d1", **decided) == [(STAGE, "one_on_many", "cotton_reel")]
    decided |= {"target": "diamond", "decided_on": (START + timedelta(days=130)).isoformat()}
    assert story.on(130, "decision_records", id="d2", **decided) == []  # not so soon
    assert story.on(211) == [(STAGE, "cotton_reel", "diamond")]
    assert story.on(212, "facts", intent_shown_client=None) == []  # nobody knows any more: it stays
    assert story.on(310) == []
    assert story.on(311, "facts", intent_shown_client=0.1) == [(STAGE, "diamond", "cotton_reel")]
    # a step in ninety days, each on its own day, though the clock passes them all at once
    moved = [one for one in session.advance(START + timedelta(days=600)) if one.kind == "state_changed"]
    assert [((one.day - START).days, one.before, one.after) for one in moved] == [
        (401, "cotton_reel", "one_on_many"),
        (491, "one_on_many", "bow_tie"),
    ]
    assert story.on(700) == []  # one tie is all that this client wants, and it has it
    assert story.on(701, "facts", tie_edges=0) == [(STAGE, "bow_tie", "none")]
    wants = {"intent_shown_client": 0.9, "tie_edges": 8}
    assert story.on(800, "facts", **wants) == [(STAGE, "none", "bow_tie")]
    assert story.on(890) == [(STAGE, "bow_tie", "one_on_many")]
    assert story.on(1200) == []  # the decision of the first time opens nothing a second time


def test_machines_go_on_where_they_stood_when_the_session_is_opened_anew(bundled: cc.Engine, tmp_path: Path) -> None:
    sure = {"business_understanding": 1, "reliability": 1, "promise_visibility": 1, "changes_effective": 1}
    moved = []
    for offset, facts in (
        (0, {**sure, "surprise_rate": 0, "client_days": 900}),
        (60, {"named_partner": {"value": True, "source": "client_stated"}}),
        (150, {}),
    ):
        with bundled.open_session(tmp_path / "live.sqlite", only=[PARTNER]) as session:
            story = Story(session)
            story.count = offset
            moved += story.on(offset, "facts", **facts)
    assert moved == [(PARTNER, "supplier", "ready"), (PARTNER, "ready", "partner")]
