"""Fetch CEL's own test data with npm into a folder that git ignores; also a script.

The package holds JavaScript modules; node prints them as JSON once, and the tests read that.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VERSION = "0.6.1"
FILES = ("conformance", "parsing", "checking", "comprehension")
CACHE = Path(__file__).resolve().parents[2] / ".cache" / "cel-spec" / VERSION

_DUMP = """
const fs = require('fs');
function* cases(suite, path) {
  for (const test of suite.tests ?? []) yield { suite: path, ...test };
  for (const inner of suite.suites ?? []) yield* cases(inner, `${path}/${inner.name}`);
}
for (const name of process.argv.slice(1)) {
  const { tests } = require(`./package/dist/cjs/testdata/${name}.js`);
  fs.writeFileSync(`${name}.json`, JSON.stringify([...cases(tests, name)]));
}
"""


class NotFetchedError(Exception):
    """The test data is not here and can't be had; the text says why."""


def fetch() -> Path:
    """Return the folder with one JSON file per module, fetched if it is not there.

    Raises:
        NotFetchedError: npm or node is absent, or the registry does not answer.
    """
    if CACHE.is_dir():
        return CACHE
    for program in ("npm", "node"):
        if shutil.which(program) is None:
            raise NotFetchedError(f"CEL's own tests need {program}, which is not installed")
    CACHE.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE.parent) as made:
        folder = Path(made)
        _run(folder, "npm", "pack", "--loglevel=error", "--fetch-retries=1", f"@bufbuild/cel-spec@{VERSION}")
        archive = next(folder.glob("*.tgz"))
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
        _run(folder, "node", "-e", _DUMP, *FILES)
        ready = folder / "ready"
        ready.mkdir()
        for name in FILES:
            (folder / f"{name}.json").rename(ready / f"{name}.json")
        try:
            ready.rename(CACHE)
        except OSError:  # another worker was faster
            if not CACHE.is_dir():
                raise
    return CACHE


def _run(folder: Path, *command: str) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        raise NotFetchedError(f"`{command[0]}` takes longer than two minutes") from None
    if done.returncode:
        raise NotFetchedError(f"`{command[0]}` failed: {done.stderr.strip()[-300:]}")


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{fetch()}\n")
    except NotFetchedError as problem:
        sys.exit(str(problem))
