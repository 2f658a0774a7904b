"""What no record holds and somebody has told: handed-in facts, each with its source and day."""

from __future__ import annotations

from clientcore.simulate.ledger import Ledger, Row

#: The client's own words, on a scale from 1 to 10.
_OPINIONS = ("trust_credibility", "trust_dependability", "trust_intimacy")
_REASONS = ("time", "risk_free", "understanding", "specialists", "trust_itself")


def write_handed(ledger: Ledger, positions: Row) -> None:
    """Write one row of handed-in facts for an account of which any is known.

    Args:
        ledger: Of the account.
        positions: The positions that the supplier has taken, as `write_switch` returns them.
    """
    handed = {**positions, **_told_by_the_client(ledger), **_told_by_us(ledger)}
    if handed:
        ledger.write("facts", **handed)


def write_needs(ledger: Ledger) -> None:
    """Write how many specialists the client says that it needs; it draws after all others.

    Whoever buys goods needs none as a rule, and the further a client goes with us the more. What is needed and who is
    there are two things, so that some have nobody for it. Whose reason is our specialists needs one at least.
    """
    truth, chance = ledger.truth, ledger.chance
    if truth.lifecycle != "client" or not chance.happens(0.15 + 0.25 * truth.record_keeping):
        return
    told = next(iter(ledger.rows("facts")), None)
    reason = told is not None and told["stated_reason"] == "specialists"
    some = reason or chance.happens(0.3 + 0.12 * truth.rank)
    needed = float(1 + chance.count(0.3 + 0.4 * truth.rank)) if some else 0.0
    values = _sourced({"specialists_needed": needed}, "client_stated", ledger)
    if told is None:
        ledger.write("facts", **values)
    else:
        told.update(values)


def _told_by_the_client(ledger: Ledger) -> Row:
    truth, chance = ledger.truth, ledger.chance
    told: Row = {}
    if truth.lifecycle == "client" and chance.happens(0.2 + 0.3 * truth.record_keeping):
        opinions = {name: 1.0 + float(int(9.0 * chance.around(truth.trust, 0.2) + 0.5)) for name in _OPINIONS}
        selfish = 1.0 + float(int(9.0 * chance.around(1.0 - truth.trust, 0.2) + 0.5))
        told |= _sourced({**opinions, "trust_self_orientation": selfish}, "client_stated", ledger)
    if chance.happens(0.25):
        told |= _sourced({"stated_reason": chance.pick(_REASONS)}, "client_stated", ledger)
    if chance.happens(max(0.0, 1.2 * (truth.trust - 0.35))):
        told |= _sourced({"named_partner": chance.happens(2.0 * (truth.trust - 0.35))}, "client_behaviour", ledger)
    return told


def _told_by_us(ledger: Ledger) -> Row:
    truth, chance = ledger.truth, ledger.chance
    told: Row = {}
    if chance.happens(0.35):
        declared = chance.around(0.3 + 0.5 * truth.understanding, 0.3)
        told |= _sourced({"declared_client_orientation": declared}, "supplier_self_assessed", ledger)
    if chance.happens(0.3):
        told["pay_for_lasting_share"] = chance.around(0.15 + 0.4 * truth.intent_supplier, 0.25)
    if chance.happens(0.3):
        told |= _sourced({"nps_benchmark": float(chance.whole(20, 50))}, "third_party", ledger)
        told["nps_benchmark_on"] = ledger.ago(30, 500)
        told["nps_benchmark_sector"] = truth.industry
    return told


def _sourced(values: Row, source: str, ledger: Ledger) -> Row:
    """Return the facts with where they come from and the day on which they were told."""
    day = ledger.ago(5, 300)
    return {
        key: value
        for name, told in values.items()
        for key, value in ((name, told), (f"{name}__source", source), (f"{name}__observed_at", day))
    }
