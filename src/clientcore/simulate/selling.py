"""What is known of each opportunity, and where from: answers of the checklists, reasons, competitors, stages."""

from __future__ import annotations

from clientcore.simulate.layout import ANSWERS
from clientcore.simulate.ledger import Ledger

_STAGES = {"qualify": 1.0, "develop": 2.0, "propose": 3.0, "closed": 4.0}


def write_selling(ledger: Ledger) -> None:
    """Write how well opportunities are known."""
    truth, chance = ledger.truth, ledger.chance
    rivals = [row["id"] for row in ledger.rows("competitors")]
    for row in ledger.rows("opportunities"):
        row["stage_rank"] = _STAGES[row["stage"]]
        row["joint_past"] = ledger.noted("people", chance.happens(0.05 + 0.8 * truth.trust))
        row["competitor_id"] = chance.pick(rivals) if rivals and chance.happens(0.4) else None
        if row["why_asked_on"] is not None and chance.happens(0.9):
            row["need_reason"] = chance.pick(("a line that stands still", "a new market", "a rule that changes"))
        if chance.happens(0.75 + 0.25 * truth.record_keeping):
            row["source"] = "client_stated" if chance.happens(truth.trust) else "supplier_record"
        for answer in ANSWERS:
            asked = chance.happens(0.5 + 0.5 * truth.understanding)
            found = (
                2.0 + float(chance.happens(truth.understanding))
                if chance.happens(0.6 + 0.4 * truth.understanding)
                else 1.0
            )
            row[f"{answer}_level"] = (0.0 if chance.happens(0.03) else found) if asked else None
        if not row["is_closed"] and chance.happens(0.04):
            row["dropped_on"] = ledger.past(ledger.after(row["opened_on"], 10, 60))


def write_evidence(ledger: Ledger) -> None:
    """Write where each answer comes from and since when it is known; it draws after all others."""
    truth, chance = ledger.truth, ledger.chance
    for row in ledger.rows("opportunities"):
        asked_on = max(row["opened_on"], ledger.ago(0, 100))
        whence = "client_stated" if chance.happens(0.6 + 0.4 * truth.trust) else "supplier_record"
        for answer in ANSWERS if row["source"] is not None else ():
            if row[f"{answer}_level"] is not None:
                row |= {f"{answer}_source": whence, f"{answer}_answered_on": asked_on}
        if row["dropped_on"] is not None and chance.happens(0.5 + 0.5 * truth.record_keeping):
            row["dropped_by_role"] = "head of sales"
            row["drop_reason"] = chance.pick(("another one is ahead", "no money this year", "too small for both"))
