"""Selling and supplying: opportunities and tenders, orders, contracts, competitors, the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from clientcore.simulate.ledger import Ledger, Row
from clientcore.simulate.names import OFFERINGS, company
from clientcore.simulate.recording import evening

#: First and last day of talks that led to a proposal.
Cycle = tuple[date, date]
_ORIGINS = {
    "servicing": (("client_need", 70.0), ("supplier_push", 28.0), ("joint", 2.0)),
    "mining": (("client_need", 40.0), ("supplier_push", 50.0), ("joint", 10.0)),
}
_LATER_ORIGINS = (("client_need", 55.0), ("supplier_push", 15.0), ("joint", 30.0))


def write_offerings(ledger: Ledger) -> list[str]:
    """Write what could be offered to the client, with the yearly value that it could buy.

    Returns:
        Ids of the offerings.
    """
    chance = ledger.chance
    return [
        ledger.write(
            "offerings",
            name=name,
            family="product" if number < 3 else "service",
            is_active=True,
            price=chance.skewed(900, 0.9),
            potential=chance.skewed(8_000, 0.95),
            recorded_at=evening(ledger.truth.since),
        )
        for number, name in enumerate(OFFERINGS)
    ]


def write_opportunities(ledger: Ledger, offerings: Sequence[str], goals: Sequence[str]) -> Cycle | None:
    """Write needs, deals, suggestions and tenders of the last three years.

    Returns:
        First and last day of the talks that led to the latest suggestion; None without one.
    """
    truth, chance = ledger.truth, ledger.chance
    for _ in range(1 + chance.count(1.5 + 3.5 * truth.activity)):
        _write_deal(ledger, offerings, {})
    for _ in range(chance.count(0.2 + 0.5 * truth.activity)):
        _write_deal(ledger, offerings, {}, newest=1, oldest=45)
    for _ in range(chance.count(0.35 if truth.rank == 0 else 2.4)):
        _write_deal(ledger, offerings, _tender(ledger), newest=15, oldest=680)
    if truth.rank >= 1:
        for _ in range(1 + chance.count(1.2)):
            _write_deal(
                ledger, offerings, {"is_expansion": True, "kind": "cross_sell"}, newest=20, oldest=600, won=0.85
            )
    count = 3 + chance.count(1.5) if truth.rank >= 2 else int(chance.happens(0.15 + 0.3 * truth.rank))
    cycles = [_write_suggestion(ledger, offerings, goals if truth.rank >= 2 else ()) for _ in range(count)]
    return max(cycles, key=lambda cycle: cycle[1], default=None)


def _write_deal(
    ledger: Ledger,
    offerings: Sequence[str],
    more: Row,
    *,
    newest: int = 5,
    oldest: int = 1000,
    won: float | None = None,
) -> None:
    truth, chance = ledger.truth, ledger.chance
    opened = ledger.ago(newest, oldest)
    closes = ledger.after(opened, 20, 150)
    closed = ledger.past(closes)
    asked = chance.happens(0.5 + 0.45 * truth.understanding)
    likely = 0.15 + 0.6 * truth.trust - (0.12 if more.get("formal_tender") else 0.0) if won is None else won
    discovery = chance.whole(1, 12)
    ledger.write(
        "opportunities",
        **{
            "name": f"need of {opened:%Y-%m}",
            "kind": chance.pick(("new", "renewal", "upgrade", "replacement")),
            "origin": ledger.noted("nature", chance.weighted(_ORIGINS.get(truth.mode, _LATER_ORIGINS))),
            "stage": "closed" if closed else chance.pick(("qualify", "develop", "propose")),
            "offering_id": chance.pick(offerings),
            "amount": ledger.noted("amount", chance.skewed(3_000, 0.97)),
            "is_won": chance.happens(likely) if closed else False,
            "is_closed": closed is not None,
            "opened_on": opened,
            "close_on": closes,
            "closed_on": closed,
            "is_repeat": chance.happens(0.02 + 0.85 * truth.understanding),
            "is_expansion": False,
            "is_suggestion": False,
            "formal_tender": False,
            "why_asked_on": ledger.past(ledger.after(opened, 0, 10)) if asked else None,
            "proposal_reuse": chance.around(0.8 - 0.5 * truth.understanding, 0.2),
            "learnings_cited": float(chance.count(3.0 * truth.understanding)),
            "discovery_hours": ledger.noted("talk", float(discovery)),
            "pitch_hours": ledger.noted("talk", float(chance.count(discovery * (1.15 - truth.understanding)))),
            **more,
        },
    )


def _tender(ledger: Ledger) -> Row:
    truth, chance = ledger.truth, ledger.chance
    published = ledger.ago(15, 680)
    early = chance.happens(0.06 if truth.rank == 0 else 0.5 + 0.1 * truth.rank)
    given = max(truth.since, published - timedelta(days=chance.whole(5, 60))) if early else None
    return {
        "formal_tender": True,
        "rfp_published_on": published,
        "supplier_input_on": ledger.noted("tender", given),
        "input_accepted": chance.happens(0.45 + 0.55 * truth.trust) if given else False,
    }


def _write_suggestion(ledger: Ledger, offerings: Sequence[str], goals: Sequence[str]) -> Cycle:
    truth, chance = ledger.truth, ledger.chance
    proposed = ledger.ago(6, 320)
    begun = max(truth.since, proposed - timedelta(days=chance.whole(16, 42 if truth.rank >= 3 else 120)))
    accepted = ledger.past(ledger.after(proposed, 2, 40)) if chance.happens(0.1 + 0.9 * truth.trust) else None
    more: Row = {
        "is_suggestion": True,
        "objective_id": chance.pick(goals) if goals else None,
        "accepted_on": accepted,
        "is_expansion": truth.rank >= 2,
        "first_probe_on": begun,
        "probes": float(chance.whole(3, 6) if truth.rank >= 3 else chance.whole(0, 4)),
        "proposed_on": proposed,
        "opened_on": begun,
        "close_on": accepted or ledger.after(proposed, 30, 90),
        "closed_on": accepted,
        "is_closed": accepted is not None,
        "is_won": accepted is not None,
        "origin": chance.weighted((("joint", 60.0), ("client_need", 25.0), ("supplier_push", 15.0))),
    }
    _write_deal(ledger, offerings, more)
    return begun, proposed


def write_orders(ledger: Ledger, offerings: Sequence[str], contacts: Sequence[str]) -> None:
    """Write two years of orders; the size of clients has a fat tail."""
    truth, chance = ledger.truth, ledger.chance
    if truth.lifecycle == "prospect":
        return
    size = chance.skewed(1_000, 0.995)
    bought = offerings[: 1 + chance.count(1.0 + 0.6 * truth.rank)]
    growing = chance.around(0.4 + 0.28 * truth.trust, 0.14) - (0.25 if truth.trouble else 0.0)
    thrift = -0.16 if chance.happens(0.05) else 0.05
    for _ in range(3 + chance.count(15.0 * truth.activity)):
        new = chance.happens(growing)
        back = chance.whole(400, 800) if truth.lifecycle == "former" else chance.whole(0, 364) + (0 if new else 365)
        ordered = max(truth.since, ledger.as_of - timedelta(days=back))
        required = ledger.after(ordered, 5, 40)
        late = chance.happens(0.35 * (1.0 - truth.trust))
        shipped = ledger.past(
            ledger.after(required, 1, 15) if late else max(ordered, required - timedelta(days=chance.whole(0, 4)))
        )
        amount = round(size * (0.7 + 0.8 * chance.unit()), 2)
        gone = chance.happens(0.03)
        ledger.write(
            "orders",
            ordered_on=ordered,
            required_on=required,
            shipped_on=None if gone else shipped,
            status="cancelled" if gone else "open",
            amount=ledger.noted("amount", amount),
            margin=ledger.noted("amount", round(amount * (thrift + 0.08 * truth.trust + 0.25 * chance.unit()), 2)),
            offering_id=chance.pick(bought),
            contact_id=chance.pick(contacts),
            is_beyond_prescription=chance.happens(0.18) if truth.mode == "education" else None,
        )
    _level(ledger, 0.5 + (growing - 0.5) / 2.0)


def _level(ledger: Ledger, part: float) -> None:
    """Let the last of two years have its part of their value, in however many orders that happens to come.

    A handful of orders falls unevenly over two years; a client spends what it needs, in fewer and larger ones.
    """
    year_ago = ledger.as_of - timedelta(days=365)
    rows = [row for row in ledger.rows("orders") if row["status"] != "cancelled"]
    new = [row for row in rows if row["ordered_on"] > year_ago]
    old = [row for row in rows if row["ordered_on"] <= year_ago]
    before, after = (sum(row["amount"] or 0.0 for row in year) for year in (old, new))
    if not before or not after:
        return
    factor = part / (1.0 - part) * before / after
    for row in new:
        for name in ("amount", "margin"):
            row[name] = None if row[name] is None else round(row[name] * factor, 2)


def _committed(trust: float) -> float:
    """Return how much a client binds itself to beside others of its size: the more, the further it relies on us."""
    return 0.3 + 1.6 * trust


def write_contracts(ledger: Ledger) -> None:
    """Write the contract with its duties, for clients that have one."""
    truth, chance = ledger.truth, ledger.chance
    if truth.lifecycle != "client" or not chance.happens(0.55 + 0.1 * truth.rank):
        return
    starts = ledger.ago(60, 900)
    ends = ledger.after(ledger.as_of, 15, 700)
    contract = ledger.write(
        "contracts",
        kind=chance.pick(("framework", "subscription", "maintenance")),
        status="active",
        starts_on=starts,
        ends_on=ends,
        renewal_on=ends,
        notice_days=float(30 * chance.whole(1, 6)),
        auto_renew=chance.happens(0.5),
        annual_value=ledger.noted("amount", round(chance.skewed(5_000, 0.98) * _committed(truth.trust), 2)),
        has_guarantee=chance.happens(0.2 + 0.5 * truth.trust),
    )
    for number in range(2 + chance.count(3.0)):
        due = ledger.after(starts, 20, 700)
        breach = chance.happens(0.2 * (1.0 - truth.trust))
        ledger.write(
            "obligations",
            contract_id=contract,
            title=f"duty {number + 1}",
            party="client" if chance.happens(0.15) else "supplier",
            due_on=due,
            met_on=None if breach else ledger.past(due - timedelta(days=chance.whole(0, 10))),
            breached_on=ledger.past(due + timedelta(days=1)) if breach else None,
            is_critical=chance.happens(0.2),
            recorded_at=evening(starts),
        )


def write_assets(ledger: Ledger, offerings: Sequence[str]) -> None:
    """Write what is installed at the client, ours and others'."""
    truth, chance = ledger.truth, ledger.chance
    if truth.lifecycle == "prospect":
        return
    for _ in range(1 + chance.count(2.0)):
        other = chance.happens(0.45 - 0.35 * truth.trust)
        pieces = chance.whole(1, 40)
        ledger.write(
            "assets",
            name="a machine of another make" if other else "one of our machines",
            offering_id=None if other else chance.pick(offerings),
            is_competitor_product=other,
            status=chance.weighted((("in_use", 85.0), ("installed", 8.0), ("retired", 7.0))),
            installed_on=ledger.ago(20, 1500),
            quantity=float(pieces),
            used_quantity=float(int(pieces * chance.around(0.4 + 0.5 * truth.trust, 0.3))),
        )


def write_competitors(ledger: Ledger) -> None:
    """Write the competitors that were seen on the account."""
    truth, chance = ledger.truth, ledger.chance
    for _ in range(chance.count(1.4)):
        ledger.write(
            "competitors",
            name=company(chance),
            is_incumbent=chance.happens(0.4),
            is_active=chance.happens(0.8),
            seen_on=ledger.ago(5, 700),
            threat=chance.around(0.75 - 0.5 * truth.trust, 0.3),
            wallet_share=ledger.noted("amount", chance.around(0.3, 0.3)),
        )
