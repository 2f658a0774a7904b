"""Fill the placeholders of `because` texts (SEMANTICS 27)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from clientcore.decision import shown

_PLACE = re.compile(r"\{([A-Za-z_][\w.]*)(?::([^{}]*))?\}", re.ASCII)
_FORMAT = re.compile(r"(,)?(?:\.([0-9])([f%]))?")


def filled(text: str, values: Mapping[str, Any]) -> str:
    """Return the text with its placeholders filled; what is missing reads `unknown`.

    Args:
        text: For example `"{kept_ratio:.0%} of {due:,} were kept"`.
        values: Name → value.

    Example:
        >>> filled("{kept:.0%} of {due}", {"kept": 0.5, "due": None})
        '50% of unknown'
    """

    def one(match: re.Match[str]) -> str:
        value, form = values.get(match[1]), _FORMAT.fullmatch(match[2] or "")
        if not match[2] or form is None or not isinstance(value, float):
            return shown(value)
        return format(value, f"{form[1] or ''}.{form[2] or 0}{form[3] or 'f'}")

    return _PLACE.sub(one, text)
