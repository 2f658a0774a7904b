"""What is true of a simulated account and never stands in its book: mode, intent, trust, competence, culture."""

from __future__ import annotations

from datetime import date, timedelta

import attrs

from clientcore.simulate.chance import Chance
from clientcore.simulate.names import EDUCATING_INDUSTRIES, INDUSTRIES

Modes = tuple[tuple[str, float], ...]
#: How often each mode is the true one: a fat servicing side and a thin tail. Seed: a skewed spectrum; shares: ours.
MODES: Modes = (
    ("servicing", 62.0),
    ("mining", 18.0),
    ("strategic_fit", 9.0),
    ("consultative", 5.5),
    ("education", 4.0),
    ("mentoring", 1.5),
)
#: Where trust, intent and understanding lie on the whole for each mode, 0 to 1 (ours).
_CENTRE = {
    "servicing": 0.36,
    "mining": 0.52,
    "strategic_fit": 0.68,
    "consultative": 0.80,
    "education": 0.66,
    "mentoring": 0.95,
}
RANK = {"servicing": 0, "mining": 1, "strategic_fit": 2, "consultative": 3, "education": 3, "mentoring": 5}


@attrs.frozen(kw_only=True)
class Truth:
    """The hidden state that drives what happens on one account; shares are 0 to 1.

    Args:
        account_id: The account.
        mode: The true engagement mode.
        intent_client: How much the client wants the relationship to grow.
        intent_supplier: The same of the supplier.
        trust: How far the client relies on the supplier.
        culture: How well the two ways of working fit.
        understanding: How well the supplier knows the client's business.
        record_keeping: Share of what happens that is written down: the cause of what is missing.
        activity: How busy the account is.
        lifecycle: client, prospect or former.
        industry: The client's industry.
        since: First day of the relationship.
        trouble: Whether several things went wrong at once within the last months.
        overstatement: How much better we speak of our own part than it is.
        competence: How well the supplier does what it is asked to do.
        breadth: How far two sides look beyond daily business; it shows where the mode is mentoring, and nowhere else.
    """

    account_id: str
    mode: str
    intent_client: float
    intent_supplier: float
    trust: float
    culture: float
    understanding: float
    record_keeping: float
    activity: float
    lifecycle: str
    industry: str
    since: date
    trouble: bool
    overstatement: float
    competence: float
    breadth: float

    @property
    def rank(self) -> int:
        """Rank of the mode, 0 (servicing) to 5 (mentoring); education stands beside consultative."""
        return RANK[self.mode]


def draw_truth(account_id: str, chance: Chance, apart: Chance, as_of: date, modes: Modes = MODES) -> Truth:
    """Draw the hidden state of one account; what came later draws from a stream apart, so that the rest stays."""
    mode = chance.weighted(modes)
    centre = _CENTRE[mode]
    if mode == "education" and chance.happens(0.8):
        industry = chance.pick(EDUCATING_INDUSTRIES)
    else:
        industry = chance.weighted(INDUSTRIES)
    lifecycle = (
        "client" if mode != "servicing" else chance.weighted((("client", 88.0), ("prospect", 8.0), ("former", 4.0)))
    )
    trust = chance.around(0.12 + 0.85 * centre, 0.36)
    return Truth(
        account_id=account_id,
        mode=mode,
        intent_client=chance.around(centre, 0.30),
        intent_supplier=chance.around(0.2 + 0.8 * centre, 0.30),
        trust=trust,
        culture=chance.around(0.42 + 0.5 * centre, 0.36),
        understanding=chance.around(0.08 + 0.9 * centre, 0.30),
        record_keeping=chance.around(0.55 + 0.40 * centre, 0.30),
        activity=chance.around(0.25 + 0.6 * centre, 0.30),
        lifecycle=lifecycle,
        industry=industry,
        since=as_of - timedelta(days=chance.whole(200, 3600)),
        trouble=lifecycle == "client" and mode != "mentoring" and chance.happens(0.12 * (1.1 - trust)),
        overstatement=_overstatement(apart),
        competence=apart.around(0.1 + 0.8 * trust, 0.4),
        breadth=apart.around(0.5, 0.5),
    )


def _overstatement(chance: Chance) -> float:
    """Draw a share that is small for most and large for a few."""
    share = chance.unit()
    return round(share * share * share, 4)
