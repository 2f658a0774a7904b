"""The supplier itself: what it says, what it does, how much weight lies on sales, and what staff make of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import attrs

from clientcore.simulate.chance import Chance
from clientcore.simulate.layout import COLUMNS
from clientcore.simulate.ledger import Row

_FOUNDATIONS = ("communication", "metrics", "incentives", "strategy", "org_chart")
_WANTS = ("lower price", "faster delivery", "wider assortment")
_STAFF = 24


@attrs.frozen(kw_only=True)
class Supplier:
    """The hidden state of a supplier; shares are 0 to 1.

    Args:
        organisation_id: The organisation.
        talk: How much is said of client focus.
        doing: How much is done for it.
        sales: How much weight lies on sales.
    """

    organisation_id: str
    talk: float
    doing: float
    sales: float


def draw_supplier(organisation_id: str, chance: Chance) -> Supplier:
    """Draw the hidden state of one supplier; words come easier than deeds."""
    return Supplier(
        organisation_id=organisation_id,
        talk=chance.around(0.75, 0.25),
        doing=chance.around(0.5, 0.5),
        sales=chance.around(0.55, 0.4),
    )


def write_supplier(tables: Mapping[str, list[Row]], supplier: Supplier, chance: Chance, as_of: date) -> None:
    """Write one organisation with its staff, metrics, initiatives, decisions and answers of staff.

    Args:
        tables: The tables of the whole book, which grow.
        supplier: What is true of it.
        chance: A stream of its own, so that accounts are the same with and without it.
        as_of: The last day on which anything has happened.
    """
    rows = _Rows(tables, supplier, chance, as_of)
    _write_head(rows)
    _write_staff(rows)
    _write_metrics(rows)
    _write_initiatives(rows)
    _write_conflicts(rows)
    _write_answers(rows)


class _Rows:
    """Writes rows that belong to the organisation and to no account."""

    def __init__(self, tables: Mapping[str, list[Row]], supplier: Supplier, chance: Chance, as_of: date) -> None:
        self.truth, self.chance, self.as_of = supplier, chance, as_of
        self.staff: list[str] = []
        self._tables = tables
        self._counts: dict[str, int] = {}

    def write(self, table: str, mark: str, **values: Any) -> str:
        number = self._counts[table] = self._counts.get(table, 0) + 1
        own = {"id": f"{self.truth.organisation_id}-{mark}{number}", "organisation_id": self.truth.organisation_id}
        self._tables[table].append(dict.fromkeys(COLUMNS[table]) | own | values)
        return own["id"]

    def head(self, **values: Any) -> None:
        own = {"id": self.truth.organisation_id, "name": f"The supplier, {self.as_of.year}"}
        self._tables["organisations"].append(dict.fromkeys(COLUMNS["organisations"]) | own | values)

    def ago(self, least: int, most: int) -> date:
        return self.as_of - timedelta(days=self.chance.whole(least, most))


def _write_head(rows: _Rows) -> None:
    truth, chance = rows.truth, rows.chance
    answers = chance.happens(0.2 + 0.8 * truth.doing)
    seat = answers and chance.happens(0.2 + 0.8 * truth.doing)
    money = chance.skewed(40_000, 0.9)
    rows.head(
        industry="manufacturing",
        currency="EUR",
        focus_target="client",
        founder_led=False,
        declared_orientation=0.9,
        communication_level=chance.around(truth.talk, 0.1),
        years_sales_focused=float(chance.whole(0, 6) + int(14 * truth.sales)),
        past_growth=chance.around(0.05 + 0.1 * truth.sales, 0.05),
        sales_target_share=truth.sales,
        client_target_share=round(1.0 - truth.sales, 4),
        client_identifiability=chance.around(0.85, 0.15),
        client_recurrence=chance.around(0.75, 0.2),
        client_influence=chance.around(0.6, 0.3),
        rival_client_focus=chance.around(0.5, 0.4),
        silo_count=float(chance.whole(1, 5)),
        has_accountable_executive=answers,
        executive_on_board=seat,
        executive_is_peer=seat and chance.happens(0.3 + 0.7 * truth.doing),
        executive_challenges=float(chance.count(2.0 * truth.doing)) if answers else 0.0,
        owns_satisfaction=answers and chance.happens(0.5 + 0.5 * truth.doing),
        owns_experience=answers and chance.happens(0.4 + 0.6 * truth.doing),
        owns_lifetime_value=answers and chance.happens(0.2 + 0.7 * truth.doing),
        strategy_statement="our strategy is our clients",
        culture_spend=round(money * chance.around(0.6 - 0.5 * truth.doing, 0.2), 2),
        change_spend=money,
        leadership_checked=chance.happens(0.6),
        command_checked=chance.happens(0.6),
        bureaucracy_checked=chance.happens(0.6),
        projects_checked=chance.happens(0.6),
        risk_appetite=0.55,
        has_sponsor=True,
        has_ring_fenced_time=True,
        has_non_revenue_mandate=False,
        has_escalation_right=True,
    )


def _write_staff(rows: _Rows) -> None:
    for number in range(_STAFF):
        rows.staff.append(
            rows.write(
                "team_members",
                "t",
                role="service" if number % 2 else "sales",
                assigned_on=rows.ago(400, 2400),
                is_active=True,
                has_client_metric=rows.chance.happens(0.1 + 0.85 * rows.truth.doing),
            )
        )


def _write_metrics(rows: _Rows) -> None:
    truth, chance = rows.truth, rows.chance
    for metric in ("nps", "lifetime_value"):
        if chance.happens(0.1 + 0.85 * truth.doing):
            rows.write(
                "goal_metrics", "gm", name=f"{metric} of the whole", metric=metric, focus="client", target=40.0,
                actual=float(chance.whole(5, 60)), measured_on=rows.ago(5, 300), responses=float(chance.whole(40, 400)),
            )  # fmt: skip
    for member in rows.staff[: chance.whole(4, 10)]:
        scope = chance.whole(8, 40)
        reached = chance.around(0.15 + 0.75 * truth.doing, 0.2)
        rows.write(
            "goal_metrics",
            "gm",
            name="satisfaction of own clients",
            metric="satisfaction",
            focus="client",
            owner_id=member,
            has_incentive=True,
            weight=chance.around(0.3, 0.2),
            scope_size=float(scope),
            span_size=float(scope),
            shared_size=float(round(reached * scope)),
            responses=float(chance.whole(4, 60)),
            measured_on=rows.ago(5, 200),
        )


def _write_initiatives(rows: _Rows) -> None:
    truth, chance = rows.truth, rows.chance
    for _ in range(chance.count(6.0 * truth.talk)):
        rows.write(
            "initiatives", "in", kind=chance.pick(("message", "event", "artefact")),
            element=chance.pick(_FOUNDATIONS), title="clients come first", started_on=rows.ago(5, 360),
        )  # fmt: skip
    for element in _FOUNDATIONS:
        if not chance.happens(0.15 + 0.85 * truth.doing):
            continue
        begun = rows.ago(60, 300 + int(500 * truth.doing))
        done = begun + timedelta(days=90)
        rows.write(
            "initiatives",
            "in",
            kind="action",
            element=element,
            title=f"a change of {element.replace('_', ' ')}",
            started_on=begun,
            declared_complete_on=done if done <= rows.as_of and chance.happens(0.4) else None,
            metric_change=round(2.0 * chance.around(truth.doing, 0.3), 2),
        )
    for want in _WANTS:
        way = chance.happens(0.1 + 0.85 * truth.doing)
        rows.write(
            "initiatives",
            "in",
            kind="action" if way else "message",
            element="strategy",
            title=f"for {want}",
            want=want if way or chance.happens(0.4) else "our clients",
            mechanism="fewer steps between order and delivery" if way else None,
            is_funded=way and chance.happens(0.2 + 0.8 * truth.doing),
            started_on=rows.ago(60, 500),
        )


def _write_conflicts(rows: _Rows) -> None:
    for _ in range(4 + rows.chance.count(6.0)):
        won = rows.chance.happens(0.1 + 0.8 * rows.truth.doing)
        rows.write(
            "decision_records", "j", decided_on=rows.ago(5, 350), decided_by_role="management",
            kind="priority_conflict", client_won=won, is_sale_at_risk=rows.chance.happens(0.4),
        )  # fmt: skip


def _write_answers(rows: _Rows) -> None:
    for _ in range(12):
        rows.write(
            "survey_responses",
            "q",
            kind="employee",
            invited_on=rows.ago(40, 60),
            responded_on=rows.ago(5, 39),
            value=float(int(10 * rows.chance.around(0.15 + 0.75 * rows.truth.doing, 0.3) + 0.5)),
            scale_low=0.0,
            scale_high=10.0,
        )
