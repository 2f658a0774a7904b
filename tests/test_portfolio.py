"""The portfolio view of the spectrum: distribution, Gini, tail, believability, groups, picture."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientcore.errors import FactError
from clientcore_spectrum.picture import picture
from clientcore_spectrum.portfolio import (
    CHAIN,
    MODES,
    RANKS,
    Expectation,
    by_group,
    gini,
    judge,
    portfolio,
    rarity_breaks,
    skewness,
)

modes = st.one_of(st.none(), st.sampled_from(MODES))
revenue = st.one_of(st.none(), st.floats(0, 1e9), st.just(math.nan))
books = st.lists(st.tuples(modes, revenue), max_size=60)


def split(book: list[tuple[str | None, float | None]]) -> tuple[list[str | None], list[float | None]]:
    return [mode for mode, _ in book], [amount for _, amount in book]


@given(books)
def test_shares_sum_to_one_where_a_mode_is_known(book: list[tuple[str | None, float | None]]) -> None:
    """Holds: S0-02."""
    view = portfolio(*split(book))
    shares = [share.share for share in view.shares.values()]
    if view.accounts == view.unknown:
        assert shares == [None] * len(MODES)
    else:
        assert math.isclose(math.fsum(share for share in shares if share is not None), 1.0)
    money = [share.revenue_share for share in view.shares.values() if share.revenue_share is not None]
    assert not money or math.isclose(math.fsum(money), 1.0)


@given(books, st.randoms())
def test_order_of_accounts_changes_nothing(book: list[tuple[str | None, float | None]], random: object) -> None:
    """Holds: P6, S0-02."""
    mixed = list(book)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert portfolio(*split(book)) == portfolio(*split(mixed))


@given(books, books)
def test_merging_books_is_their_weighted_mix(
    one: list[tuple[str | None, float | None]], other: list[tuple[str | None, float | None]]
) -> None:
    """Holds: S0-02."""
    first, second, both = (portfolio(split(book)[0]) for book in (one, other, one + other))
    for mode in MODES:
        assert both.shares[mode].accounts == first.shares[mode].accounts + second.shares[mode].accounts
        if both.accounts:
            mix = (first.accounts * first.shares[mode].low + second.accounts * second.shares[mode].low) / both.accounts
            assert math.isclose(both.shares[mode].low, mix, abs_tol=1e-12)


@given(books, st.data())
def test_bounds_hold_whatever_the_unknown_accounts_are(
    book: list[tuple[str | None, float | None]], data: st.DataObject
) -> None:
    view = portfolio(split(book)[0])
    completed = [mode or data.draw(st.sampled_from(MODES)) for mode, _ in book]
    full = portfolio(completed)
    for mode in MODES:
        if completed:
            share = full.shares[mode].share
            assert share is not None
            assert view.shares[mode].low <= share <= view.shares[mode].high
    verdict, settled = judge(view, whole=True), judge(full, whole=True)
    if verdict.inflated_self_assessment is not None:
        assert settled.inflated_self_assessment == verdict.inflated_self_assessment


@given(st.lists(st.floats(0, 1e9), max_size=50), st.integers(1, 5))
def test_gini_is_bounded_and_ignores_scale_and_copies(values: list[float], copies: int) -> None:
    value = gini(values)
    if math.fsum(values) <= 0:
        assert value is None
        return
    assert value is not None
    assert 0.0 <= value <= 1.0 - 1.0 / len(values) + 1e-12
    assert math.isclose(gini([v * 2.0 for v in values]) or 0.0, value, abs_tol=1e-9)
    assert math.isclose(gini(values * copies) or 0.0, value, abs_tol=1e-9)


@given(st.lists(st.integers(0, 5), min_size=3, max_size=50))
def test_skewness_turns_with_the_scale(values: list[int]) -> None:
    lean, mirrored = skewness(values), skewness([5 - value for value in values])
    if len(set(values)) == 1:
        assert lean is None
    else:
        assert lean is not None
        assert mirrored is not None
        assert math.isclose(lean, -mirrored, abs_tol=1e-9)


@given(st.lists(st.sampled_from(MODES), min_size=30, max_size=60), st.integers(0, 40))
def test_more_mentoring_never_makes_a_book_more_believable(book: list[str], more: int) -> None:
    """Holds: S0-02."""
    before = judge(portfolio(book), whole=True)
    changed = [*["mentoring"] * min(more, len(book)), *book[min(more, len(book)) :]]
    after = judge(portfolio(changed), whole=True)
    if before.inflated_self_assessment and any("mentoring" in reason for reason in before.reasons):
        assert after.inflated_self_assessment


@given(st.lists(st.sampled_from(MODES), min_size=30, max_size=40), st.integers(1, 4))
def test_the_size_of_the_book_does_not_decide_about_rarity(book: list[str], copies: int) -> None:
    """Holds: S0-48."""
    assert rarity_breaks(portfolio(book * copies)) == rarity_breaks(portfolio(book))
    assert (
        judge(portfolio(book * copies), whole=True).inflated_self_assessment
        == judge(portfolio(book), whole=True).inflated_self_assessment
    )


@given(books)
def test_nothing_is_said_of_a_part_of_a_book_or_of_a_small_one(book: list[tuple[str | None, float | None]]) -> None:
    view = portfolio(split(book)[0])
    assert judge(view, whole=False).inflated_self_assessment is None
    assert judge(view, whole=True, expected=Expectation(least_accounts=len(book) + 1)).inflated_self_assessment is None


@given(st.lists(st.tuples(modes, st.sampled_from("abcdef")), max_size=60), st.integers(1, 8))
def test_groups_too_small_to_show_are_hidden_and_can_not_be_found_again(
    book: list[tuple[str | None, str]], smallest: int
) -> None:
    placed, groups = [mode for mode, _ in book], [group for _, group in book]
    shown, hidden = by_group(placed, groups, smallest=smallest)
    assert all(view.accounts >= smallest for view in shown.values())
    assert sum(view.accounts for view in shown.values()) + hidden == len(book)
    assert hidden == 0 or hidden >= smallest or not shown


def test_a_believable_book_by_hand() -> None:
    # 20 servicing, 10 mining, 5 strategic fit, 3 consultative, 1 education, 1 mentoring: 40 accounts
    book = ["servicing"] * 20 + ["mining"] * 10 + ["strategic_fit"] * 5 + ["consultative"] * 3
    book += ["education", "mentoring"]
    view = portfolio(book)
    assert view.shares["servicing"].share == 0.5
    assert view.tail_share == 5 / 40
    # mean rank (0*20 + 1*10 + 2*5 + 3*4 + 5)/40 = 37/40; the long tail points upwards
    assert view.skewness is not None
    assert view.skewness > 1
    assert judge(view, whole=True).inflated_self_assessment is False
    assert judge(view, whole=False).reasons == ("the book is not declared whole",)


def test_an_inflated_book_says_why() -> None:
    verdict = judge(portfolio(["mentoring"] * 4 + ["servicing"] * 12 + ["consultative"] * 24), whole=True)
    assert verdict.inflated_self_assessment is True
    assert verdict.reasons == (
        "at least 10% are placed at mentoring, expected at most 5%",
        "at most 30% are placed at servicing, expected at least 40%",
        "consultative is more frequent than strategic_fit",
    )


def test_unknown_accounts_leave_the_verdict_open() -> None:
    verdict = judge(portfolio(["servicing"] * 20 + [None] * 20), whole=True)
    assert verdict.inflated_self_assessment is None
    assert verdict.reasons == ("the mode of 20 accounts is unknown",)


def test_empty_book() -> None:
    view = portfolio([], [])
    assert (view.accounts, view.gini, view.skewness, view.tail_share) == (0, None, None, None)
    assert "0 accounts" in picture(view)


@pytest.mark.parametrize(
    ("placed", "revenues", "message"),
    [
        (["serving"], None, "`serving` is not a mode"),
        (["mining"], [], "0 revenues stand beside 1 modes"),
        (["mining"], [-1.0], "below 0"),
        (["mining"], [math.inf], "infinite"),
    ],
)
def test_misuse_is_refused(placed: list[str], revenues: list[float] | None, message: str) -> None:
    with pytest.raises(FactError, match=message):
        portfolio(placed, revenues)


@given(books, st.integers(1, 80))
def test_the_picture_has_one_bar_for_each_mode_and_is_ascii_on_request(
    book: list[tuple[str | None, float | None]], width: int
) -> None:
    view = portfolio(*split(book))
    drawn = picture(view, judge(view, whole=True), width=width, ascii_only=True)
    assert drawn.isascii()
    assert [line.split("  ")[0] for line in drawn.splitlines()[:6]] == [
        "servicing", "account mining", "strategic fit", "consultative", "education", "mentoring",
    ]  # fmt: skip
    assert "█" not in drawn
    longest = max(len(line) for line in picture(view, width=width).splitlines()[:6])
    assert longest <= max(8, width) + 60


def test_the_labels_are_those_of_the_ruleset() -> None:
    text = Path("rulesets/clientcore_spectrum/mode.yaml")
    if not text.exists():
        pytest.skip("the rulesets are not beside the tests")
    assert f"order: [{', '.join(CHAIN)}]" in text.read_text(encoding="utf-8")
    assert set(RANKS) == set(MODES)
