"""An account and its decision → the agenda of its review, filled as far as something is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import attrs

from clientcore.arguments import id_of, require_made
from clientcore.errors import counted
from clientcore.review.agenda import AGENDA, Topic
from clientcore.review.figures import Named, figures, named
from clientcore.review.records import lines

if TYPE_CHECKING:
    from clientcore.book import Book
    from clientcore.decision import Decision, Question, RecommendedAction
    from clientcore.engine import Engine

FORMAT = "clientcore-review/1"
_MOST_QUESTIONS = 2
_MOST_MISSING = 5
_MOST_ACTIONS = 5


@attrs.frozen(kw_only=True)
class Item:
    """One item of a review.

    Args:
        number: Its place, 1 to 20.
        id: Its id.
        title: What it is called.
        records: What the records say, in lines.
        figures: Scores, outcomes and states that are at least partly known, in lines.
        findings: What was found, in sentences, with its severity.
        ask: What is not known, as (question, whom to ask); empty where nothing is left to ask.
    """

    number: int
    id: str
    title: str
    records: tuple[str, ...]
    figures: tuple[str, ...]
    findings: tuple[str, ...]
    ask: tuple[tuple[str, str], ...]

    @property
    def is_known(self) -> bool:
        """Whether anything is known of it."""
        return bool(self.records or self.figures or self.findings)


@attrs.frozen(kw_only=True)
class Pack:
    """The review of one account, for the inside: it shows findings that no client should read.

    Args:
        account_id: The account.
        as_of: The day.
        items: Its twenty items, in the order of the meeting.
    """

    account_id: str
    as_of: date
    items: tuple[Item, ...]

    def __str__(self) -> str:
        parts = [f"review of {self.account_id}, as of {self.as_of}"]
        for item in self.items:
            told = [*item.records, *item.figures, *item.findings]
            unknown = [f"not known, ask {whom}: {ask}" for ask, whom in item.ask]
            parts.append("\n".join([f"{item.number:2}. {item.title}", *(f"    {line}" for line in (*told, *unknown))]))
        return "\n\n".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """Return the review as plain data of format clientcore-review/1."""
        items = [
            {
                **attrs.asdict(item, recurse=False),
                "records": list(item.records),
                "figures": list(item.figures),
                "findings": list(item.findings),
                "ask": [{"ask": ask, "whom": whom} for ask, whom in item.ask],
            }
            for item in self.items
        ]
        return {"format": FORMAT, "account_id": self.account_id, "as_of": self.as_of.isoformat(), "items": items}


def review_pack(engine: Engine, book: Book, account_id: str, *, as_of: date, profile: str | None = None) -> Pack:
    """Fill the agenda of the review of one account (S3-30).

    Rulesets that are only computed on request are computed for it.

    Args:
        engine: The engine; items whose rulesets it lacks are filled from the records alone.
        book: The book that holds the account.
        account_id: The account.
        as_of: The day; nothing recorded later is seen.
        profile: Profile whose params hold; None for the engine's, or for the first whose `match` is true.

    Returns:
        The review: each of the twenty items says what is known, and what is not with whom to ask.

    Raises:
        FactError: There is no such account, or an argument is of another kind (CC403).
        ClientcoreError: There is no such profile (CC113).
    """
    from clientcore.batch import facts_of
    from clientcore.book import Book
    from clientcore.engine import Engine

    require_made("engine", engine, Engine, "hand in the engine that fills the review")
    require_made("book", book, Book, "hand in what `read_book(path)` gives")
    account_id = id_of("account_id", account_id)
    account = book.account(account_id)
    rulesets = [
        one.id
        for one in engine.rulesets
        if one.subject == "account" and (one.rules or one.scores or one.tables or one.states)
    ]
    facts = facts_of(book, engine.fact_kinds).get(account_id)
    for executor in filter(None, engine.executors("account", rulesets)):
        executor.compiled.trace_first()  # each finding is explained
    decision = engine.evaluate(account, as_of=as_of, facts=facts, only=rulesets, profile=profile)
    return Pack(account_id=account_id, as_of=as_of, items=_items(engine, decision, account))


def _items(engine: Engine, decision: Decision, account: Mapping[str, Any]) -> tuple[Item, ...]:
    titles = {
        f"{ruleset.id}/{rule.id}": rule.heading for ruleset in engine.rulesets for rule in ruleset.firing.values()
    }
    parts = named(engine, account.get("currency") or "")
    # without a person to ask, a question only names what a formula lacks
    questions = [one for one in decision.questions() if one.whom]
    sentences = {}
    for finding in decision.findings:
        summary = decision.why(finding.rule).summary
        sentences[finding.rule] = f"{finding.severity}: {_sentence(titles.get(finding.rule, ''), summary)}"
    return tuple(
        _item(number, topic, lines(topic.id, account, decision.as_of), decision, parts, questions, sentences)
        for number, topic in enumerate(AGENDA, start=1)
    )


def _action(action: RecommendedAction) -> str:
    """Return a step with the days it is due in and who takes it."""
    due = "" if action.due_days is None else f"within {counted(action.due_days, 'day')}"
    told = ", ".join(part for part in (due, action.owner_role.replace("_", " ")) if part)
    return f"{action.title} ({told})" if told else action.title


def _sentence(title: str, summary: str) -> str:
    """Return what was found, and the figures behind it; without them where one of them is unknown."""
    because = summary.partition(": ")[2]
    title = title or because or summary
    return title if because.lower() in {"", title.lower()} or "unknown" in because else f"{title} ({because})"


def _item(
    number: int,
    topic: Topic,
    records: tuple[str, ...],
    decision: Decision,
    parts: Mapping[str, Named],
    questions: Sequence[Question],
    sentences: Mapping[str, str],
) -> Item:
    findings = tuple(
        told for rule, told in sentences.items() if rule in topic.findings or rule.partition("/")[0] in topic.findings
    )
    told = tuple(figures(topic.figures, decision, parts))
    if topic.id == "options":
        told += tuple(f"recommended: {_action(action)}" for action in decision.actions[:_MOST_ACTIONS])
    most = _MOST_MISSING if topic.id == "missing_information" else _MOST_QUESTIONS
    asked = [one for one in questions if topic.id == "missing_information" or _settles(one, topic)]
    ask = tuple((one.ask, one.whom) for one in asked[:most])
    if not (records or told or findings):
        ask = ((topic.ask, topic.whom), *(one for one in ask if one[0] != topic.ask))
    return Item(
        number=number, id=topic.id, title=topic.title, records=records, figures=told, findings=findings, ask=ask
    )


def _settles(question: Question, topic: Topic) -> bool:
    return any(name in topic.figures or name in topic.findings for name in question.settles)
