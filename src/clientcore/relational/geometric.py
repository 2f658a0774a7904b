"""Lower geometric means: the root of a product by square roots, and their interval over every choice of terms."""

from __future__ import annotations

from collections.abc import Sequence

from clientcore.relational.expressions import Expressions
from clientcore.relational.parts import ONE, Part, where
from clientcore.relational.scalar import TRUE, Scalar, arithmetic, case, compare, how_many, lit, null

_BITS = 48
_CHAIN = 12  # a root is kept as a column after so many steps
_NUMBER = null("number")


def product_of(ex: Expressions, parts: Sequence[Part], counts: Sequence[Scalar], end: str) -> Scalar:
    """Return the product of one end of the terms that count, guarded at each step; 1 where none does."""
    product = ONE
    for part, one in zip(parts, counts, strict=True):
        more = _times(ex, product, part, end)
        product = ex.builder.keep(where(one, more, product), "k")
    return product


def geometric_mean(ex: Expressions, parts: Sequence[Part], counts: Sequence[Scalar], end: str) -> Scalar:
    """Return the m-th root of the product, m being how many terms count (SEMANTICS 18); null where none does."""
    product = ex.builder.keep(product_of(ex, parts, counts, end), "k")
    if all(one == TRUE for one in counts):
        return _root(ex, product, len(parts))
    many = ex.builder.keep(how_many(counts), "k")
    root = ONE
    for bit in range(_BITS):
        root = root if bit % _CHAIN else ex.builder.keep(root, "k")
        chosen = tuple(m for m in range(2, len(parts) + 1) if (2**_BITS // m) >> bit & 1)
        if chosen:
            root = arithmetic("mul", root, case(Scalar("in_set", "boolean", (many,), chosen), product, ONE))
        root = arithmetic("sqrt", root)
    return case(compare("eq", many, lit(0)), _NUMBER, compare("eq", many, lit(1)), product, root)


def geometric_end(ex: Expressions, parts: Sequence[Part], end: str) -> Scalar:
    """Return one end over every choice of the unsure terms, exactly (17a); null where no term is left.

    For each number of terms that may count, the least (greatest) product of so many is kept, multiplied in file order
    as the mean itself multiplies: square roots and products of what is not negative never fall, so the least of
    their roots is the least of the means.
    """
    pick = "least" if end == "low" else "greatest"
    products: dict[int, Scalar] = {0: ONE}
    for part in parts:
        more = {size + 1: _times(ex, product, part, end) for size, product in products.items()}
        if part.sure == TRUE:
            products = more
            continue
        found = {}
        for size in range(min(products), max(more) + 1):
            without, beside = products.get(size, _NUMBER), more.get(size, _NUMBER)
            both = _either_of(pick, without, beside)
            found[size] = ex.builder.keep(case(part.sure, beside, part.unsure, both, without), "k")
        products = found
    means = tuple(_root(ex, product, size) for size, product in products.items() if size)
    return Scalar(pick, "number", means) if len(means) > 1 else means[0]


def _either_of(pick: str, one: Scalar, other: Scalar) -> Scalar:
    if _NUMBER in {one, other}:
        return other if one == _NUMBER else one
    return Scalar(pick, "number", (one, other))


def _times(ex: Expressions, product: Scalar, part: Part, end: str) -> Scalar:
    return Scalar("guard", "number", (ex.builder.keep(arithmetic("mul", product, part.end(end, ONE)), "k"),))


def _root(ex: Expressions, product: Scalar, size: int) -> Scalar:
    if size == 1:
        return product
    product, root = ex.builder.keep(product, "k"), ONE
    for bit in range(_BITS):
        root = root if bit % _CHAIN else ex.builder.keep(root, "k")
        root = arithmetic("sqrt", arithmetic("mul", root, product) if (2**_BITS // size) >> bit & 1 else root)
    return root
