# phi4web: what you can do here. `make` alone prints this list.

# Works with GNU make 3.81 (macOS) and later. Everything is installed into .venv; nothing else on the machine is touched,
# except by `make test`, which brings Chromium if there is none.
VENV := .venv
BIN := $(VENV)/bin
# What to add to the last command, for example: make run ARGS="--port 8000"
ARGS ?=
ROWS ?=

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help run test lint format types contracts unit browser bench screenshots clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: $(VENV)/.installed ## set up what is missing, bring the small built-in model, and serve the page on 127.0.0.1:7860
	@$(BIN)/phi4web models --fetch
	@$(BIN)/phi4web serve $(ARGS)

test: lint types contracts unit browser ## everything that must hold before a change is shared

lint: $(VENV)/.tools ## style, likely bugs and formatting
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: $(VENV)/.tools ## rewrite the files the way `make lint` wants them
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

types: $(VENV)/.tools ## mypy, strict
	$(BIN)/mypy

contracts: $(VENV)/.tools ## imports go down the layers only
	$(BIN)/lint-imports

unit: $(VENV)/.tools ## every test that needs no browser, the real embedded model included
	$(BIN)/phi4web models --fetch
	$(BIN)/pytest --ignore=tests/browser $(ARGS)

browser: $(VENV)/.tools $(VENV)/.chromium ## the page in a real Chromium
	$(BIN)/phi4web models --fetch
	$(BIN)/pytest tests/browser $(ARGS)

# Scripts that measure on somebody's rows take them from ROWS, a JSONL file, and are left out without it.
bench: $(VENV)/.tools $(VENV)/.chromium ## every figure of benchmarks/, appended to benchmarks/results/
	@set -e; out=$$(mktemp); trap 'rm -f "$$out"' EXIT; \
	for script in benchmarks/[a-z]*.py; do \
		test -e "$$script" || { echo "There are no benchmarks yet."; exit 0; }; \
		name=$$(basename "$$script" .py); rows=; \
		if grep -q 'ROWS\.jsonl' "$$script"; then \
			rows="$(ROWS)"; test -n "$$rows" || { echo "== $$name: left out, it needs ROWS=FILE.jsonl"; continue; }; \
		fi; \
		echo "== $$name"; $(BIN)/python "$$script" $$rows $(ARGS) > "$$out"; \
		tail -n 1 "$$out" | tee -a "benchmarks/results/$$name.jsonl"; \
	done

screenshots: $(VENV)/.tools $(VENV)/.chromium ## docs/screenshots/, made from the running page
	$(BIN)/python docs/screenshots/make.py $(ARGS)

clean: ## remove what these commands made in this folder; models and worksheets stay
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp file says that its step is done; make redoes the step when a file that it depends on is newer.

$(VENV)/.made:
	@set -e; test ! -x $(BIN)/python || exit 0; \
	for python in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then break; fi; python=; \
	done; \
	if [ -z "$$python" ]; then \
		echo "phi4web needs Python 3.11 or later. Found: $$(python3 --version 2>&1). Install one, or run: make PYTHON=/path/to/python3.12 run" >&2; \
		exit 1; \
	fi; \
	echo "Making $(VENV) with $$("$$python" --version)."; \
	"$$python" -m venv $(VENV)
	@touch $@

$(VENV)/.requirements: $(VENV)/.made requirements.txt
	@echo "Installing requirements.txt. The first time this downloads much: PyTorch for Linux comes with CUDA, several GB."
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on -r requirements.txt
	@touch $@

# No isolated build, so that a changed pyproject.toml needs no internet; setuptools came with PyTorch.
$(VENV)/.installed: $(VENV)/.requirements pyproject.toml
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.tools: $(VENV)/.installed requirements-dev.txt
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on -r requirements-dev.txt
	@touch $@

# The browser tests take `chromium` from the path. Debian as root: its own package. Elsewhere: Playwright's build, into the user's cache.
$(VENV)/.chromium: $(VENV)/.tools
	@set -e; if command -v chromium; then :; \
	elif [ "$$(id -u)" = 0 ] && grep -qs '^ID=debian' /etc/os-release; then \
		apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium; \
	else $(BIN)/playwright install chromium; fi
	@touch $@
