"""Decisions as plain data and JSON, format clientcore-decision/1."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import attrs

from clientcore.decision.parts import Base, Finding, Outcome, RecommendedAction, Score, State
from clientcore.errors import ClientcoreError, Problem, Where

FORMAT = "clientcore-decision/1"


def to_dict(decision: Any) -> dict[str, Any]:
    """Return plain data of a decision: texts, numbers, booleans, None, lists and dicts."""
    fields = {field.name: getattr(decision, field.name) for field in attrs.fields(type(decision)) if field.init}
    fields.pop("_explain", None)
    return {"format": FORMAT, **{name: _plain(value) for name, value in fields.items()}}


def to_json(decision: Any) -> str:
    """Return the JSON text of a decision."""
    return json.dumps(to_dict(decision), sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | frozenset):
        return [_plain(item) for item in value]
    if attrs.has(type(value)):
        return {field.name: _plain(getattr(value, field.name)) for field in attrs.fields(type(value))}
    return value


def from_json(text: str) -> dict[str, Any]:
    """Return the arguments of a Decision from its JSON text.

    Raises:
        ClientcoreError: The text is no decision of this format (CC403).
    """
    try:
        data = json.loads(text)
        if data.pop("format", None) != FORMAT:
            raise ValueError(f"the format is not `{FORMAT}`")
        return _arguments(data)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"CC403 this is no decision of format {FORMAT}: {error}"
        raise ClientcoreError(message) from error


def _arguments(data: dict[str, Any]) -> dict[str, Any]:
    base = data.pop("base")
    return {
        **data,
        "as_of": date.fromisoformat(data["as_of"]),
        "rulesets": {name: (version, sha) for name, (version, sha) in data["rulesets"].items()},
        "scores": {name: _score(item) for name, item in data["scores"].items()},
        "outcomes": {name: _made(Outcome, item, "possible", "rows") for name, item in data["outcomes"].items()},
        "states": {name: _state(item) for name, item in data["states"].items()},
        "findings": tuple(_made(Finding, item, "actions") for item in data["findings"]),
        "actions": tuple(_made(RecommendedAction, item, "rules") for item in data["actions"]),
        "fired": tuple(data["fired"]),
        "unknown": tuple(data["unknown"]),
        "suppressed": {name: tuple(by) for name, by in data["suppressed"].items()},
        "problems": tuple(_problem(item) for item in data["problems"]),
        "base": Base(
            as_of=_day(base["as_of"]),
            bands={n: (band, _day(since), _pair(wait)) for n, (band, since, wait) in base["bands"].items()},
            states={n: (state, _day(since)) for n, (state, since) in base["states"].items()},
            values={n: _tupled(value) for n, value in base["values"].items()},
        ),
    }


def _made(cls: type[Any], data: dict[str, Any], *tuples: str) -> Any:
    known = {field.name for field in attrs.fields(cls)}
    return cls(**{n: tuple(v) if n in tuples else _tupled(v) for n, v in data.items() if n in known})


def _score(data: dict[str, Any]) -> Score:
    pending = _pair(data["pending"])
    made: Score = _made(Score, {**data, "pending": None, "since": _day(data["since"])}, "bands_possible")
    return attrs.evolve(made, pending=pending)


def _state(data: dict[str, Any]) -> State:
    made: State = _made(State, {**data, "since": _day(data["since"])}, "possible")
    return made


def _problem(data: dict[str, Any]) -> Problem:
    where = data["where"]
    return Problem(**{**data, "where": None if where is None else Where(**where)})


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _pair(data: list[Any] | None) -> tuple[str, float] | None:
    return None if data is None else (data[0], data[1])


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
