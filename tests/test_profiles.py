"""The bundled profiles: named from anywhere, sound, each number with its reason, and different where they should be."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import clientcore as cc
from clientcore.cli import main
from clientcore.load import load_profile, merge_profile
from clientcore.plugins import load_plugins

ROOT = Path(__file__).resolve().parents[1]
AS_OF = date(2026, 6, 30)
NAMES = ("projects", "subscription", "wholesale")
ENGINE = cc.Engine()
DECLARED = {(ruleset.id, name): param for ruleset in ENGINE.rulesets for name, param in ruleset.params.items()}
#: Rulesets that mean the same in every kind of business: the switch and beyond, people, the supplier itself.
SAME_EVERYWHERE = (
    "organisation.",
    "spectrum.inversion",
    "spectrum.mentoring",
    "spectrum.organisation",
    "spectrum.people",
    "spectrum.switch",
    "spectrum.workstream",
)


def profile_of(name: str) -> Any:
    profile, problems = load_profile(ENGINE.checked.catalog.profiles[name])
    assert problems == ()
    assert profile is not None
    return profile


def test_three_profiles_ship() -> None:
    assert tuple(ENGINE.checked.catalog.profiles) == NAMES
    (listed,) = [one for one in load_plugins().listing() if one.name == "clientcore_profiles"]
    assert listed.brings == {"profiles": NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_profile_fits_the_rulesets_and_gives_a_reason_for_each_number(name: str) -> None:
    profile = profile_of(name)
    values, problems = merge_profile(profile, ENGINE.rulesets)
    assert problems == ()
    assert (profile.id, bool(profile.title), bool(profile.doc)) == (name, True, True)
    assert {ruleset: set(params) for ruleset, params in profile.params.items()} == {
        ruleset: set(reasons) for ruleset, reasons in profile.reasons.items()
    }
    assert [key for key, value in values.items() if value == DECLARED[key].value] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_profile_covers_every_ruleset_that_can_mean_something_else(name: str) -> None:
    wanted = {ruleset for ruleset, _ in DECLARED if not ruleset.startswith(SAME_EVERYWHERE)}
    # what a later plugin brings is first looked at when its profile is written
    assert len(wanted - set(profile_of(name).params)) <= len(wanted) // 4
    assert not [ruleset for ruleset in profile_of(name).params if ruleset.startswith(SAME_EVERYWHERE)]


#: What is known of one account, the output looked at, what it is under each profile, and the param that decides.
DIFFERENCES = [
    (
        {"overdue_share": 0.015},
        "risk.warning/invoices_overdue",
        (False, False, False, True),
        "overdue_share_most",
    ),
    ({"mean_response_hours": 12}, "service.handling/slow_answers", (False, False, True, True), "response_hours_most"),
    ({"handoffs_per_case": 1.5}, "service.handling/handed_on", (True, False, False, True), "handoffs_free"),
    ({"promises_broken": 2, "promises_kept": 98}, "trust.partner/promise_broken",
     (True, True, True, False), "broken_most"),
    ({"residual_noted": 7_000, "yearly_value": 100_000, "risks_unrated": 0}, "risk.register/loss_over_tolerance",
     (True, False, True, True), "tolerance"),
    ({"register_entries": 2}, "risk.register/nobody_looked", (False, True, False, False), "entries_least"),
    ({"surprise_rate": 0.15}, "trust.partner/surprised", (False, False, True, False), "surprise_most"),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "rule", "expected", "param"), DIFFERENCES, ids=lambda one: str(one)[:40])
def test_the_same_account_comes_out_otherwise_and_the_explanation_names_the_param(
    facts: dict[str, Any], rule: str, expected: tuple[bool, ...], param: str
) -> None:
    usual, *others = expected
    for name, fires in ((None, usual), *zip(NAMES, others, strict=True)):
        decision = ENGINE.evaluate({"id": "a", "lifecycle": "client"}, facts=facts, as_of=AS_OF, profile=name)
        assert (rule in decision.fired) == fires, name
        said = str(decision.why(rule) if fires else decision.why_not(rule))
        assert f"params.{param}" in said
        assert (f"set by a profile: {param} " in said or f", {param} " in said) == (
            name is not None and param in profile_of(name).params.get(rule.partition("/")[0], {})
        )


@pytest.mark.parametrize("name", [None, *NAMES])
def test_a_decision_says_which_profile_held(name: str | None) -> None:
    decision = ENGINE.evaluate({"id": "a"}, as_of=AS_OF, profile=name, only=["risk.warning.*"])
    assert decision.profile == name
    assert decision.to_dict().get("profile") == name
    assert cc.Decision.from_json(decision.to_json()) == decision
    assert (f"as of {AS_OF}, profile {name}:" in str(decision)) == (name is not None)


def test_a_profile_that_matches_is_told_too(tmp_path: Path) -> None:
    (tmp_path / "big.yaml").write_text(
        "format: clientcore-profile/1\nprofile: big\nmatch: employees > 100\nparams: {}\n"
    )
    engine = cc.Engine(profiles=[tmp_path / "big.yaml"], plugins=["clientcore_starter"], discover=False)
    told = [engine.evaluate({"id": "a", "employees": many}, as_of=AS_OF).profile for many in (5, 500)]
    assert told == [None, "big"]


def test_a_score_differs_too() -> None:
    known = ("talks_fall", "promises_kept", "promises_broken", "escalated_open", "invitations_12m", "people_changed")
    fall = dict.fromkeys((*known, "competitor_threat"), 0) | {"revenue_trend": -0.3}
    signs = [
        ENGINE.evaluate({"id": "a"}, facts=fall, as_of=AS_OF, profile=name).scores["risk.warning.signs"].value
        for name in (None, *NAMES)
    ]
    assert signs == [0.12, 0.075, 0.2, 0.2]  # of five signs one: 0.6 of a full one, 0.375, and twice all of it


def test_an_opportunity_is_read_through_another_checklist() -> None:
    marks = {"level": 3, "source": "client_stated", "answered_on": "2026-06-01"}
    elements = ("budget", "authority", "need", "timeframe")
    answers = {f"{element}_{mark}": value for element in elements for mark, value in marks.items()}
    opportunity = {"id": "o", "is_closed": False}
    account = {"id": "a", "opportunities": [opportunity | answers]}
    seen = []
    for name in (None, *NAMES):
        (decision,) = ENGINE.evaluate_subjects(account, subject="opportunity", as_of=AS_OF, profile=name)
        score = decision.scores["qualification.opportunity.checklist"]
        seen.append((score.value, score.coverage))
        assert decision.profile == name
    assert seen == [(1, 1), (None, 0), (1, 1), (None, 4 / 8)]


@pytest.mark.parametrize("name", NAMES)
def test_the_command_line_takes_the_name(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pl = pytest.importorskip("polars")
    book = tmp_path / "book"
    assert main(["simulate", "-n", "30", "-o", str(book)]) == 0
    options = ["evaluate", str(book), "--as-of", AS_OF.isoformat()]
    assert main([*options, "--profile", name, "-o", str(tmp_path / "cli.parquet")]) == 0
    capsys.readouterr()
    frame = ENGINE.evaluate_book(cc.read_book(book), as_of=AS_OF, profile=name)
    assert pl.read_parquet(tmp_path / "cli.parquet").equals(frame)
    assert not frame.equals(ENGINE.evaluate_book(cc.read_book(book), as_of=AS_OF))


def test_each_account_of_a_book_may_name_its_own(tmp_path: Path) -> None:
    pytest.importorskip("polars")
    (tmp_path / "accounts.csv").write_text(
        "id,segment,overdue_60,overdue_90\na,wholesale,0,1500\nb,projects,0,1500\nc,,0,1500\n"
    )
    (tmp_path / "facts.csv").write_text("account_id,yearly_value\na,100000\nb,100000\nc,100000\n")
    frame = ENGINE.evaluate_book(cc.read_book(tmp_path), as_of=AS_OF, profile_by="segment")
    assert frame["risk_warning__invoices_overdue"].to_list() == [True, False, False]


def test_an_unknown_name_gets_the_near_one(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(cc.ClientcoreError, match="CC113 unknown profile `whole_sale`; did you mean `wholesale`"):
        ENGINE.evaluate({"id": "a"}, as_of=AS_OF, profile="whole_sale")
    (tmp_path / "accounts.csv").write_text("id\na\n")
    assert main(["evaluate", str(tmp_path), "--as-of", "2026-06-30", "--profile", "whole_sale"]) == 2
    assert "CC113 unknown profile `whole_sale`; did you mean `wholesale`" in capsys.readouterr().err


def test_a_plugin_that_is_left_out_takes_its_params_along() -> None:
    engine = cc.Engine(plugins=["clientcore_spectrum", "clientcore_service", "clientcore_profiles"], discover=False)
    decision = engine.evaluate({"id": "a"}, facts={"mean_response_hours": 6}, as_of=AS_OF, profile="wholesale")
    assert "service.handling/slow_answers" in decision.fired


def bringing(folder: Path, text: str) -> object:
    """Return a plugin whose one profile is this text."""
    from types import ModuleType

    from clientcore.hooks import hookimpl

    (folder / "mine.yaml").write_text(text)

    @hookimpl
    def clientcore_register_profiles(register: Any) -> None:
        register(folder / "mine.yaml")

    module = ModuleType("acme_profiles")
    vars(module)["clientcore_register_profiles"] = clientcore_register_profiles
    return module


HEAD = "format: clientcore-profile/1\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            f"{HEAD}profile: other\nparams: {{}}\n",
            "CC113 file `mine.yaml` holds profile `other`; name the file after it",
        ),
        (f"{HEAD}profile: mine\nparams: {{service.handling: {{late: 1}}}}\n", "has no param `late`"),
        (f"{HEAD}profile: mine\nparams: {{service.handling: {{window_days: 1}}}}\n", "outside its range"),
        (f"{HEAD}profile: mine\n", "CC105 key `params` is missing"),
    ],
)
def test_a_wrong_profile_of_a_plugin_is_told_once_it_is_named(tmp_path: Path, text: str, said: str) -> None:
    plugins = ["clientcore_spectrum", "clientcore_service", bringing(tmp_path, text)]
    engine = cc.Engine(plugins=plugins, discover=False)
    with pytest.raises(cc.ClientcoreError) as caught:
        engine.evaluate({"id": "a"}, as_of=AS_OF, profile="mine")
    assert said in str(caught.value)
    with pytest.raises(cc.RulesetError) as at_once:
        cc.Engine(plugins=plugins, discover=False, profile="mine")
    assert said in str(at_once.value)


def test_a_match_of_a_plugins_profile_has_no_effect(tmp_path: Path) -> None:
    text = f"{HEAD}profile: mine\nmatch: 'true'\nparams: {{service.handling: {{response_hours_most: 1}}}}\n"
    engine = cc.Engine(plugins=["clientcore_spectrum", "clientcore_service", bringing(tmp_path, text)], discover=False)
    facts = {"mean_response_hours": 6}
    assert "service.handling/slow_answers" not in engine.evaluate({"id": "a"}, facts=facts, as_of=AS_OF).fired
    assert (
        "service.handling/slow_answers" in engine.evaluate({"id": "a"}, facts=facts, as_of=AS_OF, profile="mine").fired
    )


def test_the_callers_own_profile_takes_the_place_of_a_bundled_one(tmp_path: Path) -> None:
    own = tmp_path / "wholesale.yaml"
    own.write_text(f"{HEAD}profile: wholesale\nparams: {{service.handling: {{response_hours_most: 100}}}}\n")
    engine = cc.Engine(profiles=[own])
    facts = {"mean_response_hours": 50}
    assert "service.handling/slow_answers" in engine.evaluate({"id": "a"}, facts=facts, as_of=AS_OF).fired
    decision = engine.evaluate({"id": "a"}, facts=facts, as_of=AS_OF, profile="wholesale")
    assert "service.handling/slow_answers" not in decision.fired


def test_a_reason_for_what_is_not_set_is_told(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(f"{HEAD}profile: p\nparams: {{}}\nreasons:\n  service.handling: {{window_days: why}}\n")
    profile, _ = load_profile(path)
    assert profile is not None
    (problem,) = merge_profile(profile, ENGINE.rulesets)[1]
    assert str(problem) == (
        f"{path}:5:22: CC113 profile `p` gives a reason for `window_days` of `service.handling` and does not set it"
    )


def test_the_page_is_current() -> None:
    ran = subprocess.run(
        [sys.executable, ROOT / "tools" / "profiles.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_session_decides_by_the_profile_of_a_plugin_that_nobody_named_before(tmp_path: Path) -> None:
    made = cc.Engine()  # an engine that has not read the profile yet
    said = {"id": "e", "type": "facts", "at": f"{AS_OF}T00:00:00Z", "account": "a", "data": {"nps": 30}}
    with made.open_session(tmp_path / "s.sqlite", profile="wholesale") as session:
        session.post(said)
        decision = session.decision("a")
    alone = ENGINE.evaluate({"id": "a"}, as_of=AS_OF, facts={"nps": 30}, profile="wholesale")
    assert decision.profile == "wholesale"
    assert decision.scores == alone.scores
    plan = ENGINE.plan()
    assert made.params_of(made.plan(), "wholesale") == ENGINE.params_of(plan, "wholesale")
    assert ENGINE.params_of(plan, "wholesale") != ENGINE.params_of(plan, None)


def test_a_session_refuses_a_profile_that_is_not_there_when_it_is_opened(tmp_path: Path) -> None:
    with pytest.raises(cc.ClientcoreError, match="CC113 unknown profile `wholsale`; did you mean `wholesale`"):
        ENGINE.open_session(tmp_path / "s.sqlite", profile="wholsale")
    ENGINE.open_session(tmp_path / "s.sqlite").close()
