"""Invented words for accounts, people and topics; none is meant to be the name of a real one."""

from __future__ import annotations

from clientcore.simulate.chance import Chance

_HEADS = (
    "bru",
    "dov",
    "fel",
    "gan",
    "hul",
    "jor",
    "kel",
    "mav",
    "nor",
    "pel",
    "quil",
    "ruv",
    "sil",
    "tam",
    "ulv",
    "zor",
)
_HEARTS = ("ba", "dri", "fo", "ga", "li", "mo", "nu", "ra", "so", "ti", "va", "wi")
_TAILS = ("bix", "dane", "fen", "gorn", "lund", "mex", "nitz", "rath", "sted", "tove", "vyn", "zell")
_TRADES = ("Works", "Foods", "Mills", "Freight", "Clinics", "Energy", "Systems", "Textiles", "Water", "Tools")

INDUSTRIES = (
    ("manufacturing", 22),
    ("logistics", 14),
    ("retail", 14),
    ("financial services", 10),
    ("energy", 8),
    ("food", 10),
    ("public sector", 8),
    ("pharmaceuticals", 7),
    ("technology", 7),
)
EDUCATING_INDUSTRIES = ("pharmaceuticals", "technology")
REGIONS = ("north", "south", "east", "west")
FUNCTIONS = ("procurement", "operations", "finance", "it", "marketing", "hr")
OFFERINGS = ("core supply", "maintenance", "spare parts", "training", "analytics", "planning service", "recycling")


def company(chance: Chance) -> str:
    """Return an invented name of a company."""
    word = chance.pick(_HEADS) + chance.pick(_HEARTS) + chance.pick(_TAILS)
    return f"{word.capitalize()} {chance.pick(_TRADES)}"


def person(chance: Chance) -> str:
    """Return an invented name of a person."""
    first = chance.pick(_HEADS) + chance.pick(_HEARTS)
    last = chance.pick(_HEADS) + chance.pick(_TAILS)
    return f"{first.capitalize()} {last.capitalize()}"
