"""Every question of every form: whom it goes to, levels or unit and limits, what stands behind an answer, how long."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import clientcore as cc
from clientcore.answers import Item
from clientcore.answers.known import askable
from clientcore.entities import SUBJECTS, Record
from test_answers_bad import GOOD, read

AS_OF = date(2026, 6, 30)
PERSON = [name for one in cc.Engine().rulesets for name, said in one.inputs.items() if said.person]
ENGINE = cc.Engine(person_facts=PERSON)
ASKED = askable(ENGINE)
FORMS = {subject: ENGINE.questionnaire(as_of=AS_OF, subject=subject).items for subject in SUBJECTS}
ITEMS = [item for items in FORMS.values() for item in items]
#: Numbers that are counted or taken over from outside, so that no level stands for them.
UNGRADED = {
    "change_spend", "culture_spend", "executive_challenges", "glossary_agreed", "glossary_contested", "nps_benchmark",
    "past_growth", "silo_count", "years_sales_focused",
}  # fmt: skip


def test_every_fact_that_people_know_is_on_the_form_of_its_subject() -> None:
    assert {(item.subject, item.fact) for item in ITEMS} == set(ASKED)
    assert {subject: bool(items) for subject, items in FORMS.items()} == {
        "account": True, "opportunity": True, "workstream": False, "organisation": True}  # fmt: skip


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: f"{item.subject}-{item.fact}")
def test_every_question_says_all_that_an_answer_needs(item: Item) -> None:
    asked = ASKED[item.subject, item.fact]
    assert re.fullmatch(r"\S.*[?]", item.question)
    assert item.question not in {asked.fact, item.fact.replace("_", " ") + "?"}
    assert item.whom
    assert item.evidence
    assert item.expires_days is not None
    assert 1 <= item.expires_days <= 730
    graded = asked.kind == "boolean" or (asked.kind == "number" and item.fact not in UNGRADED)
    assert len(item.anchors) >= 4 if graded else asked.kind in {"number", "text", "day"}
    assert [anchor for anchor in item.anchors if not anchor.means or not anchor.example] == []
    for said in ([one.means for one in item.anchors], [one.example for one in item.anchors]):
        assert len(set(said)) == len(said)
    values: list[Any] = [anchor.value for anchor in item.anchors]
    assert values == sorted(values) or asked.kind == "text" or values == sorted(values, reverse=True)
    if asked.kind == "number":
        assert asked.range is None or all(asked.range[0] <= value <= max(asked.range[1], 3) for value in values)
        assert re.search(r"from -?\d+ to \d+|\d or more|above or below 0|one of: 0, 1, 2, 3", item.takes)


def test_our_own_organisation_is_asked_for_each_field_that_a_ruleset_reads() -> None:
    own = {
        name: field
        for name, field in SUBJECTS["organisation"].fields.items()
        if field.role == "plain" and field.kind.name in {"number", "boolean"} and name not in Record.__annotations__
    }
    assert {item.fact for item in FORMS["organisation"]} >= set(ENGINE.plan("organisation").fields) & set(own)
    assert {name for of, name in ASKED if of == "organisation"} >= set(own)


def test_a_fact_of_one_name_is_asked_of_each_subject_in_its_own_words(tmp_path: Path) -> None:
    (account,) = (item for item in FORMS["account"] if item.fact == "risk_appetite")
    (ours,) = (item for item in FORMS["organisation"] if item.fact == "risk_appetite")
    assert account.question != ours.question
    row = {**GOOD, "fact": "risk_appetite", "level": "2", "subject": "organisation", "subject_id": "org"}
    taken = read(tmp_path, {**row, "account_id": ""}).at(AS_OF)
    assert taken.fields["organisation", "org"]["risk_appetite"].value == 0.67
    assert taken.facts == {}


def test_a_share_of_ours_may_lie_between_two_levels(tmp_path: Path) -> None:
    row = {**GOOD, "account_id": "", "subject": "organisation", "subject_id": "org", "fact": "client_influence"}
    between, outside = ({**row, "level": "", "value": value} for value in ("0.5", "1.5"))
    assert read(tmp_path, between).at(AS_OF).fields["organisation", "org"]["client_influence"].value == 0.5
    assert [one.code for one in read(tmp_path, outside).rejects] == ["CC603"]


def test_the_role_of_who_answered_goes_into_the_book_and_the_explanation(tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "accounts.csv").write_text("id\na\n", encoding="utf-8")
    rows = [{**GOOD, "fact": "risk_appetite", "level": "2", "answered_by": role} for role in ("lead", "board")]
    joined = read(tmp_path, *rows).at(AS_OF).into(cc.read_book(tmp_path / "book"))
    facts = joined.tables["facts"]
    assert facts["risk_appetite__assessed_by_role"].to_list() == ["board, lead"]
    frame = ENGINE.evaluate_book(joined, as_of=AS_OF, only=["spectrum.switch"])
    alone = ENGINE.evaluate_book(joined, as_of=AS_OF, only=["spectrum.switch"], executor="record")
    assert frame.equals(alone)
    assert frame["error"].to_list() == [None]
    fact = cc.Fact(0.67, source="supplier_record", assessed_by_role="board, lead")
    told = ENGINE.evaluate({"id": "a"}, as_of=AS_OF, facts={"risk_appetite": fact}).why("risk_appetite")
    assert "judged by: board, lead" in told.summary
