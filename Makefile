# `make help` lists the targets. Each target that needs the Python environment creates it first, once.
PYTHON ?= python3
VENV ?= .venv
DOCS ?= samples
ENVIRONMENT := $(VENV)/.installed

.PHONY: help ingest test test-all lint types format docs coverage crash-test ui clean

help:
	@echo "make ingest DOCS=folder   ingest a folder of documents into embedded stores (default: samples/)"
	@echo "make test                 run the tests on two cores, in minutes: all but the long forms"
	@echo "make test-all             run every test, the long forms too (floods, kills, soak, histories)"
	@echo "make crash-test N=300     kill 300 ingests at random points and compare the results with clean runs (SEED=…, STORES=neo4j)"
	@echo "make lint                 check style, imports between packages, and declared dependencies"
	@echo "make types                check types with mypy --strict"
	@echo "make format               fix what ruff can fix, and format the code"
	@echo "make docs                 write the generated parts of README.md and docs/"
	@echo "make coverage             run the tests that need neither servers nor processes, and print their coverage"
	@echo "make ui                   the Dagster UI of this project on http://localhost:3000"
	@echo "make clean                remove the environment (the data folder .wekadocs stays)"

# Reinstalled only when the declared dependencies change.
$(ENVIRONMENT): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test,dev]'
	@touch $@

ingest: $(ENVIRONMENT)
	@$(VENV)/bin/ingestctl ingest "$(DOCS)"
	@echo "Next: search with \`$(VENV)/bin/ingestctl search QUESTION\`, or open the Dagster UI with \`make ui\`. Ingest again at any time."

# The tiers are the markers of tests/tiers.py. One worker a core and one file a worker: fixtures of a module are made once.
WORKERS ?= 2
PYTEST := $(VENV)/bin/python -m pytest -n $(WORKERS) --dist loadfile --junitxml=reports/tests/junit.xml

test: $(ENVIRONMENT)
	@$(PYTEST) -m "not slow" $(PYTEST_ARGS)

test-all: $(ENVIRONMENT)
	@$(PYTEST) $(PYTEST_ARGS)

# Without servers and child processes, whose coverage is not measured; the figure is therefore a lower bound.
coverage: $(ENVIRONMENT)
	@$(PYTEST) -q -m "not slow and not server and not process" --cov --cov-report=term tests/unit tests/contract tests/pipeline $(PYTEST_ARGS)

lint: $(ENVIRONMENT)
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/deptry wekadocs_assets

types: $(ENVIRONMENT)
	@$(VENV)/bin/mypy

format: $(ENVIRONMENT)
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

docs: $(ENVIRONMENT)
	@$(VENV)/bin/python docs/generate.py

# Neo4j is started for it, and wiped again and again.
N ?= 300
SEED ?= 1
STORES ?= embedded
crash-test: $(ENVIRONMENT)
	@PYTHONPATH=tests:tests/e2e $(VENV)/bin/python $(if $(filter neo4j,$(STORES)),-m servers --neo4j -- $(VENV)/bin/python) -m crash --kills $(N) --seed $(SEED) --stores $(STORES)

ui: $(ENVIRONMENT)
	@$(VENV)/bin/ingestctl ui

clean:
	rm -rf $(VENV)
