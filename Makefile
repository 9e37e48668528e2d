# The commands of this project; docs/operations.md tells more about each.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --quiet --require-hashes
CATALOGUE := locale/zh_Hans/LC_MESSAGES/django
TEMPLATES = $(shell find . -name '*.html' -not -path './.*' -not -path './staticfiles/*')

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore
export DJANGO_SETTINGS_MODULE := config.settings

.PHONY: help run test chaos bench lint lint-ruff lint-types lint-imports lint-migrations \
	lint-templates lint-translations install install-dev css translations messages lock clean

help:  ## show this list
	@sed -n 's/^\([a-z-]*\):.*  ## /\1\t/p' $(MAKEFILE_LIST) | expand -t 20

run: install css translations  ## start everything for development; Ctrl-C stops it
	@exec $(BIN)/python -m config.supervisor

test: install-dev css translations  ## run the whole test suite, browser tests included
	@CHROMIUM="$$(tools/find-chromium)" && export CHROMIUM && \
		exec $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(ARGS)

chaos: install-dev css translations  ## a storm of 2,000 orders and 20 kills; CHAOS_SEED=… replays one
	@CHAOS_ORDERS="$${CHAOS_ORDERS:-2000}" CHAOS_KILLS="$${CHAOS_KILLS:-20}" \
		exec $(BIN)/python -m pytest -q -s tests/chaos/test_storm.py $(ARGS)

bench: install-dev css translations  ## measure against the database's own limit
	@exec $(BIN)/python -m bench $(ARGS)

lint: lint-ruff lint-types lint-imports lint-migrations lint-templates lint-translations  ## all checks

lint-ruff: install-dev
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .

lint-types: install-dev
	@DEVELOPMENT=true $(BIN)/mypy .

lint-imports: install-dev
	@$(BIN)/lint-imports

lint-migrations: install-dev
	@DEVELOPMENT=true $(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

lint-templates: install-dev
	@$(BIN)/djade --target-version 5.2 --check $(TEMPLATES)
	@DEVELOPMENT=true $(BIN)/python manage.py check_templates

lint-translations: install-dev
	@DEVELOPMENT=true $(BIN)/python manage.py check_translations

install: $(VENV)/installed

install-dev: $(VENV)/installed-dev

$(BIN)/python:
	@tools/make-venv $(VENV)

$(VENV)/installed: requirements.txt | $(BIN)/python
	@echo "Installing requirements.txt …"
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt | $(BIN)/python
	@echo "Installing requirements-dev.txt …"
	@$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/installed

css: install  ## build static/app.css
	@said=$$($(BIN)/tailwindcss --input static/src/app.css --output static/app.css --minify 2>&1) \
		|| { echo "$$said" >&2; exit 1; }

translations: $(CATALOGUE).mo

$(CATALOGUE).mo: $(CATALOGUE).po
	@$(BIN)/pybabel --quiet compile --domain django --directory locale

messages: install-dev  ## collect texts from code and templates into locale/
	@DEVELOPMENT=true $(BIN)/python manage.py collect_messages

lock: | $(VENV)/installed-dev  ## compile requirements*.in to locks with hashes
	@for name in requirements requirements-dev; do \
		$(BIN)/uv pip compile --quiet --universal --no-strip-extras --generate-hashes --python-version 3.11 \
			--no-emit-index-url --custom-compile-command "make lock" $(LOCK_ARGS) \
			$$name.in --output-file $$name.txt || exit 1; \
	done

clean:  ## remove what was built, but neither data nor .venv
	@rm -rf static/app.css staticfiles $(CATALOGUE).mo .mypy_cache .pytest_cache .ruff_cache \
		.hypothesis .import_linter_cache test-results .coverage
	@find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
