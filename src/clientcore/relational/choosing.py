"""Plan of the conditions under which profiles hold → the program that names the one of each account."""

from __future__ import annotations

from collections.abc import Sequence

from clientcore.entities import SUBJECTS
from clientcore.plan import Plan
from clientcore.relational.lists import is_true
from clientcore.relational.make import asked_for
from clientcore.relational.program import Definition, Program, staged
from clientcore.relational.scalar import Scalar, case, lit, null

_PROFILE = "profile@"


def make_choice(plan: Plan, profiles: Sequence[str]) -> Program:
    """Return the program that gives the id of each account and the first profile whose condition is true of it.

    Args:
        plan: What the conditions stand on; it is asked for them besides its steps.
        profiles: Names, one for each condition.

    Raises:
        UnsupportedError: A condition can't run on frames (CC401).
    """
    main = SUBJECTS["account"].table
    builder, frames, truths = asked_for(plan, main)
    parts: list[Scalar] = []
    for profile, truth in zip(profiles, truths, strict=True):
        parts += [is_true(truth), lit(profile)]
    builder.made[main, _PROFILE] = Definition(main, _PROFILE, case(*parts, null("text")))
    return Program(
        subject="account",
        main=main,
        frames=frames,
        stages=staged(builder.made),
        outputs={"id": ("id", "text"), "profile": (_PROFILE, "text")},
        params=plan.params,
    )
