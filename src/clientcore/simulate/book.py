"""A whole invented book: one stream of draws for each account, and the truth apart from the tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import attrs

from clientcore.arguments import require_call, require_day, require_whole
from clientcore.errors import FactError
from clientcore.simulate.chance import Chance
from clientcore.simulate.conduct import write_conduct
from clientcore.simulate.dealings import (
    write_asked,
    write_cases,
    write_changes,
    write_commitments,
    write_ideas,
    write_interactions,
    write_issues,
    write_surveys,
)
from clientcore.simulate.handed import write_handed, write_needs
from clientcore.simulate.hazards import write_hazards
from clientcore.simulate.latent import Truth, draw_truth
from clientcore.simulate.layout import COLUMNS
from clientcore.simulate.ledger import Ledger, Row
from clientcore.simulate.names import REGIONS, company
from clientcore.simulate.openness import write_openness
from clientcore.simulate.people import write_contacts, write_team
from clientcore.simulate.recording import note_recorded
from clientcore.simulate.selling import write_evidence, write_selling
from clientcore.simulate.standing import (
    write_culture,
    write_goals,
    write_horizons,
    write_insights,
    write_intent,
    write_lessons,
    write_stewardship,
    write_switch,
)
from clientcore.simulate.supplier import draw_supplier, write_supplier
from clientcore.simulate.trade import (
    write_assets,
    write_competitors,
    write_contracts,
    write_offerings,
    write_opportunities,
    write_orders,
)
from clientcore.simulate.troubles import fall_asleep, write_troubles
from clientcore.simulate.voice import write_voice

_EARLIEST = date(1950, 1, 1)
_LATEST = date(9900, 1, 1)
#: How far the second stream of an account lies behind its first.
_APART = 1 << 31


@attrs.frozen(kw_only=True)
class SimulatedBook:
    """An invented book and what is true of it.

    Args:
        as_of: The last day on which anything has happened in it; planned days may be later.
        tables: Table → its rows, every row with the same columns; what is missing is None.
        truth: What is true of each account, in the order of `tables["accounts"]`; stands nowhere in the tables.
    """

    as_of: date
    tables: dict[str, list[Row]]
    truth: tuple[Truth, ...]


def simulate_book(
    accounts: int, seed: int, as_of: date, *, on_progress: Callable[[int, int], None] | None = None
) -> SimulatedBook:
    """Invent a book of accounts whose rows follow from a hidden mode, intent, trust, competence and culture.

    Account number k is the same in every book of a seed and a day, however many accounts it has. The same arguments
    give the same values on every machine and Python version.

    Args:
        accounts: How many, 1 or more.
        seed: 0 to 2^64 - 1.
        as_of: The last day on which anything has happened, in the years 1950 to 9899.
        on_progress: Called with (done, total) now and then.

    Returns:
        The book: about 160 rows for each account, in the tables of `clientcore.simulate.COLUMNS`.

    Raises:
        FactError: The number of accounts, the seed or the day is outside of its range.

    Example:
        >>> book = simulate_book(3, seed=7, as_of=date(2026, 6, 30))
        >>> [row["id"] for row in book.tables["accounts"]]
        ['a-0001', 'a-0002', 'a-0003']
        >>> book.truth[0].account_id
        'a-0001'
    """
    require_whole("accounts", accounts, 1)
    require_whole("seed", seed, 0)
    require_day(as_of)
    require_call("on_progress", on_progress, "of how many accounts are done, and of how many")
    if seed >= 1 << 64 or not _EARLIEST <= as_of < _LATEST:
        raise FactError(
            f"CC403 can't simulate with seed {seed} as of {as_of}; take a seed from 0 to below 2^64 and a day from "
            f"{_EARLIEST} to before {_LATEST}"
        )
    tables: dict[str, list[Row]] = {table: [] for table in COLUMNS}
    of_the_supplier = Chance(seed, 0)
    write_supplier(tables, draw_supplier("org-1", of_the_supplier), of_the_supplier, as_of)
    note_recorded(tables, dict.fromkeys(tables, 0))
    truth = []
    for number in range(1, accounts + 1):
        chance = Chance(seed, number)
        hidden = draw_truth(f"a-{number:04d}", chance, Chance(seed, number + _APART), as_of)
        write_account(Ledger(hidden, chance, as_of, tables))
        truth.append(hidden)
        if on_progress is not None and (number % 100 == 0 or number == accounts):
            on_progress(number, accounts)
    return SimulatedBook(as_of=as_of, tables=tables, truth=tuple(truth))


def write_account(ledger: Ledger) -> None:
    """Write every row of one account."""
    _write_head(ledger)
    contacts = write_contacts(ledger)
    team = write_team(ledger)
    offerings = write_offerings(ledger)
    goals = write_goals(ledger, contacts, team)
    cycle = write_opportunities(ledger, offerings, goals)
    write_orders(ledger, offerings, contacts)
    write_contracts(ledger)
    write_assets(ledger, offerings)
    write_competitors(ledger)
    write_interactions(ledger, contacts, team, cycle)
    write_commitments(ledger, team)
    write_cases(ledger, contacts)
    write_issues(ledger)
    write_surveys(ledger, contacts)
    write_intent(ledger)
    write_culture(ledger, contacts)
    write_insights(ledger, goals, offerings)
    write_horizons(ledger)
    positions = write_switch(ledger)
    write_stewardship(ledger)
    write_conduct(ledger, contacts)
    write_troubles(ledger, contacts, team)
    write_selling(ledger)
    write_voice(ledger, contacts)
    write_hazards(ledger)
    write_handed(ledger, positions)
    fall_asleep(ledger)
    write_openness(ledger)
    write_evidence(ledger)
    write_asked(ledger, team)
    write_needs(ledger)
    write_changes(ledger)
    write_ideas(ledger)
    write_lessons(ledger)
    note_recorded(ledger.tables, ledger.starts)


def _write_head(ledger: Ledger) -> None:
    truth, chance = ledger.truth, ledger.chance
    ledger.write(
        "accounts",
        id=truth.account_id,
        name=company(chance),
        lifecycle=truth.lifecycle,
        direction="client",
        organisation_id="org-1",
        industry=ledger.noted("people", truth.industry),
        segment=chance.weighted((("small", 55.0), ("middle", 33.0), ("large", 12.0))),
        country=chance.pick(REGIONS),
        employees=ledger.noted("people", float(int(chance.skewed(20, 0.999)))),
        annual_revenue=ledger.noted("amount", chance.skewed(400_000, 0.999)),
        category_spend=ledger.noted("amount", chance.skewed(10_000, 0.99)),
        currency="EUR",
        overdue_30=ledger.noted("amount", chance.skewed(100, 0.9) if chance.happens(0.2) else 0.0),
        overdue_60=ledger.noted("amount", chance.skewed(100, 0.9) if chance.happens(0.08) else 0.0),
        overdue_90=ledger.noted("amount", chance.skewed(100, 0.9) if chance.happens(0.03) else 0.0),
        credit_on_hold=chance.happens(0.02),
        client_since=None if truth.lifecycle == "prospect" else truth.since,
        former_since=ledger.ago(30, 399) if truth.lifecycle == "former" else None,
        management_changed_on=ledger.ago(10, 900) if chance.happens(0.2) else None,
        owner_changed_on=ledger.ago(10, 1200) if chance.happens(0.4) else None,
        planning_cutoff_on=ledger.as_of + timedelta(days=chance.whole(10, 340)),
        last_activity_on=ledger.ago(0, 60),
    )
