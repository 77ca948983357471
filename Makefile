# `make demo` and `make test` need Python 3.11 or newer (with venv), git and make; everything else they install.
PYTHON ?= python3
BIN := .venv/bin
GO := $(BIN)/python scripts/golang.py

.PHONY: help install demo test check format lock clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

install: ## make .venv, the development chain's node and our Go programs
	@$(PYTHON) scripts/bootstrap.py

demo: install ## recorded trading, proven and settled on a chain of its own (ARGS="--speed 4 --out report")
	@$(BIN)/novate demo $(ARGS)

test: install ## every test: Go, then Python (ARGS="tests/rollup -k sheet" names a part of the latter)
	@$(GO) test ./...
	@$(BIN)/python -m pytest $(ARGS)

check: install ## what needs no run: lint, format, generated files
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(GO) unformatted
	@$(GO) vet ./...
	@NOVATE_GOFMT="$$($(BIN)/python -c 'from novate.tools import gofmt; print(gofmt())')" $(BIN)/python -m rollup.generate --check

format: install ## write Python and Go as the linters want them
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(GO) fmt ./...

lock: install ## resolve the lock files again from pyproject.toml and verifier/node/package.json
	@$(BIN)/python scripts/lock.py

clean: ## remove what was installed and built here; .novate, with keys and batches, stays
	rm -rf .venv .tools
