"""The hooks that a plugin may implement, and the marks that make a function one of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from clientcore.catalog import FactSpec, Function, ScoringModel
    from clientcore.decision import Decision

#: Name of the entry-point group and of the pluggy project.
GROUP = "clientcore"

#: Marks a function of a plugin as the implementation of the hook whose name it has.
hookimpl = pluggy.HookimplMarker(GROUP)

#: Marks a specification; for this module only.
hookspec = pluggy.HookspecMarker(GROUP)


@hookspec
def clientcore_register_facts(register: Callable[[FactSpec], None]) -> None:
    """Declare facts that rulesets may name.

    Called once for every engine that is built, plugin after plugin in order of name; never at import and never while
    an account is evaluated. What it returns is ignored, so None is right. If it raises, everything this plugin
    registers is left out and each decision carries the reason (CC504); all else is as without the plugin.

    Args:
        register: Call it once for each `clientcore.catalog.FactSpec`.
    """


@hookspec
def clientcore_register_models(register: Callable[[ScoringModel], None]) -> None:
    """Bring scoring models, which a score names with `aggregate: model`.

    Called once for every engine that is built, plugin after plugin in order of name. What it returns is ignored. If it
    raises, everything this plugin registers is left out (CC504). The model itself is called later, while accounts are
    evaluated; if it raises then, that one score is unknown and the decision says why.

    Args:
        register: Call it once for each object that fits `clientcore.catalog.ScoringModel`: `id`, `version`, `needs`,
            `returns`, `monotone` and either `expression()` or `score(facts)`.
    """


@hookspec
def clientcore_register_functions(register: Callable[[Function], None]) -> None:
    """Bring named expressions, which conditions then call.

    Called once for every engine that is built, plugin after plugin in order of name. What it returns is ignored. If it
    raises, everything this plugin registers is left out (CC504).

    Args:
        register: Call it once for each `clientcore.catalog.Function`.
    """


@hookspec
def clientcore_register_rulesets(register: Callable[[Path], None]) -> None:
    """Bring files of rulesets.

    Called once for every engine that is built, plugin after plugin in order of name. What it returns is ignored. If it
    raises, everything this plugin registers is left out (CC504). The files are read and checked after all plugins have
    registered, so they may name each other's facts.

    Args:
        register: Call it once for each file, or for a folder, which stands for every `*.yaml` in it but the
            `*.cases.yaml`.
    """


@hookspec
def clientcore_register_mappings(register: Callable[[Path], None]) -> None:
    """Bring mapping files, which turn the tables of another system into a book.

    Called once for every engine that is built, plugin after plugin in order of name. What it returns is ignored. If it
    raises, everything this plugin registers is left out (CC504).

    Args:
        register: Call it once for each file, or for a folder of `*.yaml`. A mapping is known by the name of its file
            without the ending: `northwind.yaml` is `northwind`.
    """


@hookspec
def clientcore_register_profiles(register: Callable[[Path], None]) -> None:
    """Bring profiles, which set the params of rulesets for a kind of business.

    Called once for every engine that is built, plugin after plugin in order of name. What it returns is ignored. If it
    raises, everything this plugin registers is left out (CC504). A file is read when an engine or an evaluation first
    names its profile; what it sets of rulesets that the engine does not have is left out, since their plugin may be.

    Args:
        register: Call it once for each file, or for a folder of `*.yaml`. A profile is known by the name of its file
            without the ending: `wholesale.yaml` is `wholesale`. It holds only where it is named; a `match` in it has
            no effect, so that no plugin sets params unasked.
    """


@hookspec
def clientcore_after_decision(decision: Decision) -> None:
    """Look at a decision that has been made, to count, log or store it.

    Called once for each decision of one subject, by `Engine.evaluate`, `Engine.evaluate_subjects` or a session, plugin
    after plugin in order of name, in the thread that evaluates; not for the rows of a book. The decision is frozen and
    is returned unchanged. What the hook returns is ignored. If it raises, the logger `clientcore.plugins` says so by
    plugin, kind of error and subject id, and the next plugin is called. It can't call the session that decides.

    Args:
        decision: The decision, as the caller gets it.
    """


#: Hook → what it hands to its implementations.
HOOKS: dict[str, Callable[..., Any]] = {
    spec.__name__: spec
    for spec in (
        clientcore_register_facts,
        clientcore_register_models,
        clientcore_register_functions,
        clientcore_register_rulesets,
        clientcore_register_mappings,
        clientcore_register_profiles,
        clientcore_after_decision,
    )
}


def ruleset_folder(package: str) -> Path:
    """Return the folder of a bundled plugin's rulesets, alike in a wheel and in a checkout.

    A plugin outside this distribution has no need of it: it registers a folder of its own package.

    Args:
        package: Name of the bundled package, which is the name of its folder.

    Returns:
        `clientcore/rulesets/<package>` where that is installed, else `rulesets/<package>` of the checkout. It need not
        exist; registering it says so.

    Example:
        >>> ruleset_folder("clientcore_spectrum").name
        'clientcore_spectrum'
    """
    here = Path(__file__).resolve().parent
    installed = here / "rulesets"
    return (installed if installed.is_dir() else here.parents[1] / "rulesets") / package
