"""Event patterns in rulesets: read, checked, printed, decided, explained, refused where there is no order of events."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import clientcore as cc
from built import engine_of
from clientcore.decision import Decision
from clientcore.load import load_rulesets
from clientcore.load.printing import print_ruleset

HEAD = """\
format: clientcore/1
language: cel-profile/1
ruleset: my.signals
version: 1.0.0
title: Signals
subject: account
params:
  window: {value: 30, range: [1, 365], unit: days, doc: days}
  least: {value: 2, range: [1, 9], unit: count, doc: how many}
"""
TROUBLE = """\
patterns:
  - id: trouble
    events:
      - {id: missed, of: commitments, when: missed.status == 'broken', count: params.least}
      - {id: complaint, of: cases, when: "complaint.kind == 'complaint'"}
    within: params.window
    effect: {finding: {severity: high}, raises: service, asserts: in_trouble}
    because: two promises within {params.window} days
  - id: calm
    order: sequence
    events:
      - {id: complaint, of: cases}
      - {id: thanks, of: survey_responses, when: thanks.value > 8}
    within: params.window
    effect: {clears: service}
"""
ACCOUNT: dict[str, Any] = {
    "id": "acme",
    "commitments": [
        {"id": "a", "status": "broken", "due_on": date(2026, 6, 1)},
        {"id": "b", "status": "broken", "due_on": date(2026, 6, 5)},
    ],
    "cases": [{"id": "k", "kind": "complaint", "opened_at": "2026-06-10T09:00:00Z"}],
    "survey_responses": [],
}


def engine(folder: Path, text: str = TROUBLE) -> cc.Engine:
    path = folder / "signals.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    return cc.Engine(rulesets=[path], discover=False)


def refused(folder: Path, text: str) -> list[str]:
    with pytest.raises(cc.RulesetError) as caught:
        engine(folder, text)
    return [str(problem).partition("signals.yaml:")[2] for problem in caught.value.problems]


def pattern(events: str, more: str = "") -> str:
    lines = "\n".join(f"      - {{{one}}}" for one in events.split(" | "))
    return f"patterns:\n  - id: p\n    within: 30\n{more}    events:\n{lines}\n"


def two(second: str = "", more: str = "") -> str:
    """Return a pattern of two events of cases, `a` and `b`."""
    return pattern(f"id: a, of: cases | id: b, of: cases{second}", more)


def test_a_pattern_fires_and_raises_its_signal(tmp_path: Path) -> None:
    decision = engine(tmp_path).evaluate(ACCOUNT, as_of=date(2026, 6, 20))
    assert decision.fired == ("my.signals/trouble",)
    assert [(one.id, one.patterns, one.sure) for one in decision.signals] == [
        ("my.signals.service", ("my.signals/trouble",), True)
    ]
    assert [finding.rule for finding in decision.findings] == ["my.signals/trouble"]
    assert Decision.from_json(decision.to_json()) == decision


def test_a_signal_is_cleared(tmp_path: Path) -> None:
    answer = {"id": "s", "value": 9, "responded_on": date(2026, 6, 11)}
    decision = engine(tmp_path).evaluate(ACCOUNT | {"survey_responses": [answer]}, as_of=date(2026, 6, 20))
    assert decision.fired == ("my.signals/calm", "my.signals/trouble")
    assert decision.signals == ()
    assert "signals" not in decision.to_dict()


def test_a_signal_that_is_not_sure(tmp_path: Path) -> None:
    unread = {name: value for name, value in ACCOUNT.items() if name != "survey_responses"}
    decision = engine(tmp_path).evaluate(unread, as_of=date(2026, 6, 20))
    assert decision.unknown == ("my.signals/calm",)
    assert [(one.id, one.sure) for one in decision.signals] == [("my.signals.service", False)]
    decision = engine(tmp_path).evaluate({"id": "acme", "survey_responses": []}, as_of=date(2026, 6, 20))
    assert [(one.id, one.sure) for one in decision.signals] == [("my.signals.service", False)]


def test_records_that_come_late_twice_or_in_another_order(tmp_path: Path) -> None:
    made = engine(tmp_path)
    expected = made.evaluate(ACCOUNT, as_of=date(2026, 6, 20)).to_json()
    turned = {name: value[::-1] * 2 if isinstance(value, list) else value for name, value in ACCOUNT.items()}
    decision = made.evaluate(turned, as_of=date(2026, 6, 20))
    assert decision.fired == ("my.signals/trouble",)
    assert {problem.code for problem in decision.problems} <= {"CC606"}
    late = [row | {"recorded_at": "2026-06-25T00:00:00Z"} for row in ACCOUNT["commitments"]]
    assert made.evaluate(ACCOUNT | {"commitments": late}, as_of=date(2026, 6, 20)).fired == ()
    assert made.evaluate(ACCOUNT | {"commitments": late}, as_of=date(2026, 6, 25)).fired == ("my.signals/trouble",)
    assert made.evaluate(ACCOUNT, as_of=date(2026, 6, 20)).to_json() == expected


def test_explanations_name_the_records(tmp_path: Path) -> None:
    made = engine(tmp_path)
    text = str(made.evaluate(ACCOUNT, as_of=date(2026, 6, 20)).why("trouble"))
    assert "my.signals/trouble holds: two promises within 30 days" in text
    assert "[yes] missed: 2 of commitments within 30 days (a on 2026-06-01, b on 2026-06-05), at least 2 wanted" in text
    text = str(made.evaluate(ACCOUNT, as_of=date(2026, 6, 20)).why_not("calm"))
    assert "[no] thanks: 0 of survey_responses within 30 days, at least 1 wanted" in text
    assert "complaint" not in text.partition("\n")[2]
    text = str(made.evaluate({"id": "x"}, as_of=date(2026, 6, 20)).why("trouble"))
    assert "[unknown] missed: `commitments` is missing" in text


def test_explanations_of_ties_and_of_what_stayed_out(tmp_path: Path) -> None:
    text = pattern(
        "id: complaint, of: cases | id: answer, of: interactions, none_for: 5 | id: low, of: survey_responses",
        "    same: [contact_id]\n    order: sequence\n",
    )
    account = {
        "id": "acme",
        "cases": [{"id": "k", "contact_id": "ann", "opened_at": "2026-06-10T09:00:00Z"}],
        "interactions": [],
        "survey_responses": [{"id": "s", "contact_id": "bob", "responded_on": date(2026, 6, 11)}],
    }
    told = str(engine(tmp_path, text).evaluate(account, as_of=date(2026, 6, 20)).why("p"))
    assert "[yes] answer: none of interactions for 5 days after complaint" in told
    assert "[no] in this order; with the same contact_id" in told
    del account["interactions"]
    told = str(engine(tmp_path, text).evaluate(account, as_of=date(2026, 6, 20)).why("p"))
    assert "[unknown] answer: none of interactions for 5 days after complaint; `interactions` is missing" in told


def test_a_long_list_of_records_is_cut(tmp_path: Path) -> None:
    many = [{"id": f"c{at}", "status": "broken", "due_on": date(2026, 6, 1 + at)} for at in range(8)]
    told = str(engine(tmp_path).evaluate(ACCOUNT | {"commitments": many}, as_of=date(2026, 6, 20)).why("trouble"))
    assert "c4 on 2026-06-05 and 3 more), at least 2 wanted" in told


def test_a_missing_table_is_asked_for(tmp_path: Path) -> None:
    questions = engine(tmp_path).evaluate({"id": "acme"}, as_of=date(2026, 6, 20)).questions()
    assert {one.fact for one in questions} == {"cases", "commitments", "survey_responses"}


def test_what_the_condition_of_a_possible_event_lacks_is_asked_for() -> None:
    events = [
        {"id": "c", "of": "cases", "when": "c.handoffs > least && of_interest"},
        {"id": "m", "of": "commitments"},
        {"id": "a", "of": "interactions", "when": "a.direction == way", "none_for": 2, "after": "c"},
    ]
    inputs = {"least": {"kind": "number"}, "of_interest": {"kind": "boolean"}, "way": {"kind": "text"}}
    head = {"format": "clientcore/1", "language": "cel-profile/1", "version": "1.0.0", "subject": "account"}
    made = {**head, "ruleset": "my.own", "title": "T", "inputs": inputs}
    engine = engine_of([{**made, "patterns": [{"id": "p", "events": events, "within": 30}]}])
    account: dict[str, Any] = {
        "id": "acme",
        "cases": [{"id": "k", "opened_at": "2026-06-01", "handoffs": 2}],
        "commitments": [{"id": "m", "due_on": "2026-06-02"}],
        "interactions": [{"id": "i", "occurred_on": "2026-06-02", "direction": "inbound"}],
    }

    def asked(account: dict[str, Any], **handed: Any) -> list[str]:
        decision = engine.evaluate(account, facts=handed, as_of=date(2026, 6, 20))
        return [question.fact for question in decision.questions()]

    assert asked(account) == ["least", "of_interest", "way"]
    assert asked(account, least=1) == ["of_interest", "way"]
    assert asked(account, least=1, of_interest=True) == ["way"]
    assert asked(account, least=1, of_interest=True, way="outbound") == asked(account, of_interest=False) == []
    assert asked({**account, "interactions": []}, least=1) == ["of_interest"]
    early = {**account["cases"][0], "opened_at": "2026-03-01"}
    assert asked({**account, "cases": [early]}) == []


def test_a_profile_sets_the_numbers(tmp_path: Path) -> None:
    made = engine(tmp_path)
    profile = tmp_path / "calm.yaml"
    profile.write_text(
        "format: clientcore-profile/1\nprofile: calm\nparams: {my.signals: {least: 3}}\n", encoding="utf-8"
    )
    made = cc.Engine(rulesets=[tmp_path / "signals.yaml"], discover=False, profiles=[profile])
    assert made.evaluate(ACCOUNT, as_of=date(2026, 6, 20), profile="calm").fired == ()
    assert made.evaluate(ACCOUNT, as_of=date(2026, 6, 20)).fired == ("my.signals/trouble",)


def test_printing_and_reading_again_gives_the_same(tmp_path: Path) -> None:
    engine(tmp_path)
    (ruleset,) = load_rulesets([tmp_path / "signals.yaml"]).rulesets
    again = tmp_path / "again.yaml"
    again.write_text(print_ruleset(ruleset), encoding="utf-8")
    loaded = load_rulesets([again])
    assert loaded.problems == ()
    assert loaded.rulesets == (ruleset,)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (two(), "two of its events are of one table"),
        (two(", none_for: 3"), "an event that stays out"),
        (two(", when: b.kind == a.kind"), "events that are compared"),
        (two("", "    same: [contact_id]\n"), "`same` needs the records"),
        (pattern("id: a, of: cases, count: 2 | id: b, of: issues", "    order: sequence\n"), "a sequence that counts"),
    ],
)
def test_what_frames_and_databases_refuse_when_the_plan_is_made(tmp_path: Path, text: str, why: str) -> None:
    made = engine(tmp_path, text)
    book = cc.read_book(_book(tmp_path, []))
    for run in (
        lambda: made.evaluate_book(book, as_of=date(2026, 6, 20)),
        lambda: made.to_sql(dialect="duckdb", as_of=date(2026, 6, 20)),
    ):
        with pytest.raises(cc.UnsupportedError, match=rf"CC401 rule `my\.signals/p`.*{why}.*executor='record'"):
            run()
    frame = made.evaluate_book(book, as_of=date(2026, 6, 20), executor="record")
    assert "my_signals__p" in frame.columns


def _book(folder: Path, accounts: list[dict[str, Any]]) -> Path:
    """Write accounts with their tables as a book of JSON lines."""
    tables: dict[str, list[dict[str, Any]]] = {"accounts": []}
    for account in accounts:
        tables["accounts"].append({"id": account["id"], "industry": account.get("industry")})
        for table, rows in account.items():
            if isinstance(rows, list):
                tables.setdefault(table, []).extend(row | {"account_id": account["id"]} for row in rows)
    book = folder / "book"
    book.mkdir(exist_ok=True)
    for table, rows in tables.items():
        text = "".join(f"{json.dumps(row, default=str)}\n" for row in rows)
        (book / f"{table}.jsonl").write_text(text or '{"id": "none"}\n', encoding="utf-8")
    return book


DAYS = st.one_of(st.none(), st.dates(date(2026, 5, 18), date(2026, 6, 22)))
ROWS = st.lists(st.tuples(DAYS, st.sampled_from(["complaint", "other", None])), max_size=4)
COUNTED = pattern(
    "id: a, of: cases, when: a.kind == 'complaint', count: params.least | id: b, of: issues | id: c, of: interactions"
)
IN_TURN = pattern(
    "id: a, of: cases, when: a.kind == 'complaint' | id: b, of: issues | id: c, of: cases"
    " | id: d, of: account, on: born",
    "    order: sequence\n",
)


@pytest.mark.parametrize("text", [COUNTED, IN_TURN], ids=["counted", "in sequence"])
@given(records=st.lists(st.tuples(ROWS, ROWS, ROWS, DAYS), min_size=1, max_size=6), missing=st.booleans())
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
def test_frames_say_what_record_says(
    tmp_path_factory: pytest.TempPathFactory, text: str, records: list[Any], missing: bool
) -> None:
    folder = tmp_path_factory.mktemp("frames")
    made = engine(folder, text + "facts: {born: {value: 'issues.map(i, i.resolved_on).max()'}}\n")
    accounts = []
    for at, (cases, issues, talks, born) in enumerate(records):
        account: dict[str, Any] = {
            "id": f"acc{at}",
            "cases": [
                {"id": f"k{at}-{n}", "kind": kind, "opened_at": day and f"{day}T23:30:00Z"}
                for n, (day, kind) in enumerate(cases)
            ],
            "issues": [
                {"id": f"i{at}-{n}", "kind": kind, "known_on": day, "resolved_on": born}
                for n, (day, kind) in enumerate(issues)
            ],
        }
        if not missing:
            account["interactions"] = [
                {"id": f"t{at}-{n}", "kind": kind, "occurred_on": day} for n, (day, kind) in enumerate(talks)
            ]
        accounts.append(account)
    book = cc.read_book(_book(folder, accounts))
    day = date(2026, 6, 20)
    by_columns = made.evaluate_book(book, as_of=day)
    assert by_columns.to_dicts() == made.evaluate_book(book, as_of=day, executor="record").to_dicts()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (pattern("id: a, of: cases"), "14:7: CC107 a pattern with 1 event; write 2 to 4"),
        (pattern(" | ".join(f"id: e{at}, of: cases" for at in range(5))), "CC107 a pattern with 5 events"),
        (pattern("id: a, of: calls | id: b, of: cases"), "CC312 event `a` is of `calls`, which is no related table"),
        (pattern("id: a, of: cases, on: title | id: b, of: cases"), "CC312 `title` is no day or instant of `cases`"),
        (pattern("id: a, of: account | id: b, of: cases"), "CC312 event `a` of the account has no day"),
        (pattern("id: a, of: account, on: industry | id: b, of: cases"), "CC312 `industry` is no day of the account"),
        (pattern("id: a, of: cases, none_for: 3 | id: b, of: cases"), "CC312 pattern `p` begins with an event that"),
        (two(", none_for: 3, after: c"), "CC312 event `b` counts from `c`"),
        (two(", after: a"), "CC312 event `b` has `after` without `none_for`"),
        (two(", none_for: 3, count: 2"), "CC312 event `b` has both `count` and"),
        (pattern("id: a, of: cases | id: b, of: account, on: founded, none_for: 3"), "CC312 event `b` of the account"),
        (pattern("id: as_of, of: cases | id: b, of: cases"), "CC312 event `as_of` has the name of something else"),
        (two("", "    same: [nobody]\n"), "CC312 event `a` has no field `nobody`"),
        (two(", when: b.handoffs / a.handoffs > 2"), "15:34: CC312 `b.handoffs /"),
        (
            pattern("id: a, of: cases | id: b, of: cases, when: b.kind == 'x' || b.kind == a.kind"),
            "in a way that can't",
        ),
        (
            pattern("id: a, of: cases, count: 2 | id: b, of: cases, when: b.kind == a.kind"),
            "CC312 pattern `p` compares events and counts event `a`; use `same`",
        ),
        (
            two(" | id: c, of: cases, none_for: 2, after: a, when: c.kind == b.kind"),
            "CC312 event `c` is compared with `b`, and its days count from `a`",
        ),
        (two(", when: c.kind == 'x'"), "CC201 unknown name `c.kind`"),
        (two(", when: b.kind"), "CC203 a condition is wanted, this is a text"),
        (pattern("id: a, of: cases, when: b.kind == 'x' | id: b, of: cases"), "CC201 unknown name `b.kind`"),
        (two("", "    effect: {clears: x}\n"), "CC312 pattern `p` clears `x`, which"),
        (
            two("", "    effect: {raises: x, clears: x}\n"),
            "CC312 pattern `p` raises and clears `x`",
        ),
        (
            two("", "    effect: {asserts: f}\n") + "facts: {f: {value: 1}}\n",
            "CC111 pattern `p` asserts fact `f`, which is declared already",
        ),
        (
            two() + "rules: [{id: p, when: industry == 'x'}]\n",
            "CC111 pattern `p` has the id of a rule",
        ),
        (
            two("", "    effect: {finding: {severity: low, actions: [x]}}\n"),
            "CC304 rule `p` recommends unknown action `x`",
        ),
        (two("", "    because: '{nothing}'\n"), "CC201 unknown name `nothing`"),
        (two("", "    effect: {}\n    wihtin: 3\n"), "CC104 unknown key `wihtin`"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str, wanted: str) -> None:
    found = refused(tmp_path, text)
    assert any(wanted in one for one in found), found


def test_all_problems_at_once(tmp_path: Path) -> None:
    found = refused(
        tmp_path, pattern("id: a, of: calls | id: b, of: cases, on: title | id: c, of: cases, when: c.x == 1")
    )
    assert [one.partition(" ")[2][:5] for one in found] == ["CC312", "CC312", "CC201"]


def test_other_subjects_have_no_patterns(tmp_path: Path) -> None:
    path = tmp_path / "signals.yaml"
    text = (HEAD + pattern("id: a, of: interactions | id: b, of: interactions")).replace("account", "opportunity")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(cc.RulesetError, match="CC312 pattern `p` stands in a ruleset for opportunity"):
        cc.Engine(rulesets=[path], discover=False)


def test_only_a_pattern_is_computed(tmp_path: Path) -> None:
    decision = engine(tmp_path).evaluate(ACCOUNT, as_of=date(2026, 6, 20), only=["my.signals/trouble"])
    assert decision.fired == ("my.signals/trouble",)
    assert json.loads(decision.to_json())["signals"] == [
        {"id": "my.signals.service", "patterns": ["my.signals/trouble"], "sure": True}
    ]


def test_who_asks_for_a_signal_gets_what_clears_it(tmp_path: Path) -> None:
    answered = ACCOUNT | {"survey_responses": [{"id": "s", "value": 9, "responded_on": date(2026, 6, 11)}]}
    asked = engine(tmp_path)
    for only in ("my.signals/trouble", "my.signals.service", "my.signals.*", "in_trouble"):
        decision = asked.evaluate(answered, as_of=date(2026, 6, 20), only=[only])
        assert decision.signals == ()
    by_name = asked.evaluate(ACCOUNT, as_of=date(2026, 6, 20), only=["my.signals.service"])
    assert [one.id for one in by_name.signals] == ["my.signals.service"]
    with pytest.raises(cc.ClientcoreError, match=r"CC403 .*did you mean `my\.signals\.service`"):
        asked.evaluate(ACCOUNT, as_of=date(2026, 6, 20), only=["my.signals.servic"])
