# Needs only make and Python 3.11+. `make` lists the targets.

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

PYTHON ?= python3
SERVE ?= 1

VENV := .venv
PY := $(VENV)/bin/python
# Python compiles a module when it is first imported; most of torch and transformers never is.
INSTALL := $(PY) -m pip install --disable-pip-version-check --no-compile --constraint constraints.txt

.PHONY: help
help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Environment: one virtual environment, one stamp per set of extras.

$(VENV)/bin/pip:
	@command -v $(PYTHON) >/dev/null || { \
		echo "attrx needs Python 3.11 or newer: no $(PYTHON) here; install one or name it: make PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "attrx needs Python 3.11 or newer: $(PYTHON) is older; install one or name it: make PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments; on Debian or Ubuntu: apt-get install python3-venv" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

# torch goes first and alone, at the pinned release: left to choose, pip fetches gigabytes of CUDA libraries.
$(VENV)/.run-ready: pyproject.toml constraints.txt | $(VENV)/bin/pip
	$(INSTALL) torch
	$(INSTALL) --editable '.[ml]'
	@touch $@

$(VENV)/.test-ready: $(VENV)/.run-ready
	$(INSTALL) --editable '.[ml,prod,dev]'
	@touch $@

.PHONY: run-env test-env
run-env test-env: %-env:
	@if $(MAKE) --question $(VENV)/.$*-ready 2>/dev/null; \
		then echo "environment: $(VENV) is up to date, reusing it"; \
		else $(MAKE) $(VENV)/.$*-ready; fi

# Use. The last line that `make demo SERVE=0` prints is the JSON of the command: print nothing after it.

.PHONY: demo
demo: run-env  ## Run one round on the demo catalogue, then serve the app (SERVE=0: stop after the table)
	@$(PY) manage.py demo $(if $(filter 0,$(SERVE)),--no-serve)

.PHONY: serve
serve: run-env  ## Serve the app and its worker on 127.0.0.1:8000
	@$(PY) manage.py serve

.PHONY: pretrain
pretrain: run-env  ## Rebuild the tiny base model (PRETRAIN='--device cuda --workers 12': ten minutes; hours without a GPU)
	$(PY) -m training.ml.cli pretrain-tiny $(PRETRAIN)

# Checks

.PHONY: test
test:  ## Lint, types and every test: on PostgreSQL and Redis, and the app's on SQLite
	@$(MAKE) --jobs=2 test-env services
	@$(MAKE) --jobs=3 --output-sync=target lint types \
		test-browser test-training test-code test-ml test-flows test-sqlite

# Side by side, as each waits a good deal; with services of their own, or none. The longest begin first.
WITH := $(PY) -m tests.services -- $(PY) -m pytest
WITHOUT := env -u DATABASE_URL -u REDIS_URL $(PY) -m pytest
LOOP := tests/training/ml
APART := tests/browser tests/flows tests/training

.PHONY: services test-browser test-training test-code test-flows test-ml test-sqlite
services:  # Installs what is missing while pip works, before three look for it at once.
	@$(PYTHON) -m tests.services -- true

test-browser: test-env  ## Test whole journeys in a browser
	$(WITH) tests/browser

test-training: test-env  ## Test the training app, but for the loop
	$(WITH) tests/training --ignore=$(LOOP)

test-code: test-env  ## Test everything that has no line of its own here
	$(WITH) $(APART:%=--ignore=%)

test-flows: test-env  ## Test whole journeys over processes that are killed
	$(WITH) tests/flows

test-ml: test-env  ## Test the loop without the app, and how much of its code that runs
	$(WITHOUT) $(LOOP) --cov

test-sqlite: test-env  ## Test on SQLite what asks the database
	$(WITHOUT) -m django_db tests/catalog tests/labeling tests/training --ignore=$(LOOP)

.PHONY: soak
SOAK ?=
soak: test-env  ## Run the production stack under load and kill each part (SOAK='--minutes 1 --people 5')
	@$(PY) -m tests.soak $(SOAK)

.PHONY: audit
audit: test-env  ## Look for known holes in packages (needs a network), for holes in the code, for secrets
	@$(PY) -m tests.audit

.PHONY: lint
lint: test-env  ## Check style and format
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

.PHONY: types
types: test-env  ## Check types
	$(PY) -m mypy

.PHONY: format
format: test-env  ## Put the code into the project's format
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

# Upkeep

.PHONY: lock
lock: test-env  ## Move to the newest releases pyproject.toml allows and remake constraints.txt
	$(PY) -m pip install --upgrade --upgrade-strategy eager --editable '.[ml,prod,dev]'
	@{ echo "# Every package of the environment that the tests ran in; remade by: make lock"; \
		$(PY) -m pip freeze --all --exclude pip --exclude-editable | sed 's/+[^ ]*$$//'; } >constraints.new
	@mv constraints.new constraints.txt
	@touch $(VENV)/.run-ready $(VENV)/.test-ready

.PHONY: clean
clean:  ## Remove the environment, caches and everything a run wrote
	rm -rf $(VENV) build *.egg-info var .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis
