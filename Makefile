# Two commands for a newcomer: make run, make test. Both set up what they need first.
.DEFAULT_GOAL := help
BIN := .venv/bin

.PHONY: help run test check tables pictures setup setup-tests bench clean

help: ## show this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 14

run: setup ## start the demo brand with simulated customers; needs no account anywhere
	@$(BIN)/antiphon demo $(if $(PORT),--port $(PORT))

test: setup-tests ## format, lint, types, import rules and all tests
	@.ci/check
	@$(BIN)/pytest -q

check: setup-tests ## everything of test but the tests themselves
	@.ci/check

tables: setup-tests ## write the tables of the READMEs anew
	@$(BIN)/python -m tests.channel_table

bench: setup-tests ## the figures of the README
	@$(BIN)/python benchmarks/pipeline.py
	@$(BIN)/python benchmarks/startup.py

pictures: setup-tests ## take the pictures of the reports in docs anew
	@PICTURES=docs/pictures $(BIN)/pytest -q tests/browser/test_walk.py

setup: ## make .venv with what the service needs
	@.ci/setup

setup-tests: ## make .venv with what the tests need, and find a Chromium
	@.ci/setup tests

clean: ## remove everything that the other targets made
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache data
