"""The shape of the project: sizes, one direction of imports, where heavy libraries may be, what may not be named."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "clientcore"
MAX_LINES = 400
MAX_FUNCTION_LINES = 60
MAX_PUBLIC_NAMES = 20

_MODEL = "errors anchors expr entities ruleset catalog decision"
_LINE = (
    "parse load check plan intake relational executors hooks plugins book explain params batch databases spark session "
    "answers matching configuration answering recent arguments"
)
#: Part → the parts that it may import. A part is a module or a package of the same name.
MAY_IMPORT: dict[str, set[str]] = {
    part: set(allowed.split())
    for part, allowed in {
        "errors": "",
        "anchors": "",
        "recent": "",
        "pairs": "",
        "outside": "",
        "arguments": "errors intake ruleset",
        "expr": "errors",
        "entities": "errors expr",
        "ruleset": "errors anchors expr",
        "slots": "errors expr ruleset",
        "matching": "errors expr",
        "catalog": "errors expr",
        "decision": "errors expr",
        "parse": "errors expr",
        "load": "errors anchors expr entities ruleset parse",
        "check": f"{_MODEL} parse slots matching outside",
        "plan": f"{_MODEL} check",
        "intake": "errors expr entities",
        "relational": f"{_MODEL} plan intake matching",
        "executors": f"{_MODEL} plan intake relational matching outside",
        "hooks": "errors catalog decision",
        "plugins": "errors catalog decision hooks outside",
        "book": "errors expr entities ruleset decision load plugins arguments pairs",
        "simulate": "errors entities book arguments",
        "explain": f"{_MODEL} parse check plan executors matching arguments",
        "configuration": f"{_MODEL} load check intake",
        "params": f"{_MODEL} load check plan intake executors recent arguments",
        "batch": f"{_MODEL} plan intake relational executors book params recent arguments",
        "answering": f"{_MODEL} check plan intake executors explain matching recent arguments",
        "runnable": f"{_MODEL} check plan relational executors",
        "databases": f"{_MODEL} plan executors book batch relational arguments",
        "spark": "errors entities intake batch book arguments",
        "session": "errors entities ruleset decision plan intake executors book batch matching arguments pairs",
        "answers": f"{_MODEL} check plan intake book arguments pairs",
        "groups": "",
        "review": "errors expr ruleset decision explain batch book engine arguments",
        "report": f"{_MODEL} parse book groups review arguments",
        "engine": f"{_MODEL} {_LINE}",
        "cli": f"{_MODEL} {_LINE} engine report review runnable simulate pairs",
    }.items()
}

#: Library → the parts that may import it. Annotations under TYPE_CHECKING may name it anywhere.
HEAVY: dict[str, set[str]] = {
    "polars": {
        "answers",
        "batch",
        "book",
        "databases",
        "executors.columnar",
        "executors.sql",
        "report",
        "simulate",
        "spark",
    },
    "pyarrow": {"batch", "book", "executors.columnar", "spark"},
    "duckdb": {"book", "executors.sql"},
    "adbc_driver_manager": {"book", "executors.sql"},
    "adbc_driver_sqlite": {"book"},
    "adbc_driver_postgresql": {"book"},
    "sqlglot": {"executors.sql"},
    "psycopg": {"executors.sql"},
    "pyspark": {"executors.sql", "spark"},
    "durable": {"executors.durable"},
    "durable_rules_engine": {"executors.durable"},
    "pandas": set(),
    "numpy": set(),
    "scipy": set(),
    "z3": set(),
    "pluggy": {"hooks", "plugins"},
    "yaml": {"load"},
    "cattrs": {"load"},
}
#: Plugin → the heavy libraries that it may import, inside functions only: an engine imports every plugin.
HEAVY_IN_PLUGINS: dict[str, set[str]] = {"clientcore_voice": {"numpy", "scipy"}}
NOT_AT_IMPORT = ("polars", "duckdb", "pyarrow", "sqlglot", "pyspark", "durable", "z3", "pandas", "numpy", "scipy")
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "core", "base", "types", "constants", "misc", "lib"}


def python_files(*tops: str) -> list[Path]:
    return sorted(path for top in tops for path in (ROOT / top).rglob("*.py") if "__pycache__" not in path.parts)


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def part_of(path: Path, depth: int = 1) -> str:
    """Return the part that a file belongs to: `check`, or `executors.sql` with depth 2."""
    names = list(path.relative_to(SOURCE).with_suffix("").parts)
    if len(names) > 1 and names[-1] == "__init__":
        names.pop()
    return ".".join(names[:depth])


def imports(tree: ast.AST, *, typing_too: bool = True) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) of every import; `from a import b` yields `a.b`."""
    skipped = set()
    if not typing_too:
        guards = [n for n in ast.walk(tree) if isinstance(n, ast.If) and ast.unparse(n.test).endswith("TYPE_CHECKING")]
        skipped = {id(inner) for guard in guards for statement in guard.body for inner in ast.walk(statement)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module or ''}.{alias.name}") for alias in node.names)


