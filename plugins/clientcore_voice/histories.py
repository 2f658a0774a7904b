"""What the orders of each client come to: how often, how lately, for how long, how much."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import attrs

from clientcore.errors import FactError, Problem

_WEEK = 7.0


@attrs.frozen(kw_only=True)
class History:
    """The orders of one client in the four numbers that the models read; times in one unit, usually weeks.

    Args:
        account_id: The client.
        frequency: Repeat orders: different days with an order, but the first; a whole number, 0 or more.
        recency: Time from the first order to the last one; 0 without a repeat.
        age: Time from the first order to the end of what is observed; at least the recency, above 0.
        mean_amount: Mean value of a repeat order, above 0; None where there is none or it is not known.

    Example:
        >>> History(account_id="acme", frequency=2, recency=30.4, age=38.9, mean_amount=22.35).frequency
        2
    """

    account_id: str
    frequency: int
    recency: float
    age: float
    mean_amount: float | None = None


def histories_of(orders: Iterable[Mapping[str, Any]], until: date, *, unit_days: float = _WEEK) -> list[History]:
    """Return the history of every client that ordered before a day.

    Orders of one day are one. An order later than `until` is unseen, and one without a day or with the status
    `cancelled` does not count. A client with its first order on `until` itself has no age yet and is left out.

    Args:
        orders: Rows with `account_id`, `ordered_on` (a day), and where known `amount` and `status`, as the table
            `orders` of a book has them; amounts in one currency.
        until: Last day of what is observed.
        unit_days: Days in one unit of time, above 0; 7 for weeks.

    Returns:
        One history per client, ordered by id; `mean_amount` is None where the amount of a repeat order is missing, or
        where their mean is not above 0.

    Raises:
        FactError: A row has no account, or its day or amount is of the wrong kind (CC602), each with its number.

    Example:
        >>> rows = [{"account_id": "a", "ordered_on": date(2026, 1, day), "amount": 10.0} for day in (1, 8, 15)]
        >>> histories_of(rows, date(2026, 1, 29))
        [History(account_id='a', frequency=2, recency=2.0, age=4.0, mean_amount=10.0)]
    """
    if not (math.isfinite(unit_days) and unit_days > 0):
        raise FactError(f"CC603 `unit_days` is {unit_days}; a number above 0")
    days: dict[str, dict[date, float | None]] = {}
    problems: list[Problem] = []
    for number, row in enumerate(orders, start=1):
        fault = order_fault(row)
        if fault:
            problems.append(Problem("CC602", f"order {number}: {fault}"))
        elif row.get("ordered_on") is not None and row["ordered_on"] <= until and row.get("status") != "cancelled":
            own = days.setdefault(row["account_id"], {})
            amount, before = row.get("amount"), own.get(row["ordered_on"], 0.0)
            own[row["ordered_on"]] = None if amount is None or before is None else before + float(amount)
    if problems:
        raise FactError(problems=problems)
    made = (_history(account, days[account], until, unit_days) for account in sorted(days))
    return [one for one in made if one.age > 0]


def order_fault(row: Mapping[str, Any]) -> str:
    """Return what is wrong with a row of orders, and what would be right; empty where nothing is."""
    account, day, amount = row.get("account_id"), row.get("ordered_on"), row.get("amount")
    if not isinstance(account, str) or not account:
        return f"`account_id` is `{account}`; a text that names the client"
    if day is not None and (not isinstance(day, date) or isinstance(day, datetime)):
        return f"`ordered_on` is `{day}`; a day"
    if amount is not None and (isinstance(amount, bool) or not finite(amount)):
        return f"`amount` is `{amount}`; a number, or nothing"
    return ""


def _history(account: str, days: Mapping[date, float | None], until: date, unit_days: float) -> History:
    first, last = min(days), max(days)
    amounts = [amount for day, amount in days.items() if day != first]
    known = [amount for amount in amounts if amount is not None]
    mean = math.fsum(known) / len(known) if known and len(known) == len(amounts) else 0.0
    return History(
        account_id=account,
        frequency=len(amounts),
        recency=(last - first).days / unit_days,
        age=(until - first).days / unit_days,
        mean_amount=mean if mean > 0 else None,
    )


def checked(histories: Sequence[History]) -> Sequence[History]:
    """Return the histories if the models can read every one of them.

    Raises:
        FactError: One can't be, or a client is there twice (CC602, CC603, CC606); all are listed, each with its number.
    """
    problems = [
        Problem(code, f"history {number} (`{one.account_id}`): {fault}")
        for number, one in enumerate(histories, start=1)
        for code, fault in _faults(one)
    ]
    seen: dict[str, int] = {}
    for number, one in enumerate(histories, start=1):
        first = seen.setdefault(one.account_id, number)
        if first != number:
            problems.append(
                Problem("CC606", f"history {number} (`{one.account_id}`): history {first} is of the same client")
            )
    if problems:
        raise FactError(problems=problems)
    return histories


def _faults(one: History) -> Iterator[tuple[str, str]]:
    for name in ("frequency", "recency", "age"):
        value = getattr(one, name)
        if not finite(value):
            yield "CC602", f"`{name}` is `{value}`; a number"
            return
    if one.frequency < 0 or one.frequency != int(one.frequency):
        yield "CC603", f"frequency {one.frequency} is no count of orders; a whole number, 0 or more"
    if one.age <= 0:
        yield "CC603", f"age {one.age:g} is not above 0"
    if not 0 <= one.recency <= one.age:
        yield "CC603", f"recency {one.recency:g} does not lie between 0 and the age {one.age:g}"
    if (one.frequency > 0) != (one.recency > 0):
        yield "CC603", f"frequency {one.frequency} and recency {one.recency:g} do not fit; both are 0, or neither"
    if one.mean_amount is not None and not (finite(one.mean_amount) and one.mean_amount > 0):
        yield "CC603", f"mean amount {one.mean_amount} is not above 0; leave it out where it is not known"


def finite(value: Any) -> bool:
    """Return whether a value is a number that can be reckoned with."""
    try:
        return math.isfinite(value)
    except (TypeError, OverflowError):  # the latter: a whole number beyond what a float holds
        return False
