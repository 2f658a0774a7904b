"""Which hidden trait of a simulated book each model has to find out, and how well at least."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import attrs
import polars as pl

import clientcore as cc
from clientcore.simulate import COLUMNS, SimulatedBook, simulate_book, write_book
from clientcore.simulate.book import write_account
from clientcore.simulate.chance import Chance
from clientcore.simulate.latent import draw_truth
from clientcore.simulate.ledger import Ledger
from clientcore.simulate.supplier import draw_supplier, write_supplier

AS_OF = date(2026, 6, 30)
COUNT, SEED = 2_000, 7
MODES = ("servicing", "mining", "strategic_fit", "consultative", "mentoring")


@attrs.frozen(kw_only=True)
class Recovered:
    """One line of the page.

    Args:
        models: Ids in the catalogue of models.
        column: Column of the decisions frame.
        title: What it is called on the page.
        trait: What is hidden.
        floor: Least rank correlation.
        subject: Whose decisions; `beyond` are accounts whose mode is mentoring, each of them.
        words: Words of an outcome in their order, for a column of words; education stands beside consultative.
        where: What has to be true of a subject so that there is anything to find out; empty for all subjects.
    """

    models: str
    column: str
    title: str
    trait: str
    floor: float
    subject: str = "account"
    words: tuple[str, ...] = ()
    where: str = ""

    @property
    def key(self) -> str:
        """What tells it from the others."""
        return f"{self.title} by {self.trait}"


@attrs.frozen(kw_only=True)
class Measured:
    """How far a line is recovered.

    Args:
        known: Subjects whose value is known.
        correlation: Spearman's rank correlation with the trait.
        most: That of the same values in the order of the trait: what ties and rare traits leave possible.
    """

    known: int
    correlation: float
    most: float


def _line(models: str, name: str, trait: str, floor: float, **more: Any) -> Recovered:
    column = name.replace("/", "__").replace(".", "_")
    return Recovered(models=models, column=column, title=name, trait=trait, floor=floor, **more)


LINES: tuple[Recovered, ...] = (
    _line("M1", "spectrum.mode.engagement_mode", "rank", 0.85, words=MODES),
    _line("M1", "spectrum.servicing.contacts", "trust", 0.80),
    _line("M1", "spectrum.servicing.envelope", "rank", 0.75),
    _line("M1", "spectrum.evidence.influence", "trust", 0.30),
    _line("M2", "spectrum.switch.mentoring_switch", "mentoring", 0.85, words=("off", "armed", "on")),
    _line("M2", "spectrum.switch.readiness", "rank", 0.60),
    _line("M3", "spectrum.mentoring.mentoring_known", "breadth", 0.60, subject="beyond"),
    _line("M4", "relationship.model.achieved", "both", 0.50),
    _line("M4", "relationship.model.target", "both", 0.80),
    _line("M4", "relationship.model.next", "both", 0.75),
    _line("M5", "relationship.intent.effective", "both", 0.85),
    _line("M6", "trust.parts.five", "trust", 0.45),
    _line("M6", "trust.parts.as_client_weighs", "trust", 0.45),
    _line("M7", "trust.partner.instruments", "trust", 0.58),
    _line("M8", "trust.partner.orientation", "orient", 0.55),
    _line("M8", "trust.partner.status", "trust", 0.50, words=("supplier", "ready", "partner")),
    _line("M6", "trust.partner.equation", "trust", 0.90),
    _line("M9", "trust.partner/do_not_commit", "distrust", 0.20, where="promises_open"),
    _line("M10", "culture.success.factors", "trust", 0.55),
    _line("M11", "culture.fit.own_fit", "culture", 0.90),
    _line("M11", "culture.fit.mutual_fit", "culture", 0.90),
    _line("M12", "culture.induction.prepared", "culture", 0.40),
    _line("M13", "culture.contract.harmony", "culture", 0.60),
    _line("M13", "culture.contract/duties_come_first", "distrust", 0.08, where="duties"),
    _line("M14", "culture.components.complete", "record_keeping", 0.30),
    _line("M15", "qualification.opportunity.checklist", "understanding", 0.45, subject="opportunity"),
    _line("M15", "qualification.opportunity.history", "understanding", 0.50, subject="opportunity"),
    _line("M15", "qualification.opportunity.worth_known", "understanding", 0.40, subject="opportunity"),
    _line("M16", "risk.register.steered", "record_keeping", 0.40),
    _line("M16", "risk.warning.signs", "distrust", 0.25),
    _line("M17", "health.scorecard.whole_known", "trust", 0.30),
    _line("M17", "health.scorecard.client_known", "trust", 0.30),
    _line("M18", "voice.answers.recommended", "trust", 0.65),
    _line("M18", "voice.answers.satisfied", "trust", 0.55),
    _line("M18", "voice.answers.easy", "trust", 0.55),
    _line("M18", "voice.response.heard", "activity", 0.25),
    _line("M19", "voice.value.gross_retention", "trust", 0.55),
    _line("M19", "voice.value.net_retention", "trust", 0.55),
    _line("M19", "voice.value.lifetime_value", "trust", 0.30),
    _line("M19", "voice.value.rfm", "activity", 0.20),
    _line("M20", "organisation.elements.communication", "talk", 0.40, subject="organisation"),
    _line("M20", "organisation.elements.metrics", "doing", 0.33, subject="organisation"),
    _line("M20", "organisation.elements.strategy", "doing", 0.40, subject="organisation"),
    _line("M20", "organisation.change.six", "doing", 0.60, subject="organisation"),
    _line("M21", "organisation.focus.lived", "doing", 0.75, subject="organisation"),
    _line("M21", "organisation.focus.share_loss_risk", "sales", 0.50, subject="organisation"),
    _line("M21", "organisation.focus.resistance", "sales", 0.65, subject="organisation"),
    _line("M22", "organisation.elements.incentives", "doing", 0.80, subject="organisation"),
    _line("M23", "health.composite.before_gates_known", "trust", 0.60),
    _line("M24", "risk.disagreement.widest", "overstatement", 0.15),
    _line("M24", "risk.disagreement/ways_seen_otherwise", "overstatement", 0.50),
    _line("M25", "risk.data.quality", "record_keeping", 0.18),
    _line("signals", "signals.trouble/missed_and_complaint", "trouble", 0.60),
    _line("signals", "signals.trouble/escalation_after_low_answer", "trouble", 0.60),
    _line("signals", "signals.trouble/sponsor_left_before_tender", "trouble", 0.40),
    _line("service", "service.handling.handling", "competence", 0.42),
    _line("service", "service.handling.handling", "trust", 0.35),
    _line("starter", "starter.account.ties", "trust", 0.35),
)
#: Trait of the simulator → what of it is held against the scores, where that is not the trait by itself.
COMBINED: Mapping[str, str] = {"intent_client": "both", "intent_supplier": "both", "mode": "rank"}


def frames() -> dict[str, pl.DataFrame]:
    """Return the decisions on a simulated book with the hidden traits beside them, by subject."""
    simulated = simulate_book(COUNT, SEED, AS_OF)
    judged = [row for row in simulated.tables["commitments"] if row["keep_probability"] is not None]
    doubted = {row["account_id"] for row in judged if row["made_on"] is not None}
    bound = {row["account_id"] for row in simulated.tables["obligations"]}
    names = ("trust", "understanding", "culture", "record_keeping", "activity", "overstatement", "competence")
    hidden = pl.DataFrame(
        {
            **{name: [getattr(truth, name) for truth in simulated.truth] for name in ("account_id", *names)},
            "rank": [truth.rank for truth in simulated.truth],
            "mentoring": [truth.mode == "mentoring" for truth in simulated.truth],
            "trouble": [truth.trouble for truth in simulated.truth],
            "distrust": [1.0 - truth.trust for truth in simulated.truth],
            "orient": [min(truth.understanding, truth.trust) for truth in simulated.truth],
            "promises_open": [truth.account_id in doubted for truth in simulated.truth],
            "duties": [truth.account_id in bound for truth in simulated.truth],
            "both": [min(truth.intent_client, truth.intent_supplier) for truth in simulated.truth],
        }
    )
    engine = cc.Engine()
    book = _read(simulated)
    accounts = engine.evaluate_book(book, as_of=AS_OF)
    asked = engine.evaluate_book(book, as_of=AS_OF, only=["health.*"])
    accounts = accounts.hstack([asked[name] for name in asked.columns if name not in accounts.columns])
    opportunities = engine.evaluate_book(book, as_of=AS_OF, subject="opportunity")
    suppliers, of_suppliers = _suppliers()
    organisations = engine.evaluate_book(suppliers, as_of=AS_OF, subject="organisation")
    return {
        "account": accounts.join(hidden, on="account_id"),
        "opportunity": opportunities.join(hidden, on="account_id"),
        "organisation": organisations.join(of_suppliers, on="organisation_id"),
        "beyond": _beyond(engine),
    }


def _beyond(engine: cc.Engine) -> pl.DataFrame:
    """Return the decisions on a book that holds nothing but what is rare in another: accounts beyond the switch."""
    tables: dict[str, list[dict[str, Any]]] = {table: [] for table in COLUMNS}
    hidden = []
    for number in range(1, COUNT + 1):
        chance, apart = Chance(SEED, number), Chance(SEED, number + COUNT)
        truth = draw_truth(f"m-{number:04d}", chance, apart, AS_OF, (("mentoring", 1.0),))
        write_account(Ledger(truth, chance, AS_OF, tables))
        hidden.append((truth.account_id, truth.breadth))
    book = _read(SimulatedBook(as_of=AS_OF, tables=tables, truth=()))
    found = engine.evaluate_book(book, as_of=AS_OF, only=["spectrum.mentoring"])
    return found.join(pl.DataFrame(hidden, schema=["account_id", "breadth"], orient="row"), on="account_id")


def _suppliers() -> tuple[cc.Book, pl.DataFrame]:
    tables: dict[str, list[dict[str, Any]]] = {table: [] for table in COLUMNS}
    hidden = []
    for number in range(COUNT):
        chance = Chance(SEED, number)
        supplier = draw_supplier(f"org-{number}", chance)
        hidden.append((supplier.organisation_id, supplier.talk, supplier.doing, supplier.sales))
        write_supplier(tables, supplier, chance, AS_OF)
    simulated = SimulatedBook(as_of=AS_OF, tables=tables, truth=())
    return _read(simulated), pl.DataFrame(hidden, schema=["organisation_id", "talk", "doing", "sales"], orient="row")


def _read(simulated: SimulatedBook) -> cc.Book:
    with tempfile.TemporaryDirectory(prefix="clientcore-recovered-") as folder:
        write_book(simulated, Path(folder) / "book", "parquet")
        return cc.read_book(Path(folder) / "book")


def measured(frames: Mapping[str, pl.DataFrame], line: Recovered) -> Measured:
    """Return of how many subjects the value is known, and its rank correlation with the trait."""
    column = pl.col(line.column)
    if line.words:
        order = {word: place for place, word in enumerate(line.words)} | (
            {"education": line.words.index("consultative")} if "consultative" in line.words else {}
        )
        column = column.replace_strict(order, return_dtype=pl.Float64)
    frame = frames[line.subject]
    known = (frame.filter(line.where) if line.where else frame).select(
        column.cast(pl.Float64).alias("found"), pl.col(line.trait).cast(pl.Float64)
    )
    known = known.drop_nulls("found")
    ordered = known.select(pl.all().sort())
    both = [one.select(pl.corr("found", line.trait, method="spearman")).item() for one in (known, ordered)]
    return Measured(known=known.height, correlation=both[0], most=both[1])


def printed(found: Mapping[str, Measured]) -> str:
    """Return the table of the page.

    Args:
        found: Key of a line → how far it is recovered.
    """
    rows = ["| model | value | trait | known | least | measured | possible |", "|---|---|---|---|---|---|---|"]
    for line in LINES:
        one = found[line.key]
        numbers = f"{one.known:,} | {line.floor:.2f} | {one.correlation:.2f} | {one.most:.2f}"
        rows.append(f"| {line.models} | `{line.title}` | {line.trait} | {numbers} |")
    return "\n".join([*rows, ""])
