"""Register: call the hooks of every plugin, one by one, and gather what they bring into one catalog."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pluggy

from clientcore.catalog import Catalog
from clientcore.errors import Problem
from clientcore.outside import RAISED, let_end, says
from clientcore.plugins.blame import defined_at, raised_at
from clientcore.plugins.find import Plugin
from clientcore.plugins.objects import fact_faults, files_of, function_faults, model_faults

#: Register hook → what it brings.
SECTIONS = {
    "clientcore_register_facts": "facts",
    "clientcore_register_functions": "functions",
    "clientcore_register_models": "models",
    "clientcore_register_rulesets": "rulesets",
    "clientcore_register_mappings": "mappings",
    "clientcore_register_profiles": "profiles",
}

#: Sections whose files are known by name.
_BY_NAME = {"mappings", "profiles"}

_FAULTS: dict[str, Callable[[object], list[str]]] = {
    "facts": fact_faults,
    "functions": function_faults,
    "models": model_faults,
}


@attrs.frozen(eq=False)
class Brought:
    """What one plugin registered.

    Args:
        plugin: The plugin.
        sections: Section → (id, value) in the order of the calls; ids of files are their paths.
        refused: What is not well formed.
        failure: Why the plugin is left out; None for one that did not raise.
    """

    plugin: Plugin
    sections: dict[str, list[tuple[str, Any]]]
    refused: tuple[Problem, ...] = ()
    failure: Problem | None = None


def call(implementation: pluggy.HookImpl, **offered: object) -> object:
    """Call one implementation of a hook with those arguments that it asks for; return what it returns."""
    return implementation.function(*[offered[name] for name in implementation.argnames])


def implementations(manager: pluggy.PluginManager, hook: str) -> dict[str, list[pluggy.HookImpl]]:
    """Return the implementations of a hook by the name of their plugin."""
    found: dict[str, list[pluggy.HookImpl]] = {}
    for implementation in getattr(manager.hook, hook).get_hookimpls():
        found.setdefault(implementation.plugin_name, []).append(implementation)
    return found


def bring(manager: pluggy.PluginManager, plugin: Plugin) -> Brought:
    """Call the register hooks of one plugin; an error of its own leaves out all of it."""
    sections: dict[str, list[tuple[str, Any]]] = {section: [] for section in SECTIONS.values()}
    refused: list[Problem] = []
    for hook, section in SECTIONS.items():
        for implementation in implementations(manager, hook).get(plugin.name, ()):
            taker = _taker(plugin, implementation, section, sections[section], refused)
            before = len(sections[section]), len(refused)
            try:
                returned = bool(call(implementation, register=taker))
            except RAISED as error:
                let_end(error)
                failure = Problem(
                    "CC504",
                    f"plugin `{plugin.name}` raised in `{hook}`: {says(error)}",
                    raised_at(error),
                    "all that it registers is left out",
                    "warning",
                )
                return Brought(plugin, {section: [] for section in sections}, tuple(refused), failure)
            if returned and before == (len(sections[section]), len(refused)):
                fault = f"`{hook}` returns something and registers nothing"
                where, help_ = defined_at(implementation.function), "hand each thing to `register(…)`"
                refused.append(Problem("CC505", f"plugin `{plugin.name}`, {section}: {fault}", where, help_))
    return Brought(plugin, sections, tuple(refused))


def _taker(
    plugin: Plugin,
    implementation: pluggy.HookImpl,
    section: str,
    taken: list[tuple[str, Any]],
    refused: list[Problem],
) -> Callable[[object], None]:
    place = defined_at(implementation.function)

    def refuse(fault: str) -> None:
        refused.append(Problem("CC505", f"plugin `{plugin.name}`, {section}: {fault}", place))

    def register(value: Any) -> None:
        if section in _FAULTS:
            faults = _FAULTS[section](value)
            if not faults:
                taken.append((value.id, value))
        else:
            files, faults = files_of(value)
            taken.extend((file.stem if section in _BY_NAME else str(file.resolve()), file) for file in files)
        for fault in faults:
            refuse(fault)

    return register


def catalog_of(brought: list[Brought]) -> tuple[Catalog, tuple[Problem, ...]]:
    """Return one catalog of all that was registered, and the ids that two plugins (or one, twice) claim."""
    problems: list[Problem] = []
    merged: dict[str, dict[str, tuple[str, Any]]] = {section: {} for section in SECTIONS.values()}
    for one in brought:
        for section, pairs in one.sections.items():
            for key, value in pairs:
                if key not in merged[section]:
                    merged[section][key] = (one.plugin.name, value)
                    continue
                owner, before = merged[section][key]
                # Equal declarations of a fact are one declaration, as they are between rulesets.
                if section != "facts" or before != value:
                    problems.append(_double(section, key, owner, one.plugin.name))
    catalog = Catalog(
        facts={key: value for key, (_, value) in sorted(merged["facts"].items())},
        fact_owners={key: owner for key, (owner, _) in sorted(merged["facts"].items())},
        functions={key: value for key, (_, value) in sorted(merged["functions"].items())},
        function_owners={key: owner for key, (owner, _) in sorted(merged["functions"].items())},
        models={key: value for key, (_, value) in sorted(merged["models"].items())},
        rulesets=tuple((owner, Path(file)) for owner, file in merged["rulesets"].values()),
        mappings={key: value for key, (_, value) in sorted(merged["mappings"].items())},
        profiles={key: value for key, (_, value) in sorted(merged["profiles"].items())},
        plugins=tuple((one.plugin.name, one.plugin.version) for one in brought if one.failure is None),
    )
    return catalog, tuple(problems)


def _double(section: str, key: str, first: str, second: str) -> Problem:
    what = section.removesuffix("s")
    if first == second:
        return Problem("CC503", f"plugin `{first}` registers {what} `{key}` twice")
    return Problem(
        "CC503",
        f"plugins `{first}` and `{second}` both register {what} `{key}`",
        help=f"leave one out, for instance with plugins=['no:{second}']",
    )
