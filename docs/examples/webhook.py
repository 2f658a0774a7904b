"""A webhook receiver: a CRM posts events over HTTP and gets the signals of each as the answer.

Run it with `JOURNAL=live.sqlite uvicorn webhook:app`; it needs `pip install clientcore fastapi uvicorn`. One process
only: a journal has one writer.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

import clientcore as cc
from clientcore.session import read_line

#: Code of an error → HTTP status; a sender tries again on 503 and on nothing else.
STATUS = {"CC703": 409, "CC705": 413, "CC707": 503}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the session with the program, and close it with it."""
    engine = cc.Engine(plugins=["clientcore_starter"], discover=False)
    async with await engine.aopen_session(os.environ["JOURNAL"]) as app.state.session:
        yield


app = FastAPI(lifespan=lifespan)


@app.exception_handler(cc.ClientcoreError)
async def refused(_: Request, error: cc.ClientcoreError) -> JSONResponse:
    """Say why an event was refused, or what is wrong with a question."""
    code, message, help_ = error.message[:5], error.message[6:], ""
    for problem in error.problems:
        code, message, help_ = problem.code, problem.message, problem.help
    return JSONResponse({"error": code, "message": message, "help": help_}, STATUS.get(code, 422))


@app.post("/events")
async def events(request: Request) -> dict[str, Any]:
    """Take one event in; with status 200 it is in the journal."""
    signals = await request.app.state.session.post(read_line(await request.body()))
    return {"signals": [signal.to_dict() for signal in signals]}


@app.post("/days/{day}")
async def days(day: date, request: Request) -> dict[str, Any]:
    """Move the clock on; a scheduler calls this once a day."""
    return {"signals": [signal.to_dict() for signal in await request.app.state.session.advance(day)]}


@app.get("/signals")
async def signals(request: Request, after: str = "") -> dict[str, Any]:
    """Give the signals again that came after one, for whoever was away."""
    return {"signals": [signal.to_dict() for signal in await request.app.state.session.signals(after)]}


@app.delete("/contacts/{contact}")
async def erased(contact: str, request: Request) -> dict[str, Any]:
    """Erase a person."""
    return {"signals": [signal.to_dict() for signal in await request.app.state.session.erase(contact)]}
