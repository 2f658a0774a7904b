"""Output files that appear whole or not at all."""

from __future__ import annotations

import errno
import io
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from clientcore.errors import ClientcoreError

#: What the system says where there is no place left for what is being written.
_FULL = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})


@contextmanager
def output(path: Path | None) -> Iterator[BinaryIO]:
    """Open a file to be written as bytes; it takes its name only when all of it is there.

    Args:
        path: Where to; None or `-` is standard output. Pipes and devices are written to as they are.

    Raises:
        ClientcoreError: It can't be written; what stood there before is unchanged.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with output(Path(folder) / "a.txt") as file:
        ...         _ = file.write(b"hello")
        ...     (Path(folder) / "a.txt").read_text()
        'hello'
    """
    if path is None or str(path) == "-":
        with _standard_output() as file:
            yield file
        return
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise ClientcoreError(f"can't write `{path}`: it is a folder; name a file")
    if path.exists() and not path.is_file():  # `/dev/stdout` has no other name where it is a pipe
        with _opened(path, path, os.O_WRONLY) as file:
            yield file
        return
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with _opened(draft, path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)) as file:
            yield file
        if target.exists():
            draft.chmod(stat.S_IMODE(target.stat().st_mode))
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


@contextmanager
def _standard_output() -> Iterator[BinaryIO]:
    sys.stdout.flush()
    raw = getattr(sys.stdout, "buffer", None)
    if raw is not None:
        yield cast("BinaryIO", raw)
        raw.flush()
        return
    kept = io.BytesIO()
    yield kept
    sys.stdout.write(kept.getvalue().decode("utf-8", "backslashreplace"))


@contextmanager
def _opened(place: Path, named: Path, flags: int) -> Iterator[BinaryIO]:
    try:
        handle = os.open(place, flags, 0o666)
    except OSError as error:
        raise ClientcoreError(f"can't write `{named}`: {reason(error)}") from error
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
    except OSError as error:
        if error.errno not in _FULL:  # of something else that happened meanwhile
            raise
        raise ClientcoreError(f"can't write `{named}`: {reason(error)}") from error


def reason(error: OSError) -> str:
    """Return why the system refused, in one short clause."""
    return (error.strerror or type(error).__name__).lower()
