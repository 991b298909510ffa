# Everything runs from the project's own environment, .venv; nothing is installed globally.
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
PACKAGES := contracts chassis $(patsubst %/pyproject.toml,%,$(wildcard services/*/pyproject.toml)) deploy
PROJECTS := $(addsuffix /pyproject.toml,$(PACKAGES))
STYLES := services/reporting/src/reporting/api/pages/static/govuk.css
export VIRTUAL_ENV := $(CURDIR)/.venv
export UV_PYTHON_DOWNLOADS := never

.DEFAULT_GOAL := help
.PHONY: help setup lock demo down clean test check fix generate bench chaos soak

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: .venv/.ready $(STYLES)  ## make the environment .venv from the lock; instant when nothing changed

$(UV): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make setup PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@awk '/^[^ ]/ { mine = /^uv==/ } mine' requirements.lock > .venv/uv.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r .venv/uv.txt
	@touch $@

.venv/.ready: $(UV) requirements.lock $(PROJECTS)
	$(UV) pip install --quiet --compile-bytecode --require-hashes -r requirements.lock
	$(UV) pip install --quiet --no-deps --no-build-isolation $(addprefix -e ./,$(PACKAGES))
	@touch $@

# Of the components of the GOV.UK Design System, from its npm package; no Node when it is served.
$(STYLES): .venv/.ready $(wildcard services/reporting/assets/*)
	@$(BIN)/python -m npp_ops.assets

lock:  ## solve every package's dependencies anew into requirements.lock (UPGRADE=--upgrade for newer ones)
	@test -x $(UV) || { $(PYTHON) -m venv .venv && $(BIN)/pip install --quiet uv; }
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes $(UPGRADE) \
		--no-annotate --no-header --no-emit-package npp-contracts --no-emit-package npp-chassis \
		$(PROJECTS) requirements-dev.in --output-file requirements.lock

demo: setup  ## start everything, load a nation of forces and people, print the dashboard's address
	$(BIN)/npp demo

down: setup  ## stop everything that demo or npp up started
	$(BIN)/npp down

clean: setup  ## stop, and forget all data of the local stack
	$(BIN)/npp clean
	rm -rf .npp .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

test: setup  ## every test of every package, journeys included
	@$(BIN)/python -m npp_ops.checks.chromium
	$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

check: setup  ## formatter, linter, types, architecture, sizes, dependencies, licences, secrets (ONLY="types lint" for some)
	@$(BIN)/python -m npp_ops.checks $(ONLY)

generate: setup  ## write anew what is generated: schemas, AsyncAPI, pages of events, holdings and views, reference, golden events
	$(BIN)/python -m npp_ops.contracts
	$(BIN)/python -m npp_ops.reference
	$(BIN)/python -m npp_ops.holdings
	$(BIN)/python -m reporting.feeds.golden
	$(BIN)/python -m reporting.api.bi.page

fix: setup  ## mend what can be mended by a tool: format, sort imports
	@$(BIN)/ruff check --quiet --fix .; $(BIN)/ruff format --quiet .

chaos: setup  ## faults against real processes, a real broker and a real PostgreSQL (ONLY="F1 F7" for some)
	$(BIN)/python -m tests.chaos $(if $(ONLY),--only $(ONLY))

soak: setup  ## random faults for half an hour, from a seed that it prints (SEED=7, MINUTES=5)
	$(BIN)/python -m tests.chaos.soak $(if $(SEED),--seed $(SEED)) $(if $(MINUTES),--minutes $(MINUTES))

bench: setup  ## measure the hot paths against their goals
	$(BIN)/python -m npp_ops.bench
