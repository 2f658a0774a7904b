"""The mistakes of `make mutations` can be planted: the text of each still stands in its file, and there once."""

from __future__ import annotations

import pytest

import mutate


@pytest.mark.parametrize("mutation", mutate.MUTATIONS, ids=str)
def test_a_mistake_can_be_planted(mutation: mutate.Mutation) -> None:
    text = (mutate.ROOT / mutation.file).read_text(encoding="utf-8")
    assert text.count(mutation.old) == 1
