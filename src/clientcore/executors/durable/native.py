"""durable-rules itself: its C module, and one ruleset of it under guard. Nothing else imports the package."""

from __future__ import annotations

import os
import sys
import weakref
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

import attrs

from clientcore.errors import missing_extra
from clientcore.executors.durable.lowering import written

#: Property by which every rule begins, so that the engine's own facts match none.
KIND = "t"
_PING = '{"id":"ping","sid":"s","ping":1.0}'
_GONE = '{"id":"f","sid":"s"}'
_HANDLED, _NOTHING = 0, 1


def library() -> ModuleType:
    """Return the C module.

    Its Python side is not used: its host starts threads that never end and swallows what actions raise.

    Raises:
        MissingExtraError: durable-rules is not installed.
    """
    try:
        return _imported()
    except ImportError as error:
        raise missing_extra("durable-rules", "durable", "the durable executor") from error


def _imported() -> ModuleType:
    # the module names PyEval_CallObject, which Python 3.13 lacks, in callbacks that are never set: bind it when called
    flags = getattr(sys, "getdlopenflags", int)()
    set_flags = getattr(sys, "setdlopenflags", int)
    set_flags(getattr(os, "RTLD_LAZY", 0))
    try:
        import durable_rules_engine

        module: ModuleType = durable_rules_engine
    finally:
        set_flags(flags)
    return module


@attrs.define(weakref_slot=True)
class NativeRuleset:
    """One ruleset inside durable-rules, asked with one message at a time under one id.

    Args:
        rules: Name → condition on one message.
    """

    rules: Mapping[str, Any]
    _library: Any = attrs.field(init=False)
    _handle: int = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        made = {name: {"all": [{"m": {"$and": [{KIND: 1.0}, *_parts(rule)]}}]} for name, rule in self.rules.items()}
        text = written({**made, "ping": {"all": [{"m": {"ping": 1.0}}]}})
        self._library = library()
        self._handle = self._library.create_ruleset("c", text)
        # a state that never began an action can't be deleted: the engine would free what it never set
        list(self._drained(*self._library.assert_event(self._handle, _PING)))
        weakref.finalize(self, _deleted, self._library, self._handle)

    def fired(self, properties: Sequence[str]) -> frozenset[str]:
        """Return the names of the rules that are true of a message.

        Args:
            properties: Its properties, each as `"name":value` in JSON.

        Raises:
            RuntimeError: The engine takes the message for another one; it never does under the guards.
        """
        text = f'{{"id":"f","sid":"s","{KIND}":1.0,{",".join(properties)}}}' if properties else _BARE
        try:
            # a rule fires once for each of its alternatives that is true
            return frozenset(self._drained(*self._library.assert_fact(self._handle, text)))
        finally:
            self._library.retract_fact(self._handle, _GONE)

    def _drained(self, code: int, state: int) -> Iterator[str]:
        if code == _NOTHING:
            return
        if code != _HANDLED:
            raise RuntimeError(f"durable-rules answered {code} to a message")
        found = self._library.start_action_for_state(self._handle, state)
        message = found[1] if found else None
        while message:
            yield message[2 : message.index('"', 2)]
            message = self._library.complete_and_start_action(self._handle, state)


#: Rulesets that stay in the engine between questions.
_KEPT = 64


@attrs.define
class Correlations:
    """Rulesets that correlate several messages: each question begins with an empty state and leaves none behind."""

    _library: Any = attrs.field(factory=library, init=False)
    _handles: dict[str, int] = attrs.field(factory=dict, init=False)

    def found(self, rules: str, facts: Sequence[str]) -> list[str]:
        """Return each match of a ruleset among messages, as the engine tells it.

        Args:
            rules: A ruleset as JSON, with a rule on a message with `ping`.
            facts: Messages as JSON, of state `s`, in the order in which they are asserted.

        Raises:
            RuntimeError: The engine refuses a message.
        """
        handle = self._handle(rules)
        # a state that never began an action can't be deleted: the engine would free what it never set
        self._drained(handle, *self._library.assert_event(handle, _PING))
        matches: list[str] = []
        for fact in facts:
            matches += self._drained(handle, *self._library.assert_fact(handle, fact))
        self._library.delete_state(handle, "s")
        return matches

    def _handle(self, rules: str) -> int:
        if rules not in self._handles:
            if len(self._handles) >= _KEPT:
                self._library.delete_ruleset(self._handles.pop(next(iter(self._handles))))
            self._handles[rules] = self._library.create_ruleset("c", rules)
        return self._handles[rules]

    def _drained(self, handle: int, code: int, state: int) -> list[str]:
        if code == _NOTHING:
            return []
        if code != _HANDLED:
            raise RuntimeError(f"durable-rules answered {code} to a message")
        matches = []
        found = self._library.start_action_for_state(handle, state)
        message = found[1] if found else None
        while message:
            matches.append(message)
            message = self._library.complete_and_start_action(handle, state)
        return matches


_BARE = f'{{"id":"f","sid":"s","{KIND}":1.0}}'


def _parts(condition: Mapping[str, Any]) -> list[Any]:
    if not condition:
        return []
    parts: list[Any] = condition.get("$and", [condition])
    return parts


def _deleted(module: Any, handle: int) -> None:
    module.delete_state(handle, "s")
    module.delete_ruleset(handle)
