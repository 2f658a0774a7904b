"""What went wrong in a plugin's own code, and where."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clientcore.errors import Where

_OURS = str(Path(__file__).parent)


def raised_at(error: BaseException) -> Where | None:
    """Return the place in the plugin where an error was raised; None where the plugin has no line in it."""
    if isinstance(error, SyntaxError) and error.filename:
        return Where(error.filename, error.lineno or 1, error.offset or 1)
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith(_OURS) and "importlib" not in frame.filename
    ]
    # A plugin may fail deep inside a library; its author wants the line of the plugin that went there.
    own = [frame for frame in frames if frame.filename == frames[0].filename]
    return Where(own[-1].filename, own[-1].lineno or 1) if own else None


def defined_at(function: Callable[..., Any]) -> Where | None:
    """Return the place of a function's definition; None for one that is not written in Python."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return Where(code.co_filename, code.co_firstlineno) if code else None


def definition(name: str, function: Callable[..., Any]) -> str:
    """Return a function as it is defined, without annotations.

    Example:
        >>> definition("f", lambda a, b: None)
        'f(a, b)'
    """
    bare = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in inspect.signature(function).parameters.values()
    ]
    return f"{name}{inspect.Signature(bare)}"
