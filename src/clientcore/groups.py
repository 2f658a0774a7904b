"""Groups that are too small to be shown."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from collections.abc import Set as AbstractSet
from typing import TypeVar

#: Fewest members of a group that is shown.
SMALLEST = 5

Group = TypeVar("Group", bound=Hashable)


def hidden_groups(
    sizes: Mapping[Group, int], smallest: int = SMALLEST, also: Mapping[Group, AbstractSet[Hashable]] | None = None
) -> set[Group]:
    """Return the groups that are not shown.

    A single hidden group could be found again by subtraction from the whole, so shown groups join the hidden ones, the
    smallest first, until the hidden members are enough together.

    Args:
        sizes: Group → number of its members.
        smallest: Fewest members that a shown group has, and that the hidden ones have together; at least 1.
        also: Group → people that figures of it tell of, where these are others than its members; nobody is fine, and
            otherwise the same holds of them. Somebody may be in several groups.

    Example:
        >>> sorted(hidden_groups({"north": 6, "south": 5, "west": 1}))
        ['south', 'west']
        >>> sorted(hidden_groups({"north": 6, "south": 5}, also={"north": {"Ann", "Bob"}, "south": set("vwxyz")}))
        ['north', 'south']
    """
    people = {group: (also or {}).get(group, set()) for group in sizes}
    hidden = {group for group, size in sizes.items() if size < smallest or 0 < len(people[group]) < smallest}

    def too_few() -> bool:
        """Return whether those hidden could be worked out, as the whole less all that is shown, and are too few."""
        theirs = set().union(*(people[group] for group in hidden))
        return 0 < sum(sizes[group] for group in hidden) < smallest or 0 < len(theirs) < smallest

    # ties in size fall to the text of the group, so that the order of the members changes nothing; who has no people
    # hides nobody, and goes last
    for group in sorted(sizes, key=lambda one: (also is not None and not people[one], sizes[one], str(one))):
        if not too_few():
            break
        hidden.add(group)
    return hidden
