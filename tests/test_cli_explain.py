"""`clientcore explain`: its questions are those of the form, and each answer is there as data."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import clientcore as cc
from clientcore.cli import main

DAY = ["--as-of", "2026-06-30"]
SECTION = re.compile(r"\nask next\n((?:  .*\n)+)")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("explain") / "book"
    assert main(["simulate", "-n", "30", "--seed", "7", "-o", str(folder)]) == 0
    return str(folder)


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert main(arguments) == 0
    return capsys.readouterr().out


def asked(text: str) -> int:
    """Return how many questions an explanation tells, or counts."""
    found = SECTION.search(text)
    if found is None:
        return 0
    rows = found[1].splitlines()
    more = re.fullmatch(r"  and ([0-9]+) more; clientcore questions writes them all as a form", rows[-1])
    return len(rows) if more is None else len(rows) - 1 + int(more[1])


@pytest.mark.parametrize(
    ("subject", "id_"),
    [
        *(("account", f"a-00{number:02}") for number in (3, 17)),
        ("opportunity", "a-0001-o1"),
        ("organisation", "supplier"),
    ],
)
def test_questions_are_as_many_as_rows_of_the_form(
    book: str, subject: str, id_: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = cc.read_book(book).ids(subject)
    id_ = id_ if id_ in ids else ids[0]
    options = [*DAY, "--subject", subject]
    text = told(capsys, "explain", book, id_, *options)
    form = tmp_path / "form.json"
    whose = id_.rpartition("-")[0] if subject == "opportunity" else id_
    told(capsys, "questions", book, whose, *options, "-o", str(form))
    questions = json.loads(form.read_text())["questions"]
    mine = {one["fact"] for one in questions if one["subject_id"] == id_}
    assert asked(text) == len(mine)
    data = json.loads(told(capsys, "explain", book, id_, *options, "--format", "json"))
    assert {one["fact"] for one in data["questions"] if one["on_form"]} == mine


def test_what_is_derived_from_records_is_asked_apart(book: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = told(capsys, "explain", book, "a-0003", *DAY)
    assert "\nask, and note the answer in the records\n  How likely are you to recommend us" in text


def test_what_is_asked_of_a_decision_is_data_too(book: str, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["explain", book, "a-0001", *DAY, "--why", "signs", "--why-not", "gate_strategic_fit"]
    options += ["--what-would-change", "risk.warning/invoices_overdue"]
    data = json.loads(told(capsys, *options, "--format", "json"))
    assert {name: data[name] for name in ("format", "subject", "subject_id", "as_of")} == {
        "format": "clientcore-why/1",
        "subject": "account",
        "subject_id": "a-0001",
        "as_of": "2026-06-30",
    }
    (why,), (why_not,), (change,) = data["why"], data["why_not"], data["what_would_change"]
    assert set(why) == set(why_not) == {"id", "kind", "summary", "reasons", "details", "basis"}
    assert set(change) == {"id", "truth", "changes", "untried", "how"}
    assert set(change["changes"][0]) == {"fact", "title", "now", "wanted", "text", "handed", "source"}
    for reason in reasons(why_not["reasons"]):
        assert set(reason) == {"text", "truth", "values", "parts", "joined"}
    # the text says the same
    text = told(capsys, *options)
    blocks = text.split("\n\n")
    assert [block.splitlines()[0] for block in blocks[:2]] == [why["summary"], why_not["summary"]]
    assert [line.strip() for line in blocks[2].splitlines()[1:]][: len(change["changes"])] == [
        one["text"] for one in change["changes"]
    ]


def reasons(some: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [reason for one in some for reason in (one, *reasons(one["parts"]))]


def test_only_one_of_them_leaves_the_others_empty(book: str, capsys: pytest.CaptureFixture[str]) -> None:
    data = json.loads(told(capsys, "explain", book, "a-0001", *DAY, "--why", "overdue_share", "--format", "json"))
    assert (len(data["why"]), data["why_not"], data["what_would_change"]) == (1, [], [])


def test_all_names_that_nothing_has_are_told_at_once(book: str, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--why", "sgns", "--why-not", "gate_mning", "--what-would-change", "engagement_mode"]
    assert main(["explain", book, "a-0001", *DAY, *options, "--format", "json"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 3
    for part in ("did you mean `signs`?", "did you mean `gate_mining`?", "is no rule"):
        assert part in captured.err
