"""What is asked about our own organisation: a question for each of its fields, with levels where it is graded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from clientcore.anchors import Anchor, Answer

_YEAR = 365
_SHARES = (0.0, 0.33, 0.67, 1.0)
#: What a level means, and an example.
Level = tuple[str, str]


@attrs.frozen(kw_only=True)
class Own:
    """A question about our own organisation, whose answer goes into the field of its name.

    Args:
        ask: The question.
        whom: Role of whom to ask.
        answer: Levels, evidence, expiry, field.
    """

    ask: str
    whom: str
    answer: Answer


@attrs.frozen
class _Asked:
    ask: str
    evidence: str
    levels: tuple[Level, ...] = ()
    whom: str = "management"
    #: Lowest level that is a yes, of a question that is answered by yes or no.
    yes_from: int | None = None

    def under(self, name: str) -> Own:
        stands = _SHARES if self.yes_from is None else [at >= self.yes_from for at in range(4)]
        anchors = tuple(
            Anchor(value=value, means=means, example=example)
            for value, (means, example) in zip(stands, self.levels, strict=False)
        )
        answer = Answer(anchors=anchors, evidence=self.evidence, expires_days=_YEAR, field=name)
        return Own(ask=self.ask, whom=self.whom, answer=answer)


def _share(ask: str, evidence: str, *levels: Level, whom: str = "management") -> _Asked:
    return _Asked(ask, evidence, levels, whom)


def _yes(ask: str, evidence: str, *levels: Level, whom: str = "management", yes_from: int = 3) -> _Asked:
    return _Asked(ask, evidence, levels, whom, yes_from)


def _number(ask: str, evidence: str, whom: str = "management") -> _Asked:
    return _Asked(ask, evidence, (), whom)


def _ruled_out(cause: str, looked_at: str) -> _Asked:
    return _yes(
        f"Was {cause} looked at, and ruled out as the cause?",
        "the note of who looked at it, when, and what was found",
        ("nobody looked", "it was taken for granted that it is fine"),
        ("spoken of, not looked at", "a remark in a meeting"),
        ("looked at, and it is open or part of the cause", f"{looked_at}, without a result yet"),
        ("looked at and ruled out", f"{looked_at}, and the result is written down"),
    )


_DIRECTION: Mapping[str, _Asked] = {
    "founder_led": _yes(
        "Is the organisation led by a founder who is close to clients?",
        "who leads it, and visits to clients in the last quarter",
        ("no founder is there", "it was sold to a fund"),
        ("a founder advises", "a seat without a say"),
        ("a founder leads, and clients rarely see them", "once a year at the fair"),
        ("a founder leads and is close to clients", "calls on clients each month"),
    ),
    "declared_orientation": _share(
        "How client-oriented do we say that we are?",
        "the text in which it is declared",
        ("we say nothing of it", "the profile speaks of products alone"),
        ("clients are named among others", "one of seven values"),
        ("clients are named first", "the first line of the mission"),
        ("everything is said to be for clients", "a promise that clients come first, always"),
    ),
    "communication_level": _share(
        "How clearly does everybody hear what client focus asks of them?",
        "the messages of the last quarter, and what a few of the staff made of them",
        ("nothing is said", "the word does not occur"),
        ("now and then, in general words", "a line in the yearly letter"),
        ("often, and the same for all", "a monthly talk by the management"),
        ("often, and for each role", "each team knows what it is to do otherwise"),
        whom="staff",
    ),
    "years_sales_focused": _number("For how many years has the weight lain on sales?", "plans of those years"),
    "past_growth": _number(
        "By which share did sales grow in a year, over those years?", "the accounts of those years", "finance"
    ),
    "sales_target_share": _share(
        "Which share of targets, meetings and reviews is about sales?",
        "the targets of this year, and the agendas of a month",
        ("none", "no target names sales"),
        ("a third", "one meeting of three"),
        ("two thirds", "two targets of three"),
        ("all", "each review opens and ends with the pipeline"),
    ),
    "client_target_share": _share(
        "Which share of targets, meetings and reviews is about clients?",
        "the targets of this year, and the agendas of a month",
        ("none", "no target names what clients have of us"),
        ("a third", "satisfaction, beside two targets of sales"),
        ("two thirds", "two meetings of three"),
        ("all", "each review opens with a client"),
    ),
    "client_identifiability": _share(
        "How well can single clients be told apart?",
        "a list of clients with what each bought",
        ("not at all", "sales over wholesalers, to nobody we know"),
        ("some", "clients with a card"),
        ("most", "all but those who buy over others"),
        ("each of them", "every order has a name"),
    ),
    "client_recurrence": _share(
        "Which share of clients comes back?",
        "orders of two years, client by client",
        ("none", "each buys once in a lifetime"),
        ("a third", "one of three orders again"),
        ("two thirds", "most, within two years"),
        ("all", "supply under contract"),
    ),
    "client_influence": _share(
        "How far do clients sway other clients?",
        "how the last ten clients found us",
        ("they never meet", "households, each for itself"),
        ("a little", "one of ten came by word of mouth"),
        ("much", "most ask another client first"),
        ("they decide it", "a circle in which everybody knows everybody"),
    ),
    "rival_client_focus": _share(
        "How client-focused is the strongest rival?",
        "what clients say who deal with both",
        ("not at all", "nobody answers the telephone"),
        ("a little", "polite, and slow"),
        ("clearly", "one person answers for each client"),
        ("more than anybody", "clients speak for it"),
        whom="account team",
    ),
    "risk_appetite": _share(
        "How far do we accept that a relationship may cost before it pays?",
        "what was accepted in the last two years, in money or time",
        ("it must pay from the first month", "no visit without an order"),
        ("a quarter may go by", "one study for nothing"),
        ("a year may go by", "a specialist lent for a year"),
        ("years may go by", "a loss of two years is in the plan"),
    ),
}
_STRUCTURE: Mapping[str, _Asked] = {
    "silo_count": _number("How many units work apart from each other?", "units without a shared target"),
    "has_accountable_executive": _yes(
        "Does one executive answer for the clients?",
        "the organisation chart, or the terms of office",
        ("nobody", "each function for itself"),
        ("everybody together", "a committee"),
        ("one, beside other tasks and without a say", "the head of marketing too"),
        ("one, by name and with a say", "a chief client officer"),
    ),
    "executive_on_board": _yes(
        "Does the executive for the clients sit on the board?",
        "the list of members of the board",
        ("there is no such executive", "the post is empty"),
        ("no, two ranks under it", "reports to the head of sales"),
        ("as a guest", "heard once a quarter, without a vote"),
        ("as a member", "with a vote"),
    ),
    "executive_is_peer": _yes(
        "Has that executive the rank of the heads of the other functions?",
        "the organisation chart",
        ("there is no such executive", "the post is empty"),
        ("two ranks lower", "reports to a head of a function"),
        ("one rank lower", "invited to their round"),
        ("the same rank", "a member of their round"),
    ),
    "executive_challenges": _number(
        "How often in twelve months did that executive challenge another function on behalf of clients?",
        "minutes of the meetings in which it happened",
    ),
    "owns_satisfaction": _yes(
        "Is that executive responsible for the satisfaction of clients?",
        "the targets of that executive",
        ("nobody is", "it is not measured"),
        ("somebody else is", "the head of service"),
        ("that executive shares it", "a figure of the whole board"),
        ("that executive is", "a target of its own"),
    ),
    "owns_experience": _yes(
        "Is that executive responsible for what clients experience with us?",
        "the targets of that executive",
        ("nobody is", "it is not looked at"),
        ("somebody else is", "the head of marketing"),
        ("that executive shares it", "a project of several functions"),
        ("that executive is", "a target of its own"),
    ),
    "owns_lifetime_value": _yes(
        "Is that executive responsible for the lifetime value of clients?",
        "the targets of that executive",
        ("nobody is", "it is not worked out"),
        ("somebody else is", "finance works it out"),
        ("that executive shares it", "a figure of the whole board"),
        ("that executive is", "a target of its own"),
    ),
    "culture_spend": _number("How much was spent on programmes of culture?", "the bills of twelve months", "finance"),
    "change_spend": _number("How much was spent on all of the change?", "the bills of twelve months", "finance"),
    "leadership_checked": _ruled_out("leadership", "talks with those who were led"),
    "command_checked": _ruled_out("command and control", "a list of what needs a signature"),
    "bureaucracy_checked": _ruled_out("bureaucracy", "a case followed from desk to desk"),
    "projects_checked": _ruled_out("poor management of projects", "the last ten projects, plan against end"),
}
_MENTORING: Mapping[str, _Asked] = {
    "has_sponsor": _yes(
        "Does an executive stand behind our closest way of working with clients?",
        "what that executive did for it in the last quarter",
        ("nobody", "it runs on the side"),
        ("in words", "a friendly mail"),
        ("until it costs something", "gave way at the last budget"),
        ("also where it costs something", "kept the time free in a weak quarter"),
    ),
    "has_ring_fenced_time": _yes(
        "Is time for it set apart that no project may take?",
        "calendar or plan of the last quarter",
        ("none", "each hour is booked on projects"),
        ("when there is room", "an afternoon that fell free"),
        ("set apart, and taken by projects", "a day a month, given up twice"),
        ("set apart and kept", "a day a month, kept through the quarter"),
    ),
    "has_non_revenue_mandate": _yes(
        "Is there a mandate for it that is not measured by revenue?",
        "the mandate in writing",
        ("all is measured by revenue", "a quota for everybody"),
        ("spoken of", "it will not be held against you"),
        ("in writing, beside a quota", "both count"),
        ("in writing, and no quota hangs on it", "a target of another kind"),
    ),
    "has_escalation_right": _yes(
        "May those who do it take a matter to the top by themselves?",
        "a matter that was taken there",
        ("no", "everything goes through the superior"),
        ("in an emergency", "after the third complaint"),
        ("by agreement with the superior", "never refused so far"),
        ("by themselves", "a call to the board is in the rules"),
    ),
    "has_mentor_succession": _yes(
        "Is there a successor for each who does it?",
        "names of roles and their successors",
        ("for none", "it would end with them"),
        ("looked for", "a post that is advertised"),
        ("for some", "one of two is covered"),
        ("for each, and already with the client", "both went along for half a year"),
    ),
    "glossary_agreed": _number("On how many terms do our units agree?", "the glossary"),
    "glossary_contested": _number("How many terms are in dispute between our units?", "the glossary"),
}


def own_questions() -> Iterator[tuple[str, Own]]:
    """Yield each field of our own organisation that people are asked for, with its question; all of it is ours."""
    for part in (_DIRECTION, _STRUCTURE, _MENTORING):
        for name, asked in part.items():
            yield name, asked.under(name)
