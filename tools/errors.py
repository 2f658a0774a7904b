"""Print into docs/errors.md what each code looks like when it is really told:  python tools/errors.py [--check]."""

from __future__ import annotations

import contextlib
import re
import sys
import tempfile
from pathlib import Path

from pages import write_pages

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "errors.md"
#: A chapter of the page: its code, what is said of it, and the example.
CHAPTER = re.compile(r"(?ms)^### (CC\d+) [^\n]*\n(?:(?!^#).)*?^```text\n(.*?)^```$")


def examples(text: str) -> dict[str, str]:
    """Return the example of each code on a page."""
    return {found[1]: found[2] for found in CHAPTER.finditer(text)}


def page(text: str) -> str:
    """Return the page with every example made anew."""
    sys.path.insert(0, str(ROOT / "tests"))
    import error_examples

    def made(found: re.Match[str]) -> str:
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            lines = error_examples.printed(found[1])
        begin, end = found.start(2) - found.start(), found.end(2) - found.start()
        return found[0][:begin] + "".join(f"{line}\n" for line in lines) + found[0][end:]

    return CHAPTER.sub(made, text)


def main() -> int:
    """Print, or compare."""
    return write_pages(__doc__ or "", {PAGE: page(PAGE.read_text(encoding="utf-8"))})


if __name__ == "__main__":
    sys.exit(main())
