"""The agenda of a review: what each of its twenty items is filled from, and what to ask where nothing is known."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class Topic:
    """One item of the agenda.

    Args:
        id: Its id, stable for good.
        title: What it is called.
        ask: What to ask where nothing is known.
        whom: Whom to ask.
        figures: Full ids of scores, tables and states to show, in this order.
        findings: Rulesets whose findings belong to it, or `ruleset/rule` for one.
    """

    id: str
    title: str
    ask: str
    whom: str
    figures: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()


def _topic(id_: str, title: str, ask: str, whom: str, figures: str = "", findings: str = "") -> Topic:
    return Topic(
        id=id_, title=title, ask=ask, whom=whom, figures=tuple(figures.split()), findings=tuple(findings.split())
    )


#: The twenty items, in the order of the meeting. Claim S3-30 names the review; the items and their order are ours.
AGENDA: tuple[Topic, ...] = (
    _topic("previous_actions", "Actions of the last review", "Which actions were agreed last time, and which are done?",
           "account team"),
    _topic("performance", "How we perform", "How well do we do what we promised?", "client",
           "service.handling.handling trust.partner.instruments trust.parts.five", "trust.partner trust.parts"),
    _topic("market", "The client's market", "What moves the client's customers, suppliers and rivals?", "client",
           "risk.warning.pressure"),
    _topic("organisation_changes", "Changes of people and organisation", "Who came, who left, and who decides now?",
           "client", "culture.success.turnaround", "culture.success/new_start_possible culture.fit"),
    _topic("contracts", "Contracts and duties", "Which contracts run, until when, and what do they ask of us?",
           "account team", "culture.contract.harmony voice.value.gross_retention",
           "culture.contract risk.warning/notice_comes_near"),
    _topic("debtors", "What is owed", "What is owed for how long, and why?", "finance", "",
           "risk.warning/invoices_overdue"),
    _topic("scorecard", "Balanced scorecard", "Which measures of the scorecard are met?", "account team",
           "health.scorecard.whole health.scorecard.management health.scorecard.financial health.scorecard.people "
           "health.scorecard.client health.scorecard.sales health.scorecard.missed", "health.scorecard"),
    _topic("sales", "Sales", "What did the client order, and what does it bring?", "finance",
           "voice.value.net_retention voice.value.lifetime_value", "voice.value"),
    _topic("opportunities", "Opportunities", "What does the client plan that we could help with?", "client", "",
           "starter.account/nothing_open starter.account/past_the_day starter.account/seldom_won spectrum.evidence"),
    _topic("competitors", "Competitors", "Who else supplies the client, and with what?", "account team",
           "spectrum.education.competitor_risk", "spectrum.next_steps/mind_the_competition"),
    _topic("swot", "Strengths, weaknesses, chances, threats", "What are we good and bad at here?", "account team",
           "health.swot.strengths health.swot.weaknesses health.swot.chances health.swot.threats health.swot.moves"),
    _topic("contacts", "Contacts and ties", "Whom do we know at the client, and who decides?", "account team",
           "starter.account.ties spectrum.servicing.contacts relationship.model.structure",
           "starter.account/single_threaded starter.account/silent starter.account/no_decider relationship.model"),
    _topic("missing_information", "What we do not know", "What should we know and do not?", "account team",
           "starter.account.coverage risk.data.quality", "risk.data"),
    _topic("surveys", "What the client says", "How satisfied are you, and would you recommend us?", "client",
           "voice.answers.recommended voice.answers.satisfied voice.response.heard", "voice.answers voice.response"),
    _topic("complaints", "Complaints and cases", "What went wrong, and is it solved?", "client", "",
           "service.handling starter.account/escalations"),
    _topic("hospitality", "Invitations and occasions together",
           "Which invitations were given and taken, and are they within the rules of both sides?", "account team", "",
           "relationship.effort"),
    _topic("account_management", "How we manage the account", "What of account management is written down and kept?",
           "account team", "culture.components.complete culture.induction.prepared",
           "culture.components culture.induction"),
    _topic("success_factors", "What has to be right", "What matters most to the client, and do we get it right?",
           "client", "culture.success.factors relationship.intent.effective", "culture.success relationship.intent"),
    _topic("risk", "Risks", "What could go wrong, how likely is it, and what would it cost?", "account team",
           "risk.register.expected_loss risk.warning.signs", "risk.register risk.warning risk.disagreement"),
    _topic("options", "Options and next steps", "What is the next single step?", "account team",
           "spectrum.mode.engagement_mode relationship.model.next", "spectrum.next_steps spectrum.mode health.swot"),
)  # fmt: skip
