"""What the records of an account say on an item, in lines; numbers and names of things, never of people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from clientcore.errors import counted

Row = Mapping[str, Any]
_YEAR = timedelta(days=365)
_MOST = 5


def lines(topic: str, account: Row, as_of: date) -> tuple[str, ...]:
    """Return what is recorded on an item, as it was known on a day; nothing where nothing is.

    Args:
        topic: Id of the item.
        account: The account with its related tables nested in it, as a book gives it.
        as_of: The day; what was recorded later is not seen.
    """
    teller = _TELLERS.get(topic)
    return () if teller is None else tuple(teller(_Seen(account, as_of)))


class _Seen:
    """The records of an account, as they were known on a day."""

    def __init__(self, account: Row, as_of: date) -> None:
        self.account = account
        self.as_of = as_of

    def rows(self, table: str) -> list[Row]:
        return [row for row in self.account.get(table) or () if _known(row, self.as_of)]

    def lately(self, row: Row, name: str) -> bool:
        day = _day(row.get(name))
        return day is not None and self.as_of - _YEAR < day <= self.as_of

    def open(self, row: Row, *names: str) -> bool:
        """Whether none of these days has come."""
        return not any((day := _day(row.get(name))) is not None and day <= self.as_of for name in names)

    def sum(self, rows: Iterable[Row], name: str) -> float | None:
        """Return a sum in the account's currency; amounts without a rate into it are left out, None if all are."""
        currency = self.account.get("currency")
        amounts = []
        for row in rows:
            foreign = bool(row.get("currency")) and row["currency"] != currency
            rate = (row.get("fx_rate") or 0.0) if foreign else 1.0
            if row.get(name) is not None and rate > 0:
                amounts.append(row[name] * rate)
        return sum(amounts) if amounts else None

    def running(self, row: Row) -> bool:
        """Whether a contract has begun and neither ended nor was ended; one that renews itself runs on."""
        begins = _day(row.get("starts_on")) or _day(row.get("signed_on"))
        ends = _day(row.get("ends_on"))
        return (
            row.get("status") not in {"draft", "terminated"}
            and (begins is None or begins <= self.as_of)
            and self.open(row, "terminated_on")
            and (ends is None or ends >= self.as_of or bool(row.get("auto_renew")))
        )

    def money(self, amount: Any, row: Row) -> str:
        currency = row.get("currency") or self.account.get("currency") or ""
        return f"{amount:,.0f} {currency}".rstrip()


def _day(value: Any) -> date | None:
    return value.date() if isinstance(value, datetime) else value if isinstance(value, date) else None


def _known(row: Row, as_of: date) -> bool:
    noted = _day(row.get("recorded_at")) or _day(row.get("occurred_on"))
    return noted is None or noted <= as_of


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _on(word: str, row: Row, name: str) -> str:
    day = _day(row.get(name))
    return f"{word} {day}" if day is not None else ""


def _first(told: Iterable[str]) -> Iterator[str]:
    """Yield the first lines, and how many follow."""
    found = list(told)
    yield from found[:_MOST]
    if len(found) > _MOST:
        yield f"and {len(found) - _MOST} more"


def _previous_actions(seen: _Seen) -> Iterator[str]:
    held = [
        row
        for row in seen.rows("reviews")
        if row.get("kind") != "artefact" and _day(row.get("held_on")) is not None and not seen.open(row, "held_on")
    ]
    for row in sorted(held, key=lambda row: (row["held_on"], row["id"]))[-1:]:
        agreed, closed = row.get("actions_agreed"), row.get("actions_closed")
        yield _joined(
            f"last review on {row['held_on']}",
            f"{agreed:.0f} action{'' if agreed == 1 else 's'} agreed" if agreed is not None else "actions not noted",
            f"{closed:.0f} of them closed" if closed is not None else "",
        )


def _market(seen: _Seen) -> Iterator[str]:
    forces = {
        row["force"]: row
        for row in sorted(seen.rows("insights"), key=lambda row: (str(_day(row.get("occurred_on")) or ""), row["id"]))
        if row.get("force")
    }
    yield from (_joined(f"{force}: {row.get('title') or 'noted'}", _on("on", row, "occurred_on"))
                for force, row in sorted(forces.items()))  # fmt: skip


def _organisation_changes(seen: _Seen) -> Iterator[str]:
    for name, told in (
        ("management_changed_on", "the client's management changed"),
        ("owner_changed_on", "the account got a new owner"),
    ):
        if not seen.open(seen.account, name):
            yield f"{told} on {_day(seen.account[name])}"
    people = seen.rows("contacts")
    for name, told in (("left_on", "left"), ("joined_on", "came")):
        if count := sum(seen.lately(row, name) for row in people):
            yield f"contacts who {told} within a year: {count}"


