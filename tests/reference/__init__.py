"""A slow second reading of the settled meanings: walks the syntax tree, knows nothing of plans or executors."""

from reference.evaluate import Reference

__all__ = ["Reference"]
