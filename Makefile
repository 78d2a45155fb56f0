# The same words by hand and in CI. Every target sets up what it needs first.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

BIN := .venv/bin
# Stamps say what .venv holds: the packages of run.txt, with those of desktop.txt, or those of
# dev.txt, which include both.
RUN := .venv/.holds-run
DESKTOP := .venv/.holds-desktop
DEV := .venv/.holds-dev
# The tools for the scripts of browsers: node comes with dev.txt, these from package-lock.json.
TOOLS := node_modules/.holds

# An activated environment must not draw packages away from .venv.
unexport VIRTUAL_ENV

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(DEV) $(TOOLS) ## make .venv with everything for development

.PHONY: demo
demo: $(RUN) ## run everything with a simulated Twitch and game; prints its address
	@$(BIN)/goldomatic demo

.PHONY: serve
serve: $(RUN) ## run the service with the settings of GOLDOMATIC_* or goldomatic.toml
	@$(BIN)/goldomatic serve

.PHONY: desktop
desktop: $(DESKTOP) ## open the streamer's window: game, queue, service
	@[ "$$(uname)" != Linux ] || scripts/need qt
	@$(BIN)/goldomatic desktop

.PHONY: desktop-program
desktop-program: ## build the window as one program for this system, in dist/
	@scripts/uv venv --quiet --allow-existing --python 3.11 build/package
	@VIRTUAL_ENV=build/package scripts/uv pip sync --quiet --require-hashes requirements/package.txt
	@VIRTUAL_ENV=build/package scripts/uv pip install --quiet --no-deps .
	build/package/bin/pyinstaller --noconfirm --distpath dist --workpath build/pyinstaller \
	  packaging/goldomatic-desktop.spec

.PHONY: test
test: setup ## run the checks, then every test
	@scripts/need postgresql chromium xvfb qt
	@$(MAKE) --no-print-directory check
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder

.PHONY: check
check: setup ## run the checks: lint, format, types, imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/npm run --silent types

.PHONY: pictures
pictures: setup ## take the pictures of docs/pictures again
	@scripts/need chromium emoji
	GOLDOMATIC_PICTURES=docs/pictures $(BIN)/pytest -m browser
	cd tests && ../$(BIN)/python -m support.desktop_pictures ../docs/pictures
	$(BIN)/python scripts/shrink-pictures docs/pictures

.PHONY: bench
bench: setup ## measure throughput and latency; prints tables
	@scripts/need wrk postgresql chromium
	$(BIN)/python bench/run.py

.PHONY: soak
soak: setup ## play days at Twitch with all that goes wrong, then run under load for long
	$(BIN)/python bench/days.py
	$(BIN)/python bench/soak.py

.PHONY: requirements
requirements: ## pin the newest allowed packages again
	scripts/uv pip compile pyproject.toml --all-extras --group dev --generate-hashes --no-header \
	  --no-annotate --python-version 3.11 --upgrade -o requirements/dev.txt
	scripts/uv pip compile pyproject.toml --extra demo --extra postgres --generate-hashes --no-header \
	  --no-annotate --python-version 3.11 --upgrade -c requirements/dev.txt -o requirements/run.txt
	scripts/uv pip compile pyproject.toml --extra desktop --universal --generate-hashes --no-header \
	  --no-annotate --python-version 3.11 --upgrade -c requirements/dev.txt -o requirements/desktop.txt
	scripts/uv pip compile pyproject.toml --extra desktop --group package --universal --generate-hashes \
	  --no-header --no-annotate --python-version 3.11 --upgrade -c requirements/dev.txt -o requirements/package.txt

.PHONY: clean
clean: ## remove what make has made
	rm -rf .venv .uv node_modules dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .schemathesis
	find src tests bench -type d -name __pycache__ -prune -exec rm -rf {} +

# A version that is on the machine is taken before any is downloaded; 3.11 is what the pins are for.
.venv/pyvenv.cfg:
	@UV_PYTHON_DOWNLOADS=never scripts/uv venv --quiet --allow-existing --python 3.11 .venv 2>/dev/null \
	  || UV_PYTHON_DOWNLOADS=never scripts/uv venv --quiet --allow-existing --python '>=3.11' .venv 2>/dev/null \
	  || scripts/uv venv --quiet --allow-existing --python 3.11 .venv

$(DEV): requirements/dev.txt pyproject.toml | .venv/pyvenv.cfg
	@scripts/uv pip sync --quiet --require-hashes requirements/dev.txt
	@scripts/uv pip install --quiet --no-deps -e .
	@touch $(RUN) $(DESKTOP) $(DEV)

# Nothing of these is run while they are installed.
$(TOOLS): package.json package-lock.json $(DEV)
	@$(BIN)/npm ci --silent --ignore-scripts
	@touch $@

# Where .venv has been set up for development it is kept so: dev.txt includes run.txt.
$(RUN): requirements/run.txt pyproject.toml | .venv/pyvenv.cfg
	@if [ -e $(DEV) ]; then $(MAKE) --no-print-directory $(DEV); else \
	  scripts/uv pip sync --quiet --require-hashes requirements/run.txt && \
	  scripts/uv pip install --quiet --no-deps -e .; fi
	@touch $(RUN)

# What run.txt has put there stays.
$(DESKTOP): requirements/desktop.txt $(RUN)
	@if [ -e $(DEV) ]; then $(MAKE) --no-print-directory $(DEV); else \
	  scripts/uv pip install --quiet --require-hashes -r requirements/desktop.txt; fi
	@touch $(DESKTOP)
