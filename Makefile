# One command to start (`make up`), one to prove (`make test`). Everything is installed below this folder.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
# Hundreds of processes are started here; without bytecode each would compile half of its packages anew.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
# Test processes. Two cores, two processes.
JOBS ?= 2
# Files go out in the order of tests/conftest.py, the long ones first.
PYTEST := $(BIN)/pytest -q -n $(JOBS) --dist loadfile --no-loadscope-reorder
FRONT := $(wildcard src/nineplus/web/front/* src/nineplus/web/front/*/* src/nineplus/web/front/*/*/* src/nineplus/render/assets/*)

.PHONY: up test test-unit test-e2e lint bench assets screenshots docs lock clean help

up: .venv/runtime .cache/assets .cache/vectors ## Start nineplus: pages, API and worker, until Ctrl-C (PORT, NINEPLUS_HOME)
	@exec $(BIN)/nineplus up

test: lint test-unit test-e2e ## Everything that CI proves

test-unit: .venv/dev .cache/assets .cache/vectors ## Tests without a browser: all on SQLite, then all that touch the store on PostgreSQL
	@$(PYTEST) tests --ignore=tests/e2e
	@$(BIN)/python tests/fixtures/postgres.py $(PYTEST) tests --ignore=tests/e2e

test-e2e: .venv/dev .cache/assets .cache/vectors ## Tests of the whole: a real server, a real browser, the wheel
	@$(PYTEST) tests/e2e

lint: .venv/dev node_modules/.stamp ## Style, types and the directions of imports
	@$(MAKE) -j $(JOBS) lint-types lint-style lint-front

.PHONY: lint-types lint-style lint-front
lint-types:
	@$(BIN)/mypy

lint-style:
	@$(BIN)/ruff check src tests benchmarks docs
	@$(BIN)/ruff format --check --quiet src tests benchmarks docs
	@$(BIN)/lint-imports --config .importlinter --no-logo 2>&1 | tail -n 3

lint-front:
	@npm run --silent check
	@npm run --silent test

bench: .venv/dev ## Measure what docs/reference/performance.md claims (minutes)
	@$(BIN)/python -m benchmarks

assets: .cache/assets .cache/vectors ## Build what the wheel carries: script and style of the pages, vectors of examples

screenshots: .venv/dev .cache/assets ## Draw docs/images anew
	@DRAW_SCREENSHOTS=1 $(BIN)/pytest -q tests/e2e/test_pages.py -k readme

docs: .venv/dev ## Write the generated pages of docs/reference anew
	@$(BIN)/python docs/generate.py

lock: .venv/dev ## Choose package versions anew from pyproject.toml
	@$(UV) pip compile pyproject.toml -q -U --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header -o requirements/runtime.txt
	@$(UV) pip compile pyproject.toml -q -U --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --group dev -c requirements/runtime.txt -o requirements/dev.txt

clean: ## Remove everything that was installed or built
	rm -rf .venv .cache node_modules src/nineplus/web/static/built src/nineplus/text/built test-results dist

help: ## Say this
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# What is installed. Stamps make a second start quick; a changed lock or an edited source renews what depends on it.

.venv/uv: requirements/uv.txt
	@[ -x $(BIN)/python ] || { command -v $(PYTHON) > /dev/null || { echo "nineplus needs Python 3.11 or later."; exit 1; }; }
	@$(PYTHON) -c 'import sys; sys.exit("nineplus needs Python 3.11 or later; this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else 0'
	@[ -x $(BIN)/python ] || { echo "Making .venv"; $(PYTHON) -m venv .venv; }
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --only-binary :all: -r requirements/uv.txt
	@touch $@

.venv/runtime: .venv/uv requirements/runtime.txt requirements/build.txt pyproject.toml
	@echo "Installing packages"
	@VIRTUAL_ENV=$(CURDIR)/.venv $(UV) pip install -q --require-hashes -r requirements/runtime.txt -r requirements/build.txt
	@VIRTUAL_ENV=$(CURDIR)/.venv $(UV) pip install -q --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev: .venv/uv requirements/dev.txt pyproject.toml
	@echo "Installing packages for tests"
	@VIRTUAL_ENV=$(CURDIR)/.venv $(UV) pip sync -q --require-hashes requirements/dev.txt
	@VIRTUAL_ENV=$(CURDIR)/.venv $(UV) pip install -q --no-deps --no-build-isolation -e .
	@touch .venv/runtime $@

node_modules/.stamp: package-lock.json .npmrc
	@command -v npm > /dev/null || { echo "Building the pages needs Node.js 20 or later. An installed wheel does not: it carries them."; exit 1; }
	@echo "Installing what builds the pages"
	@npm ci --silent
	@touch $@

.cache/assets: node_modules/.stamp package.json .venv/uv $(FRONT)
	@echo "Building the pages"
	@rm -rf src/nineplus/web/static/built && npm run --silent build
	@mkdir -p .cache && touch $@

# `.venv/runtime` is renewed by `.venv/dev`, too: whichever is there will do.
.cache/vectors: .venv/uv $(wildcard src/nineplus/text/data/*/*.toml) src/nineplus/text/vectors.py
	@echo "Encoding the examples of themes"
	@$(BIN)/python -m nineplus.text.shipping
	@mkdir -p .cache && touch $@
