"""Files → rulesets, with all problems of all files at once."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import attrs

from clientcore.errors import Problem, Where
from clientcore.load.form import REFUSED
from clientcore.load.ruleset_format import PROFILE_FORMAT, RULESET
from clientcore.load.salvage import Salvaged, salvage
from clientcore.load.text import MAX_BYTES, Entries, Scalar, Source, Value, decode, read_value, too_large
from clientcore.ruleset import Ruleset


@attrs.frozen
class Loaded:
    """What a set of files holds.

    Args:
        rulesets: Every sound ruleset, in order of id.
        problems: Everything wrong in any file, in order of file, line and column.
        salvaged: Of each file with problems what is sound, to be checked and not to be run.
    """

    rulesets: tuple[Ruleset, ...]
    problems: tuple[Problem, ...]
    salvaged: tuple[Salvaged, ...] = ()


def read_ruleset(text: str, file: str) -> tuple[Ruleset | None, tuple[Problem, ...]]:
    r"""Read one ruleset from YAML text.

    Args:
        text: The text, format clientcore/1.
        file: What messages call it.

    Returns:
        The ruleset, or None where something is wrong; and every problem, in order of place.

    Example:
        >>> _, problems = read_ruleset("format: clientcore/1\nscroes: {}\n", "a.yaml")
        >>> print(problems[-1])
        a.yaml:2:1: CC104 unknown key `scroes` in this ruleset; did you mean `scores`?
    """
    decoded, problems = decode(text.encode("utf-8", "surrogatepass"), file)
    if decoded is None:
        return None, tuple(problems)
    source = Source(decoded, file)
    return _structured(source, read_value(source))


def load_rulesets(paths: Iterable[Path | str]) -> Loaded:
    """Load rulesets from files and folders.

    Args:
        paths: Files, and folders of which every `*.yaml` is taken, at any depth, but for `*.cases.yaml`, profiles, and
            what is hidden.

    Returns:
        Every sound ruleset and every problem; a file or a folder that is not there is a problem too.

    Example:
        >>> print(load_rulesets(["no/such.yaml"]).problems[0])
        no/such.yaml:1:1: CC101 no such file or folder
    """
    problems: list[Problem] = []
    rulesets: dict[str, Ruleset] = {}
    salvaged: list[Salvaged] = []
    seen: set[Path] = set()
    for path, named in _files(paths, problems):
        source, unread = open_source(path)
        problems += unread
        if source is None or path.resolve() in seen:
            continue
        seen.add(path.resolve())
        value = read_value(source)
        if not named and _is_profile(value):
            continue
        ruleset, found = _structured(source, value)
        problems += found
        if ruleset is None:
            salvaged.append(salvage(source))
            continue
        if ruleset.id in rulesets:
            advice = f"the first is {rulesets[ruleset.id].where('id')}"
            problems.append(Problem("CC111", f"ruleset `{ruleset.id}` is given twice", ruleset.where("id"), advice))
            continue
        rulesets[ruleset.id] = ruleset
    # an id that is there already would be checked twice
    taken = Counter([*rulesets, *(one.ruleset.id for one in salvaged if one.ruleset is not None)])
    once = [
        attrs.evolve(one, ruleset=None) if one.ruleset is not None and taken[one.ruleset.id] > 1 else one
        for one in salvaged
    ]
    return Loaded(tuple(rulesets[id_] for id_ in sorted(rulesets)), tuple(problems), tuple(once))


def open_source(path: Path) -> tuple[Source | None, list[Problem]]:
    """Return the text of a file, ready to be read as YAML, or the problem that it can't be read."""
    file = str(path)
    try:
        if not path.exists():
            return None, [Problem("CC101", "no such file or folder", Where(file))]
        if not path.is_file():
            return None, [Problem("CC101", "not a regular file", Where(file))]
        size = path.stat().st_size
        if size > MAX_BYTES:
            return None, [too_large(size, file)]
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return None, [Problem("CC101", f"can't be read: {reason.lower()}", Where(file))]
    text, problems = decode(data, file)
    return (None if text is None else Source(text, file)), problems


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems of one file in order of place."""
    return tuple(sorted(problems, key=lambda problem: problem.where or Where("")))


def _structured(source: Source, value: Value | None) -> tuple[Ruleset | None, tuple[Problem, ...]]:
    if value is None:
        return None, in_order(source.problems)
    made = RULESET.read(value, "the file", "", source)
    if made is REFUSED or source.problems:
        return None, in_order(source.problems)
    digest = hashlib.sha256(source.text.encode()).hexdigest()
    return attrs.evolve(made, file=source.file, sha256=digest, places=source.places), ()


def _files(paths: Iterable[Path | str], problems: list[Problem]) -> Iterable[tuple[Path, bool]]:
    """Yield each file and whether it was named itself."""
    for one in paths:
        path = Path(one)
        if not path.is_dir():
            yield path, True
            continue
        inside = [
            file
            for file in sorted(path.rglob("*.yaml"))
            if not file.name.endswith(".cases.yaml")
            and not any(name.startswith(".") for name in file.relative_to(path).parts)
        ]
        if not inside:
            problems.append(
                Problem("CC101", "the folder holds no `*.yaml`", Where(str(path)), "name a folder of rulesets")
            )
        for file in inside:
            yield file, False


def _is_profile(value: Value | None) -> bool:
    pair = value.entries.get("format") if isinstance(value, Entries) else None
    if pair is None or not isinstance(pair[1], Scalar):
        return False
    return pair[1].text.startswith(PROFILE_FORMAT.partition("/")[0] + "/")
