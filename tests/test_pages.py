"""The pages that tools print are current."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("tool", ["command_line", "entities", "formats", "matrix", "operators"])
def test_the_page_is_current(tool: str) -> None:
    ran = subprocess.run(  # as `make check` runs it
        [sys.executable, ROOT / "tools" / f"{tool}.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
