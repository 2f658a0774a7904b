"""`clientcore` and `python -m clientcore`: the way in, where an interrupt is no traceback, even while modules load."""

from __future__ import annotations

import sys


def main() -> int:
    """Load the command line and run one command; return the exit code."""
    try:
        from clientcore.cli import main as run
    except KeyboardInterrupt:
        sys.stderr.write("\nclientcore: interrupted; nothing was begun\n")
        return 130
    return run()


if __name__ == "__main__":
    raise SystemExit(main())
