"""Locks: the content hashes of rulesets and the versions of plugins that a decision may rest on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from clientcore.errors import Problem, Where
from clientcore.load.files import open_source
from clientcore.ruleset import Ruleset

LOCK_FORMAT = "clientcore-lock/1"


@attrs.frozen
class Lock:
    """What is pinned.

    Args:
        rulesets: Ruleset → (version, SHA-256 of its text).
        plugins: Plugin → version.
        profile: (profile, SHA-256 of what it sets), if one holds.
        file: Where it comes from, for messages.
    """

    rulesets: Mapping[str, tuple[str, str]]
    plugins: Mapping[str, str]
    profile: tuple[str, str] | None = None
    file: str = attrs.field(default="", eq=False)


def make_lock(
    rulesets: Iterable[Ruleset], plugins: Iterable[tuple[str, str]] = (), profile: tuple[str, str] | None = None
) -> str:
    """Return the text of a lock: canonical JSON, the same bytes for the same content.

    Args:
        rulesets: The loaded rulesets.
        plugins: (name, version) of every plugin.
        profile: (profile, SHA-256 of what it sets) of the one that holds.

    Example:
        >>> print(make_lock([], [("clientcore_log", "0.1.0")]), end="")
        {
          "format": "clientcore-lock/1",
          "plugins": {
            "clientcore_log": "0.1.0"
          },
          "rulesets": {}
        }
    """
    pinned = {one.id: {"sha256": one.sha256, "version": one.version} for one in rulesets}
    whole: dict[str, Any] = {"format": LOCK_FORMAT, "plugins": dict(plugins), "rulesets": pinned}
    if profile is not None:
        whole["profile"] = dict(zip(("id", "sha256"), profile, strict=True))
    return json.dumps(whole, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def read_lock(path: Path | str) -> tuple[Lock | None, tuple[Problem, ...]]:
    """Read a lock from a file.

    Args:
        path: A file as `make_lock` writes it.

    Returns:
        The lock, or None with the problem: the file can't be read (CC101), is no JSON or no lock (CC114).

    Example:
        >>> print(read_lock("no.lock")[1][0])
        no.lock:1:1: CC101 no such file or folder
    """
    source, problems = open_source(Path(path))
    if source is None:
        return None, tuple(problems)
    advice = "write it anew with `clientcore lock`"
    try:
        said = json.loads(source.text)
    except (ValueError, RecursionError) as error:
        where = Where(source.file, getattr(error, "lineno", 1), getattr(error, "colno", 1))
        return None, (Problem("CC114", "the lock is not valid JSON", where, advice),)
    if not isinstance(said, dict) or said.get("format") != LOCK_FORMAT:
        return None, (Problem("CC114", f"the file is no lock of format `{LOCK_FORMAT}`", Where(source.file), advice),)
    rulesets, plugins = _rulesets(said.get("rulesets")), said.get("plugins")
    profile = said.get("profile")
    fits = isinstance(plugins, dict) and all(isinstance(one, str) for one in plugins.values())
    if profile is not None:
        fits = fits and isinstance(profile, dict) and sorted(profile) == ["id", "sha256"]
        fits = fits and all(isinstance(one, str) for one in profile.values())
    if rulesets is None or not isinstance(plugins, dict) or not fits:
        return None, (Problem("CC114", "the lock is damaged", Where(source.file), advice),)
    return Lock(rulesets, plugins, None if profile is None else (profile["id"], profile["sha256"]), source.file), ()


def _rulesets(said: Any) -> dict[str, tuple[str, str]] | None:
    if not isinstance(said, dict):
        return None
    made: dict[str, tuple[str, str]] = {}
    for id_, entry in said.items():
        if not isinstance(entry, dict) or sorted(entry) != ["sha256", "version"]:
            return None
        if not all(isinstance(one, str) for one in entry.values()):
            return None
        made[id_] = (entry["version"], entry["sha256"])
    return made


def compare_lock(
    lock: Lock,
    rulesets: Sequence[Ruleset],
    plugins: Iterable[tuple[str, str]] = (),
    profile: tuple[str, str] | None = None,
) -> tuple[Problem, ...]:
    """Return a problem (CC114) for each ruleset, plugin or profile that is not what the lock pins.

    Args:
        lock: As `read_lock` gives it.
        rulesets: The loaded rulesets.
        plugins: (name, version) of every plugin.
        profile: (profile, SHA-256 of what it sets) of the one that holds.

    Example:
        >>> print(compare_lock(Lock({}, {"clientcore_log": "0.1.0"}), [])[0])
        CC114 plugin `clientcore_log` 0.1.0 is locked, and it is not installed; install it, or lock anew
    """
    found: list[tuple[str, str]] = []
    given = {one.id: one for one in rulesets}
    for id_ in sorted(lock.rulesets.keys() | given.keys()):
        if id_ not in given:
            found.append((f"ruleset `{id_}` is locked, and it is not loaded", "load it, or lock anew"))
        elif id_ not in lock.rulesets:
            found.append((f"ruleset `{id_}` is not in the lock", "leave it out, or lock anew"))
        elif lock.rulesets[id_][1] != given[id_].sha256:
            message = (
                f"ruleset `{id_}` {given[id_].version} is not the locked {lock.rulesets[id_][0]}: its text differs"
            )
            found.append((message, "restore the file, or lock anew"))
    installed = dict(plugins)
    for name in sorted(lock.plugins.keys() | installed.keys()):
        if name not in installed:
            message = f"plugin `{name}` {lock.plugins[name]} is locked, and it is not installed"
            found.append((message, "install it, or lock anew"))
        elif name not in lock.plugins:
            found.append((f"plugin `{name}` is not in the lock", "leave it out, or lock anew"))
        elif lock.plugins[name] != installed[name]:
            message = f"plugin `{name}` is {installed[name]}, and {lock.plugins[name]} is locked"
            found.append((message, "install the locked version, or lock anew"))
    if lock.profile is not None and profile is None:
        found.append((f"profile `{lock.profile[0]}` is locked, and none holds", "name it, or lock anew"))
    elif profile is not None and (lock.profile is None or lock.profile[0] != profile[0]):
        other = "none" if lock.profile is None else f"`{lock.profile[0]}`"
        found.append((f"profile `{profile[0]}` holds, and {other} is locked", "leave it out, or lock anew"))
    elif lock.profile != profile and profile is not None:
        found.append((f"profile `{profile[0]}` sets other params than the locked one", "restore it, or lock anew"))
    where = Where(lock.file) if lock.file else None
    return tuple(Problem("CC114", message, where, advice) for message, advice in found)
