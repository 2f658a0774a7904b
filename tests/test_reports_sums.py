"""What reports are made of: ranks of intervals, hidden groups, intervals of few observations."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clientcore.groups import hidden_groups
from clientcore.report.ranks import rank_ranges
from clientcore.report.voice import adjusted_nps, adjusted_share, withheld


@given(st.data(), st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4)), min_size=1, max_size=12))
def test_ranks_hold_every_completion(data: st.DataObject, bounds: list[tuple[int, int]]) -> None:
    lows = [float(low) for low, _ in bounds]
    highs = [float(low + width) for low, width in bounds]
    values = [data.draw(st.floats(low, high)) for low, high in zip(lows, highs, strict=True)]
    for (best, worst), value in zip(rank_ranges(lows, highs), values, strict=True):
        above = sum(other > value for other in values)
        equal = sum(other == value for other in values)
        assert best <= above + equal
        assert above + 1 <= worst
    for one, low, high in zip(rank_ranges(lows, highs), lows, highs, strict=True):
        for other, least, most in zip(rank_ranges(lows, highs), lows, highs, strict=True):
            if low <= most and least <= high:  # they overlap
                assert one[0] <= other[1]
                assert other[0] <= one[1]


@given(st.dictionaries(st.integers(0, 20), st.tuples(st.integers(1, 12), st.integers(0, 7)), min_size=1), st.booleans())
def test_no_hidden_group_can_be_found_by_subtraction(counts: dict[int, tuple[int, int]], told: bool) -> None:
    sizes = {group: size for group, (size, _) in counts.items()}
    # whoever is in one group may be in the next one, too
    people = {group: set(range(group, group + count)) for group, (_, count) in counts.items()}
    hidden = hidden_groups(sizes, also=people if told else None)
    assert all(size >= 5 for group, size in sizes.items() if group not in hidden)
    together = sum(sizes[group] for group in hidden)
    assert together == 0 or together >= 5 or hidden == set(sizes)
    if told:
        assert all(len(people[group]) not in range(1, 5) for group in counts if group not in hidden)
        theirs = set().union(*(people[group] for group in hidden))
        assert len(theirs) not in range(1, 5) or hidden == set(sizes)


def left_over(answers: list[int], shown: bool) -> set[int]:
    """Return how many answers of a segment can be left once scores of its accounts, or its own, were subtracted."""
    left = {sum(answers)}
    for count in (one for one in answers if one >= 5):
        left |= {many - count for many in left}
    return left | {0} if shown else left


@given(st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=4), min_size=1, max_size=6), st.integers(0, 4))
def test_no_few_answers_can_be_found_by_subtraction(book: list[list[int]], pooled: int) -> None:
    """Whoever knows the score of each account of five answers, and what is shown, learns nothing of one to four."""
    segments = [sum(counts) for counts in book]
    single = [
        {(at, n) for n in range(sum(one for one in counts if one < 5))} for at, counts in enumerate(book)
    ]  # who they are in each segment
    rows = len(book) - min(pooled, len(book) - 1)  # the others have no row of their own
    hidden = withheld([*segments[:rows], sum(segments)], [*single[:rows], set().union(*single)])
    kept = [at < rows and at not in hidden for at in range(len(book))]
    few = set(range(1, 5))
    for at, counts in enumerate(book):
        assert not kept[at] or few.isdisjoint(left_over(counts, shown=False))
    together = {0}
    for counts, shown in zip(book, kept, strict=True):
        together = {more + many for more in together for many in left_over(counts, shown)}
    assert rows in hidden or few.isdisjoint(together)
    # none is hidden without need: one besides those of few answers is enough, and none where the whole is not shown
    alone = [sum(counts) < 5 or len(who) in few for counts, who in zip(book[:rows], single[:rows], strict=True)]
    needless = sum(at in hidden and not alone[at] for at in range(rows))
    assert needless <= (rows not in hidden)
    assert (rows in hidden) == (sum(segments) < 5 or sum(map(len, single)) in few)


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(0, n))))
def test_intervals_hold_what_they_are_about(counted: tuple[int, int, int]) -> None:
    whole, count, other = counted
    low, high = adjusted_share(count, whole, 1.96)
    assert low is not None
    assert high is not None
    assert 0 <= low <= count / whole <= high <= 1
    score, least, most = adjusted_nps(count, min(other, whole - count), whole, 1.96, 3)
    assert -100 <= least <= score <= most <= 100
