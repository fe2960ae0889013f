.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test test-postgres chaos chaos-short simulate fuzz check format translations screenshots bench lock clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime-installed
DEV := $(VENV)/.dev-installed
PARALLEL := --numprocesses auto --dist loadfile
FRONT_END := web/static/vendor/.installed

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

run: $(RUNTIME) $(FRONT_END) ## set up and start Formwire with its demo
	@$(BIN)/formwire up --demo

test: $(DEV) $(FRONT_END) ## set up and run the whole test suite (ARGS="-k words" narrows it)
	@$(BIN)/python -m pytest $(PARALLEL) $(ARGS)

test-postgres: $(DEV) $(FRONT_END) ## the same suite on a private PostgreSQL (Debian's: apt-get install postgresql)
	@FORMWIRE_TEST_POSTGRES=1 $(BIN)/python -m pytest $(PARALLEL) $(ARGS)

chaos: $(DEV) ## break a whole Formwire in every way, for half an hour; then count what was lost or doubled
	@$(BIN)/python -m tests.chaos --submissions 20000 --kills 500 $(ARGS)

chaos-short: $(DEV) ## the same for half a minute
	@$(BIN)/python -m tests.chaos --seconds 30 $(ARGS)

simulate: $(DEV) ## look for a story that loses or doubles something (ARGS="--seeds 20000", "--seed 7")
	@$(BIN)/python -m tests.simulation $(ARGS)

fuzz: $(DEV) ## throw much rubbish at intake, macros and rules (FUZZ_EXAMPLES=20000)
	@$(BIN)/python -m pytest tests/fuzz --hypothesis-profile=fuzz $(ARGS)

check: $(DEV) ## style, types and the rooms' borders
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(DEV) ## mend what the formatter and the linter can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

translations: $(DEV) ## bring the catalogs in web/translations up to date with the code
	@$(BIN)/python -m tests.translations

screenshots: $(DEV) $(FRONT_END) ## draw the guide's pictures anew, with the chromium on the path
	@$(BIN)/python -m tests.screenshots

bench: $(RUNTIME) ## measure deliveries (ARGS="--help" shows what can be varied)
	@$(BIN)/python bench/deliver.py $(ARGS)

lock: $(DEV) ## pin every dependency anew after a change of pyproject.toml
	@$(COMPILE) --all-extras --group build --output-file requirements.lock
	@$(COMPILE) --all-extras --group build --group dev --constraint requirements.lock --output-file requirements-dev.lock

clean: ## remove all that was installed; the data folder stays
	rm -rf $(VENV) web/static/vendor build formwire.egg-info

COMPILE = $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-header --no-annotate --no-emit-index-url

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Formwire needs Python 3.11 or newer; choose one like this: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing Formwire into $(VENV) ..."
	@$(BIN)/python -m pip install -qq --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install -qq --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): requirements-dev.lock $(RUNTIME)
	@echo "Installing the development tools ..."
	@$(BIN)/python -m pip install -qq --require-hashes --requirement requirements-dev.lock
	@touch $@

$(FRONT_END): web/assets.py web/static/package.json web/static/package-lock.json web/static/icons.txt | $(RUNTIME)
	@$(BIN)/formwire assets
	@touch $@
