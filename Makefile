# Everything that is done often. `make` alone prints this list.
.DEFAULT_GOAL := help
.PHONY: help install check test demo chaos bench docs lock wheel wheelhouse clean
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet
WORDS := $(wildcard src/tidewaiter/*/locale/*/LC_MESSAGES/django.po)
# Modules are compiled once, not by each of the many processes that tests start.
export PYTHONDONTWRITEBYTECODE :=

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/words ## Make .venv: the locked dependencies and the command .venv/bin/tidewaiter

.venv/ready: requirements-dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv .venv
	$(PIP) install --require-hashes --only-binary :all: -r requirements-dev.lock
	$(PIP) install --no-build-isolation --no-deps --no-index --editable .
	touch $@

.venv/words: .venv/ready $(WORDS)
	$(BIN)/python -m tools.messages compile
	touch $@

check: install ## The fast part: format, lint, types, import rules, unit tests
	$(BIN)/ruff format --check --quiet
	$(BIN)/ruff check --quiet
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -n 2 --database none --hypothesis-profile quick \
		-m 'not served and not browser and not chaos and not data'

test: install ## All tests, on SQLite and on PostgreSQL, in the browser, and the short kill run
	$(BIN)/python -m tools.test

demo: install ## Three nodes that play a scenario; Ctrl-C ends it
	$(BIN)/tidewaiter demo

chaos: install ## The long runs of faults
	$(BIN)/pytest -m chaos --capture no tests/journeys

bench: install ## A line a figure: name value unit floor ratio
	@$(BIN)/python -m tools.bench

docs: install ## Print what the program knows of itself into docs/reference/
	$(BIN)/python -m tools.docs write

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header pyproject.toml

lock: install ## Lock what pyproject.toml asks for, with hashes
	$(LOCK) --output-file requirements.lock
	$(LOCK) --extra dev --output-file requirements-dev.lock

wheel: install ## The package, in dist/
	$(BIN)/python -m hatchling build -t wheel

wheelhouse: wheel ## Everything for a machine without a network, in wheelhouse/
	rm -rf wheelhouse
	$(PIP) download --require-hashes --only-binary :all: -r requirements.lock -d wheelhouse
	cp dist/tidewaiter-*.whl requirements.lock wheelhouse/
	@echo "There: python3 -m venv node && node/bin/pip install --no-index --find-links wheelhouse tidewaiter"

clean: ## Remove what make made
	rm -rf .venv dist build wheelhouse .mypy_cache .ruff_cache .import_linter_cache .hypothesis
