# Each target works as the first command on a fresh machine: .venv is made when it is not there.
.PHONY: help demo test check fast all bench load fuzz mutations golden docs wheel
PY := .venv/bin/python
PYTEST := $(PY) -m pytest -q
PAGES := entities errors formats matrix operators profiles recovery reports rulesets claims command_line

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' Makefile

demo: .venv/.demo ## simulate a book of accounts, evaluate it, explain one account
	.venv/bin/clientcore demo

test: .venv/.test ## run every test
	$(PYTEST) -n auto

fast: .venv/.test ## stop at the first failure; few examples, nothing slow
	$(PYTEST) -x --ff -n auto -m "not slow" --hypothesis-profile=fast

check: .venv/.dev ## format, lint, types, tests: what a change must pass
	$(PY) -m ruff format --check . && $(PY) -m ruff check . && $(PY) -m mypy
	$(PYTEST) -n auto

all: .system check wheel ## check, the wheel test, the suite on every other Python from 3.11 to 3.13 that is here, and what runs on Spark
	tools/every_python 3.11 3.12 3.13 && tools/venv .venv any -e '.[all]' && $(PYTEST) -k spark tests/test_spark.py tests/test_sql*.py tests/test_databases.py tests/test_conformance_s*.py

wheel: .venv/.dev ## build wheel and sdist, install them outside the checkout, evaluate there
	$(PY) .ci/wheel_test.py

bench: .venv/.bench ## run the benchmarks and print ratios
	set -e; for file in tests/bench/bench_*.py; do $(PY) $$file; done

load: .venv/.test ## a session takes in a million events, one is killed two hundred times, and as often as its clock moves: EVENTS, ACCOUNTS, KILLS
	$(PY) tests/bench/load_session.py $(or $(EVENTS),1000000) $(or $(ACCOUNTS),100000) $(or $(KILLS),200)

fuzz: .venv/.test ## compare executors on invented rulesets and books for SECONDS (600), on Spark too by WITH=spark
	$(if $(WITH),tools/venv .venv any -e '.[all]' &&) $(PY) tests/fuzz.py $(or $(SECONDS),600) $(WITH)

mutations: .venv/.test ## plant mistakes in the executors, one at a time, and show which test finds each
	$(PY) tests/mutate.py

golden: .venv/.test ## write tests/golden anew and show what changed
	$(PYTEST) tests/test_golden.py --golden-update && git diff --stat tests/golden

docs: .venv/.test ## write the generated pages anew, run every example
	set -e; for page in $(PAGES); do $(PY) tools/$$page.py; done; $(PYTEST) tests/test_docs.py

.system: ; tools/system_packages
.venv/.demo: pyproject.toml ; tools/venv .venv any -e '.[batch,cli,durable]' && touch $@
.venv/.%: pyproject.toml ; tools/venv .venv any -e '.[batch,cli,durable,sql]' --group $* && touch $@