def direction_faults(path: Path, text: str) -> list[str]:
    """Return the imports of a file that go against the direction."""
    part = part_of(path)
    if part in {"__init__", "__main__"}:
        return []
    if part not in MAY_IMPORT:
        return [f"{shown(path)}:1: {part} is not in the table of parts; add it with what it may import"]
    faults = []
    for line, name in imports(ast.parse(text)):
        names = name.split(".")
        if names[0] != "clientcore" or len(names) < 2 or names[1] == part or names[1] == "__version__":
            continue
        if names[1] not in MAY_IMPORT[part]:
            faults.append(f"{shown(path)}:{line}: {part} may not import {names[1]}")
    return faults


def heavy_faults(path: Path, text: str) -> list[str]:
    """Return the imports of heavy libraries where they may not be."""
    faults = []
    for line, name in imports(ast.parse(text), typing_too=False):
        allowed = HEAVY.get(name.split(".")[0])
        if allowed is not None and not {part_of(path), part_of(path, 2)} & allowed:
            faults.append(f"{shown(path)}:{line}: {part_of(path)} may not import {name.split('.')[0]}")
    return faults


def plugin_faults(path: Path, text: str) -> list[str]:
    """Return the imports of heavy libraries in a plugin where they may not be, or would come with every engine."""
    plugin = path.relative_to(ROOT / "plugins").parts[0]
    tree = ast.parse(text)
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    late = {line for function in functions for line, _ in imports(function)}
    faults = []
    for line, name in imports(tree, typing_too=False):
        library = name.split(".")[0]
        if library not in HEAVY or library in {"pluggy", "yaml", "cattrs"}:
            continue
        if library not in HEAVY_IN_PLUGINS.get(plugin, set()):
            faults.append(f"{shown(path)}:{line}: {plugin} may not import {library}")
        elif line not in late:
            faults.append(f"{shown(path)}:{line}: {plugin} may import {library} inside a function only")
    return faults


def size_faults(path: Path, text: str) -> list[str]:
    """Return what is too long in a file."""
    faults = []
    lines = len(text.splitlines())
    if lines > MAX_LINES:
        faults.append(f"{shown(path)}:{lines}: {lines} lines, at most {MAX_LINES}; split it by step of the data flow")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MAX_FUNCTION_LINES:
                faults.append(
                    f"{shown(path)}:{node.lineno}: {node.name} has {length} lines, at most {MAX_FUNCTION_LINES}"
                )
    return faults


def test_imports_go_one_way() -> None:
    faults = [fault for path in python_files("src") for fault in direction_faults(path, path.read_text("utf-8"))]
    assert not faults, "\n".join(faults)


def test_table_of_parts_has_no_cycle() -> None:
    rest = {part: set(allowed) for part, allowed in MAY_IMPORT.items()}
    while free := {part for part, allowed in rest.items() if not allowed & rest.keys()}:
        rest = {part: allowed for part, allowed in rest.items() if part not in free}
    assert rest == {}


def test_executors_do_not_import_each_other() -> None:
    faults = []
    for path in python_files("src/clientcore/executors"):
        own = part_of(path, 2)
        for line, name in imports(ast.parse(path.read_text("utf-8"))):
            other = ".".join(name.split(".")[1:3])
            if other.startswith("executors.") and own not in {other, "executors"}:
                faults.append(f"{shown(path)}:{line}: {own} may not import {other}")
    assert not faults, "\n".join(faults)


def test_heavy_libraries_stay_where_they_belong() -> None:
    faults = [fault for path in python_files("src") for fault in heavy_faults(path, path.read_text("utf-8"))]
    assert not faults, "\n".join(faults)


def test_plugins_import_heavy_libraries_late_and_where_listed() -> None:
    faults = [fault for path in python_files("plugins") for fault in plugin_faults(path, path.read_text("utf-8"))]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("clientcore_voice/fit.py", "def f():\n    import numpy", []),
        ("clientcore_voice/fit.py", "import numpy", ["1: clientcore_voice may import numpy inside a function only"]),
        ("clientcore_trust/fit.py", "def f():\n    import scipy", ["2: clientcore_trust may not import scipy"]),
    ],
)
def test_a_heavy_library_in_a_plugin_is_shown(file: str, text: str, expected: list[str]) -> None:
    found = plugin_faults(ROOT / "plugins" / file, text)
    assert [fault.partition(f"{file}:")[2] for fault in found] == expected


