"""The pages that tools print: written, or only compared."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path


def write_pages(what: str, pages: Mapping[Path, str], *, lacking: str = "") -> int:
    """Write pages, or with --check on the command line compare them.

    Args:
        what: What the tool does, for its help.
        pages: File → its whole text.
        lacking: What there is no place for; then nothing is written.

    Returns:
        The exit status: 1 where something is lacking, or is not current and was only compared.
    """
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check = parser.parse_args().check
    if lacking:
        print(lacking, file=sys.stderr)
        return 1
    stale = [path for path, text in pages.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if not check:
        for path in stale:
            path.write_text(pages[path], encoding="utf-8")
        return 0
    if stale:
        print(f"{', '.join(path.name for path in stale)}: not current, run `make docs`", file=sys.stderr)
    return int(bool(stale))
