"""Plugins as installed: found by entry point, imported one by one, registered, and kept apart when they fail."""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import pytest

from clientcore.catalog import FactSpec, Function
from clientcore.decision import Decision
from clientcore.errors import PluginError
from clientcore.hooks import hookimpl
from clientcore.plugins import Plugins, load_plugins

Install = Callable[..., None]

FACTS = """
from clientcore.catalog import FactSpec
from clientcore.hooks import hookimpl

@hookimpl
def clientcore_register_facts(register):
    register(FactSpec(id="{fact}", kind="number"))
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Lay out a distribution with one plugin as an installer would, on a path of its own."""
    before = set(sys.modules)

    def lay_out(module: str, source: str, *, name: str = "", version: str = "1.2.0", dist: str = "") -> None:
        site = tmp_path / (dist or module)
        site.mkdir()
        (site / f"{module}.py").write_text(source, encoding="utf-8")
        info = site / f"{dist or module}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {dist or module}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[clientcore]\n{name or module} = {module}\n")
        sys.path.insert(0, str(site))
        importlib.invalidate_caches()

    # The bundled plugins have tests of their own; here nothing is installed but what a test lays out.
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if not _holds_clientcore(entry)])
    yield lay_out
    for module in set(sys.modules) - before:
        del sys.modules[module]


def _holds_clientcore(entry: str) -> bool:
    return entry != "" and any(Path(entry).glob("clientcore-*.dist-info"))


def plugin(name: str, **hooks: Callable[..., None]) -> ModuleType:
    module = ModuleType(name)
    for hook, function in hooks.items():
        setattr(module, hook, hookimpl(specname=hook)(function))
    return module


def bringing(name: str, hook: str, *things: object) -> ModuleType:
    def bring(register: Callable[[Any], None]) -> None:
        for thing in things:
            register(thing)

    return plugin(name, **{hook: bring})


def refusal(*plugins: object, discover: bool = False) -> list[str]:
    with pytest.raises(PluginError) as caught:
        load_plugins(plugins, discover=discover)
    assert str(caught.value)
    return [f"{problem.code} {problem.message}; {problem.help}" for problem in caught.value.problems]


def a_decision() -> Decision:
    empty: dict[str, Any] = {}
    return Decision(
        subject="account",
        subject_id="acme",
        account_id="acme",
        as_of=date(2026, 6, 30),
        rulesets=empty,
        plugins=empty,
        scores=empty,
        outcomes=empty,
        states=empty,
        findings=(),
        actions=(),
        fired=("a/b", "a/c"),
        unknown=("a/d",),
        suppressed=empty,
    )


# ---------------------------------------------------------------- finding


def test_an_installed_plugin_is_found_with_its_version(install: Install) -> None:
    install("acme_facts", FACTS.format(fact="nps"), name="acme", version="3.1.4")
    loaded = load_plugins()
    assert loaded.catalog.plugins == (("acme", "3.1.4"),)
    assert loaded.catalog.facts == {"nps": FactSpec(id="nps", kind="number")}


def test_nothing_is_found_without_discovery_but_what_is_named(install: Install) -> None:
    install("acme_facts", FACTS.format(fact="nps"), name="acme")
    install("zeta_facts", FACTS.format(fact="csat"), name="zeta")
    assert load_plugins(discover=False).catalog.plugins == ()
    assert load_plugins(["zeta"], discover=False).catalog.plugins == (("zeta", "1.2.0"),)
    assert load_plugins(["zeta"]).catalog.plugins == (("acme", "1.2.0"), ("zeta", "1.2.0"))


def test_no_name_leaves_an_installed_plugin_out_without_importing_it(install: Install) -> None:
    install("acme_broken", "raise RuntimeError('no licence')", name="acme")
    install("zeta_facts", FACTS.format(fact="csat"), name="zeta")
    assert load_plugins(["no:acme"]).catalog.plugins == (("zeta", "1.2.0"),)
    assert refusal("no:acmee", "no:acme") == [
        "CC501 no installed plugin is named `acmee`, as `no:acmee` asks; did you mean `acme`?"
    ]


def test_a_module_that_is_discovered_and_handed_in_is_one_plugin(install: Install) -> None:
    install("acme_facts", FACTS.format(fact="nps"), name="acme")
    module = __import__("acme_facts")
    assert load_plugins([module]).catalog.plugins == (("acme", "1.2.0"),)


