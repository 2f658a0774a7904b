"""What an engine is built from: arguments that fit, rulesets read and checked, the lock held against them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from clientcore.check import Checked, check
from clientcore.entities import ENTITIES
from clientcore.errors import FactError, Problem, Where, did_you_mean
from clientcore.intake.values import describe
from clientcore.load import certain, compare_lock, load_rulesets, read_lock
from clientcore.ruleset import Profile, Ruleset

#: Argument that holds a list → what its items are, and the classes of them.
_LISTS: Mapping[str, tuple[str, tuple[type, ...]]] = {
    "rulesets": ("files, folders or Ruleset values", (str, Path, Ruleset)),
    "profiles": ("files or Profile values", (str, Path, Profile)),
    "person_facts": ("names of facts", (str,)),
    "only": ("ids or patterns", (str,)),
}


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
        raise FactError(f"CC403 `{name}` is {describe(given)}; hand in a list: {name}=[{given!r}]")
    if isinstance(given, kinds):
        raise FactError(f"CC403 `{name}` is one {type(given).__name__}; hand in a list of {items}")
    if not isinstance(given, Iterable):
        raise FactError(f"CC403 `{name}` is {describe(given)}; hand in a list of {items}")
    found = tuple(given)
    for one in found:
        if not isinstance(one, kinds):
            raise FactError(f"CC403 `{name}` holds {describe(one)}; it takes {items}")
    return found


def require_day(as_of: Any) -> None:
    """Refuse what is no day.

    Raises:
        FactError: `as_of` is no day, or an instant (CC403).
    """
    if not isinstance(as_of, date) or isinstance(as_of, datetime):
        raise FactError(f"CC403 `as_of` is {as_of!r}; give a day, for example date(2026, 6, 30)")


def require_record(name: str, given: Any) -> None:
    """Refuse what is no mapping.

    Raises:
        FactError: It is none (CC403).
    """
    if not isinstance(given, Mapping):
        raise FactError(f"CC403 `{name}` is {describe(given)}; hand in a mapping of names to values")


def margin(given: Any) -> float:
    """Return a margin of confidence.

    Raises:
        FactError: It is no number from 0 to 1 (CC403).
    """
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= 1:
        raise FactError(f"CC403 `doubt_margin` is {describe(given)}; give a number from 0 to 1")
    return float(given)


def strange_persons(names: Iterable[str], checked: Checked) -> list[Problem]:
    """Return a problem (CC403) for each switch that opens nothing: it names no fact, and no personal field.

    Args:
        names: What the engine was told to let in, as `person_facts`.
        checked: The rulesets that it has.
    """
    tables = ENTITIES.items()
    personal = {f"{table}.{one.name}" for table, entity in tables for one in entity.fields.values() if one.personal}
    facts = checked.scope.facts
    known = sorted({*personal, *(name for name, fact in facts.items() if fact.person)})
    return [
        Problem("CC403", f"`person_facts` names `{name}`, which is no fact and no personal field",
                help=did_you_mean(name, known))
        for name in names
        if name not in personal and name not in facts
    ]  # fmt: skip


def read_rulesets(given: Sequence[str | Path | Ruleset] | None, catalog: Any) -> tuple[Checked, list[Problem]]:
    """Return the rulesets of the plugins and those given, checked together, and every problem of them."""
    paths = [path for _, path in catalog.rulesets]
    items = list(given or ())
    loaded = load_rulesets([*paths, *(item for item in items if not isinstance(item, Ruleset))])
    values = [item for item in items if isinstance(item, Ruleset)]
    partial = [one.ruleset for one in loaded.salvaged if one.ruleset is not None]
    checked = check([*loaded.rulesets, *values, *partial], catalog)
    found = [*loaded.problems, *certain(checked.problems, loaded.salvaged)]
    return checked, sorted(found, key=lambda problem: problem.where or Where("")) if loaded.salvaged else found


def against_lock(
    lock: str | Path, rulesets: Sequence[Ruleset], plugins: Any, profile: tuple[str, str] | None
) -> list[Problem]:
    """Return every difference between a lock and what was read."""
    held, problems = read_lock(Path(lock))
    return [*problems, *(compare_lock(held, rulesets, plugins, profile) if held is not None else ())]


class _Module(str):
    """The name of a plugin's module, in a pickled configuration."""

    __slots__ = ()


def picklable(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration in which plugins that are modules, which do not pickle, stand as their names."""
    plugins = config["plugins"]
    if isinstance(plugins, tuple):
        plugins = tuple(_Module(one.__name__) if isinstance(one, ModuleType) else one for one in plugins)
    return {**config, "plugins": plugins}


def rebuilt(engine: type[Any], config: Mapping[str, Any]) -> Any:
    """Return an engine of a pickled configuration."""
    plugins = config["plugins"]
    if isinstance(plugins, tuple):
        plugins = tuple(import_module(one) if isinstance(one, _Module) else one for one in plugins)
    return engine(**{**config, "plugins": plugins})
