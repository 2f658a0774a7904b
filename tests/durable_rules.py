"""Whether durable-rules is here. It is looked for and not imported: on Python 3.13 only the library can do that."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

DURABLE = find_spec("durable_rules_engine") is not None


def require_durable() -> None:
    """Skip a test, or a module of tests, where durable-rules is not installed."""
    if not DURABLE:
        pytest.skip("durable-rules could not be built here", allow_module_level=True)