def test_a_plugin_is_named_by_its_module_too(install: Install) -> None:
    install("acme_facts", FACTS.format(fact="nps"), name="acme")
    assert load_plugins(["acme_facts"], discover=False).catalog.plugins == (("acme_facts", ""),)


def test_an_unknown_name_and_a_text_for_a_list_are_refused(install: Install) -> None:
    install("acme_facts", FACTS.format(fact="nps"), name="acme_rfm")
    assert refusal("acme_rmf") == [
        "CC501 no plugin and no module is named `acme_rmf`; did you mean `acme_rfm`?",
    ]
    with pytest.raises(PluginError, match=r"plugins=\['acme_rfm'\]"):
        load_plugins("acme_rfm")


@pytest.mark.parametrize(
    ("source", "says", "line"),
    [
        ("\nimport nowhere_at_all\n", "ModuleNotFoundError: No module named 'nowhere_at_all'", 2),
        ("x = 1\n\nraise ValueError('bad\\nmore')\n", "ValueError: bad", 3),
        ("def broken(:\n", "SyntaxError: invalid syntax", 1),
        ("import sys\nsys.exit('bye')\n", "SystemExit: bye", 2),
    ],
)
def test_a_module_that_raises_at_import_is_refused_by_name_and_line(
    install: Install, source: str, says: str, line: int
) -> None:
    install("acme_broken", source, name="acme", dist="acme-tools")
    with pytest.raises(PluginError) as caught:
        load_plugins()
    (problem,) = caught.value.problems
    assert problem.code == "CC501"
    assert problem.message.startswith(f"plugin `acme` (acme-tools) can't be imported from `acme_broken`: {says}")
    assert problem.help == "repair or uninstall it, or leave it out with plugins=['no:acme']"
    assert problem.where is not None
    assert (Path(problem.where.file).name, problem.where.line) == ("acme_broken.py", line)


def test_the_plugin_being_imported_is_the_last_one_logged(install: Install, caplog: pytest.LogCaptureFixture) -> None:
    install("acme_facts", FACTS.format(fact="nps"), name="acme")
    with caplog.at_level(logging.DEBUG, "clientcore.plugins"):
        load_plugins()
    assert caplog.messages[-1] == "loading plugin acme from acme_facts"


def test_a_plugin_registered_twice_is_refused(install: Install) -> None:
    module = bringing("acme", "clientcore_register_facts")
    assert refusal(module, module)[0].startswith("CC503 plugin `acme` is registered twice")
    install("acme_facts", FACTS.format(fact="nps"), name="zeta", dist="one")
    install("acme_more", FACTS.format(fact="csat"), name="zeta", dist="two")
    assert refusal("zeta", "zeta") == [
        "CC503 two distributions bring a plugin named `zeta`: `one` and `two`; ",
        "CC503 plugin `zeta` is registered twice; name it once, and give every object its own class",
    ]


# ---------------------------------------------------------------- registering


class Model:
    id = "acme.rfm"
    version = "1.0.0"
    needs = ("orders_12m",)
    returns = ("points", 0.0, 100.0)
    monotone: dict[str, str] = {"orders_12m": "up"}  # noqa: RUF012 (as a plugin author writes it)

    def expression(self) -> str:
        return "orders_12m"