def _contracts(seen: _Seen) -> Iterator[str]:
    running = [row for row in seen.rows("contracts") if seen.running(row)]
    value = seen.sum(running, "annual_value")
    if value is not None:
        yield f"running contracts: {len(running)}, {seen.money(value, seen.account)} a year where noted"
    yield from _first(
        _joined(
            row.get("kind") or "contract",
            _on("until", row, "ends_on"),
            _on("to be renewed", row, "renewal_on"),
            "renews itself" if row.get("auto_renew") else "",
            f"{counted(round(row['notice_days']), 'day')} of notice" if row.get("notice_days") is not None else "",
        )
        for row in sorted(running, key=lambda row: (str(_day(row.get("ends_on")) or "9999"), row["id"]))
    )


def _debtors(seen: _Seen) -> Iterator[str]:
    for name, told in (("overdue_30", "up to 30 days"), ("overdue_60", "31 to 60 days"), ("overdue_90", "longer")):
        amount = seen.account.get(name)
        if amount is not None:
            yield f"overdue {told}: {seen.money(amount, seen.account)}"
    if seen.account.get("credit_on_hold"):
        yield "credit is on hold"


def _sales(seen: _Seen) -> Iterator[str]:
    orders = [row for row in seen.rows("orders") if seen.lately(row, "ordered_on") and row.get("status") != "cancelled"]
    if orders:
        amount = seen.sum(orders, "amount")
        told = "no amounts noted" if amount is None else f"{seen.money(amount, seen.account)} where noted"
        yield f"orders within a year: {len(orders)}, {told}"


def _opportunities(seen: _Seen) -> Iterator[str]:
    rows = [
        row
        for row in seen.rows("opportunities")
        if not row.get("is_closed") and seen.open(row, "closed_on", "dropped_on")
    ]
    yield from _first(
        _joined(
            row.get("name") or row.get("kind") or "opportunity",
            row.get("stage") or "",
            seen.money(row["amount"], row) if row.get("amount") is not None else "amount not noted",
            _on("expected", row, "close_on"),
        )
        for row in sorted(rows, key=lambda row: (-(row.get("amount") or 0.0), row["id"]))
    )


def _competitors(seen: _Seen) -> Iterator[str]:
    rows = [row for row in seen.rows("competitors") if row.get("is_active") is not False]
    yield from _first(
        _joined(
            row.get("name") or "a competitor",
            "supplies the client today" if row.get("is_incumbent") else "",
            f"threat {row['threat']:.0%}" if row.get("threat") is not None else "",
        )
        for row in sorted(rows, key=lambda row: (-(row.get("threat") or 0.0), row["id"]))
    )


def _contacts(seen: _Seen) -> Iterator[str]:
    people = [row for row in seen.rows("contacts") if row.get("is_active") is not False and seen.open(row, "left_on")]
    if people:
        heard = {row.get("contact_id") for row in seen.rows("interactions") if seen.lately(row, "occurred_on")}
        yield f"contacts: {len(people)}, {sum(row['id'] in heard for row in people)} of them met within a year"


def _surveys(seen: _Seen) -> Iterator[str]:
    asked: dict[str, list[bool]] = {}
    for row in seen.rows("survey_responses"):
        if seen.lately(row, "invited_on") or seen.lately(row, "responded_on"):
            asked.setdefault(row.get("kind") or "other", []).append(seen.lately(row, "responded_on"))
    for kind, answers in sorted(asked.items()):
        yield f"{kind.replace('_', ' ')}: {sum(answers)} of {len(answers)} answered within a year"


def _complaints(seen: _Seen) -> Iterator[str]:
    cases = seen.rows("cases")
    waiting = [row for row in cases if not row.get("is_closed") and seen.open(row, "closed_at")]
    if cases:
        raised = sum(bool(row.get("is_escalated")) for row in waiting)
        yield f"cases: {len(cases)}, {len(waiting)} of them open and {raised} of these escalated"


def _hospitality(seen: _Seen) -> Iterator[str]:
    for kind in ("visit", "workshop"):
        rows = (row for row in seen.rows("interactions") if row.get("kind") == kind)
        if count := sum(seen.lately(row, "occurred_on") for row in rows):
            yield f"{kind}s within a year: {count}"


def _risk(seen: _Seen) -> Iterator[str]:
    def weight(row: Row) -> float:
        return (row.get("probability") or 0.0) * (row.get("impact") or 0.0)

    rows = [row for row in seen.rows("risks") if seen.open(row, "closed_on")]
    yield from _first(
        _joined(
            row.get("title") or row.get("kind") or "risk",
            f"probability {row['probability']:.0%}" if row.get("probability") is not None else "probability not noted",
            f"{seen.money(row['impact'], row)} if it happens" if row.get("impact") is not None else "",
            row.get("response") or "no response noted",
            _on("due", row, "due_on"),
        )
        for row in sorted(rows, key=lambda row: (-weight(row), row["id"]))
    )


_TELLERS: Mapping[str, Callable[[_Seen], Iterator[str]]] = {
    "previous_actions": _previous_actions,
    "market": _market,
    "organisation_changes": _organisation_changes,
    "contracts": _contracts,
    "debtors": _debtors,
    "sales": _sales,
    "opportunities": _opportunities,
    "competitors": _competitors,
    "contacts": _contacts,
    "surveys": _surveys,
    "complaints": _complaints,
    "hospitality": _hospitality,
    "risk": _risk,
}
