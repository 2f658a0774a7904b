"""Locks: canonical text, what is refused, and every drift with its message."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import pytest

import clientcore as cc
from clientcore.load import Lock, compare_lock, make_lock, read_lock
from clientcore.ruleset import Ruleset

A = Ruleset(id="a", version="1.0.0", title="A", subject="account", sha256="11")
B = Ruleset(id="b", version="2.0.0", title="B", subject="account", sha256="22")
PLUGINS = (("clientcore_log", "0.1.0"), ("other", "3.0"))


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "clientcore.lock"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_lock_round_trips_and_matches(tmp_path: Path) -> None:
    lock, problems = read_lock(written(tmp_path, make_lock([A, B], PLUGINS)))
    assert problems == ()
    assert lock == Lock({"a": ("1.0.0", "11"), "b": ("2.0.0", "22")}, dict(PLUGINS))
    assert compare_lock(lock, [B, A], PLUGINS[::-1]) == ()


def test_the_profile_that_holds_is_pinned(tmp_path: Path) -> None:
    profile = ("wholesale", "99")
    path = written(tmp_path, make_lock([A], (), profile))
    lock, problems = read_lock(path)
    assert problems == ()
    assert lock is not None
    assert compare_lock(lock, [A], (), profile) == ()
    told = [str(one).partition("CC114 ")[2] for one in compare_lock(lock, [A])]
    assert told == ["profile `wholesale` is locked, and none holds; name it, or lock anew"]
    for other, found in (
        (("services", "99"), "profile `services` holds, and `wholesale` is locked; leave it out, or lock anew"),
        (("wholesale", "98"), "profile `wholesale` sets other params than the locked one; restore it, or lock anew"),
    ):
        assert [str(one).partition("CC114 ")[2] for one in compare_lock(lock, [A], (), other)] == [found]
    (one,) = compare_lock(Lock({"a": ("1.0.0", "11")}, {}), [A], (), profile)
    assert one.message == "profile `wholesale` holds, and none is locked"


def test_an_engine_with_another_profile_than_the_locked_one_is_refused(tmp_path: Path) -> None:
    engine = cc.Engine(profile="wholesale")
    path = written(tmp_path, make_lock(engine.rulesets, engine.plugins, engine.pinned))
    assert cc.Engine(profile="wholesale", lock=path).pinned == engine.pinned
    with pytest.raises(cc.RulesetError, match="CC114 profile `wholesale` is locked, and none holds"):
        cc.Engine(lock=path)


def test_order_changes_no_byte() -> None:
    assert make_lock([A, B], PLUGINS) == make_lock([B, A], PLUGINS[::-1])


@pytest.mark.parametrize(
    ("rulesets", "plugins", "expected"),
    [
        ([A], PLUGINS, "ruleset `b` is locked, and it is not loaded; load it, or lock anew"),
        (
            [A, B, attrs.evolve(A, id="c")],
            PLUGINS,
            "ruleset `c` is not in the lock; leave it out, or lock anew",
        ),
        (
            [A, attrs.evolve(B, version="2.1.0", sha256="33")],
            PLUGINS,
            "ruleset `b` 2.1.0 is not the locked 2.0.0: its text differs; restore the file, or lock anew",
        ),
        ([A, B], PLUGINS[:1], "plugin `other` 3.0 is locked, and it is not installed; install it, or lock anew"),
        ([A, B], (*PLUGINS, ("new", "1")), "plugin `new` is not in the lock; leave it out, or lock anew"),
        (
            [A, B],
            (PLUGINS[0], ("other", "3.1")),
            "plugin `other` is 3.1, and 3.0 is locked; install the locked version, or lock anew",
        ),
    ],
)
def test_every_drift_has_its_message(
    rulesets: list[Ruleset], plugins: tuple[tuple[str, str], ...], expected: str, tmp_path: Path
) -> None:
    path = written(tmp_path, make_lock([A, B], PLUGINS))
    lock, _ = read_lock(path)
    assert lock is not None
    assert [f"{path}:1:1: CC114 {expected}"] == [str(one) for one in compare_lock(lock, rulesets, plugins)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1:1: CC114 the lock is not valid JSON"),
        ('{"format":\n x}', "2:2: CC114 the lock is not valid JSON"),
        ("[" * 100_000, "1:1: CC114 the lock is not valid JSON"),
        ("[]", "1:1: CC114 the file is no lock of format `clientcore-lock/1`"),
        ('{"format": "clientcore-lock/2"}', "1:1: CC114 the file is no lock of format `clientcore-lock/1`"),
        ('{"format": "clientcore-lock/1"}', "1:1: CC114 the lock is damaged"),
        ('{"format": "clientcore-lock/1", "plugins": {}, "rulesets": {"a": 1}}', "1:1: CC114 the lock is damaged"),
        ('{"format": "clientcore-lock/1", "plugins": {"a": 1}, "rulesets": {}}', "1:1: CC114 the lock is damaged"),
        (
            '{"format": "clientcore-lock/1", "plugins": {}, "rulesets": {"a": {"sha256": 1, "version": "1"}}}',
            "1:1: CC114 the lock is damaged",
        ),
    ],
)
def test_what_is_no_lock_is_told(text: str, expected: str, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    lock, problems = read_lock(path)
    assert lock is None
    assert [f"{path}:{expected}; write it anew with `clientcore lock`"] == [str(one) for one in problems]


def test_a_lock_that_is_not_there_is_told(tmp_path: Path) -> None:
    (problem,) = read_lock(tmp_path / "none")[1]
    assert problem.code == "CC101"


def test_the_text_is_json_that_other_tools_read() -> None:
    expected = {
        "format": "clientcore-lock/1",
        "plugins": {"clientcore_log": "0.1.0", "other": "3.0"},
        "rulesets": {"a": {"version": "1.0.0", "sha256": "11"}},
    }
    assert expected == json.loads(make_lock([A], PLUGINS))
