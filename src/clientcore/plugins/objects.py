"""Verify what plugins register: facts, functions, models and files."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from clientcore.catalog import FactSpec, Function

_KINDS = ("number", "text", "boolean", "day", "instant")
_WAYS = ("up", "down")
_VERSION = re.compile(r"\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?")


def fact_faults(fact: object) -> list[str]:
    """Return what is wrong with a declared fact; empty for a good one."""
    if not isinstance(fact, FactSpec):
        return [_not_a(fact, "a `FactSpec`")]
    faults = _identifier(fact.id, "id") or _no_texts(fact, f"fact `{fact.id}`", ("unit", "doc", "ask", "whom"))
    if fact.value is not None:
        faults += _no_texts(fact, f"fact `{fact.id}`", ("value",))
    if not isinstance(fact.kind, str) or fact.kind not in _KINDS:
        found = f"`{fact.kind}`" if isinstance(fact.kind, str) else _shown(fact.kind)
        faults.append(f"fact `{fact.id}` has kind {found}, which is none of {', '.join(_KINDS)}")
    if fact.range is not None and not _interval(fact.range):
        faults.append(
            f"fact `{fact.id}` has range {_shown(fact.range)}, which is no pair of a lowest and a highest number"
        )
    if fact.monotone is not None and fact.monotone not in _WAYS:
        faults.append(f"fact `{fact.id}` has monotone {_shown(fact.monotone)}, which is none of {', '.join(_WAYS)}")
    if not _names(fact.requires_source):
        faults.append(f"fact `{fact.id}` has requires_source {_shown(fact.requires_source)}, which is no list of names")
    if fact.range is not None and fact.kind != "number":
        faults.append(f"fact `{fact.id}` has a range and is no number")
    return faults


def function_faults(function: object) -> list[str]:
    """Return what is wrong with a named expression; empty for a good one."""
    if not isinstance(function, Function):
        return [_not_a(function, "a `Function`")]
    faults = _identifier(function.id, "id") or _no_texts(function, f"function `{function.id}`", ("doc",))
    if not isinstance(function.params, (tuple, list)) or not _names(function.params):
        return [*faults, f"function `{function.id}` has params {_shown(function.params)}, which is no list of names"]
    for param in function.params:
        faults += _identifier(param, f"argument of `{function.id}`")
    if len(set(function.params)) < len(function.params):
        faults.append(f"function `{function.id}` names an argument twice")
    if not isinstance(function.body, str):
        faults.append(f"the body of function `{function.id}` is the text of an expression, not {_shown(function.body)}")
    elif not function.body.strip():
        faults.append(f"function `{function.id}` has no body")
    return faults


def model_faults(model: object) -> list[str]:
    """Return what is wrong with a scoring model; empty for a good one."""
    absent = [name for name in ("id", "version", "needs", "returns", "monotone") if not hasattr(model, name)]
    if isinstance(model, type) or len(absent) > 2:
        return [_not_a(model, "an object that fits `ScoringModel`")]
    name = getattr(model, "id", type(model).__qualname__)
    if absent:
        return [f"model `{name}` lacks `{lacking}`" for lacking in absent]
    faults = [fault for part in str(name).split(".") for fault in _identifier(part, f"id `{name}`")]
    return faults + _model_fields(name, model)


def _model_fields(name: str, model: Any) -> list[str]:
    faults = []
    if not isinstance(model.version, str) or not _VERSION.fullmatch(model.version):
        faults.append(f"model `{name}` has version {_shown(model.version)}, which is not like '1.2.0'")
    if not _names(model.needs):
        faults.append(f"model `{name}` has needs {_shown(model.needs)}, which is no list of fact names")
    returns, ways = model.returns, model.monotone
    listed = isinstance(returns, (tuple, list)) and len(returns) == 3
    if not listed or not isinstance(returns[0], str) or not _interval(returns[1:]):
        faults.append(f"model `{name}` returns {_shown(returns)}, which is not (unit, lowest, highest)")
    if not isinstance(ways, Mapping) or not all(way in _WAYS for way in ways.values()):
        faults.append(f"model `{name}` has monotone {_shown(ways)}, which does not map facts to `up` or `down`")
    gives = [way for way in ("expression", "score") if callable(getattr(model, way, None))]
    if len(gives) != 1:
        has = "both `expression()` and `score(facts)`" if gives else "neither `expression()` nor `score(facts)`"
        faults.append(f"model `{name}` has {has}; it needs exactly one")
    if callable(getattr(model, "score_frame", None)) and "score" not in gives:
        faults.append(f"model `{name}` has `score_frame(frame)` and no `score(facts)`")
    return faults


def files_of(path: object) -> tuple[tuple[Path, ...], list[str]]:
    """Return the files that a registered path stands for, and what is wrong with it."""
    if not isinstance(path, (str, Path)):
        return (), [_not_a(path, "a path")]
    place = Path(path)
    if not place.is_absolute():
        return (), [f"path `{place}` is relative; start from `Path(__file__).parent`"]
    if place.is_file():
        return ((place,), []) if place.suffix == ".yaml" else ((), [f"file `{place}` does not end in `.yaml`"])
    if not place.is_dir():
        return (), [f"path `{place}` does not exist"]
    files = tuple(sorted(file for file in place.glob("*.yaml") if not file.name.endswith(".cases.yaml")))
    return files, ([] if files else [f"folder `{place}` holds no file `*.yaml`"])


def _identifier(name: object, what: str) -> list[str]:
    if isinstance(name, str) and name.isascii() and name.isidentifier():
        return []
    return [f"{what} {_shown(name)} is no ASCII identifier"]


def _no_texts(value: object, what: str, names: tuple[str, ...]) -> list[str]:
    """Return a fault for each field that should hold a text and does not."""
    held = {name: getattr(value, name) for name in names}
    return [
        f"{what} has {name} {_shown(one)}, which is no text" for name, one in held.items() if not isinstance(one, str)
    ]


def _names(given: object) -> bool:
    several = isinstance(given, Collection) and not isinstance(given, (str, bytes, Mapping))
    return several and all(isinstance(name, str) for name in given)  # type: ignore[attr-defined] # a collection


def _shown(value: object) -> str:
    """Return a plain value as it is written; of anything else its kind, as where it lies in memory helps nobody."""
    if value is None or isinstance(value, (str, int, float, list, tuple, dict)):
        return repr(value)
    return _kind(value)


def _interval(pair: Any) -> bool:
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        return False
    numbers = [
        end for end in pair if isinstance(end, (int, float)) and not isinstance(end, bool) and math.isfinite(end)
    ]
    return len(numbers) == len(pair) and numbers[0] <= numbers[1]


def _not_a(value: object, wanted: str) -> str:
    return f"{_kind(value)} is not {wanted}"


def _kind(value: object) -> str:
    if isinstance(value, type):
        return f"the class `{value.__qualname__}`"
    return f"an object of `{type(value).__qualname__}`"
