"""The spectrum of a whole book: how accounts and revenue spread over the modes, and whether the spread is believable.

Everything here is a pure function of plain sequences, one element per account: the mode (None where it is unknown) and,
where wanted, the revenue and a group. The modes come from the outcome `spectrum.mode.engagement_mode`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

import attrs

from clientcore.errors import FactError, counted
from clientcore.groups import hidden_groups

#: Modes from the fat end to the thin one; education stands beside consultative.
MODES: tuple[str, ...] = ("servicing", "mining", "strategic_fit", "consultative", "education", "mentoring")

#: Place of each mode on the spectrum (seed: an order with a gap before the extreme end; the numbers: ours).
RANKS: Mapping[str, int] = {
    "servicing": 0,
    "mining": 1,
    "strategic_fit": 2,
    "consultative": 3,
    "education": 3,
    "mentoring": 5,
}

#: The chain along which rarity is expected to rise; education branches off it.
CHAIN: tuple[str, ...] = ("servicing", "mining", "strategic_fit", "consultative", "mentoring")

#: Modes of the thin end.
TAIL: tuple[str, ...] = ("consultative", "education", "mentoring")

Group = TypeVar("Group", bound=Hashable)


@attrs.frozen(kw_only=True)
class Expectation:
    """What a believable book looks like; every number is ours and is meant to be set by the organisation.

    Args:
        most_mentoring: Largest believable share of mentoring accounts, 0 to 1.
        least_servicing: Least believable share of servicing accounts, 0 to 1.
        least_accounts: Number of accounts under which nothing is said.
    """

    most_mentoring: float = 0.05
    least_servicing: float = 0.40
    least_accounts: int = 30


@attrs.frozen(kw_only=True)
class Share:
    """How much of the book has one mode.

    Args:
        accounts: Number of accounts that are known to have it.
        share: Their share of the accounts whose mode is known; None where none is known.
        low: Least share of all accounts, whatever the unknown ones turn out to be.
        high: Greatest share of all accounts, likewise.
        revenue: Revenue of the accounts that are known to have it, in the caller's unit; None without revenues.
        revenue_share: Its share of the revenue of the accounts whose mode is known; None where that is not above 0.
    """

    accounts: int
    share: float | None
    low: float
    high: float
    revenue: float | None = None
    revenue_share: float | None = None


@attrs.frozen(kw_only=True)
class Portfolio:
    """A book of accounts on the spectrum.

    Args:
        accounts: Number of accounts.
        unknown: Number of accounts whose mode is unknown.
        shares: Mode → share, in the order of `MODES`.
        tail_share: Share of consultative, education and mentoring among the known; None where none is known.
        skewness: Third standardised moment of the ranks; above 0 where the fat end is servicing; None for fewer than
            three known accounts or for equal ranks.
        gini: How unevenly the known accounts spread over the modes: 0 alike, towards 1 all in one.
        revenue_gini: How unevenly revenue spreads over the accounts, 0 to 1; None without usable revenues.
        revenue_unknown: Number of accounts without a usable revenue; None where no revenues were given.
    """

    accounts: int
    unknown: int
    shares: Mapping[str, Share]
    tail_share: float | None
    skewness: float | None
    gini: float | None
    revenue_gini: float | None = None
    revenue_unknown: int | None = None


@attrs.frozen(kw_only=True)
class Verdict:
    """Whether a book looks as if the supplier had flattered itself.

    Args:
        inflated_self_assessment: True or False where that is sure; None where it can't be told.
        reasons: What speaks for it, or why it can't be told; one sentence each.
    """

    inflated_self_assessment: bool | None
    reasons: tuple[str, ...] = ()


def portfolio(modes: Sequence[str | None], revenues: Sequence[float | None] | None = None) -> Portfolio:
    """Describe how a book spreads over the spectrum.

    Args:
        modes: One mode of `MODES` per account, None where it is unknown.
        revenues: One revenue per account, all in one currency and unit, at least 0; None and NaN where it is missing.

    Returns:
        Counts, shares with their bounds, tail share, skewness and Gini coefficients. Order of the accounts is without
        effect.

    Raises:
        FactError: A mode is not one of `MODES`, a revenue is negative, or the two sequences differ in length.

    Example:
        >>> book = portfolio(["servicing", "servicing", "mining", None], [10.0, 30.0, 40.0, 5.0])
        >>> book.shares["servicing"].share, book.shares["servicing"].revenue_share, book.unknown
        (0.6666666666666666, 0.5, 1)

    Source: S0-02.
    """
    _check(modes, revenues)
    counts = Counter(mode for mode in modes if mode is not None)
    known = sum(counts.values())
    money = _money(modes, revenues)
    total = math.fsum(money.values()) if money is not None else 0.0
    shares = {
        mode: Share(
            accounts=counts[mode],
            share=counts[mode] / known if known else None,
            low=counts[mode] / len(modes) if modes else 0.0,
            high=(counts[mode] + len(modes) - known) / len(modes) if modes else 1.0,
            revenue=None if money is None else money[mode],
            revenue_share=money[mode] / total if money is not None and total > 0 else None,
        )
        for mode in MODES
    }
    usable = None if revenues is None else [amount for amount in revenues if not _missing(amount)]
    return Portfolio(
        accounts=len(modes),
        unknown=len(modes) - known,
        shares=shares,
        tail_share=sum(counts[mode] for mode in TAIL) / known if known else None,
        skewness=skewness([RANKS[mode] for mode in modes if mode is not None]),
        gini=gini([counts[mode] for mode in MODES]),
        revenue_gini=None if usable is None else gini([float(amount) for amount in usable if amount is not None]),
        revenue_unknown=None if usable is None else len(modes) - len(usable),
    )


def gini(values: Sequence[float]) -> float | None:
    """Return the Gini coefficient of amounts that are at least 0.

    Args:
        values: Amounts of any unit, in any order.

    Returns:
        0 where all are alike, (n − 1)/n where one has everything; None where the sum is not above 0.

    Example:
        >>> gini([1.0, 1.0, 1.0, 1.0]), gini([0.0, 0.0, 0.0, 8.0])
        (0.0, 0.75)
    """
    ordered = sorted(values)
    total = math.fsum(ordered)
    if total <= 0:
        return None
    count = len(ordered)
    weighted = math.fsum((2 * at - count - 1) * value for at, value in enumerate(ordered, start=1))
    return min(1.0, max(0.0, weighted / (count * total)))


def skewness(values: Sequence[float]) -> float | None:
    """Return the third standardised moment of a whole population.

    Args:
        values: Numbers, in any order.

    Returns:
        Above 0 for a long tail upwards, 0 for a symmetric population; None for fewer than three or for equal values.

    Example:
        >>> skewness([0, 1, 2]), skewness([0, 0, 0, 4]) > 1
        (0.0, True)
    """
    count = len(values)
    if count < 3 or min(values) == max(values):
        return None
    mean = math.fsum(values) / count
    second = math.fsum((value - mean) ** 2 for value in values) / count
    third = math.fsum((value - mean) ** 3 for value in values) / count
    return third / (second * math.sqrt(second))


def rarity_breaks(book: Portfolio) -> tuple[tuple[str, str], ...]:
    """Return the neighbours on the chain of which the rarer one is surely the more frequent one.

    Args:
        book: What `portfolio` returned.

    Returns:
        Pairs (expected to be more frequent, found to be more frequent). Only the mode with unknown accounts counted
        against it is compared, so an unknown account never makes a break.

    Example:
        >>> rarity_breaks(portfolio(["servicing", "mining", "mining"]))
        (('servicing', 'mining'),)

    Source: S0-48.
    """
    pairs = pairwise(CHAIN)
    return tuple((more, fewer) for more, fewer in pairs if book.shares[fewer].low > book.shares[more].high)


def judge(book: Portfolio, *, whole: bool, expected: Expectation | None = None) -> Verdict:
    """Tell whether a book looks as if the supplier had flattered itself.

    A part of a book may be all consultative for good reasons, and a handful of accounts may fall in any way. So this
    speaks only of a book that the caller declares whole, and from a least number of accounts.

    Args:
        book: What `portfolio` returned.
        whole: Whether these are all the accounts that the organisation has.
        expected: What is believable; the defaults are ours.

    Returns:
        `inflated_self_assessment` is true when mentoring is surely more frequent or servicing surely less frequent than
        believable, or when rarity surely fails to rise along the spectrum; false when none of these is possible.

    Example:
        >>> judge(portfolio(["mentoring"] * 40), whole=True).inflated_self_assessment
        True
        >>> judge(portfolio(["mentoring"] * 40), whole=False).reasons
        ('the book is not declared whole',)

    Source: S0-02, S0-48.
    """
    limits = expected or Expectation()
    if not whole:
        return Verdict(inflated_self_assessment=None, reasons=("the book is not declared whole",))
    if book.accounts < limits.least_accounts:
        return Verdict(
            inflated_self_assessment=None,
            reasons=(f"{book.accounts} accounts are fewer than the {limits.least_accounts} needed",),
        )
    reasons = _signs(book, limits)
    if reasons:
        return Verdict(inflated_self_assessment=True, reasons=reasons)
    possible = (
        book.shares["mentoring"].high > limits.most_mentoring
        or book.shares["servicing"].low < limits.least_servicing
        or any(book.shares[b].high > book.shares[a].low for a, b in pairwise(CHAIN))
    )
    if possible and book.unknown:
        unknown = f"the mode of {counted(book.unknown, 'account')} is unknown"
        return Verdict(inflated_self_assessment=None, reasons=(unknown,))
    return Verdict(inflated_self_assessment=False)


def by_group(
    modes: Sequence[str | None],
    groups: Sequence[Group],
    revenues: Sequence[float | None] | None = None,
    *,
    smallest: int = 5,
) -> tuple[dict[Group, Portfolio], int]:
    """Describe a book by groups of accounts; groups that are too small to show are left out.

    A single hidden group could be found again by subtraction from the whole book, so shown groups join the hidden
    ones, the smallest first, until the hidden accounts are enough together. Group by a property of the accounts
    (industry, region, segment), never by a person.

    Args:
        modes: As for `portfolio`.
        groups: One group per account.
        revenues: As for `portfolio`.
        smallest: Fewest accounts that a shown group has, and that the hidden ones have together; at least 1.

    Returns:
        Group → portfolio in order of first appearance, and the number of accounts in groups that are not shown.

    Raises:
        FactError: As `portfolio`, or `groups` has another length.

    Example:
        >>> shown, hidden = by_group(["mining"] * 12, ["north"] * 6 + ["south"] * 5 + ["west"])
        >>> list(shown), hidden
        (['north'], 6)
    """
    if len(groups) != len(modes):
        raise FactError(f"CC403 {len(groups)} groups stand beside {len(modes)} modes; hand in one for each account")
    sizes = Counter(groups)
    hidden = hidden_groups(sizes, smallest)
    shown: dict[Group, Portfolio] = {}
    for group in sizes:
        if group not in hidden:
            rows = [at for at, own in enumerate(groups) if own == group]
            shown[group] = portfolio(
                [modes[at] for at in rows], None if revenues is None else [revenues[at] for at in rows]
            )
    return shown, sum(sizes[group] for group in hidden)


def _signs(book: Portfolio, limits: Expectation) -> tuple[str, ...]:
    found = []
    mentoring, servicing = book.shares["mentoring"], book.shares["servicing"]
    if mentoring.low > limits.most_mentoring:
        most = limits.most_mentoring
        found.append(f"at least {mentoring.low:.0%} are placed at mentoring, expected at most {most:.0%}")
    if servicing.high < limits.least_servicing:
        least = limits.least_servicing
        found.append(f"at most {servicing.high:.0%} are placed at servicing, expected at least {least:.0%}")
    found += [f"{fewer} is more frequent than {more}" for more, fewer in rarity_breaks(book)]
    return tuple(found)


def _money(modes: Sequence[str | None], revenues: Sequence[float | None] | None) -> dict[str, float] | None:
    if revenues is None:
        return None
    parts: dict[str, list[float]] = {mode: [] for mode in MODES}
    for mode, amount in zip(modes, revenues, strict=True):
        if mode is not None and amount is not None and not _missing(amount):
            parts[mode].append(float(amount))
    return {mode: math.fsum(amounts) for mode, amounts in parts.items()}


def _missing(amount: float | None) -> bool:
    return amount is None or math.isnan(amount)


def _check(modes: Sequence[str | None], revenues: Sequence[float | None] | None) -> None:
    strange = sorted({mode for mode in modes if mode is not None and mode not in RANKS})
    if strange:
        raise FactError(f"CC403 `{strange[0]}` is not a mode; one of: {', '.join(MODES)}")
    if revenues is None:
        return
    if len(revenues) != len(modes):
        raise FactError(f"CC403 {len(revenues)} revenues stand beside {len(modes)} modes; hand in one for each account")
    if any(amount is not None and (amount < 0 or math.isinf(amount)) for amount in revenues):
        raise FactError("CC403 a revenue is below 0 or infinite; hand in finite amounts of at least 0, or None")
