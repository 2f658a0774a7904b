"""What is hidden in a simulated book shows in the scores: rank correlation with the trait behind each model."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

import clientcore as cc
from clientcore.simulate import simulate_book, write_book

pl = pytest.importorskip("polars")
AS_OF = date(2026, 6, 30)
#: Score → (trait, least rank correlation on a book of 2,000 accounts). Measured with seed 7, in this order:
#: 0.46, 0.95, 0.62, 0.89, 0.55, 0.67, 0.60, 0.98, 0.97, 0.69, 0.46, 0.68, 0.36,
#: 0.75, 0.66, 0.67, 0.65, 0.67, 0.26,
#: 0.46, 0.33, 0.24.
FLOORS = {
    "service_handling_handling": ("trust", 0.40),
    "relationship_intent_effective": ("both", 0.85),
    "relationship_model_achieved": ("both", 0.50),
    "relationship_model_target": ("both", 0.80),
    "trust_parts_five": ("trust", 0.45),
    "trust_partner_instruments": ("trust", 0.55),
    "trust_partner_orientation": ("orient", 0.50),
    "culture_fit_own_fit": ("culture", 0.90),
    "culture_fit_mutual_fit": ("culture", 0.90),
    "culture_contract_harmony": ("culture", 0.60),
    "culture_induction_prepared": ("culture", 0.40),
    "culture_success_factors": ("trust", 0.55),
    "culture_components_complete": ("record_keeping", 0.30),
    "voice_answers_recommended": ("trust", 0.65),
    "voice_answers_satisfied": ("trust", 0.55),
    "voice_answers_easy": ("trust", 0.55),
    "voice_value_gross_retention": ("trust", 0.55),
    "voice_value_net_retention": ("trust", 0.55),
    "voice_value_rfm": ("activity", 0.20),
    "risk_register_steered": ("record_keeping", 0.40),
    "risk_warning_signs": ("distrust", 0.25),
    "risk_data_quality": ("record_keeping", 0.18),
}
#: The same of opportunities. Measured: 0.57, 0.46.
OF_OPPORTUNITIES = {
    "qualification_opportunity_history": ("understanding", 0.50),
    "qualification_opportunity_worth_known": ("understanding", 0.40),
}


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> tuple[cc.Book, Any]:
    book = simulate_book(2000, 7, AS_OF)
    folder = tmp_path_factory.mktemp("recovery") / "book"
    write_book(book, folder)
    names = ("account_id", "trust", "understanding", "culture", "record_keeping", "activity")
    hidden = pl.DataFrame(
        {
            **{name: [getattr(truth, name) for truth in book.truth] for name in names},
            "distrust": [1.0 - truth.trust for truth in book.truth],
            "orient": [min(truth.understanding, truth.trust) for truth in book.truth],
            "both": [min(truth.intent_client, truth.intent_supplier) for truth in book.truth],
        }
    )
    return cc.read_book(folder), hidden


@pytest.mark.parametrize(("subject", "floors"), [("account", FLOORS), ("opportunity", OF_OPPORTUNITIES)])
def test_scores_recover_the_order_of_what_is_hidden(
    simulated: tuple[cc.Book, Any], subject: str, floors: dict[str, tuple[str, float]]
) -> None:
    book, hidden = simulated
    joined = cc.Engine().evaluate_book(book, as_of=AS_OF, subject=subject).join(hidden, on="account_id")
    for score, (trait, floor) in floors.items():
        known = joined.filter(pl.col(score).is_not_null())
        assert len(known) > 200, score
        assert known.select(pl.corr(score, trait, method="spearman")).item() > floor, score
