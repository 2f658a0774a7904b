"""The scoring model of the consultative window: open first, definite within a reasonably short time."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


class ConsultativeWindow:
    """How well the time from the first open conversation to something definite is chosen.

    The value climbs from 0 to 1 until the window opens, is 1 while it is open, and falls back to 0 until it is over: a
    proposal on the first day comes too early, and one after endless talk too late. So it is unimodal in time and
    monotone in none of its facts. The edges are facts that the ruleset takes from its params, so a profile can move
    them; their defaults are ours, since the seed says `reasonably short` and no more.

    Attributes:
        id: Name in `model:` of a score.
        version: Semantic version.
        needs: Facts, all in days: the time taken, and where the window opens, closes and is over.
        returns: Unit and closed range of the value.
        monotone: Empty, on purpose.
    """

    id: str = "spectrum.consultative_window"
    version: str = "1.0.0"
    needs: tuple[str, ...] = ("probing_days", "window_opens_days", "window_closes_days", "window_over_days")
    returns: tuple[str, float, float] = ("ratio", 0.0, 1.0)
    monotone: Mapping[str, str] = MappingProxyType({})

    def expression(self) -> str:
        """Return the text that every executor runs.

        Example:
            >>> ConsultativeWindow().expression().startswith("probing_days < window_opens_days")
            True
        """
        return (
            "probing_days < window_opens_days ? probing_days / window_opens_days"
            " : probing_days <= window_closes_days ? 1.0"
            " : probing_days >= window_over_days ? 0.0"
            " : (window_over_days - probing_days) / (window_over_days - window_closes_days)"
        )