def test_a_catalog_holds_all_that_is_registered(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yaml", "a.cases.yaml"):
        (tmp_path / name).touch()
    double = Function(id="double", params=("x",), body="x * 2")
    model = Model()
    catalog = load_plugins(
        [
            bringing("facts", "clientcore_register_facts", FactSpec(id="nps", kind="number", range=(-100, 100))),
            bringing("functions", "clientcore_register_functions", double),
            bringing("models", "clientcore_register_models", model),
            bringing("rulesets", "clientcore_register_rulesets", tmp_path),
            bringing("mappings", "clientcore_register_mappings", str(tmp_path / "a.yaml")),
            bringing("profiles", "clientcore_register_profiles", tmp_path),
        ],
        discover=False,
    ).catalog
    assert catalog.facts["nps"].range == (-100, 100)
    assert catalog.functions == {"double": double}
    assert catalog.models == {"acme.rfm": model}
    assert catalog.rulesets == (("rulesets", tmp_path / "a.yaml"), ("rulesets", tmp_path / "b.yaml"))
    assert catalog.mappings == {"a": tmp_path / "a.yaml"}
    assert catalog.profiles == {"a": tmp_path / "a.yaml", "b": tmp_path / "b.yaml"}
    assert [name for name, _ in catalog.plugins] == ["facts", "functions", "mappings", "models", "profiles", "rulesets"]


def test_order_of_plugins_changes_nothing() -> None:
    plugins = [bringing(f"p{n}", "clientcore_register_facts", FactSpec(id=f"f{n}", kind="number")) for n in range(4)]
    assert load_plugins(plugins, discover=False).catalog == load_plugins(plugins[::-1], discover=False).catalog


@pytest.mark.parametrize(
    ("section", "thing", "fault"),
    [
        ("facts", "nps", "an object of `str` is not a `FactSpec`"),
        ("facts", FactSpec, "the class `FactSpec` is not a `FactSpec`"),
        ("facts", FactSpec(id="net score", kind="number"), "id 'net score' is no ASCII identifier"),
        ("facts", FactSpec(id="x", kind="float"), "fact `x` has kind `float`, which is none of number, text"),
        ("facts", FactSpec(id="x", kind="number", range=(1, 0)), "fact `x` has range (1, 0), which is no pair of"),
        ("facts", FactSpec(id="x", kind="text", range=(0, 1)), "fact `x` has a range and is no number"),
        ("functions", Function(id="f", params=("a", "a"), body="a"), "function `f` names an argument twice"),
        ("functions", Function(id="f", params=(), body=" "), "function `f` has no body"),
        ("functions", 1, "an object of `int` is not a `Function`"),
        ("models", Model, "the class `Model` is not an object that fits `ScoringModel`"),
        ("models", object(), "an object of `object` is not an object that fits `ScoringModel`"),
        ("rulesets", 1, "an object of `int` is not a path"),
        ("rulesets", "rules.yaml", "path `rules.yaml` is relative; start from `Path(__file__).parent`"),
        ("rulesets", "/nowhere/rules.yaml", "path `/nowhere/rules.yaml` does not exist"),
        ("mappings", __file__, f"file `{__file__}` does not end in `.yaml`"),
    ],
)
def test_what_is_not_well_formed_is_refused(section: str, thing: object, fault: str) -> None:
    (found,) = refusal(bringing("acme", f"clientcore_register_{section}", thing))
    assert found.startswith(f"CC505 plugin `acme`, {section}: {fault}")


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("version", "1", "model `acme.rfm` has version '1', which is not like '1.2.0'"),
        ("needs", "orders", "model `acme.rfm` has needs 'orders', which is no list of fact names"),
        ("returns", ("points", 1.0, 0.0), "model `acme.rfm` returns ('points', 1.0, 0.0), which is not"),
        ("monotone", {"orders": "more"}, "model `acme.rfm` has monotone {'orders': 'more'}, which does not map"),
        ("id", "acme..rfm", "id `acme..rfm` '' is no ASCII identifier"),
        ("expression", None, "model `acme.rfm` has neither `expression()` nor `score(facts)`"),
        ("score", lambda _: 1.0, "model `acme.rfm` has both `expression()` and `score(facts)`"),
        ("score_frame", lambda _: 1.0, "model `acme.rfm` has `score_frame(frame)` and no `score(facts)`"),
    ],
)
def test_a_model_that_does_not_fit_is_refused(name: str, value: object, fault: str) -> None:
    model = Model()
    vars(model)[name] = value
    (found,) = refusal(bringing("acme", "clientcore_register_models", model))
    assert found.startswith(f"CC505 plugin `acme`, models: {fault}")


