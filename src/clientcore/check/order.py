"""What reads what: references of a tree, dependency order, and cycles."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence

from clientcore.expr import Call, Expr, Macro, Name, Node, children

#: (`fact`, name), (`applies`, ruleset), (`rule` | `score` | `table` | `state`, ruleset, id)
Key = tuple[str, ...]
#: Key → keys that it reads; keys that are not in the graph are left out.
Graph = Mapping[Key, Iterable[Key]]


def reads(node: Node) -> frozenset[Key]:
    """Return the keys of what a tree reads; inputs count as facts, `previous` and `account` not at all.

    Example:
        >>> from clientcore.expr import NUMBER
        >>> sorted(reads(Node("add", NUMBER, (Node("fact", NUMBER, value="a"), Node("fact", NUMBER, value="b")))))
        [('fact', 'a'), ('fact', 'b')]
    """
    found: set[Key] = set()
    stack = [node]
    while stack:
        part = stack.pop()
        match part.op:
            case "fact":
                found.add(("fact", part.value))
            case "score":
                found.add(("score", part.value[0], part.value[1]))
            case "outcome":
                found.add(("table", *part.value))
            case "state":
                found.add(("state", *part.value))
            case "fired":
                found.add(("rule", *part.value))
            case "parent":
                continue
        stack.extend(part.args)
    return frozenset(found)


def bare_names(expr: Expr) -> set[str]:
    """Return the bare names of a syntax tree that no macro binds, and the functions that it calls as `name()`."""
    found: set[str] = set()
    stack: list[tuple[Expr, frozenset[str]]] = [(expr, frozenset())]
    while stack:
        part, bound = stack.pop()
        if isinstance(part, Name):
            if part.name not in bound:
                found.add(part.name)
        elif isinstance(part, Macro):
            stack.append((part.range, bound))
            stack.extend((arg, bound | {part.var}) for arg in part.args)
        else:
            if isinstance(part, Call) and part.target is None:
                found.add(f"{part.function}()")
            stack.extend((child, bound) for child in children(part))
    return found


def components(graph: Graph) -> Iterator[list[Key]]:
    """Yield groups of keys that reach each other, each group after the groups that it reads."""
    index: dict[Key, int] = {}
    low: dict[Key, int] = {}
    open_keys: list[Key] = []
    is_open: set[Key] = set()
    for root in graph:
        if root in index:
            continue
        work: list[tuple[Key, Iterator[Key]]] = []
        _enter(root, graph, index, low, open_keys, is_open, work)
        while work:
            key, rest = work[-1]
            below = next((k for k in rest if k in graph and (k not in index or k in is_open)), None)
            if below is not None:
                if below in index:
                    low[key] = min(low[key], index[below])
                else:
                    _enter(below, graph, index, low, open_keys, is_open, work)
                continue
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[key])
            if low[key] == index[key]:
                at = open_keys.index(key)
                group = open_keys[at:]
                del open_keys[at:]
                is_open.difference_update(group)
                yield group


def _enter(
    key: Key,
    graph: Graph,
    index: dict[Key, int],
    low: dict[Key, int],
    open_keys: list[Key],
    is_open: set[Key],
    work: list[tuple[Key, Iterator[Key]]],
) -> None:
    index[key] = low[key] = len(index)
    open_keys.append(key)
    is_open.add(key)
    work.append((key, iter(graph[key])))


def cycle_of(group: Sequence[Key], graph: Graph) -> list[Key]:
    """Return a shortest cycle through the least key of a group, that key first and last; empty if there is none."""
    start, members = min(group), set(group)
    before: dict[Key, Key] = {}
    queue = deque([start])
    while queue:
        key = queue.popleft()
        for below in sorted(set(graph[key]) & members):
            if below == start:
                path = [start, key]
                while path[-1] != start:
                    path.append(before[path[-1]])
                return [start, *path[-2:0:-1], start] if key != start else [start, start]
            if below not in before:
                before[below] = key
                queue.append(below)
    return []


def written(key: Key) -> str:
    """Return a key as the user writes it: `kept_ratio`, `ruleset/rule`, `ruleset.score`."""
    match key:
        case ("fact", name):
            return name
        case ("rule", ruleset, rule):
            return f"{ruleset}/{rule}"
        case ("applies", ruleset):
            return f"{ruleset} (applies_when)"
        case (_, ruleset, name):
            return f"{ruleset}.{name}"
        case _:
            return "/".join(key)
