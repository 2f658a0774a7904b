"""Build wheel and sdist, install the wheel outside the checkout, and evaluate there what a user would.

1. The sdist builds the same wheel as the checkout does, and the wheel holds every plugin and every ruleset file.
2. With the required dependencies only: one account is decided by the bundled rulesets.
3. With `[batch,cli]`: the command line simulates a book and evaluates it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REQUIRED = {"attrs", "pluggy", "pyyaml", "clientcore"}
ACCOUNTS = 40

ONE_ACCOUNT = """
import datetime, pathlib, sys
import clientcore as cc
assert pathlib.Path(cc.__file__).is_relative_to(sys.prefix), cc.__file__
decision = cc.Engine().evaluate({"id": "acme"}, as_of=datetime.date(2026, 6, 30))
assert decision.subject_id == "acme", decision.subject_id
assert set(decision.plugins) >= {"clientcore_log", "clientcore_spectrum", "clientcore_starter"}, decision.plugins
assert decision.rulesets and not decision.problems, decision.problems
heavy = {"polars", "duckdb", "pyarrow", "numpy"} & set(sys.modules)
assert not heavy, heavy
print(f"one account: {len(decision.rulesets)} rulesets, {len(decision.unknown)} rules unknown, as they should be")
"""

BOOK_CHECK = """
import sys
import polars as pl
frame = pl.read_parquet("decisions.parquet")
assert frame.height == int(sys.argv[1]), frame.height
assert frame["account_id"].n_unique() == frame.height
print(f"a book: {frame.height} rows, {frame.width} columns")
"""

BOOK_DIFFERS = """
import polars as pl
usual, own = pl.read_parquet("decisions.parquet"), pl.read_parquet("own.parquet")
assert usual.columns == own.columns
assert not usual.equals(own), "the profile changes nothing"
"""


def main() -> int:
    """Run the three parts in a temporary folder; return 0 when all hold."""
    with tempfile.TemporaryDirectory(prefix="clientcore-wheel-") as name:
        folder = Path(name)
        wheel = build(folder)
        python = new_environment(folder / "venv")
        install(python, str(wheel))
        extra = installed(python) - REQUIRED
        if extra:
            sys.exit(f"the wheel requires more than it says: {', '.join(sorted(extra))}")
        run(folder, python, "-I", "-c", ONE_ACCOUNT)
        install(python, f"{wheel}[batch,cli]")
        command = str(Path(python).with_name("clientcore"))
        run(folder, command, "simulate", "--accounts", str(ACCOUNTS), "--seed", "1", "-o", "book")
        run(folder, command, "evaluate", "book", "--as-of", "2026-06-30", "-o", "decisions.parquet")
        run(folder, python, "-I", "-c", BOOK_CHECK, str(ACCOUNTS))
        for profile in ("projects", "subscription", "wholesale"):
            run(folder, command, "evaluate", "book", "--as-of", "2026-06-30", "--profile", profile, "-o", "own.parquet")
            run(folder, python, "-I", "-c", BOOK_DIFFERS)
    print("the wheel works outside the checkout")
    return 0


def build(folder: Path) -> Path:
    """Build the wheel from the checkout and from the sdist; return it if both are the same and nothing is left out."""
    run(folder, sys.executable, "-m", "build", "--wheel", "--outdir", str(folder / "direct"), str(ROOT))
    run(folder, sys.executable, "-m", "build", "--outdir", str(folder / "dist"), str(ROOT))
    (direct,) = (folder / "direct").glob("*.whl")
    (wheel,) = (folder / "dist").glob("*.whl")
    ours, theirs = contents(direct), contents(wheel)
    differing = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
    if differing:
        sys.exit(f"the sdist builds another wheel than the checkout: {', '.join(differing)}")
    missing = sorted(expected() - theirs.keys())
    if missing:
        sys.exit(f"the wheel lacks {', '.join(missing)}")
    tests = sorted(name for name in theirs if "/tests/" in name)
    if tests:
        sys.exit(f"the wheel holds tests: {', '.join(tests)}")
    return wheel


def expected() -> set[str]:
    """Return the names that the wheel must hold: sources, plugins and rulesets."""
    names = {f"clientcore/rulesets/{path.relative_to(ROOT / 'rulesets').as_posix()}" for path in files("rulesets")}
    for top in ("src", "plugins"):
        names |= {path.relative_to(ROOT / top).as_posix() for path in files(top) if "tests" not in path.parts}
    return names


def files(top: str) -> list[Path]:
    """Return the files under a folder of the checkout that are meant to be shipped."""
    kept = {".py", ".yaml", ".yml", ".json", ".sql", ".md"}
    return [path for path in (ROOT / top).rglob("*") if path.suffix in kept or path.name == "py.typed"]


def contents(wheel: Path) -> dict[str, bytes]:
    """Return name → content of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def new_environment(folder: Path) -> str:
    """Make an empty virtual environment; return its Python."""
    venv.create(folder, with_pip=True)
    return str(folder / "bin" / "python")


def install(python: str, what: str) -> None:
    """Install into an environment."""
    run(Path(python).parents[1], python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", what)


def installed(python: str) -> set[str]:
    """Return the names of the distributions in an environment, pip and its like left out."""
    code = "from importlib.metadata import distributions as d; print(*{x.name.lower().replace('_', '-') for x in d()})"
    names = subprocess.run([python, "-I", "-c", code], check=True, capture_output=True, text=True).stdout.split()
    return set(names) - {"pip", "setuptools", "wheel"}


def run(folder: Path, *command: str) -> None:
    """Run a command outside the checkout; its failure is ours."""
    ours = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    clean = {name: value for name, value in os.environ.items() if name not in ours}
    shown = " ".join(part if len(part) < 200 else "…" for part in command)
    print(f"$ {shown}", flush=True)
    done = subprocess.run(command, cwd=folder, env=clean, check=False)
    if done.returncode:
        sys.exit(f"ended with {done.returncode}: {shown}")


if __name__ == "__main__":
    sys.exit(main())
