"""The record executor: one subject, one generated Python function."""

from clientcore.executors.record.compile import OPS, UNSUPPORTED, Compiled, Raw
from clientcore.executors.record.events import asked
from clientcore.executors.record.history import NO_BASE, base_of
from clientcore.executors.record.parts import Kept, Parts
from clientcore.executors.record.run import Call, RecordExecutor
from clientcore.executors.record.steps import Ask

__all__ = [
    "NO_BASE",
    "OPS",
    "UNSUPPORTED",
    "Ask",
    "Call",
    "Compiled",
    "Kept",
    "Parts",
    "Raw",
    "RecordExecutor",
    "asked",
    "base_of",
]
