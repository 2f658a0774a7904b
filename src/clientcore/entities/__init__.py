"""Entities: what a book holds, as frozen attrs classes, and `ENTITIES`, which is read from them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

import attrs

from clientcore.entities.account import Account
from clientcore.entities.commerce import (
    Asset,
    Competitor,
    Contract,
    Obligation,
    Offering,
    Opportunity,
    OpportunityContactRole,
    Order,
)
from clientcore.entities.dealings import Case, Commitment, Interaction, Issue, SurveyResponse
from clientcore.entities.fact import Fact
from clientcore.entities.fields import BARE_SOURCE, SOURCES, Entity, Field, Record, fields_of
from clientcore.entities.people import AccountContactRole, Contact, Induction, RoleModel, TeamMember
from clientcore.entities.standing import (
    CultureStatement,
    Horizon,
    Insight,
    IntentEvidence,
    Learning,
    MutualGoal,
    Review,
    Risk,
)
from clientcore.entities.supplier import DecisionRecord, GoalMetric, Initiative, Organisation, Workstream

_CLASSES: dict[str, type[Record]] = {
    "accounts": Account,
    "contacts": Contact,
    "account_contact_roles": AccountContactRole,
    "opportunities": Opportunity,
    "opportunity_contact_roles": OpportunityContactRole,
    "interactions": Interaction,
    "cases": Case,
    "contracts": Contract,
    "obligations": Obligation,
    "orders": Order,
    "assets": Asset,
    "survey_responses": SurveyResponse,
    "competitors": Competitor,
    "goal_metrics": GoalMetric,
    "team_members": TeamMember,
    "commitments": Commitment,
    "inductions": Induction,
    "culture_statements": CultureStatement,
    "intent_evidence": IntentEvidence,
    "mutual_goals": MutualGoal,
    "issues": Issue,
    "horizons": Horizon,
    "insights": Insight,
    "learnings": Learning,
    "risks": Risk,
    "reviews": Review,
    "role_models": RoleModel,
    "initiatives": Initiative,
    "decision_records": DecisionRecord,
    "workstreams": Workstream,
    "offerings": Offering,
    "organisations": Organisation,
}


def _entity(table: str, cls: type[Record]) -> Entity:
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
    fields = {field.name: field for field in fields_of(cls)}
    nested = tuple(attribute.name for attribute in attrs.fields(cls) if "field" not in attribute.metadata)
    return Entity(name, table, cls, MappingProxyType(fields), nested)


#: Every entity by the name of its table.
ENTITIES: Mapping[str, Entity] = MappingProxyType({table: _entity(table, cls) for table, cls in _CLASSES.items()})

#: The entities that rulesets may be about, by kind of subject.
SUBJECTS: Mapping[str, Entity] = MappingProxyType(
    {
        entity.name: entity
        for entity in (ENTITIES[table] for table in ("accounts", "opportunities", "workstreams", "organisations"))
    }
)
#: Kinds of subject that are decided beside their account; no facts are handed in for them.
CHILDREN = frozenset({"opportunity", "workstream"})

__all__ = [
    "BARE_SOURCE",
    "CHILDREN",
    "ENTITIES",
    "SOURCES",
    "SUBJECTS",
    "Account",
    "AccountContactRole",
    "Asset",
    "Case",
    "Commitment",
    "Competitor",
    "Contact",
    "Contract",
    "CultureStatement",
    "DecisionRecord",
    "Entity",
    "Fact",
    "Field",
    "GoalMetric",
    "Horizon",
    "Induction",
    "Initiative",
    "Insight",
    "IntentEvidence",
    "Interaction",
    "Issue",
    "Learning",
    "MutualGoal",
    "Obligation",
    "Offering",
    "Opportunity",
    "OpportunityContactRole",
    "Order",
    "Organisation",
    "Record",
    "Review",
    "Risk",
    "RoleModel",
    "SurveyResponse",
    "TeamMember",
    "Workstream",
]
