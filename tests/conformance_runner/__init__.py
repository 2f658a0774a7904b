"""Runs the rows of tests/conformance on each executor: the executable form of docs/semantics.md."""

from conformance_runner.compare import Difference, differences
from conformance_runner.executors import EXECUTORS, Answer, build
from conformance_runner.rows import Row, read_rows

__all__ = ["EXECUTORS", "Answer", "Difference", "Row", "build", "differences", "read_rows"]
