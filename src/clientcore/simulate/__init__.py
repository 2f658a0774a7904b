"""An invented book of accounts whose hidden truth is known: for trying out, for tests and for speed."""

from __future__ import annotations

from clientcore.simulate.book import SimulatedBook, simulate_book
from clientcore.simulate.folder import FORMATS, write_book
from clientcore.simulate.latent import Truth
from clientcore.simulate.layout import COLUMNS

__all__ = ["COLUMNS", "FORMATS", "SimulatedBook", "Truth", "simulate_book", "write_book"]
