# make setup · quickstart · check · test · test-all · test-real · docs · bench · dist: each sets up what it needs first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SHELL := /bin/bash
# A process a core, each with one thread: small models are slower with two when the cores are busy.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile

.PHONY: setup system quickstart check test test-all test-real docs bench dist clean

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed, $(PYTHON) is older. Debian: apt-get install python3 python3-venv"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
	  { echo "No venv module. Debian: apt-get install python3-venv"; exit 2; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

# Chromium opens reports in tests; bubblewrap and libseccomp are the sandbox's walls, g++ compiles C++. As root on Debian
# they are installed; elsewhere the tests that need them are skipped and say what to install.
system:
	@if command -v chromium >/dev/null && command -v bwrap >/dev/null && command -v g++ >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	    bubblewrap libseccomp2 g++ chromium fonts-dejavu-core >/dev/null; \
	else echo "Some tests are skipped. Debian: sudo apt-get install chromium bubblewrap libseccomp2 g++"; fi

quickstart: setup
	$(BIN)/redstar-geo quickstart

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: setup system
	$(PYTEST) -m "not long"

test-all: setup system
	$(PYTEST) -m "not real"

# Pretrained weights and vLLM on a CPU; fetches them into ~/.cache/redstar-geo (docs/real_models.md)
test-real: setup system
	$(BIN)/python -m tests.real
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/real

docs: setup
	$(BIN)/mkdocs build --strict

# Wheel and source archive of the last commit, the same to the byte each time
dist: setup
	$(BIN)/python .ci/build.py dist

# ONLY=geometry: the figures whose file begins with it
bench: setup
	@$(BIN)/python -m tests.bench $(ONLY)

clean:
	rm -rf $(VENV) build dist site *.egg-info