def test_files_and_functions_are_short() -> None:
    files = python_files("src", "plugins", "tests", "tools", ".ci")
    faults = [fault for path in files for fault in size_faults(path, path.read_text("utf-8"))]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        (
            "check.py",
            "\n" * 6 + "from clientcore.load import read",
            "src/clientcore/check.py:7: check may not import load",
        ),
        ("check/names.py", "from clientcore import load", "src/clientcore/check/names.py:1: check may not import load"),
        ("errors.py", "import clientcore.expr", "src/clientcore/errors.py:1: errors may not import expr"),
        (
            "parse.py",
            "def f():\n    from clientcore.engine import Engine",
            "src/clientcore/parse.py:2: parse may not import engine",
        ),
        (
            "novel.py",
            "",
            "src/clientcore/novel.py:1: novel is not in the table of parts; add it with what it may import",
        ),
    ],
)
def test_an_import_against_the_direction_is_shown(file: str, text: str, expected: str) -> None:
    assert direction_faults(SOURCE / file, text) == [expected]


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("plan.py", "import polars as pl", ["src/clientcore/plan.py:1: plan may not import polars"]),
        ("engine.py", "def f():\n    import duckdb", ["src/clientcore/engine.py:2: engine may not import duckdb"]),
        ("book/read.py", "import polars", []),
        ("executors/sql/print.py", "import sqlglot", []),
        (
            "executors/record.py",
            "import sqlglot",
            ["src/clientcore/executors/record.py:1: executors may not import sqlglot"],
        ),
        ("engine.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import polars", []),
    ],
)
def test_a_heavy_library_in_the_wrong_place_is_shown(file: str, text: str, expected: list[str]) -> None:
    assert heavy_faults(SOURCE / file, text) == expected


def test_what_is_too_long_is_shown() -> None:
    long = "def f():\n" + "    x = 1\n" * 60 + "y = 2\n" * 400
    assert [fault.split(": ", 1)[1].split(",")[0] for fault in size_faults(SOURCE / "plan.py", long)] == [
        "461 lines",
        "f has 61 lines",
    ]


def test_no_module_has_an_empty_name() -> None:
    faults = [shown(path) for path in python_files("src", "plugins") if FORBIDDEN_NAMES & {path.stem, path.parent.name}]
    assert not faults


def test_public_names_are_few_and_there() -> None:
    import clientcore

    assert len(clientcore.__all__) <= MAX_PUBLIC_NAMES
    assert [name for name in clientcore.__all__ if not hasattr(clientcore, name)] == []


@pytest.mark.parametrize("module", ["clientcore", "clientcore.engine", "clientcore.cli"])
def test_an_import_pulls_in_nothing_heavy(module: str) -> None:
    code = f"import sys, json, {module}; print(json.dumps([m for m in {NOT_AT_IMPORT!r} if m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_plugins_are_found_in_an_engine_only() -> None:
    code = "import sys, clientcore; print(sorted(m for m in sys.modules if m.startswith('clientcore_')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# Written in pieces, so that this file does not hold what it looks for.
_FORBIDDEN_TEXT = re.compile(
    "|".join(
        [
            "/work" + "/(main|shared)",
            r"(?<!\w)(COMMON|DESIGN)" + r"\.md",
            "shared" + "/(research|seeds|hooks|DESIGN)",
            r"(?i:\b" + r"(clau" + r"de|anth" + r"ropic|chat" + r"gpt|sub-?ag" + r"ents?|co-auth" + r"ored-by)\b)",
        ]
    )
)


def test_nothing_names_the_place_where_it_was_written() -> None:
    ends = {".py", ".md", ".yaml", ".yml", ".toml", ".json", ".sql", ".txt", ".csv", ""}
    tops = [".ci", "changelog.d", "docs", "plugins", "rulesets", "src", "tests", "tools"]
    files = [path for top in tops for path in (ROOT / top).rglob("*") if path.is_file() and path.suffix in ends]
    files += [path for path in ROOT.iterdir() if path.is_file() and path.suffix in ends]
    faults = []
    for path in sorted(files):
        if "__pycache__" in path.parts or path == Path(__file__) or path.name == ".git":  # a linked work tree's
            continue
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), start=1):
            found = _FORBIDDEN_TEXT.search(line)
            if found:
                faults.append(f"{shown(path)}:{number}: names {found[0]}")
    assert not faults, "\n".join(faults)
