# Every target sets up what it needs, on a machine that has Python 3.11 or newer, Node 20.19 or newer, npm and a shell.
# Stamp files inside the environment make every later call instant.

PYTHON ?= python3
VENV ?= .venv

BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
NODE_MODULES := js/node_modules/.package-lock.json
BUNDLE := strands_nb/notebook/static/run.js
IS_ROOT := $(filter 0,$(shell id -u))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL: # pip's build hook and npm both fill js/node_modules

.PHONY: help
help: ## Show this list
	@echo "make <target>     (environment: $(VENV); another one: make <target> VENV=path)"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ---------------------------------------------------------------- use

.PHONY: demo
demo: $(VENV)/.demo ## Run a workflow on a small local model in this terminal: no key, no account
	$(BIN)/strands-nb demo

.PHONY: lab
lab: $(VENV)/.lab ## Open the first notebook in JupyterLab
	$(BIN)/jupyter lab $(if $(IS_ROOT),--allow-root) notebooks/01_first_light.ipynb

# ---------------------------------------------------------------- work

.PHONY: test
test: test-js test-notebooks test-py ## All tests: JavaScript, notebooks, Python (`make -k test` goes on after a failure)

.PHONY: test-py
test-py: $(VENV)/.dev $(BUNDLE) ## Python tests and docstring examples; ARGS="tests/engine -k crash" narrows them
	$(BIN)/python -m pytest --numprocesses logical --dist loadfile --no-loadscope-reorder $(ARGS)

.PHONY: test-js
test-js: $(NODE_MODULES) ## The widget's tests
	cd js && npm test --silent

.PHONY: test-notebooks
test-notebooks: $(VENV)/.dev $(BUNDLE) ## Run every notebook and compare it with its saved outputs
	@ls notebooks/*.ipynb >/dev/null 2>&1 || { echo "no notebooks yet"; exit 0; }; \
	$(BIN)/python -m pytest --override-ini addopts= --timeout 300 --nbval --nbval-current-env notebooks

.PHONY: check
check: lint floors types check-js ## Everything but tests: linters, formatters, floors, types (`make -k check` shows all findings)

.PHONY: lint
lint: $(VENV)/.dev ## Part of `check`: ruff and spelling
	$(BIN)/ruff check --output-format concise .
	$(BIN)/ruff format --check .
	$(BIN)/codespell

.PHONY: floors
floors: $(VENV)/.dev ## Part of `check`: who may import whom
	$(BIN)/lint-imports --no-logo

.PHONY: types
types: $(VENV)/.dev ## Part of `check`: pyright, strict
	$(BIN)/pyright --pythonpath $(BIN)/python

.PHONY: check-js
check-js: $(NODE_MODULES) $(VENV)/.dev ## Part of `check`: biome and tsc, with the event types of the Python classes
	cd js && PYTHON=$(abspath $(BIN)/python) npm run --silent generate
	cd js && npm run --silent check

.PHONY: fmt
fmt: $(VENV)/.dev $(NODE_MODULES) ## Format everything and apply safe fixes
	$(BIN)/ruff check --fix --exit-zero .
	$(BIN)/ruff format .
	cd js && npm run --silent fmt

.PHONY: bench
bench: $(VENV)/.dev ## Run the benchmarks in tests/bench
	@for script in tests/bench/bench_*.py; do \
		[ -e "$$script" ] || { echo "no benchmarks yet"; exit 0; }; \
		echo "== $$script"; $(BIN)/python "$$script" || exit 1; \
	done

.PHONY: soak
soak: $(VENV)/.dev $(BUNDLE) ## Tests that run for minutes
	$(BIN)/python -m pytest -m soak --timeout 3600 $(ARGS); status=$$?; [ $$status -eq 5 ] || exit $$status

.PHONY: matrix
matrix: $(VENV)/.dev $(BUNDLE) ## Click in every front end, on every kernel, in every kind of cell; the times go into docs/matrix.md
	$(BIN)/python -m tests.kernels
	STRANDS_NB_REQUIRE_KERNELS=1 STRANDS_NB_MATRIX=docs/matrix.md \
		$(BIN)/python -m pytest -m "matrix or slow" tests/notebook/test_tap.py tests/browser/test_matrix.py $(ARGS)

.PHONY: pictures
pictures: $(VENV)/.dev $(BUNDLE) ## Make the pictures of the documentation anew
	STRANDS_NB_PICTURES=docs/pictures $(BIN)/python -m pytest tests/browser/test_pictures.py

.PHONY: build
build: $(VENV)/.dev ## Source distribution and wheel, with the widget and the schema inside, into dist/
	rm -rf dist
	$(BIN)/strands-nb schema > strands_nb/spec/workflow.schema.json
	$(BIN)/python -m build --outdir dist .

.PHONY: lock
lock: $(VENV)/.dev ## Resolve constraints.txt anew from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --strip-extras --upgrade --quiet \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links --output-file constraints.txt

.PHONY: clean
clean: ## Remove what was built or cached; the environment and js/node_modules stay
	rm -rf dist build strands_nb/notebook/static .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage htmlcov
	find . -name __pycache__ -not -path '*/node_modules/*' -not -path './.venv*' -prune -exec rm -rf {} +

# ---------------------------------------------------------------- set-up

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "$(PYTHON) is missing or older than 3.11; name another one: make PYTHON=python3.12 …" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The smallest install that runs the demo. The larger ones contain it.
$(VENV)/.demo: pyproject.toml constraints.txt hatch_build.py | $(BIN)/python
	@echo "Installing into $(VENV) (once; takes a minute or two) …"
	$(PIP_INSTALL) -e ".[local]"
	@touch $@

$(VENV)/.lab: pyproject.toml constraints.txt hatch_build.py | $(BIN)/python
	@echo "Installing into $(VENV) (once; takes a minute or two) …"
	$(PIP_INSTALL) -e ".[local,openai,lab]"
	@touch $@ $(VENV)/.demo

$(VENV)/.dev: pyproject.toml constraints.txt hatch_build.py | $(BIN)/python
	@echo "Installing into $(VENV) (once; takes a minute or two) …"
	$(PIP_INSTALL) -e ".[dev,local,openai]"
	@touch $@ $(VENV)/.lab $(VENV)/.demo

$(NODE_MODULES): js/package.json js/package-lock.json js/.npmrc
	cd js && npm ci --no-progress --loglevel=error
	@touch $@

# An editable install builds it too; this keeps it fresh when js/src changes afterwards.
$(BUNDLE): $(NODE_MODULES) js/build.mjs $(wildcard js/src/* js/src/*/*)
	cd js && npm run --silent build
