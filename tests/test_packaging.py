"""What is shipped: each bundled plugin is an entry point, each extra is used, each fragment has a type."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
from datetime import date
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = sorted(path.parent.name for path in (ROOT / "plugins").glob("*/__init__.py"))
#: Distribution → what is imported of it, where that is another name.
IMPORTED = {"PyYAML": "yaml", "attrs": "attrs", "durable-rules": "durable_rules_engine"}


def tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_bundled_plugin_is_an_entry_point() -> None:
    assert {name: name for name in PACKAGES} == PROJECT["project"]["entry-points"]["clientcore"]


def test_the_installed_entry_points_are_those_of_the_project() -> None:
    points = metadata.distribution("clientcore").entry_points.select(group="clientcore")
    assert sorted(point.name for point in points) == PACKAGES, "install again: pip install -e ."


def test_every_folder_of_rulesets_has_its_plugin() -> None:
    folders = {folder.name for folder in (ROOT / "rulesets").iterdir() if folder.is_dir()}
    assert folders <= set(PACKAGES)


@pytest.mark.parametrize("package", ["clientcore", *PACKAGES])
def test_every_package_is_typed(package: str) -> None:
    top = "src" if package == "clientcore" else "plugins"
    assert (ROOT / top / package / "py.typed").exists()


def test_every_dependency_is_imported_somewhere() -> None:
    files = [path for top in ("src", "plugins") for path in (ROOT / top).rglob("*.py")]
    source = "\n".join(path.read_text(encoding="utf-8") for path in files)
    extras = PROJECT["project"]["optional-dependencies"]
    listed = [*PROJECT["project"]["dependencies"], *(one for name in extras if name != "all" for one in extras[name])]
    names = [re.split(r"[<>=~!\[; ]", one, maxsplit=1)[0] for one in listed]
    modules = {name: IMPORTED.get(name, name.replace("-", "_")) for name in names}
    assert [name for name, module in modules.items() if not re.search(rf"\b{module}\b", source)] == []


def test_all_holds_every_other_extra() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    assert extras["all"] == [f"clientcore[{','.join(name for name in extras if name != 'all')}]"]


def test_fragments_have_a_type(tmp_path: Path) -> None:
    changelog = tool("changelog")
    found = changelog.fragments(ROOT / "changelog.d")
    assert list(found) == ["breaking", "decision", "feature", "fix", "docs"]
    (tmp_path / "12.fixed.md").touch()
    with pytest.raises(SystemExit, match="TYPE one of breaking, decision"):
        changelog.fragments(tmp_path)


def test_what_is_written_of_a_version_stays_above_its_fragments(tmp_path: Path) -> None:
    changelog = tool("changelog")
    (tmp_path / "one.fix.md").write_text("One is right.\n")
    found, day = changelog.fragments(tmp_path), date(2027, 1, 2)
    text = (
        f"# Changelog\n\n{changelog.MARK}\n## 1.0.0 (not released yet)\n\nThe first.\n\n## 0.9.0 (2026-12-01)\n\nOld.\n"
    )
    told = changelog.released(text, "1.0.0", day, found)
    head = f"# Changelog\n\n{changelog.MARK}\n## 1.0.0 (2027-01-02)\n\nThe first.\n\n### Fixed\n\n- One is right.\n"
    assert told == f"{head}\n## 0.9.0 (2026-12-01)\n\nOld.\n"
    bare = changelog.released(f"# Changelog\n\n{changelog.MARK}", "1.0.0", day, found)
    assert bare == f"# Changelog\n\n{changelog.MARK}\n## 1.0.0 (2027-01-02)\n\n### Fixed\n\n- One is right.\n"


def test_the_changelog_is_printed_from_its_fragments() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "changelog.py"], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert done.stdout.startswith("## unreleased (")


def test_only_a_version_is_released() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for given, status in (("--help", 0), ("next", 2)):
        done = subprocess.run(
            [sys.executable, ROOT / "tools" / "changelog.py", given], capture_output=True, check=False
        )
        assert done.returncode == status
    assert (ROOT / "CHANGELOG.md").read_text(encoding="utf-8") == changelog


def test_a_fragment_is_one_point_of_the_list() -> None:
    fragments = [path for path in (ROOT / "changelog.d").glob("*.md") if path.name != "README.md"]
    assert [path.name for path in fragments if re.search("^- ", path.read_text(encoding="utf-8"), re.MULTILINE)] == []
