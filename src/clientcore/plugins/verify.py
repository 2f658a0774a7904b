"""Verify a plugin before anything of it is called: its hooks, their names and their arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pluggy

from clientcore import hooks
from clientcore.errors import Problem, did_you_mean
from clientcore.hooks import GROUP, HOOKS
from clientcore.plugins.blame import defined_at, definition
from clientcore.plugins.find import Plugin

_ORDER_OPTIONS = ("wrapper", "hookwrapper", "tryfirst", "trylast")


def new_manager() -> pluggy.PluginManager:
    """Return a plugin manager that knows the six hooks and no plugin."""
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hooks)
    return manager


def verify(manager: pluggy.PluginManager, plugin: Plugin) -> tuple[Problem, ...]:
    """Return everything that keeps a plugin from being registered; empty for a good one."""
    problems: list[Problem] = []
    count = 0
    for attribute in dir(plugin.module):
        options = manager.parse_hookimpl_opts(plugin.module, attribute)
        if options is None:
            problems += _unmarked(plugin, attribute)
            continue
        count += 1
        hook = options.get("specname") or attribute
        function = getattr(plugin.module, attribute)
        if hook not in HOOKS:
            problems.append(
                Problem(
                    "CC502",
                    f"plugin `{plugin.name}` implements `{definition(hook, function)}`, which is no hook",
                    defined_at(function),
                    did_you_mean(hook, HOOKS),
                )
            )
            continue
        problems += _arguments(plugin, hook, function)
        ordered = [option for option in _ORDER_OPTIONS if options.get(option)]
        if ordered:
            problems.append(
                Problem(
                    "CC502",
                    f"plugin `{plugin.name}`: `{definition(hook, function)}` asks for `{ordered[0]}`",
                    defined_at(function),
                    "plugins are called one by one in order of name; use `@hookimpl` alone",
                )
            )
    if not count and not problems:
        problems.append(
            Problem("CC502", f"plugin `{plugin.name}` implements no hook", help=f"the hooks are: {', '.join(HOOKS)}")
        )
    return tuple(problems)


def _unmarked(plugin: Plugin, attribute: str) -> Iterator[Problem]:
    """Find functions that are named as hooks, or nearly so, and carry no mark: they would never be called."""
    if not attribute.startswith(f"{GROUP}_"):
        return
    function = getattr(plugin.module, attribute, None)
    if not inspect.isroutine(function):
        return
    known = attribute in HOOKS
    yield Problem(
        "CC502",
        f"plugin `{plugin.name}`: `{definition(attribute, function)}` is "
        + ("not marked as a hook" if known else "neither a hook nor marked as one"),
        defined_at(function),
        "put `@clientcore.hooks.hookimpl` above it" if known else did_you_mean(attribute, HOOKS),
    )


def _arguments(plugin: Plugin, hook: str, function: Callable[..., Any]) -> Iterator[Problem]:
    offered = tuple(inspect.signature(HOOKS[hook]).parameters)
    shown = definition(hook, function)
    place = defined_at(function)
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name not in offered or parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}:
            yield Problem(
                "CC502",
                f"plugin `{plugin.name}`: `{shown}` asks for `{parameter.name}`",
                place,
                f"the hook offers `{'`, `'.join(offered)}`",
            )
        elif parameter.kind == parameter.KEYWORD_ONLY or parameter.default is not parameter.empty:
            yield Problem(
                "CC502",
                f"plugin `{plugin.name}`: `{shown}` gives `{parameter.name}` a default or takes it by name only",
                place,
                f"write `{hook}({parameter.name})`",
            )
    if (
        inspect.iscoroutinefunction(function)
        or inspect.isgeneratorfunction(function)
        or inspect.isasyncgenfunction(function)
    ):
        yield Problem(
            "CC502", f"plugin `{plugin.name}`: `{shown}` is async or yields", place, "make it a plain function"
        )
