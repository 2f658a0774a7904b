"""The fifths of a book by recency, frequency and money, as params for `voice.value`; needs no numpy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from clientcore.errors import FactError, Problem
from clientcore.ruleset import Profile
from clientcore_voice.histories import order_fault

_PARTS = 5
_MOST_DAYS, _MOST_MONEY = 3650.0, 1e12
#: What the params `window_days` of the ruleset may be.
_WINDOW = (90, 1095)


def rfm_profile(
    orders: Iterable[Mapping[str, Any]], as_of: date, *, window_days: int = 365, name: str = "rfm"
) -> Profile:
    """Return a profile in which the fifths of `voice.value` are those of this book.

    Args:
        orders: Rows with `account_id`, `ordered_on`, `amount`, and where known `status`, as in the table `orders`.
        as_of: The day; later orders are unseen.
        window_days: How far back orders count for frequency and money, in days, 90 to 1095; the param of the ruleset.
        name: Id of the profile.

    Returns:
        A profile for `Engine(profiles=[…])`. Edges of recency are those of all clients that ever ordered, the others
        those of clients that ordered in the window; a client with an order of unknown amount has no say about money.
        Orders of one day count once, as in the ruleset.

    Raises:
        FactError: Fewer than five clients have orders of known amounts in the window (CC617), or a row can't be
            (CC602), or `window_days` lies outside (CC603).

    Example:
        >>> days = [date(2026, 6, day) for day in (1, 5, 9, 13, 17)]
        >>> rows = [{"account_id": f"c{n}", "ordered_on": day, "amount": 100.0 * n} for n, day in enumerate(days)]
        >>> rfm_profile(rows, date(2026, 6, 30)).params["voice.value"]["recency_5"]
        13.0
    """
    if not _WINDOW[0] <= window_days <= _WINDOW[1]:
        raise FactError(f"CC603 `window_days` is {window_days}; {_WINDOW[0]} to {_WINDOW[1]}")
    last: dict[str, date] = {}
    counts: dict[str, set[date]] = {}
    money: dict[str, float | None] = {}
    problems = []
    for number, row in enumerate(orders, start=1):
        fault = order_fault(row)
        if fault:
            problems.append(Problem("CC602", f"order {number}: {fault}"))
            continue
        account, day = row["account_id"], row.get("ordered_on")
        if day is None or day > as_of or row.get("status") == "cancelled":
            continue
        last[account] = max(day, last.get(account, day))
        if (as_of - day).days < window_days:
            counts.setdefault(account, set()).add(day)
            amount, before = row.get("amount"), money.get(account, 0.0)
            money[account] = None if amount is None or before is None else before + float(amount)
    if problems:
        raise FactError(problems=problems)
    worth = [min(max(amount, 0.0), _MOST_MONEY) for amount in money.values() if amount is not None]
    if len(worth) < _PARTS:
        text = f"no fifths of {len(worth)} clients with orders of known amounts within {window_days} days"
        raise FactError(problems=[Problem("CC617", text, help="five are the least, and hundreds are better")])
    days = sorted(min(max(float((as_of - day).days), 1.0), _MOST_DAYS) for day in last.values())
    edges: dict[str, Any] = {f"recency_{_PARTS - part}": _least(days, part + 1) for part in range(_PARTS - 1)}
    for what, values in (("frequency", [float(len(own)) for own in counts.values()]), ("money", worth)):
        found = sorted(values)
        edges |= {f"{what}_{part + 1}": found[_first(found, part)] for part in range(1, _PARTS)}
    return Profile(name, {"voice.value": {"window_days": float(window_days)} | edges})


def _least(values: Sequence[float], parts: int) -> float:
    """Return the value that so many fifths of the values reach at most."""
    return values[max(0, -(-len(values) * parts // _PARTS) - 1)]


def _first(values: Sequence[float], parts: int) -> int:
    """Return the place of the first value above so many fifths of the values."""
    return len(values) * parts // _PARTS
