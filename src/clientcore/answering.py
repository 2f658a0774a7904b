"""What answers the rules of one subject: our own executor, or durable-rules under it."""

from __future__ import annotations

from typing import Literal

from clientcore.errors import FactError, did_you_mean
from clientcore.executors.record import Ask

#: What decides one subject.
Executor = Literal["record", "durable"]


def ask_of(executor: str) -> Ask | None:
    """Return what the rules are asked of; None for our own executor.

    Raises:
        FactError: There is no such executor (CC403).
        MissingExtraError: durable-rules is not installed.
    """
    if executor == "record":
        return None
    if executor != "durable":
        raise FactError(f"CC403 no executor `{executor}`; {did_you_mean(executor, ('record', 'durable'))}")
    from clientcore.executors.durable import Asks

    return Asks()