def test_an_id_that_two_plugins_register_names_both(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").touch()
    number, text = FactSpec(id="nps", kind="number"), FactSpec(id="nps", kind="text")
    assert refusal(
        bringing("acme", "clientcore_register_facts", number), bringing("zeta", "clientcore_register_facts", text)
    ) == [
        "CC503 plugins `acme` and `zeta` both register fact `nps`; leave one out, for instance with plugins=['no:zeta']"
    ]
    assert refusal(bringing("acme", "clientcore_register_models", Model(), Model())) == [
        "CC503 plugin `acme` registers model `acme.rfm` twice; "
    ]
    both = [bringing(name, "clientcore_register_rulesets", tmp_path) for name in ("acme", "zeta")]
    assert refusal(*both)[0].startswith("CC503 plugins `acme` and `zeta` both register ruleset ")


def test_equal_declarations_of_a_fact_are_one() -> None:
    plugins = [
        bringing(name, "clientcore_register_facts", FactSpec(id="nps", kind="number")) for name in ("acme", "zeta")
    ]
    assert list(load_plugins(plugins, discover=False).catalog.facts) == ["nps"]


# ---------------------------------------------------------------- failing


def raising(*_: object, **__: object) -> None:
    raise RuntimeError("database is away")


def failing(name: str = "bad") -> ModuleType:
    def facts(register: Callable[[FactSpec], None]) -> None:
        register(FactSpec(id="brought_before_it_failed", kind="number"))

    def models(register: object) -> None:
        raising(register)

    def after(decision: object) -> None:
        raise AssertionError(decision)

    return plugin(
        name, clientcore_register_facts=facts, clientcore_register_models=models, clientcore_after_decision=after
    )


def test_a_plugin_that_raises_while_it_registers_changes_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    good = bringing("good", "clientcore_register_facts", FactSpec(id="nps", kind="number"))
    alone = load_plugins([good], discover=False)
    both = load_plugins([failing(), good], discover=False)
    assert both.catalog == alone.catalog
    (problem,) = both.problems
    assert problem.code == "CC504"
    assert problem.message == "plugin `bad` raised in `clientcore_register_models`: RuntimeError: database is away"
    assert problem.help == "all that it registers is left out"
    assert problem.severity == "warning"
    assert problem.where is not None
    assert problem.where.file == __file__
    both.after_decision(a_decision())
    assert caplog.messages == []


def test_a_plugin_that_raises_after_a_decision_is_logged_by_id_and_the_next_is_called(
    caplog: pytest.LogCaptureFixture,
) -> None:
    seen = []

    def secretive(decision: Decision) -> None:
        raise ValueError(f"revenue of {decision.subject_id} is 12345")

    def remember(decision: Decision) -> None:
        seen.append(decision)

    loaded = load_plugins(
        [
            plugin("a", clientcore_after_decision=secretive),
            plugin("b", clientcore_after_decision=remember),
        ],
        discover=False,
    )
    decision = a_decision()
    loaded.after_decision(decision)
    assert seen == [decision]
    (message,) = caplog.messages
    assert message.startswith("plugin a raised ValueError in clientcore_after_decision (")
    assert message.endswith("for acme")
    assert "12345" not in message


# ---------------------------------------------------------------- listing, bundled


def test_the_listing_tells_what_each_plugin_brings(install: Install) -> None:
    install("acme_facts", FACTS.format(fact="nps"), name="acme", version="3.1.4", dist="acme-tools")
    good, bad = load_plugins([failing()]).listing()
    assert attrs.asdict(good) == {
        "name": "acme",
        "version": "3.1.4",
        "origin": "acme-tools 3.1.4",
        "hooks": ("clientcore_register_facts",),
        "brings": {"facts": ("nps",)},
        "problem": None,
    }
    assert (bad.name, bad.origin, bad.brings) == ("bad", "module bad", {})
    assert bad.problem is not None


def test_the_bundled_plugins_register_by_the_same_entry_points() -> None:
    loaded: Plugins = load_plugins()
    assert loaded.problems == ()
    bundled = {one.name for one in loaded.listing() if one.origin.startswith("clientcore ")}
    folders = {
        folder.name for folder in (Path(__file__).parents[1] / "plugins").iterdir() if (folder / "__init__.py").exists()
    }
    assert bundled == folders


def test_clientcore_log_writes_ids_and_counts_only(caplog: pytest.LogCaptureFixture) -> None:
    loaded = load_plugins(["clientcore_log"], discover=False)
    with caplog.at_level(logging.INFO, "clientcore.decisions"):
        loaded.after_decision(a_decision())
    assert caplog.messages == ["account acme as of 2026-06-30: 2 fired, 1 unknown, 0 findings, 0 actions, 0 problems"]
