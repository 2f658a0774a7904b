"""Starting: cold import in a fresh interpreter, and load + check + plan of a ruleset of 400 rules.

Run it with `make bench`, or `python tests/bench/bench_start.py`.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from workload import rules, ruleset

IMPORT = "import time; t = time.perf_counter(); import clientcore; clientcore.Engine; print(time.perf_counter() - t)"
OPTIONAL = (
    "import sys, clientcore; print(sorted({'polars', 'pyarrow', 'duckdb', 'numpy', 'pandas'} & set(sys.modules)))"
)


def cold(code: str, rounds: int = 9) -> list[str]:
    """Return what a fresh interpreter prints, several times."""
    return [
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()
        for _ in range(rounds)
    ]


def median_ms(call: Callable[[], object], rounds: int = 9) -> float:
    """Return the median time of a call in milliseconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def main() -> None:
    """Measure both."""
    assert cold(OPTIONAL, 1) == ["[]"], "importing clientcore pulls in optional packages"
    bare = (
        statistics.median(
            float(t)
            for t in cold("import time; t = time.perf_counter(); import clientcore; print(time.perf_counter() - t)")
        )
        * 1e3
    )
    whole = statistics.median(float(t) for t in cold(IMPORT)) * 1e3
    print(f"cold `import clientcore`: {bare:.1f} ms (goal 100 ms); with `Engine` as well: {whole:.1f} ms")
    import clientcore as cc
    from clientcore.plan import make_plan

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.yaml"
        path.write_text(ruleset(rules(400)), encoding="utf-8")

        def start() -> None:
            engine = cc.Engine(rulesets=[path], plugins=[], discover=False)
            make_plan(engine.checked)

        start()
        print(f"load + check + plan of 400 rules: {median_ms(start):.1f} ms (goal 150 ms)")
        engine = cc.Engine(rulesets=[path], plugins=[], discover=False)
        print(f"its first decision, which compiles: {median_ms(lambda: first(engine, path), 5):.1f} ms")


def first(_engine: object, path: Path) -> None:
    """Make an engine and decide once."""
    from datetime import date

    import clientcore as cc

    engine = cc.Engine(rulesets=[path], plugins=[], discover=False)
    engine.evaluate({"id": "a"}, as_of=date(2026, 6, 30))


if __name__ == "__main__":
    main()
