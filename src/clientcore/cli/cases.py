"""`clientcore test`: the cases beside rulesets, expected against got."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from clientcore.cli.arguments import Commands, add_engine, build_engine, command
from clientcore.cli.check import says
from clientcore.cli.covered import Covered
from clientcore.cli.expected import differences, previous_of
from clientcore.cli.standing import stands_on
from clientcore.cli.terminal import say
from clientcore.entities import Fact
from clientcore.errors import ClientcoreError, Problem, RulesetError, counted
from clientcore.load import Case, Cases, load_cases

if TYPE_CHECKING:
    from clientcore.decision import Decision
    from clientcore.engine import Engine

_ENDING = ".cases.yaml"
_FORMAT = b"clientcore/1"
#: Problems of names that are known nowhere.
_OF_NAMES = frozenset({"CC201", "CC304"})


def add(commands: Commands) -> argparse.ArgumentParser:
    """Add the command."""
    parser = command(
        commands,
        "test",
        "run the cases beside rulesets: expected against got",
        "test my_rules\ntest trust.cases.yaml --profile wholesale\ntest my_rules --coverage",
    )
    parser.add_argument("paths", metavar="PATH", nargs="+", type=Path, help=f"files NAME{_ENDING}, or folders of them")
    parser.add_argument(
        "--coverage",
        action="store_true",
        help="count the rules beside the cases that are true, false and unknown in some case; fail where one is not",
    )
    add_engine(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Run every case and print those that differ."""
    files = list(_case_files(args.paths))
    loaded = _loaded(files)
    beside = _beside(args.paths, files)
    # a case hands in what it invents, so what it hands in about persons counts
    handed = {name for cases in loaded for case in cases.cases for name in case.facts or ()}
    engine = _engine(args, beside, loaded)
    personal = [name for name, fact in engine.checked.scope.facts.items() if fact.person and name in handed]
    if personal:
        engine = build_engine(args, person_facts=personal)
    covered = Covered(engine, beside)
    only = _asked_for(engine, beside)
    count = failed = 0
    for cases in loaded:
        own = _own(engine, cases)
        for case in cases.cases:
            count += 1
            found = _tried(engine, case, covered, only.get(case.subject), own)
            failed += bool(found)
            place = cases.places.get(f"cases/{case.id}", cases.file)
            for line in found:
                say(f"{place}: case `{case.id}`: {line}")
    say(f"{counted(count, 'case')}: {count - failed} passed, {failed} failed")
    if args.coverage:
        for line in covered.lines():
            say(line)
    return int(failed > 0 or (args.coverage and not covered.complete))


def _case_files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        found = sorted(path.rglob(f"*{_ENDING}")) if path.is_dir() else [_beside_ruleset(path)]
        if not found:
            raise ClientcoreError(f"no file `*{_ENDING}` in `{path}`")
        yield from found


def _beside_ruleset(path: Path) -> Path:
    """Return the file of cases that is meant by a file: of a ruleset, the one beside it."""
    if path.name.endswith(_ENDING) or path.suffix not in {".yaml", ".yml"} or not says(path, _FORMAT):
        return path
    cases = path.with_name(f"{path.stem}{_ENDING}")
    if not cases.is_file():
        raise ClientcoreError(f"`{path}` is a ruleset, and there are no cases beside it; write them into `{cases}`")
    return cases


def _loaded(files: Sequence[Path]) -> list[Cases]:
    loaded: list[Cases] = []
    problems: list[Problem] = []
    for path in files:
        cases, wrong = load_cases(path)
        problems += wrong
        if cases is not None:
            loaded.append(cases)
    if problems:
        raise RulesetError(problems=problems)
    return loaded


def _beside(paths: Iterable[Path], files: Iterable[Path]) -> list[Path]:
    """Return the rulesets that cases are of: for a file of cases that beside it, else all of the folder."""
    named = {_beside_ruleset(path) for path in paths if not path.is_dir()}
    found: dict[Path, None] = {}
    for path in files:
        own = _beside_cases(path)
        found |= dict.fromkeys([own] if path in named and own.is_file() else _rulesets_in(path.parent))
    return list(found)


def _beside_cases(path: Path) -> Path:
    return path.with_name(f"{path.name.removesuffix(_ENDING)}.yaml")


def _rulesets_in(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.glob("*.yaml")) if not path.name.endswith(_ENDING) and says(path, _FORMAT)]


def _engine(args: argparse.Namespace, beside: Sequence[Path], loaded: Iterable[Cases]) -> Engine:
    """Build the engine of the rulesets that cases are of, with what these stand on of the same folders."""
    given = list(args.rulesets or ())
    folders = dict.fromkeys(path.parent for path in beside)
    near = [path for folder in folders for path in _rulesets_in(folder) if path not in beside]
    # a lock names every ruleset that was loaded when it was written
    args.rulesets = [*given, *beside, *(near if args.lock else stands_on(beside, near, loaded))]
    try:
        return build_engine(args)
    except RulesetError as error:
        if not near or not any(problem.code in _OF_NAMES for problem in error.problems):
            raise
        args.rulesets = [*given, *beside, *near]  # what is missing may stand where nothing can be read
        return build_engine(args)


def _own(engine: Engine, cases: Cases) -> str:
    """Return the id of the ruleset beside a file of cases, which short names mean first; empty without one."""
    beside = _beside_cases(Path(cases.file)).resolve()
    return next((one.id for one in engine.rulesets if Path(one.file).resolve() == beside), "")


def _tried(engine: Engine, case: Case, covered: Covered, only: Sequence[str] | None, own: str) -> list[str]:
    try:
        decision = _decision(engine, case, only, own)
        covered.add(decision)
        return differences(engine, case.expect, decision, own)
    except ClientcoreError as error:
        return [str(error)]


def _asked_for(engine: Engine, beside: Iterable[Path]) -> dict[str, list[str]]:
    """Return, by subject, all rulesets by name where one beside the cases is only computed on request."""
    wanted = {path.resolve() for path in beside}
    silent = {one.subject for one in engine.rulesets if one.on_request and Path(one.file).resolve() in wanted}
    return {
        subject: [
            one.id
            for one in engine.rulesets
            if one.subject == subject and (one.firing or one.scores or one.tables or one.states)
        ]
        for subject in silent
    }


def _decision(engine: Engine, case: Case, only: Sequence[str] | None, own: str) -> Decision:
    account = case.account if case.account is not None else {"id": case.id}
    facts = {name: Fact(**said) if isinstance(said, dict) else said for name, said in (case.facts or {}).items()}
    previous = previous_of(engine, case.previous, own) if case.previous is not None else None
    profile = case.profile or None
    if case.subject in {"account", "organisation"}:
        return engine.evaluate(
            account, as_of=case.as_of, subject=case.subject, facts=facts, previous=previous, profile=profile, only=only
        )
    children = engine.evaluate_subjects(
        account, subject=case.subject, as_of=case.as_of, facts=facts, profile=profile, only=only
    )
    named = [child for child in children if case.subject_id in {"", child.subject_id}]
    if len(named) != 1:
        raise ClientcoreError(f"the account has {len(named)} {case.subject} records that fit; name one by `subject_id`")
    return named[0]
