"""Print the fragments of changelog.d, or put them into CHANGELOG.md:  python tools/changelog.py [VERSION].

What CHANGELOG.md already says of the version, under `## VERSION (not released yet)`, stays above them.
"""

from __future__ import annotations

import argparse
import datetime as dt
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MARK = "<!-- new versions go here -->\n"
TITLES = {
    "breaking": "Breaking",
    "decision": "Decisions that can differ",
    "feature": "New",
    "fix": "Fixed",
    "docs": "Documentation",
}


def fragments(folder: Path) -> dict[str, list[Path]]:
    """Return the fragments by type, in the order of TITLES; a name that does not fit ends the program."""
    found: dict[str, list[Path]] = {kind: [] for kind in TITLES}
    for path in sorted(folder.glob("*.md")):
        if path.name == "README.md":
            continue
        match = re.fullmatch(r"[a-z0-9-]+\.([a-z]+)\.md", path.name)
        if match is None or match[1] not in TITLES:
            sys.exit(f"{path}: not NAME.TYPE.md with TYPE one of {', '.join(TITLES)}")
        found[match[1]].append(path)
    return found


def released(text: str, version: str, day: dt.date, found: dict[str, list[Path]]) -> str:
    """Return the changelog with the section of a version: what was written by hand so far, then the fragments."""
    waiting = f"## {version} (not released yet)\n"
    before, there, rest = text.partition(waiting)
    if not there:
        return text.replace(MARK, f"{MARK}\n{entry(version, day, found)}", 1)
    summary, older, behind = rest.partition("\n## ")
    heading, _, changes = entry(version, day, found).partition("\n")
    return f"{before}{heading}\n{summary.rstrip()}\n{changes}{older}{behind}"


def entry(version: str, day: dt.date, found: dict[str, list[Path]]) -> str:
    """Return the section of one version."""
    parts = [f"## {version} ({day.isoformat()})\n"]
    for kind, paths in found.items():
        if paths:
            parts.append(f"\n### {TITLES[kind]}\n\n")
            parts += [f"- {' '.join(path.read_text(encoding='utf-8').split())}\n" for path in paths]
    return "".join(parts)


def _version(text: str) -> str:
    if re.fullmatch(r"\d+\.\d+\.\d+", text) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no version; one is 0.2.0")
    return text


def main() -> int:
    """Print or write; return 0."""
    folder = ROOT / "changelog.d"
    found = fragments(folder)
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("version", nargs="?", type=_version, help="three numbers with dots; without it, print")
    version = asked.parse_args().version
    today = dt.datetime.now(dt.UTC).date()
    if version is None:
        print(entry("unreleased", today, found))
        return 0
    changelog = ROOT / "CHANGELOG.md"
    draft = changelog.with_suffix(".draft")
    draft.write_text(released(changelog.read_text(encoding="utf-8"), version, today, found), encoding="utf-8")
    draft.rename(changelog)
    for paths in found.values():
        for path in paths:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
