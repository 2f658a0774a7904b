"""JSON Schemas of our files, for editors: written from the same forms that read them.

`python -m clientcore.load.schema` lists the shipped files that are not current; with `--write` it writes them.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from clientcore.load.account_schema import account_schema
from clientcore.load.cases import CASES
from clientcore.load.form import Schema
from clientcore.load.profile import PROFILE
from clientcore.load.ruleset_format import RULESET

FOLDER = Path(__file__).resolve().parents[1] / "schema"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_FORMATS: dict[str, tuple[str, Callable[[Schema], Schema]]] = {
    "ruleset": ("A ruleset of clientcore, format clientcore/1", RULESET.schema),
    "profile": ("A profile of clientcore, format clientcore-profile/1", PROFILE.schema),
    "cases": ("Cases beside a ruleset of clientcore", CASES.schema),
    "account": ("An account (or organisation) with its related records, as handed to clientcore", account_schema),
}


def schemas() -> dict[str, Schema]:
    """Return every JSON Schema (draft 2020-12) by name: ruleset, profile, cases, account.

    Example:
        >>> schemas()["profile"]["$defs"]["profile"]["required"]
        ['format', 'profile', 'params']
    """
    made: dict[str, Schema] = {}
    for name, (title, schema) in _FORMATS.items():
        defs: Schema = {}
        root = schema(defs)
        made[name] = {"$schema": _DIALECT, "title": title, **root, "$defs": dict(sorted(defs.items()))}
    return made


def files() -> dict[Path, str]:
    """Return what the shipped files should hold."""
    return {
        FOLDER / f"{name}.schema.json": json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
        for name, schema in schemas().items()
    }


def main(arguments: Sequence[str]) -> int:
    """List the files that are not current, or write them with `--write`.

    Args:
        arguments: Nothing, or `--write`.

    Returns:
        The exit code: 0 fine, 1 some are not current, 2 wrong usage.
    """
    if list(arguments) not in ([], ["--write"]):
        sys.stderr.write("usage: python -m clientcore.load.schema [--write]\n")
        return 2
    stale = {
        path: text for path, text in files().items() if not path.exists() or path.read_text(encoding="utf-8") != text
    }
    for path, text in stale.items():
        if arguments:
            _write(path, text)
        sys.stdout.write(f"{path.name}: {'written' if arguments else 'not current'}\n")
    return 1 if stale and not arguments else 0


def _write(path: Path, text: str) -> None:
    """Write a file beside its place and rename it, so that nobody reads half of it."""
    path.parent.mkdir(exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    Path(temporary).chmod(0o644)
    Path(temporary).replace(path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
