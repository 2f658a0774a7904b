"""Plan of the conditions under which profiles hold → the program that names the one of each account."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from clientcore.entities import SUBJECTS
from clientcore.plan import Plan
from clientcore.relational.lists import is_true
from clientcore.relational.make import asked_for
from clientcore.relational.program import Builder, Definition, Frame, Program, Source, staged
from clientcore.relational.scalar import Scalar, case, col, known, lit, null

_PROFILE = "profile@"


def make_choice(plan: Plan | None, profiles: Sequence[str], by: str = "") -> Program:
    """Return the program that gives the id of each account and its profile.

    Args:
        plan: What the conditions of profiles stand on; it is asked for them besides its steps. None without any.
        profiles: Names, one for each condition; the first that is true of an account holds.
        by: Field of the account that names its profile, which comes before every condition; empty without one.

    Raises:
        UnsupportedError: A condition can't run on frames (CC401).
    """
    main = SUBJECTS["account"].table
    parts: list[Scalar] = []
    truths: Sequence[Scalar] = ()
    if plan is None:
        builder = Builder(main)
        frames = {main: Frame(name=main, table=main, sources=(Source(main, "id", "id", "text"),))}
    else:
        builder, held, truths = asked_for(plan, main)
        frames = dict(held)
    if by:
        named = Source(main, by, by, "text")
        if named not in frames[main].sources:
            frames[main] = attrs.evolve(frames[main], sources=(*frames[main].sources, named))
        parts += [known(col(by, "text")), col(by, "text")]
    for profile, truth in zip(profiles, truths, strict=True):
        parts += [is_true(truth), lit(profile)]
    builder.made[main, _PROFILE] = Definition(main, _PROFILE, case(*parts, null("text")))
    return Program(
        subject="account",
        main=main,
        frames=frames,
        stages=staged(builder.made),
        outputs={"id": ("id", "text"), "profile": (_PROFILE, "text")},
        params=() if plan is None else plan.params,
    )
