"""`clientcore check`: every problem of rulesets, profiles and cases, with its place."""

from __future__ import annotations

import argparse
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from clientcore.cli.arguments import Commands, add_plugins, command, named_plugins
from clientcore.cli.terminal import say
from clientcore.configuration import read_rulesets
from clientcore.errors import ClientcoreError, Problem, Where, counted
from clientcore.load import load_cases
from clientcore.params import Params
from clientcore.plugins import load_plugins
from clientcore.runnable import EXECUTORS, cannot_run

if TYPE_CHECKING:
    from clientcore.catalog import Catalog
    from clientcore.check import Checked

_CASES = ".cases.yaml"


def add(commands: Commands) -> argparse.ArgumentParser:
    """Add the command."""
    parser = command(
        commands,
        "check",
        "check ruleset files: every problem, with file, line and column",
        "check my_rules\ncheck trust.yaml trust.cases.yaml --format json\ncheck my_rules --no-discover\n"
        "check my_rules --executor sql",
    )
    parser.add_argument(
        "paths", metavar="PATH", nargs="+", type=Path, help="rulesets, cases and profiles, or folders of them"
    )
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="format of the output (default text)"
    )
    parser.add_argument(
        "--executor",
        choices=tuple(EXECUTORS),
        help="where the rulesets have to run: what can't run there is an error (by default what can't run somewhere is "
        "a note)",
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
        notes = sum(problem.severity == "note" for problem in problems)
        counts = [counted(errors, "error"), counted(len(problems) - errors - notes, "warning")]
        counts += [counted(notes, "note")] if notes else []
        say(f"{counted(len(files), 'file')}: {', '.join(counts)}")
    return int(errors > 0)


def _found(args: argparse.Namespace, files: Sequence[Path]) -> list[Problem]:
    """Return what is wrong in the files, and every error elsewhere for which an engine with them would be refused."""
    cases = [path for path in files if path.name.endswith(_CASES)]
    others = [path for path in files if not path.name.endswith(_CASES)]
    profiles = [path for path in others if says(path, b"clientcore-profile/")]
    given = [path for path in others if path not in profiles]
    plugins = load_plugins(named_plugins(args), discover=not args.no_discover)
    checked, problems = read_rulesets(given, _without(plugins.catalog, given))
    ours = {str(path) for path in files}
    wrong = [one for one in problems if one.severity == "error" or one.where is None or one.where.file in ours]
    wrong.sort(key=lambda problem: problem.where or Where(""))
    wrong = [*plugins.problems, *wrong]
    for path in cases:
        wrong += load_cases(path)[1]
    before = len(wrong)
    params = Params.of(checked, profiles, wrong)
    wrong[before:] = sorted(wrong[before:], key=lambda problem: problem.where or Where(""))
    if not any(problem.severity == "error" for problem in wrong):  # what a ruleset lacks would be told of each profile
        for name in plugins.catalog.profiles:
            params.require(name, wrong)
    if not any(problem.severity == "error" for problem in wrong):
        wrong += _where_not(checked, ours, args.executor)
    return wrong


def _where_not(checked: Checked, ours: Collection[str], executor: str | None) -> Iterator[Problem]:
    """Yield what of the files can't run: on the executor that is named an error, else a note that says where."""
    given = tuple(one for one in checked.rulesets if one.file in ours)
    for what, problem in cannot_run(checked, given):
        if executor is None:
            there = ", ".join(name for name, can in EXECUTORS.items() if can == what)
            yield attrs.evolve(problem, message=f"{problem.message} (executors: {there})")
        elif EXECUTORS[executor] == what:
            yield attrs.evolve(problem, severity="error")


def _without(catalog: Catalog, given: Iterable[Path]) -> Catalog:
    """Return a catalog without the files that are also given, which count as given, by the name they have there."""
    here = {path.resolve() for path in given}
    return attrs.evolve(catalog, rulesets=tuple(pair for pair in catalog.rulesets if pair[1].resolve() not in here))


def says(path: Path, what: bytes) -> bool:
    """Return whether a file names a format near its beginning; one that can't be read, or is a pipe, does not."""
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return what in file.read(4096)
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
