"""The trust equation as a scoring model: an alternative to the five parts, of answers that people give."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


class TrustEquation:
    """Credibility, reliability and intimacy over self-orientation, each from 1 to 10, as it is known in the field.

    Attributes:
        id: Name in `model:` of a score.
        version: Semantic version.
        needs: Facts, each an answer on a scale from 1 to 10.
        returns: Unit and closed range of the value.
        monotone: Three raise it, self-orientation lowers it.
    """

    id: str = "trust.equation"
    version: str = "1.0.0"
    needs: tuple[str, ...] = (
        "trust_credibility",
        "trust_dependability",
        "trust_intimacy",
        "trust_self_orientation",
    )
    returns: tuple[str, float, float] = ("points", 0.3, 30.0)
    monotone: Mapping[str, str] = MappingProxyType(
        {
            "trust_credibility": "up",
            "trust_dependability": "up",
            "trust_intimacy": "up",
            "trust_self_orientation": "down",
        }
    )

    def expression(self) -> str:
        """Return the text that every executor runs.

        Example:
            >>> TrustEquation().expression()
            '(trust_credibility + trust_dependability + trust_intimacy) / trust_self_orientation'
        """
        return "(trust_credibility + trust_dependability + trust_intimacy) / trust_self_orientation"
