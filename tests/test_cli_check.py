"""`clientcore check` finds everything for which `clientcore evaluate` with the same files and plugins is refused."""

from __future__ import annotations

import json
import re
from importlib import invalidate_caches
from pathlib import Path

import pytest

from clientcore.cli import main

RULES = """\
format: clientcore/1
language: cel-profile/1
ruleset: own.care
version: 1.0.0
subject: account
title: Care
inputs:
  calls: {kind: number, unit: count, range: [0, 99], doc: calls in the month}
rules:
  - {id: silent, when: calls < 1, because: "{calls} calls in the month"}
"""
PLUGIN = """\
from pathlib import Path
from clientcore import FactSpec, hookimpl

@hookimpl
def clientcore_register_facts(register):
    register(FactSpec(id="calls_halved", kind="number", value="calls / 2"))
    FACTS

@hookimpl
def clientcore_register_rulesets(register):
    register(Path(__file__).parent / "brought")

@hookimpl
def clientcore_register_profiles(register):
    register(Path(__file__).parent / "profiles")
"""
BROUGHT = RULES.replace("own.care", "own.brought").replace("silent", "quiet")
PROFILE = "format: clientcore-profile/1\nprofile: strict\nparams: {}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a book, a ruleset, and a plugin with a name of its own, so that no other test imports it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("book", "brought", "profiles"):
        (tmp_path / name).mkdir()
    (tmp_path / "book" / "accounts.csv").write_text("id,name\nacme,Acme\n")
    (tmp_path / "own.yaml").write_text(RULES)
    (tmp_path / "brought" / "quiet.yaml").write_text(BROUGHT)
    (tmp_path / "profiles" / "strict.yaml").write_text(PROFILE)
    return tmp_path


def errors(capsys: pytest.CaptureFixture[str], folder: Path, facts: str, *options: str) -> tuple[set[str], set[str]]:
    """Return the errors that `check` tells, and those with which `evaluate` is refused."""
    plugin = f"plugin_of_{folder.name}"
    (folder / f"{plugin}.py").write_text(PLUGIN.replace("FACTS", facts))
    invalidate_caches()
    plugins = ["--plugins", plugin, *([] if "named_partner" in facts else ["--no-discover"])]
    code = main(["check", "own.yaml", *plugins])
    checked = {line for line in capsys.readouterr().out.splitlines()[:-1] if " warning " not in line}
    assert code == (1 if checked else 0)
    main(["evaluate", "book", "--rulesets", "own.yaml", *plugins, "--as-of", "2026-06-30", *options])
    refused = capsys.readouterr().err.splitlines()
    return checked, {line.removeprefix("clientcore: ") for line in refused if " CC" in f" {line}"}


@pytest.mark.parametrize(
    "facts",
    [
        "register(FactSpec(id='named_partner', kind='number'))",  # a bundled ruleset declares it otherwise
        "register(FactSpec(id='calls', kind='text'))",
        "register(FactSpec(id='annual_revenue', kind='number'))",
        "register(FactSpec(id='twice', kind='number', value='clls * 2'))",
    ],
)
def test_a_fact_of_a_plugin_that_does_not_fit(folder: Path, facts: str, capsys: pytest.CaptureFixture[str]) -> None:
    checked, refused = errors(capsys, folder, facts)
    assert checked
    assert checked == refused


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (BROUGHT.replace("calls < 1", "cals < 1"), "CC201"),  # does not check
        (BROUGHT.replace("rules:", "rulez:"), "CC104"),  # does not load
        (BROUGHT.replace("own.brought", "own.care"), "CC111"),  # the same ruleset as the file that is given
    ],
)
def test_a_ruleset_of_a_plugin_that_is_wrong(
    folder: Path, text: str, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "brought" / "quiet.yaml").write_text(text)
    checked, refused = errors(capsys, folder, "")
    assert any(code in line for line in checked)
    assert checked == refused


def test_a_profile_of_a_plugin_that_is_wrong(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "profiles" / "strict.yaml").write_text(PROFILE.replace("{}", "{own.care: {floor: 2}}"))
    checked, refused = errors(capsys, folder, "", "--profile", "strict")
    assert len(checked) == 1
    assert checked == refused


def test_what_is_sound_passes_and_a_plugin_that_raises_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert errors(capsys, folder, "") == (set(), set())
    (folder / "plugin_that_raises.py").write_text(PLUGIN.replace("FACTS", "raise ValueError('no table')"))
    invalidate_caches()
    assert main(["check", "own.yaml", "--plugins", "plugin_that_raises", "--no-discover"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert "warning CC504 plugin `plugin_that_raises` raised in `clientcore_register_facts`: ValueError" in told[0]
    assert told[-1] == "1 file: 0 errors, 1 warning"


def test_the_condition_of_a_profile_is_checked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    profile = folder / "wide.yaml"
    profile.write_text(
        "format: clientcore-profile/1\nprofile: wide\nmatch: segmnt == 'retail'\nparams: {a.b: {c: 1}}\n"
    )
    assert main(["check", "wide.yaml", "--no-discover"]) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "wide.yaml:3:8: CC201 unknown name `segmnt`; did you mean `segment`?"
    assert told[1].startswith("wide.yaml:4:10: CC113 profile `wide` sets params of `a.b`, which is no ruleset")


def test_what_differs_from_a_bundled_ruleset_is_told_where_it_can_be_mended(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = RULES.replace("calls:", "nps:").replace("calls <", "nps <").replace("{calls}", "{nps}")
    (folder / "own.yaml").write_text(text)
    assert main(["check", "own.yaml"]) == 1
    first, last = capsys.readouterr().out.splitlines()
    said = "own.yaml:8:3: CC302 input `nps` is also declared by ruleset `voice.answers` of plugin `clientcore_voice` ("
    assert first.startswith(said)
    assert re.match(r"\S+answers\.yaml:\d+:\d+\), ", first.removeprefix(said))
    assert first.endswith("or leave bundled rulesets out (discover=False, --no-discover)")
    assert last == "1 file: 1 error, 0 warnings"
    assert main(["check", "own.yaml", "--no-discover"]) == 0


TAGS = """\
format: clientcore/1
language: cel-profile/1
ruleset: own.tags
version: 1.0.0
subject: account
title: Tags
params:
  wanted: {value: [a, b], doc: tags that are wanted}
inputs:
  tag: {kind: text, doc: a tag}
facts:
  known: {value: "params.wanted.map(t, t == tag ? 1 : 0).sum() > 0", doc: whether it is one of them}
rules:
  - {id: known_tag, when: known}
  - {id: fine, when: tag in params.wanted}
scores:
  tagged: {aggregate: sum, range: [0, 1], terms: [{id: known, value: "known ? 1 : 0", range: [0, 1]}]}
"""


def test_what_can_run_on_some_executors_only_is_a_note(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Told once, where it stands, however many rules and scores read it."""
    (folder / "tags.yaml").write_text(TAGS, encoding="utf-8")
    assert main(["check", "tags.yaml", "--no-discover"]) == 0
    note, last = capsys.readouterr().out.splitlines()
    assert note == (
        "tags.yaml:12:3: note CC401 fact `known`: `params.wanted` can't run on frames: a list of text is no table of "
        "related records (executors: columnar, sql, spark); use the record executor (executor='record')"
    )
    assert last == "1 file: 0 errors, 0 warnings, 1 note"
    assert main(["check", "tags.yaml", "--no-discover", "--format", "json"]) == 0
    assert [one["severity"] for one in json.loads(capsys.readouterr().out)] == ["note"]


@pytest.mark.parametrize(
    ("executor", "code"), [("record", 0), ("durable", 0), ("columnar", 1), ("sql", 1), ("spark", 1)]
)
def test_what_can_not_run_on_the_named_executor_is_an_error(
    folder: Path, capsys: pytest.CaptureFixture[str], executor: str, code: int
) -> None:
    (folder / "tags.yaml").write_text(TAGS, encoding="utf-8")
    assert main(["check", "tags.yaml", "--no-discover", "--executor", executor]) == code
    *told, last = capsys.readouterr().out.splitlines()
    assert last == f"1 file: {code} error{'' if code else 's'}, 0 warnings"
    assert [line.partition("CC401")[0] for line in told] == ["tags.yaml:12:3: "] * code


def test_a_rule_too_large_for_durable_rules_is_told_without_the_library(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wide = " && ".join(f"(tag == 'a{at}' || tag == 'b{at}')" for at in range(20))
    (folder / "tags.yaml").write_text(TAGS.replace("tag in params.wanted", f'"{wide}"'), encoding="utf-8")
    assert main(["check", "tags.yaml", "--no-discover", "--executor", "durable"]) == 1
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith("tags.yaml:15:5: CC401 rule `own.tags/fine` can't run on durable-rules: ")
    assert last == "1 file: 1 error, 0 warnings"


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("inputs: {tags: {kind: list of text}}", "rule `own.tags/r`: `tags` can't run on frames: a list of text is no"),
        (
            "facts: {all: {value: \"['a']\"}, tags: {value: \"all.filter(t, t != 'b')\"}}",
            "fact `tags`: `filter` can't run",
        ),
        (
            'facts: {tags: {value: "cases.map(c, c.kind)", applies_when: has(industry)}}',
            "fact `tags` can't run on frames: it is a list that applies only at times",
        ),
    ],
)
def test_a_list_fact_is_named_where_frames_can_not_take_it(
    folder: Path, capsys: pytest.CaptureFixture[str], part: str, told: str
) -> None:
    head = TAGS[: TAGS.index("params:")]
    (folder / "tags.yaml").write_text(f"{head}{part}\nrules: [{{id: r, when: tags.size() > 0}}]\n", encoding="utf-8")
    assert main(["check", "tags.yaml", "--no-discover"]) == 0
    note, _ = capsys.readouterr().out.splitlines()
    assert f" note CC401 {told}" in note
