"""The durable executor: rules are answered by durable-rules, everything else by the generated function of record."""

from clientcore.executors.durable.ask import Asks
from clientcore.executors.durable.lowering import OPS
from clientcore.executors.durable.matcher import DurableMatcher, Report
from clientcore.executors.durable.native import library

__all__ = ["OPS", "Asks", "DurableMatcher", "Report", "library"]
