"""The columnar executor: programs as lazy Polars frames."""

from clientcore.executors.columnar.scalars import OPS, Printer
from clientcore.executors.columnar.show import decide
from clientcore.executors.columnar.stages import engine_for, run

__all__ = ["OPS", "Printer", "decide", "engine_for", "run"]
