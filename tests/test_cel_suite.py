"""CEL's own tests against our parser, checker and record executor; `tests/cel` fetches and compares."""

from __future__ import annotations

import os

import pytest

from cel import report
from cel.compare import compared
from cel.fetch import NotFetchedError, fetch
from cel.suite import cases
from clientcore.parse import ParseError, parse, unparse


@pytest.fixture(scope="module", autouse=True)
def _fetched():
    try:
        fetch()
    except NotFetchedError as problem:
        if os.environ.get("CI"):
            pytest.fail(str(problem))
        pytest.skip(str(problem))


@pytest.mark.parametrize(("section", "count"), [("trees", 2573), ("refusals", 192), ("types", 370), ("values", 2344)])
def test_no_difference_but_the_listed_ones(section: str, count: int):
    found = compared(section)

    assert found.wrong == []
    assert found.unused == []
    assert found.counts.total() == count


def test_all_that_parses_prints_and_parses_again():
    unequal = []
    for case in cases():
        try:
            tree = parse(case.expr)
        except ParseError:
            continue
        if parse(unparse(tree)) != tree:
            unequal.append(case.expr)

    assert unequal == []


def test_the_page_is_current():
    assert report.page() == report.PAGE.read_text("utf-8"), "run `python -m tests.cel.report`"
