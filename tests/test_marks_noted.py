"""Counts of what somebody marks: what shows that it is marked at all, and what no longer does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

import clientcore as cc

AS_OF = date(2026, 6, 30)
#: fact → (ruleset, table, field of the day, what every record says, a mark that counts nothing, days of the window)
COUNTS: dict[str, tuple[str, str, str, dict[str, Any], dict[str, Any], int]] = {
    "probes_90d": ("spectrum.mode", "interactions", "occurred_on", {}, {"is_probe": False}, 90),
    "stale_probes": ("spectrum.next_steps", "interactions", "occurred_on", {}, {"is_probe": False}, 180),
    "challenges_12m": ("spectrum.servicing", "interactions", "occurred_on", {}, {"is_challenge": False}, 365),
    "skills_passed_on": ("culture.success", "interactions", "occurred_on", {}, {"is_skill_transfer": False}, 365),
    "remarks_on_competitors": ("culture.success", "interactions", "occurred_on", {}, {"negative_mention": False}, 365),
    "together_12m": ("culture.success", "interactions", "occurred_on", {}, {"kind": "call"}, 365),
    "introductions_24m": ("relationship.intent", "interactions", "occurred_on", {}, {"kind": "call"}, 730),
    "advocacy_24m": ("relationship.intent", "interactions", "occurred_on", {}, {"kind": "call"}, 730),
    "suggestions_linked_12m": ("spectrum.mode", "opportunities", "opened_on", {}, {"is_suggestion": False}, 365),
    "rfps_24m": ("spectrum.evidence", "opportunities", "closed_on", {}, {"formal_tender": False}, 730),
    "upsells_won_24m": (
        "spectrum.mode", "opportunities", "closed_on", {"is_won": True}, {"is_expansion": False, "kind": "new"}, 730,
    ),
    "areas_known": ("spectrum.mode", "insights", "occurred_on", {}, {"area": "ecosystem"}, 365),
    "ecosystem_coverage": ("spectrum.mode", "insights", "occurred_on", {}, {"area": "goals"}, 365),
    "learnings_waiting": (
        "relationship.intent", "learnings", "occurred_on", {}, {"applied_on": date(2020, 1, 1)}, 365,
    ),
}  # fmt: skip
#: What is noted of a record without a mark counts as waiting, so that its count is no 0.
UNMARKED_COUNT = {"learnings_waiting": 1}


@pytest.fixture(scope="module")
def engine() -> cc.Engine:
    return cc.Engine()


def counted(engine: cc.Engine, name: str, records: list[Mapping[str, Any]], **more: Any) -> Any:
    """Return what a fact is where its table holds these records."""
    ruleset, table = COUNTS[name][:2] if name in COUNTS else (more.pop("ruleset"), more.pop("table"))
    account = {"id": "a", **more, table: [{"id": f"r{at}", **one} for at, one in enumerate(records)]}
    decision = engine.evaluate(account, as_of=AS_OF, only=[ruleset])
    return next(step.output for step in decision.trace if step.kind == "fact" and step.id == name)


def ago(days: int) -> date:
    """Return the day so many days before the day of the decision."""
    return AS_OF - timedelta(days=days)


@pytest.mark.parametrize("name", COUNTS)
def test_marks_of_the_window_and_the_year_before_show_that_somebody_notes(engine: cc.Engine, name: str) -> None:
    _, _, day, every, mark, window = COUNTS[name]
    plain = {**every, day: ago(60)}
    none = UNMARKED_COUNT.get(name, 0)
    assert counted(engine, name, [plain]) is None
    assert counted(engine, name, [plain, {**every, **mark, day: ago(61)}]) == none
    assert counted(engine, name, [plain, {**every, **mark, day: ago(window + 364)}]) == none
    assert counted(engine, name, [plain, {**every, **mark, day: ago(window + 365)}]) is None


@pytest.mark.parametrize("name", [name for name in COUNTS if name != "upsells_won_24m"])
def test_records_before_the_window_leave_nothing_open_and_records_without_a_day_do(
    engine: cc.Engine, name: str
) -> None:
    _, _, day, every, _, window = COUNTS[name]
    assert counted(engine, name, [{**every, day: ago(window)}]) == 0
    assert counted(engine, name, [every]) is None


def test_proposals_are_shown_by_those_of_the_year_before(engine: cc.Engine) -> None:
    where = {"ruleset": "spectrum.mode", "table": "opportunities"}
    still_open = {"opened_on": ago(500)}
    assert counted(engine, "proposals_12m", [still_open], **where) is None
    assert counted(engine, "proposals_12m", [still_open, {"proposed_on": ago(729)}], **where) == 0
    assert counted(engine, "proposals_12m", [still_open, {"proposed_on": ago(730)}], **where) is None
    assert counted(engine, "proposals_12m", [{"closed_on": ago(365)}], **where) == 0


def test_what_came_before_a_proposal_is_shown_by_marks_before_it(engine: cc.Engine) -> None:
    deal = {
        "ruleset": "spectrum.mode",
        "table": "interactions",
        "opportunities": [{"id": "o", "proposed_on": ago(100)}],
    }
    plain = {"occurred_on": ago(120)}
    for day, probes in ((644, 0), (645, None), (99, None)):
        noted = {"occurred_on": ago(day), "is_probe": False}
        assert counted(engine, "probes_before_proposal", [plain, noted], **deal) == probes
    assert counted(engine, "probes_before_proposal", [{"occurred_on": ago(280)}], **deal) == 0


def test_what_a_proposal_builds_on_is_shown_by_what_was_learnt_lately(engine: cc.Engine) -> None:
    deals = [{"id": "o", "proposed_on": ago(100)}, {"id": "p"}]
    deal = {"ruleset": "relationship.intent", "table": "learnings", "opportunities": deals}
    for day, cited in ((829, 0), (830, None)):
        said = {"occurred_on": ago(day), "opportunity_id": "p"}
        assert counted(engine, "latest_proposal_learnings", [{"occurred_on": ago(200)}, said], **deal) == cited


def test_asking_why_is_shown_by_proposals_of_the_year_before(engine: cc.Engine) -> None:
    where = {"ruleset": "trust.partner", "table": "opportunities"}
    plain = {"proposed_on": ago(60)}
    for day, share in ((729, 0), (730, None)):
        asked = {"proposed_on": ago(day), "need_reason": "a new line"}
        assert counted(engine, "proposals_asked_share", [plain, asked], **where) == share


def test_contracts_that_are_over_say_nothing_of_those_that_run(engine: cc.Engine) -> None:
    where = {"ruleset": "risk.warning", "table": "contracts"}
    over = [
        {"starts_on": ago(900), "ends_on": ago(400), "renewal_on": ago(430), "notice_days": 30},
        {"starts_on": ago(900), "ends_on": AS_OF, "renewal_on": AS_OF, "notice_days": 30, "terminated_on": ago(40)},
    ]
    for name in ("renewals_near", "notices_near"):
        assert counted(engine, name, over, **where) == 0
        assert counted(engine, name, [*over, {"starts_on": ago(300)}], **where) is None
        told = {"starts_on": ago(300), "renewal_on": ago(-300), "notice_days": 30}
        assert counted(engine, name, [*over, told], **where) == 0
    itself = {"starts_on": ago(900), "ends_on": ago(10), "auto_renew": True}
    assert counted(engine, "renewals_near", [itself], **where) is None


def test_a_profile_says_how_long_a_mark_shows_that_somebody_notes(tmp_path: Path) -> None:
    file = tmp_path / "strict.yaml"
    file.write_text("format: clientcore-profile/1\nprofile: strict\nparams: {spectrum.servicing: {noting_days: 0}}\n")
    strict = cc.Engine(profiles=[file], profile="strict")
    plain, mark = {"occurred_on": ago(60)}, {"is_challenge": False}
    assert counted(strict, "challenges_12m", [plain, {**mark, "occurred_on": ago(364)}]) == 0
    assert counted(strict, "challenges_12m", [plain, {**mark, "occurred_on": ago(365)}]) is None
