# The few commands of this house. The shell logic is in scripts/setup.

BIN := .venv/bin
CORE_SUITE := not slow and not stock
# Temporary archives in memory where there is such a place: the tests wait for the disk otherwise.
TEMPORARY := $(shell test -w /dev/shm && echo PYTEST_DEBUG_TEMPROOT=/dev/shm)
# What reads the code without running it is part of `make check`.
READERS := tests/test_house.py tests/test_repository.py tests/test_translations.py
PYTEST := $(TEMPORARY) $(BIN)/pytest -q -n 2 -rs $(addprefix --ignore=,$(READERS))
# Every process that a test starts would compile the whole again otherwise.
unexport PYTHONDONTWRITEBYTECODE
# Programs the tests judge our formats by, and the peers the benchmarks run against.
JUDGES := age chromium ffmpeg git openssl rsync sqlite3 tesseract zstd
PEERS := borg git restic rsync

.PHONY: help demo test test-core check docs messages bench fuzz lock clean

help: ## say what can be made
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' Makefile

demo: ## set everything up and show it at work
	@scripts/setup extras
	@scripts/setup stock chromium || echo "The scenes that need it say so, and the rest goes on."
	@$(BIN)/python -m demo.run

test: ## run every test; those whose stock program is missing say so
	@scripts/setup dev
	@scripts/setup stock $(JUDGES) || echo "The tests that need these are skipped below."
	$(PYTEST) -m "$(CORE_SUITE)"
	$(PYTEST) -m "not ($(CORE_SUITE))"

test-core: ## run the suite that takes seconds
	@scripts/setup dev
	$(PYTEST) -m "$(CORE_SUITE)"

check: ## read the code without running it: style, types, floors, house rules
	@scripts/setup dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -q $(READERS)

docs: ## check that every page of the documentation holds together
	@scripts/setup dev
	$(BIN)/pytest -q tests/test_docs.py

messages: ## write the catalogues to translate and docs/cli.md from the code
	@scripts/setup dev
	$(BIN)/python scripts/messages.py

bench: ## measure against peers, in one run
	@scripts/setup core
	@scripts/setup stock $(PEERS)
	$(BIN)/python benchmarks/run.py

fuzz: ## search every parser of foreign bytes for a minute; SECONDS=5 for less
	@scripts/setup dev
	$(BIN)/python -m tests.fuzzing --seconds $(or $(SECONDS),60)

lock: ## pin the dependencies again; OPTIONS=--upgrade takes newer ones
	@scripts/setup lock $(OPTIONS)

clean: ## remove what these commands made
	rm -rf .venv .venv-lock .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf build dist demo-archive bench-out fuzz-found
	find . -name .git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
