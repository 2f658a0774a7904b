"""What an engine is built from: rulesets read and checked, the lock held against them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from clientcore.check import Checked, check
from clientcore.entities import ENTITIES
from clientcore.errors import Problem, Where, did_you_mean
from clientcore.load import certain, compare_lock, load_rulesets, read_lock
from clientcore.ruleset import Ruleset


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
    lock: Path, rulesets: Sequence[Ruleset], plugins: Any, profile: tuple[str, str] | None
) -> list[Problem]:
    """Return every difference between a lock and what was read."""
    held, problems = read_lock(lock)
    return [*problems, *(compare_lock(held, rulesets, plugins, profile) if held is not None else ())]


class _Module(str):
    """The name of a plugin's module, in a pickled configuration."""

    __slots__ = ()


def picklable(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration that another process can read, in whatever folder it runs.

    Plugins that are modules, which do not pickle, stand as their names, and paths are whole.
    """
    plugins = config["plugins"]
    if isinstance(plugins, tuple):
        plugins = tuple(_Module(one.__name__) if isinstance(one, ModuleType) else one for one in plugins)
    whole = {name: tuple(map(_whole, config[name])) for name in ("rulesets", "profiles") if config[name] is not None}
    return {**config, **whole, "lock": _whole(config["lock"]), "plugins": plugins}


def _whole(given: Any) -> Any:
    """Return a path from the root on; anything else as it is."""
    return Path(given).absolute() if isinstance(given, str | Path) else given


def rebuilt(engine: type[Any], config: Mapping[str, Any]) -> Any:
    """Return an engine of a pickled configuration."""
    plugins = config["plugins"]
    if isinstance(plugins, tuple):
        plugins = tuple(import_module(one) if isinstance(one, _Module) else one for one in plugins)
    return engine(**{**config, "plugins": plugins})
