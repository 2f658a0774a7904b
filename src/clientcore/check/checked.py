"""The whole check: rulesets and catalog in, checked trees and every problem out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs

from clientcore.catalog import Catalog
from clientcore.check import events
from clientcore.check.derive import Nodes, cycle_problem, derived_facts, model_expressions, other_slots
from clientcore.check.meanings import scope_of
from clientcore.check.order import Key, components, cycle_of, reads
from clientcore.check.scope import Scope
from clientcore.errors import Problem, Where
from clientcore.expr import Node
from clientcore.ruleset import Ruleset
from clientcore.slots import Slot, slots


@attrs.frozen(kw_only=True)
class Checked:
    """Rulesets whose expressions are resolved, and what is wrong with them.

    Args:
        rulesets: By id, each once.
        catalog: What plugins bring.
        scope: What every name means.
        nodes: (ruleset id, path of the slot) → checked tree. A plugin's derived fact stands under ("", `facts/F`),
            the expression of a score's model under (ruleset id, `scores/S/model`), a pattern as a whole under (ruleset
            id, `patterns/P`).
        problems: By file, line and column.
    """

    rulesets: tuple[Ruleset, ...]
    catalog: Catalog
    scope: Scope
    nodes: Mapping[tuple[str, str], Node]
    problems: tuple[Problem, ...] = ()

    def slots(self) -> Iterator[tuple[Ruleset, Slot, Node]]:
        """Yield every slot that has a checked tree, by ruleset and in the order of its sections."""
        for ruleset in self.rulesets:
            for slot in slots(ruleset):
                node = self.nodes.get((ruleset.id, slot.path))
                if node is not None:
                    yield ruleset, slot, node


def resolve_all(rulesets: Sequence[Ruleset], catalog: Catalog) -> tuple[Checked, list[Problem]]:
    """Resolve every expression; the problems of duplicate ids, names and kinds come with it."""
    problems: list[Problem] = []
    once = _once(rulesets, problems)
    scope = scope_of(once, catalog, problems)
    nodes: Nodes = {}
    scope = derived_facts(once, catalog, scope, nodes, problems)
    other_slots(once, scope, nodes, problems)
    model_expressions(once, catalog, scope, nodes, problems)
    events.patterns(once, scope, nodes, problems)
    return Checked(rulesets=tuple(once), catalog=catalog, scope=scope, nodes=nodes), problems


def _once(rulesets: Sequence[Ruleset], problems: list[Problem]) -> list[Ruleset]:
    found: dict[str, Ruleset] = {}
    for ruleset in sorted(rulesets, key=lambda one: (one.id, one.file)):
        if ruleset.id in found:
            text = f"ruleset `{ruleset.id}` is already defined in {found[ruleset.id].file or 'another file'}"
            problems.append(Problem("CC111", text, ruleset.where("id"), "give it an id of its own"))
        else:
            found[ruleset.id] = ruleset
    return list(found.values())


def cycles(checked: Checked) -> Iterator[Problem]:
    """Find cycles through facts, scores, tables, states, rules and `applies_when`."""
    graph = {key: below for ruleset in checked.rulesets for key, below in _reads_of(checked, ruleset)}
    for (owner, path), node in checked.nodes.items():
        if not owner:
            graph["fact", path.removeprefix("facts/")] = reads(node)
    for group in components(graph):
        cycle = cycle_of(group, graph)
        if cycle:
            yield cycle_problem(cycle, _place(checked, cycle[0]))


def _reads_of(checked: Checked, ruleset: Ruleset) -> Iterator[tuple[Key, frozenset[Key]]]:
    below: dict[Key, set[Key]] = {}
    for slot in slots(ruleset):
        node = checked.nodes.get((ruleset.id, slot.path))
        if node is not None:
            below.setdefault(_owner(ruleset.id, slot.path), set()).update(reads(node))
    for score in ruleset.scores.values():
        model = checked.catalog.models.get(score.model)
        needs = {("fact", name) for name in model.needs} if model is not None else set()
        node = checked.nodes.get((ruleset.id, f"scores/{score.id}/model"))
        below.setdefault(("score", ruleset.id, score.id), set()).update(needs, reads(node) if node else ())
    for key, found in below.items():
        governed = ruleset.applies_when is not None and key[0] in {"rule", "score", "table", "state"}
        yield key, frozenset({*found, ("applies", ruleset.id)} if governed else found)


_SECTIONS = {"rules": "rule", "patterns": "rule", "scores": "score", "tables": "table", "states": "state"}


def _owner(ruleset: str, path: str) -> Key:
    """Return the key of what a slot belongs to."""
    section, _, rest = path.partition("/")
    name = rest.partition("/")[0]
    if section == "applies_when":
        return ("applies", ruleset)
    return ("fact", name) if section == "facts" else (_SECTIONS[section], ruleset, name)


def _place(checked: Checked, key: Key) -> Where | None:
    """Return where the first formula of a part stands; of a score with a model, where the score does."""
    for ruleset in checked.rulesets:
        for slot in slots(ruleset):
            if _owner(ruleset.id, slot.path) == key:
                return slot.formula.at()
        if key[:2] == ("score", ruleset.id):
            return ruleset.where(f"scores/{key[2]}")
    return None
