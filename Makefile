# make run    set up what is missing and open the app (ARGS="--server.port 8600" goes to streamlit)
# make test   set up and run everything: lint, types, room rules, tests (ARGS="tests/ui -x" goes to pytest)
# make setup  only the virtual environment, the requirements and the map's JavaScript

SHELL := /bin/sh
BIN   := .venv/bin
ARGS  ?=
CODE  := app.py pages lulc_core tests scripts benchmarks

# Tests in a browser wait more than they compute: two workers for them beside one for each core.
WORKERS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); echo $$((n + 2)))

# The first Python on PATH that is new enough; `make PYTHON=/path/to/python3 run` overrides.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then echo $$p; break; fi; done)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run setup setup-dev test lint types rooms other unit format clean python

help:
	@sed -n '/^# /s/^# //p;/^$$/q' Makefile

python:
	@if [ -z "$(PYTHON)" ] || ! $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		echo "Python 3.11 or newer is needed. Found: $$(python3 --version 2>&1 || true)"; \
		echo "Install it (https://www.python.org/downloads/), or name it: make PYTHON=/path/to/python3.11 run"; \
		exit 1; \
	fi

setup: python
	@$(PYTHON) scripts/set_up.py

setup-dev: python
	@$(PYTHON) scripts/set_up.py --dev

run: setup
	@$(BIN)/python -m streamlit run app.py $(ARGS)

# Cheap checks first; pytest last, so that its summary is the last line.
test: lint types rooms other unit

lint: setup-dev
	@echo "== lint"
	@$(BIN)/ruff check $(wildcard $(CODE))
	@$(BIN)/ruff format --check $(wildcard $(CODE))
	@node_modules/.bin/eslint lulc_core

types: setup-dev
	@echo "== types"
	@$(BIN)/mypy $(wildcard $(CODE))

rooms: setup-dev
	@echo "== rooms"
	@$(BIN)/lint-imports --no-logo

# The quick tests under another Python, where the machine has one.
other: setup-dev
	@echo "== another Python"
	@$(BIN)/python scripts/other_python.py

unit: setup-dev
	@echo "== tests"
	@OMP_NUM_THREADS=1 $(BIN)/python -m slipcover -m pytest -n $(WORKERS) $(ARGS); status=$$?; \
		echo "lines of lulc_core, missed, % covered (by module: .coverage.txt)"; tail -n 1 .coverage.txt; exit $$status

format: setup-dev
	@$(BIN)/ruff check --fix $(wildcard $(CODE))
	@$(BIN)/ruff format $(wildcard $(CODE))

clean:
	rm -rf .venv .venv-3* node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
