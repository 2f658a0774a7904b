"""What the client says and pays over the years: who was asked by whom, how easy it is, contracts that came and went."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from clientcore.simulate.ledger import Ledger

_YEAR = 365
#: Where answers lie without any trust, as a share of the scale; kinder on the fine scale.
_USUAL = {"nps": 0.45, "csat": 0.26, "ces": 0.28}
_SCALES = {"nps": (0.0, 10.0), "csat": (1.0, 5.0), "ces": (1.0, 7.0)}


def write_voice(ledger: Ledger, contacts: Sequence[str]) -> None:
    """Write answers on effort, who invited whom, and the contracts of the year before.

    It draws last, so that what was written before is the same with and without it.
    """
    _write_effort(ledger, contacts)
    _write_wave(ledger, contacts)
    _name_who_invited(ledger)
    _write_older_contracts(ledger)


def _write_effort(ledger: Ledger, contacts: Sequence[str]) -> None:
    for contact in contacts[: ledger.chance.count(4.5 * ledger.truth.activity)]:
        _write_answer(ledger, contact, "ces", ledger.ago(5, 700))


def _write_wave(ledger: Ledger, contacts: Sequence[str]) -> None:
    """Write a survey of everybody, as most accounts have one a year."""
    for back in (20, 20 + _YEAR) if ledger.chance.happens(0.6) or ledger.truth.trouble else ():
        for contact in contacts:
            for kind in ("nps", "csat", "ces"):
                _write_answer(ledger, contact, kind, ledger.ago(back, back + 30))


def _write_answer(ledger: Ledger, contact: str, kind: str, invited: date) -> None:
    low, high = _SCALES[kind]
    answered = ledger.past(ledger.after(invited, 0, 12)) if ledger.answers() else None
    ledger.write(
        "survey_responses",
        kind=kind,
        contact_id=contact,
        invited_on=invited,
        responded_on=answered,
        value=low + ledger.answer(int(high - low), answered, _USUAL[kind]) if answered else None,
        scale_low=low,
        scale_high=high,
        source="client_stated",
    )


def _name_who_invited(ledger: Ledger) -> None:
    truth, chance = ledger.truth, ledger.chance
    others = [row["id"] for row in ledger.rows("team_members") if not row["is_focal"]]
    focal = [row["id"] for row in ledger.rows("team_members") if row["is_focal"]]
    for row in ledger.rows("survey_responses"):
        own = bool(focal) and chance.happens(0.45 - 0.4 * truth.trust)
        inviter = focal[0] if own else chance.pick(others) if others else None
        row["invited_by_id"] = ledger.noted("people", inviter)


def _write_older_contracts(ledger: Ledger) -> None:
    """Write what contracts were worth before, and those that ended within the last year."""
    truth, chance = ledger.truth, ledger.chance
    for row in ledger.rows("contracts"):
        worth = row["annual_value"]
        if worth is not None and row["starts_on"] <= ledger.as_of - timedelta(days=_YEAR):
            row["previous_annual_value"] = round(worth / (0.75 + 0.5 * chance.around(truth.trust, 0.25)), 2)
    if truth.lifecycle == "prospect":
        return
    lost = chance.happens(0.25 * (1.0 - truth.trust)) or truth.lifecycle == "former"
    if lost and truth.since <= ledger.as_of - timedelta(days=_YEAR + 30):
        ended = ledger.ago(10, _YEAR - 20)
        ledger.write(
            "contracts",
            kind=chance.pick(("framework", "subscription", "maintenance")),
            status="active",
            starts_on=max(truth.since, ended - timedelta(days=chance.whole(400, 1400))),
            terminated_on=ended,
            auto_renew=False,
            annual_value=ledger.noted("amount", chance.skewed(3_000, 0.95)),
        )
