"""The seven hooks as a plugin author meets them: refused with the definition shown, or called with what they want."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from clientcore import hooks
from clientcore.catalog import FactSpec
from clientcore.errors import PluginError
from clientcore.hooks import HOOKS, hookimpl, ruleset_folder
from clientcore.plugins import load_plugins

ROOT = Path(__file__).resolve().parents[1]


def plugin(name: str = "acme_plugin", **members: Any) -> ModuleType:
    """Return a module as a plugin author would write it, with these members."""
    module = ModuleType(name)
    vars(module).update(members)
    return module


def refusal(*plugins: object) -> list[str]:
    """Return the problems with which plugins are refused, without their places."""
    with pytest.raises(PluginError) as caught:
        load_plugins(plugins, discover=False)
    assert str(caught.value)
    return [f"{problem.code} {problem.message}; {problem.help}" for problem in caught.value.problems]


def test_the_hooks_are_seven() -> None:
    assert list(HOOKS) == [
        "clientcore_register_facts",
        "clientcore_register_models",
        "clientcore_register_functions",
        "clientcore_register_rulesets",
        "clientcore_register_mappings",
        "clientcore_register_profiles",
        "clientcore_after_decision",
    ]


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_says_when_how_often_in_which_order_and_what_if_it_raises(hook: str) -> None:
    text = inspect.getdoc(HOOKS[hook]) or ""
    assert "Called once" in text
    assert "in order of name" in text
    assert "ignored" in text
    assert "raises" in text
    assert set(inspect.signature(HOOKS[hook]).parameters) <= {"register", "decision"}


def test_a_wrong_argument_is_shown_with_the_definition() -> None:
    @hookimpl
    def clientcore_register_facts(registr: Callable[[FactSpec], None]) -> None: ...

    found = refusal(plugin(clientcore_register_facts=clientcore_register_facts))
    assert found == [
        "CC502 plugin `acme_plugin`: `clientcore_register_facts(registr)` asks for `registr`; "
        "the hook offers `register`"
    ]


def test_the_place_of_the_definition_is_shown() -> None:
    @hookimpl
    def clientcore_after_decision(decison: object) -> None: ...

    with pytest.raises(PluginError) as caught:
        load_plugins([plugin(clientcore_after_decision=clientcore_after_decision)], discover=False)
    where = caught.value.problems[0].where
    assert where is not None
    assert Path(where.file) == Path(__file__)
    assert where.line == clientcore_after_decision.__code__.co_firstlineno


def test_an_unknown_hook_names_the_near_one() -> None:
    @hookimpl
    def clientcore_register_fact(register: object) -> None: ...

    found = refusal(plugin(clientcore_register_fact=clientcore_register_fact))
    assert found == [
        "CC502 plugin `acme_plugin` implements `clientcore_register_fact(register)`, which is no hook; "
        "did you mean `clientcore_register_facts`?"
    ]


def test_a_function_without_the_mark_is_refused_since_it_would_never_be_called() -> None:
    def clientcore_register_models(register: object) -> None: ...

    def clientcore_afterdecision(decision: object) -> None: ...

    found = refusal(
        plugin(
            clientcore_register_models=clientcore_register_models,
            clientcore_afterdecision=clientcore_afterdecision,
        )
    )
    assert found == [
        "CC502 plugin `acme_plugin`: `clientcore_afterdecision(decision)` is neither a hook nor marked as one; "
        "did you mean `clientcore_after_decision`?",
        "CC502 plugin `acme_plugin`: `clientcore_register_models(register)` is not marked as a hook; "
        "put `@clientcore.hooks.hookimpl` above it",
    ]


def test_a_default_a_star_and_a_coroutine_are_refused() -> None:
    @hookimpl
    def with_default(register: object = None) -> None: ...

    @hookimpl
    def with_star(*register: object) -> None: ...

    @hookimpl
    async def later(decision: object) -> None: ...

    assert "gives `register` a default" in refusal(plugin(clientcore_register_facts=with_default))[0]
    assert "asks for `register`" in refusal(plugin(clientcore_register_facts=with_star))[0]
    assert "is async or yields" in refusal(plugin(clientcore_after_decision=later))[0]


def test_an_order_of_its_own_is_refused() -> None:
    @hookimpl(tryfirst=True)
    def clientcore_after_decision(decision: object) -> None: ...

    found = refusal(plugin(clientcore_after_decision=clientcore_after_decision))
    assert "asks for `tryfirst`; plugins are called one by one in order of name" in found[0]


def test_a_plugin_without_hooks_is_refused() -> None:
    assert refusal(plugin()) == [f"CC502 plugin `acme_plugin` implements no hook; the hooks are: {', '.join(HOOKS)}"]
    assert refusal(3)[0].startswith("CC502 plugin `builtins.int` implements no hook")


def test_all_faults_of_all_plugins_come_at_once() -> None:
    @hookimpl
    def clientcore_register_facts(wrong: object, worse: object) -> None: ...

    first = plugin("first", clientcore_register_facts=clientcore_register_facts)
    second = plugin("second")
    assert len(refusal(first, second)) == 3


def test_a_hook_may_have_another_name_in_the_plugin_and_may_ask_for_nothing() -> None:
    seen = []

    @hookimpl(specname="clientcore_register_facts")
    def declare(register: Callable[[FactSpec], None]) -> None:
        register(FactSpec(id="x", kind="number"))

    @hookimpl
    def clientcore_register_models() -> None:
        seen.append("models")

    loaded = load_plugins(
        [plugin(declare=declare, clientcore_register_models=clientcore_register_models)], discover=False
    )
    assert list(loaded.catalog.facts) == ["x"]
    assert seen == ["models"]


def test_a_class_is_refused_and_its_instance_is_not() -> None:
    class Acme:
        @hookimpl
        def clientcore_register_facts(self, register: Callable[[FactSpec], None]) -> None:
            register(FactSpec(id="x", kind="number"))

    assert "is a class" in refusal(Acme)[0]
    assert list(load_plugins([Acme()], discover=False).catalog.facts) == ["x"]


def test_bundled_rulesets_are_found_in_a_checkout_and_in_a_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ruleset_folder("clientcore_spectrum") == ROOT / "rulesets" / "clientcore_spectrum"
    installed = tmp_path / "site-packages" / "clientcore"
    (installed / "rulesets" / "clientcore_spectrum").mkdir(parents=True)
    monkeypatch.setattr(hooks, "__file__", str(installed / "hooks.py"))
    assert ruleset_folder("clientcore_spectrum") == installed / "rulesets" / "clientcore_spectrum"
