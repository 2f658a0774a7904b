"""Build wheel and sdist, install the wheel outside the checkout, and evaluate there what a user would.

1. The sdist builds the same wheel as the checkout does, and the wheel holds every plugin and every ruleset file.
2. With the required dependencies only: one account is decided by the bundled rulesets.
3. With `[batch,cli]`: the command line simulates a book and evaluates it.
4. The plugin of docs/hooks.md, built as a wheel of its own and installed beside ours, decides about the same book.
"""

from __future__ import annotations

import os
import re
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

THIRD_PARTY = """
import datetime
import clientcore as cc
import polars as pl
engine = cc.Engine()
account = {"id": "a", "contracts": [{"id": "c", "ends_on": "2026-07-30"}]}
decision = engine.evaluate(account, as_of=datetime.date(2026, 6, 30))
assert "acme.ending/ends_soon" in decision.fired, decision.fired
assert decision.scores["acme.ending.calm"].value == 7.5, decision.scores["acme.ending.calm"]
assert decision.plugins["acme"] == "1.2.0", decision.plugins
assert len(decision.rulesets) > 1, "the bundled rulesets are there as well"
frame = pl.read_parquet("ending.parquet")
book = cc.read_book("book")
for row in frame.iter_rows(named=True):
    one = engine.evaluate(book.account(row["account_id"]), as_of=datetime.date(2026, 6, 30), only=["acme.*"])
    assert row["acme_ending_calm"] == one.scores["acme.ending.calm"].value, row
    assert row["acme_ending__ends_soon"] in {None, "acme.ending/ends_soon" in one.fired}, row
known = frame["acme_ending_calm"].drop_nulls().len()
assert known, "no account of the book has a contract"
print(f"a plugin from outside: {known} of {frame.height} accounts have its score")
"""


def main() -> int:
    """Run the four parts in a temporary folder; return 0 when all hold."""
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
        third_party(folder, python, command)
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


def third_party(folder: Path, python: str, command: str) -> None:
    """Build the plugin that docs/hooks.md shows, install it beside our wheel, and decide with it."""
    block = re.compile(r"^<!-- file: (acme/\S+) -->\n```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    for name, text in block.findall((ROOT / "docs" / "hooks.md").read_text(encoding="utf-8")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    run(folder, sys.executable, "-m", "build", "--wheel", "--outdir", "theirs", "acme")
    (wheel,) = (folder / "theirs").glob("clientcore_acme-*.whl")
    run(folder, python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", str(wheel))
    run(folder, command, "plugins")
    (rulesets,) = Path(python).parents[1].glob("lib/python*/site-packages/clientcore_acme/rulesets")
    run(folder, command, "test", str(rulesets), "--coverage")
    run(folder, command, "evaluate", "book", "--as-of", "2026-06-30", "--only", "acme.*", "-o", "ending.parquet")
    run(folder, python, "-I", "-c", THIRD_PARTY)


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
