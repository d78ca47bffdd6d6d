# Freshwire's doors. Each creates .venv in this folder if it is missing and uses it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# --no-compile: byte code is written when a module is first imported; saves 60 MB of modules never used
PIP := $(BIN)/pip --disable-pip-version-check --no-input
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test check bench bench-quick bench-soak format clean

help:
	@echo "make run          set up, then start the daemon on http://127.0.0.1:8787 (ends with Ctrl-C)"
	@echo "make test         set up, then run every test; ARGS='-k feed' is passed to pytest"
	@echo "make check        ruff, mypy --strict, import-linter"
	@echo "make bench        measure; make bench-quick in two minutes; make bench-soak for an hour"

$(VENV)/python.ok:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if v >= (3, 11) else "Freshwire needs Python 3.11 or newer; this is %d.%d (make PYTHON=python3.12 run picks another)" % v[:2])'
	@$(PYTHON) -m venv $(VENV) || { echo "Python cannot create a virtual environment here; on Debian: apt-get install python3-venv"; exit 1; }
	@touch $@

$(VENV)/run.ok: pyproject.toml constraints.txt | $(VENV)/python.ok
	@echo "Installing Freshwire into $(VENV) (about a minute, once) …"
	@$(PIP) install -qq --no-compile -c constraints.txt -e .
	@touch $@

$(VENV)/dev.ok: $(VENV)/run.ok pyproject.toml constraints.txt
	@$(PIP) install -qq --no-compile -c constraints.txt -r requirements-dev.txt
	@touch $@

run: $(VENV)/run.ok
	@exec $(BIN)/freshwire run

test: $(VENV)/dev.ok
	@$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/dev.ok
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

format: $(VENV)/dev.ok
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/dev.ok
	@$(BIN)/python -m bench $(ARGS)

bench-quick: $(VENV)/dev.ok
	@$(BIN)/python -m bench --quick $(ARGS)

bench-soak: $(VENV)/dev.ok
	@$(BIN)/python -m bench --soak $(ARGS)

clean:
	rm -rf $(VENV)
