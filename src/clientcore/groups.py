"""Groups that are too small to be shown."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

#: Fewest members of a group that is shown.
SMALLEST = 5

Group = TypeVar("Group", bound=Hashable)


def hidden_groups(sizes: Mapping[Group, int], smallest: int = SMALLEST) -> set[Group]:
    """Return the groups that are not shown.

    A single hidden group could be found again by subtraction from the whole, so shown groups join the hidden ones, the
    smallest first, until the hidden members are enough together.

    Args:
        sizes: Group → number of its members.
        smallest: Fewest members that a shown group has, and that the hidden ones have together; at least 1.

    Example:
        >>> sorted(hidden_groups({"north": 6, "south": 5, "west": 1}))
        ['south', 'west']
    """
    hidden = {group for group, size in sizes.items() if size < smallest}
    # ties in size fall to the text of the group, so that the order of the members changes nothing
    for group in sorted(sizes, key=lambda one: (sizes[one], str(one))):
        missing = sum(sizes[one] for one in hidden)
        if not 0 < missing < smallest:
            break
        hidden.add(group)
    return hidden
