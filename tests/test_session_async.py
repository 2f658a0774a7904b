"""Asynchronous programs: the awaited session, and the webhook receiver over real HTTP."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import clientcore as cc
from clientcore.session import Session, open_session
from session_world import day, engine, event, promise

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"


def test_awaited_events_give_the_same_signals(tmp_path: Path) -> None:
    made = engine(tmp_path)
    given = [promise(f"p{at}", 0, 0) for at in range(20)]

    async def posted() -> list[Any]:
        async with await made.aopen_session(tmp_path / "a.sqlite") as session:
            found = await asyncio.gather(*(session.post(one) for one in given))
            assert (await session.decision("acme")).fired
            assert await session.signals() == tuple(one for some in found for one in some)
            assert await session.erase("nobody") == ()
            return [*found, await session.advance(day(40))]

    with made.open_session(tmp_path / "b.sqlite") as session:
        plain = [session.post(one) for one in given]
        session.erase("nobody")
        assert asyncio.run(posted()) == [*plain, session.advance(day(40))]


def test_an_awaited_event_is_refused_alike(tmp_path: Path) -> None:
    made = engine(tmp_path)

    async def posted() -> None:
        async with await made.aopen_session(tmp_path / "a.sqlite") as session:
            with pytest.raises(cc.SessionError, match="CC702"):
                await session.post(event("e", "casse", 0, {"id": "k"}))
            with pytest.raises(cc.SessionError, match="CC706"):
                await made.aopen_session(tmp_path / "a.sqlite")

    asyncio.run(posted())
    made.open_session(tmp_path / "a.sqlite").close()


def test_an_opening_that_nobody_waits_for_keeps_the_journal_from_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, begun, go, opened = engine(tmp_path), threading.Event(), threading.Event(), list[Session]()

    def slow(*args: Any, **options: Any) -> Session:
        begun.set()
        assert go.wait(30)
        opened.append(open_session(*args, **options))
        return opened[-1]

    monkeypatch.setattr("clientcore.session.aside.open_session", slow)

    async def cancelled() -> None:
        opening = asyncio.create_task(made.aopen_session(tmp_path / "a.sqlite"))
        assert await asyncio.to_thread(begun.wait, 30)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        go.set()

    asyncio.run(cancelled())
    for thread in threading.enumerate():
        if thread.name.startswith("clientcore-session"):
            thread.join(30)
    made.open_session(tmp_path / "a.sqlite").close()
    with pytest.raises(cc.ClientcoreError, match="CC403 this session is closed"):
        opened[0].counts()


@contextmanager
def served(journal: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run the example on a free port and give its address."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        command = [sys.executable, "-m", "uvicorn", "webhook:app", "--fd", str(sock.fileno()), "--log-level", "warning"]
        environment = {**os.environ, "JOURNAL": str(journal)}
        with subprocess.Popen(command, cwd=EXAMPLES, env=environment, pass_fds=[sock.fileno()]) as process:
            try:
                # the socket listens already, so the first request waits until the program is there
                yield f"http://127.0.0.1:{sock.getsockname()[1]}", process
            finally:
                process.kill()


def test_the_webhook_receiver_answers_over_http(tmp_path: Path) -> None:
    pytest.importorskip("fastapi", reason="the example needs fastapi, of the test group")
    pytest.importorskip("uvicorn", reason="the example needs uvicorn, of the test group")
    httpx = pytest.importorskip("httpx", reason="this test needs httpx, of the test group")
    case = event("e1", "cases", 0, {"id": "k", "is_escalated": True, "is_closed": False})
    with served(tmp_path / "live.sqlite") as (address, process), httpx.Client(base_url=address, timeout=60) as http:
        answer = http.post("/events", json=case)
        assert (answer.status_code, [one["kind"] for one in answer.json()["signals"]][:2]) == (
            200,
            ["account_opened", "finding_raised"],
        )
        first = answer.json()["signals"]
        assert http.post("/events", json=case).json() == {"signals": []}
        refusals = [
            http.post("/events", json={**case, "data": {"id": "k"}}),
            http.post("/events", json={**case, "type": "casse"}),
            http.post("/events", content=b"\xff"),
            http.post("/events", content=b"{" + b" " * 2_000_000),
        ]
        assert [(one.status_code, one.json()["error"]) for one in refusals] == [
            (409, "CC703"),
            (422, "CC702"),
            (422, "CC701"),
            (413, "CC705"),
        ]
        process.send_signal(signal.SIGKILL)
        process.wait()
    with served(tmp_path / "live.sqlite") as (address, _), httpx.Client(base_url=address, timeout=60) as http:
        assert http.get("/signals").json()["signals"] == first
        assert http.get("/signals", params={"after": first[0]["id"]}).json()["signals"] == first[1:]
        wrong = http.get("/signals", params={"after": "last"})
        assert (wrong.status_code, wrong.json()["error"]) == (422, "CC403")
        assert wrong.json()["message"].startswith("`last` is no id of a signal")
        assert http.post("/events", json=case).json() == {"signals": []}
        assert http.post(f"/days/{day(60)}").status_code == 200
        assert http.delete("/contacts/k1").json() == {"signals": []}


def test_a_closed_one_says_so_and_closes_again(tmp_path: Path) -> None:
    made = engine(tmp_path)

    async def posted() -> None:
        session = await made.aopen_session(tmp_path / "a.sqlite")
        await asyncio.gather(session.close(), session.close())
        await session.close()
        with pytest.raises(cc.ClientcoreError, match="CC403 this session is closed"):
            await session.post(promise("p", 0, 0))

    asyncio.run(posted())
