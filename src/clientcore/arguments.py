"""Arguments of public calls: what is of another kind is refused by its name, with what was found and what would fit."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from clientcore.errors import FactError
from clientcore.intake.values import UnfitError, describe, identifier
from clientcore.ruleset import Profile, Ruleset

#: Argument that holds a list → what its items are, and the classes of them.
_LISTS: Mapping[str, tuple[str, tuple[type, ...]]] = {
    "rulesets": ("files, folders or Ruleset values", (str, Path, Ruleset)),
    "profiles": ("files or Profile values", (str, Path, Profile)),
    "plugins": ("modules, objects or names", (object,)),
    "person_facts": ("names of facts", (str,)),
    "only": ("ids or patterns", (str,)),
    "subjects": ("names of children", (str,)),
    "tables": ("names of tables", (str,)),
    "scores": ("ids of scores", (str,)),
    "columns": ("names of columns", (str,)),
    "ids": ("ids", (str, int, UUID)),
}


def refused(name: str, given: Any, wanted: str) -> FactError:
    """Return the error of an argument of a wrong kind.

    Example:
        >>> str(refused("lock", 5, "give the path of a lock file"))
        'CC403 `lock` is the number `5`; give the path of a lock file'
    """
    return FactError(f"CC403 `{name}` is {describe(given)}; {wanted}")


def listed(name: str, given: Any) -> tuple[Any, ...]:
    """Return the items of an argument that holds a list.

    Args:
        name: The argument.
        given: What was handed in for it.

    Raises:
        FactError: It is a single text or path, no list at all, or an item is of another kind (CC403).

    Example:
        >>> listed("only", ["trust.*"])
        ('trust.*',)
        >>> listed("only", "trust.*")
        Traceback (most recent call last):
        clientcore.errors.FactError: CC403 `only` is the text `trust.*`; hand in a list: only=['trust.*']
    """
    items, kinds = _LISTS[name]
    if isinstance(given, Path):
        given = str(given)
    if isinstance(given, str):
        raise refused(name, given, f"hand in a list: {name}=[{given!r}]")
    if isinstance(given, Ruleset | Profile):
        raise FactError(f"CC403 `{name}` is one {type(given).__name__}; hand in a list of {items}")
    if not isinstance(given, Iterable) or isinstance(given, type | bytes):
        raise refused(name, given, f"hand in a list of {items}")
    found = tuple(given)
    for one in found:
        if not isinstance(one, kinds):
            raise FactError(f"CC403 `{name}` holds {describe(one)}; it takes {items}")
    return found


def path_of(name: str, given: Any, wanted: str = "give a path") -> Path:
    """Return an argument that is a path.

    Raises:
        FactError: It is none, or holds a character that no path may have (CC403).
    """
    if not isinstance(given, str | os.PathLike):
        raise refused(name, given, wanted)
    found = Path(given)
    try:
        fits = b"\0" not in os.fsencode(found)
    except UnicodeEncodeError:
        fits = False
    if not fits:
        raise refused(name, given, f"it holds a character that no path may have; {wanted}")
    return found


def id_of(name: str, given: Any) -> str:
    """Return an argument that is an id; a whole number is read as its text, as everywhere.

    Raises:
        FactError: It is none (CC403).

    Example:
        >>> id_of("account", 17)
        '17'
    """
    try:
        return identifier(given)
    except UnfitError as unfit:
        raise FactError(f"CC403 `{name}` is {unfit.found}; give {unfit.want}") from None


def require_text(name: str, given: Any, wanted: str) -> None:
    """Refuse what is no text.

    Raises:
        FactError: It is none (CC403).
    """
    if not isinstance(given, str):
        raise refused(name, given, wanted)


def require_whole(name: str, given: Any, least: int) -> None:
    """Refuse what is no whole number, or a smaller one.

    Raises:
        FactError: It is such (CC403).
    """
    if isinstance(given, bool) or not isinstance(given, int) or given < least:
        raise refused(name, given, f"give a whole number, {least} or more")


def require_flag(name: str, given: Any) -> None:
    """Refuse what is neither true nor false: a text as `"no"` would count as true.

    Raises:
        FactError: It is neither (CC403).
    """
    if not isinstance(given, bool):
        raise refused(name, given, "give True or False")


def require_made(name: str, given: Any, kind: type, wanted: str) -> None:
    """Refuse what is no value of a class of ours.

    Raises:
        FactError: It is none (CC403).
    """
    if not isinstance(given, kind):
        raise refused(name, given, wanted)


def require_call(name: str, given: Any, wanted: str) -> None:
    """Refuse what can't be called; nothing at all is fine.

    Raises:
        FactError: It can't be called (CC403).
    """
    if given is not None and (not callable(given) or isinstance(given, type)):
        raise refused(name, given, f"hand in a function {wanted}")


def require_day(given: Any, name: str = "as_of") -> None:
    """Refuse what is no day.

    Raises:
        FactError: It is no day, or an instant (CC403).
    """
    if not isinstance(given, date) or isinstance(given, datetime):
        raise refused(name, given, "give a day, for example date(2026, 6, 30)")


def require_record(name: str, given: Any) -> None:
    """Refuse what is no mapping.

    Raises:
        FactError: It is none (CC403).
    """
    if not isinstance(given, Mapping):
        raise refused(name, given, "hand in a mapping of names to values")


def margin(given: Any) -> float:
    """Return a margin of confidence.

    Raises:
        FactError: It is no number from 0 to 1 (CC403).
    """
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= 1:
        raise refused("doubt_margin", given, "give a number from 0 to 1")
    return float(given)
