"""Print into docs/recovery.md how far the scores recover what a simulated book hides:  python tools/recovery.py."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "recovery.md"
#: What stands above it on the page is written by hand.
MARK = "<!-- printed -->\n"


def main() -> None:
    """Measure and print."""
    sys.path.insert(0, str(ROOT / "tests"))
    import recovered

    frames = recovered.frames()
    found = {line.key: recovered.measured(frames, line) for line in recovered.LINES}
    head = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    PAGE.write_text(f"{head}{MARK}{recovered.printed(found)}", encoding="utf-8")


if __name__ == "__main__":
    main()
