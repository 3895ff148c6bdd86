# All that a maintainer does, one line each; `make` alone lists it.

PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup serve test lint docs bench lock clean

help: ## list what make can do
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:[^#]*## /\t/' | expand -t 12

setup: ## make .venv and build/proxy; does nothing when they are up to date
	@$(PYTHON) bootstrap.py

serve: setup ## serve the demo cohort, or COHORT=dir; other PORT=8001 or ADDRESS=0.0.0.0 if given
	@$(BIN)/fronteras $(if $(COHORT),--cohort $(COHORT)) serve $(if $(PORT),--port $(PORT)) $(if $(ADDRESS),--address $(ADDRESS))

test: setup ## run the tests, those in Chromium included; TESTS="tests/labs -x" runs some
	@$(PYTHON) bootstrap.py tests
	@PATH="$(CURDIR)/$(BIN):$$PATH:/usr/sbin:/sbin" $(BIN)/python -m pytest $(TESTS)

lint: setup ## check style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

docs: setup ## build the course site into build/site; a warning is an error
	@$(BIN)/fronteras site

bench: setup ## measure what a participant costs this machine, as README quotes it
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m benchmarks.footprint

lock: setup ## pin requirements.lock after a change of pyproject.toml; UPGRADE=1 takes the newest
	$(BIN)/uv pip compile $(if $(UPGRADE),--upgrade) --universal --python-version 3.11 --generate-hashes \
	  --extra dev pyproject.toml -o requirements.lock --custom-compile-command "make lock" \
	  --no-emit-index-url --quiet

clean: ## delete what setup and the builds made; cohorts under var/ stay
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache
