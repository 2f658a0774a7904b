"""The pages of the spectrum say what its rulesets say, and the cases beside all bundled rulesets hold."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from clientcore.cli import main
from clientcore.ruleset import Ruleset
from spectrum_world import engine

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = (ROOT / "docs" / "spectrum-reference.md").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "spectrum.md").read_text(encoding="utf-8")
#: Claims that are no fact, rule, score, table or state: reports, and invariants that tests hold.
ELSEWHERE = {"S0-02", "S0-10", "S0-37", "S0-46", "S0-48"}


def written(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


@pytest.mark.parametrize("ruleset", engine().rulesets, ids=lambda ruleset: ruleset.id)
def test_every_output_and_param_is_in_the_reference(ruleset: Ruleset) -> None:
    section = REFERENCE.partition(f"\n### {ruleset.id}\n")[2].partition("\n### ")[0]
    outputs = {
        "score": ruleset.scores,
        "table": ruleset.tables,
        "state": ruleset.states,
        "rule": ruleset.rules,
    }
    expected = [f"| {kind} `{name}` |" for kind, found in outputs.items() for name in found]
    expected += [
        f"| `{param.id}` | {written(param.value)} | {param.unit} | {param.basis} | {param.doc} |"
        for param in ruleset.params.values()
    ]
    assert [row for row in expected if row not in section] == []


def test_the_page_counts_the_bases_of_the_params() -> None:
    bases = [param.basis for ruleset in engine().rulesets for param in ruleset.params.values()]
    ours, seed = bases.count("ours"), bases.count("seed")
    assert len(bases) == ours + seed
    assert f"Of the {len(bases)} params, {ours} are *ours* and {seed} come from the seed" in PAGE.replace("\n", " ")


def test_every_claim_has_its_row_and_every_other_claim_a_source() -> None:
    claims = [f"S0-{number:02}" for number in range(1, 49)]
    assert re.findall(r"^\| (S0-\d\d) \|", PAGE, re.MULTILINE) == claims
    used: set[str] = set()
    for ruleset in engine().rulesets:
        for part in (ruleset.rules, ruleset.scores, ruleset.tables, ruleset.states):
            used |= {claim for one in part.values() for claim in one.source}
    assert set(claims) - used == ELSEWHERE


@pytest.mark.parametrize("plugin", ["clientcore_spectrum", "clientcore_starter"])
def test_the_cases_beside_the_rulesets_hold(plugin: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["test", str(ROOT / "rulesets" / plugin)])
    assert (code, capsys.readouterr().out.splitlines()[-1].endswith(" 0 failed")) == (0, True)
