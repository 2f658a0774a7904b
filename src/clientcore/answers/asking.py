"""What to ask about one subject, or about any: the facts that people know, the most telling first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from clientcore.answers.form import Item, Questionnaire
from clientcore.answers.known import Askable, Knows, askable
from clientcore.arguments import require_flag
from clientcore.decision import Decision
from clientcore.entities import SUBJECTS
from clientcore.errors import FactError

#: Id of the subject of which nothing is known, for a blank form.
_NOBODY = "-"


def questionnaire(
    engine: Knows,
    account: Any = None,
    *,
    as_of: date,
    subject: str = "account",
    only: Sequence[str] | None = None,
    facts: Mapping[str, Any] | None = None,
    profile: str | None = None,
    every: bool = False,
) -> Questionnaire:
    """Return the questions whose answers no CRM holds, those that would settle most first.

    Args:
        engine: The engine.
        account: The account (or organisation), as `evaluate` takes it; None for a blank form about nobody.
        as_of: Day of the decision that the answers are for.
        subject: account, organisation, or the children of the account: opportunity, workstream.
        only: Ids or patterns of what is to be settled; None for all.
        facts: Facts handed in for the account, which are not asked for again.
        profile: Profile whose params hold.
        every: Whether to ask also for what is known or settles nothing; a blank form always does.

    Returns:
        One item per subject and fact. Facts about persons are asked for only where the engine opted in to them.

    Raises:
        FactError: As for `evaluate`.
        ClientcoreError: `only`, `profile` or `subject` names nothing that there is.

    Example:
        >>> from clientcore import Engine
        >>> engine = Engine(plugins=["clientcore_spectrum", "clientcore_trust"], discover=False)
        >>> form = questionnaire(engine, as_of=date(2026, 6, 30), only=["trust.partner.status"])
        >>> [(item.fact, item.whom) for item in form.items if item.fact == "named_partner"]
        [('named_partner', 'client')]
    """
    require_flag("every", every)
    known = askable(engine)
    plan = engine.plan(subject, only=only)
    named = dict.fromkeys((*plan.handed, *plan.fields))
    asked = [known[subject, name] for name in named if (subject, name) in known]
    options = {"as_of": as_of, "only": only, "facts": facts, "profile": profile}
    found: list[Item] = []
    for decision in _decisions(engine, _blank(subject) if account is None else account, subject, options):
        found += _items(decision, asked, every=every or account is None)
    return Questionnaire(as_of=as_of, items=tuple(sorted(found, key=_order)))


def _order(item: Item) -> tuple[int, str, str, str]:
    return -len(item.settles), item.fact, item.account_id, item.subject_id


def _decisions(engine: Knows, account: Any, subject: str, options: Mapping[str, Any]) -> Sequence[Decision]:
    if subject in {"account", "organisation"}:
        return (engine.evaluate(account, subject=subject, **options),)
    return engine.evaluate_subjects(account, subject=subject, **options)


def _blank(subject: str) -> dict[str, Any]:
    if subject not in SUBJECTS:
        raise FactError(f"CC403 no subject `{subject}`; one of: {', '.join(SUBJECTS)}")
    if subject in {"account", "organisation"}:
        return {"id": _NOBODY}
    return {"id": _NOBODY, SUBJECTS[subject].table: [{"id": _NOBODY, "account_id": _NOBODY}]}


def _items(decision: Decision, asked: Sequence[Askable], *, every: bool) -> Iterator[Item]:
    settles = {question.fact: question.settles for question in decision.questions()}
    named = decision.subject_id != _NOBODY
    for one in asked:
        if one.fact in settles or every:
            yield Item(
                account_id=(decision.account_id or "") if named else "",
                subject=decision.subject,
                subject_id=decision.subject_id if named else "",
                fact=one.fact,
                question=one.ask,
                whom=one.whom,
                takes=one.takes,
                anchors=one.answer.anchors,
                evidence=one.answer.evidence,
                expires_days=one.answer.expires_days,
                sources=one.sources,
                settles=settles.get(one.fact, ()),
            )
