"""Erasing a person, and forgetting what events said once it is old."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

import attrs

from clientcore.intake.values import instant
from clientcore.session.accounts import Accounts
from clientcore.session.deciding import Live
from clientcore.session.erasure import (
    Place,
    forget_in_data,
    forget_in_memory,
    places_in_data,
    places_in_memory,
    places_spoken_of,
)
from clientcore.session.event import ERASED, Event
from clientcore.session.journal import Journal
from clientcore.session.memory import Memory
from clientcore.session.signal import Signal

_TOGETHER = 200


def erased_before(journal: Journal) -> set[str]:
    """Return the contacts who were erased from a journal."""
    return set(json.loads(journal.get("erased") or "[]"))


@attrs.frozen
class LeftOut:
    """What an event that names a person who was erased comes down to.

    Args:
        event: The event without what it says of such persons.
        whole: Whether nothing was left out.
        told: What is to be told of that.
        places: Records that name such persons.
    """

    event: Event
    whole: bool = True
    told: tuple[Mapping[str, Any], ...] = ()
    places: frozenset[Place] = frozenset()


def without_erased(event: Event, erased: Collection[str], memory: Memory | None) -> LeftOut:
    """Return an event without what it says of persons who were erased.

    Args:
        event: The event.
        erased: The contacts who were erased.
        memory: What is known of the account, whose records may name a person whom the event does not name.
    """
    if not erased:
        return LeftOut(event)
    places = places_in_data(event.type, event.data, erased)
    if memory is not None:
        places |= places_spoken_of(event.type, event.data, memory, erased)
    data = json.loads(event.body)
    if not forget_in_data(event.type, data, places):
        return LeftOut(event, places=frozenset(places))
    message = "CC709 contact `{}` was erased; what the event says of the person is left out"
    told = tuple(
        {"kind": "problem_found", "name": "CC709", "message": message.format(who)}
        for who in sorted(set(places.values()))
    )
    less = Event(id=event.id, type=event.type, at=event.at, account=event.account, data=data)
    return LeftOut(less, whole=False, told=told, places=frozenset(places))


def clear(accounts: Accounts, live: Live, places: Collection[Place]) -> None:
    """Take out of an account what was said of some records before they came to name a person who was erased."""
    forget_in_memory(live.memory, places)
    if _rewritten(accounts.journal, live.memory.id, places):
        accounts.remember(live, accounts.journal.last(live.memory.id))
        accounts.journal.hush(live.memory.id)


def erase(accounts: Accounts, contact: str, clock: int) -> tuple[Signal, ...]:
    """Erase a person from a journal and from working memory; see `Session.erase`."""
    if contact in accounts.erased:
        return ()
    journal, id_ = accounts.journal, f"{ERASED}:{contact}"
    concerned = journal.mention(contact)
    accounts.drop(concerned)
    signals: list[Signal] = []
    try:
        with journal.writing():
            seq, count = journal.add_erasure(id_, clock), 0
            for account in concerned:
                live = accounts.find(account)
                assert live is not None
                places = _places(journal, live, contact)
                if places:
                    count += _rewritten(journal, account, places)
                    signals += _forgotten(accounts, live, places, (seq, id_, len(signals)), contact)
            journal.complete(seq, json.dumps({"contact": contact, "events": count}, ensure_ascii=False))
            journal.set("erased", json.dumps(sorted({*accounts.erased, contact}), ensure_ascii=False))
            accounts.bound()
    except BaseException:
        accounts.drop(concerned)
        raise
    accounts.erased.add(contact)
    journal.settle()
    return tuple(signals)


def _places(journal: Journal, live: Live, contact: str) -> set[Place]:
    """Return the records of an account that name a person, or did so once."""
    places = set(places_in_memory(live.memory, {contact}))
    for _, _, type_, _, text in journal.events(live.memory.id, 0):
        if text is not None:
            places |= places_in_data(type_, json.loads(text), {contact}).keys()
    return places


def _rewritten(journal: Journal, account: str, places: Collection[Place]) -> int:
    """Take what events say of persons in some records out of a journal; return how many events lost something."""
    count = 0
    for seq, _, type_, _, text in journal.events(account, 0):
        if text is None:  # what it said is forgotten already
            continue
        data = json.loads(text)
        if forget_in_data(type_, data, places):
            count += 1
            journal.rewrite(seq, json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":")))
    return count


def _forgotten(
    accounts: Accounts, live: Live, places: Collection[Place], place: tuple[int, str, int], contact: str
) -> tuple[Signal, ...]:
    account = live.memory.id
    forget_in_memory(live.memory, places)
    accounts.remember(live, accounts.journal.last(account))
    accounts.journal.hush(account)
    seq, event, first = place
    changed = accounts.deciding.again(live)
    signals = accounts.tell(live, seq, event, [{"kind": "contact_erased", "name": contact}, *changed], first)
    accounts.save(live)
    return signals


def retain(accounts: Accounts, clock: int, days: int) -> None:
    """Forget what events said more than so many days before the clock; what is known of the accounts stays."""
    journal, first = accounts.journal, date.fromordinal(max(clock - days, 1)).isoformat()
    before, count = instant(first), 0
    while some := journal.older(before, _TOGETHER):
        try:
            with journal.writing():
                for account in some:
                    live = accounts.find(account)
                    assert live is not None
                    accounts.remember(live, journal.last(account))
                    journal.hush(account)
                    count += journal.forget(account, before)
                accounts.bound()
        except BaseException:
            accounts.drop(some)
            raise
    if count:
        # numbered, since late events are forgotten on the same day again
        number = len(journal.data_of(ERASED))
        with journal.writing():
            seq = journal.add_erasure(f"{ERASED}:{first}:{number}", clock)
            journal.complete(seq, json.dumps({"before": first, "events": count}))
        journal.settle()
