"""Who may use a session: no hook of a decision that it makes, and no fork of the process that opened it."""

from __future__ import annotations

import asyncio
import os
import types
import warnings
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

import clientcore as cc
from clientcore.decision import Decision
from clientcore.session import AsyncSession, Session
from session_world import RULESET, day, event, promise

OTHER = event("p9", "cases", 0, {"id": "k9"}, account="other")
CALLS: dict[str, Callable[[Session], Any]] = {
    "post": lambda session: session.post(OTHER),
    "post_of_the_same": lambda session: session.post(promise("p9", 0, 0)),
    "advance": lambda session: session.advance(day(3)),
    "erase": lambda session: session.erase("k1"),
    "decision": lambda session: session.decision("acme"),
    "decisions": lambda session: session.decisions("acme", subject="opportunity"),
    "signals": lambda session: list(session.signals()),
    "events": lambda session: list(session.events()),
    "counts": lambda session: session.counts(),
    "close": lambda session: session.close(),
}


def heard(folder: Path, hook: Callable[[Decision], None]) -> cc.Engine:
    """Return an engine with a plugin that hears of decisions."""

    @cc.hookimpl
    def clientcore_after_decision(decision: Decision) -> None:
        hook(decision)

    plugin = types.ModuleType("acme_hears")
    plugin.clientcore_after_decision = clientcore_after_decision  # type: ignore[attr-defined]
    path = folder / "care.yaml"
    path.write_text(RULESET, encoding="utf-8")
    return cc.Engine(rulesets=[path], plugins=[plugin], discover=False)


@pytest.mark.parametrize("call", CALLS)
def test_a_hook_cannot_call_the_session_that_tells_it(
    tmp_path: Path, call: str, caplog: pytest.LogCaptureFixture
) -> None:
    refused = []

    def hook(_: Decision) -> None:
        with pytest.raises(cc.ClientcoreError, match="CC403 this session is at work, and takes no call from a hook"):
            CALLS[call](live)
        refused.append(call)

    given = [promise(f"p{at}", at, at) for at in range(4)]
    with heard(tmp_path, hook).open_session(tmp_path / "a.sqlite") as live:
        found = [live.post(one) for one in given]
    assert refused
    assert not caplog.records
    with heard(tmp_path, lambda _: None).open_session(tmp_path / "b.sqlite") as plain:
        assert found == [plain.post(one) for one in given]
        with heard(tmp_path, lambda _: None).open_session(tmp_path / "a.sqlite") as again:
            assert list(again.events()) == list(plain.events())
            assert list(again.signals()) == list(plain.signals())


def test_a_hook_may_call_another_session(tmp_path: Path) -> None:
    other = heard(tmp_path, lambda _: None).open_session(tmp_path / "other.sqlite")

    def hook(decision: Decision) -> None:
        if decision.fired:
            other.post(promise(f"heard-{decision.account_id}", 0, 0))

    with other, heard(tmp_path, hook).open_session(tmp_path / "a.sqlite") as live:
        for at in range(3):
            live.post(promise(f"p{at}", 0, 0))
        assert [one.id for one in other.events()] == ["heard-acme"]


def test_what_a_hook_hands_to_an_awaited_session_comes_after_the_event_at_hand(tmp_path: Path) -> None:
    async def main() -> list[str]:
        loop, posted = asyncio.get_running_loop(), list[Future[Any]]()

        def hook(decision: Decision) -> None:
            if decision.account_id == "acme":
                posted.append(asyncio.run_coroutine_threadsafe(live.post(OTHER), loop))

        live: AsyncSession = await heard(tmp_path, hook).aopen_session(tmp_path / "a.sqlite")
        async with live:
            await live.post(promise("p1", 0, 0))
            await asyncio.wrap_future(posted[0])
            return [one.id for one in live.session.events()]

    assert asyncio.run(main()) == ["p1", "p9"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only where processes fork")
def test_a_fork_cannot_use_the_session_of_its_parent(tmp_path: Path) -> None:
    engine = heard(tmp_path, lambda _: None)
    with engine.open_session(tmp_path / "a.sqlite") as live:
        live.post(promise("p1", 0, 0))
        told = forked(lambda: refusals(live))
        assert told == "CC706 CC706 CC706 CC706 closed"
        live.post(promise("p2", 0, 0))
        assert [one.id for one in live.events()] == ["p1", "p2"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only where processes fork")
def test_nor_one_that_is_awaited(tmp_path: Path) -> None:
    async def opened() -> AsyncSession:
        live = await heard(tmp_path, lambda _: None).aopen_session(tmp_path / "a.sqlite")
        await live.post(promise("p1", 0, 0))
        return live

    async def asked(live: AsyncSession) -> str:
        with pytest.raises(cc.SessionError, match="CC706 this session was opened by another process"):
            await live.post(promise("p2", 0, 0))
        await live.close()
        return "closed"

    async def closed(live: AsyncSession) -> int:
        async with live:
            return live.session.counts()["events"]

    live = asyncio.run(opened())
    assert forked(lambda: asyncio.run(asked(live))) == "closed"
    assert asyncio.run(closed(live)) == 1


def refusals(live: Session) -> str:
    """Return the codes with which calls are refused, and that closing is not."""
    calls = ("post", "decision", "counts", "advance")
    codes = []
    for call in calls:
        with pytest.raises(cc.SessionError) as error:
            CALLS[call](live)
        codes.append(error.value.problems[0].code)
    live.close()
    return " ".join([*codes, "closed"])


def forked(call: Callable[[], str]) -> str:
    """Return what a call gives in a fork of this process."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # a fork beside threads, which is what is tried here
        child = os.fork()
    if child == 0:
        try:
            os.write(writing, call().encode())
        except BaseException as error:  # noqa: BLE001 (told to the parent)
            os.write(writing, repr(error).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        told = answer.read()
    os.waitpid(child, 0)
    return told
