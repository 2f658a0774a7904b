"""Build rulesets and engines from what the strategies draw, without files of their own."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import clientcore as cc
from clientcore.load import load_rulesets
from clientcore.ruleset import Ruleset


def loaded(rulesets: Sequence[Mapping[str, Any]]) -> tuple[Ruleset, ...]:
    """Load rulesets as from files (JSON is YAML); they have to be sound."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, ruleset in enumerate(rulesets):
            paths.append(Path(folder) / f"{number}.yaml")
            paths[-1].write_text(json.dumps(ruleset, ensure_ascii=False), encoding="utf-8")
        found = load_rulesets(paths)
    assert [str(problem) for problem in found.problems if problem.severity == "error"] == []
    return tuple(found.rulesets)


def engine_of(rulesets: Sequence[Mapping[str, Any]]) -> cc.Engine:
    """Build an engine from rulesets as they stand in files, and nothing else."""
    return cc.Engine(rulesets=loaded(rulesets), plugins=[], discover=False)
