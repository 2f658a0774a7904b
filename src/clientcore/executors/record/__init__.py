"""The record executor: one subject, one generated Python function."""

from clientcore.executors.record.compile import OPS, UNSUPPORTED, Compiled, Raw
from clientcore.executors.record.history import NO_BASE, base_of
from clientcore.executors.record.run import Call, RecordExecutor

__all__ = ["NO_BASE", "OPS", "UNSUPPORTED", "Call", "Compiled", "Raw", "RecordExecutor", "base_of"]
