"""The text of an expression with its tree and place, and the words that a ruleset file may choose from."""

from __future__ import annotations

from typing import Literal

import attrs

from clientcore.errors import Where
from clientcore.expr import Expr

Subject = Literal["account", "opportunity", "workstream", "organisation"]
Precedence = Literal["contract", "safety", "mentoring", "other"]
Severity = Literal["critical", "high", "medium", "low", "info"]
OnUnknown = Literal["no_match", "match", "review", "error"]
Basis = Literal["seed", "published", "measured", "ours"]
Aggregate = Literal["weighted_mean", "sum", "min", "max", "geometric_mean", "product", "model"]
HitPolicy = Literal["first", "unique", "collect"]
Collect = Literal["list", "sum", "min", "max", "count"]
Audience = Literal["internal", "account_team", "executive", "client"]

SUBJECTS: tuple[Subject, ...] = ("account", "opportunity", "workstream", "organisation")
PRECEDENCES: tuple[Precedence, ...] = ("contract", "safety", "mentoring", "other")
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info")
SOURCES: tuple[str, ...] = (
    "client_stated",
    "client_behaviour",
    "contract_record",
    "supplier_record",
    "supplier_self_assessed",
    "third_party",
    "inferred",
)


@attrs.frozen
class Formula:
    """The text of an expression, its tree, and where it stands.

    Args:
        text: As written; for a table cell the text of the cell.
        tree: Its syntax tree; for a table cell the whole condition on the input.
        places: Segments (offset in text, line, column), ascending; the first has offset 0.
        file: The file, as the user named it.
    """

    text: str
    tree: Expr
    places: tuple[tuple[int, int, int], ...] = attrs.field(default=((0, 1, 1),), eq=False, repr=False)
    file: str = attrs.field(default="", eq=False, repr=False)

    def at(self, offset: int = 0) -> Where:
        """Return the place in the file of an offset in the text."""
        begin, line, col = self.places[0]
        for segment in self.places:
            if segment[0] > offset:
                break
            begin, line, col = segment
        return Where(self.file, line, col + max(0, offset - begin))
