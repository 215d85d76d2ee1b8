# One vocabulary for hand, hook and CI. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
STAMP := $(VENV)/.locked
CONFORMANCE := $(VENV)/conformance
CONFORMANCE_STAMP := $(CONFORMANCE)/.locked

# flake8 runs for flake8-async alone (its configuration files do not take these codes). Left out, each with its reason:
# 124 handlers and ports are async by signature; 127 httpx is imported in one module, its successor a change of one line;
# 113, 114, 128 serve functions hand their task_status on; 120 the last gasp raises the error it was called for right after;
# in tests 110: they wait for conditions of processes and fakes that have no event to offer.
ASYNC := --select=ASYNC1,ASYNC2,ASYNC4 --extend-ignore=ASYNC113,ASYNC114,ASYNC120,ASYNC124,ASYNC127,ASYNC128

# the stateful suites, which `make soak` runs fifty times longer than `make test` does
MACHINES := $(wildcard tests/*/test_*_machine.py) tests/runtime/test_invariants.py tests/runtime/test_properties.py \
	tests/crashes/test_fault_plans.py tests/core/test_order_manager_under_faults.py

.DEFAULT_GOAL := help
.PHONY: help env run test conformance check soak mutants format peers bench docs lock clean

help: ## what there is
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: $(STAMP) ## build .venv from the locked, hashed requirements, and nothing else
	@echo "$(VENV) is ready. Next: make run, or $(BIN)/trader247 --help"

$(STAMP): requirements/dev.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; $(PYTHON) is older. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	@echo "Building $(VENV) from requirements/dev.txt; this takes a minute or two."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@if command -v uv >/dev/null 2>&1; then \
		uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt; \
	else \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION) && \
		$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt; \
	fi
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

# a process group of its own on a terminal: Ctrl-C is then the daemon's to answer, with exit 0, and does not end make
run: $(STAMP) ## start the daemon in PAPER on the embedded exchange (no account, no network)
	@echo "Starting trader247 in PAPER on its own exchange. The first lines take some seconds; Ctrl-C stops it."
	@bash -c 'test ! -t 0 || set -m; "$$@"; exit $$?' run $(BIN)/python -m trader247 supervise --mode paper --log-format human

conformance: $(STAMP) $(CONFORMANCE_STAMP) ## let the official SDK and ccxt trade on the exchange
	@$(BIN)/python -m pytest -q tests/conformance

# an environment of their own, since the official SDK pins a websockets that the daemon has outgrown
$(CONFORMANCE_STAMP): requirements/conformance.txt | $(STAMP)
	@test -x $(CONFORMANCE)/bin/python || $(BIN)/python -m venv --without-pip $(CONFORMANCE)
	@$(BIN)/uv pip sync --quiet --python $(CONFORMANCE)/bin/python --require-hashes requirements/conformance.txt
	@touch $(CONFORMANCE_STAMP)

# CI runs the conformance suite, where its environment may not be missing; elsewhere the suite says so and is skipped
ifeq ($(CI),true)
test: $(CONFORMANCE_STAMP)
endif

test: $(STAMP) ## the whole test suite
	@$(BIN)/python -m pytest -n auto --dist worksteal -q

check: $(STAMP) ## format, lint, types, imports, tidy, docs
	@$(BIN)/ruff format --check --quiet . || { echo "run: make format"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/flake8 $(ASYNC) src benchmarks docs
	@$(BIN)/flake8 $(ASYNC),ASYNC110 tests
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m pytest -q tests/test_tidy.py tests/test_docs.py
	@$(BIN)/python -m trader247 check

soak: $(STAMP) ## the long proofs: deaths at every point, ends at every step, bad wires, machines and histories for long
	@PYTHONPATH=src:. $(BIN)/python -m tests.crashes.enumerate_points --minutes 60
	@PYTHONPATH=src:. $(BIN)/python -m tests.crashes.cancel_points
	@PYTHONPATH=src:. $(BIN)/python -m tests.crashes.kill_cycles --cycles 100
	@PYTHONPATH=src:. $(BIN)/python -m tests.crashes.kill_cycles --cycles 100 --apart
	@PYTHONPATH=src:. $(BIN)/python -m tests.chaos.bad_wire --rounds 60
	@PYTHONPATH=src:. unshare -rm $(BIN)/python -m tests.chaos.full_disk
	@HYPOTHESIS_PROFILE=soak $(BIN)/python -m pytest -n auto -q --timeout 7200 $(MACHINES)
	@$(BIN)/python -m trader247 simulate --seed 1 --histories 360 --hours 2 --keep data/histories

mutants: $(STAMP) ## plant some sixty deliberate defects, one by one, and see each found by simulated histories
	@PYTHONPATH=src:. $(BIN)/python -m tests.mutants

format: $(STAMP) ## let ruff format everything
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .

# two, since nautilus_trader and backtesting.py pin what the other has outgrown
peers: $(STAMP) ## environments for the engines that the backtest is measured beside (700 MB)
	@for peer in nautilus backtesting; do \
		test -x $(VENV)/peers/$$peer/bin/python || $(BIN)/python -m venv --without-pip $(VENV)/peers/$$peer || exit 1; \
		$(BIN)/uv pip sync --quiet --python $(VENV)/peers/$$peer/bin/python --require-hashes requirements/peer-$$peer.txt || exit 1; \
	done

bench: $(STAMP) ## the benchmarks: tables of ratios, never a verdict
	@for file in benchmarks/*.py; do echo "== $$file"; PYTHONPATH=. $(BIN)/python $$file || exit 1; done

docs: $(STAMP) ## write the generated reference pages anew
	@$(BIN)/python docs/generate.py

lock: ## resolve the requirements anew, with hashes
	uv pip compile pyproject.toml --universal --generate-hashes --python-version 3.11 --quiet -o requirements/runtime.txt
	uv pip compile pyproject.toml --extra postgresql --universal --generate-hashes --python-version 3.11 --quiet -o requirements/postgresql.txt
	uv pip compile pyproject.toml --extra research --universal --generate-hashes --python-version 3.11 --quiet -o requirements/research.txt
	uv pip compile pyproject.toml --extra optimize --universal --generate-hashes --python-version 3.11 --quiet -o requirements/optimize.txt
	uv pip compile pyproject.toml --extra cluster --universal --generate-hashes --python-version 3.11 --quiet -o requirements/cluster.txt
	uv pip compile pyproject.toml --group dev --universal --generate-hashes --python-version 3.11 --quiet -o requirements/dev.txt
	for peer in nautilus backtesting; do uv pip compile --group peer-$$peer --universal --generate-hashes --python-version 3.11 --quiet -o requirements/peer-$$peer.txt; done
	uv pip compile --group conformance --universal --generate-hashes --python-version 3.11 --quiet -o requirements/conformance.txt

clean: ## remove what was built (never data/)
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
