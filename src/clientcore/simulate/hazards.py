"""What may go wrong: the register of risks with its levels, responses and owners, and what a change would cost."""

from __future__ import annotations

from datetime import timedelta

from clientcore.simulate.ledger import Ledger, Row
from clientcore.simulate.recording import evening

_TITLES = (
    "a part arrives late and the line stands still",
    "the budget is cut and the next phase is put off",
    "a rule changes and the product has to change with it",
    "a key person leaves and knowledge is lost",
)


def write_hazards(ledger: Ledger) -> None:
    """Write how the register is kept; it draws last, so what was written before stays.

    Whoever writes much down rates, answers and owns the risks; what a response takes away follows from trust.
    """
    truth, chance = ledger.truth, ledger.chance
    if truth.lifecycle != "prospect":
        for _ in range(chance.count(0.4 + 1.6 * truth.record_keeping)):
            ledger.write(
                "risks",
                kind=chance.weighted((("risk", 70.0), ("assumption", 12.0), ("issue", 10.0), ("dependency", 8.0))),
                title=chance.pick(_TITLES),
                probability=round(chance.around(0.25, 0.3), 2),
                response=chance.pick(("avoid", "reduce", "share", "accept")),
                due_on=ledger.after(ledger.as_of, 5, 200),
                recorded_at=evening(ledger.ago(200, 400)),
            )
    size = sum(row["amount"] or 0.0 for row in ledger.rows("orders")) / 2.0 or 1_000.0
    team = [row["id"] for row in ledger.rows("team_members")]
    for row in ledger.rows("risks"):
        row["impact"] = round(size * (0.005 + 0.2 * chance.unit() * chance.unit()), 2)
        _keep(ledger, row, team)
    for row in ledger.rows("competitors"):
        dear = round(size * chance.unit() * 1.5, 2)
        row["switching_cost"] = dear if chance.happens(0.2 + 0.5 * truth.understanding) else None
    for row in ledger.rows("issues"):
        if row["kind"] == "bad_news" and row["told_on"] is None and chance.happens(0.3 * (1.0 - truth.trust)):
            row["client_discovered_on"] = row["resolved_on"] = None
    for row in ledger.rows("account_contact_roles"):
        if chance.happens(0.12 * (1.0 - truth.trust)):
            row["ended_on"] = ledger.ago(5, 200)


def _keep(ledger: Ledger, row: Row, team: list[str]) -> None:
    truth, chance = ledger.truth, ledger.chance
    kept = 0.2 + 0.78 * truth.record_keeping
    row["tier"] = chance.weighted((("account_sales", 60.0), ("contract_bid", 40.0))) if chance.happens(kept) else None
    row["owner_id"] = chance.pick(team) if chance.happens(kept) else None
    row["impact"] = row["impact"] if chance.happens(0.3 + 0.68 * truth.record_keeping) else None
    row["response"] = row["response"] if chance.happens(kept) else None
    if row["response"] not in {None, "accept"} and chance.happens(kept):
        left = chance.around(0.9 - 0.6 * truth.trust, 0.3)
        row["residual_probability"] = None if row["probability"] is None else round(row["probability"] * left, 4)
    if chance.happens(0.5 * (1.0 - kept)):
        row["due_on"] = ledger.as_of - timedelta(days=chance.whole(3, 90))
    elif chance.happens(0.25 * truth.trust):
        row["closed_on"] = ledger.ago(3, 200)
