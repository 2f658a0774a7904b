"""What docs/errors.md shows of each code is what is really printed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from clientcore.errors import CODES
from error_examples import RULESETS, printed
from error_examples_run import BY_RUN

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
from errors import examples  # noqa: E402

PAGE = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
SHOWN = examples(PAGE)
EXTRAS = {"CC617": "scipy"}


def test_every_code_has_an_example() -> None:
    assert list(SHOWN) == list(CODES)
    assert all(SHOWN.values())
    first = PAGE.partition("```text\n")[2].partition("```")[0]
    assert first in SHOWN["CC201"]
    assert RULESETS.keys() ^ BY_RUN.keys() == CODES.keys()


@pytest.mark.parametrize("code", CODES)
def test_an_example_is_what_is_printed(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if code in EXTRAS:
        pytest.importorskip(EXTRAS[code])
    monkeypatch.chdir(tmp_path)

    assert "".join(f"{line}\n" for line in printed(code)) == SHOWN[code], "run `make docs`"
