"""How a fact is learnt by asking people: levels with what they mean, evidence, expiry."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class Anchor:
    """One level of an answer: the value that it stands for, what it means, and an example."""

    value: float | str | bool
    means: str
    example: str


@attrs.frozen(kw_only=True)
class Answer:
    """How a fact is learnt by asking: its levels, counted from 0, the evidence asked for, how long an answer holds.

    Where `field` is given, an answer is written into that field of the subject's record and is not handed in as a fact.
    """

    anchors: tuple[Anchor, ...] = ()
    evidence: str = ""
    expires_days: int | None = None
    field: str = ""
