"""Answers to collect: forms go out and come back, each wrong cell is told, and what differs is never averaged."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clientcore as cc
from clientcore.answers import Given, Item, Questionnaire
from clientcore.answers.form import FILLED
from clientcore.answers.known import askable
from clientcore.answers.taking import taken
from clientcore.batch import facts_of
from clientcore.cli import main
from clientcore.entities import SOURCES
from clientcore.ruleset import Input
from test_answers_bad import GOOD, read

AS_OF = date(2026, 6, 30)
ENGINE = cc.Engine()
PEOPLE = cc.Engine(
    person_facts=[name for ruleset in ENGINE.rulesets for name, one in ruleset.inputs.items() if one.person]
)
BLANK = PEOPLE.questionnaire(as_of=AS_OF)
DEALS = PEOPLE.questionnaire(as_of=AS_OF, subject="opportunity")
KNOWN = askable(PEOPLE)

#: What stands in the filled cells of one row.
Filled = Mapping[str, str]


@st.composite
def filled(draw: st.DrawFn, items: tuple[Item, ...] = BLANK.items) -> tuple[Item, Filled]:
    """One question about some account, answered by a level or by a value."""
    item = draw(st.sampled_from(items))
    account = draw(st.sampled_from(["a", "b", "c,\n'd\""]))
    one = KNOWN[item.subject, item.fact]
    cells = {
        "account_id": account,
        "subject": item.subject,
        "subject_id": account if item.subject == "account" else f"{account}-1",
        "fact": item.fact,
        "level": "",
        "value": "",
        "source": draw(st.sampled_from(item.sources or SOURCES)),
        "answered_on": (AS_OF - timedelta(days=draw(st.integers(0, 30)))).isoformat(),
        "answered_by": draw(st.sampled_from(["client", "delivery lead", "account manager"])),
        "evidence": draw(st.sampled_from(["", "a mail; of May", "“so”"])),
        "applies": "",
    }
    if not one.answer.field and draw(st.integers(0, 4)) == 0:
        cells["applies"] = "no"
    elif item.anchors and draw(st.booleans()):
        cells["level"] = str(draw(st.integers(0, len(item.anchors) - 1)))
    elif item.anchors:
        value = draw(st.sampled_from([anchor.value for anchor in item.anchors]))
        cells["value"] = str(value).lower() if isinstance(value, bool) else str(value)
    else:
        cells["value"] = {"text": "a text", "day": "2026-01-31"}.get(one.kind, "1")
    return item, cells


def as_csv(rows: list[tuple[Item, Filled]]) -> str:
    """Return rows as the form itself would be, filled in."""
    form = Questionnaire(as_of=AS_OF, items=tuple(item for item, _ in rows))
    found = list(csv.DictReader(io.StringIO(form.to_csv(), newline="")))
    text = io.StringIO()
    writer = csv.DictWriter(text, found[0].keys(), lineterminator="\n")
    writer.writeheader()
    for row, (_, cells) in zip(found, rows, strict=True):
        writer.writerow({**row, **cells})
    return text.getvalue()


def as_json(rows: list[tuple[Item, Filled]]) -> str:
    form = json.loads(Questionnaire(as_of=AS_OF, items=tuple(item for item, _ in rows)).to_json())
    for question, (_, cells) in zip(form["questions"], rows, strict=True):
        question |= {name: cells[name] for name in ("account_id", "subject", "subject_id")}
        question["answers"] = [{name: cells[name] for name in FILLED}]
    return json.dumps(form)


def told(answer: Given) -> dict[str, Any]:
    """Return an answer as the cells that say the same."""
    value = "" if answer.level is not None or not answer.applicable else answer.value
    return {
        **{name: getattr(answer, name) for name in ("account_id", "subject", "subject_id", "fact", "source")},
        **{name: getattr(answer, name) for name in ("answered_by", "evidence")},
        "level": "" if answer.level is None else str(answer.level),
        "value": str(value).lower() if isinstance(value, bool) else str(value),
        "answered_on": answer.answered_on.isoformat(),
        "applies": "" if answer.applicable else "no",
    }


@settings(max_examples=60)
@given(st.lists(filled(BLANK.items + DEALS.items), min_size=1, max_size=8))
def test_what_is_filled_in_comes_back(tmp_path_factory: pytest.TempPathFactory, rows: list[Any]) -> None:
    folder = tmp_path_factory.mktemp("forms")
    (folder / "form.csv").write_text(as_csv(rows), encoding="utf-8", newline="")
    (folder / "form.json").write_text(as_json(rows), encoding="utf-8")
    read = [cc.read_answers(folder / name, PEOPLE) for name in ("form.csv", "form.json")]
    for answers in read:
        assert answers.rejects == ()
        assert [{name: _plain(cell) for name, cell in told(one).items()} for one in answers.given] == [
            {name: _plain(cell) for name, cell in cells.items()} for _, cells in rows
        ]
        for one, (item, _) in zip(answers.given, rows, strict=True):
            assert one.level is None or one.value == item.anchors[one.level].value


def _plain(cell: str) -> Any:
    """Return a cell as a number where it is one: `1` and `1.0` say the same."""
    try:
        return float(cell)
    except ValueError:
        return cell


def answer(value: Any, *, days: int = 0, role: str = "lead", source: str = "supplier_record", **more: Any) -> Given:
    return Given(
        **{
            "account_id": "a",
            "subject": "account",
            "subject_id": "a",
            "fact": "risk_appetite",
            "value": value,
            "source": source,
            "answered_on": AS_OF - timedelta(days=days),
            "answered_by": role,
            "expires_days": 365,
            **more,
        }
    )


somebody = st.builds(
    answer,
    st.sampled_from([0.0, 0.33, 1.0]),
    days=st.integers(-10, 400),
    role=st.sampled_from(["lead", "manager"]),
    source=st.sampled_from(["supplier_record", "client_stated"]),
)


@given(st.lists(somebody, max_size=7), st.randoms(use_true_random=False))
def test_answers_are_taken_in_any_order_and_never_averaged(answers: list[Given], chance: Any) -> None:
    found = taken(answers, AS_OF)
    mixed = list(answers)
    chance.shuffle(mixed)
    again = taken(mixed, AS_OF)
    assert (again.facts, again.differences) == (found.facts, found.differences)
    fresh = {
        one.value
        for one in answers
        if 0 <= (AS_OF - one.answered_on).days <= 365
        and not any(
            (other.source, other.answered_by) == (one.source, one.answered_by)
            and one.answered_on < other.answered_on <= AS_OF
            for other in answers
        )
    }
    assert {fact.value for facts in found.facts.values() for fact in facts.values()} == (
        fresh if len(fresh) == 1 else set()
    )
    if len(fresh) > 1:
        (difference,) = found.differences
        assert (difference.low, difference.high) == (min(fresh), max(fresh))


def test_an_expired_answer_is_missing_and_a_later_one_unseen() -> None:
    found = taken([answer(1.0, days=366), answer(0.33, days=-1, role="manager")], AS_OF)
    assert found.facts == {}
    assert [problem.code for problem in found.problems] == ["CC615", "CC612"]
    assert taken([answer(1.0, days=365)], AS_OF).facts["account", "a"]["risk_appetite"].value == 1.0


def test_a_later_answer_of_the_same_role_takes_the_earlier_one_back() -> None:
    found = taken([answer(1.0, days=1), answer(0.33, days=90)], AS_OF)
    assert found.facts["account", "a"]["risk_appetite"] == cc.Fact(
        1.0, "supplier_record", AS_OF - timedelta(days=1), n=1, assessed_by_role="lead"
    )


def test_two_who_differ_are_both_shown() -> None:
    found = taken([answer(1.0, role="lead"), answer(0.33, role="manager")], AS_OF)
    (problem,) = found.problems
    assert problem.code == "CC616"
    assert "1 (lead, supplier_record, 2026-06-30) against 0.33 (manager, supplier_record, 2026-06-30)" in str(problem)


def test_where_answers_differ_a_score_holds_what_either_says() -> None:
    only = ["culture.fit.own_fit"]
    base = {"culture_understand": 1.0, "culture_comply": 1.0, "ways_refused": 0}
    known = ENGINE.evaluate({"id": "a"}, as_of=AS_OF, only=only, facts=base)
    score = known.scores["culture.fit.own_fit"]
    for value in (0.33, 1.0):
        one = ENGINE.evaluate({"id": "a"}, as_of=AS_OF, only=only, facts={**base, "culture_accept": value})
        assert score.low <= one.scores["culture.fit.own_fit"].value <= score.high


def test_the_question_that_settles_most_comes_first_and_what_is_known_is_not_asked() -> None:
    form = ENGINE.questionnaire({"id": "a"}, as_of=AS_OF)
    counts = [len(item.settles) for item in form.items]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] > 0
    first = form.items[0]
    known = ENGINE.questionnaire({"id": "a"}, as_of=AS_OF, facts={first.fact: first.anchors[-1].value})
    assert first.fact not in [item.fact for item in known.items]


def test_a_blank_form_asks_for_everything_that_people_know() -> None:
    assert {item.fact for item in BLANK.items} >= {
        name
        for ruleset in ENGINE.rulesets
        if ruleset.subject == "account"
        for name, one in ruleset.inputs.items()
        if one.ask
    }
    assert {(item.account_id, item.subject_id) for item in BLANK.items + DEALS.items} == {("", "")}


def test_facts_about_persons_are_asked_for_only_where_they_were_opted_in_to() -> None:
    asked = {item.fact for item in ENGINE.questionnaire(as_of=AS_OF).items}
    assert "divergent_consented" not in asked
    assert "divergent_consented" in {item.fact for item in BLANK.items}


def test_every_bundled_answer_has_levels_with_examples_evidence_and_an_end() -> None:
    bare = {"client_visible_text", "nps_benchmark", "nps_benchmark_on", "nps_benchmark_sector"}  # taken over as it is
    for ruleset in ENGINE.rulesets:
        for name, fact in {**ruleset.inputs, **ruleset.facts}.items():
            judged = fact.kind == "boolean" or fact.range in {(0.0, 1.0), (1.0, 10.0)}
            if isinstance(fact, Input) and fact.ask and judged:
                assert fact.answer is not None, name
            if fact.answer is None:
                continue
            assert fact.whom, name
            assert fact.answer.evidence, name
            assert fact.answer.expires_days, name
            assert len(fact.answer.anchors) >= 4 or name in bare, name
            values = [anchor.value for anchor in fact.answer.anchors]
            if isinstance(fact, Input) and fact.kind != "text":
                assert values == sorted(values), name
            assert all(anchor.means and anchor.example for anchor in fact.answer.anchors), name


@pytest.fixture
def book(tmp_path: Path) -> cc.Book:
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "accounts.csv").write_text("id\na\nb\n")
    (folder / "opportunities.csv").write_text("id,account_id,name\no1,a,first\no2,b,second\n")
    (folder / "facts.csv").write_text("account_id,culture_accept,risk_appetite\nb,0.5,0.2\n")
    return cc.read_book(folder)


def test_a_book_takes_the_answers_as_its_accounts_do(book: cc.Book) -> None:
    answers = [
        answer(0.67),
        answer(True, fact="named_partner", source="client_stated", role="client"),
        answer(1.0, fact="culture_accept", account_id="b", subject_id="b"),
        answer(0.0, fact="risk_appetite", account_id="b", subject_id="b"),
        answer(1.0, fact="risk_appetite", account_id="b", subject_id="b", role="manager"),
        answer(1.0, account_id="gone", subject_id="gone"),
    ]
    found = taken(answers, AS_OF)
    joined = found.into(book)
    handed = facts_of(joined, ENGINE.fact_kinds)
    assert (handed["a"]["risk_appetite"].value, handed["a"]["named_partner"].source) == (0.67, "client_stated")
    assert (handed["b"]["culture_accept"].value, handed["b"].keys()) == (1.0, {"culture_accept"})
    frame = ENGINE.evaluate_book(joined, as_of=AS_OF)
    assert frame.equals(ENGINE.evaluate_book(joined, as_of=AS_OF, executor="record"))
    one = ENGINE.evaluate(book.account("a"), as_of=AS_OF, facts=found.facts["account", "a"])
    row = frame.row(by_predicate=pl.col("account_id") == "a", named=True)
    assert row["culture_fit_own_fit_high"] == one.scores["culture.fit.own_fit"].high
    assert row["trust_partner_status"] == one.states["trust.partner.status"].value


def test_an_answer_about_an_opportunity_goes_into_its_record(book: cc.Book) -> None:
    about = {"subject": "opportunity", "subject_id": "o1", "fact": "budget_evidenced", "field": "budget_level"}
    joined = taken([answer(2.0, source="client_stated", **about)], AS_OF).into(book)
    first, second = joined.tables["opportunities"].to_dicts()
    marks = ("budget_level", "budget_source", "budget_answered_on")
    assert [[row[name] for name in marks] for row in (first, second)] == [[2.0, "client_stated", AS_OF], [None] * 3]
    assert "source" not in joined.tables["opportunities"].columns, "an answer is no mark of the whole record"
    before, after = (
        ENGINE.evaluate_book(one, as_of=AS_OF, subject="opportunity", only=["qualification.opportunity.checklist"])
        for one in (book, joined)
    )
    column = "qualification_opportunity_checklist_low"
    assert after[column].to_list() > before[column].to_list()
    assert after[column][1] == before[column][1]


@pytest.mark.parametrize("marks", [{}, {"source": "client_stated"}, {"recorded_at": datetime(2026, 6, 1, tzinfo=UTC)}])
def test_one_evidenced_answer_is_no_evidence_of_the_others(book: cc.Book, marks: dict[str, Any]) -> None:
    about = {"subject": "opportunity", "subject_id": "o1", "fact": "need_evidenced", "field": "need_level"}
    invented = {"budget_level": 3.0, "authority_level": 3.0, "timeframe_level": 0.0}
    deals = book.tables["opportunities"].drop("source", "recorded_at", strict=False)
    filled = deals.with_columns(pl.lit(value).alias(name) for name, value in (invented | marks).items())
    plain = deals.with_columns(pl.lit(0.0).alias("timeframe_level"))
    decided = [
        ENGINE.evaluate_book(
            taken([answer(2.0, source="client_stated", **about)], AS_OF).into(
                attrs.evolve(book, tables={**book.tables, "opportunities": table})
            ),
            as_of=AS_OF,
            subject="opportunity",
            only=["qualification.opportunity.checklist"],
        )
        for table in (filled, plain)
    ]
    column = "qualification_opportunity_checklist"
    first = [frame.row(0, named=True) for frame in decided]
    assert [first[0][f"{column}{end}"] for end in ("", "_low", "_high")] == [
        first[1][f"{column}{end}"] for end in ("", "_low", "_high")
    ]


def test_our_own_organisation_is_asked_for_what_stands_in_no_system(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("id\na\n")
    (tmp_path / "organisations.csv").write_text("id,communication_level\norg,\n")
    book = cc.read_book(tmp_path)
    form = ENGINE.questionnaire({"id": "org"}, as_of=AS_OF, subject="organisation")
    assert {item.fact: item.takes for item in form.items}["communication_level"] == "a number from 0 to 1"
    row = {**GOOD, "account_id": "", "subject": "organisation", "subject_id": "org", "level": ""}
    answers = read(tmp_path, {**row, "fact": "communication_level", "value": "0.5"})
    joined = answers.at(AS_OF).into(book)
    assert joined.tables["organisations"]["communication_level"].to_list() == [0.5]
    known = ENGINE.evaluate_book(joined, as_of=AS_OF, subject="organisation", only=["organisation.elements.*"])
    before = ENGINE.evaluate_book(book, as_of=AS_OF, subject="organisation", only=["organisation.elements.*"])
    column = "organisation_elements_communication"
    assert (before[f"{column}_coverage"] < known[f"{column}_coverage"]).all()


def test_what_does_not_apply_is_an_answer(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("id\na\nb\n")
    book = cc.read_book(tmp_path)
    fact = "culture_accept"
    source = (KNOWN["account", fact].sources or SOURCES)[0]
    row = {**GOOD, "fact": fact, "level": "", "source": source, "applies": "no"}
    taken = read(tmp_path, row, {**row, "account_id": "b", "level": "3", "applies": ""}).at(AS_OF)
    told = [taken.facts["account", id_][fact] for id_ in "ab"]
    assert [(one.value is None, one.applicable) for one in told] == [(True, False), (False, True)]
    joined = taken.into(book)
    assert joined.tables["facts"][f"{fact}__applicable"].to_list() == [False, True]
    alone = [ENGINE.evaluate({"id": id_}, as_of=AS_OF, facts=taken.facts["account", id_]) for id_ in "ab"]
    assert [one.problems for one in alone] == [(), ()]
    frames = [ENGINE.evaluate_book(joined, as_of=AS_OF, executor=name) for name in ("columnar", "record")]
    assert frames[0].equals(frames[1])
    against = read(tmp_path, row, {**row, "answered_by": "someone else", "level": "1", "applies": ""}).at(AS_OF)
    assert [str(one.given[0]).partition(" (")[0] for one in against.differences] == ["does not apply"]


@pytest.mark.usefixtures("book")
def test_the_command_line_writes_a_form_and_takes_it_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    day = ["--as-of", "2026-06-30"]
    assert main(["questions", "book", "a", *day, "-o", "form.csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(Path("form.csv").read_text(encoding="utf-8"), newline="")))
    assert {row["account_id"] for row in rows} == {"a"}
    assert all(row["level"] == "" for row in rows)
    assert main(["questions", "book", *day]) == 0
    assert "questions" in capsys.readouterr().out
    read(tmp_path, GOOD, {**GOOD, "answered_by": "account team", "level": "0"}, {**GOOD, "fact": "x"})
    assert main(["answers", "form.csv", *day]) == 1
    shown = capsys.readouterr()
    assert "2 answers, 0 questions without one" in shown.out
    assert "form.csv: line 4, column fact: CC601" in shown.err
    assert "CC616 answers differ" in shown.err
    read(tmp_path, {**GOOD, "account_id": "gone"}, GOOD)
    assert main(["evaluate", "book", *day, "--answers", "form.csv", "-o", "out.csv"]) == 0
    assert "CC607 answers about `gone`" in capsys.readouterr().err
    assert main(["questions", "book", "gone", *day]) == 2
    assert main(["questions", "book", "a", *day, "-o", "form.xlsx"]) == 2


def test_answers_about_two_subjects_of_one_id_stay_apart(book: cc.Book) -> None:
    found = taken([answer(1.0), answer(0.33, subject="organisation", account_id="")], AS_OF)
    assert {key: facts["risk_appetite"].value for key, facts in found.facts.items()} == {
        ("account", "a"): 1.0,
        ("organisation", "a"): 0.33,
    }
    joined = found.into(book).facts
    assert joined is not None
    assert joined.filter(pl.col("account_id") == "a")["risk_appetite"].to_list() == ["1.0"]
