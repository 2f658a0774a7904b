"""The columnar executor: programs as lazy Polars frames."""

from clientcore.executors.columnar.scalars import OPS, Printer
from clientcore.executors.columnar.show import decide
from clientcore.executors.columnar.stages import collected, run

__all__ = ["OPS", "Printer", "collected", "decide", "run"]
