"""The shipped JSON Schemas: current, valid, and at one with the loader on every file of ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from clientcore.entities import ENTITIES
from clientcore.load import load_rulesets, print_ruleset
from clientcore.load.schema import FOLDER, files, main, schemas
from clientcore.load.text import Source, read_value
from clientcore.load.values import plain_data
from clientcore.ruleset import Ruleset
from strategies_ruleset import rulesets

jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
referencing = pytest.importorskip("referencing", reason="jsonschema is not installed")

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = {path.name.partition(".")[0]: json.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.json")}


def format_of(path: Path) -> str:
    """Return the name of the schema of a file."""
    if path.name.endswith(".cases.yaml"):
        return "cases"
    return "profile" if "\nformat: clientcore-profile/" in "\n" + path.read_text(encoding="utf-8") else "ruleset"


FILES = [(path, format_of(path)) for path in sorted((ROOT / "rulesets").rglob("*.yaml"))]


def validator(name: str) -> Any:
    account = referencing.Resource.from_contents(SHIPPED["account"])
    registry = referencing.Registry().with_resource("account.schema.json", account)
    return jsonschema.Draft202012Validator(SHIPPED[name], registry=registry)


def content(text: str) -> Any:
    source = Source(text, "a.yaml")
    value = read_value(source)
    assert value is not None
    return plain_data(value, "the file", source)


def faults(name: str, text: str) -> list[str]:
    return [error.message for error in validator(name).iter_errors(content(text))]


def test_the_shipped_schemas_are_current(capsys: pytest.CaptureFixture[str]) -> None:
    assert sorted(path.name for path in files()) == sorted(path.name for path in FOLDER.iterdir())
    assert main([]) == 0, "run `python -m clientcore.load.schema --write`"
    assert capsys.readouterr().out == ""


def test_stale_schemas_are_listed_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("clientcore.load.schema.FOLDER", tmp_path / "schema")
    assert main([]) == 1
    assert main(["--write"]) == 0
    assert main([]) == 0
    assert len(list((tmp_path / "schema").iterdir())) == len(schemas())
    assert "ruleset.schema.json: not current\n" in capsys.readouterr().out


def test_wrong_usage_says_how(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--wirte"]) == 2
    assert "usage" in capsys.readouterr().err


@pytest.mark.parametrize("name", SHIPPED)
def test_every_schema_is_a_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SHIPPED[name])


@pytest.mark.parametrize(("path", "name"), FILES, ids=lambda one: getattr(one, "name", one))
def test_every_file_of_ours_fits_its_schema(path: Path, name: str) -> None:
    assert faults(name, path.read_text(encoding="utf-8")) == []


@settings(
    max_examples=max(5, settings.default.max_examples // 5),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(rulesets())
def test_what_the_loader_reads_fits_the_schema(ruleset: Ruleset) -> None:
    assert faults("ruleset", print_ruleset(ruleset)) == []


HEAD = "format: clientcore/1\nlanguage: cel-profile/1\nruleset: a.b\nversion: 1.0.0\nsubject: account\ntitle: T\n"


@pytest.mark.parametrize(
    "written",
    [
        "rulse: []",
        "rules: [{id: r}]",
        "rules: [{id: in, when: a}]",
        "rules: [{id: r, when: a, confidence: 2}]",
        "facts: {5x: {value: a}}",
        "inputs: {a: {kind: nmber}}",
        "inputs: {a: {kind: number, range: [1]}}",
        "scores: {s: {aggregate: sum, range: [0, 1], terms: [{id: a, value: 1}]}}",
        "tables: {t: {hit_policy: first, inputs: [], rows: []}}",
        "states: {s: {initial: a, transitions: [{from: a, to: b}]}}",
        "actions: {a: {title: A, due_days: -1}}",
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(written: str, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(f"{HEAD}{written}\n")
    assert load_rulesets([path]).problems != ()
    assert faults("ruleset", path.read_text()) != []


def test_the_account_schema_knows_every_field_and_table() -> None:
    account = SHIPPED["account"]["$defs"]["account"]["properties"]
    assert {*ENTITIES["accounts"].fields, *ENTITIES["accounts"].tables} == set(account)
    good = "id: 12\nname: Acme\ncommitments: [{id: c1, due_on: 2026-06-01, kept_on: null}]\n"
    assert faults("account", good) == []
    assert faults("account", good + "nmae: x\n") != []
    assert faults("account", "name: Acme\n") != []


def test_the_cases_schema_looks_into_the_account() -> None:
    text = "cases: [{id: c, as_of: 2026-06-30, account: {id: a, nmae: x}, expect: {fired: []}}]"
    assert faults("cases", text) != []
    assert faults("cases", text.replace("nmae", "name")) == []
