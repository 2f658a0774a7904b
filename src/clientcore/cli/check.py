"""`clientcore check`: every problem of rulesets, profiles and cases, with its place."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from clientcore.check import check
from clientcore.cli.arguments import Commands, add_plugins, command, named_plugins
from clientcore.cli.terminal import counted, say
from clientcore.errors import ClientcoreError, Problem, Where
from clientcore.load import Loaded, certain, load_cases, load_profile, load_rulesets, merge_profile
from clientcore.plugins import load_plugins

_CASES = ".cases.yaml"


def add(commands: Commands) -> argparse.ArgumentParser:
    """Add the command."""
    parser = command(
        commands,
        "check",
        "check ruleset files: every problem, with file, line and column",
        "check my_rules\ncheck trust.yaml trust.cases.yaml --format json\ncheck my_rules --no-discover",
    )
    parser.add_argument(
        "paths", metavar="PATH", nargs="+", type=Path, help="rulesets, cases and profiles, or folders of them"
    )
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="format of the output (default text)"
    )
    add_plugins(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Print what is wrong; a finding is an error, a warning alone is none."""
    absent = [str(path) for path in args.paths if not path.exists()]
    if absent:
        raise ClientcoreError("\n".join(f"{path}: no such file or folder" for path in absent))
    empty = [str(path) for path in args.paths if path.is_dir() and not any(_files([path]))]
    if empty:
        raise ClientcoreError("\n".join(f"{path}: no file `*.yaml` in this folder" for path in empty))
    files = list(_files(args.paths))
    problems = _found(args, files)
    errors = sum(problem.severity == "error" for problem in problems)
    if args.format == "json":
        say(json.dumps([_as_dict(problem) for problem in problems], indent=2, ensure_ascii=False))
    else:
        for problem in problems:
            say(str(problem))
        counts = (counted(errors, "error"), counted(len(problems) - errors, "warning"))
        say(f"{counted(len(files), 'file')}: {', '.join(counts)}")
    return int(errors > 0)


def _found(args: argparse.Namespace, files: Sequence[Path]) -> list[Problem]:
    cases = [path for path in files if path.name.endswith(_CASES)]
    others = [path for path in files if not path.name.endswith(_CASES)]
    profiles = [path for path in others if _says_profile(path)]
    catalog = load_plugins(named_plugins(args), discover=not args.no_discover).catalog
    bundled = load_rulesets([path for _, path in catalog.rulesets])
    given = load_rulesets([path for path in others if path not in profiles])
    checked = check(_together(given, bundled), catalog)
    ours = {str(path) for path in files}
    sure = certain(checked.problems, given.salvaged)
    problems = [*given.problems, *(problem for problem in sure if _is_of(problem, ours))]
    problems.sort(key=lambda problem: problem.where or Where(""))
    for path in cases:
        problems += load_cases(path)[1]
    for path in profiles:
        profile, wrong = load_profile(path)
        problems += wrong
        if profile is not None:
            problems += merge_profile(profile, checked.rulesets)[1]
    return problems


def _together(given: Loaded, bundled: Loaded) -> list[Any]:
    """Return the given rulesets and those of plugins that they may read; a file that is both counts as given."""
    partial = [one.ruleset for one in given.salvaged if one.ruleset is not None]
    files = {Path(ruleset.file).resolve() for ruleset in (*given.rulesets, *partial)}
    return [*given.rulesets, *partial, *(one for one in bundled.rulesets if Path(one.file).resolve() not in files)]


def _is_of(problem: Problem, files: set[str]) -> bool:
    return problem.where is None or problem.where.file in files


def _says_profile(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return b"clientcore-profile/" in file.read(4096)
    except OSError:
        return False


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    """Yield every file named, and of folders every `*.yaml` that is not hidden, each once."""
    seen: set[Path] = set()
    for path in paths:
        inside = sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
        for file in inside:
            hidden = path.is_dir() and any(part.startswith(".") for part in file.relative_to(path).parts)
            if not hidden and file.resolve() not in seen:
                seen.add(file.resolve())
                yield file


def _as_dict(problem: Problem) -> dict[str, Any]:
    where = problem.where
    return {
        "file": where.file if where else None,
        "line": where.line if where else None,
        "col": where.col if where else None,
        "code": problem.code,
        "severity": problem.severity,
        "message": problem.message,
        "help": problem.help,
    }
