"""People: what is known of a person is off unless asked for, nothing is said of anybody, and no word demeans."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import clientcore as cc
from clientcore.entities import ENTITIES, SUBJECTS
from clientcore.simulate import COLUMNS, simulate_book, write_book
from clientcore.simulate.chance import Chance
from clientcore.simulate.supplier import draw_supplier, write_supplier
from clientcore_culture.remarks import WORDS, remarks
from demeaning import demeaning, written

AS_OF = date(2026, 6, 30)
AUDIENCES = ("internal", "account_team", "executive", "client")
#: Personal field → what stands there in the account below, and a rule that is true where it is read.
SWITCHES = {
    "contacts.trajectory": ("falling", "contacts.exists(c, c.trajectory == 'falling')"),
    "contacts.alignment": ("resister", "contacts.exists(c, c.alignment == 'resister')"),
    "contacts.difficulty": (0.9, "contacts.filter(c, has(c.difficulty)).map(c, c.difficulty).max() > 0.5"),
    "contacts.capability": (0.9, "contacts.all(c, c.capability > 0.5)"),
    "contacts.competitor_id": ("v1", "contacts.filter(c, has(c.competitor_id)).size() > 0"),
    "team_members.divergent_contributor": (True, "team_members.exists(t, t.divergent_contributor)"),
}
RULES = {name: name.partition(".")[2] for name in SWITCHES}
PROBE = "\n".join(
    [
        "format: clientcore/1", "language: cel-profile/1", "ruleset: probe.people", "version: 1.0.0",
        "subject: account", "title: Reads every personal field", "rules:",
        *(f'  - {{id: {RULES[name]}, when: "{when}"}}' for name, (_, when) in SWITCHES.items()),
    ]
)  # fmt: skip


def records(table: str) -> dict[str, Any]:
    return {name.partition(".")[2]: value for name, (value, _) in SWITCHES.items() if name.startswith(table)}


ACCOUNT = {
    "id": "a",
    "contacts": [{"id": "p1", **records("contacts")}],
    "team_members": [{"id": "t1", **records("team_members")}],
    "competitors": [{"id": "v1"}],
}


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("probe") / "people.yaml"
    path.write_text(PROBE + "\n")
    return path


def fired(engine: cc.Engine) -> set[str]:
    return {rule.partition("/")[2] for rule in engine.evaluate(ACCOUNT, as_of=AS_OF).fired}


def test_every_personal_field_has_a_switch() -> None:
    personal = {f"{table}.{f.name}" for table, one in ENTITIES.items() for f in one.fields.values() if f.personal}
    assert personal == set(SWITCHES)


def test_what_is_known_of_a_person_is_off(probe: Any) -> None:
    engine = cc.Engine(rulesets=[probe], discover=False)
    decision = engine.evaluate(ACCOUNT, as_of=AS_OF)
    assert decision.fired == ()
    # what only counts those of whom it is noted gets a no, all else is unknown
    assert {rule.partition("/")[2] for rule in decision.unknown} == set(RULES.values()) - {"competitor_id"}


@pytest.mark.parametrize("name", SWITCHES)
def test_each_is_behind_its_own_switch(name: str, probe: Any) -> None:
    assert fired(cc.Engine(rulesets=[probe], discover=False, person_facts=[name])) == {RULES[name]}


def test_a_switch_of_nothing_is_refused() -> None:
    with pytest.raises(cc.RulesetError) as caught:
        cc.Engine(person_facts=["adopter_level_share", "contacts.trajektory", "contacts.alignment"])
    assert [str(one) for one in caught.value.problems if one.severity == "error"] == [
        "CC403 `person_facts` names `adopter_level_share`, which is no fact and no personal field; did you mean "
        "`adopter_levels_share`?",
        "CC403 `person_facts` names `contacts.trajektory`, which is no fact and no personal field; did you mean "
        "`contacts.trajectory`?",
    ]


def test_switches_do_not_meet(probe: Any) -> None:
    for pair in combinations(SWITCHES, 2):
        assert fired(cc.Engine(rulesets=[probe], discover=False, person_facts=pair)) == {RULES[one] for one in pair}


@pytest.mark.parametrize("on", [(), ("contacts.trajectory",), tuple(SWITCHES)])
def test_it_is_off_in_a_book_and_in_a_database_too(on: tuple[str, ...], probe: Any, tmp_path: Any) -> None:
    pytest.importorskip("polars")
    duckdb = pytest.importorskip("duckdb")
    pytest.importorskip("sqlglot")
    rows = {
        "accounts": [{"id": "a"}],
        **{table: ACCOUNT[table] for table in ("contacts", "team_members", "competitors")},
    }
    connection = duckdb.connect()
    for table, found in rows.items():
        extra = {} if table == "accounts" else {"account_id": "a"}
        heads = {**found[0], **extra}  # type: ignore[dict-item]
        lines = [
            ",".join(heads),
            ",".join(str(value).lower() if value is True else str(value) for value in heads.values()),
        ]
        (tmp_path / f"{table}.csv").write_text("\n".join(lines) + "\n")
        connection.execute(
            f"CREATE TABLE {table} AS SELECT * FROM read_csv('{tmp_path / table}.csv', all_varchar = false)"
        )
    engine = cc.Engine(rulesets=[probe], discover=False, person_facts=on)
    expected = {f"probe_people__{RULES[name]}" for name in on}
    frames = [
        engine.evaluate_book(cc.read_book(tmp_path), as_of=AS_OF),
        engine.evaluate_book(cc.read_book(tmp_path), as_of=AS_OF, executor="record"),
        engine.evaluate_in(connection, as_of=AS_OF),
    ]
    for frame in frames:
        row = frame.row(0, named=True)
        assert {name for name, value in row.items() if name.startswith("probe_people__") and value is True} == expected


ENGINE = cc.Engine()
INPUTS = {name: one for ruleset in ENGINE.rulesets for name, one in ruleset.inputs.items()}
PERSON = [
    name for ruleset in ENGINE.rulesets for name, one in (*ruleset.inputs.items(), *ruleset.facts.items()) if one.person
]
ALL_ON = cc.Engine(person_facts=[*PERSON, *SWITCHES])


def test_nothing_is_decided_about_a_person() -> None:
    assert set(SUBJECTS) == {"account", "opportunity", "workstream", "organisation"}
    # a fact about persons is one number or one yes or no for the account: no list of people, no name
    assert {INPUTS[name].kind for name in PERSON if name in INPUTS} <= {"number", "boolean"}


def test_no_bundled_ruleset_reads_a_judgement_or_a_past_of_a_person() -> None:
    read = {
        f"{node.args[0].kind.table}.{node.value}"
        for root in ENGINE.checked.nodes.values()
        for node in root.walk()
        if node.op == "column"
    }
    assert read & set(SWITCHES) == set()


def test_counts_of_people_say_nothing_under_five() -> None:
    facts = {"unrecognised_months": 18, "recognitions_90d": 0, "divergent_consented": 4}
    few = ALL_ON.evaluate({"id": "a"}, facts=facts, as_of=AS_OF)
    assert few.scores["spectrum.people.leaving_risk"].low is None
    assert "spectrum.people/recognise" not in few.fired
    team = [{"id": f"t{at}", "is_active": True} for at in range(5)]
    for count, known in ((4, False), (5, True)):
        account = {"id": "a", "team_members": team[:count]}
        share = ALL_ON.evaluate(account, facts={"divergent_consented": 2}, as_of=AS_OF)
        assert (trace(share, "divergent_share") is not None) == known
    params = {ruleset.id: ruleset.params for ruleset in ENGINE.rulesets}
    for name in LEAST:
        one = params[name.rpartition(".")[0]][name.rpartition(".")[2]]
        assert (one.value, one.range and one.range[0]) == (5, 5)


@pytest.mark.parametrize("people", [4, 5])
def test_scores_of_answers_are_of_five_people_or_more(people: int) -> None:
    """Whatever each of them said: the score, its ends and its margin, before and now."""
    scales = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}
    said = [
        {"id": f"{kind}{year}{at}", "kind": kind, "contact_id": f"c{at}", "responded_on": f"{year}-05-01"}
        | {"scale_low": low, "scale_high": high, "value": high if at else low}
        for kind, (low, high) in scales.items()
        for year in (2025, 2026)
        for at in range(people)
    ]
    found = ENGINE.evaluate({"id": "a", "survey_responses": said}, as_of=AS_OF)
    numbers = {name: score for name, score in found.scores.items() if name.startswith("voice.answers.")}
    assert {name for name, score in numbers.items() if score.value is not None} == (
        set(numbers) if people == 5 else set()
    )
    assert all(
        (finding.rule.startswith("voice.answers/") and "NPS" in finding.because) <= (people == 5)
        for finding in found.findings
    )


@pytest.mark.parametrize("people", [4, 5])
def test_what_staff_find_and_are_measured_by_is_of_five_or_more(people: int) -> None:
    answers = [
        {"id": f"s{at}", "kind": "employee", "responded_on": "2026-05-01", "value": 5, "scale_low": 1, "scale_high": 5}
        for at in range(people)
    ]
    # the first one answered twice, and stands in two teams
    answers += [answers[0] | {"id": "again"}]
    answers = [one | {"contact_id": "c" if one["id"] in {"s0", "again"} else f"c{one['id']}"} for one in answers]
    staff = [{"id": f"t{at}", "name": f"n{at}", "has_client_metric": True} for at in range(people)]
    staff += [staff[0] | {"id": "again"}]
    account = {"id": "us", "survey_responses": answers, "team_members": staff}
    known = {
        step.id
        for step in ENGINE.evaluate(account, as_of=AS_OF, subject="organisation").trace
        if step.kind == "fact" and step.output is not None
    }
    assert ({"staff_belief", "client_metric_share"} <= known) == (people == 5)


#: Params that say how many people a figure tells of at least; they can be raised.
LEAST = (
    "health.composite.answers_least",
    "organisation.elements.group_least",
    "organisation.focus.group_least",
    "spectrum.inversion.group_least",
    "spectrum.people.consent_least",
    "voice.answers.answers_least",
    "voice.response.answers_least",
)


def trace(decision: cc.Decision, name: str) -> Any:
    return next(step.output for step in decision.trace if step.kind == "fact" and step.id == name)


TOKEN = "zqxperson"


@pytest.fixture(scope="module")
def accounts() -> list[dict[str, Any]]:
    """Return simulated accounts in which every person has a name and an id that stand out."""
    made = simulate_book(8, 3, AS_OF).tables
    found = []
    for head in made["accounts"]:
        account: dict[str, Any] = dict(head)
        for table, rows in made.items():
            if table in {"accounts", "organisations", "facts"}:
                continue
            account[table] = [marked(table, row) for row in rows if row.get("account_id") == head["id"]]
        found.append(account)
    return found


def marked(table: str, row: dict[str, Any]) -> dict[str, Any]:
    people = {"contact_id", "team_member_id", "owner_id", "client_owner_id", "supplier_owner_id"}
    new = {name: f"{TOKEN}{value}" if name in people and value is not None else value for name, value in row.items()}
    if table in {"contacts", "team_members"}:
        new |= {"id": f"{TOKEN}{row['id']}", "name": f"{TOKEN} {row['name']}"}
    return new


def said(engine: cc.Engine, account: dict[str, Any], subject: str = "account") -> Iterator[str]:
    """Yield everything that is said of an account, or of our own organisation, to anybody."""
    decision = engine.evaluate(account, as_of=AS_OF, subject=subject)
    yield decision.to_json()
    yield from (decision.render(audience=audience) for audience in AUDIENCES)
    yield from (str(question) for question in decision.questions())
    yield from (str(decision.why(rule)) for rule in decision.fired)
    yield from (str(decision.why(score)) for score in decision.scores)
    yield from (str(decision.why(outcome)) for outcome in (*decision.outcomes, *decision.states))
    for below in ("opportunity", "workstream") if subject == "account" else ():
        for child in engine.evaluate_subjects(account, subject=below, as_of=AS_OF):
            yield child.to_json()
            yield from (child.render(audience=audience) for audience in AUDIENCES)


def test_nothing_that_is_said_names_a_person(accounts: list[dict[str, Any]]) -> None:
    for account in accounts[:4]:
        for text in said(ALL_ON, account):
            assert TOKEN not in text, text


def test_no_frame_has_a_column_of_people(tmp_path: Any) -> None:
    pytest.importorskip("polars")
    write_book(simulate_book(3, 3, AS_OF), tmp_path / "book")
    frame = ALL_ON.evaluate_book(cc.read_book(tmp_path / "book"), as_of=AS_OF, lists=True)
    whose = re.compile(r"(^|_)(contact|team_member|owner|employee|person)_?id")
    assert [name for name in frame.columns if whose.search(name)] == []
    assert frame["account_id"].n_unique() == frame.height


def test_a_demeaning_word_is_found() -> None:
    assert all(map(demeaning, ("Lazy people", "a resister", "they are difficult to us")))
    assert not demeaning("resistance to change is usual")


@pytest.mark.parametrize("ruleset", ENGINE.rulesets, ids=lambda one: one.id)
def test_no_text_of_a_ruleset_demeans_anybody(ruleset: Any) -> None:
    assert [text for text in written(ruleset) if demeaning(text)] == []


def test_nothing_that_is_said_demeans_anybody(accounts: list[dict[str, Any]]) -> None:
    facts = {name: (True if INPUTS[name].kind == "boolean" else 5.0) for name in PERSON if name in INPUTS}
    for account in accounts:
        assert [found for text in said(ALL_ON, account) for found in demeaning(text)] == []
    told = ALL_ON.evaluate(accounts[0], facts=facts, as_of=AS_OF)
    assert [found for audience in AUDIENCES for found in demeaning(told.render(audience=audience))] == []


def test_nothing_that_is_said_of_our_own_organisation_demeans_anybody() -> None:
    tables: dict[str, list[dict[str, Any]]] = {table: [] for table in COLUMNS}
    for number in range(6):
        chance = Chance(5, number)
        write_supplier(tables, draw_supplier(f"org-{number}", chance), chance, AS_OF)
    for head in tables["organisations"]:
        related = {
            name: [row for row in rows if row.get("organisation_id") == head["id"]]
            for name, rows in tables.items()
            if name in SUBJECTS["organisation"].tables
        }
        told = list(said(ALL_ON, {**head, **related}, subject="organisation"))
        assert len(told) > 20
        assert [found for text in told for found in demeaning(text)] == []


def test_no_form_demeans_anybody() -> None:
    for subject in SUBJECTS:
        form = ALL_ON.questionnaire(as_of=AS_OF, subject=subject)
        assert demeaning(form.to_csv()) == []


names = st.sampled_from(["Acme", "Norton Ltd", "Zeta-Werke", "Öl & Co"])
plain = st.sampled_from(
    ["we", "offer", "client", "better", "lieu", "Friday", "price", "and", "their", "the", "believe"]
)
ill = st.sampled_from(["overpriced", "Unreliable", "lies", "schlecht"])


@given(st.lists(plain | ill | st.just("."), max_size=20), st.lists(names, max_size=4))
def test_no_competitor_no_remark(said_words: list[str], competitors: list[str]) -> None:
    assert remarks(" ".join(said_words), competitors) == ()


@given(st.lists(plain | names | st.just("."), max_size=20), st.lists(names, max_size=4))
def test_no_ill_word_no_remark(said_words: list[str], competitors: list[str]) -> None:
    assert remarks(" ".join(said_words), competitors) == ()


@given(st.lists(plain | names | ill | st.just("."), max_size=20), st.permutations(["Acme", "Norton Ltd", "Zeta-Werke"]))
def test_a_link_raises_the_severity_and_changes_nothing_else(said_words: list[str], competitors: list[str]) -> None:
    text = " ".join(said_words)
    bare, linked = remarks(text, competitors), remarks(text, sorted(competitors), linked=["Acme"])
    assert [(one.competitor, one.word, one.start, one.end) for one in bare] == [
        (one.competitor, one.word, one.start, one.end) for one in linked
    ]
    assert all(one.severity == "medium" for one in bare)
    assert all((one.severity == "high") == (one.competitor == "Acme") for one in linked)
    for one in bare:
        assert one.word in text[one.start : one.end]
        assert one.word.casefold().startswith(WORDS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Acme is overpriced.", ["overpriced"]),
        ("The worst of it: Norton Ltd's unreliable service", ["worst", "unreliable"]),
        ("ACME IS A JOKE", ["JOKE"]),
        ("Acme is fine. The weather was awful.", []),
        ("In lieu of Acme, the client believes in us", []),
        ("Our last delivery was terrible, and Acme helped out", ["terrible"]),
        ("", []),
    ],
)
def test_what_is_found(text: str, words: list[str]) -> None:
    assert [one.word for one in remarks(text, ["Acme", "Norton Ltd", "", "&"])] == words
