"""durable-rules in a process of its own: it may die or hang, and whoever asks goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import weakref
from contextlib import suppress
from queue import Empty, Queue
from threading import Thread
from typing import IO, Any

#: Seconds that a process may take to start.
_START = 60.0


class WorkerError(Exception):
    """The process died, hung, or said something else than an answer; the text says which."""


class NotStartedError(WorkerError):
    """The process ended before it could be asked anything."""


class Worker:
    """One process that answers questions, started when first asked and again after each death.

    A question carries all that it needs, so a new process has nothing to catch up on.

    Args:
        patience: Seconds after which an answer is no longer waited for, more than 0.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: Queue[bytes] = Queue()
        self._owner = 0
        self.starts = 0

    @property
    def pid(self) -> int | None:
        """Id of the process; None while there is none."""
        return None if self._process is None else self._process.pid

    def ask(self, rules: str, facts: tuple[str, ...]) -> list[str]:
        """Return the matches of a ruleset among messages, each as JSON.

        Raises:
            WorkerError: There is no answer; the process is gone.
        """
        process = self._running()
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps([self._patience, rules, facts]).encode() + b"\n")
            process.stdin.flush()
        except OSError:
            raise self._dead() from None
        return self._answer(self._patience)

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            _end(self._process)
            self._process = None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._owner != os.getpid():
            self._process = None  # of the parent, from which this process was forked
        if self._process is None:
            self.starts += 1
            self._owner = os.getpid()
            self._lines = Queue()
            # no shell, and no text of a user's: our own module, by the interpreter that runs us
            self._process = process = subprocess.Popen(
                [sys.executable, "-c", "from clientcore.executors.durable.process import main; main()"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            )
            weakref.finalize(self, _end, process)
            Thread(target=_read, args=(process.stdout, self._lines), daemon=True).start()
            try:
                self._answer(_START)
            except WorkerError as error:
                raise NotStartedError(f"did not start: {error}") from None
        return self._process

    def _answer(self, seconds: float) -> list[str]:
        try:
            line = self._lines.get(timeout=seconds)
        except Empty:
            self.close()
            raise WorkerError("hung") from None
        if not line:
            raise self._dead()
        try:
            answer: list[str] = json.loads(line)
        except ValueError:  # it died in the middle of a line
            raise self._dead() from None
        return answer

    def _dead(self) -> WorkerError:
        process, self._process = self._process, None
        if process is None:
            return WorkerError("died")
        _end(process, patience=1.0)
        code = process.returncode or 0
        known = {int(one): one.name for one in signal.Signals}
        name = known.get(-code, f"signal {-code}") if code < 0 else f"status {code}"
        return WorkerError("hung" if name == "SIGALRM" else f"died ({name})")


def _end(process: subprocess.Popen[bytes], patience: float = 0.0) -> None:
    try:
        process.wait(timeout=patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):  # what was not yet written is lost with the process
                pipe.close()


def _read(pipe: IO[bytes], lines: Queue[bytes]) -> None:
    """Hand on what the process says, and an empty line when it has ended."""
    with suppress(OSError, ValueError):  # closed while it was read
        for line in pipe:
            lines.put(line)
    lines.put(b"")


def main() -> None:
    """Answer questions from standard input until it ends."""
    from clientcore.executors.durable.native import Correlations

    # whatever the engine prints must not stand between the answers
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    engine = Correlations()
    answers.write(b'["ready"]\n')
    for line in sys.stdin.buffer:
        patience, rules, facts = json.loads(line)
        _alarm(2.0 * patience)
        found = engine.found(rules, facts)
        _alarm(0.0)
        answers.write(json.dumps(found).encode() + b"\n")


def _alarm(seconds: float) -> None:
    # an endless loop in the engine holds the interpreter; the system ends the process, also when nobody waits any more
    timer: Any = getattr(signal, "setitimer", None)
    if timer is not None:
        timer(signal.ITIMER_REAL, seconds)
