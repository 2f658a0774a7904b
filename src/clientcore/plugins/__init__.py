"""Plugins: find, verify, register into a catalog, and keep one that fails apart from the rest."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs

from clientcore.catalog import Catalog
from clientcore.errors import PluginError, Problem
from clientcore.hooks import HOOKS
from clientcore.outside import RAISED, let_end
from clientcore.plugins.blame import raised_at
from clientcore.plugins.collect import SECTIONS, Brought, bring, call, catalog_of, implementations
from clientcore.plugins.find import find
from clientcore.plugins.verify import new_manager, verify

if TYPE_CHECKING:
    import pluggy

    from clientcore.decision import Decision

__all__ = ["Listed", "Plugins", "load_plugins"]

_log = logging.getLogger("clientcore.plugins")


@attrs.frozen(kw_only=True)
class Listed:
    """One line of `clientcore plugins`.

    Args:
        name: The plugin's name.
        version: Its version, or empty.
        origin: The distribution, module or object that it came from.
        hooks: Hooks that it implements, in order of the hook list.
        brings: Section (facts, functions, models, rulesets, mappings, profiles) → ids or paths.
        problem: Why it was left out; None where all is well.
    """

    name: str
    version: str
    origin: str
    hooks: tuple[str, ...]
    brings: dict[str, tuple[str, ...]]
    problem: Problem | None = None


@attrs.frozen(eq=False)
class Plugins:
    """The plugins of one engine.

    Args:
        catalog: All that they registered.
        problems: One CC504 for each plugin that raised while it registered; part of every decision.
    """

    catalog: Catalog
    problems: tuple[Problem, ...]
    _listed: tuple[Listed, ...] = attrs.field(repr=False)
    _after: tuple[pluggy.HookImpl, ...] = attrs.field(repr=False)

    def after_decision(self, decision: Decision) -> None:
        """Hand a decision to every plugin that asks for it; what a plugin raises is logged and goes no further."""
        for implementation in self._after:
            try:
                call(implementation, decision=decision)
            except RAISED as error:
                let_end(error)
                # The text of the error may hold the client's data; logs hold ids only.
                _log.warning(
                    "plugin %s raised %s in clientcore_after_decision (%s) for %s",
                    implementation.plugin_name,
                    type(error).__name__,
                    raised_at(error),
                    decision.subject_id,
                )

    def unheard(self) -> Plugins:
        """Return the same plugins, of which none asks for decisions."""
        return attrs.evolve(self, after=())

    def listing(self) -> tuple[Listed, ...]:
        """Return what each plugin brings, in order of name."""
        return self._listed


def load_plugins(plugins: Sequence[object] | None = None, *, discover: bool = True) -> Plugins:
    """Find, verify and register plugins.

    Plugins are imported here, one by one in order of name, and never when `clientcore` is imported. An import that
    hangs can't be stopped inside the process: the logger `clientcore.plugins` names each plugin at level debug before
    it is imported, so that the last line names the one that hangs.

    Args:
        plugins: Modules, objects with hooks, names of installed plugins or of modules, besides the installed ones;
            `no:NAME` leaves an installed plugin out.
        discover: Whether installed plugins (entry points in the group `clientcore`, the bundled ones among them) are
            taken without being named.

    Returns:
        The catalog, the problems of plugins that raised while they registered, and the hook to call after decisions.

    Raises:
        PluginError: A plugin can't be imported (CC501), its hooks do not fit (CC502), a name is taken twice (CC503) or
            what it registers is not well formed (CC505). All problems of all plugins are reported at once.

    Example:
        >>> load_plugins(discover=False).catalog.plugins
        ()
    """
    if isinstance(plugins, str):
        raise PluginError(f"CC501 plugins is the text `{plugins}`; hand in a list: plugins=['{plugins}']")
    found, first = find(plugins or (), discover)
    problems = list(first)
    manager = new_manager()
    for plugin in found:
        faults = verify(manager, plugin)
        problems += faults
        if not faults and not first:
            manager.register(plugin.module, plugin.name)
    if problems:
        raise PluginError(problems=problems)
    brought = [bring(manager, plugin) for plugin in found]
    catalog, doubles = catalog_of(brought)
    problems += [problem for one in brought for problem in one.refused] + list(doubles)
    if problems:
        raise PluginError(problems=problems)
    failed = {one.plugin.name: one.failure for one in brought if one.failure is not None}
    after = implementations(manager, "clientcore_after_decision")
    return Plugins(
        catalog,
        tuple(failed.values()),
        tuple(_listed(manager, one) for one in brought),
        tuple(impl for plugin in found if plugin.name not in failed for impl in after.get(plugin.name, ())),
    )


def _listed(manager: pluggy.PluginManager, brought: Brought) -> Listed:
    name = brought.plugin.name
    keys: dict[str, tuple[str, ...]] = {
        section: tuple(_shown(section, key, value) for key, value in brought.sections[section])
        for section in SECTIONS.values()
    }
    return Listed(
        name=name,
        version=brought.plugin.version,
        origin=brought.plugin.origin,
        hooks=tuple(hook for hook in HOOKS if name in implementations(manager, hook)),
        brings={section: ids for section, ids in keys.items() if ids},
        problem=brought.failure,
    )


def _shown(section: str, key: str, value: Any) -> str:
    return value.name if section == "rulesets" else key
