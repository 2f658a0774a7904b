"""How openly two sides deal: gains shared, corrections shown, and how kindly we speak of ourselves."""

from __future__ import annotations

from clientcore.simulate.ledger import Ledger, Row

#: How far our own words may lie over what shows, on a scale of 0 to 1, where all of it is overstated (ours).
_OVER = 0.6
_MATTERS = ("mistake", "change")


def write_openness(ledger: Ledger) -> None:
    """Write what is shared and shown, and lift our own words; it draws last, so what was written before stays."""
    _share_gains(ledger)
    _show_corrections(ledger)
    _overstate(ledger)


def _share_gains(ledger: Ledger) -> None:
    truth, chance = ledger.truth, ledger.chance
    both = min(truth.intent_client, truth.intent_supplier)
    for row in ledger.rows("contracts"):
        row["is_gain_share"] = ledger.noted("amount", chance.happens(0.6 * both))


def _show_corrections(ledger: Ledger) -> None:
    truth, chance = ledger.truth, ledger.chance
    for row in ledger.rows("issues"):
        if row["kind"] in _MATTERS:
            row["correction_disclosed"] = ledger.noted("service", chance.happens(0.5 + 0.5 * truth.trust))


def _overstate(ledger: Ledger) -> None:
    for row in ledger.rows("culture_statements"):
        if row["side"] == "client" and row["stated_by"] == "supplier":
            _lift(ledger, row, "comply")
    for row in ledger.rows("facts"):
        _lift(ledger, row, "declared_client_orientation")


def _lift(ledger: Ledger, row: Row, name: str) -> None:
    if row[name] is not None:
        row[name] = round(min(1.0, row[name] + _OVER * ledger.truth.overstatement), 4)
