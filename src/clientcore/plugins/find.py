"""Find plugins: installed ones by their entry points, others as handed in; import them one by one."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterable, Sequence
from importlib import metadata
from types import ModuleType
from typing import Any

import attrs

from clientcore.errors import Problem, did_you_mean
from clientcore.hooks import GROUP
from clientcore.outside import RAISED, let_end, says
from clientcore.plugins.blame import raised_at

_log = logging.getLogger("clientcore.plugins")


@attrs.frozen(eq=False)
class Plugin:
    """A plugin that has been imported and not looked at yet.

    Args:
        name: Name of its entry point, or of the module or class that was handed in.
        version: Version of its distribution, else its `__version__`, else empty.
        origin: Where it came from, for people.
        module: The module or object with the hooks.
    """

    name: str
    version: str
    origin: str
    module: Any


def find(wanted: Sequence[object], discover: bool) -> tuple[tuple[Plugin, ...], tuple[Problem, ...]]:
    """Return the plugins in order of name, and what is wrong with the others.

    Args:
        wanted: Modules, objects, names of installed plugins or of modules; `no:NAME` leaves an installed plugin out.
        discover: Whether all installed plugins are taken, or only those that `wanted` names.

    Returns:
        The plugins that could be imported, and the problems.
    """
    # to look through all that is installed takes longer than to read a small ruleset
    asks = discover or any(isinstance(item, str) for item in wanted)
    installed, problems = _installed() if asks else ({}, [])
    blocked = {item.removeprefix("no:") for item in wanted if isinstance(item, str) and item.startswith("no:")}
    problems += [
        Problem(
            "CC501", f"no installed plugin is named `{name}`, as `no:{name}` asks", help=did_you_mean(name, installed)
        )
        for name in sorted(blocked - set(installed))
    ]
    points = {name: point for name, point in installed.items() if discover and name not in blocked}
    others: list[object] = []
    for item in wanted:
        if isinstance(item, str) and item in installed:
            points[item] = installed[item]
        elif not (isinstance(item, str) and item.startswith("no:")):
            others.append(item)
    found: list[Plugin] = []
    for point in points.values():
        _take(_from_point(point), found, problems)
    discovered = {id(plugin.module) for plugin in found}
    for item in others:
        plugin = _from_name(item, installed) if isinstance(item, str) else _from_object(item)
        if isinstance(plugin, Problem) or id(plugin.module) not in discovered:
            _take(plugin, found, problems)
    problems += _doubles(found, [item for item in wanted if isinstance(item, str)])
    return tuple(sorted(found, key=lambda plugin: plugin.name)), tuple(problems)


def _installed() -> tuple[dict[str, metadata.EntryPoint], list[Problem]]:
    points: dict[str, metadata.EntryPoint] = {}
    problems = []
    for point in sorted(metadata.entry_points(group=GROUP), key=lambda point: (point.name, _owner(point))):
        if point.name in points:
            both = f"`{_owner(points[point.name])}` and `{_owner(point)}`"
            problems.append(Problem("CC503", f"two distributions bring a plugin named `{point.name}`: {both}"))
        points.setdefault(point.name, point)
    return points, problems


def _owner(point: metadata.EntryPoint) -> str:
    return point.dist.name if point.dist else ""


def _take(plugin: Plugin | Problem, found: list[Plugin], problems: list[Problem]) -> None:
    if isinstance(plugin, Problem):
        problems.append(plugin)
    else:
        found.append(plugin)


def _from_point(point: metadata.EntryPoint) -> Plugin | Problem:
    # Where an import hangs, this line is the last one logged, and names the plugin.
    _log.debug("loading plugin %s from %s", point.name, point.value)
    try:
        module = point.load()
    except RAISED as error:
        let_end(error)
        return Problem(
            "CC501",
            f"plugin `{point.name}` ({_owner(point)}) can't be imported from `{point.value}`: {says(error)}",
            raised_at(error),
            f"repair or uninstall it, or leave it out with plugins=['no:{point.name}']",
        )
    version = point.dist.version if point.dist else ""
    return Plugin(point.name, version, f"{_owner(point)} {version}".strip(), module)


def _from_name(name: str, installed: Iterable[str]) -> Plugin | Problem:
    _log.debug("loading plugin %s from the module of that name", name)
    try:
        module = importlib.import_module(name)
    except RAISED as error:
        let_end(error)
        if "/" in name or name.endswith(".py"):
            module_name = name.rstrip("/").rpartition("/")[2].removesuffix(".py")
            folder = "the folder must be one that Python imports from (PYTHONPATH)"
            help_ = f"write the module's name, `{module_name}`; {folder}"
            return Problem("CC501", f"`{name}` is a file, not the name of a plugin or module", help=help_)
        if isinstance(error, ModuleNotFoundError) and error.name == name.split(".", maxsplit=1)[0]:
            return Problem("CC501", f"no plugin and no module is named `{name}`", help=did_you_mean(name, installed))
        return Problem("CC501", f"plugin `{name}` can't be imported: {says(error)}", raised_at(error))
    return _from_object(module)


def _from_object(item: object) -> Plugin | Problem:
    if isinstance(item, type):
        return Problem(
            "CC501", f"plugin `{item.__qualname__}` is a class", help=f"hand in an instance: `{item.__qualname__}()`"
        )
    if isinstance(item, ModuleType):
        name, origin = item.__name__, f"module {item.__name__}"
    else:
        name = f"{type(item).__module__}.{type(item).__qualname__}"
        origin = "handed in"
    version = getattr(item, "__version__", "")
    return Plugin(name, version if isinstance(version, str) else "", origin, item)


def _doubles(found: Sequence[Plugin], names: Sequence[str]) -> list[Problem]:
    twice = {name for name in names if names.count(name) > 1}
    seen: dict[str, Plugin] = {}
    by_module: dict[int, str] = {}
    problems = []
    for plugin in found:
        other = by_module.get(id(plugin.module))
        if plugin.name in seen:
            twice.add(plugin.name)
        elif other is not None:
            problems.append(Problem("CC503", f"plugins `{other}` and `{plugin.name}` are the same module"))
        seen[plugin.name] = plugin
        by_module.setdefault(id(plugin.module), plugin.name)
    return problems + [
        Problem(
            "CC503", f"plugin `{name}` is registered twice", help="name it once, and give every object its own class"
        )
        for name in sorted(twice)
    ]
